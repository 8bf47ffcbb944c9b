"""A figure with what it rests on: a median with its range, one seed's value with its seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lynx.truth.measures import Worse, position
from lynx.view.language import _, drawn, never, number, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.loop.results import Measured
    from lynx.truth.claims import Value

Range = tuple[float, float]


def measured_cell(measured: Measured, answer: Value) -> str:
    """The median, with the option it stands for where a choice was asked, and its range below."""
    return _told(measured, answer, "\n")


def measured_said(measured: Measured, answer: Value) -> str:
    """The same within a sentence."""
    return _told(measured, answer, "")


def median_said(measured: Measured) -> str:
    """“0.045, from 0.03 to 2.3”."""
    return measured_said(measured, measured.median)


def _told(measured: Measured, answer: Value, between: str) -> str:
    if isinstance(answer, Mapping):
        return drawn(answer)
    first = measured.measure.first_step is not None or "first_" in measured.measure.metric
    shown = never(measured.median, first)
    shown = f"{option(answer)} ({shown})" if isinstance(answer, str) and answer else shown
    if len(measured.values) == 1:
        seed = _("seed {n}").format(n=measured.seeds[0])
        return f"{shown}{between}({seed})" if between else f"{shown} ({seed})"
    return with_range(shown, measured.range, between, first_step=first)


def with_range(shown: str, between: Range | None, sep: str = "", *, first_step: bool = False) -> str:
    """A figure and the smallest and the largest that it is the median of; alone where they are one."""
    if between is None or between[0] == between[1] or (between[0] != between[0] and between[1] != between[1]):
        return shown
    for digits in (2, 3):  # a range that rounds to one figure is none
        low, high = (
            number(one, digits) if one != float("inf") else never(one, first_step) for one in between
        )
        if low != high:
            break
    else:
        return shown
    if sep:
        return f"{shown}{sep}({low} … {high})"
    return _("{median}, from {low} to {high}").format(median=shown, low=low, high=high)


def spread(values: Sequence[float], worse: Worse = Worse.HIGH) -> str:
    """The median of some values with their range below."""
    ordered = sorted(values, key=lambda value: position(value, worse))
    return with_range(number(ordered[len(ordered) // 2]), (ordered[0], ordered[-1]), "\n")
