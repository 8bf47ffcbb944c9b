"""Names that are given twice or taken already, and what decides on a repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.reading.checks.draft import RESERVED, Draft, no_such
from lynx.content.reading.mistakes import Mistake
from lynx.content.reading.texts import ids
from lynx.content.words import shown
from lynx.errors import N_
from lynx.truth.claims import Source
from lynx.truth.measures import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator


def in_names(draft: Draft) -> Iterator[Mistake]:
    """Ids, variants, controls and metrics with a name that is not theirs to take."""
    for section in ("predictions", "claims", "wrong_fixes", "elsewhere"):
        seen: set[str] = set()
        items = draft.at(section)
        given = ids(section, items) if isinstance(items, list) else []
        for index, name in enumerate(given):
            if not name:
                continue
            if name in seen:
                yield Mistake(
                    (section, index, "id"),
                    N_("the id '{name}' is given twice."),
                    N_("Give each its own."),
                    {"name": shown(name)},
                )
            seen.add(name)
    for section, other in (("variants", ()), ("controls", draft.names("variants"))):
        for name in draft.names(section):
            if name in RESERVED or name in other:
                yield Mistake(
                    (section, name),
                    N_("'{name}' already names a variant."),
                    N_("Choose another name; healthy, broken and yours are Lynx's own."),
                    {"name": shown(name)},
                )
    for name, variant in draft.variants.items():
        if not variant.args and variant.diff is None:
            yield Mistake(
                ("variants", name),
                N_("'{name}' changes nothing: it is {on}."),
                N_("Give it args or a diff, or leave it out."),
                {"name": shown(name), "on": variant.on},
            )
    for name in draft.names("sources"):
        if name in tuple(Source):
            yield Mistake(
                ("sources", name),
                N_("'{name}' is no source: every break has it."),
                N_("Choose another name, such as course or blog."),
                {"name": name},
            )
    for name in draft.metrics:
        if name in METRICS:
            yield Mistake(
                ("metrics", name),
                N_("'{name}' is one of Lynx's own metrics."),
                N_("Leave it out, or choose another name."),
                {"name": name},
            )


def in_deciding(draft: Draft) -> Iterator[Mistake]:
    """An oracle or claims that decide on a repair."""
    named = draft.values.get("verify_by") or []
    ids = [name for _, name in draft.ids("claims")]
    for index, name in enumerate(named if isinstance(named, list) else []):
        if isinstance(name, str) and name not in ids:
            yield no_such(("verify_by", index), N_("there is no claim '{name}'."), name, ids)
    if not named and draft.values.get("oracle") is None:
        yield Mistake(
            (),
            N_("nothing says when a repair is right."),
            N_("Give an oracle, or name the claims that decide under verify_by."),
        )
