"""A small network of single numbers: neurons, layers, an MLP, and a task to try it on."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minigrad.scalar import Operand, Value


class Neuron:
    """tanh(w · x + b), or w · x + b where `linear`; weights from N(0, 1/inputs), bias 0."""

    def __init__(self, inputs: int, rng: random.Random, linear: bool = False) -> None:
        self.weights = [Value(rng.gauss(0.0, inputs**-0.5)) for _ in range(inputs)]
        self.bias = Value(0.0)
        self.linear = linear

    def __call__(self, x: Sequence[Operand]) -> Value:
        total = self.bias
        for w, v in zip(self.weights, x, strict=True):
            total = total + w * v
        return total if self.linear else total.tanh()

    def parameters(self) -> Iterator[Value]:
        yield from self.weights
        yield self.bias


class MLP:
    """`widths` = (inputs, hidden …, outputs), the last layer linear. x: inputs numbers -> outputs Values."""

    def __init__(self, widths: Sequence[int], seed: int = 0) -> None:
        rng = random.Random(seed)
        last = len(widths) - 2
        self.layers = [
            [Neuron(widths[i], rng, linear=i == last) for _ in range(widths[i + 1])] for i in range(last + 1)
        ]

    def __call__(self, x: Sequence[Operand]) -> list[Value]:
        signal: Sequence[Operand] = x
        for layer in self.layers:
            signal = [neuron(signal) for neuron in layer]
        return [out for out in signal if isinstance(out, Value)]

    def parameters(self) -> list[Value]:
        """Every weight and bias, layer by layer."""
        return [p for layer in self.layers for neuron in layer for p in neuron.parameters()]

    def zero_grad(self) -> None:
        """Set every gradient back to 0: the next backward pass adds to what is there."""
        for p in self.parameters():
            p.grad = 0.0


@dataclass(frozen=True)
class Point:
    """A place in the plane and its class, -1 or 1."""

    x: tuple[float, float]
    label: int


def moons(n: int, seed: int, noise: float = 0.15) -> list[Point]:
    """Two half circles that reach into each other, `n` points in all, classes in turn."""
    rng = random.Random(seed)
    points = []
    for i in range(n):
        angle = math.pi * rng.random()
        x, y = math.cos(angle), math.sin(angle)
        if i % 2:
            x, y = 1.0 - x, 0.5 - y
        points.append(Point((x + rng.gauss(0, noise), y + rng.gauss(0, noise)), 1 if i % 2 else -1))
    return points
