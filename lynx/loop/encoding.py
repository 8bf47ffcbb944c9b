"""Which encoding a text file was saved in, so that it goes back in the same one. Pure: bytes in, bytes out."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from lynx.errors import N_

# mark at the beginning -> encoding; UTF-32's begins with UTF-16's
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1"}


class Unreadable(Exception):
    """A line that cannot be read, or written: which one (from 1), and why (a template with {where} and `fields`)."""

    def __init__(self, line: int, why: str, **fields: object) -> None:
        super().__init__(why)
        self.line, self.why, self.fields = line, why, fields


@dataclass(frozen=True)
class Decoded:
    """A file's text, and what it takes to write it back."""

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """Other text in the same encoding. Raises Unreadable where the encoding has no such character."""
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            line = text.count("\n", 0, error.start) + 1
            why = N_("{where}: the file is {encoding}, which has no “{character}”.")
            name = NAMES.get(self.encoding, self.encoding.upper())
            raise Unreadable(line, why, encoding=name, character=text[error.start]) from None


def decode(data: bytes) -> Decoded:
    """The text of a file as an editor may have saved it: UTF-8, UTF-16 or UTF-32 with a mark, else Windows' or Latin-1.

    Raises Unreadable for what is none of them, or two of them at once.
    """
    mark, encoding = next(((m, e) for m, e in MARKS if data.startswith(m)), (b"", "utf-8"))
    body = data[len(mark) :]
    if not mark and b"\0" in body:
        raise Unreadable(body.count(b"\n", 0, body.index(b"\0")) + 1, N_("{where}: a zero byte."))
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        if mark:
            line = body[: error.start].decode(encoding, "replace").count("\n") + 1
            raise Unreadable(line, N_("{where}: a character that is cut off.")) from None
        return _of_one_byte(body, error.start)
    return Decoded(text, encoding, mark)


def _of_one_byte(body: bytes, first: int) -> Decoded:
    """One byte a character. Characters of UTF-8 beside bytes that are none cannot be told from it: two at once."""
    if any(ord(c) > 127 for c in body.decode("utf-8", "ignore")):
        line = body.count(b"\n", 0, first) + 1
        raise Unreadable(line, N_("{where}: a byte that is not UTF-8, in a file that otherwise is."))
    for encoding in ("cp1252", "latin-1"):
        try:
            return Decoded(body.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("Latin-1 has a character for every byte")
