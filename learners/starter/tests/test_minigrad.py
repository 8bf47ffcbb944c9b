"""minigrad against gradients by hand and against torch in float64."""

import math
import random

import pytest
import torch

from minigrad import Value
from minigrad.nn import MLP, moons
from minigrad.scalar import topological_order

UNARY = {
    "tanh": (lambda v: v.tanh(), torch.tanh),
    "relu": (lambda v: v.relu(), torch.relu),
    "exp": (lambda v: v.exp(), torch.exp),
    "log": (lambda v: (v * v + 1.0).log(), lambda t: torch.log(t * t + 1.0)),
    "cube": (lambda v: v**3, lambda t: t**3),
    "reciprocal": (lambda v: 2.0 / v, lambda t: 2.0 / t),
    "difference": (lambda v: 1.0 - v, lambda t: 1.0 - t),
    "negative": (lambda v: -v, lambda t: -t),
}
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", [-1.3, 0.4, 2.0])
def test_functions_of_one_number(name, x):
    ours, theirs = UNARY[name]
    v, t = Value(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    out, expected = ours(v), theirs(t)
    out.backward()
    expected.backward()
    assert out.data == pytest.approx(expected.item(), abs=1e-12)
    assert v.grad == pytest.approx(t.grad.item(), abs=1e-12)


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_numbers(name):
    a, b = Value(1.7), Value(-0.6)
    s, t = (torch.tensor(v.data, dtype=torch.float64, requires_grad=True) for v in (a, b))
    BINARY[name](a, b).backward()
    BINARY[name](s, t).backward()
    assert (a.grad, b.grad) == pytest.approx((s.grad.item(), t.grad.item()), abs=1e-12)


def test_a_diamond_adds_up_all_paths():
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    ((a * b + c) * (a - c)).backward()
    assert (a.grad, b.grad, c.grad) == (4.0, -4.0, -12.0)


@pytest.mark.parametrize("name", ["tanh", "relu", "exp", "log", "cube"])
def test_a_value_used_twice_by_a_function_gets_both(name):
    once, twice = Value(0.7), Value(0.7)
    UNARY[name][0](once).backward()
    (UNARY[name][0](twice) + UNARY[name][0](twice)).backward()
    assert twice.grad == pytest.approx(2.0 * once.grad, abs=1e-12)


def test_two_backward_passes_add_up():
    x = Value(3.0)
    (x * x).backward()
    (x * x).backward()
    assert x.grad == 12.0


def test_operands_come_before_results_and_the_order_is_always_the_same():
    a, b = Value(1.0), Value(2.0)
    root = (a * b).tanh() + a
    order = topological_order(root)
    assert len(order) == len(set(order)) == 5
    assert all(order.index(p) < order.index(v) for v in order for p in v._parents)
    assert topological_order(root) == order


def test_a_sum_longer_than_the_recursion_limit():
    x = Value(0.5)
    total = Value(0.0)
    for _ in range(5_000):
        total = total + x
    total.backward()
    assert x.grad == 5_000.0


def test_an_mlp_has_the_gradients_of_torch():
    model = MLP((2, 3, 3, 1), seed=4)
    point = moons(1, seed=0)[0]
    ((model(point.x)[0] - point.label) ** 2).backward()
    x = torch.tensor(point.x, dtype=torch.float64)
    leaves = []
    for k, layer in enumerate(model.layers):
        rows = [[*(v.data for v in n.weights), n.bias.data] for n in layer]
        leaves.append(torch.tensor(rows, dtype=torch.float64, requires_grad=True))
        x = leaves[-1] @ torch.cat([x, torch.ones(1, dtype=torch.float64)])
        x = x if k == len(model.layers) - 1 else torch.tanh(x)
    ((x[0] - point.label) ** 2).backward()
    expected = [g for leaf in leaves for g in leaf.grad.flatten().tolist()]
    assert [p.grad for p in model.parameters()] == pytest.approx(expected, abs=1e-12)
    model.zero_grad()
    assert all(p.grad == 0.0 for p in model.parameters())


def test_a_small_network_learns_two_moons():
    model, points, rng = MLP((2, 8, 1), seed=0), moons(40, seed=0), random.Random(0)
    for _ in range(600):
        point = rng.choice(points)
        model.zero_grad()
        ((model(point.x)[0] - point.label) ** 2).backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
    fresh = moons(200, seed=1)
    assert sum((model(p.x)[0].data > 0) == (p.label > 0) for p in fresh) > 160


def test_moons_have_two_classes_and_the_same_points_every_time():
    points = moons(50, seed=3)
    assert points == moons(50, seed=3)
    assert sum(p.label for p in points) == 0
    assert all(math.hypot(*p.x) < 3.5 for p in points)


@pytest.mark.parametrize("name", [*UNARY, *BINARY, "log of itself"])
def test_a_value_that_is_used_twice_gets_both_gradients(name: str) -> None:
    """Two operations on one value: what comes back through the second adds to what came through the first."""
    if name in UNARY:
        f = UNARY[name][0]
    elif name == "log of itself":
        f = Value.log
    else:
        g = BINARY[name]
        f = lambda v: g(v, 1.5) + 2.0 * g(1.5, v)  # noqa: E731
    once, twice = Value(0.7), Value(0.7)
    f(once).backward()
    (f(twice) + f(twice)).backward()
    assert once.grad != 0
    assert twice.grad == pytest.approx(2 * once.grad, rel=1e-12)
