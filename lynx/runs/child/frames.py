"""Messages on a pipe: one kind byte, the job's number, a length, the payload. Standard library only.

Both ends and everything between use this: parent, supervisor and workers. Numbers travel as base64 of
little-endian doubles, so NaN, infinities and all digits survive JSON.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import sys
from array import array
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEADER = struct.Struct(">cII")
LARGEST = 256 << 20  # bytes in one message; weights of a large layer travel in one

# worker -> supervisor
EVENT, DONE, QUESTIONS, ANSWERS, VERDICT = b"E", b"D", b"Q", b"A", b"V"
# supervisor -> parent
HELLO, STARTED, ENDED = b"H", b"S", b"Z"
# parent -> supervisor, supervisor -> worker
ORDER = b"O"
KINDS = frozenset((EVENT, DONE, QUESTIONS, ANSWERS, VERDICT, HELLO, STARTED, ENDED, ORDER))


class GarbledError(Exception):
    """What came down the pipe is not a message: somebody else wrote to it."""


def pack(kind: bytes, job: int, payload: bytes) -> bytes:
    """One message as bytes. ValueError when the payload is larger than any reader accepts."""
    if len(payload) > LARGEST:
        raise ValueError(f"a message of {len(payload)} bytes is larger than {LARGEST}")
    return HEADER.pack(kind, job, len(payload)) + payload


def write_all(fd: int, data: bytes) -> None:
    """Write every byte to a blocking descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def send(fd: int, kind: bytes, value: Any, job: int = 0) -> None:
    """Write one message; `value` is bytes, or anything JSON can hold."""
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    write_all(fd, pack(kind, job, payload))


class Reader:
    """Takes bytes as they come and gives whole messages. Raises GarbledError on anything else."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, int, bytes]]:
        """Messages (kind, job, payload) that `data` completed, in order."""
        self._held += data
        start = 0
        try:
            while len(self._held) - start >= HEADER.size:
                kind, job, length = HEADER.unpack_from(self._held, start)
                if kind not in KINDS or length > LARGEST:
                    raise GarbledError(repr(bytes(self._held[start : start + 40])))
                end = start + HEADER.size + length
                if len(self._held) < end:
                    break
                payload = bytes(self._held[start + HEADER.size : end])
                start = end
                yield kind, job, payload
        finally:
            del self._held[:start]


def read_message(fd: int, reader: Reader) -> tuple[bytes, int, bytes] | None:
    """The next message of a blocking descriptor; None at its end.

    One read may bring several: what the reader still holds comes first, or the last one would be lost.
    """
    data = b""
    while True:
        for message in reader.feed(data):
            return message
        data = os.read(fd, 1 << 16)
        if not data:
            return None


def encode_numbers(values: Sequence[float]) -> str:
    """Doubles as text."""
    numbers = array("d", values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def decode_numbers(text: str) -> tuple[float, ...]:
    """The doubles that `encode_numbers` wrote. ValueError when it did not."""
    numbers = array("d")
    numbers.frombytes(base64.b64decode(text, validate=True))
    if sys.byteorder == "big":
        numbers.byteswap()
    return tuple(numbers)
