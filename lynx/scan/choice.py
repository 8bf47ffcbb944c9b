"""Which tests a mutant is tried with, in which order, and which mutant comes first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lynx.runs.suites import Reached, Tested
    from lynx.scan.words import Site


def reaching(file: str, lines: Iterable[int], healthy: Tested) -> tuple[tuple[str, ...], bool]:
    """The tests that may notice a change of these lines, the fastest first; whether one certainly runs them.

    Lines that run at import are every test's. What a test that starts processes runs, nobody saw: it is always tried.
    """
    wanted = set(lines)
    everyone = tuple(healthy.seconds)
    if wanted & set(healthy.imported.get(file, ())) or not healthy.reached:
        # who runs something of this file is the likeliest to notice
        near = ordered((test for test in everyone if healthy.reached.get(test, {}).get(file)), healthy)
        return tuple(dict.fromkeys([*near, *ordered(everyone, healthy)])), True
    certain = running(file, lines, healthy)
    unseen = set(healthy.starts) - set(certain)
    return ordered([*certain, *(test for test in everyone if test in unseen)], healthy), bool(certain)


def running(file: str, lines: Iterable[int], healthy: Tested) -> tuple[str, ...]:
    """The tests that were seen to run one of these lines themselves, not by importing the file."""
    wanted = set(lines)
    return tuple(
        test for test in healthy.seconds if wanted & set(healthy.reached.get(test, {}).get(file, ()))
    )


def ordered(tests: Iterable[str], healthy: Tested) -> tuple[str, ...]:
    """The fastest first; tests that share a fixture of their file stay together, or it would be made again."""
    together: dict[tuple[str, str], list[str]] = {}
    for test in tests:
        group = healthy.groups.get(test, "")
        together.setdefault((group, "" if group else test), []).append(test)

    def took(names: Sequence[str]) -> float:
        return sum(healthy.seconds.get(name, 0.0) for name in names)

    return tuple(name for names in sorted(together.values(), key=took) for name in names)


def files_of(tests: Iterable[str], healthy: Tested) -> tuple[str, ...]:
    """The files that hold them."""
    return tuple(dict.fromkeys(healthy.files[test] for test in tests if test in healthy.files))


def patience(tests: Iterable[str], healthy: Tested, floor: float = 20.0) -> float:
    """Processor seconds that a mutant may take: five times what these tests took, and what collecting takes."""
    own = sum(healthy.seconds.get(test, 0.0) for test in tests)
    around = max(healthy.processor - sum(healthy.seconds.values()), 1.0)
    return floor + 5 * own + 3 * around


def by_kind(sites: Sequence[Site]) -> list[Site]:
    """Each kind of bug once before any comes twice: what a budget cuts off is then more of the same."""
    rounds: dict[str, int] = {}
    keyed = []
    for place, site in enumerate(sites):
        turn = rounds[site.operator] = rounds.get(site.operator, -1) + 1
        keyed.append((turn, place, site))
    return [site for _, _, site in sorted(keyed, key=lambda one: one[:2])]


def reached_lines(reached: Mapping[str, Reached], file: str, lines: Iterable[int]) -> bool:
    """Whether a traced program ran one of these lines."""
    wanted = set(lines)
    return any(wanted & set(one.get(file, ())) for one in reached.values())
