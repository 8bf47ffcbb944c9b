"""Two learning rules for the residual MLP, and what can be said about their signals.

Backpropagation gives block l the derivative of the loss with respect to its output. Direct feedback
alignment (Nøkland 2016) gives it e B_l instead: the error at the output, e = softmax(logits) - target,
through a random matrix that is never changed. Within a block, and in the readout, both use the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from resmlp.data import Points
from resmlp.model import ResidualMLP

Rule = Callable[[ResidualMLP, Tensor, Tensor], float]


def backpropagation(model: ResidualMLP, x: Tensor, y: Tensor) -> float:
    """Set every `.grad` to the gradient of the mean cross-entropy, and return that loss in nats.

    x: (batch, input_dim), y: (batch,) classes.
    """
    model.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model.forward_from(model.embed(x), 0), y)
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.item()


def feedback_matrices(model: ResidualMLP, seed: int) -> list[Tensor]:
    """B_0, …, B_L for the embedding and the blocks, each (classes, d_hidden), entries N(0, 1/classes)."""
    generator = torch.Generator().manual_seed(seed)
    classes, width = model.out_head.weight.shape
    scale = classes**-0.5
    like = model.out_head.weight
    return [
        scale * torch.randn(classes, width, generator=generator, dtype=like.dtype)
        for _ in range(model.num_blocks + 1)
    ]


def direct_feedback(model: ResidualMLP, x: Tensor, y: Tensor, feedback: list[Tensor]) -> float:
    """Set every `.grad` to what direct feedback alignment puts in its place; return the loss in nats.

    x: (batch, input_dim), y: (batch,) classes, feedback: from `feedback_matrices`. The readout, after
    which nothing comes, gets its true gradient.
    """
    model.zero_grad(set_to_none=True)
    # Each stage starts from a detached state: nothing flows from one block into the block before.
    stages = [model.embed(x)]
    for layer in range(model.num_blocks):
        stages.append(model.step(stages[-1].detach(), layer))
    logits = model.readout(stages[-1].detach())
    loss = F.cross_entropy(logits, y)
    error = output_error(logits.detach(), y)
    signals = [error @ b for b in feedback]
    torch.autograd.backward([loss, *stages], [torch.ones_like(loss), *signals])
    return loss.item()


def output_error(logits: Tensor, y: Tensor) -> Tensor:
    """∂(mean cross-entropy)/∂logits = (softmax(logits) - one-hot(y)) / batch, (batch, classes)."""
    error = logits.softmax(dim=-1)
    error[torch.arange(len(y)), y] -= 1.0
    return error / len(y)


def hidden_gradients(model: ResidualMLP, x: Tensor, y: Tensor) -> list[Tensor]:
    """∂(loss of sample i)/∂h_l in row i, for l = 0, …, L; parameters' gradients are left alone."""
    hiddens = model.hidden_states(x)
    loss = F.cross_entropy(model.readout(hiddens[-1]), y, reduction="sum")
    return list(torch.autograd.grad(loss, hiddens))


def alignment(model: ResidualMLP, x: Tensor, y: Tensor, feedback: list[Tensor]) -> list[float]:
    """Mean cosine between e B_l and the true ∂loss/∂h_l over the samples, for l = 0, …, L.

    0 says that the signal has nothing to do with the gradient, 1 that it points the same way.
    """
    with torch.no_grad():
        error = output_error(model.forward_from(model.embed(x), 0), y)
    gradients = hidden_gradients(model, x, y)
    return [
        F.cosine_similarity(error @ b, g, dim=-1).mean().item()
        for b, g in zip(feedback, gradients, strict=True)
    ]


def learning_rule(name: str, model: ResidualMLP, seed: int) -> Rule:
    """The rule called "bp" or "dfa"; ValueError for any other name."""
    if name == "bp":
        return backpropagation
    if name == "dfa":
        return partial(direct_feedback, feedback=feedback_matrices(model, seed))
    raise ValueError(f"a learning rule is bp or dfa, not {name!r}")


@dataclass(frozen=True)
class Epoch:
    """State after an epoch (0: before the first). Medians are over the validation samples, h_0 … h_L."""

    number: int
    val_accuracy: float
    hidden_norms: tuple[float, ...]
    gradient_norms: tuple[float, ...]


def look(model: ResidualMLP, data: Points, number: int) -> Epoch:
    """Accuracy, median ‖h_l‖ and median per-sample ‖∂loss/∂h_l‖ on the validation part."""
    with torch.no_grad():
        hiddens = model.hidden_states(data.x_val)
        right = model.readout(hiddens[-1]).argmax(dim=-1) == data.y_val
    gradients = hidden_gradients(model, data.x_val, data.y_val)
    return Epoch(
        number,
        right.float().mean().item(),
        tuple(h.norm(dim=-1).median().item() for h in hiddens),
        tuple(g.norm(dim=-1).median().item() for g in gradients),
    )


def train(
    model: ResidualMLP,
    data: Points,
    rule: Rule,
    *,
    epochs: int,
    seed: int,
    lr: float = 1e-3,
    batch: int = 64,
) -> Iterator[Epoch]:
    """Adam on shuffled batches; yields the state before training and after every epoch."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    yield look(model, data, 0)
    for number in range(1, epochs + 1):
        order = torch.randperm(len(data.x_train), generator=generator)
        for rows in torch.split(order, batch):
            rule(model, data.x_train[rows], data.y_train[rows])
            optimizer.step()
        yield look(model, data, number)
