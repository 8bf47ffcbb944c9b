"""Optimisers. They change `parameter.data` in place and skip parameters that have no gradient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from minimodel.nn.module import Parameter


class Optimizer:
    """What all optimisers share: the parameters, the step size `lr`, and forgetting gradients."""

    def __init__(self, params: Iterable[Parameter], lr: float) -> None:
        self.params: Sequence[Parameter] = list(params)
        self.lr = lr

    def zero_grad(self) -> None:
        """Forget all gradients. Without it the next backward pass adds to them."""
        for p in self.params:
            p.grad = None

    def step(self) -> None:
        raise NotImplementedError


class SGD(Optimizer):
    """v ← momentum · v + grad;  p ← p - lr · v  (Polyak 1964, in the form that PyTorch uses)."""

    def __init__(self, params: Iterable[Parameter], lr: float, momentum: float = 0.0) -> None:
        super().__init__(params, lr)
        self.momentum = momentum
        self._velocity: list[npt.NDArray[Any] | None] = [None] * len(self.params)

    def step(self) -> None:
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            v = p.grad
            if self.momentum:
                held = self._velocity[i]
                if held is None:
                    v = self._velocity[i] = p.grad.copy()
                else:
                    held *= self.momentum
                    held += p.grad
                    v = held
            p.data -= self.lr * v


class Adam(Optimizer):
    """Adam with bias correction (Kingma & Ba 2015)."""

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr)
        self.betas = betas
        self.eps = eps
        self._moments: dict[int, tuple[npt.NDArray[Any], npt.NDArray[Any], int]] = {}

    def step(self) -> None:
        b1, b2 = self.betas
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            if i not in self._moments:
                self._moments[i] = np.zeros_like(p.data), np.zeros_like(p.data), 0
            m, v, t = self._moments[i]
            t += 1
            m *= b1
            m += (1 - b1) * p.grad
            v *= b2
            v += (1 - b2) * p.grad * p.grad
            # Both moments start at zero, so early ones are too small by 1 - βᵗ.
            denominator = np.sqrt(v / (1 - b2**t))
            denominator += self.eps
            p.data -= (self.lr / (1 - b1**t)) * m / denominator
            self._moments[i] = m, v, t


class DecoupledDecay(Optimizer):
    """Weight decay beside the gradient: p ← (1 - lr · λ) · p, then the step (Loshchilov & Hutter 2019).

    It goes in front of an optimiser in a list of bases, and is the step of `AdamW` and `SGDW`.
    """

    weight_decay: float  # λ

    def step(self) -> None:
        for p in self.params:
            if p.grad is not None:
                p.data *= 1 - self.lr * self.weight_decay
        super().step()


class AdamW(DecoupledDecay, Adam):
    """Adam with decoupled weight decay."""

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps)
        self.weight_decay = weight_decay


class SGDW(DecoupledDecay, SGD):
    """SGD with decoupled weight decay."""

    def __init__(
        self, params: Iterable[Parameter], lr: float, momentum: float = 0.0, weight_decay: float = 1e-2
    ) -> None:
        super().__init__(params, lr, momentum)
        self.weight_decay = weight_decay


def grad_norm(params: Iterable[Parameter]) -> float:
    """Euclidean norm of all gradients as one vector; parameters without a gradient count as absent."""
    # Summed in float64: squares of float32 gradients overflow from 1.8e19 on.
    squares = (np.square(p.grad, dtype=np.float64).sum() for p in params if p.grad is not None)
    return float(np.sqrt(sum(squares)))


def clip_grad_norm(params: Iterable[Parameter], max_norm: float) -> float:
    """Scale all gradients by one factor so that their joint norm is at most `max_norm`.

    Returns the norm before. One factor for all keeps the direction; a factor each would not.
    """
    params = list(params)
    norm = grad_norm(params)
    if norm > max_norm:
        scale = max_norm / norm
        for p in params:
            if p.grad is not None:
                p.grad *= scale
    return norm
