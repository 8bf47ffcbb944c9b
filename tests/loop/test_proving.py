"""A bug that was proved is not proved again, unless something that the proof came from has changed."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.loop import proving
from lynx.runs import runner
from lynx.store import private
from tests.loop.learner import Learner

BESIDE = "src/minimodel/nn/norm.py"  # imported with the target


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every examination by the oracle."""
    found: list[object] = []
    real = runner.examine
    monkeypatch.setattr(runner, "examine", lambda *a, **more: (found.append(a), real(*a, **more))[1])
    return found


@pytest.fixture
def learner(stages: dict[str, Learner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learner:
    """A workspace of one's own with nothing under way, and a cache with nothing in it."""
    learner = stages["predicting"].copy(tmp_path / "w")
    learner.reset()
    home = tmp_path / "cache"
    monkeypatch.setattr(private, "folder", lambda _environ: home)
    return learner


def again(learner: Learner) -> None:
    learner.begin()
    learner.reset()


def kept() -> list[Path]:
    return sorted((private.folder({}) / proving.KIND).glob("*.json"))


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def another_environment(_learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")


def damaged(_learner: Learner, _monkeypatch: pytest.MonkeyPatch) -> None:
    kept()[0].write_bytes(b"half a fi")


def foreign(value: object) -> Callable[[Learner, pytest.MonkeyPatch], None]:
    def change(_learner: Learner, _monkeypatch: pytest.MonkeyPatch) -> None:
        data = json.dumps(value).encode()
        kept()[0].write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)

    return change


CHANGES: dict[str, Callable[[Learner, pytest.MonkeyPatch], object]] = {
    "a module beside the target": lambda learner, _: append(learner.top / BESIDE, "# a comment\n"),
    "a module that would be found first": lambda learner, _: (learner.top / "src/numpy.py").write_text(""),
    "the original itself": lambda learner, _: append(learner.target, "# a comment\n"),
    "the environment": another_environment,
    "what is kept damaged": damaged,
    "what is kept nothing": foreign([]),
    "what is kept something else": foreign([["x"], 3]),
    "what is kept of another type": foreign({"verdict": "proved"}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.sampled(4)
def test_what_a_proof_came_from_changed(
    change: str, learner: Learner, proofs: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    again(learner)
    again(learner)
    assert len(proofs) == 1
    CHANGES[change](learner, monkeypatch)
    again(learner)
    assert len(proofs) == 2


def test_a_proof_depends_on_the_interpreter_the_break_and_the_libraries(
    learner: Learner, proofs: list[object]
) -> None:
    again(learner)
    (path,) = kept()
    paths = [Path(one) for one, _ in private.read(path)]
    assert Path(sys.executable) in paths or Path(sys.executable).resolve() in paths
    assert learner.top / BESIDE in paths
    assert learner.target not in paths  # its bytes are part of the name
    names = {one.name.split(".")[0] for one in paths}
    assert {"numpy", "_multiarray_umath", "oracle", "worker", "answering", "pyvenv"} <= names
    with learner.session() as session:
        break_ = session.break_of(session.journal.attempts("03")[-1])
        setting = session.setting(break_)
        places = {
            proving._place(session, at, of, *sources)
            for at, of, sources in (
                (setting, break_, (b"a", b"b")),
                (setting, break_, (b"a", b"c")),
                (setting, replace(break_, kept=b"other"), (b"a", b"b")),
                (replace(setting, interpreter=Path("/usr/bin/false")), break_, (b"a", b"b")),
                (replace(setting, pythonpath=("lib",)), break_, (b"a", b"b")),
            )
        }
    assert len(places) == 5


def test_a_file_elsewhere_that_the_code_reads(learner: Learner, proofs: list[object], tmp_path: Path) -> None:
    data = tmp_path / "data.txt"
    data.write_text("1")
    append(learner.top / BESIDE, f"\nSIZE = open({str(data)!r}).read()\n")
    again(learner)
    again(learner)
    assert len(proofs) == 1
    data.write_text("22")
    again(learner)
    assert len(proofs) == 2


@pytest.mark.parametrize(
    "line",
    [
        "open('/proc/uptime').read()",
        "import subprocess; subprocess.run(['true'])",
        "import socket; socket.socket().bind(('127.0.0.1', 0))",
        "import tempfile; tempfile.TemporaryFile().write(b'1')",
    ],
)
@pytest.mark.sampled(2)
def test_what_nobody_can_know_is_not_kept(line: str, learner: Learner, proofs: list[object]) -> None:
    append(learner.top / BESIDE, f"\n{line}\n")
    again(learner)
    again(learner)
    assert (len(proofs), kept()) == (2, [])
