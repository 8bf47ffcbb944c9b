"""A recurrent character model trained with clipped gradients, and how long its steps come out."""

import math

import torch
import torch.nn.functional as F
from tinylm.grammar import grammar, sample_text
from tinylm.text import Vocabulary, batches
from tinyrnn.model import TinyRNN
from tinyrnn.training import clip_gradients, evaluate

TRAINING, VALIDATION = 100_000, 8_000  # characters
FRESH = 1_000_000  # added to the seed for text that no training has seen


def run(probe, *, optimiser, width, hidden, batch, context, steps, lr, most, seed):
    """Plain descent (`sgd`) or `adam` at rate `lr`, the gradient clipped to `most` by `clip_gradients`.

    At every step: `loss`; `gradient`, the gradient's length as it came, and per parameter `param_grad_norm`;
    `clipped`, its length after clipping, as a multiple of `most`; `step_length`, how far all parameters together were
    moved; `cosine` between the gradient before and after. `val_loss` on fresh text every 50 steps and at the end.
    """
    torch.manual_seed(seed)
    sentences = grammar()
    vocabulary = Vocabulary.of("".join(sentences))
    codes = vocabulary.encode(sample_text(sentences, TRAINING, seed))
    fresh = vocabulary.encode(sample_text(sentences, VALIDATION, seed + FRESH))
    model = TinyRNN(len(vocabulary), width, hidden)
    names, parameters = zip(*model.named_parameters(), strict=True)
    made = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[optimiser](parameters, lr=lr)
    drawn = batches(codes, batch, context, seed)
    for step in probe.steps(steps):
        if step % 50 == 0:
            probe.record(val_loss=float(evaluate(model, fresh, context).mean()))
        x, y = next(drawn)
        logits, _ = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        made.zero_grad()
        loss.backward()
        came = [p.grad.clone() for p in parameters]
        clip_gradients(parameters, most)
        before, after = length(came), length(p.grad for p in parameters)
        along = sum(float((g * p.grad).sum()) for g, p in zip(came, parameters, strict=True))
        stood = [p.detach().clone() for p in parameters]
        made.step()
        probe.record(
            loss=loss.item(),
            gradient=before,
            clipped=after / most,
            cosine=along / (before * after),
            step_length=length(p.detach() - s for p, s in zip(parameters, stood, strict=True)),
        )
        probe.series("param_grad_norm", list(names), [float(g.norm()) for g in came])
    probe.record(val_loss=float(evaluate(model, fresh, context).mean()))


def length(tensors):
    """The length of all tensors together, as one vector."""
    return math.hypot(*(float(t.norm()) for t in tensors))
