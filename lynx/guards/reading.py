"""What the checks read and write: numbers out of any tensor, parameters of any model."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[Any]


def is_torch(value: Any) -> bool:
    """Whether it is a tensor of torch; torch is asked only where it is in use already."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def array(value: Any) -> Array:
    """A copy of the numbers of a tensor (torch's, minitorch's), an array or a number, in float64.

    TypeError for a tuple or a dictionary: give a callable that returns one array.
    """
    if isinstance(value, tuple | dict):
        raise TypeError(
            f"one array is wanted here, not a {type(value).__name__}: wrap the model in a function"
        )
    if is_torch(value):
        value = value.detach().cpu().numpy() if value.dtype.is_floating_point else value.cpu().numpy()
    elif not isinstance(value, np.ndarray) and isinstance(
        getattr(value, "data", None), np.ndarray | np.generic
    ):
        value = value.data
    elif isinstance(getattr(value, "data", None), int | float):
        value = value.data  # one number with a gradient, as in micrograd
    return np.array(value, dtype=np.float64)


def number(value: Any) -> float:
    """The one number in it, or that it returns when it is called."""
    found = array(value() if callable(value) else value)
    assert found.size == 1, f"one number is wanted here, not an array of shape {found.shape}"
    return float(found.reshape(()))


def like(value: Any, numbers: Array) -> Any:
    """`numbers` as `value` is: the same kind of tensor, the same dtype, on the same device."""
    if is_torch(value):
        return sys.modules["torch"].as_tensor(numbers).to(value.dtype).to(value.device)
    if isinstance(value, np.ndarray):
        return numbers.astype(value.dtype)
    if isinstance(getattr(value, "data", None), np.ndarray):
        return type(value)(numbers.astype(value.data.dtype))
    return type(value)(numbers.tolist())


def parameters(model: Any) -> list[tuple[str, Any]]:
    """(name, parameter) of everything that is trained, each once.

    `model`: what has `named_parameters()` or `parameters()`, or a list of parameters.
    """
    if hasattr(model, "named_parameters"):
        pairs = [(str(name), p) for name, p in model.named_parameters()]
    else:
        several = model.parameters() if hasattr(model, "parameters") else model
        pairs = [(str(nth), p) for nth, p in enumerate(several)]
    seen: set[int] = set()
    trained = [
        (name, p)
        for name, p in pairs
        if getattr(p, "requires_grad", True) and not (id(p) in seen or seen.add(id(p)))  # type: ignore[func-returns-value]
    ]
    assert trained, "the model has no parameter that is trained, so nothing was compared"
    return trained


def gradient(parameter: Any) -> Array | None:
    """Its gradient in float64, or None."""
    held = getattr(parameter, "grad", None)
    return None if held is None else array(held)


def write(parameter: Any, numbers: Array) -> None:
    """Put numbers into a parameter, in place, past its graph."""
    if is_torch(parameter):
        parameter.data.copy_(sys.modules["torch"].as_tensor(numbers))
    elif isinstance(parameter.data, np.ndarray):
        parameter.data[...] = numbers
    else:
        parameter.data = float(numbers)


def values(model: Any) -> dict[str, Array]:
    """Every parameter's numbers by name, as copies."""
    return {name: array(p) for name, p in parameters(model)}


def put_back(model: Any, before: dict[str, Array]) -> None:
    """Parameters as `values` found them."""
    for name, p in parameters(model):
        write(p, before[name])


def clear(model: Any) -> None:
    """Forget every gradient."""
    for _, p in parameters(model):
        if isinstance(getattr(p, "data", None), int | float):
            p.grad = 0.0  # one number with a gradient adds to it
        else:
            p.grad = None


def finite(numbers: Array, what: str) -> Array:
    """`numbers`, which must hold neither nan nor infinity."""
    bad = int((~np.isfinite(numbers)).sum())
    assert bad == 0, f"{what}: {bad} of {numbers.size} numbers are nan or infinite"
    return numbers


def distance(a: Array, b: Array) -> float:
    """The largest difference, as a share of the largest number of either; infinite where shapes differ or for nan."""
    if a.shape != b.shape:
        return math.inf
    if a.size == 0:
        return 0.0
    gap = float(np.abs(a - b).max())
    scale = float(max(np.abs(a).max(), np.abs(b).max()))
    return gap / scale if scale and math.isfinite(gap) else (math.inf if math.isnan(gap) else gap)


def few(names: list[str]) -> str:
    """The first of several names, and how many more there are."""
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def mode(model: Any, training: bool) -> None:
    """Put a model into training or evaluation, if it knows the difference."""
    if hasattr(model, "train"):
        model.train(training)


def called(forward: Callable[[Any], Any], given: Any, what: str) -> Array:
    """What `forward` makes of it, finite."""
    return finite(array(forward(given)), what)
