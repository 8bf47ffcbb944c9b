"""A recurrent character model on text whose entropies are known, and how far its predictions reach back."""

import torch
from tinylm.grammar import entropy_rate, grammar, sample_text
from tinylm.text import Vocabulary, batches, character_entropy, conditional_entropy, windows
from tinyrnn.model import TinyRNN
from tinyrnn.training import evaluate, train_step

TRAINING, VALIDATION = 100_000, 8_000  # characters
FRESH = 1_000_000  # added to the seed for text that no training has seen
PLACES = (1, 2, 3, 5, 9, 17, 32)  # of a window, counted from 1
NOTICEABLE = 0.01  # total variation between two predictions


def run(probe, *, width, hidden, batch, context, steps, lr, most, carry, seed):
    """Adam on windows from random places of the text; with `carry`, a window begins with the last one's state.

    At every step `loss` and, per parameter, `param_grad_norm`; `zero_grads` counts those whose gradient is exactly
    0. Every 50 steps and at the end `val_loss` on fresh text, each window begun anew, and `excess_over_pair`, what it
    lies above H(c | the one before). Recorded once: the text's `entropy_rate`, `char_entropy` and
    `conditional_entropy`. At the end `place_loss`, by place of a window, and `reach`: where one character is changed,
    the mean number of the `context` − 1 places after it whose prediction moves by more than 0.01 in total variation.
    """
    torch.manual_seed(seed)
    sentences = grammar()
    text = sample_text(sentences, TRAINING, seed)
    vocabulary = Vocabulary.of("".join(sentences))
    codes = vocabulary.encode(text)
    fresh = vocabulary.encode(sample_text(sentences, VALIDATION, seed + FRESH))
    pair = conditional_entropy(text)
    model = TinyRNN(len(vocabulary), width, hidden)
    names = [name for name, _ in model.named_parameters()]
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    drawn, state = batches(codes, batch, context, seed), None
    for step in probe.steps(steps):
        if step % 50 == 0:
            look(probe, model, fresh, context, pair)
        if step == 0:
            probe.record(
                entropy_rate=entropy_rate(sentences),
                char_entropy=character_entropy(text),
                conditional_entropy=pair,
            )
        x, y = next(drawn)
        loss, state = train_step(model, optimiser, x, y, most, state if carry else None)
        norms = [float(p.grad.norm()) if p.grad is not None else 0.0 for p in model.parameters()]
        probe.record(loss=loss, zero_grads=float(sum(n == 0 for n in norms)))
        probe.series("param_grad_norm", names, norms)
    by_place = look(probe, model, fresh, context, pair)
    probe.series("place_loss", [f"at-{place}" for place in PLACES], [by_place[place - 1] for place in PLACES])
    probe.record(reach=reach(model, windows(fresh, context)[0]))


def look(probe, model, fresh, context, pair):
    """Record the loss on fresh text; it is returned by place."""
    by_place = evaluate(model, fresh, context).tolist()
    loss = sum(by_place) / len(by_place)
    probe.record(val_loss=loss, excess_over_pair=loss - pair)
    return by_place


@torch.no_grad()
def reach(model, x):
    """The mean number of places behind a window's first character that notice when it is another one."""
    changed = x.clone()
    changed[:, 0] = torch.roll(x[:, 0], 1)
    differ = changed[:, 0] != x[:, 0]
    before, after = (model(codes[differ])[0].softmax(-1) for codes in (x, changed))
    moved = (before - after).abs().sum(-1) / 2 > NOTICEABLE
    return float(moved[:, 1:].sum(1).float().mean())
