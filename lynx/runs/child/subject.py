"""The callable under examination, whatever it is: a module of torch or of minimodel, or a plain function."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.child.adapters import Adapter, Array, Tensors, TorchTensors, adapt, seed_everything
from lynx.runs.child.overlay import attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FIRST_SEED = 12345


class Subject:
    """One side's callable, in double precision, with its parameters by name."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.inputs = spec["inputs"]
        if (torch := sys.modules.get("torch")) is not None:
            torch.set_default_dtype(torch.float64)  # also for what forward() makes by itself
        module_name, _, path = spec["call"].partition(":")
        self._module = importlib.import_module(module_name)
        self._maker = attribute(self._module, path)
        self._adapter: Adapter | None = None
        self._build(FIRST_SEED)
        self._tensors = self._kind_of_tensors()
        self._wanted = self._wanted_inputs()
        self.first_weights: dict[str, Array] = self._weights()

    def load(self, plan: dict[str, Any], weights: dict[str, Array]) -> dict[str, Array]:
        """Get ready for one case: copied weights put in, or the callable built anew from the case's seed.

        Returns the weights to compare (none when they were copied).
        """
        seeded = self.spec["weights"] == "seeded"
        if seeded:
            self._build(plan["seed"])
        if self._adapter is None:
            return {}
        for name, parameter in self._adapter.parameters:
            given = next((a for key, a in weights.items() if key.split("/", 2)[2] == name), None)
            if given is not None and given.shape == self._tensors.value(parameter).shape:
                self._tensors.set_value(parameter, given)
            parameter.grad = None
        if hasattr(self._adapter.model, "train"):
            self._adapter.model.train(plan["training"])
        return self._weights() if seeded else {}

    def parameter_shapes(self) -> list[list[Any]]:
        """Name and shape of every parameter, sorted."""
        if self._adapter is None:
            return []
        return sorted([n, list(self._tensors.value(p).shape)] for n, p in self._adapter.parameters)

    def call(self, arrays: Sequence[Array]) -> tuple[list[Any], list[Any], list[Array]]:
        """Inputs as handed over, outputs as they came, and the outputs' numbers."""
        given = [self._input(i, array) for i, array in enumerate(arrays)]
        outputs = list(_flatten(self._callable(*given)))
        return given, outputs, [self.value(out) for out in outputs]

    def value(self, tensor: Any) -> Array:
        """The numbers of an input or output. TypeError when they are not numbers."""
        array = self._tensors.value(tensor)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"it returns {type(tensor).__name__}, not numbers")
        return array

    def backward(self, outputs: Sequence[Any], cotangents: Sequence[Array]) -> None:
        """Send random cotangents back, where anything tracks gradients."""
        self._tensors.backward(outputs, cotangents)

    def gradients(self, given: Sequence[Any]) -> Iterable[tuple[str, Array | None]]:
        """`gin/<number>` and `gw/<parameter>`, None where there is none."""
        for i, tensor in enumerate(given):
            if self._wanted[i] == "tensor" and self.inputs[i]["dtype"] == "float":
                yield f"gin/{i}", self._tensors.grad(tensor)
        for name, parameter in [] if self._adapter is None else self._adapter.parameters:
            yield f"gw/{name}", self._tensors.grad(parameter)

    # --- inside -----------------------------------------------------------------------------

    def _build(self, seed: int) -> None:
        if not inspect.isclass(self._maker):
            self._callable: Any = functools.partial(self._maker, **self.spec["init"])
            return
        seed_everything(seed)
        model = self._callable = self._maker(**self.spec["init"])
        if not hasattr(model, "named_parameters"):
            return
        self._adapter = adapter = adapt(model)
        for _, parameter in adapter.parameters:
            adapter.tensors.set_value(parameter, _double(adapter.tensors.value(parameter)))
        for name, buffer in adapter.buffers().items():
            adapter.set_buffer(name, _double(buffer))

    def _weights(self) -> dict[str, Array]:
        adapter = self._adapter
        return {} if adapter is None else {n: np.array(self._tensors.value(p)) for n, p in adapter.parameters}

    def _kind_of_tensors(self) -> Tensors:
        """By the model's parameters, else by what the module that defines the callable works with."""
        if self._adapter is not None and (self._adapter.tensors.kind is not None):
            return self._adapter.tensors
        home = vars(sys.modules.get(getattr(self._maker, "__module__", ""), self._module))
        torch = sys.modules.get("torch")
        if torch is not None and any(v is torch or v is torch.Tensor for v in home.values()):
            return TorchTensors()
        kind = home.get("Tensor") or getattr(sys.modules.get("minitorch"), "Tensor", None)
        return Tensors(kind)

    def _wanted_inputs(self) -> list[str]:
        """ "tensor", "array" or "number" for each input, by the annotation where there is one."""
        try:
            signature = inspect.signature(getattr(self._callable, "forward", self._callable))
            notes = [
                str("" if p.annotation is p.empty else p.annotation) for p in signature.parameters.values()
            ]
        except (TypeError, ValueError):
            notes = []
        notes += [""] * (len(self.inputs) - len(notes))
        default = "array" if self._tensors.kind is None else "tensor"
        return [
            "tensor" if "Tensor" in note
            else "array" if "rray" in note
            else "number" if ("float" in note or "int" in note) and not one["shape"]
            else default
            for note, one in zip(notes, self.inputs)  # noqa: B905 - Python 3.9
        ]  # fmt: skip

    def _input(self, i: int, array: Array) -> Any:
        if self._wanted[i] == "number":
            return array.item()
        if self._wanted[i] == "array" or (
            array.dtype.kind != "f" and not isinstance(self._tensors, TorchTensors)
        ):
            return np.array(array)
        return self._tensors.make(array, requires_grad=array.dtype.kind == "f")


def _double(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _flatten(value: Any) -> Iterable[Any]:
    """The tensors in nested tuples, lists and dicts, in order; None counts as nothing."""
    if isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from _flatten(value[key])
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _flatten(item)
    elif value is not None:
        yield value
