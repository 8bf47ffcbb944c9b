"""A network that names the next character, and three texts to ask it about: seen, held out, and written afterwards."""

import numpy as np
from minieval.harness import eval_split
from minieval.splits import contiguous
from minimodel.nn import Linear, ReLU, Sequential, init
from minimodel.nn.losses import cross_entropy
from minimodel.optim import Adam
from minitorch import Tensor
from tinylm.grammar import grammar, sample_text

CONTEXT = 8
FRESH = 5_000  # characters of a text that is drawn afterwards
EVERY = 100


def run(probe, *, characters, width, batch, steps, lr, shuffle, seed):
    """Adam on `batch` places of the training part a step; with `shuffle` the characters are dealt out by lot.

    `loss` at every step. Every 100 steps and at the end: `reported` and `reported_loss`, as `eval_split` says them
    of the validation part, and, counted here, the share of next characters named rightly: `seen_accuracy` in the
    training part, `val_accuracy` in the validation part, `fresh_accuracy` in a text that was drawn afterwards;
    `promise` is reported minus fresh. At the end `off`: reported minus the true validation accuracy, without a sign.
    """
    init.manual_seed(seed)
    rng = np.random.default_rng(seed)
    sentences = grammar("english")
    letters = "".join(sorted({c for sentence in sentences for c in sentence}))
    place = {c: i for i, c in enumerate(letters)}

    def codes(length, draw):
        found = np.array([place[c] for c in sample_text(sentences, length, draw)])
        return np.random.default_rng(draw + 5000).permutation(found) if shuffle else found

    splits = contiguous(codes(characters, seed), val=0.2, test=0.05)
    fresh = codes(FRESH, seed + 10_000)
    model = Sequential(Linear(CONTEXT * len(letters), width), ReLU(), Linear(width, len(letters)))
    optimizer = Adam(model.parameters(), lr=lr)

    def predict(seen):
        return model(Tensor(one_hot(seen, len(letters)))).data

    def share(text):
        seen, following = places(text)
        return float(np.mean(predict(seen).argmax(axis=1) == following))

    seen, following = places(splits.train)
    for step in probe.steps(steps):
        rows = rng.integers(0, len(seen), batch)
        loss = cross_entropy(model(Tensor(one_hot(seen[rows], len(letters)))), following[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        probe.record(loss=loss.item())
        if (step + 1) % EVERY == 0 or step == steps - 1:
            told = eval_split(predict, splits, CONTEXT, "val")
            on_val, on_fresh = share(splits.val), share(fresh)
            probe.record(
                reported=told.accuracy,
                reported_loss=told.loss,
                seen_accuracy=share(splits.train[:FRESH]),
                val_accuracy=on_val,
                fresh_accuracy=on_fresh,
                promise=told.accuracy - on_fresh,
                off=abs(told.accuracy - on_val),
            )


def places(text):
    """Every place with the eight before it, and what stands there; not by the code under test."""
    index = np.arange(len(text) - CONTEXT)[:, None] + np.arange(CONTEXT)
    return text[index], text[CONTEXT:]


def one_hot(seen, letters):
    """(places, 8 · letters): a one at each character."""
    out = np.zeros((len(seen), CONTEXT * letters), np.float32)
    out[np.arange(len(seen))[:, None], np.arange(CONTEXT) * letters + seen] = 1.0
    return out
