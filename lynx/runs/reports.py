"""From what the judge wrote to an `OracleReport`. Pure."""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING, Any

from lynx.runs.types import Difference, Fault, OracleReport
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from collections.abc import Mapping


def report_of(
    end: Mapping[str, Any], verdict: Mapping[str, Any] | None, same: bool, seconds: float, limit: float
) -> OracleReport:
    """One candidate's report: how its process ended, and the verdict if it left answers.

    A process that says it finished but whose answers the judge could not read, or never got, has EXITED.
    """
    ended = Ended(end["ended"])
    tail = str(end.get("log_tail", ""))
    compiles = bool(end.get("compiles", True))
    judged = verdict is not None and "cases" in verdict
    if ended is Ended.FINISHED and compiles and not judged and not end.get("judge"):
        ended = Ended.EXITED
    if verdict is None or not judged or ended is not Ended.FINISHED or not compiles:
        return OracleReport(
            ended,
            compiles,
            0,
            0,
            None,
            None,
            same,
            tail,
            seconds,
            judge=bool(end.get("judge")),
            detail=str(end.get("detail", "")),
            processor=float(end.get("processor", 0.0)),
            limit=limit,
            fault=_fault(end.get("fault")) if end.get("judge") else None,
        )
    first = verdict["first"]
    return OracleReport(
        ended=ended,
        compiles=True,
        cases=verdict["cases"],
        failed=verdict["failed"],
        first=None if first is None else _difference(first),
        zeros_agree=verdict["zeros_agree"],
        same_as_reference=same,
        log_tail=tail,
        seconds=seconds,
        same_draws=bool(verdict["same_draws"]),
    )


def _difference(first: Mapping[str, Any]) -> Difference:
    return Difference(
        what=first["what"],
        where=str(first["where"]),
        by=math.nan if first["by"] is None else float(first["by"]),
        shape=tuple(first["shape"]),
        training=bool(first["training"]),
        error=str(first["error"]),
        modes=first["modes"],
        some_shapes=bool(first["some_shapes"]),
        only=str(first["only"]),
        step=first.get("step"),
    )


def _fault(told: Mapping[str, Any] | None) -> Fault | None:
    if not told:
        return None
    fields = {str(name): str(value) for name, value in told["fields"].items()}
    return Fault(str(told["key"]), str(told["code"]), str(told["where"]), fields)


def same_syntax(healthy: bytes, candidate: bytes) -> bool:
    """Whether both parse to the same tree: the same code, layout and comments aside."""
    try:
        one, other = (ast.dump(ast.parse(source)) for source in (healthy, candidate))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return healthy == candidate
    return one == other
