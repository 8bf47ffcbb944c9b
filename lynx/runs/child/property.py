"""A break's own property of an answer (`./oracle.py:holds`), asked by the judge alone.

`holds(inputs, outputs)` gets lists of arrays and returns True or False, or raises AssertionError with words.
It may also name `healthy` (the outputs of the healthy code), `gradients` (by name) and `training`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.child.beside import Beside, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.runs.child.adapters import Array


class Property:
    """One property, and the questions it was found to hold for on the healthy side."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._spec = spec
        self._beside: Beside | None = None
        self._given: dict[int, Sequence[Array]] = {}
        self._healthy: dict[int, list[Array]] = {}

    def load(self) -> None:
        """Before the learner's code is. Raises Fault."""
        self._beside = Beside("property", self._spec["property"], self._spec["folder"], seen=True)
        if not any(self._spec.get(name) for name in ("call", "make", "steps")):
            raise self._beside.fault("nothing-to-judge")

    def must_hold(
        self, number: int, given: Sequence[Array], found: Mapping[str, Array], *, training: bool
    ) -> None:
        """It holds of the healthy answer. Raises Fault."""
        self._given[number] = given
        self._healthy[number] = _outputs(number, found)
        beside = self._known()
        try:
            said = self._ask(number, found, training)
        except Exception as error:
            raise beside.fault_of(error) from error
        if said is not None:
            raise beside.fault("refuses", says=said or "False")

    def refusal(self, number: int, found: Mapping[str, Array], *, training: bool) -> str | None:
        """Why it does not hold of a candidate's answer, "" without words; None where it holds."""
        try:
            return self._ask(number, found, training)
        except Exception as error:  # of answers that it did not expect
            return f"{type(error).__name__}: {error}"[:500]

    def _ask(self, number: int, found: Mapping[str, Array], training: bool) -> str | None:
        function: Any = self._known().function
        more: dict[str, Any] = {
            "healthy": [np.array(one) for one in self._healthy[number]],
            "gradients": _gradients(number, found),
            "training": training,
        }
        named = inspect.signature(function).parameters
        wanted = {name: value for name, value in more.items() if name in named}
        with np.errstate(all="ignore"):
            try:
                said = function([np.array(x) for x in self._given[number]], _outputs(number, found), **wanted)
            except AssertionError as error:
                return str(error)[:500]
        return None if said is None or bool(said) else ""

    def _known(self) -> Beside:
        if self._beside is None:
            raise Fault("property", "raises", function=self._spec["property"], error="not loaded")
        return self._beside


def _outputs(number: int, found: Mapping[str, Array]) -> list[Array]:
    """What the callable returned; of a training loop, what each step and evaluation did."""
    kinds = {f"{number}/out/": "", f"{number}/step/": "()"}
    return [
        np.array(array)
        for key, array in found.items()
        if any(key.startswith(start) and word in key for start, word in kinds.items())
    ]


def _gradients(number: int, found: Mapping[str, Array]) -> dict[str, Array]:
    starts = (f"{number}/gw/", f"{number}/gin/")
    return {key.split("/", 2)[2]: np.array(array) for key, array in found.items() if key.startswith(starts)}
