"""A disk that is full, at every size of what is left: refused with the true cause, and nothing is in.

A small tmpfs is the disk, where one may be mounted; what the home and the pack need lies elsewhere.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Command
from plant import BROKEN, ORIGINAL, TARGET, Planted, make, strays


@contextlib.contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path]:
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def leave(disk: Path, kilobytes: int) -> None:
    """Fill the disk but for so much."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    free = int(
        subprocess.run(
            ["df", "-k", "--output=avail", str(disk)], capture_output=True, check=True
        ).stdout.split()[1]
    )
    ballast.write_bytes(b"\0" * 1024 * max(0, free - kilobytes))


SIZES = [0, 24, 52, 96]


@pytest.mark.parametrize(
    "sizes", [SIZES, pytest.param(list(range(0, 240, 4)), marks=pytest.mark.exhaustive)], ids=["some", "all"]
)
def test_break_and_reset_at_every_size_of_what_is_left(tmp_path: Path, sizes: list[int]) -> None:
    refused = {"break": 0, "reset": 0}
    with small_disk(tmp_path / "disk", 3000) as disk:
        top = make(disk / "repo", "--template=")
        command = Command(tmp_path, top)
        assert command.run("init", "--here", "--learner", "ana")[0] == 0
        command.trust()
        for size in sizes:
            leave(disk, size)
            code, said = command.run(*command.verbs["break"], "--json")
            now = (top / TARGET).read_bytes()
            if code:
                refused["break"] += 1
                check_refusal(code, said)
                assert now == ORIGINAL, f"refused, and the bug is in, at {size} KB"
            else:
                assert now == BROKEN
            leave(disk, 2000)
            if code:
                assert command.run(*command.verbs["break"])[0] == 0
            assert (top / TARGET).read_bytes() == BROKEN
            leave(disk, size)
            code, said = command.run("reset", "--yes", "--json")
            now = (top / TARGET).read_bytes()
            if code:
                refused["reset"] += 1
                check_refusal(code, said)
                assert now in (ORIGINAL, BROKEN)
            else:
                assert now == ORIGINAL
            leave(disk, 2000)
            code, said = command.run("reset", "--yes", "--json")
            assert code == 0 or json.loads(said)["error"]["code"] == "no-break", said
            assert (top / TARGET).read_bytes() == ORIGINAL
            assert strays(top) == []
            with Planted(top) as planted:
                assert planted.journal.pending_swaps() == []
                assert list((planted.space.state_dir).glob(".lynx-*")) == []
            assert not (top / "learners").exists() or (top / "learners").is_dir()
    print(f"\n{len(sizes)} sizes: refused {refused}, 0 violations")
    assert refused["break"] > 0
    assert refused["reset"] > 0


def check_refusal(code: int, said: str) -> None:
    error = json.loads(said[said.index("{") :])["error"]
    assert code == 2, said
    assert "no room left" in error["message"] or "No space left" in error["message"], said
    assert error["remedy"]
