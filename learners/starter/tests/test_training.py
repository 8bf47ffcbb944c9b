"""The loop against one written out, and fifty blocks that learn with their skips, and without them not."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from minimodel.corpus import tense_dataset
from minimodel.deep_mlp import DeepMLP
from minimodel.nn import Linear, ResidualBlock, init, mse
from minimodel.nn.losses import accuracy
from minimodel.optim import SGD
from minimodel.training import fit
from minitorch import Tensor, no_grad


class PlainBlock(ResidualBlock):
    """The same block without the skip."""

    def forward(self, x: Tensor) -> Tensor:
        h: Tensor = self.fc2(self.fc1(self.norm(x)).gelu())
        return h


def train(block: type[ResidualBlock], seed: int, steps: int) -> tuple[list[float], float]:
    """Losses of every step and the final validation accuracy; batch 64, lr 1e-2, momentum .9, Kaiming."""
    data = tense_dataset(seed=seed)
    init.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = DeepMLP(data.x_train.shape[1], 5, depth=50, width=64, block=block)
    optimizer = SGD(model.parameters(), lr=1e-2, momentum=0.9)
    rows = (rng.integers(0, len(data.x_train), 64) for _ in range(steps))
    losses = list(fit(model, optimizer, ((data.x_train[r], data.y_train[r]) for r in rows)))
    with no_grad():
        return losses, accuracy(model(Tensor(data.x_val)), data.y_val)


def test_with_the_skip_it_learns() -> None:
    losses, val = train(ResidualBlock, seed=0, steps=200)
    assert losses[100] < 0.05 * losses[0]
    assert val >= 0.85


def test_without_the_skip_it_stays_at_the_entropy_of_five_classes() -> None:
    losses, val = train(PlainBlock, seed=0, steps=120)
    assert np.isfinite(losses).all()
    assert np.mean(losses[-50:]) == pytest.approx(math.log(5), abs=0.1)
    assert val < 0.4


def test_the_loop_takes_the_steps_of_gradient_descent_written_out() -> None:
    rng = np.random.default_rng(0)
    model = Linear(3, 2).to(np.float64)
    batches = [(rng.standard_normal((5, 3)), rng.standard_normal((5, 2))) for _ in range(4)]
    assert model.bias is not None
    w, b, losses = model.weight.data.copy(), model.bias.data.copy(), []
    for x, y in batches:
        error = x @ w.T + b - y
        losses.append(float((error**2).mean()))
        w -= 0.1 * 2.0 * error.T @ x / error.size
        b -= 0.1 * 2.0 * error.sum(axis=0) / error.size
    for p in model.parameters():  # as an earlier backward pass may have left it
        p.grad = np.ones_like(p.data)
    assert list(fit(model, SGD(model.parameters(), lr=0.1), batches, mse)) == pytest.approx(losses, rel=1e-12)
    np.testing.assert_allclose(model.weight.data, w, rtol=1e-12)
    np.testing.assert_allclose(model.bias.data, b, rtol=1e-12)


def test_the_loop_stops_when_nobody_asks_for_the_next_loss() -> None:
    model, asked = Linear(2, 2), []

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for n in range(9):
            asked.append(n)
            yield np.ones((1, 2), dtype=np.float32), np.array([0])

    loop = fit(model, SGD(model.parameters(), lr=0.1), batches())
    next(loop), next(loop)
    assert asked == [0, 1]
