"""`lynx scan show` and `ignore`: one mutant of the last scan."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.scan import ground, ignored, last
from lynx.scan.kept import Kept
from lynx.scan.scanning import setting_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lynx.scan.last import Last
    from lynx.scan.results import Healthy, Mutant
    from lynx.scan.scanning import Options
    from lynx.truth.measures import Run


@dataclass(frozen=True)
class MutantShown:
    """One mutant with its curves beside the healthy ones, seed by seed."""

    mutant: Mutant
    healthy: Healthy
    sound: Sequence[Run] = ()
    broken: Sequence[Run] = ()
    stale: bool = False  # the file has changed since


@dataclass(frozen=True)
class Ignored:
    """One that is left out from now on."""

    mutant: Mutant
    because: str
    path: Path
    all: int = field(default=0)  # that are left out in all


def last_scan(options: Options) -> Last:
    """The last scan of the repository around. Raises Refused where there was none."""
    top = ground.top_of(options.repo or options.cwd)
    return last.read(Kept(options.cache / "scan", setting_of(top, options)), top)


def show(options: Options, number: int) -> MutantShown:
    """One mutant, with all that is known of it."""
    found = last_scan(options)
    mutant = found.mutant(number)
    return MutantShown(
        mutant,
        found.healthy,
        tuple(found.runs.get("", ())),
        tuple(found.runs.get(mutant.id, ())),
        stale=is_stale(found.top, mutant),
    )


def as_scanned(options: Options, number: int) -> tuple[Last, Mutant]:
    """The last scan and one mutant of it; Refused where its place is not there any more as it was scanned."""
    found = last_scan(options)
    mutant = found.mutant(number)
    if is_stale(found.top, mutant):
        raise Refused(
            N_("{file} has changed since the scan."),
            code="stale",
            remedy=N_("Scan again: lynx scan"),
            file=mutant.file,
        )
    return found, mutant


def is_stale(top: Path, mutant: Mutant) -> bool:
    """Whether the place is not there any more as it was scanned."""
    from lynx.scan.sites import Unreadable, find

    try:
        return all(site.key != mutant.id for site in find((top / mutant.file).read_bytes(), mutant.file))
    except (OSError, Unreadable):
        return True


def ignore(options: Options, number: int, because: str) -> Ignored:
    """Leave one out from now on, for a reason that stands in a file beside the code."""
    if not because.strip():
        raise Refused(
            N_("Why may it be left out? Who reads the file later will ask."),
            code="usage",
            remedy=N_('Say so: lynx scan ignore {number} --because "the metric does not depend on it"'),
            number=number,
        )
    found = last_scan(options)
    mutant = found.mutant(number)
    path = ignored.add(
        found.top,
        {
            "id": mutant.id,
            "operator": mutant.operator,
            "file": mutant.file,
            "scope": mutant.scope,
            "line": mutant.before.strip(),
            "because": because.strip(),
            "since": time.strftime("%Y-%m-%d"),
        },
    )
    return Ignored(mutant, because.strip(), path, len(ignored.read(found.top)))
