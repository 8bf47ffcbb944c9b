"""The session as a learner types it: a real pseudo-terminal of 80 columns, in English and in Spanish."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.conftest import HANGS, clean_environ, spent

COLUMNS, ROWS = 80, 60


class Screen:
    """A terminal emulator fed by the program: what a person would see."""

    def __init__(self, child: pexpect.spawn) -> None:
        self.child = child
        self.screen = pyte.HistoryScreen(COLUMNS, ROWS, history=2000)
        self.stream = pyte.Stream(self.screen)
        self.raw = ""
        self.read = 0  # how much of the plain stream was waited for already

    def until(self, words: str) -> str:
        """Wait until the program has written `words` since the last wait, styles aside."""
        deadline = time.monotonic() + HANGS
        while (at := self.plain().find(words, self.read)) < 0:
            if time.monotonic() > deadline or not self._take():
                raise AssertionError(f"{words!r} never came:\n{self.text()}")
        self.read = at + len(words)
        return self.text()

    def end(self) -> str:
        """Wait for the program to end; the whole of what stood on the screen."""
        deadline = time.monotonic() + HANGS
        while self._take():
            assert time.monotonic() < deadline, self.text()
        self.child.close()
        return self.text()

    def interrupt(self) -> str:
        """^C, and again when the program goes on waiting: all that stood on the screen when it ended.

        CPython's readline looks for signals when its wait is interrupted, not before it begins to wait: a ^C that
        comes just in between is heard with the next one, as somebody at a keyboard would find.
        """
        used = -1.0
        while self.child.isalive():
            now = spent(self.child.pid)
            if now == used or sys.platform != "linux":
                self.child.sendintr()
            used = now
            for _ in range(5):
                if not self._take():
                    return self.end()
        return self.end()

    def plain(self) -> str:
        """What was written, without escape sequences."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)

    def _take(self) -> bool:
        try:
            found = self.child.read_nonblocking(4096, timeout=0.2)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += found
        self.stream.feed(found)
        return True

    def text(self) -> str:
        """Everything shown so far, scrolled lines included."""
        top = ["".join(line[i].data for i in range(COLUMNS)).rstrip() for line in self.screen.history.top]
        return "\n".join([*top, *(line.rstrip() for line in self.screen.display)])


def spawn(folder: Path, *words: str, lang: str = "en", **more: str) -> Screen:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environ = {**clean_environ(home, TERM="xterm-256color", LYNX_LANG=lang), **more}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "lynx", *words],
        cwd=str(folder),
        env=environ,
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=HANGS,
    )
    return Screen(child)


WORDS = {
    "en": {
        "sure": "how sure?",
        "why": "because ›",
        "next": "lynx verify",
        "surprise": "in the order it happened",
    },
    "es": {"sure": "¿", "why": "porque ›", "next": "lynx verify", "surprise": "en el orden"},
}


def answers(folder: Path, lang: str) -> Screen:
    """Start break 03 and answer every question, the first one wrongly at first; say what was seen."""
    from lynx.content.catalog import data_dir
    from lynx.content.reading.breaks import load_break
    from lynx.loop.answers import option_names
    from lynx.truth.claims import Kind

    break_ = load_break(next((data_dir("breaks") / "10").glob("03-*")))
    screen = spawn(folder, "break", "03", "--learner", "ada", lang=lang)
    for number, prediction in enumerate(break_.predictions):
        screen.until(f"{prediction.id}  ")
        screen.until("› ")
        if number == 0:
            screen.child.sendline("a lot [bold]")
            seen = screen.until("› ")
            assert "a lot [bold]" in seen
        screen.child.sendline("0,5" if prediction.kind is Kind.NUMBER else option_names(prediction)[0])
        screen.until("90 › ")
        screen.child.sendline("70")
        screen.until("› ")
        screen.child.sendline("I think so")
    screen.until("› ")  # before the score: what did you see?
    screen.child.sendline("two curves that part")
    return screen


