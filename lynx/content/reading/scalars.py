"""What YAML 1.1 makes of an unquoted word, and where that is not what it looks like."""

from __future__ import annotations

from typing import Any

from lynx.errors import N_


class Trap(Exception):
    """A word that YAML reads otherwise than it looks; `read` is what it would become."""

    def __init__(self, read: str) -> None:
        self.read = read
        super().__init__(read)


def value_of(kind: str, text: str) -> Any:
    """What YAML 1.1 makes of an unquoted word, except where that would surprise: then Trap."""
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("yes", "true", "on")
    digits = text.replace("_", "").lower()
    if kind in ("int", "float") and len(digits) > 40:
        raise Trap(N_("a number of more than 40 digits"))
    if kind in ("int", "float") and ":" in text:
        total = 0.0
        for part in digits.lstrip("+-").split(":"):
            total = total * 60 + float(part)
        raise Trap(f"{total:g}")  # 12:30 is 12 × 60 + 30 in YAML 1.1
    if kind == "int":
        bare = digits.lstrip("+-")
        if len(bare) > 1 and bare.startswith("0") and bare.isdigit():
            raise Trap(str(int(bare, 8) if set(bare) <= set("01234567") else bare))  # 010 is 8
        number = int(digits, 0)
        if abs(number) >= 1 << 63:
            raise Trap(N_("a number past 63 bits"))
        return number
    if kind == "float":
        if digits.endswith((".inf", ".nan")):
            return float(digits.replace(".", ""))
        value = float(digits)
        if value in (float("inf"), float("-inf")):
            raise Trap(N_("infinity"))
        return value
    return text  # dates too: nothing in a break is a date
