"""A hand-in as a file: what is sealed comes back, and every kind of change shows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.errors import Refused
from lynx.teach import seals
from tests.teach import many

SOUND = many.learner(3, breaks=3)


def test_what_is_packed_comes_back() -> None:
    assert seals.unpack(seals.pack(SOUND)) == SOUND
    assert seals.faults(SOUND) == ()


def changed(**told: Any) -> seals.HandIn:
    """One field of the first run changed, the seals left."""
    at = next(i for i, entry in enumerate(SOUND.entries) if entry.kind == "run")
    entries = list(SOUND.entries)
    entries[at] = replace(entries[at], told={**entries[at].told, **told})
    return replace(SOUND, entries=tuple(entries))


def answers(value: float) -> dict[str, Any]:
    run = next(entry for entry in SOUND.entries if entry.kind == "run")
    return {name: {**one, "predicted": value} for name, one in run.told["predictions"].items()}


def test_every_kind_of_change_shows() -> None:
    edited = changed(predictions=answers(0.045))
    assert "edited" in seals.faults(edited)
    assert seals.faults(seals.sealed(edited)) == ("answers",)  # sealed anew: but these are not what was locked
    assert seals.faults(replace(SOUND, name="somebody")) == ("edited",)
    shorter = replace(SOUND, entries=SOUND.entries[:-1], seals=SOUND.seals[:-2] + SOUND.seals[-1:])
    assert seals.faults(shorter) == ("edited",)
    swapped = (SOUND.entries[1], SOUND.entries[0], *SOUND.entries[2:])
    assert "order" in seals.faults(seals.sealed(replace(SOUND, entries=swapped)))
    late = tuple(replace(entry, day="2027-01-01") for entry in SOUND.entries)
    assert seals.faults(seals.sealed(replace(SOUND, entries=late))) == ("order",)
    assert seals.faults(seals.sealed(replace(SOUND, untouched=False))) == ("journal",)


def test_words_are_what_was_sealed() -> None:
    told = {"text": seals.digest("s", "The plus was gone.")}
    last = replace(SOUND.entries[-1], kind="explain", told=told, words={"text": "The plus was gone."})
    hand_in = seals.sealed(replace(SOUND, salt="s", entries=(*SOUND.entries[:-1], last)))
    assert "words" not in seals.faults(hand_in)
    other = replace(last, words={"text": "Something else."})
    assert "words" in seals.faults(replace(hand_in, entries=(*SOUND.entries[:-1], other)))


def test_a_later_hand_in_begins_with_the_earlier_one() -> None:
    earlier = seals.sealed(replace(SOUND, entries=SOUND.entries[:4], day="2026-11-20"))
    assert seals.continues(SOUND, earlier)
    assert not seals.continues(seals.sealed(changed(seeds=[1])), SOUND)


def test_a_hand_in_of_a_newer_lynx_is_refused() -> None:
    newer = seals.pack(SOUND).replace(b'"schema": 1', b'"schema": 2')
    with pytest.raises(Refused):
        seals.unpack(newer)


PACKED = seals.pack(SOUND)


@given(st.integers(0, len(PACKED) - 1), st.binary(max_size=4), st.integers(0, 40))
def test_bytes_that_were_changed_are_no_hand_in_or_a_faulty_one(at: int, new: bytes, gone: int) -> None:
    data = PACKED[:at] + new + PACKED[at + gone :]
    try:
        found = seals.unpack(data)
    except (seals.NoHandIn, Refused):
        return
    said = json.loads(data)
    assert seals.faults(found) or said == json.loads(PACKED)