@pytest.mark.parametrize("lang", ["en", "es"])
def test_break_goes_all_the_way(tmp_path: Path, lang: str) -> None:
    screen = answers(tmp_path, lang)
    seen = screen.end()
    assert screen.child.exitstatus == 0, seen
    assert WORDS[lang]["next"] in seen
    assert "Traceback" not in seen
    assert all(len(line) <= COLUMNS for line in seen.splitlines())
    notes = (tmp_path / "learners/ada/phase-10/notes/breaks.md").read_text(encoding="utf-8")
    assert notes.count("- prediction: ") == notes.count("- measured: ") >= 3
    status = spawn(tmp_path, "status", lang=lang).end()
    assert "03" in status


def test_what_was_answered_survives_an_interruption(tmp_path: Path) -> None:
    screen = spawn(tmp_path, "break", "03", "--learner", "ada")
    screen.until("P1  ")
    screen.until("› ")
    screen.child.sendline("0.25")
    screen.until("90 › ")
    screen.child.sendline("70")
    screen.until("› ")
    screen.child.sendline("half of a half")
    screen.until("P2  ")
    seen = screen.interrupt()
    assert screen.child.exitstatus == 130
    assert "Traceback" not in seen
    notes = (tmp_path / "learners/ada/phase-10/notes/breaks.md").read_text(encoding="utf-8")
    assert "- prediction: 0.25" in notes
    assert "- because: half of a half" in notes
    again = spawn(tmp_path, "break", "03")
    again.until("P2  ")
    again.interrupt()
    assert again.child.exitstatus == 130


def test_verify_asks_for_the_explanation_before_the_answer(tmp_path: Path) -> None:
    answers(tmp_path, "en").end()
    target = tmp_path / "learners/ada/src/minimodel/stack.py"
    from lynx.content.catalog import data_dir

    healthy = (data_dir("starter") / "src/minimodel/stack.py").read_text()
    target.write_text(healthy)
    screen = spawn(tmp_path, "verify")
    before = screen.until("› ")
    assert "+" not in [line.strip()[:1] for line in before.splitlines() if "current" in line]
    screen.child.sendline("The plus was gone, so only the product of slopes was left.")
    told = screen.end()
    assert screen.child.exitstatus == 0, told
    assert "current + step" in told


def test_no_colour_and_a_dumb_terminal_get_no_colour_codes(tmp_path: Path) -> None:
    plain = spawn(tmp_path, "list", NO_COLOR="1")
    plain.end()
    assert "\x1b[3" not in plain.raw
    dumb = spawn(tmp_path, "list", TERM="dumb")
    dumb.end()
    assert "\x1b" not in dumb.raw
    assert "03" in dumb.text()


@pytest.mark.exhaustive
def test_a_terminal_resized_while_it_trains_keeps_one_picture(tmp_path: Path) -> None:
    """Narrower, then wider, under a running training: the kernel's own signal, no traceback, one picture left."""
    from tests.test_session import answer

    home = tmp_path / "home"
    home.mkdir()
    spawn(tmp_path, "init", "work", "--learner", "ada").end()
    work = tmp_path / "work"
    home.rename(work.parent / "work-home")
    (work / "home").symlink_to(work.parent / "work-home")
    spawn(work, "break", "00", "--json").end()
    answer(work / "phase-10/notes/breaks.md", "P1", "P2", "P3", "P4", "P5")
    screen = spawn(work, "run", "--seeds", "1")
    screen.until("/200")
    for columns in (60, 100, 72):
        screen.child.setwinsize(ROWS, columns)
        screen.screen.resize(ROWS, columns)
        screen.until("loss")
        screen.until("/200")
    seen = screen.end()
    assert screen.child.exitstatus == 0, seen
    assert "Traceback" not in seen
    assert seen.count("in the order it happened") == 1
    after = seen[seen.index("in the order it happened") :].splitlines()
    assert max(map(len, after)) <= 72
    assert "/200" not in "\n".join(after)
