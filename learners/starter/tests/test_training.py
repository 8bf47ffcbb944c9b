"""Fifty blocks learn the tense of a Spanish verb form; without their skips, at the same step size, not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from minimodel.corpus import tense_dataset
from minimodel.deep_mlp import DeepMLP
from minimodel.nn import ResidualBlock, init
from minimodel.nn.losses import accuracy, cross_entropy
from minimodel.optim import SGD
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
    losses = []
    for _ in range(steps):
        batch = rng.integers(0, len(data.x_train), 64)
        loss = cross_entropy(model(Tensor(data.x_train[batch])), data.y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
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
