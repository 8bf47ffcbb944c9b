"""The graph: accumulation, diamonds, depth, what is recorded, broadcasting over random shapes."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from minitorch import Tensor, no_grad
from minitorch.engine import unbroadcast


def test_a_diamond_adds_both_paths() -> None:
    x = Tensor(np.array([0.3, -1.2]), requires_grad=True)
    r = torch.tensor([0.3, -1.2], dtype=torch.float64, requires_grad=True)
    # a feeds b twice and c once; c must wait until b has contributed to a.
    a = x.tanh()
    b = a * a.exp()
    (b * a + b.sigmoid()).sum().backward()
    ra = r.tanh()
    rb = ra * ra.exp()
    (rb * ra + rb.sigmoid()).sum().backward()
    assert x.grad is not None and r.grad is not None
    np.testing.assert_allclose(x.grad, r.grad.numpy(), rtol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.booleans()), min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_random_graphs_agree_with_torch(steps: list[tuple[int, int, bool]]) -> None:
    ours = [Tensor(np.array([0.5, -0.25]), requires_grad=True), Tensor(np.array([1.5, 0.75]), True)]
    theirs = [torch.tensor(t.data, requires_grad=True) for t in ours]
    nodes, references = list(ours), list(theirs)
    for i, j, product in steps:
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        ra, rb = references[i % len(nodes)], references[j % len(nodes)]
        nodes.append((a * b).tanh() if product else a + b * 0.5)
        references.append((ra * rb).tanh() if product else ra + rb * 0.5)
    (nodes[-1] + nodes[0] * 0.0).sum().backward()
    (references[-1] + references[0] * 0.0).sum().backward()
    for t, r in zip(ours, theirs, strict=True):
        assert (t.grad is None) == (r.grad is None)
        if t.grad is not None and r.grad is not None:
            np.testing.assert_allclose(t.grad, r.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_a_second_backward_adds_to_the_first() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    (x * 3.0).sum().backward()
    np.testing.assert_array_equal(x.grad, [5.0, 7.0])


def test_gradients_share_no_memory() -> None:
    """x + y hands the same array to both; scaling one gradient in place must not scale the other."""
    x, y = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    cotangent = np.ones(3)
    (x + y).backward(cotangent)
    assert x.grad is not None and y.grad is not None
    x.grad *= 5.0
    np.testing.assert_array_equal(y.grad, np.ones(3))
    np.testing.assert_array_equal(cotangent, np.ones(3))


def test_gradients_of_views_can_be_changed_in_place() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    x.sum().backward()
    assert x.grad is not None
    x.grad *= 2.0
    np.testing.assert_array_equal(x.grad, np.full((2, 3), 2.0))


def test_a_chain_deeper_than_the_recursion_limit() -> None:
    x = Tensor(np.array(1.0), requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    y.backward()
    assert x.grad == pytest.approx(1.0001**20_000, rel=1e-9)
    del y  # and freeing it must not recurse either


def test_a_graph_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        x = Tensor(np.ones(3), requires_grad=True)
        middle = x.exp()
        watch = weakref.ref(middle)
        loss = (middle.softmax() * middle.gelu()).sum()
        loss.backward()
        del middle, loss
        assert watch() is None
    finally:
        gc.enable()


def test_only_leaves_and_retained_tensors_get_a_gradient() -> None:
    x = Tensor([2.0], requires_grad=True)
    hidden, kept = x * 3.0, x * 3.0
    kept.retain_grad()
    (hidden * kept).sum().backward()
    assert hidden.grad is None
    np.testing.assert_array_equal(kept.grad, [6.0])
    np.testing.assert_array_equal(x.grad, [36.0])


def test_no_grad_records_nothing_and_ends_after_an_error() -> None:
    x = Tensor([1.0], requires_grad=True)
    with pytest.raises(ZeroDivisionError), no_grad():
        with no_grad():
            pass
        assert not (x * 2.0).requires_grad
        raise ZeroDivisionError
    assert (x * 2.0).requires_grad

    @no_grad()
    def double() -> Tensor:
        return x * 2.0

    assert not double().requires_grad
    assert (x * 2.0).requires_grad


def test_detach_cuts_the_graph() -> None:
    x = Tensor([3.0], requires_grad=True)
    (x * x.detach()).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0])


def test_tensors_outside_the_graph_get_no_gradient() -> None:
    x, constant = Tensor([1.0], requires_grad=True), Tensor([2.0])
    (x * constant).sum().backward()
    assert constant.grad is None


@pytest.mark.parametrize(
    ("given_data", "dtype"),
    [
        ([1, 2], np.float32),
        (1.5, np.float32),
        (np.array([1, 2]), np.float32),
        (np.ones(2, dtype=np.float32), np.float32),
        (np.ones(2), np.float64),
        (np.float64(2.0), np.float64),
        (np.array([True, False]), np.float32),
    ],
)
def test_dtype_of_a_new_tensor(given_data: object, dtype: type) -> None:
    assert Tensor(given_data).dtype == dtype


def test_a_float64_number_does_not_upcast_a_float32_tensor() -> None:
    x = Tensor([1.0, 2.0])
    assert (x * np.float64(0.1) + np.float64(3.0)).dtype == np.float32


def test_backward_explains_its_refusals() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="tracks no gradient"):
        Tensor([1.0]).backward()
    with pytest.raises(RuntimeError, match="needs a gradient"):
        (x * 2.0).backward()
    with pytest.raises(ValueError, match="shape"):
        (x * 2.0).backward(np.ones(3))
    with pytest.raises(TypeError, match="number"):
        _ = x**x  # type: ignore[operator]


shapes = mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4)


@given(shapes, st.sampled_from(["+", "-", "*", "/"]))
@settings(max_examples=150, deadline=None)
def test_broadcasting_agrees_with_torch_for_every_pair_of_shapes(pair: object, operation: str) -> None:
    (left, right), result = pair.input_shapes, pair.result_shape  # type: ignore[attr-defined]
    rng = np.random.default_rng(0)
    a, b = rng.uniform(1.0, 2.0, left), rng.uniform(1.0, 2.0, right)
    cotangent = rng.standard_normal(result)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    r, s = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)
    for p, q in ((x, y), (r, s)):
        out = {"+": lambda p=p, q=q: p + q, "-": lambda p=p, q=q: p - q,
               "*": lambda p=p, q=q: p * q, "/": lambda p=p, q=q: p / q}[operation]()  # fmt: skip
        assert tuple(out.shape) == result
        out.backward(cotangent if isinstance(out, Tensor) else torch.tensor(cotangent))
    assert x.grad is not None and y.grad is not None and r.grad is not None and s.grad is not None
    np.testing.assert_allclose(x.grad, r.grad.numpy(), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(y.grad, s.grad.numpy(), rtol=1e-7, atol=1e-7)


@given(mutually_broadcastable_shapes(num_shapes=1, base_shape=(3, 1, 4), max_dims=4, max_side=4))
@settings(max_examples=100, deadline=None)
def test_unbroadcast_is_the_transpose_of_broadcasting(pair: object) -> None:
    """⟨broadcast(u), g⟩ = ⟨u, unbroadcast(g)⟩ for every u and g."""
    shape, wide = pair.input_shapes[0], pair.result_shape  # type: ignore[attr-defined]
    rng = np.random.default_rng(0)
    u, g = rng.standard_normal(shape), rng.standard_normal(wide)
    back = unbroadcast(g, shape)
    assert back.shape == shape
    assert np.sum(np.broadcast_to(u, wide) * g) == pytest.approx(np.sum(u * back), abs=1e-9)


@given(st.lists(st.integers(1, 4), max_size=3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_matmul_agrees_with_torch_over_batch_shapes(batch: list[int], n: int, k: int, m: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((*batch, n, k)), rng.standard_normal((k, m))
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    r, s = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)
    cotangent = rng.standard_normal((*batch, n, m))
    (x @ y).backward(cotangent)
    (r @ s).backward(torch.tensor(cotangent))
    assert x.grad is not None and y.grad is not None and r.grad is not None and s.grad is not None
    np.testing.assert_allclose(x.grad, r.grad.numpy(), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(y.grad, s.grad.numpy(), rtol=1e-7, atol=1e-7)


def test_adding_in_place_leaves_the_old_numbers_to_those_who_need_them():
    x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    h = x * 3.0
    before = h
    square = h * h
    h += Tensor(np.array([10.0, 20.0]))
    assert before.data.tolist() == [3.0, 6.0]
    assert h.data.tolist() == [13.0, 26.0]
    (square + h).sum().backward()
    assert x.grad.tolist() == [2 * 9.0 * 1.0 + 3.0, 2 * 9.0 * 2.0 + 3.0]  # d(9x² + 3x)/dx
