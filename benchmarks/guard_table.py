"""What catches what: every mutant that the operators of `lynx.scan` make of the subjects, against every guard.

    python -m benchmarks.guard_table [--write] [SUBJECT…]

Each mutant is loaded in a process of its own, with one file's bytes replaced, and every check that
`benchmarks.guard_checks` has for that subject is called, as a test would call it. A guard catches a mutant when it
raises an AssertionError; any other exception is a crash, which needs no guard to be seen. Without a mutant every
check must pass. `--write` puts the tables into docs/guards.md; without it they are printed.
"""

from __future__ import annotations

import argparse
import importlib.machinery
import json
import os
import re
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import guard_checks
from lynx import guards
from lynx.scan.operators import OPERATORS
from lynx.scan.sites import find

PAGE = guard_checks.ROOT / "docs" / "guards.md"
MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
SECONDS = 60  # for all checks of one mutant: one that hangs is stopped


@dataclass(frozen=True)
class Tried:
    """One mutant: where it is, the guards that caught it, and whether a check crashed."""

    subject: str
    scope: str
    operator: str
    caught: tuple[str, ...]
    crashed: bool

    @property
    def loud(self) -> bool:
        """It falls over by itself, and nothing caught it."""
        return self.crashed and not self.caught

    @property
    def asked(self) -> frozenset[str]:
        """The guards that it was tried on."""
        return frozenset(guard for guard, _ in guard_checks.CHECKS[self.subject])


def measured(subjects: Iterable[str] = (), *, warm: bool = True) -> list[Tried]:
    """Every mutant of the subjects (all: none named) against the checks that there are for it."""
    found = []
    if warm:
        _warm()
    for subject in list(subjects) or list(guard_checks.CHECKS):
        source = (guard_checks.ROOT / subject).read_bytes()
        sound = _outcomes(subject, source)
        wrong = {name: how for name, how in sound.items() if how != "passes"}
        assert not wrong, f"{subject} is sound, and these do not pass: {wrong}"
        for site in find(source, subject):
            outcomes = _outcomes(subject, site.apply(source))
            caught = _guards(name for name, how in outcomes.items() if how == "caught")
            found.append(Tried(subject, site.scope, site.operator, caught, "crashed" in outcomes.values()))
    return found


def _warm() -> None:
    """What the first optimiser imports takes seconds; every fork would pay for it."""
    torch = guard_checks.torch
    torch.set_num_threads(1)
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    optimizer.zero_grad()
    optimizer.step()


def _guards(checks: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.partition("__")[0] for name in checks))


