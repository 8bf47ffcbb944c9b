"""YAML that means harm, or is only mistyped: bounded time and memory, one clear complaint, the right line."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from lynx.content.reading.document import MAX_DEPTH, parse

HERE = Path("break.yaml")


def complaints(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    begin, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    document = parse(data, HERE)
    assert time.process_time() - begin < 30
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * 1024
    assert grown < 200_000_000  # kilobytes on Linux; on macOS the factor only makes this stricter
    return [problem.line() for problem in document.problems]


def test_values_and_lines() -> None:
    root = parse(b"a: 1\nb:\n  - x\n  - {c: yes, on: 'no'}\n", HERE).root
    assert root is not None
    assert root.plain() == {"a": 1, "b": ["x", {"c": True, "on": "no"}]}
    assert root.lines() == {"a": 1, "b": 2, "b.0": 3, "b.1": 4, "b.1.c": 4, "b.1.on": 4}


@pytest.mark.parametrize("character", ["[", "{", "- ", "? ", "[{a: ", "- - ", "a:\n "])
@pytest.mark.parametrize("times", [101, 1_000, 30_000, 200_000])
def test_deep_nesting_is_refused(character: str, times: int) -> None:
    if character == "a:\n ":  # block mappings need growing indentation
        text = "".join(f"{' ' * level}a:\n" for level in range(min(times, 1_300)))
    else:
        text = (character * times)[:999_000]
    (found,) = complaints(text)
    assert f"deeper than {MAX_DEPTH}" in found


def test_nesting_up_to_the_limit_is_read() -> None:
    document = parse(("a: " + "[" * (MAX_DEPTH - 1) + "1" + "]" * (MAX_DEPTH - 1)).encode(), HERE)
    assert document.root is not None
    assert not document.problems


@pytest.mark.parametrize(
    "text",
    [
        "a" * 999_999,
        "a: " + "x" * 900_000,
        "".join(f"k{i}: v\n" for i in range(80_000)),
        "a: [" + "1," * 400_000 + "1]",
        "#" * 999_999,
        " " * 999_999,
        "\n" * 999_999,
        "a: '" + "x\n" * 400_000,
        'a: "' + "\\x41" * 200_000 + '"',
        "a: " + "9" * 900_000,
        "a: 0x" + "f" * 900_000,
        "a: " + "1:" * 400_000 + "1",
        "a: 1." + "0" * 900_000,
        "? " + "x" * 900_000,
        "k" * 900_000 + ": 1",
        "&a " * 300_000,
        "!" * 900_000,
        "%TAG !a! b\n" * 80_000,
        "".join(f"%TAG !a{i}! b\n" for i in range(60_000)),
        "--- a\n" * 150_000,
        "a: |\n" + " x\n" * 300_000,
        "[" * 99 + "a, " * 300_000,
        "".join(f"{'k' * 90}{i}: {{" for i in range(98))
        + "x: "
        + "[1," * 1
        + "1," * 15_000
        + "1]"
        + "}" * 98,
    ],
    ids=lambda text: text[:12],
)
def test_large_files_end_soon(text: str) -> None:
    complaints(text[:1_000_000])


def test_an_alias_bomb_is_refused_without_growing() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
    )
    found = complaints(bomb)
    assert all("anchor or alias" in line for line in found)
    assert len(found) == 30 + 29 * 9


def test_a_merge_key_is_refused() -> None:
    found = complaints("base: {a: 1}\nb:\n  <<: {c: 2}\n")
    assert found == ["break.yaml:3: '<<' is a YAML merge key; breaks have none. Write the keys out."]


@pytest.mark.parametrize(
    "tagged",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system ''",
        "!!python/module:os",
        "!local {a: 1}",
        "!!binary aGk=",
        "!!set {a}",
        "!!str 5",
    ],
)
def test_tags_are_refused(tagged: str) -> None:
    found = complaints(f"x: 1\na: {tagged}\n")
    assert found[0].startswith("break.yaml:2: '")
    assert "is a YAML tag" in found[0]


def test_duplicate_keys_are_told_with_both_lines() -> None:
    found = complaints("a: 1\nb: {c: 1,\n  c: 2}\na: 3\n")
    assert found == [
        "break.yaml:3: 'c' is given twice; first on line 2. Keep one of them.",
        "break.yaml:4: 'a' is given twice; first on line 1. Keep one of them.",
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: c: d\n", 2, "a ':' where no key can stand"),
        ("a: 1\n  b: 2\n", 2, "a ':' where no key can stand"),
        ("a:\n    b: 1\n  c: 2\n", 3, "does not line up"),
        ("a:\n\tb: 1\n", 2, "a tab"),
        ("a: 1\nb: 'x\nc: 2\nd: 3\n", 2, "never ends"),
        ("a: 1\nb: [x, y\nc: 2\nd: 3\n", 2, "never closed"),
        ("a: 1\nb: {x: 1\nc: 2\nd: 3\n", 2, "never closed"),
        ("a: 1\nb: @x\n", 2, "'@'"),
        ("a: 1\nb: `x`\n", 2, "'`'"),
        ("a: 1\nb: %x\n", 2, "'%'"),
        ("%YAML 1.1\n---\na: 1\n", 1, "directive"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\nb: \x1b[31m\n", 2, "U+001B"),
        ("a: 1\nb: \u202etxt\n", 2, "U+202E"),
        ("a: 1\nb: x\0y\n", 2, "U+0000"),
        ('a: 1\nb: "x\\0y"\n', 2, "U+0000"),
        ('a: 1\n"b\\0": 1\n', 2, "a key is empty"),
        ("a: 1\n? [b]\n: 1\n", 2, "a key is not a word"),
        ("a: 1\n: 2\n", 2, "line"),
        ("a: 1\n!!str b: 2\n", 2, "tag or anchor"),
        ("- a\n- b\n", 1, "not a mapping"),
        ("just words\n", 1, "not a mapping"),
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("a: 1\nb: \\ud800\n", 0, ""),
        ('a: 1\nb: "\\ud800"\n', 2, "not YAML"),
    ],
)
def test_syntax_in_plain_words(text: str, line: int, says: str) -> None:
    found = complaints(text)
    if not line:
        assert not found
        return
    assert any(entry.startswith(f"break.yaml:{line}: ") and says in entry for entry in found), found


def test_bytes_that_are_no_utf8() -> None:
    assert "break.yaml:2: the file is not UTF-8." in complaints(b"a: 1\nb: \xe9\n")[0]
    assert complaints("a: 1\n".encode("utf-16"))


@pytest.mark.parametrize(
    "name", ["\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x80", "\x85", "\u2028", "\u2066"]
)
def test_every_control_character_is_refused(name: str) -> None:
    assert complaints(f"a: {name}x\n")


def test_a_form_feed_may_stand_in_a_diff_only() -> None:
    assert not complaints('diff: "@@\\n-\\f\\n+x\\n"\n')
    assert complaints('text: "@@\\n-\\f\\n+x\\n"\n')
