"""What a sentence of an explanation stands on, read off its text."""

from __future__ import annotations

import pytest

from lynx.content.licensed import names, sentences, told


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One thing [a]. Another, at 0.01 [b, c-d].", [("a",), ("b", "c-d")]),
        ("Call `f.g()? no` first [a]. Then?", [("a",), ()]),
        ("In [0, 1] it lies, x[0] too [a].", [("a",)]),  # an interval and an index are no names
        ("It holds (see below) [a]! “So it is.” It ends [open]", [("a",), (), ("open",)]),
        ("", []),
    ],
)
def test_each_sentence_with_its_names(text: str, found: list[tuple[str, ...]]) -> None:
    assert [what for _, what in sentences(text)] == found
    assert names(text) == {name for what in found for name in what}


def test_a_person_reads_controls_and_not_the_writers_words() -> None:
    assert told("The line is gone [diff]. So it fails [clip, maths]. Why is open [open].") == (
        "The line is gone. So it fails [clip]. Why is open."
    )
