"""Whatever stands in a blind break's way, the refusal says what and never where."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lynx.errors import LynxError, Refused, Word
from lynx.loop.blind import BEFORE, HIDDEN, Secret, blinded
from tests.conftest import Lynx
from tests.loop.learner import LINE, Learner

TELLING = ("stack.py", "stack", "minimodel", "forward", "current + step", "current = step", "line ")


def drifted(target: Path) -> None:
    target.write_text(target.read_text().replace(LINE, "            current = step * 2 + current\n"))


def read_only(target: Path) -> None:
    target.chmod(0o444)


def read_only_folder(target: Path) -> None:
    target.parent.chmod(0o555)


def hard_linked(target: Path) -> None:
    os.link(target, target.with_name("other.py"))


def missing(target: Path) -> None:
    target.unlink()


def unparsable(target: Path) -> None:
    target.write_text(target.read_text() + "\ndef (:\n")


def failing(target: Path) -> None:
    target.write_text("import nothing_of_that_name\n" + target.read_text())


def linked(target: Path) -> None:
    target.rename(target.with_name("real.py"))
    target.symlink_to("real.py")


def a_folder(target: Path) -> None:
    target.unlink()
    target.mkdir()


def a_fifo(target: Path) -> None:
    target.unlink()
    os.mkfifo(target)


WAYS: list[Callable[[Path], None]] = [
    drifted,
    read_only,
    read_only_folder,
    hard_linked,
    missing,
    unparsable,
    failing,
    linked,
    a_folder,
    a_fifo,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.sampled(2)
def test_before_it_is_in(new: Learner, lynx: Lynx, way: Callable[[Path], None]) -> None:
    way(new.target)
    said = lynx("break", "03", "--blind", "--json", cwd=new.top)
    assert said.code == 2, said.out
    assert not [word for word in TELLING if word in said.out + said.err], said.out
    error = said.json["error"]
    assert error["message"]
    assert error["remedy"]
    # seeing, the same refusal names it
    seeing = lynx("break", "03", "--json", cwd=new.top).json["error"]["message"]
    assert [word for word in TELLING if word in seeing]
    new.target.parent.chmod(0o755)


@pytest.mark.parametrize(
    "way",
    [
        *(pytest.param(way, marks=pytest.mark.exhaustive) for way in (hard_linked, a_folder, missing)),
        linked,
        a_fifo,
    ],
    ids=lambda way: way.__name__,
)
@pytest.mark.parametrize("verb", [("reset", "--yes"), ("run",), ("status",)], ids=lambda words: words[0])
def test_while_it_is_in(new: Learner, lynx: Lynx, way: Callable[[Path], None], verb: tuple[str, ...]) -> None:
    new.begin(blind=True)
    new.fill()
    way(new.target)
    said = lynx(*verb, "--json", cwd=new.top)
    assert not [word for word in TELLING if word in said.out + said.err], said.out


def test_only_fields_that_tell_are_hidden() -> None:
    error = Refused(
        "{target}: {error}; see {path}",
        code="x",
        remedy="chmod u+w {quoted}",
        target="src/a/blocks.py",
        error=Word("permission denied"),
        path="/home/ana/notes/breaks.md",
        quoted="src/a/blocks.py",
    )
    told: LynxError = blinded(error, Secret("src/a/blocks.py"), BEFORE, id="00")
    assert str(told).startswith(f"{HIDDEN}: permission denied; see /home/ana/notes/breaks.md To read which")
    assert "without --blind" in str(told)
