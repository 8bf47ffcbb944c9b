"""The callable under examination, whatever it is: a module of torch or of minimodel, or a plain function.

How it is built and what it is handed is found out once, from the healthy code by trying, and told to every
candidate: annotations in the learner's code decide nothing.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.child.adapters import (
    Adapter,
    Array,
    ForeignTensors,
    Tensors,
    TorchTensors,
    adapt,
    seed_everything,
)
from lynx.runs.child.overlay import attribute
from lynx.runs.child.parts import switch
from lynx.runs.child.questions import STANDARD, inputs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

FIRST_SEED = 12345


def maker_of(spec: Mapping[str, Any]) -> Any:
    """What a spec's callable is made from: a class, or the function itself."""
    module, _, path = spec["call"].partition(":")
    return attribute(importlib.import_module(module), path)


class Instance:
    """One callable, its parameters by name where it has some."""

    def __init__(self, maker: Any, init: Mapping[str, Any], builds: bool, seed: int, precision: str) -> None:
        _default_precision(precision)
        self.adapter: Adapter | None = None
        seed_everything(seed)
        self.callable: Callable[..., Any] = maker(**init) if builds else functools.partial(maker, **init)
        if not builds or not any(
            callable(getattr(self.callable, name, None)) for name in ("named_parameters", "parameters")
        ):
            return
        try:
            self.adapter = adapter = adapt(self.callable)
        except TypeError:  # it knows of parameters, and has none
            return
        for _, parameter in adapter.parameters:
            adapter.tensors.set_value(parameter, _cast(adapter.tensors.value(parameter), precision))
        for name, buffer in adapter.buffers().items():
            adapter.set_buffer(name, _cast(buffer, precision))


