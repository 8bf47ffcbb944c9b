"""What `--json` prints for the light commands; nothing of a run is imported for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.view.language import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.errors import LynxError
    from lynx.loop.hints import Hinted
    from lynx.loop.standing import Listed, Status

Json = dict[str, Any]


def hinted(result: Hinted) -> Json:
    """A hint."""
    return {
        "break": result.break_id,
        "level": result.level,
        "of": result.of,
        "text": text_of(result.text),
        "opened": result.opened,
        "open": [text_of(text) for text in result.open],
    }


def status(result: Status) -> Json:
    """Where the learner stands."""
    return {
        "break": result.break_id,
        "title": text_of(result.title) or None,
        "blind": result.blind,
        "stage": result.stage.value if result.stage else None,
        "target": result.target,
        "target_state": result.target_state,
        "foreign": result.foreign,
        "damage": _damage(result.damage) if result.damage else None,
        "notes": result.notes,
        "hints": {"shown": result.hints_shown, "of": result.hints_of},
        "controls": result.controls,
        "due": [one.as_dict() for one in result.due],
        "leftovers": [{"where": where, "command": command} for where, command in result.leftovers],
        "kept": list(result.kept),
        "recovered": result.recovered,
        "elsewhere": [{"workspace": str(one.top), "break": one.break_id} for one in result.elsewhere],
        "next": result.next,
    }


def listing(lines: Sequence[Listed]) -> Json:
    """Every break that there is."""
    return {"breaks": [_line(line) for line in lines]}


def _damage(error: LynxError) -> Json:
    from lynx.view.error import to_json  # rich, where something is wrong

    found: Json = to_json(error)["error"]
    return found


def _line(line: Listed) -> Json:
    return {
        "id": line.id,
        "place": line.place,
        "phase": line.phase,
        "title": text_of(line.title),
        "state": line.state,
        "teaches": list(line.teaches),
        "seconds": line.seconds,
        "here": line.here,
        "needs": list(line.needs),
        "pack": line.pack,
        "usable": not line.broken,
    }
