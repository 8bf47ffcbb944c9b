"""Where claims stop holding: what the mentor measured at the break's neighbours, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.truth.claims import Verdict
from lynx.view.language import _, number, text_of
from lynx.view.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lynx.content.spec import Break


def nearby(break_: Break) -> list[str]:
    """A sentence a claim that comes out otherwise at a neighbour, with its setting; one for all that hold."""
    measured = break_.measured.get("neighbours", {})
    lines = []
    for row in measured.values():
        at = setting(row["args"])
        for claim in break_.claims:
            found = row["claims"].get(claim.id)
            if found is None or not found["stops"]:
                continue
            stops = _("At {setting} it stops holding ({k} of {n}): {claim}")
            holds = _("At {setting} it is not refuted ({k} of {n}): {claim}")
            said = holds if claim.verdict is Verdict.REFUTED else stops
            lines.append(
                said.format(setting=at, k=found["k"], n=found["n"], claim=text_of(break_.says[claim.id]))
            )
    if measured and not lines:
        tried = "; ".join(setting(row["args"]) for row in measured.values())
        lines.append(
            _("Nothing said here is contradicted nearby either: {settings} (3 seeds each).").format(
                settings=tried
            )
        )
    return lines


def setting(args: Mapping[str, Any]) -> str:
    """“lr = 1e-3, batch = 32”: the arguments by the names that --set takes."""
    return ", ".join(f"{name} = {_value(value)}" for name, value in args.items())


def _value(value: object) -> str:
    return (
        number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else word(str(value))
    )
