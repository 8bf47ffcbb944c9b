"""`probe.watch` on models of frameworks that Lynx does not know: their numbers are read wherever they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .test_instruments import Recorder


class Value:
    """A scalar that knows its gradient, as in micrograd."""

    def __init__(self, data: float) -> None:
        self.data, self.grad = data, 0.0


class Neuron:
    def __init__(self, n: int) -> None:
        self.w, self.b = [Value(0.5) for _ in range(n)], Value(0)

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]


class Layer:
    def __init__(self, n: int, out: int) -> None:
        self.neurons = [Neuron(n) for _ in range(out)]

    def parameters(self) -> list[Value]:
        return [p for n in self.neurons for p in n.parameters()]


class Network:
    def __init__(self) -> None:
        self.layers = [Layer(2, 3), Layer(3, 1)]

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]


class Storage:
    def __init__(self, numbers: list[float]) -> None:
        self._storage = numbers


class Tensor:
    """A tensor over a flat storage, whose gradient is a tensor, as in minitorch."""

    def __init__(self, array: Any) -> None:
        array = np.asarray(array, dtype=np.float64)
        self._tensor, self.shape, self.grad = Storage(array.ravel().tolist()), array.shape, None


class Parameter:
    def __init__(self, value: Tensor) -> None:
        self.value = value


class Module:
    """Keeps children and parameters in dictionaries, and answers None to every other name."""

    def __init__(self, **children: Any) -> None:
        self.__dict__["_modules"] = {k: v for k, v in children.items() if isinstance(v, Module)}
        self.__dict__["_parameters"] = {k: v for k, v in children.items() if isinstance(v, Parameter)}

    def __getattr__(self, key: str) -> Any:
        return self.__dict__["_modules"].get(key) or self.__dict__["_parameters"].get(key)

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        own = list(self.__dict__["_parameters"].items())
        return own + [
            (f"{name}.{inner}", p)
            for name, child in self.__dict__["_modules"].items()
            for inner, p in child.named_parameters()
        ]

    def parameters(self) -> list[Parameter]:
        return [p for _, p in self.named_parameters()]


def recorded(model: Any, grads: Any, update: Any = lambda model: None) -> Recorder:
    probe = Recorder()
    probe.watch(model)
    for _ in probe.steps(2):
        grads(model)
        probe.record(loss=1.0)
        update(model)
    probe.finish()
    return probe


def test_a_network_of_scalars_that_knows_only_parameters() -> None:
    def grads(model: Network) -> None:
        for i, p in enumerate(model.parameters()):
            p.grad = float(i)

    def update(model: Network) -> None:
        for p in model.parameters():
            p.data -= 0.1 * p.grad

    probe = recorded(Network(), grads, update)
    assert probe.layers["grad_norm"] == ("layers.0", "layers.1")
    assert probe.layers["param_grad_norm"][:3] == (
        "layers.0.neurons.0.w.0", "layers.0.neurons.0.w.1", "layers.0.neurons.0.b",
    )  # fmt: skip
    first = probe.points["grad_norm"][0]
    assert first == pytest.approx(
        (sum(i * i for i in range(9)) ** 0.5, sum(i * i for i in range(9, 13)) ** 0.5)
    )
    moved = 0.1 * first[0] / (6 * 0.25) ** 0.5
    assert probe.points["update_ratio"][0][0] == pytest.approx(moved)
    assert "activation_var" not in probe.points  # one sample at a time tells nothing about a batch


def test_tensors_whose_gradient_is_one_of_their_kind() -> None:
    model = Module(
        layer1=Module(
            weights=Parameter(Tensor([[1.0, 2.0], [3.0, 4.0]])), bias=Parameter(Tensor([0.0, 0.0]))
        ),
        layer2=Module(weights=Parameter(Tensor([[1.0, 1.0]]))),
    )

    def grads(model: Module) -> None:
        model.layer1.weights.value.grad = Tensor([[3.0, 0.0], [0.0, 4.0]])

    probe = recorded(model, grads)
    assert probe.layers["param_grad_norm"] == ("layer1.weights", "layer1.bias", "layer2.weights")
    assert probe.points["param_grad_norm"][0] == (5.0, 0.0, 0.0)
    assert probe.points["params_without_grad"][0] == (2.0,)
    assert probe.points["grad_missing"][0] == (0.0, 1.0, 1.0)
    assert probe.layers["grad_norm"] == ("layer1", "layer2")


class Strange:
    def __init__(self, parameters: Any) -> None:
        self.found = parameters

    def parameters(self) -> Any:
        return self.found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (object(), "builtins.object: object has neither named_parameters"),
        (Strange([]), "Strange has no parameters"),
        (Strange([{"a"}]), "its parameter found.0: set holds no numbers"),
    ],
    ids=["no model", "empty", "no numbers"],
)
def test_what_cannot_be_watched_is_named(given: Any, words: str) -> None:
    with pytest.raises(TypeError, match=r"probe\.watch was given an object of") as caught:
        Recorder().watch(given)
    assert words in str(caught.value)


def test_a_gradient_that_cannot_be_read_is_named_when_it_comes() -> None:
    def grads(model: Network) -> None:
        model.parameters()[0].grad = {"none": "at all"}  # type: ignore[assignment]

    with pytest.raises(
        TypeError, match=r"probe\.watch was given an object of .*Network: dict holds no numbers"
    ):
        recorded(Network(), grads)