class Subject:
    """One side's callable. `told` is what the healthy side found out; None on that side itself."""

    def __init__(self, spec: dict[str, Any], told: dict[str, Any] | None = None) -> None:
        self.spec = spec
        self.inputs = spec["inputs"]
        self._maker = maker_of(spec)
        self._builds = inspect.isclass(self._maker) if told is None else told["builds"]
        self._kept: Instance | None = None
        self._now = self._build(FIRST_SEED, "float64")
        self.built = ""
        if told is None:
            self._tensors = self._kind_of_tensors()
            self._handed: list[str] = self._find_handing()
        else:
            self._tensors = _tensors_named(told["tensors"])
            self._handed = told["handed"]
        self._now = self._build(FIRST_SEED, "float64")
        self.first_weights: dict[str, Array] = self.weights()

    @property
    def told(self) -> dict[str, Any]:
        """What a candidate needs to know to be built and asked alike."""
        return {"builds": self._builds, "tensors": _name_of(self._tensors), "handed": self._handed}

    @property
    def model(self) -> Adapter | None:
        """The parameters' side of the instance in hand; None for a plain function."""
        return self._now.adapter

    # --- one question -----------------------------------------------------------------------

    def load(self, plan: Mapping[str, Any], weights: Mapping[str, Array]) -> dict[str, Array]:
        """Get ready for one question: an instance, the weights put in or drawn from the question's seed.

        Returns the weights to compare (none when they were copied).
        """
        precision, seeded = plan["precision"], self.spec["weights"] == "seeded"
        self.built = ""
        if plan["fresh"] or seeded:
            self._now = self._build(plan["seed"], precision)
            self.built = _digest(self.weights())
        else:
            if self._kept is None or plan["renew"]:
                self._kept = self._build(FIRST_SEED, precision)
            _default_precision(precision)
            self._now = self._kept
        if (adapter := self._now.adapter) is None:
            return {}
        for name, parameter in adapter.parameters:
            given = weights.get(name)
            if given is not None and given.shape == self._tensors.value(parameter).shape:
                self._tensors.set_value(parameter, _cast(given, precision))
            self._tensors.forget(parameter)
        self.turn(plan["training"])
        return self.weights() if seeded else {}

    def turn(self, training: bool) -> bool:
        """Training or evaluation; whether there is such a thing."""
        return self._now.adapter is not None and switch(self._now.callable, training)

    def recording(self, wanted: bool) -> contextlib.AbstractContextManager[Any]:
        """The block in which gradients are recorded, or not, where the code knows the difference."""
        if wanted:
            return contextlib.nullcontext()
        if isinstance(self._tensors, TorchTensors):
            return sys.modules["torch"].no_grad()  # type: ignore[no-any-return]
        home = getattr(self._tensors.kind, "__module__", "")
        for name in (home.partition(".")[0], home):
            no_grad = getattr(sys.modules.get(name), "no_grad", None)
            if callable(no_grad):
                return no_grad()  # type: ignore[no-any-return]
        return contextlib.nullcontext()

    def call(
        self, plan: Mapping[str, Any], arrays: Sequence[Array]
    ) -> tuple[list[Any], list[Any], list[Array]]:
        """Inputs as handed over, outputs as they came, and the outputs' numbers."""
        track = plan["grads"] == "on"
        given = [self._input(i, _cast(array, plan["precision"]), track) for i, array in enumerate(arrays)]
        outputs = list(_flatten(self._now.callable(*given)))
        return given, outputs, [self.value(out) for out in outputs]

    def value(self, tensor: Any) -> Array:
        """The numbers of an input or output. TypeError when they are not numbers."""
        array = self._tensors.value(tensor)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"it returns {type(tensor).__name__}, not numbers")
        return array

    def backward(self, outputs: Sequence[Any], cotangents: Sequence[Array]) -> None:
        """Send random cotangents back, where anything tracks gradients."""
        pairs = zip(outputs, cotangents)  # noqa: B905 - Python 3.9
        self._tensors.backward(outputs, [c.astype(self.value(out).dtype) for out, c in pairs])

    def gradients(self, given: Sequence[Any]) -> Iterable[tuple[str, Array | None]]:
        """`gin/<number>` and `gw/<parameter>`, None where there is none."""
        for i, tensor in enumerate(given):
            if self._handed[i] == "tensor" and self.inputs[i]["dtype"] == "float":
                yield f"gin/{i}", self._tensors.grad(tensor)
        for name, parameter in self._parameters():
            yield f"gw/{name}", self._tensors.grad(parameter)

    # --- what it holds ----------------------------------------------------------------------

    def parameter_shapes(self) -> list[list[Any]]:
        """Name and shape of every parameter, sorted."""
        return sorted([n, list(self._tensors.value(p).shape)] for n, p in self._parameters())

    def weights(self) -> dict[str, Array]:
        """Every parameter as it is now: also one that was put in another's place."""
        return {name: np.array(self._tensors.value(p)) for name, p in self._parameters()}

    def buffers(self) -> dict[str, Array]:
        """Everything else that it keeps as arrays."""
        adapter = self._now.adapter
        held = {} if adapter is None else adapter.buffers()
        return {name: np.array(array) for name, array in held.items() if array.dtype.kind in "fiub"}

    def _parameters(self) -> list[tuple[str, Any]]:
        adapter = self._now.adapter
        return [] if adapter is None else list(adapter.model.named_parameters())

    # --- how it is built and handed its inputs -------------------------------------------------

    def _build(self, seed: int, precision: str) -> Instance:
        return Instance(self._maker, self.spec["init"], self._builds, seed, precision)

    def _kind_of_tensors(self) -> Tensors:
        """By the model's parameters, else by what the module that defines the callable works with."""
        adapter = self._now.adapter
        if adapter is not None and adapter.tensors.kind is not None:
            return adapter.tensors
        called = sys.modules[self.spec["call"].partition(":")[0]]
        home = vars(sys.modules.get(getattr(self._maker, "__module__", ""), called))
        torch = sys.modules.get("torch")
        if torch is not None and any(v is torch or v is torch.Tensor for v in home.values()):
            return TorchTensors()
        kind = home.get("Tensor") or getattr(sys.modules.get("minitorch"), "Tensor", None)
        return ForeignTensors(kind) if _is_foreign(adapter) else Tensors(kind)

    def _find_handing(self) -> list[str]:
        """ "tensor", "array" or "number" for each input: the first way in which the healthy code answers."""
        ways = self._ways()
        plan = {**STANDARD, "sizes": dict((self.spec["shapes"] or [{}])[0]), "seed": FIRST_SEED}
        arrays = inputs_of(self.spec, plan)
        for handed in ways:
            self._handed = handed
            self._now = self._build(FIRST_SEED, "float64")
            with contextlib.suppress(Exception), np.errstate(all="ignore"):
                self.call(plan, arrays)
                return handed
        return ways[0]

    def _ways(self) -> list[list[str]]:
        default = "array" if self._tensors.kind is None else "tensor"
        noted = self._noted(default)
        plain = [default] * len(self.inputs)
        numbers = ["array" if one["shape"] else "number" for one in self.inputs]
        ways = [plain, noted] if self._now.adapter is not None else [noted, plain]
        ways += [["tensor"] * len(self.inputs), ["array"] * len(self.inputs), numbers]
        return [way for i, way in enumerate(ways) if way not in ways[:i]]

    def _noted(self, default: str) -> list[str]:
        """What the healthy code's annotations suggest, to be tried."""
        try:
            callable_ = self._now.callable
            signature = inspect.signature(getattr(callable_, "forward", callable_))
            notes = [
                str("" if p.annotation is p.empty else p.annotation) for p in signature.parameters.values()
            ]
        except (TypeError, ValueError):
            notes = []
        notes += [""] * (len(self.inputs) - len(notes))
        return [
            "tensor" if "Tensor" in note
            else "array" if "rray" in note
            else "number" if ("float" in note or "int" in note) and not one["shape"]
            else default
            for note, one in zip(notes, self.inputs)  # noqa: B905 - Python 3.9
        ]  # fmt: skip

    def _input(self, i: int, array: Array, track: bool) -> Any:
        if self._handed[i] == "number":
            return array.item()
        if self._handed[i] == "array" or (
            array.dtype.kind != "f" and not isinstance(self._tensors, TorchTensors)
        ):
            return np.array(array)
        return self._tensors.make(array, requires_grad=track and array.dtype.kind == "f")


