"""Every operation against torch in float64: values and gradients within 1e-7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as TF

from minitorch import Tensor, kernels, no_grad
from minitorch import functional as F

TOLERANCE = 1e-7
RNG = np.random.default_rng(0)
A = RNG.standard_normal((3, 4))
B = RNG.standard_normal((3, 4))
ROW = RNG.standard_normal(4)
POSITIVE = np.abs(A) + 0.1
BATCHED = RNG.standard_normal((2, 3, 4))
INDEX = np.array([0, 2, 0, 1])

# name: (ours, torch's, inputs)
CASES: dict[str, tuple[Callable[..., Tensor], Callable[..., torch.Tensor], tuple[np.ndarray, ...]]] = {
    "add": (lambda a, b: a + b, lambda a, b: a + b, (A, B)),
    "add broadcast": (lambda a, b: a + b, lambda a, b: a + b, (A, ROW)),
    "add to itself": (lambda a: a + a, lambda a: a + a, (A,)),
    "add number": (lambda a: 2 + a + 1.5, lambda a: 2 + a + 1.5, (A,)),
    "subtract": (lambda a, b: a - b, lambda a, b: a - b, (A, ROW)),
    "subtract from number": (lambda a: 2.0 - a, lambda a: 2.0 - a, (A,)),
    "multiply": (lambda a, b: a * b, lambda a, b: a * b, (A, ROW)),
    "multiply by number": (lambda a: 3 * a * 0.5, lambda a: 3 * a * 0.5, (A,)),
    "divide": (lambda a, b: a / b, lambda a, b: a / b, (A, POSITIVE)),
    "divide by row": (lambda a, b: b / a, lambda a, b: b / a, (POSITIVE, ROW)),
    "divide number": (lambda a: 2.0 / a, lambda a: 2.0 / a, (POSITIVE,)),
    "negate": (lambda a: -a, lambda a: -a, (A,)),
    "square": (lambda a: a**2, lambda a: a**2, (A,)),
    "power -1.5": (lambda a: a**-1.5, lambda a: a**-1.5, (POSITIVE,)),
    "power 0": (lambda a: a**0 * a, lambda a: a**0 * a, (A,)),
    "matmul": (lambda a, b: a @ b.T, lambda a, b: a @ b.T, (A, B)),
    "matmul batched": (lambda a, b: a @ b, lambda a, b: a @ b, (BATCHED, RNG.standard_normal((2, 4, 5)))),
    "matmul batch by one": (lambda a, b: a @ b, lambda a, b: a @ b, (BATCHED, RNG.standard_normal((4, 5)))),
    "matmul one by batch": (lambda a, b: b @ a, lambda a, b: b @ a, (BATCHED, RNG.standard_normal((5, 3)))),
    "matrix by vector": (lambda a, b: a @ b, lambda a, b: a @ b, (A, ROW)),
    "batch by vector": (lambda a, b: a @ b, lambda a, b: a @ b, (BATCHED, ROW)),
    "vector by matrix": (lambda a, b: b @ a.T, lambda a, b: b @ a.T, (A, ROW)),
    "vector by batch": (lambda a, b: b @ a, lambda a, b: b @ a, (BATCHED, RNG.standard_normal(3))),
    "vector by vector": (lambda a, b: a @ b, lambda a, b: a @ b, (ROW, ROW + 1.0)),
    "exp": (lambda a: a.exp(), lambda a: a.exp(), (A,)),
    "log": (lambda a: a.log(), lambda a: a.log(), (POSITIVE,)),
    "sqrt": (lambda a: a.sqrt(), lambda a: a.sqrt(), (POSITIVE,)),
    "abs": (lambda a: a.abs(), lambda a: a.abs(), (A,)),
    "tanh": (lambda a: a.tanh(), lambda a: a.tanh(), (A,)),
    "sigmoid": (lambda a: a.sigmoid(), lambda a: a.sigmoid(), (A,)),
    "relu": (lambda a: a.relu(), lambda a: a.relu(), (A,)),
    "relu at 0": (lambda a: a.relu(), lambda a: a.relu(), (np.zeros((2, 2)),)),
    "gelu": (lambda a: a.gelu(), lambda a: TF.gelu(a, approximate="tanh"), (4 * A,)),
    "sum": (lambda a: a.sum(), lambda a: a.sum(), (A,)),
    "sum axis 0": (lambda a: a.sum(0), lambda a: a.sum(0), (A,)),
    "sum axis -1": (lambda a: a.sum(-1, keepdims=True), lambda a: a.sum(-1, keepdim=True), (BATCHED,)),
    "sum two axes": (lambda a: a.sum((0, -1)), lambda a: a.sum((0, -1)), (BATCHED,)),
    "mean": (lambda a: a.mean(), lambda a: a.mean(), (A,)),
    "mean axis": (lambda a: a.mean(1), lambda a: a.mean(1), (BATCHED,)),
    "var": (lambda a: a.var(), lambda a: a.var(correction=0), (A,)),
    "var axis": (lambda a: a.var(-1, True), lambda a: a.var(-1, correction=0, keepdim=True), (A,)),
    "max": (lambda a: a.max(), lambda a: a.amax(), (A,)),
    "max axis": (lambda a: a.max(1), lambda a: a.amax(1), (A,)),
    "max keepdims": (lambda a: a.max(0, keepdims=True), lambda a: a.amax(0, keepdim=True), (A,)),
    "max tied": (lambda a: a.max(0), lambda a: a.amax(0), (np.array([[1.0, 2.0], [1.0, 0.0]]),)),
    "softmax": (lambda a: a.softmax(), lambda a: a.softmax(-1), (A,)),
    "softmax axis 0": (lambda a: a.softmax(0), lambda a: a.softmax(0), (A,)),
    "softmax large": (lambda a: a.softmax(), lambda a: a.softmax(-1), (1000 * A,)),
    "log_softmax": (lambda a: a.log_softmax(), lambda a: a.log_softmax(-1), (A,)),
    "log_softmax axis": (lambda a: a.log_softmax(0), lambda a: a.log_softmax(0), (1000 * A,)),
    "reshape": (lambda a: a.reshape(2, 6), lambda a: a.reshape(2, 6), (A,)),
    "reshape by tuple": (lambda a: a.reshape((-1, 3)), lambda a: a.reshape((-1, 3)), (A,)),
    "transpose": (lambda a: a.T, lambda a: a.T, (A,)),
    "permute": (lambda a: a.transpose(2, 0, 1), lambda a: a.permute(2, 0, 1), (BATCHED,)),
    "permute from the end": (lambda a: a.transpose(-1, 0, -2), lambda a: a.permute(-1, 0, -2), (BATCHED,)),
    "index row": (lambda a: a[1], lambda a: a[1], (A,)),
    "index slice": (lambda a: a[1:, ::2], lambda a: a[1:, ::2], (A,)),
    "index new axis": (lambda a: a[:, None, ..., 1], lambda a: a[:, None, ..., 1], (BATCHED,)),
    "index array": (lambda a: a[INDEX], lambda a: a[torch.tensor(INDEX)], (A,)),
    "index pairs": (
        lambda a: a[np.arange(3), [0, 3, 0]],
        lambda a: a[torch.arange(3), torch.tensor([0, 3, 0])],
        (A,),
    ),
    "index mask": (lambda a: a[A > 0], lambda a: a[torch.tensor(A > 0)], (B,)),
    "linear": (F.linear, TF.linear, (A, RNG.standard_normal((5, 4)), RNG.standard_normal(5))),
    "linear without bias": (F.linear, TF.linear, (A, RNG.standard_normal((5, 4)))),
    "linear of sequences": (
        F.linear,
        TF.linear,
        (BATCHED, RNG.standard_normal((5, 4)), RNG.standard_normal(5)),
    ),
    "rms_norm": (
        lambda x, w: F.rms_norm(x, w, 1e-3),
        lambda x, w: TF.rms_norm(x, (4,), w, 1e-3),
        (BATCHED, ROW),
    ),
    "layer_norm": (
        lambda x, w, b: F.layer_norm(x, w, b, 1e-3),
        lambda x, w, b: TF.layer_norm(x, (4,), w, b, 1e-3),
        (BATCHED, ROW, ROW + 1.0),
    ),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, w, b, 1e-3),
        lambda x, w, b: TF.batch_norm(x, None, None, w, b, training=True, eps=1e-3),
        (A, ROW, ROW + 1.0),
    ),
    "cross_entropy": (
        lambda x: F.cross_entropy(x, INDEX[:3]),
        lambda x: TF.cross_entropy(x, torch.tensor(INDEX[:3])),
        (10 * A,),
    ),
    "mse": (F.mse, TF.mse_loss, (A, B)),
    "concatenate": (
        lambda a, b: F.concatenate([a, b, a], axis=1),
        lambda a, b: torch.cat([a, b, a], dim=1),
        (A, B[:, :2]),
    ),
    "where": (
        lambda a, b: F.where(A > 0, a, b),
        lambda a, b: torch.where(torch.tensor(A > 0), a, b),
        (A, ROW),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_agree_with_torch(name: str) -> None:
    ours, theirs, arrays = CASES[name]
    inputs = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    references = [torch.tensor(a, requires_grad=True) for a in arrays]
    out, reference = ours(*inputs), theirs(*references)
    assert out.shape == tuple(reference.shape)
    assert out.dtype == np.float64
    np.testing.assert_allclose(out.data, reference.detach().numpy(), rtol=TOLERANCE, atol=TOLERANCE)
    cotangent = np.random.default_rng(1).standard_normal(out.shape)
    out.backward(cotangent)
    reference.backward(torch.tensor(cotangent))
    for x, r in zip(inputs, references, strict=True):
        assert r.grad is not None and x.grad is not None
        assert x.grad.shape == x.shape and x.grad.dtype == np.float64
        np.testing.assert_allclose(x.grad, r.grad.numpy(), rtol=TOLERANCE, atol=TOLERANCE)


def test_a_kernel_does_what_is_asked_for_and_no_more() -> None:
    """Without a graph GELU is the same, and what is frozen or has no gradient to give costs none."""
    x = RNG.standard_normal((64, 16)) * 4
    value, slope = kernels.gelu_with_slope(x)
    np.testing.assert_array_equal(kernels.gelu(x), value)
    with no_grad():
        np.testing.assert_array_equal(Tensor(x, requires_grad=True).gelu().data, value)
    up, down = kernels.gelu(x + 1e-6), kernels.gelu(x - 1e-6)
    np.testing.assert_allclose(slope, (up - down) / 2e-6, atol=1e-7)

    inputs, gain = Tensor(x, requires_grad=True), Tensor(np.ones(16))
    weight, bias = Tensor(np.ones((3, 16))), Tensor(np.zeros(3))
    normed = F.rms_norm(inputs, gain)
    projected = F.linear(normed, weight, bias)
    assert normed._backward is not None and projected._backward is not None
    assert [g is None for g in normed._backward(x)] == [False, True]
    assert [g is None for g in projected._backward(np.ones((64, 3)))] == [False, True, True]


def test_the_gradient_of_rms_norm_has_nothing_along_its_output() -> None:
    """Only the direction of x gets through, so the length of x gets no gradient (eps aside)."""
    x, g = RNG.standard_normal((2, 5, 8)), RNG.standard_normal((2, 5, 8))
    _, unit, inverse = kernels.rms_norm(x, np.ones(8), 0.0)
    back = kernels.rms_norm_back(g, np.ones(8), unit, inverse)
    np.testing.assert_allclose((back * x).sum(axis=-1), 0.0, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32(name: str) -> None:
    ours, _, arrays = CASES[name]
    inputs = [Tensor(a.astype(np.float32), requires_grad=True) for a in arrays]
    out = ours(*inputs)
    out.backward(np.ones(out.shape))
    assert out.dtype == np.float32
    assert [x.grad.dtype for x in inputs if x.grad is not None] == [np.float32] * len(inputs)


def test_an_array_on_the_left_meets_the_tensor_as_a_whole() -> None:
    out: Any = A @ Tensor(B).T
    assert isinstance(out, Tensor) and out.shape == (3, 3)
    assert isinstance(A * Tensor(B), Tensor)


def test_cross_entropy_does_not_overflow_where_the_naive_one_does() -> None:
    loss = F.cross_entropy(Tensor([[200.0, 0.0], [0.0, 200.0]]), np.array([0, 0]))
    assert loss.item() == pytest.approx(100.0)


def test_cross_entropy_over_sequences_is_the_mean_over_all_places() -> None:
    targets = np.array([[0, 3, 1], [2, 2, 0]])
    flat = F.cross_entropy(Tensor(BATCHED.reshape(6, 4)), targets.reshape(6))
    assert F.cross_entropy(Tensor(BATCHED), targets).item() == pytest.approx(flat.item(), abs=1e-12)


@pytest.mark.parametrize(
    ("targets", "complaint"),
    [
        (np.array([0, 1]), "shape"),
        (np.array([0, 1, 4]), "0..3"),
        (np.array([0, -1, 2]), "0..3"),
        (np.array([0.0, 1.0, 2.0]), "integers"),
    ],
)
def test_cross_entropy_refuses_targets_that_cannot_be(targets: np.ndarray, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        F.cross_entropy(Tensor(A), targets)


def test_mse_refuses_shapes_that_would_broadcast() -> None:
    with pytest.raises(ValueError, match="shape"):
        F.mse(Tensor(np.ones((3, 1))), np.ones(3))


def test_dropout_keeps_the_mean_and_drops_the_share() -> None:
    out = F.dropout(Tensor(np.ones(20_000)), 0.25, np.random.default_rng(0))
    assert abs((out.data == 0).mean() - 0.25) < 0.01  # three standard deviations: 0.0092
    assert set(np.unique(out.data)) == {0.0, 1.0 / 0.75}
    with pytest.raises(ValueError, match="rate"):
        F.dropout(out, 1.0, np.random.default_rng(0))
