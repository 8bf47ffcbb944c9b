"""Names, state, modes and instance-level forward of modules."""

from __future__ import annotations

import numpy as np
import pytest

from minimodel.deep_mlp import DeepMLP
from minimodel.nn import GELU, BatchNorm1d, Linear, Module, ModuleList, Parameter, ResidualBlock, Sequential
from minimodel.nn.init import manual_seed
from minitorch import Tensor


def test_parameters_are_named_by_their_path() -> None:
    model = DeepMLP(7, 5, depth=2, width=4)
    block = ["norm.weight", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
    assert [name for name, _ in model.named_parameters()] == [
        "embed.weight",
        "embed.bias",
        *(f"blocks.{i}.{part}" for i in range(2) for part in block),
        "norm.weight",
        "head.weight",
        "head.bias",
    ]
    assert [name for name, _ in model.named_modules()][:4] == ["", "embed", "blocks", "blocks.0"]
    assert [type(m).__name__ for m in model.children()] == ["Linear", "ModuleList", "RMSNorm", "Linear"]


def test_a_shared_parameter_comes_once() -> None:
    class Tied(Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = Linear(3, 3, bias=False)
            self.second = Linear(3, 3, bias=False)
            self.second.weight = self.first.weight

    assert [name for name, _ in Tied().named_parameters()] == ["first.weight"]


def test_what_is_assigned_over_or_deleted_is_forgotten() -> None:
    layer = Linear(2, 2)
    layer.bias = None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    del layer.weight
    assert list(layer.parameters()) == []


def test_assigning_before_init_is_explained() -> None:
    class Hasty(Module):
        def __init__(self) -> None:
            self.weight = Parameter(np.ones(1))

    with pytest.raises(AttributeError, match=r"super\(\).__init__"):
        Hasty()


def test_a_forward_assigned_to_the_instance_is_called_and_can_be_taken_back() -> None:
    layer, seen = Linear(2, 3), []
    original = layer.forward

    def watched(x: Tensor) -> Tensor:
        seen.append(x.shape)
        return original(x)

    layer.forward = watched  # type: ignore[method-assign]
    Sequential(layer, GELU())(Tensor(np.ones((4, 2))))
    assert seen == [(4, 2)]
    del layer.forward
    layer(Tensor(np.ones((5, 2))))
    assert seen == [(4, 2)]


def test_state_travels_by_name_and_is_copied() -> None:
    manual_seed(0)
    a, b = DeepMLP(3, 2, depth=1, width=4), DeepMLP(3, 2, depth=1, width=4)
    x = Tensor(np.ones((2, 3), dtype=np.float32))
    assert not np.allclose(a(x).data, b(x).data)
    state = a.state_dict()
    b.load_state_dict(state)
    np.testing.assert_array_equal(a(x).data, b(x).data)
    state["embed.weight"][:] = 0.0
    np.testing.assert_array_equal(a(x).data, b(x).data)
    assert a.embed.weight.data.any() and b.embed.weight.data.any()


def test_loading_converts_to_the_dtype_in_place() -> None:
    a, b = Linear(3, 2), Linear(3, 2).to(np.float64)
    b.load_state_dict(a.state_dict())
    assert b.weight.dtype == np.float64
    np.testing.assert_array_equal(b.weight.data, a.weight.data)


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    layer = Linear(3, 2)
    before = layer.state_dict()
    with pytest.raises(KeyError, match="missing: \\['bias'\\]; unknown: \\['scale'\\]"):
        layer.load_state_dict({"weight": np.zeros((2, 3)), "scale": np.zeros(2)})
    with pytest.raises(ValueError, match="bias"):
        layer.load_state_dict({"weight": np.zeros((2, 3)), "bias": np.zeros(3)})
    np.testing.assert_array_equal(layer.weight.data, before["weight"])


def test_buffers_are_saved_and_converted_but_not_trained() -> None:
    norm = BatchNorm1d(3)
    assert [name for name, _ in norm.named_parameters()] == ["weight", "bias"]
    norm(Tensor(np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32)))
    twin = Sequential(BatchNorm1d(3)).to(np.float64)
    twin.load_state_dict({f"0.{name}": array for name, array in norm.state_dict().items()})
    copy = twin[0]
    assert isinstance(copy, BatchNorm1d)
    np.testing.assert_array_equal(copy.running_mean, norm.running_mean)
    assert copy.running_mean.dtype == np.float64
    assert norm.running_mean.any() and norm.running_mean.dtype == np.float32


def test_modes_and_gradients_reach_every_module() -> None:
    model = Sequential(Linear(2, 2), Sequential(BatchNorm1d(2)))
    model.eval()
    assert not any(m.training for m in model.modules())
    model.train()
    assert all(m.training for m in model.modules())
    model(Tensor(np.array([[1.0, 2.0], [0.0, 1.0]]))).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_a_list_is_indexed_and_walked_in_order() -> None:
    layers = ModuleList(Linear(1, n + 1) for n in range(12))
    assert len(layers) == 12
    assert [m.weight.shape[0] for m in layers if isinstance(m, Linear)] == list(range(1, 13))
    assert layers[-1] is list(layers)[11]


def test_the_same_seed_gives_the_same_block() -> None:
    manual_seed(3)
    first = ResidualBlock(8).state_dict()
    second = ResidualBlock(8).state_dict()
    manual_seed(3)
    again = ResidualBlock(8).state_dict()
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["fc1.weight"], second["fc1.weight"])


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Module defines no forward"):
        Module()(Tensor([1.0]))
