"""True of any file and any change: it goes in where it belongs, nothing else moves, and it comes out."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynx.repo.patch import PatchRefused, apply, holds, reverse, unified

WORDS = st.text(alphabet="abñé表 \t\f#'(){}=+-@\\\u2028\x85", max_size=12)
ENDINGS = st.sampled_from(["\n", "\r\n", "\r"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "cp1252", "shift_jis", "gb18030"])


@st.composite
def files(draw: st.DrawFn) -> tuple[list[str], list[str], bool, str]:
    """Lines that mostly repeat, their endings (mixed or not), whether the last has one, an encoding."""
    pool = draw(st.lists(WORDS, min_size=1, max_size=6))
    lines = draw(st.lists(st.sampled_from(pool) | WORDS, min_size=1, max_size=25))
    one = draw(ENDINGS)
    ends = (
        [one] * len(lines)
        if draw(st.booleans())
        else draw(st.lists(ENDINGS, min_size=len(lines), max_size=len(lines)))
    )
    return lines, ends, draw(st.booleans()), draw(ENCODINGS)


def as_bytes(lines: list[str], ends: list[str], newline: bool, encoding: str) -> bytes | None:
    cookie = "" if encoding.startswith("utf-8") else f"# coding: {encoding}\n"
    text = cookie + "".join(line + end for line, end in zip(lines, ends, strict=True))
    if not newline:
        text = text.removesuffix(ends[-1])
    try:
        data = text.encode(encoding)
    except UnicodeError:
        return None
    return data if data.decode(encoding) == text else None


def split(text: str) -> tuple[list[str], bool]:
    """The lines as Python sees them, and whether the last one has an ending."""
    lines = re.split(r"\r\n|\r|\n", text)
    return (lines[:-1], True) if lines[-1] == "" else (lines, False)


def check_change(data: st.DataObject) -> None:
    drawn, ends, newline, encoding = data.draw(files())
    original = as_bytes(drawn, ends, newline, encoding)
    if original is None:
        return
    lines, ended = split(original.decode(encoding))
    start = data.draw(st.integers(0 if encoding.startswith("utf-8") else 1, len(lines)))
    stop = data.draw(st.integers(start, min(len(lines), start + 3)))
    added = data.draw(st.lists(WORDS, max_size=3))
    if added == lines[start:stop]:
        return
    context = data.draw(st.integers(0, 4))
    before, after = lines[max(0, start - context) : start], lines[stop : stop + context]
    body = [f" {x}" for x in before] + [f"-{x}" for x in lines[start:stop]]
    diff = "\n".join(["@@", *body, *[f"+{x}" for x in added], *[f" {x}" for x in after]]) + "\n"
    refusal = ""
    try:
        patched = apply(original, diff)
    except PatchRefused as error:
        refusal = str(error)
    if refusal:
        assert refusal.isprintable()
        return
    # Independent truth: the same change made on the text's lines. Where like lines stand side by side, "here"
    # is one of several places that give the same text.
    want = lines[:start] + added + lines[stop:]
    assert split(patched.data.decode(encoding)) == (want, ended or not want)
    # Nothing outside the change moved by a byte.
    same = min(start, len(want) - len(lines[stop:]))
    head, made = _pieces(original, encoding), _pieces(patched.data, encoding)
    assert made[: max(0, same - 1)] == head[: max(0, same - 1)]
    tail = len(lines) - stop - 1
    if tail > 0:
        assert made[-tail:] == head[-tail:]
    if len(set(ends)) == 1 and len(added) >= stop - start > 0:
        with suppress(PatchRefused):  # several places may fit the way back: a deletion between like lines
            assert reverse(patched.data, diff) == original


def _pieces(data: bytes, encoding: str) -> list[str]:
    """The lines with their endings."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", data.decode(encoding))


@settings(max_examples=150)
@given(st.data())
def test_a_change_goes_in_where_it_belongs(data: st.DataObject) -> None:
    check_change(data)


@pytest.mark.exhaustive
@settings(max_examples=4000)
@given(st.data())
def test_a_change_goes_in_where_it_belongs_at_length(data: st.DataObject) -> None:
    check_change(data)


