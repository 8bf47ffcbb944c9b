"""What an experiment was given and cannot work with, told by the experiment itself before it trains."""

from __future__ import annotations

from typing import Any


class Unusable(Exception):
    """One argument's value, by code (`lynx/runs/endings.py` has the words): the caller's to change, nobody's bug."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.code, self.fields = code, fields

    def as_report(self) -> dict[str, Any]:
        """For the process that asked."""
        return {"code": self.code, "fields": self.fields}
