"""What instruments look at: a watched model, and one step of its training."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lynx.runs.child.adapters import Adapter, Array

SAMPLES = 128  # rows of an activation that are compared with each other


class Watched:
    """A model under observation: its adapter, the layers that count, the weights as they were at first."""

    def __init__(self, adapter: Adapter, layers: list[str]) -> None:
        unknown = [name for name in layers if name not in adapter.modules]
        if unknown:
            raise KeyError(f"the model has no layer {unknown[0]!r}")
        self.adapter = adapter
        self.layers = tuple(layers)
        self.parameters = adapter.parameters
        self.names = tuple(name for name, _ in self.parameters)
        self._members = np.array(
            [
                (number, i)
                for number, layer in enumerate(layers)
                for i, name in enumerate(self.names)
                if name.startswith(layer + ".")
            ],
            dtype=np.intp,
        ).reshape(-1, 2)
        self.first = [np.array(adapter.tensors.value(p)) for _, p in self.parameters]
        # Taken once: a fresh copy of all weights costs more in page faults than in copying.
        self._scratch: dict[str, list[Array]] = {}
        self.first_norms = self.norms(self.first)
        self.listening = False
        self.outputs: dict[str, Any] = {}
        self.call: Any = None  # the first of the whole model in this step, as `Adapter.hear_calls` tells it
        for layer in layers:
            adapter.listen(layer, self._hearer(layer))
        adapter.hear_calls(self._called)

    def weights(self) -> list[Array]:
        """Every parameter's numbers as they are now, not copied."""
        return [self.adapter.tensors.value(p) for _, p in self.parameters]

    def copies(self, name: str, arrays: list[Array | None]) -> list[Array | None]:
        """Copies of arrays shaped like the parameters; they hold until `name` is copied again."""
        scratch = self._scratch_for(name)
        for held, array in zip(scratch, arrays):  # noqa: B905
            if array is not None:
                np.copyto(held, array)
        return [None if a is None else held for held, a in zip(scratch, arrays)]  # noqa: B905

    def change_since(self, before: list[Array]) -> list[Array]:
        """Weights now minus `before`; the arrays hold until the next call."""
        scratch = self._scratch_for("change")
        for out, now, then in zip(scratch, self.weights(), before):  # noqa: B905
            np.subtract(now, then, out=out)
        return scratch

    def _scratch_for(self, name: str) -> list[Array]:
        if name not in self._scratch:
            self._scratch[name] = [np.empty_like(a) for a in self.first]
        return self._scratch[name]

    def norms(self, arrays: list[Array]) -> Array:
        """Norm per layer of one array per parameter."""
        return self.per_layer(squares(arrays))

    def per_layer(self, squares: Array) -> Array:
        """Norms per layer from squared norms per parameter."""
        layer, parameter = self._members.T
        return np.sqrt(np.bincount(layer, weights=squares[parameter], minlength=len(self.layers)))

    def forget(self) -> None:
        """What was heard is of a step that is over."""
        self.outputs.clear()
        self.call = None

    def _called(self, call: Any) -> None:
        if self.listening and self.call is None:
            self.call = call

    def _hearer(self, layer: str) -> Callable[[Any], None]:
        def heard(out: Any) -> None:
            if self.listening:
                self.outputs[layer] = out[0] if isinstance(out, tuple) else out

        return heard


class Moment:
    """One step as instruments see it."""

    def __init__(
        self, step: int, due: bool, watched: Watched, scalars: Mapping[str, float], closure: Any
    ) -> None:
        self.step, self.due, self.watched, self.scalars, self.closure = step, due, watched, scalars, closure

    @cached_property
    def gradients(self) -> list[Array | None]:
        """The gradient of each parameter, or None."""
        w = self.watched
        return [w.adapter.tensors.grad(p) for _, p in w.parameters]

    @cached_property
    def squared_gradients(self) -> Array:
        """The squared norm of each; 0 where there is none."""
        return squares(self.gradients)

    @cached_property
    def weights_before(self) -> list[Array]:
        """The weights before this step's update; to be asked for while recording."""
        return self.watched.copies("weights", self.watched.weights())

    @cached_property
    def gradients_before(self) -> list[Array | None]:
        """The gradients as recorded, even if they are clipped or cleared afterwards."""
        return self.watched.copies("gradients", self.gradients)

    @cached_property
    def change(self) -> list[Array]:
        """What the update added to each parameter; to be asked for when the step is over."""
        return self.watched.change_since(self.weights_before)

    @cached_property
    def activations(self) -> dict[tuple[int, int], tuple[list[int], Array]]:
        """Outputs grouped by shape: shape -> (layer numbers, float64 array (layers, samples, features))."""
        w = self.watched
        groups: dict[tuple[int, int], tuple[list[int], list[Array]]] = {}
        for number, layer in enumerate(w.layers):
            if layer not in w.outputs:
                continue
            out = np.asarray(w.adapter.tensors.value(w.outputs[layer]))
            rows = out.reshape(-1, out.shape[-1]) if out.ndim > 1 else out.reshape(-1, 1)
            rows = rows[:: -(-len(rows) // SAMPLES)] if len(rows) > SAMPLES else rows
            numbers, arrays = groups.setdefault((len(rows), rows.shape[1]), ([], []))
            numbers.append(number)
            arrays.append(rows)
        return {shape: (n, np.stack(a).astype(np.float64)) for shape, (n, a) in groups.items()}

    def each_activation(self, function: Callable[[Array], Array]) -> list[float]:
        """`function` maps (layers, samples, features) to a value per layer; NaN for one that did not run."""
        if not self.activations:
            return []  # nothing was heard: a model that cannot be listened to
        values = np.full(len(self.watched.layers), math.nan)
        with np.errstate(all="ignore"):
            for numbers, stack in self.activations.values():
                values[numbers] = function(stack)
        return [float(v) for v in values]


def squares(arrays: Sequence[Array | None]) -> Array:
    """The squared norm of each array; 0 for None."""
    with np.errstate(over="ignore"):  # what overflows is done again in double
        found = np.array([0.0 if a is None else float(np.vdot(a, a)) for a in arrays])
    # Single precision overflows there, or loses everything.
    for i in np.flatnonzero(~((found > 1e-30) & (found < 1e30))).tolist():
        array = arrays[i]
        if array is not None and array.dtype == np.float32:
            flat = array.astype(np.float64)
            found[i] = np.vdot(flat, flat)
    return found
