"""Optimisers against torch.optim, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest
import torch

from minimodel.nn import Parameter
from minimodel.optim import SGD, SGDW, Adam, AdamW, Optimizer, clip_grad_norm

Ours = Callable[[Iterable[Parameter]], Optimizer]
Theirs = Callable[[Iterable[torch.Tensor]], torch.optim.Optimizer]
PAIRS: dict[str, tuple[Ours, Theirs]] = {
    "sgd": (lambda p: SGD(p, 0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "momentum": (lambda p: SGD(p, 0.1, 0.9), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    "adam": (lambda p: Adam(p, 0.1), lambda p: torch.optim.Adam(p, 0.1)),
    "adam, other betas": (
        lambda p: Adam(p, 0.1, (0.5, 0.9), 1e-3),
        lambda p: torch.optim.Adam(p, 0.1, betas=(0.5, 0.9), eps=1e-3),
    ),
    "adamw": (lambda p: AdamW(p, 0.1), lambda p: torch.optim.AdamW(p, 0.1)),
    "adamw, strong": (
        lambda p: AdamW(p, 0.1, (0.5, 0.9), 1e-3, 0.7),
        lambda p: torch.optim.AdamW(p, 0.1, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.7),
    ),
    # Without momentum, decoupled decay is L2 in the gradient, which is what torch's SGD has.
    "sgdw": (lambda p: SGDW(p, 0.1, weight_decay=0.7), lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.7)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_steps_agree_with_torch_even_when_a_gradient_is_missing(name: str) -> None:
    rng = np.random.default_rng(0)
    starts = [rng.standard_normal((3, 2)), rng.standard_normal(4)]
    ours = [Parameter(s.copy()) for s in starts]
    theirs = [torch.tensor(s, requires_grad=True) for s in starts]
    optimizer, reference = PAIRS[name][0](ours), PAIRS[name][1](theirs)
    for step in range(12):
        for i, (p, r) in enumerate(zip(ours, theirs, strict=True)):
            grad = None if i == 1 and step in (0, 5) else rng.standard_normal(p.shape)
            p.grad, r.grad = grad, None if grad is None else torch.tensor(grad)
        optimizer.step()
        reference.step()
        for p, r in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(p.data, r.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_a_step_writes_in_place_and_keeps_float32() -> None:
    for build in (lambda p: SGD(p, 0.1, 0.9), lambda p: Adam(p, 0.1), lambda p: AdamW(p, 0.1)):
        p = Parameter(np.ones(3, dtype=np.float32))
        array = p.data
        p.grad = np.ones(3, dtype=np.float32)
        optimizer = build([p])
        optimizer.step()
        optimizer.step()
        assert p.data is array and p.dtype == np.float32
        np.testing.assert_array_equal(p.grad, np.ones(3))


def test_with_momentum_decoupled_decay_never_enters_the_velocity() -> None:
    p = Parameter(np.ones(3))
    optimizer = SGDW([p], 0.1, 0.9, 0.5)
    for step in range(3):
        p.grad = np.zeros(3)
        optimizer.step()
        np.testing.assert_allclose(p.data, 0.95 ** (step + 1), rtol=1e-12)


def test_zero_grad_means_none() -> None:
    p = Parameter(np.ones(2))
    p.grad = np.ones(2)
    SGD([p], 0.1).zero_grad()
    assert p.grad is None


@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_clipping_agrees_with_torch_and_keeps_the_direction(max_norm: float) -> None:
    rng = np.random.default_rng(0)
    grads = [rng.standard_normal((3, 2)), rng.standard_normal(4) * 10]
    ours = [Parameter(np.zeros_like(g)) for g in (*grads, grads[0])]
    theirs = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in grads]
    for p, r, g in zip(ours, theirs, grads, strict=False):
        p.grad, r.grad = g.copy(), torch.tensor(g)
    norm = clip_grad_norm((p for p in ours), max_norm)  # the third has no gradient
    assert norm == pytest.approx(float(torch.nn.utils.clip_grad_norm_(theirs, max_norm)), rel=1e-12)
    assert ours[2].grad is None
    for p, r in zip(ours, theirs, strict=False):
        assert r.grad is not None and p.grad is not None
        np.testing.assert_allclose(p.grad, r.grad.numpy(), rtol=1e-5)  # torch adds 1e-6 to the norm


def test_the_norm_of_huge_float32_gradients_is_finite() -> None:
    p = Parameter(np.zeros(4, dtype=np.float32))
    p.grad = np.full(4, 1e30, dtype=np.float32)
    assert clip_grad_norm([p], 1.0) == pytest.approx(2e30, rel=1e-6)
    np.testing.assert_allclose(p.grad, 0.5, rtol=1e-6)


@pytest.mark.parametrize(("ours", "theirs"), [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)])
def test_what_is_not_said_is_what_torch_takes(ours: type[Adam], theirs: type[torch.optim.Adam]) -> None:
    mine = ours([Parameter(np.zeros(2))])
    defaults = theirs([torch.zeros(2, requires_grad=True)]).defaults
    assert (mine.lr, mine.betas, mine.eps) == (defaults["lr"], defaults["betas"], defaults["eps"])
