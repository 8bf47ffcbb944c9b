"""A training step with clipped gradients, and the loss on a text."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from tinylm.text import windows
from tinyrnn.model import TinyRNN


def clip_gradients(parameters: Iterable[Tensor], most: float) -> float:
    """Shorten the gradient to a length of at most `most`, and return the length that it had.

    The gradient is that of all parameters together, as one vector: its direction stays (Pascanu et al. 2013).
    Parameters without a gradient are left alone.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    length = math.hypot(*(float(g.norm()) for g in gradients))
    if length > most:
        for gradient in gradients:
            gradient.mul_(most / length)
    return length


def train_step(
    model: TinyRNN,
    optimiser: torch.optim.Optimizer,
    x: Tensor,
    y: Tensor,
    most: float,
    state: Tensor | None = None,
) -> tuple[float, Tensor]:
    """One step on a batch; x and y: (batch, length). The loss before it in nats, and the last state.

    The state comes back without its history: the next step's gradient ends at the window's edge (truncated
    backpropagation through time).
    """
    logits, state = model(x, state)
    loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    clip_gradients(model.parameters(), most)
    optimiser.step()
    return loss.item(), state.detach()


@torch.no_grad()
def evaluate(model: TinyRNN, codes: Tensor, context: int) -> Tensor:
    """The loss in nats at each place of a window, (context,): the mean over windows, each begun anew."""
    x, y = windows(codes, context)
    logits, _ = model(x)
    return F.cross_entropy(logits.transpose(1, 2), y, reduction="none").mean(dim=0)
