"""A mistake found below a key, before it has a line; and pydantic's errors said in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lynx.content.reading.kinds import AS_LIST, AS_MAPPING
from lynx.content.words import listed, nearest, shown
from lynx.errors import N_

if TYPE_CHECKING:
    from lynx.content.reading.document import Node

Loc = tuple[str | int, ...]
Meaning = Callable[[Loc], tuple[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Mistake:
    """What is wrong at a key path; `template` and `advice` are templates over `fields`."""

    at: Loc
    template: str
    advice: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)


def dotted(loc: Loc) -> str:
    """`("claims", 2, "verdict")` -> "claims.2.verdict"."""
    return ".".join(str(part) for part in loc)


def numeric(text: str) -> str | None:
    """How YAML wants the number that `text` looks like (`1e-3` -> 1.0e-3, `0,5` -> 0.5), or None."""
    bare = text.strip().replace(",", ".")
    try:
        float(bare)
    except ValueError:
        return None
    bare = bare.lower()
    if bare.lstrip("+-") in ("inf", "infinity"):
        return "-.inf" if bare.startswith("-") else ".inf"
    if bare.lstrip("+-") == "nan":
        return ".nan"
    mantissa, e, exponent = bare.partition("e")
    mantissa = mantissa if "." in mantissa or not e else f"{mantissa}.0"
    # YAML 1.1 knows a float by its point, and an exponent by its sign.
    return mantissa + (f"e{exponent if exponent[0] in '+-' else '+' + exponent}" if e else "")


def in_plain_words(error: Mapping[str, Any], root: Node, meaning: Meaning) -> Mistake:
    """One pydantic error as a mistake: what was found, what is wanted, and what the key means."""
    loc: Loc = tuple(part for part in error["loc"] if part not in (AS_LIST, AS_MAPPING))
    bad_key = bool(loc) and loc[-1] == "[key]"
    loc = loc[:-1] if bad_key else loc
    kind, context, key = error["type"], error.get("ctx", {}), shown(str(loc[-1])) if loc else ""
    advice, _ = meaning(loc)
    node = root.at(loc)
    if kind == "lynx":
        fields = {k: shown(v) for k, v in context.items() if k not in ("template", "advice")}
        return Mistake(loc, context["template"], context["advice"], fields)
    if kind == "missing":
        return Mistake(loc, N_("'{key}' is missing."), advice, {"key": key})
    if kind == "extra_forbidden":
        return _unknown_key(loc, key, meaning(loc[:-1])[1])
    if bad_key:
        return Mistake(
            loc,
            N_("'{key}' cannot be a name here."),
            N_("Use a short plain name: letters, digits, - and _; in arguments and metrics no dash."),
            {"key": key},
        )
    found = _found(node)
    where = {"key": key, "found": found}
    if node.value is None:
        return Mistake(loc, N_("'{key}' is empty."), advice, where)
    if kind in ("string_type", "literal_error") and node.raw is not None and not isinstance(node.value, str):
        return Mistake(
            loc,
            N_("'{key}' should be text, and YAML reads {found} as {read}."),
            N_('Put it in quotes: "{found}".')
            if kind == "string_type"
            else advice,  # no quotes make a choice of it
            {**where, "read": _read_as(node.value)},
        )
    if kind.startswith(("float", "int")) and isinstance(node.value, str):
        wanted = numeric(node.value)
        if wanted is not None:
            return Mistake(
                loc,
                N_("'{key}' should be a number, and YAML reads {found} as text."),
                N_("Write {wanted}."),
                {**where, "wanted": wanted if kind.startswith("float") else wanted.removesuffix(".0")},
            )
    for start, template in SHOULD_BE.items():
        if kind.startswith(start):
            return Mistake(
                loc, template, advice, {**where, **{k: shown(v) for k, v in context.items() if k in LIMITS}}
            )
    return Mistake(loc, N_("'{key}' cannot be {found}."), advice, where)


LIMITS = ("gt", "ge", "lt", "le", "min_length", "max_length", "expected")

SHOULD_BE: Mapping[str, str] = {
    "literal_error": N_("'{key}' is {found}, and should be {expected}."),
    "string_too_long": N_("'{key}' is longer than {max_length} characters."),
    "string_too_short": N_("'{key}' is empty."),
    "string_pattern_mismatch": N_("'{key}' cannot be {found}."),
    "string": N_("'{key}' should be text, and is {found}."),
    "float_type": N_("'{key}' should be a number, and is {found}."),
    "int_type": N_("'{key}' should be a whole number, and is {found}."),
    "int_from_float": N_("'{key}' should be a whole number, and is {found}."),
    "bool": N_("'{key}' should be true or false, and is {found}."),
    "list_type": N_("'{key}' should be a list, and is {found}."),
    "dict_type": N_("'{key}' should be a mapping of keys to values, and is {found}."),
    "model": N_("'{key}' should be a mapping of keys to values, and is {found}."),
    "finite_number": N_("'{key}' should be a finite number, and is {found}."),
    "greater_than_equal": N_("'{key}' is {found}, and should be {ge} or more."),
    "greater_than": N_("'{key}' is {found}, and should be more than {gt}."),
    "less_than_equal": N_("'{key}' is {found}, and should be {le} or less."),
    "less_than": N_("'{key}' is {found}, and should be less than {lt}."),
    "too_short": N_("'{key}' needs at least {min_length} entries."),
    "too_long": N_("'{key}' has more than {max_length} entries."),
}


def _unknown_key(loc: Loc, key: str, known: tuple[str, ...]) -> Mistake:
    guess = nearest(key, known)
    if guess:
        return Mistake(
            loc,
            N_("'{key}' is no key of a break."),
            N_("Did you mean '{guess}'?"),
            {"key": key, "guess": guess},
        )
    return Mistake(
        loc,
        N_("'{key}' is no key here."),
        N_("Known here: {known}."),
        {"key": key, "known": listed(known, most=40)},
    )


def _found(node: Node) -> str:
    """The value as the author wrote it, short."""
    if isinstance(node.value, dict):
        return N_("a mapping")
    if isinstance(node.value, list):
        return N_("a list")
    if node.raw is not None:
        return shown(node.raw)
    return f'"{shown(node.value)}"'


def _read_as(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return N_("a number")


_SCIENTIFIC = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?[eE][-+]?[0-9]+")


def numbers_as_text(loc: Loc, node: Node) -> list[Mistake]:
    """Unquoted words under a free mapping (`args`) that look like numbers and that YAML 1.1 reads as text."""
    found: list[Mistake] = []
    pending = [(loc, node)]
    while pending:
        at, here = pending.pop()
        if isinstance(here.value, dict):
            pending += [((*at, key), child) for key, child in here.value.items()]
        elif isinstance(here.value, list):
            pending += [((*at, index), child) for index, child in enumerate(here.value)]
        elif isinstance(here.value, str) and here.raw is not None and _SCIENTIFIC.fullmatch(here.raw):
            found.append(
                Mistake(
                    at,
                    N_("YAML reads {found} as text."),
                    N_('Write {wanted}, or "{found}" in quotes if text is meant.'),
                    {"found": shown(here.raw), "wanted": numeric(here.raw)},
                )
            )
    return found