def _default_precision(precision: str) -> None:
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_default_dtype(getattr(torch, precision))  # also for what forward() makes by itself


def _name_of(tensors: Tensors) -> str:
    if isinstance(tensors, TorchTensors):
        return "torch"
    kind = "" if tensors.kind is None else f"{tensors.kind.__module__}:{tensors.kind.__qualname__}"
    return FOREIGN + kind if isinstance(tensors, ForeignTensors) else kind


FOREIGN = "foreign "  # before the name of such a class


def _is_foreign(adapter: Adapter | None) -> bool:
    return adapter is not None and isinstance(adapter.tensors, ForeignTensors)


def _tensors_named(name: str) -> Tensors:
    """The kind of tensors that the healthy side told. Raises what importing it does."""
    if name == "torch":
        importlib.import_module("torch")
        return TorchTensors()
    way: Any = ForeignTensors if name.startswith(FOREIGN) else Tensors
    module, _, path = name.removeprefix(FOREIGN).partition(":")
    tensors: Tensors = way(attribute(importlib.import_module(module), path) if module else None)
    return tensors


def _digest(arrays: Mapping[str, Array]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode() + b"\0" + arrays[name].tobytes())
    return digest.hexdigest()


def _cast(array: Array, precision: str) -> Array:
    return array.astype(precision) if array.dtype.kind == "f" else array


def _flatten(value: Any) -> Iterator[Any]:
    """The tensors in nested tuples, lists and dicts, in order; None counts as nothing."""
    if isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from _flatten(value[key])
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _flatten(item)
    elif value is not None:
        yield value
