"""A scan as SARIF 2.1.0 (OASIS), which code hosts show beside the lines: what is missed, and what is undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx import __version__
from lynx.scan.results import Kind, State
from lynx.view.language import _, language
from lynx.view.screens.mutant import state_text

if TYPE_CHECKING:
    from lynx.scan.results import Mutant, Scanned

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
TOLD = (State.MISSED, State.UNDECIDED)


def sarif(scanned: Scanned) -> dict[str, Any]:
    """One run; a rule an operator, a result a mutant that nothing would have noticed."""
    told = [one for one in scanned.mutants if one.state in TOLD]
    rules = list({one.operator: one for one in told}.values())
    index = {one.operator: i for i, one in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Lynx",
                        "version": __version__,
                        "language": language(),
                        "rules": [_rule(one) for one in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"TOP": {"uri": scanned.top.as_uri() + "/"}},
                "invocations": [{"executionSuccessful": not scanned.interrupted}],
                "results": [_result(one, index[one.operator]) for one in told],
            }
        ],
    }


def _rule(one: Mutant) -> dict[str, Any]:
    return {
        "id": one.operator,
        "shortDescription": {"text": _(one.says)},
        "fullDescription": {"text": f"{_(one.says)}. {_(one.concept)}"},
        "help": {"text": ", ".join(f"lynx.guards.{name}" for name in one.seen_by) or _(one.concept)},
    }


def _result(one: Mutant, rule: int) -> dict[str, Any]:
    return {
        "ruleId": one.operator,
        "ruleIndex": rule,
        "level": _level(one),
        "message": {"text": f"{_(one.says)}. {state_text(one)}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(one.file), "uriBaseId": "TOP"},
                    "region": {"startLine": one.line},
                }
            }
        ],
        "partialFingerprints": {"lynxSite/v1": one.id},
    }


def _level(one: Mutant) -> str:
    """What was measured to do something is an error; what nobody measured a warning; what is undecided a note."""
    if one.state is not State.MISSED:
        return "note"
    return "error" if one.effect is not None and one.effect.kind is not Kind.OPEN else "warning"


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
