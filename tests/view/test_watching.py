from __future__ import annotations

import io
import os
import pty
import select
import threading
from pathlib import Path

import pytest
import view_samples as samples

from lynx.errors import Refused
from lynx.view import watching
from lynx.view.keys import keys


class Saver(threading.Thread):
    """Saves a file, one text after the other, each once `turn` says so."""

    def __init__(self, path: Path, texts: list[str]) -> None:
        super().__init__(daemon=True)
        self.path, self.texts, self.turn = path, texts, threading.Semaphore(0)

    def run(self) -> None:
        for text in self.texts:
            self.turn.acquire()
            fresh = self.path.with_name("fresh")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self.path)


class Asked(io.StringIO):
    """No terminal; says when it is asked whether it is one: the file has been looked at by then."""

    def __init__(self, turn: threading.Semaphore) -> None:
        super().__init__()
        self.turn = turn

    def fileno(self) -> int:
        self.turn.release()
        return super().fileno()


class Hand:
    """Stands for the watched file, which is looked at once a turn, and types the next word there and then."""

    def __init__(self, path: Path, main: int, side: int, *words: str) -> None:
        self.path, self.main, self.side, self.words = path, main, side, [word for word in words if word]

    def stat(self) -> os.stat_result:
        import termios

        one_by_one = not termios.tcgetattr(self.side)[3] & termios.ICANON
        if one_by_one and self.words:
            os.write(self.main, self.words.pop(0).encode())
            select.select([self.side], [], [])  # it has arrived: the next turn takes it, and it alone
        return self.path.stat()


def test_every_save_is_one_line_until_it_passes(terminal, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "blocks.py"
    path.write_text("bug", encoding="utf-8")
    saver = Saver(path, ["first try", "syntax error", "the fix!"])
    answers = iter([samples.verified(), None, samples.verified("fixed")])
    seen, inside = [], threading.Lock()

    def once():  # type: ignore[no-untyped-def]
        assert inside.acquire(blocking=False), "two verifications at once"
        seen.append(path.read_text(encoding="utf-8"))
        answer = next(answers)
        inside.release()
        saver.turn.release()
        if answer is None:
            raise Refused("The target cannot be read.", code="x")
        return answer

    outside = terminal()
    outside.stdin = Asked(saver.turn)
    saver.start()
    assert watching.watch(outside, path, once, pytest.fail) is True
    assert seen == ["first try", "syntax error", "the fix!"]
    lines = outside.stdout.getvalue().splitlines()
    assert "not yet: 50 of 50 random inputs differ, by up to 1.7" in lines[1]
    assert lines[2].endswith("The target cannot be read.")
    assert lines[3].startswith("Fixed")


def test_a_save_while_a_key_is_followed_is_verified_after_it(terminal, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "blocks.py"
    path.write_text("bug", encoding="utf-8")
    main, side = pty.openpty()
    outside = terminal()
    with os.fdopen(side, "r", closefd=False) as stdin:
        outside.stdin = stdin
        hand = Hand(path, main, side, "h")
        seen: list[str] = []

        def once():  # type: ignore[no-untyped-def]
            seen.append(path.read_text(encoding="utf-8"))
            return samples.verified("fixed")

        assert watching.watch(outside, hand, once, lambda _key: path.write_text("the fix", encoding="utf-8"))
    assert seen == ["the fix"]
    os.close(main)
    os.close(side)


def test_a_file_replaced_by_another_counts_as_saved(terminal, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "blocks.py"
    path.write_text("same", encoding="utf-8")
    before = watching.stamp(path)
    other = tmp_path / "new"
    other.write_text("same", encoding="utf-8")
    os.utime(other, ns=(before[0], before[0]))
    other.replace(path)
    assert watching.stamp(path) != before
    path.unlink()
    assert watching.stamp(path) is None


@pytest.mark.parametrize(("typed", "followed"), [("", []), ("h", ["h"]), ("xC", ["c"]), ("\x1b[Ar", ["r"])])
def test_keys_work_without_enter_and_the_terminal_is_put_back(  # type: ignore[no-untyped-def]
    terminal, tmp_path: Path, typed: str, followed: list[str]
) -> None:
    import termios

    main, side = pty.openpty()
    before = termios.tcgetattr(side)
    outside = terminal()
    with os.fdopen(side, "r", closefd=False) as stdin:
        outside.stdin = stdin
        pressed: list[str] = []
        hand = Hand(tmp_path / "none.py", main, side, typed[:-1], typed[-1:], "q")
        assert watching.watch(outside, hand, samples.verified, pressed.append) is False
        assert pressed == followed
        assert termios.tcgetattr(side)[3] == before[3]

        def interrupted() -> None:
            with keys(stdin):
                assert not termios.tcgetattr(side)[3] & termios.ICANON
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert termios.tcgetattr(side)[3] == before[3]
    os.close(main)
    os.close(side)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (samples.verified("untouched"), "as the break left it"),
        (
            samples.verified("does-not-compile", error="line 3\ninvalid syntax"),
            "does not compile: invalid syntax",
        ),
        (samples.verified("timed-out"), "within its time"),
        (samples.verified(reason="crashed", cases=0, error="a\nNameError: w"), "NameError: w"),
    ],
)
def test_a_verdict_in_one_line(result, said: str) -> None:  # type: ignore[no-untyped-def]
    assert said in watching.short(result)