def _outcomes(subject: str, source: bytes) -> dict[str, str]:
    """Check -> passes, caught or crashed, with these bytes in the place of the subject; in a fork."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            signal.alarm(SECONDS)
            with open(os.devnull, "wb") as nothing:  # noqa: PTH123
                os.dup2(nothing.fileno(), 2)
            _serve(str(guard_checks.ROOT / subject), source)
            told = {check.__name__: _outcome(check) for _, check in guard_checks.CHECKS[subject]}
            os.write(write, json.dumps(told).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    if text:
        return dict(json.loads(text))
    return {check.__name__: "crashed" for _, check in guard_checks.CHECKS[subject]}


def _outcome(check: guard_checks.Check) -> str:
    guard_checks.seeded()
    try:
        check()
    except AssertionError:
        return "caught"
    except BaseException:
        return "crashed"
    return "passes"


def _serve(path: str, source: bytes) -> None:
    """Imports of the subject get these bytes; everything else of the subjects is compiled from its source."""
    loader = importlib.machinery.SourceFileLoader
    whole = loader.get_code
    own = (str(guard_checks.ROOT / guard_checks.OWN), str(guard_checks.ROOT / guard_checks.STARTER))

    def get_code(self: Any, fullname: str) -> Any:
        file = self.get_filename(fullname)
        if not file.startswith(own):
            return whole(self, fullname)
        data = source if Path(file).samefile(path) else Path(file).read_bytes()
        return compile(data, file, "exec", dont_inherit=True)

    loader.get_code = get_code  # type: ignore[method-assign]
    # whoever called may have imported packages of these names already, from here or from a copy elsewhere
    sys.path[:0] = own
    names = {entry.stem for folder in own for entry in Path(folder).iterdir()}
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]


# --- the tables -------------------------------------------------------------------------------


def by_operator(found: Sequence[Tried]) -> str:
    """A row an operator: its mutants, those loud by themselves, and which guards caught how many."""
    lines = ["| bug | mutants | loud | caught by |", "|---|---|---|---|"]
    for name, operator in OPERATORS.items():
        mine = [one for one in found if one.operator == name]
        if not mine:
            continue
        counts = {guard: sum(guard in one.caught for one in mine) for one in mine for guard in one.caught}
        ranked = sorted(counts, key=lambda guard: (-counts[guard], guard))
        said = ", ".join(f"`{guard}` {counts[guard]}" for guard in ranked) or "nothing here"
        quiet = sum(not one.caught and not one.crashed for one in mine)
        said += f"; unseen {quiet}" if quiet and ranked else ""
        lines.append(
            f"| {operator.says} (`{name}`) | {len(mine)} | {sum(one.loud for one in mine) or ''} | {said} |"
        )
    return "\n".join(lines) + "\n"


def by_guard(found: Sequence[Tried]) -> str:
    """A row a guard: on how many mutants it was tried, how many it caught, and of which kinds."""
    lines = ["| guard | tried on | catches | bugs |", "|---|---|---|---|"]
    for guard in guards.__all__:
        asked = [one for one in found if guard in one.asked]
        caught = [one for one in asked if guard in one.caught]
        kinds = [name for name in OPERATORS if any(one.operator == name for one in caught)]
        said = ", ".join(OPERATORS[name].says for name in kinds) or "none of these"
        lines.append(f"| `{guard}` | {len(asked)} | {len(caught)} | {said} |")
    return "\n".join(lines) + "\n"


def each(found: Sequence[Tried]) -> str:
    """A row a mutant."""
    lines = ["| file | in | bug | caught by |", "|---|---|---|---|"]
    for one in found:
        said = ", ".join(f"`{guard}`" for guard in one.caught)
        said = said + " (and crashes)" * one.crashed if said else "loud" if one.loud else "nothing"
        lines.append(f"| {one.subject} | `{one.scope}` | `{one.operator}` | {said} |")
    return "\n".join(lines) + "\n"


ROW = re.compile(r"^\| (\S+\.py) \| `([^`]*)` \| `([\w-]+)` \| (.*) \|$", re.MULTILINE)


def read(text: str) -> list[Tried]:
    """The mutants as `each` wrote them."""
    return [
        Tried(path, scope, operator, tuple(re.findall(r"`(\w+)`", said)), "crashes" in said or said == "loud")
        for path, scope, operator, said in ROW.findall(text)
    ]


def tables(found: Sequence[Tried]) -> dict[str, str]:
    """What stands in docs/guards.md, by its mark."""
    kinds = {one.operator for one in found}
    seen = [one for one in found if one.caught]
    loud = [one for one in found if one.loud]
    quiet = len(found) - len(seen) - len(loud)
    count = (
        f"{len(found)} mutants of {len(kinds)} kinds, made of {len({one.subject for one in found})} files: "
        f"{len(seen)} were caught by a guard, {len(loud)} fell over by themselves, and {quiet} were seen by none.\n"
    )
    return {"count": count, "operators": by_operator(found), "guards": by_guard(found), "each": each(found)}


def written(text: str, found: Sequence[Tried]) -> str:
    """The page with these tables in it."""
    made = tables(found)
    return MARK.sub(lambda m: f"{m[1]}\n{made[m[2]]}\n{m[3]}", text)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found = measured(given.subjects)
    if given.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    else:
        sys.stdout.write("\n".join(tables(found).values()))


if __name__ == "__main__":
    main()
