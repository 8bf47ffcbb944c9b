"""Every refusal that production can raise while a break is played blind, and every command that could tell: none does.

Ways to stand in Lynx's way, times the commands that meet them; then the mistakes of a hand that types. What a person
reads is searched, on both streams, and so are the names of the files that appeared.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Lynx
from tests.loop.learner import BUG, LINE, OTHER_WORDS, TARGET, WRONG, Learner
from tests.loop.test_loop_blind_refusals import WAYS

# the title, its slug, the target and its class, the lines of the diff
SECRETS = (
    "take the plus", "gradient-test", "stack.py", "residualstack",
    "current + step", "current = step", "step + current", "def forward", " line 3", " line 4",
)  # fmt: skip


def told(text: str) -> list[str]:
    """The secrets that stand in it."""
    return [one for one in SECRETS if one in text.lower()]


def names(top: Path) -> set[str]:
    """Every file below, but git's objects."""
    return {str(path.relative_to(top)) for path in top.rglob("*") if "objects" not in path.parts}


def git(*words: str) -> Callable[[Learner], None]:
    def call(learner: Learner) -> None:
        who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
        subprocess.run(["git", *who, *words], cwd=learner.top, check=True, capture_output=True)

    return call


def edited(new: str) -> Callable[[Learner], None]:
    return lambda learner: learner.edit(BUG, new)


def written(what: Callable[[Learner], Path], data: bytes) -> Callable[[Learner], None]:
    def write(learner: Learner) -> None:
        what(learner).write_bytes(data)

    return write


def merging(learner: Learner) -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=learner.top, capture_output=True, check=True).stdout
    (learner.top / ".git/MERGE_HEAD").write_bytes(head)


def conflicted(learner: Learner) -> None:
    merging(learner)
    learner.target.write_text(f"<<<<<<< HEAD\n{learner.target.read_text()}=======\nx\n>>>>>>> other\n")


def at_target(way: Callable[[Path], None]) -> Callable[[Learner], None]:
    return lambda learner: way(learner.target)


STATES: dict[str, Callable[[Learner], None]] = {
    **{way.__name__: at_target(way) for way in WAYS if way.__name__ != "drifted"},
    "drifted": edited("            current = step * 2 + current\n"),
    "no text": written(lambda learner: learner.target, b"\xff\xfe\x00"),
    "another file": written(lambda learner: learner.target, b"class Other:\n    pass\n"),
    "leaves": written(lambda learner: learner.target, b"raise SystemExit(3)\n"),
    "crashes": edited("            current = 1 / 0\n"),
    "wrong": edited(WRONG),
    "healthy by hand": edited(LINE),
    "in other words": edited(OTHER_WORDS),
    "no notes": lambda learner: learner.notes.unlink(),
    "unreadable notes": written(lambda learner: learner.notes, b"\xff\xfe"),
    "empty notes": written(lambda learner: learner.notes, b""),
    "merging": merging,
    "conflicted": conflicted,
    "committed": git("commit", "-qam", "work"),
    "staged": git("add", "-A"),
    "stashed": git("stash"),
    "not the owner": lambda learner: (learner.state_dir / "owner").unlink(),
    "damaged journal": written(lambda learner: learner.state_dir / "journal.db", b"garbage" * 999),
    "lost journal": lambda learner: (learner.state_dir / "journal.db").unlink(),
}
MEET = ("status", "break 03", "run --seeds 1", "verify", "show", "report --out r.html", "export p.gz", "reset --yes")
# what the learner has found, and what is written in a folder of somebody else's: that is shown before it is allowed
TELL = {
    ("healthy by hand", "verify"), ("in other words", "verify"), ("stashed", "verify"),
    ("not the owner", "reset --yes"),
}  # fmt: skip
TYPED = (
    "break 00", "break 03 --blind", "break 99", "break gradient", "list", "setup", "trust 03", "trust nope", "demo",
    "show nope", "show gradient --layer 99", "show gradient --seed 9", "show gradient --variant nope",
    "show gradient --step 999", "control", "control nope", "control steeper --expect nope --sure 70",
    "control steeper --expect depth --sure 70", "hint", "hint", "verify", "verify --limit 0.001", "run --limit 0.01",
    "import nothere.gz", "export p.gz", "report", "explain", "explain --all", "explain --text x", "reveal", "reset",
    "reset --all", "adopt", "progress", "review", "phase 10", "read 10/03", "pack list", "list --pack nope", "wrong",
)  # fmt: skip


@pytest.fixture(scope="module")
def blind(stages: dict[str, Learner], tmp_path_factory: pytest.TempPathFactory) -> Learner:
    """Break 03 begun, predicted and run blind."""
    learner = stages["new"].copy(tmp_path_factory.mktemp("everywhere") / "w")
    learner.begin(blind=True)
    learner.fill()
    learner.run()
    return learner


def leaks(learner: Learner, lynx: Lynx, line: str, *, form: tuple[str, ...] = ()) -> list[str]:
    """What a command told, or left lying under a telling name."""
    before = names(learner.top)
    said = lynx(*line.split(), *form, cwd=learner.top)
    appeared = names(learner.top) - before - {TARGET}  # put back is not told
    return told(said.out + said.err) + told("\n".join(appeared))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.sampled(6)
def test_whatever_stands_in_the_way(state: str, blind: Learner, tmp_path: Path, lynx: Lynx) -> None:
    learner = blind.copy(tmp_path / "w")
    STATES[state](learner)
    try:
        for line in MEET:
            if (state, line) in TELL:
                continue
            assert (line, leaks(learner, lynx, line, form=("--json",))) == (line, [])
    finally:
        learner.target.parent.chmod(0o755)


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["screen", "json"])
@pytest.mark.parametrize("part", range(8))
@pytest.mark.sampled(8)
def test_whatever_is_typed(
    part: int, form: tuple[str, ...], blind: Learner, tmp_path: Path, lynx: Lynx
) -> None:
    learner = blind.copy(tmp_path / "w")
    for line in TYPED[part::8]:
        assert (line, leaks(learner, lynx, line, form=form)) == (line, [])


def test_what_would_tell_all_is_refused_with_a_way_on(blind: Learner, tmp_path: Path, lynx: Lynx) -> None:
    learner = blind.copy(tmp_path / "w")
    for line, remedy in (("demo", "lynx reset --yes"), ("trust 03", "lynx trust 03 --show-answers")):
        said = lynx(*line.split(), "--json", cwd=learner.top)
        assert (said.code, said.json["error"]["code"]) == (2, "blind")
        assert remedy in said.json["error"]["remedy"]
    shown = lynx("trust", "03", "--show-answers", cwd=learner.top)
    assert told(shown.out)
