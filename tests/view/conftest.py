from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lynx.view.language import use
from lynx.view.terminal import Terminal

sys.path.insert(0, str(Path(__file__).parent))  # the samples lie beside


class Stream(io.StringIO):
    """A stream with an encoding, which may say that it is a terminal."""

    def __init__(self, text: str = "", encoding: str = "utf-8", tty: bool = False) -> None:
        super().__init__(text)
        self._encoding, self._tty = encoding, tty

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._tty


def make(
    *,
    width: int = 80,
    lang: str = "en",
    typed: str = "",
    tty: bool = False,
    encoding: str = "utf-8",
    json: bool = False,
    **environ: str,
) -> Terminal:
    given = {"COLUMNS": str(width), "LINES": "40", "TERM": "xterm", **environ}
    out, err = Stream(encoding=encoding, tty=tty), Stream(encoding=encoding, tty=tty)
    return Terminal(out, err, Stream(typed, tty=tty), given, lang, json)


@pytest.fixture
def terminal():  # type: ignore[no-untyped-def]
    return make


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use("en")
    yield
    use("en")
