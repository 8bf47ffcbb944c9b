"""Messages survive any cutting; anything else is refused."""

from __future__ import annotations

import math
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.runs.child import frames

messages = st.lists(
    st.tuples(st.sampled_from(sorted(frames.KINDS)), st.integers(0, 2**32 - 1), st.binary(max_size=200)),
    max_size=8,
)


@given(messages, st.data())
def test_messages_come_out_as_they_went_in_however_they_are_cut(
    sent: list[tuple[bytes, int, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(frames.pack(*message) for message in sent)
    reader, got = frames.Reader(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        got += list(reader.feed(stream[:cut]))
        stream = stream[cut:]
    assert got == sent


@given(st.binary(min_size=frames.HEADER.size, max_size=100).filter(lambda b: b[:1] not in frames.KINDS))
def test_anything_else_is_refused(noise: bytes) -> None:
    with pytest.raises(frames.GarbledError):
        list(frames.Reader().feed(noise))


def test_a_length_beyond_reason_is_refused_before_it_is_waited_for() -> None:
    with pytest.raises(frames.GarbledError):
        list(frames.Reader().feed(frames.HEADER.pack(frames.EVENT, 0, frames.LARGEST + 1)))


@given(st.lists(st.floats(allow_nan=False)))
def test_numbers_keep_every_digit(numbers: list[float]) -> None:
    assert frames.decode_numbers(frames.encode_numbers(numbers)) == tuple(numbers)


def test_nan_and_infinities_survive() -> None:
    nan, up, down = frames.decode_numbers(frames.encode_numbers([math.nan, math.inf, -math.inf]))
    assert math.isnan(nan)
    assert (up, down) == (math.inf, -math.inf)


def test_the_end_of_a_pipe_is_none() -> None:
    read_fd, write_fd = os.pipe()
    frames.send(write_fd, frames.DONE, {"ok": True}, 3)
    os.close(write_fd)
    reader = frames.Reader()
    assert frames.read_message(read_fd, reader) == (frames.DONE, 3, b'{"ok": true}')
    assert frames.read_message(read_fd, reader) is None
    os.close(read_fd)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=8))
def test_none_is_lost_when_several_come_in_one_read(payloads: list[bytes]) -> None:
    read_fd, write_fd = os.pipe()
    for number, payload in enumerate(payloads):
        frames.send(write_fd, frames.ANSWERS, payload, number)
    os.close(write_fd)
    reader, got = frames.Reader(), []
    while (message := frames.read_message(read_fd, reader)) is not None:
        got.append(message)
    os.close(read_fd)
    assert got == [(frames.ANSWERS, number, payload) for number, payload in enumerate(payloads)]
