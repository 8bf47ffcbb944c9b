"""Any value in JSON's terms. A number that is not finite is a string; texts are in the language in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from lynx.content.words import Worded
from lynx.truth.measures import to_json_number
from lynx.view.language import text_of

Json = dict[str, Any]


def plain(value: Any) -> Any:
    """Any value in JSON's terms: enums by value, paths as text, `{en, es}` texts by language."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return to_json_number(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        if isinstance(value, Worded):
            return text_of(value)
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [plain(item) for item in value]
    return str(value)


def json_object(value: Any) -> Json:
    """A value as one JSON object; what is none stands under `value`."""
    found = plain(value)
    return found if isinstance(found, dict) else {"value": found}
