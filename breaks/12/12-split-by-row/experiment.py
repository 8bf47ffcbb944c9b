"""Verb forms split for training and validation, and verbs that neither side has seen, to hold the score against."""

import numpy as np
from minimodel.corpus.encoders import TENSES, alphabet, encode, split_rows
from minimodel.corpus.table import load_verbs
from minimodel.deep_mlp import DeepMLP
from minimodel.nn import init
from minimodel.nn.losses import accuracy, cross_entropy
from minimodel.optim import Adam
from minitorch import Tensor

FRESH = 4  # verbs of twenty that are set aside before anything is split


def run(probe, *, language, labels, depth, width, batch, steps, lr, seed):
    """Train on the larger part of `split_rows(…, "verb", …)` over sixteen verbs, and look at both scores.

    `labels` is `tense`, or `random`: each form gets a class by lot, so that nothing can be learned and anything can
    be remembered. `loss` at every step. At the end: `train_accuracy`, `val_accuracy`, `fresh_accuracy` on the four
    verbs set aside, `promise` (validation minus fresh), `shared`, the share of validation rows whose form and class
    stand in training, and the accuracy on those, `seen_accuracy`, and on the others, `unseen_accuracy` (left out
    where there are none).
    """
    init.manual_seed(seed)
    rng = np.random.default_rng(seed)
    everything = load_verbs()
    letters = alphabet(everything, language)
    rest, fresh = aside(everything, seed)
    train, val = split_rows(rest, "verb", seed, 0.25)
    lots = {}
    for row in everything:
        lots.setdefault(row.form(language), int(rng.integers(len(TENSES))))

    def classes(rows):
        return np.array([
            TENSES.index(row.tense) if labels == "tense" else lots[row.form(language)] for row in rows
        ])  # fmt: skip

    def arrays(rows):
        return encode(rows, language, letters, np.float32), classes(rows)

    x, y = arrays(train)
    model = DeepMLP(x.shape[1], len(TENSES), depth=depth, width=width)
    optimizer = Adam(model.parameters(), lr=lr)
    for _ in probe.steps(steps):
        rows = rng.choice(len(x), batch, replace=False)
        loss = cross_entropy(model(Tensor(x[rows])), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        probe.record(loss=loss.item())
    known = {(row.form(language), c) for row, c in zip(train, classes(train), strict=True)}
    shared = np.array([(row.form(language), c) in known for row, c in zip(val, classes(val), strict=True)])

    def score(rows):
        given, wanted = arrays(rows)
        return accuracy(model(Tensor(given)), wanted)

    val_accuracy, fresh_accuracy = score(val), score(fresh)
    probe.record(
        train_accuracy=score(train),
        val_accuracy=val_accuracy,
        fresh_accuracy=fresh_accuracy,
        promise=val_accuracy - fresh_accuracy,
        shared=float(shared.mean()),
    )
    for name, rows in (("seen_accuracy", pick(val, shared)), ("unseen_accuracy", pick(val, ~shared))):
        if rows:
            probe.record(**{name: score(rows)})


def aside(rows, seed):
    """The rows of sixteen verbs, and those of four drawn at random; not by the code under test."""
    verbs = sorted({row.verb for row in rows})
    chosen = set(np.random.default_rng(seed + 1000).choice(verbs, FRESH, replace=False))
    return tuple(r for r in rows if r.verb not in chosen), tuple(r for r in rows if r.verb in chosen)


def pick(rows, which):
    """The rows for which `which` holds."""
    return tuple(row for row, one in zip(rows, which, strict=True) if one)
