"""A text that an argument names: what is read of it, and one message for each thing that is wrong."""

from __future__ import annotations

import os
import string
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.runs.child.unusable import Unusable
from lynx.runs.endings import UNUSABLE, unusable
from lynx.runs.experiments import texts
from lynx.runs.experiments.texts import needed, read_text

CONTEXT = 8


def refused(path: Path, context: int = CONTEXT) -> Refused:
    """The message for a text that is not taken, as a person gets it."""
    with pytest.raises(Unusable) as caught:
        read_text(str(path), context)
    return unusable(**caught.value.as_report())


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return tmp_path / "text.txt"


def test_a_text_is_read_with_its_ends_of_line_as_one_and_without_its_mark(text: Path) -> None:
    text.write_bytes(b"\xef\xbb\xbf" + "año nuevo\r\n".encode() * 20)
    assert read_text(str(text), CONTEXT) == "año nuevo\n" * 20


@pytest.mark.parametrize("context", [2, 8, 64, 1000])
def test_the_shortest_text_holds_a_window_and_what_follows_in_its_last_tenth(
    text: Path, context: int
) -> None:
    least = needed(context)
    assert least - least * 9 // 10 == context + 1
    text.write_text("x" * least)
    assert len(read_text(str(text), context)) == least
    text.write_text("x" * (least - 1))
    told = refused(text, context)
    assert told.code in ("text-short", "text-shorter")
    assert f"{least - 1} characters" in str(told)
    if told.code == "text-short":  # and what it advises is right
        fits = int(str(told).rpartition("context=")[2])
        assert fits < context
        assert read_text(str(text), fits)


def test_each_thing_that_is_wrong_has_one_message_that_names_the_file(text: Path, tmp_path: Path) -> None:
    seen = {refused(tmp_path / "absent.txt").code, refused(tmp_path).code, refused(Path("/dev/null")).code}
    for content in (b"", b" \n\n", b"tiny", b"x" * 50, b"plain\ncaf\xe9 " * 40, b"\xff\xfea\0" * 90):
        text.write_bytes(content)
        told = refused(text)
        assert str(text) in str(told)
        assert "--set" in told.remedy
        seen.add(told.code)
    fields = {
        place
        for pair in UNUSABLE.values()
        for said in pair
        for _, place, _, _ in string.Formatter().parse(said)
    }
    assert fields <= {
        None,
        "name",
        "path",
        "reason",
        "size",
        "most",
        "length",
        "context",
        "least",
        "fits",
        "line",
        "byte",
    }
    assert set(UNUSABLE) - seen == {"text-unreadable", "text-large"}


def test_the_line_and_the_byte_that_are_not_utf8_are_named(text: Path) -> None:
    text.write_bytes(b"first line\n" * 3 + "mañana ".encode("latin-1") * 30)
    assert "line 4 has the byte 0xf1" in str(refused(text))


def test_a_text_too_large_for_a_job_is_refused_before_it_is_read(
    text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MOST", 2_000_000)
    with text.open("wb") as file:
        os.truncate(file.fileno(), 3_000_000)
    assert "3 MB, and at most 2 MB" in str(refused(text))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_text_that_may_not_be_read_says_why(text: Path) -> None:
    text.write_text("x" * 1000)
    text.chmod(0)
    assert refused(text).code == "text-unreadable"
