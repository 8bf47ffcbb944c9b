"""What objects hold, whatever they are: numbers, their gradients, generators; each by the path that leads there.

A path is made of attributes, keys and places (`optimiser.state.0.exp_avg`). What begins with an underscore
is the code's own business: two right forms may keep it under other names, or not at all.
"""

from __future__ import annotations

import hashlib
import random
import re
import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.child.adapters import Adapter, ForeignTensors, Tensors, TorchTensors, adapt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lynx.runs.child.adapters import Array

DEEPEST = 8  # attributes and places that lead to a number
MOST = 20_000  # of them
_CODE = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)
_TORCH_OWN = ("_parameters", "_buffers", "_modules")


_GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
_PLAIN = (dict, list, tuple)  # of which most of what is held is made: no tensor, no generator
_FITS = (-(2**63), 2**64 - 1)  # integers that an array holds as numbers


class Parts:
    """The parts of some objects, by name."""

    def __init__(self, things: Mapping[str, Any]) -> None:
        self._things = dict(things)

    def adapters(self) -> Iterator[tuple[str, Adapter]]:
        """Whatever has parameters, with the name in front of theirs."""
        seen: set[int] = set()
        for name, thing in self._things.items():
            if not _has_parameters(thing) or id(thing) in seen:
                continue
            seen.add(id(thing))
            try:
                yield (f"{name}." if name else ""), adapt(thing)
            except TypeError:  # it has none
                continue

    def parameters(self) -> dict[str, tuple[Tensors, Any]]:
        """Every parameter, once, with who can read it."""
        found: dict[str, tuple[Tensors, Any]] = {}
        seen: set[int] = set()
        for prefix, adapter in self.adapters():
            for name, parameter in adapter.model.named_parameters():
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    found[prefix + name] = (adapter.tensors, parameter)
        return found

    def leaves(self) -> Iterator[tuple[str, Any]]:
        """Every number, array, tensor and generator that is no parameter, with the path to it."""
        seen = {id(parameter): parameter for _, parameter in self.parameters().values()}
        left = [MOST]
        for name, thing in self._things.items():
            yield from _walk(thing, name, seen, DEEPEST, left)


def value_of(leaf: Any) -> Array:
    """A leaf's numbers, copied; of a generator, the hash of its state."""
    state = _state_of(leaf)
    if state is not None:
        return np.frombuffer(hashlib.sha256(state).digest(), np.uint8).copy()
    return np.array(tensors_of(leaf).value(leaf))


def is_generator(leaf: Any) -> bool:
    """Whether it draws random numbers."""
    torch = sys.modules.get("torch")
    return isinstance(leaf, _GENERATORS) or (torch is not None and isinstance(leaf, torch.Generator))


def tensors_of(leaf: Any) -> Tensors:
    """Who can read a tensor, array or number."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(leaf, torch.Tensor):
        return TorchTensors()
    if isinstance(leaf, (bool, int, float, np.generic, np.ndarray)):
        return Tensors(None)
    # A tensor that wraps an array and knows whether it is tracked: its backward() takes an array.
    plain = isinstance(getattr(leaf, "data", None), np.ndarray)
    return (
        Tensors(type(leaf))
        if plain and isinstance(getattr(leaf, "requires_grad", None), bool)
        else ForeignTensors()
    )


def has_gradient(leaf: Any) -> bool:
    """Whether gradients are kept at it."""
    return _is_tensor(leaf) and not isinstance(leaf, np.ndarray)


def is_private(name: str) -> bool:
    """Whether any part of a path begins with an underscore."""
    return any(part.startswith("_") for part in re.split(r"[./ ]", name))


def switch(thing: Any, training: bool) -> bool:
    """Training or evaluation mode, as a module of torch or of another framework has it; whether it has it."""
    train = getattr(thing, "train", None)
    if not callable(train) or isinstance(thing, type) or not _has_parameters(thing):
        return False
    try:
        train(training)
    except TypeError:  # minitorch: train() and eval()
        (train if training else thing.eval)()
    return True


def _has_parameters(thing: Any) -> bool:
    if isinstance(thing, type):
        return False
    return any(callable(getattr(thing, name, None)) for name in ("named_parameters", "parameters"))


def _walk(
    held: Any, name: str, seen: dict[int, Any], deeper: int, left: list[int]
) -> Iterator[tuple[str, Any]]:
    """`seen` keeps what it has seen alive: another object would take the place of one that is gone."""
    if held is None or isinstance(held, (str, bytes, _CODE)) or deeper == 0 or left[0] == 0:
        return
    kind = type(held)
    number = isinstance(held, (bool, int, float, np.generic))
    if not number:
        if id(held) in seen:
            return
        seen[id(held)] = held
    left[0] -= 1
    if kind is float or kind is bool or (kind is int and _FITS[0] <= held <= _FITS[1]):
        yield name, held
        return
    if kind not in _PLAIN and (number or is_generator(held) or _is_tensor(held)):
        if is_generator(held) or value_is_numbers(held):
            yield name, held
        return
    for key, inner in _inside(held):
        yield from _walk(inner, f"{name}.{key}" if name else key, seen, deeper - 1, left)


def value_is_numbers(leaf: Any) -> bool:
    """Whether there is anything to compare."""
    try:
        return tensors_of(leaf).value(leaf).dtype.kind in "fiub"
    except (TypeError, ValueError):
        return False


def _is_tensor(held: Any) -> bool:
    torch = sys.modules.get("torch")
    if isinstance(held, np.ndarray) or (torch is not None and isinstance(held, torch.Tensor)):
        return True
    if not hasattr(held, "grad") or _has_parameters(held):
        return False
    return any(getattr(held, name, None) is not None for name in ("data", "to_numpy", "_tensor"))


def _inside(held: Any) -> list[tuple[str, Any]]:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(held, torch.optim.Optimizer):
        return _inside(held.state_dict())
    if isinstance(held, dict):
        return [(str(key), held[key]) for key in sorted(held, key=str)]
    if isinstance(held, (list, tuple)):
        return [(str(i), one) for i, one in enumerate(held)]
    attributes = dict(vars(held)) if hasattr(held, "__dict__") else {}
    for cls in type(held).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(held, name):
                attributes.setdefault(name, getattr(held, name))
    attributes.pop("training", None)  # what a mode does shows in the numbers
    found: list[tuple[str, Any]] = []
    for name, inner in sorted(attributes.items(), key=lambda pair: str(pair[0])):
        if name in _TORCH_OWN and isinstance(inner, dict):
            found += [(str(key), one) for key, one in inner.items()]
        elif not (torch is not None and isinstance(held, torch.nn.Module) and name.endswith("_hooks")):
            found.append((str(name), inner))
    return found


def _state_of(held: Any) -> bytes | None:
    torch = sys.modules.get("torch")
    if isinstance(held, np.random.Generator):
        return repr(held.bit_generator.state).encode()
    if isinstance(held, np.random.RandomState):
        return repr([np.asarray(part).tobytes() for part in held.get_state()]).encode()
    if isinstance(held, random.Random):
        return repr(held.getstate()).encode()
    if torch is not None and isinstance(held, torch.Generator):
        return bytes(held.get_state().numpy().tobytes())
    return None
