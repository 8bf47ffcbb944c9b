"""The rules of the page, on texts alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lynx.content.spec import Break
from lynx.mentor import rules
from lynx.truth.claims import Expect

HEALTHY = b"def f(x):\n    pass\n    return x + h\n"
BROKEN = b"def f(x):\n    pass\n    return h\n"


def test_hints_and_wrong_fixes_have_keys_in_any_language(sound: Break) -> None:
    assert [key for key, _ in rules.texts(sound) if key.startswith(("hints", "wrong"))] == [
        "hints.h1",
        "hints.h2",
        "hints.h3",
        "wrong_fixes.w1.says",
    ]


@pytest.fixture
def leaks(sound: Break) -> Callable[[str, str], list[str]]:
    def find(diff: str, hint: str) -> list[str]:
        hints = ({"en": hint, "es": "nada"}, {"en": "last: return x + h", "es": "línea 3"})
        return [p.what for p in rules.hint_leaks(replace(sound, diff=diff, hints=hints), HEALTHY, BROKEN)]

    return find


DIFF = "@@\n     pass\n-    return x + h\n+    return h\n"


@pytest.mark.parametrize(
    "hint",
    [
        "It says return x + h here.",
        "It says `return  x+h`.",
        "Could `return h` be right?",
        "Look at line 3.",
        "Look at LINES 3 and 4",
        "Mira la línea 3.",
        "See blocks.py:3 please",
        "See #L3.",
    ],
)
def test_a_hint_that_gives_the_place_away(leaks: Callable[[str, str], list[str]], hint: str) -> None:
    assert leaks(DIFF, hint)


@pytest.mark.parametrize(
    "hint",
    [
        "Compare the forward pass with what it was.",  # `pass` is context, and a word
        "What does the block return? Have you checked?",
        "You return home on line 13.",
        "Three lines of code: 3 in all.",
        "Measure 3 steps, then line up the norms.",
        "return x, and add h",
        "Compare the L3 norms.",
    ],
)
def test_a_hint_that_does_not(leaks: Callable[[str, str], list[str]], hint: str) -> None:
    assert leaks(DIFF, hint) == []


def test_the_last_hint_may_say_everything(leaks: Callable[[str, str], list[str]]) -> None:
    assert leaks(DIFF, "nothing here") == []


def test_one_word_lines_count_when_quoted_as_code(leaks: Callable[[str, str], list[str]]) -> None:
    diff = "@@\n-    detach\n+    nothing\n"
    assert leaks(diff, "Do you see a `detach` there?")
    assert leaks(diff, "The branches detach from each other.") == []


def test_a_sound_page_has_no_problem(sound: Break) -> None:
    assert list(rules.page_problems(sound)) == []


def test_a_healthy_claim_that_is_refuted_is_no_check(sound: Break) -> None:
    from lynx.truth.claims import Verdict

    claims = tuple(replace(c, verdict=Verdict.REFUTED) if c.healthy else c for c in sound.claims)
    (found,) = rules.healthy_claims(replace(sound, claims=claims))
    assert "is declared REFUTED" in found.what


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        (Expect(at_most=0.4), Expect(at_least=0.6), True),
        (Expect(at_most=0.6), Expect(at_least=0.6), False),
        (Expect(equals=1.0, within=0.1), Expect(at_least=1.2), True),
        (Expect(equals=1.0, within=0.3), Expect(at_least=1.2), False),
        (Expect(nan=True), Expect(at_most=3), True),
        (Expect(nan=True), Expect(at_most=3, nan=True), False),
        (Expect(), Expect(at_most=3), False),
    ],
)
def test_expectations_that_exclude_each_other(a: Expect, b: Expect, apart: bool) -> None:
    assert rules.disjoint(a, b) is apart
    assert rules.disjoint(b, a) is apart


def test_changed_lines_count_both_sides() -> None:
    assert rules.changed_lines(b"a\nb\nc\n", b"a\nx\ny\nc\n") == {2, 3}
    assert rules.changed_lines(b"a\nb\n", b"a\nb\n") == set()
