"""Layers against torch and finite differences; the statistics of initialisation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from minimodel.nn import (
    GELU,
    BatchNorm1d,
    Identity,
    LayerNorm,
    Linear,
    Module,
    ReLU,
    Residual,
    ResidualBlock,
    RMSNorm,
    Sequential,
    Sigmoid,
    Tanh,
    init,
)
from minimodel.nn.activations import ACTIVATIONS
from minimodel.nn.losses import accuracy
from minitorch import Tensor

BUILDERS: dict[str, Callable[[], Module]] = {
    "Linear": lambda: Linear(6, 3),
    "RMSNorm": lambda: RMSNorm(6),
    "LayerNorm": lambda: LayerNorm(6),
    "BatchNorm1d": lambda: BatchNorm1d(6),
    "Residual": lambda: Residual(Sequential(Linear(6, 6), Tanh())),
    "ResidualBlock": lambda: ResidualBlock(6),
    "two blocks": lambda: Sequential(ResidualBlock(6), ResidualBlock(6)),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_gradients_agree_with_finite_differences(name: str) -> None:
    init.manual_seed(0)
    module = BUILDERS[name]().to(np.float64)
    rng = np.random.default_rng(1)
    for p in module.parameters():  # away from ones and zeros, where errors hide
        p.data = p.data + 0.3 * rng.standard_normal(p.shape)
    x = Tensor(rng.standard_normal((4, 6)), requires_grad=True)
    cotangent = rng.standard_normal(module(x).shape)
    module(x).backward(cotangent)
    for tensor in (x, *module.parameters()):
        assert tensor.grad is not None
        numeric, step = np.zeros(tensor.shape), 1e-6
        for i in np.ndindex(tensor.shape):
            value, sums = tensor.data[i], []
            for shift in (step, -step):
                tensor.data[i] = value + shift
                sums.append(np.sum(module(x).data * cotangent))
            tensor.data[i] = value
            numeric[i] = (sums[0] - sums[1]) / (2 * step)
        np.testing.assert_allclose(tensor.grad, numeric, rtol=1e-6, atol=1e-7)


def test_the_block_agrees_with_the_same_block_in_torch() -> None:
    init.manual_seed(0)
    block = ResidualBlock(8).to(np.float64)
    x = np.random.default_rng(0).standard_normal((5, 8))
    state = {name: torch.tensor(array, requires_grad=True) for name, array in block.state_dict().items()}
    r = torch.tensor(x, requires_grad=True)
    n = torch.nn.functional.rms_norm(r, (8,), state["norm.weight"], 1e-6)
    h = torch.nn.functional.gelu(n @ state["fc1.weight"].T + state["fc1.bias"], approximate="tanh")
    reference = r + h @ state["fc2.weight"].T + state["fc2.bias"]
    reference.square().sum().backward()

    t = Tensor(x, requires_grad=True)
    out = block(t)
    (out * out).sum().backward()
    np.testing.assert_allclose(out.data, reference.detach().numpy(), rtol=1e-10)
    assert t.grad is not None and r.grad is not None
    np.testing.assert_allclose(t.grad, r.grad.numpy(), rtol=1e-9)
    for name, p in block.named_parameters():
        grad = state[name].grad
        assert grad is not None and p.grad is not None
        np.testing.assert_allclose(p.grad, grad.numpy(), rtol=1e-9, atol=1e-12)


def test_the_block_has_the_parts_it_is_said_to_have() -> None:
    shapes = {name: p.shape for name, p in ResidualBlock(8).named_parameters()}
    assert shapes == {
        "norm.weight": (8,),
        "fc1.weight": (32, 8),
        "fc1.bias": (32,),
        "fc2.weight": (8, 32),
        "fc2.bias": (8,),
    }


def test_a_block_with_a_silent_branch_is_the_identity() -> None:
    block = ResidualBlock(4)
    block.fc2.weight.data[:] = 0.0
    x = Tensor(np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32))
    np.testing.assert_array_equal(block(x).data, x.data)


def test_batch_norm_follows_torch_through_training_and_evaluation() -> None:
    ours, theirs = BatchNorm1d(3).to(np.float64), torch.nn.BatchNorm1d(3, dtype=torch.float64)
    rng = np.random.default_rng(0)
    for _ in range(3):
        x = rng.standard_normal((5, 3)) * 2.0 + 1.0
        np.testing.assert_allclose(ours(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), atol=1e-9)
    assert theirs.running_mean is not None and theirs.running_var is not None
    np.testing.assert_allclose(ours.running_mean, theirs.running_mean.numpy(), rtol=1e-9)
    np.testing.assert_allclose(ours.running_var, theirs.running_var.numpy(), rtol=1e-9)
    ours.eval(), theirs.eval()
    x = rng.standard_normal((1, 3))
    np.testing.assert_allclose(ours(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy(), atol=1e-9)


def test_batch_norm_refuses_to_train_on_one_sample() -> None:
    with pytest.raises(ValueError, match="two samples"):
        BatchNorm1d(3)(Tensor(np.ones((1, 3))))


@pytest.mark.parametrize("norm", [RMSNorm, LayerNorm])
def test_norms_take_out_the_scale(norm: type[RMSNorm | LayerNorm]) -> None:
    x = np.random.default_rng(0).standard_normal((6, 32))
    small, large = (norm(32).to(np.float64)(Tensor(k * x)).data for k in (10.0, 1e4))
    np.testing.assert_allclose(small, large, rtol=1e-6)
    np.testing.assert_allclose(np.mean(large**2, axis=-1), 1.0, rtol=1e-6)


@pytest.mark.parametrize("module", [Identity(), ReLU(), GELU(), Tanh(), Sigmoid()])
def test_activation_modules_and_functions_agree(module: Module) -> None:
    x = Tensor(np.linspace(-3.0, 3.0, 7))
    function = ACTIVATIONS[type(module).__name__.lower()]
    np.testing.assert_array_equal(module(x).data, function(x).data)


# name: (initialiser, its variance for shape (400, 300))
VARIANCES = {
    "lecun_normal": (init.lecun_normal, 1 / 300),
    "xavier_normal": (init.xavier_normal, 2 / 700),
    "xavier_uniform": (init.xavier_uniform, 2 / 700),
    "kaiming_normal": (init.kaiming_normal, 2 / 300),
    "kaiming_uniform": (init.kaiming_uniform, 2 / 300),
    "uniform": (init.uniform(0.5), 0.25 / 3),
    "normal": (init.normal(0.01), 1e-4),
    "orthogonal": (init.orthogonal, 1 / 400),
}


@pytest.mark.parametrize("name", VARIANCES)
def test_initialisers_have_the_variance_they_promise(name: str) -> None:
    draw, variance = VARIANCES[name]
    w = draw((400, 300), np.random.default_rng(0))
    assert w.shape == (400, 300) and w.dtype == np.float32
    # The sample variance of 120,000 normal entries strays by .4 %: five times that is allowed.
    assert w.var() == pytest.approx(variance, rel=0.02)
    assert abs(w.mean()) < 5 * math.sqrt(variance / w.size)
    assert np.array_equal(w, draw((400, 300), np.random.default_rng(0)))


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7)])
def test_orthogonal_rows_or_columns(shape: tuple[int, int]) -> None:
    w = init.orthogonal(shape, np.random.default_rng(0)).astype(np.float64)
    product = w.T @ w if shape[0] >= shape[1] else w @ w.T
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-6)


def test_zeros_are_zeros_and_a_bias_starts_at_zero() -> None:
    assert not Linear(3, 2, init=init.zeros).weight.data.any()
    layer = Linear(3, 2)
    assert layer.bias is not None and not layer.bias.data.any()
    assert Linear(3, 2, bias=False).bias is None


def test_a_layer_draws_from_the_generator_it_is_given() -> None:
    first, second = (Linear(3, 2, rng=np.random.default_rng(5)).weight.data for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_kaiming_keeps_the_second_moment_through_relu_layers() -> None:
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((64, 256)).astype(np.float32))
    for _ in range(20):
        x = Linear(256, 256, rng=rng)(x.relu())
    # In expectation E[h²] = 2·E[relu(x)²] stays at 1; one draw of twenty layers wanders around it.
    assert 0.3 < float((x.data**2).mean()) < 3.0


def test_accuracy_counts_a_row_with_nan_as_wrong() -> None:
    logits = Tensor(np.array([[0.0, 1.0], [2.0, 1.0], [math.nan, 1.0], [0.0, 1.0]]))
    assert accuracy(logits, np.array([1, 0, 0, 0])) == 0.5


def test_the_skip_adds_what_the_body_makes_of_the_input() -> None:
    body = Linear(6, 6)
    x = Tensor(np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32))
    np.testing.assert_array_equal(Residual(body)(x).data, x.data + body(x).data)
