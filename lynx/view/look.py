"""What a screen may use: its width, its characters, its colours. Texts become visible characters here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from lynx.values import Value

if TYPE_CHECKING:
    from rich.text import Text

Level = Literal["braille", "block", "ascii"]

NARROW, WIDE, PROSE = 20, 120, 100  # columns: the least and the most a screen uses, and prose at the most

# control characters, and the ones that reorder what surrounds them (Trojan Source, CVE-2021-42574)
_HOSTILE = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"

_PLAIN = {
    "…": "...", "·": "-", "–": "-", "—": "-", "−": "-", "“": '"', "”": '"', "«": '"', "»": '"', "‘": "'",
    "’": "'", "›": ">", "‹": "<", "→": "->", "←": "<-", "×": "x", "÷": "/", "≤": "<=", "≥": ">=", "≈": "~",
    "±": "+-", "∞": "inf", "✓": "ok", "✗": "x", "●": "*", "○": "o", "┄": "-", "─": "-", "│": "|", "━": "=",
    "°": "deg", "²": "^2", "√": "sqrt", "∂": "d", "σ": "sigma", "χ": "chi", "ρ": "rho", "φ": "phi",
    "‖": "||", "¿": "?", "¡": "!", "ñ": "n", "Ñ": "N", "•": "-", "³": "^3",
}  # fmt: skip


class Look(Value):
    """How a screen is drawn: columns, the encoding its characters must fit, how fine pictures can be."""

    width: int = 80
    encoding: str = "utf-8"
    level: Level = "braille"
    colour: bool = False

    @property
    def prose(self) -> int:
        """Columns of running text."""
        return min(self.width, PROSE)

    @property
    def narrow(self) -> bool:
        """Whether tables no longer fit side by side."""
        return self.width < 56

    def plain(self, text: str) -> str:
        """`text` with nothing hidden in it and nothing that the encoding lacks.

        Control characters and escape sequences are spelt out (`\\x1b`); bytes that were no UTF-8 are too.
        """
        text = text.replace("\r\n", "\n").replace("\t", "    ")
        if not text.replace(
            "\n", ""
        ).isprintable():  # nearly every text is, and the pattern takes time to make
            text = re.sub(_HOSTILE, _spelt, text)
        if self.encoding == "utf-8":
            return text
        return "".join(self._fitted(char) for char in text)

    def text(self, text: str, style: str = "") -> Text:
        """`plain` text with a style; never read as markup."""
        from rich.text import Text  # for pictures and chapters

        return Text(self.plain(text), style=style)

    def _fitted(self, char: str) -> str:
        try:
            char.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return _PLAIN.get(char) or _bare(char)
        return char


def _spelt(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte kept by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _bare(char: str) -> str:
    """The letter without its accent, else a question mark."""
    import unicodedata  # where the encoding lacks a letter

    base = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return base or "?"
