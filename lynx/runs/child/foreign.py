"""Models of other frameworks: tensors of their own kind, or modules that know nothing but `parameters()`.

What a parameter holds, and its gradient, is turned into an array however deep it lies: `value`, `data`,
`to_numpy()`, numbers in lists. Names come from the attributes that lead to a parameter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Array = Any  # np.ndarray
DEEPEST = 12  # attributes that lead from a model to a parameter
_INNER = ("value", "data", "_tensor", "_storage", "storage")


def numbers(held: Any) -> Array:
    """The numbers that something holds, as a float array. TypeError when it holds none."""
    found = _numbers(held, DEEPEST)
    if found is None:
        raise TypeError(f"{type(held).__name__} holds no numbers that can be read")
    return found if found.dtype.kind == "f" else found.astype(np.float64)


def _numbers(held: Any, left: int) -> Array | None:
    if held is None or left == 0:
        return None
    if isinstance(held, (int, float, np.generic, np.ndarray, list, tuple)):
        array: Array = held
        if _of_objects(held):
            array = np.asarray([numbers(one) for one in array])
        array = np.asarray(array)
        return array if array.dtype.kind in "fiub" else None
    for method in ("to_numpy", "numpy"):
        if callable(getattr(held, method, None)):
            return np.asarray(getattr(held, method)())
    shape = getattr(held, "shape", None)
    for name in _INNER:
        inner = getattr(held, name, None)
        if inner is None or callable(inner) or inner is held:
            continue
        found = _numbers(inner, left - 1)
        if found is not None:
            sized = isinstance(shape, tuple) and found.size == int(np.prod(shape))
            return found.reshape(shape) if sized else found
    return None


def _of_objects(held: Any) -> bool:
    if isinstance(held, np.ndarray):
        return bool(held.dtype == object)
    return isinstance(held, (list, tuple)) and any(not isinstance(x, (int, float, np.generic)) for x in held)


def gradient(parameter: Any) -> Array | None:
    """The gradient of a parameter, or of the tensor that it wraps; None where there is none."""
    held = parameter
    for _ in range(DEEPEST):
        if hasattr(held, "grad"):
            grad = held.grad
            return None if grad is None else numbers(grad)
        held = getattr(held, "value", None)
    return None


def write(held: Any, array: Array) -> bool:
    """Put other numbers in the place of those that `numbers` reads, whatever holds them; whether that went."""
    return _write(held, np.asarray(array), DEEPEST)


def _write(held: Any, array: Array, left: int) -> bool:
    if isinstance(held, np.ndarray):
        held[...] = array.reshape(held.shape)
        return True
    if left == 0 or held is None:
        return False
    for name in _INNER:
        inner = getattr(held, name, None)
        if inner is None or callable(inner) or inner is held:
            continue
        if isinstance(inner, (int, float, np.generic)):
            setattr(held, name, type(inner)(array.item()) if isinstance(inner, np.generic) else array.item())
            return True
        if isinstance(inner, (list, tuple)):
            setattr(held, name, type(inner)(array.reshape(np.shape(inner)).tolist()))
            return True
        if _write(inner, array, left - 1):
            return True
    return False


def forget(parameter: Any) -> None:
    """No gradient any more: none at all, or zero where it is a plain number."""
    held = parameter
    for _ in range(DEEPEST):
        if hasattr(held, "grad"):
            held.grad = type(held.grad)(0) if isinstance(held.grad, (int, float, np.generic)) else None
            return
        held = getattr(held, "value", None)


def send_back(outputs: Sequence[Any], cotangents: Sequence[Array]) -> None:
    """One pass back from all outputs that know `backward`, by arithmetic of their own.

    From numbers with random weights, from arrays squared: how such a framework takes a gradient is not known.
    """
    total: Any = None
    for out, cotangent in zip(outputs, cotangents):  # noqa: B905 - Python 3.9
        if callable(getattr(out, "backward", None)):
            sized = isinstance(getattr(out, "shape", None), tuple)
            term = (out * out).sum() if sized else out * float(cotangent.item())
            total = term if total is None else total + term
    if total is not None:
        total.backward()


class Walked:
    """A module of any kind as one with `named_parameters()` and `named_modules()`.

    TypeError when it has no parameters that hold numbers.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        wanted = _parameters(model)
        if not wanted:
            raise TypeError(f"{type(model).__name__} has no parameters")
        ids = {id(p) for p in wanted}
        found = dict(_walk(model, "", ids, {id(model)}, DEEPEST))
        held = {id(one) for one in found.values()}
        named = [(name, one) for name, one in found.items() if id(one) in ids]
        named += [(f"parameter.{i}", p) for i, p in enumerate(wanted) if id(p) not in held]
        for name, parameter in named:
            try:
                numbers(parameter)
            except TypeError as error:
                raise TypeError(f"its parameter {name}: {error}") from None
        self._parameters = named
        self._modules = [("", model), *((name, one) for name, one in found.items() if id(one) not in ids)]

    def named_parameters(self) -> list[tuple[str, Any]]:
        """As a module's."""
        return self._parameters

    def named_modules(self) -> list[tuple[str, Any]]:
        """As a module's: whatever on the way has parameters of its own."""
        return self._modules


def _parameters(model: Any) -> list[Any]:
    if callable(getattr(model, "named_parameters", None)):
        return [p for _, p in model.named_parameters()]
    if callable(getattr(model, "parameters", None)):
        return list(model.parameters())
    raise TypeError(f"{type(model).__name__} has neither named_parameters() nor parameters()")


def _walk(held: Any, name: str, wanted: set[int], seen: set[int], left: int) -> Iterator[tuple[str, Any]]:
    """Parameters and modules below `held`, by the attributes and places that lead there."""
    if left == 0:
        return
    for key, one in _inside(held):
        here = f"{name}.{key}" if name else key
        if id(one) in seen:
            continue
        seen.add(id(one))
        if id(one) in wanted:
            yield here, one
        elif isinstance(one, (list, tuple, dict)) or hasattr(one, "__dict__"):
            if callable(getattr(one, "parameters", None)):
                yield here, one
            yield from _walk(one, here, wanted, seen, left - 1)


def _inside(held: Any) -> list[tuple[str, Any]]:
    if isinstance(held, (list, tuple)):
        return [(str(i), one) for i, one in enumerate(held)]
    if isinstance(held, dict):
        return [(str(key), one) for key, one in held.items()]
    if isinstance(held, (type, np.ndarray)) or (callable(held) and not hasattr(held, "parameters")):
        return []
    found: list[tuple[str, Any]] = []
    for key, one in vars(held).items() if hasattr(held, "__dict__") else ():
        if key in ("_modules", "_parameters") and isinstance(one, dict):
            found += [(str(name), inner) for name, inner in one.items()]
        else:
            found.append((key, one))
    return found