def check_undo(data: st.DataObject) -> None:
    """A line that stands once is changed, others drift, and the change still goes in there and comes out."""
    lines, ends, newline, encoding = data.draw(files())
    at = data.draw(st.integers(0, len(lines)))
    marked = [*lines[:at], "THE = 'line'", *lines[at:]]
    ends = [*ends[:at], ends[0], *ends[at:]]
    original = as_bytes(marked, ends, newline, encoding)
    if original is None:
        return
    broken_lines = [*lines[:at], "THE = 'bug'", *lines[at:]]
    broken = as_bytes(broken_lines, ends, newline, encoding)
    assert broken is not None
    diff = unified(original, broken, "f.py")
    assert apply(original, diff, target="f.py").data == broken
    assert reverse(broken, diff, target="f.py") == original
    assert holds(broken, original, broken)
    assert not holds(original, original, broken)
    drift = data.draw(st.lists(st.tuples(st.integers(0, len(lines)), WORDS), max_size=4))
    ours, theirs, new_ends = list(marked), list(broken_lines), list(ends)
    for place, word in drift:
        if place == at:
            continue
        place = min(place, len(ours))
        for version in (ours, theirs):
            version.insert(place, word)
        new_ends.insert(place, ends[0])
        at += place <= at
    mine, want = (as_bytes(version, new_ends, newline, encoding) for version in (ours, theirs))
    if mine is None or want is None:
        return
    for base in (None, original):
        patched = apply(mine, diff, base=base, target="f.py")
        assert patched.data == want
        assert reverse(patched.data, diff, target="f.py") == mine


@settings(max_examples=150)
@given(st.data())
def test_drift_around_the_change_is_survived_and_undone(data: st.DataObject) -> None:
    check_undo(data)


@pytest.mark.exhaustive
@settings(max_examples=4000)
@given(st.data())
def test_drift_around_the_change_is_survived_and_undone_at_length(data: st.DataObject) -> None:
    check_undo(data)


@settings(max_examples=200)
@given(st.binary(max_size=300), st.text(max_size=300))
def test_any_bytes_and_any_text_end_in_bytes_or_in_one_sentence(source: bytes, diff: str) -> None:
    for text in (diff, "@@\n" + diff):
        with suppress(PatchRefused):
            assert apply(source, text, target="t.py", within="f", base=source[::-1]).data != source


def check_twins(data: st.DataObject) -> None:
    """Functions alike but for their names: whatever drifted, the change lands in the named one or nowhere."""
    names = ["alpha", "beta", "gamma", "delta"][: data.draw(st.integers(2, 4))]
    body = data.draw(st.lists(st.sampled_from(["a = 1", "b = 2", "c = 3"]), max_size=3))
    chosen = data.draw(st.sampled_from(names))
    context = data.draw(st.integers(0, 3))

    def function(name: str, lines: list[str], last: str) -> str:
        return "".join(
            f"{line}\n" for line in [f"def {name}(x, h):", *(f"    {x}" for x in lines), f"    {last}", ""]
        )

    base = "".join(function(name, body, "return x + h") for name in names).encode()
    before = [f"def {chosen}(x, h):", *(f"    {line}" for line in body)][-context:] if context else []
    diff = "\n".join(["@@", *(f" {line}" for line in before), "-    return x + h", "+    return h"]) + "\n"
    drifted: dict[str, tuple[list[str], str]] = {}
    for name in data.draw(st.permutations(names)) if data.draw(st.booleans()) else names:
        lines = list(body)
        for _ in range(data.draw(st.integers(0, 2))):
            lines.insert(
                data.draw(st.integers(0, len(lines))), data.draw(st.sampled_from(["a = 1", "d = 4", "# e"]))
            )
        drifted[name] = (lines, data.draw(st.sampled_from(["return x + h", "return x + h", "return h + x"])))
    ours = "".join(function(name, *what) for name, what in drifted.items()).encode()
    want = "".join(
        function(name, lines, "return h" if name == chosen else last)
        for name, (lines, last) in drifted.items()
    ).encode()
    for known in (None, base):
        with suppress(PatchRefused):
            assert apply(ours, diff, within=chosen, base=known).data == want
    if drifted[chosen][1] == "return x + h":  # and where it can be told, it does land
        assert apply(ours, diff, within=chosen).data == want
    elif context < 3:
        with pytest.raises(PatchRefused):
            apply(ours, diff, within=chosen, base=base)


@settings(max_examples=150)
@given(st.data())
def test_never_the_wrong_twin(data: st.DataObject) -> None:
    check_twins(data)


@pytest.mark.exhaustive
@settings(max_examples=4000)
@given(st.data())
def test_never_the_wrong_twin_at_length(data: st.DataObject) -> None:
    check_twins(data)
