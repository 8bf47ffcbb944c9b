"""A break that was read and found sound before is not read again: it is kept by the hash of all that it was made from.

What is kept is JSON under its own hash (`store.private`), and values of the classes below are made from it; nothing in
it is run. Another Lynx, a changed file, a link in the folder, a file that cannot be read: the break is read anew.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx import __version__
from lynx.content import spec
from lynx.content.reading import kept
from lynx.content.spec import Break
from lynx.content.words import Worded
from lynx.store import hashed, private
from lynx.truth import claims, measures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lynx.content.reading.kept import Kept

KIND = "breaks"
CLASSES = {
    name: kind
    for room in (spec, claims, measures)
    for name, kind in vars(room).items()
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or hasattr(kind, "__members__"))
}
APART = ("text", "kept")  # bytes that are at hand whenever the rest is asked for
SOURCES = ("content", "content/reading", "content/reading/checks", "truth", "runs/experiments")


def read_break(
    folder: Path, environ: Mapping[str, str], *, pack: str = "lynx", data: bytes | None = None
) -> Break:
    """As `reading.breaks.load_break`, without YAML and schemas where the same was read before. Raises BadSpec."""
    held = kept.gather(folder) if data is None else kept.unpacked(data)
    names = "" if data is not None else _names(folder)
    if held.unreadable or names is None:
        return _read(folder, pack, data, held)
    bundle = held.packed()
    told = [hashed.sha256(bundle).hexdigest(), str(folder), pack, names, data is None, _maker()]
    place = private.place(environ, KIND, repr(told))
    try:
        found = decoded(private.read(place))
        if isinstance(found, dict):
            return Break(**found, text=held.spec, kept=bundle)
    except (TypeError, ValueError, KeyError, IndexError, RecursionError):
        pass  # it is not what `encoded` made
    break_ = _read(folder, pack, data, held)
    if break_.kept == bundle:  # one that an older Lynx journalled was brought over
        fields = {f.name: getattr(break_, f.name) for f in dataclasses.fields(break_) if f.name not in APART}
        with contextlib.suppress(TypeError):  # a value of a kind that has no form here
            private.keep(place, encoded(fields))
    return break_


def _read(folder: Path, pack: str, data: bytes | None, held: Kept) -> Break:
    from lynx.content.reading.breaks import load_break  # pydantic and yaml, half a second

    return load_break(folder, pack=pack, data=data, held=held)


def _names(folder: Path) -> str | None:
    """Every name below a break's folder; None where one is a link, for what it leads to is not looked at here."""
    found = []
    for here, below, names in os.walk(folder):
        paths = [Path(here, name) for name in (*below, *names)]
        if any(path.is_symlink() for path in paths):
            return None
        found += [path.relative_to(folder).as_posix() for path in paths]
    return "\0".join(sorted(found))


def _maker() -> list[object]:
    """The Lynx that read it: its version, and the state of each file that has a say in it."""
    return [__version__, *_states(Path(__file__).parents[2])]


def _states(top: Path) -> Iterator[tuple[str, int, int]]:
    for room in SOURCES:
        with os.scandir(top / room) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    yield f"{room}/{entry.name}", status.st_size, status.st_mtime_ns


def encoded(value: Any) -> Any:
    """A value as JSON: what JSON has not is a list that begins with its kind. TypeError for what has no form."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is dict or kind is Worded:
        pairs = [[encoded(key), encoded(held)] for key, held in value.items()]
        return ["dict" if kind is dict else "words", *pairs]
    if kind in (list, tuple):
        return [kind.__name__, *map(encoded, value)]
    if isinstance(value, Path):
        return ["path", str(value)]
    if CLASSES.get(kind.__name__) is not kind:
        raise TypeError(kind)
    if dataclasses.is_dataclass(value):
        return [kind.__name__, *(encoded(getattr(value, field.name)) for field in dataclasses.fields(kind))]
    return [kind.__name__, value.value]


def decoded(value: Any) -> Any:
    """What `encoded` made a value from. Raises ValueError, TypeError, KeyError or IndexError for anything else."""
    if not isinstance(value, list):
        return value
    kind, *held = value
    if kind in ("dict", "words"):
        pairs = ((decoded(key), decoded(one)) for key, one in held)
        return dict(pairs) if kind == "dict" else Worded(pairs)
    if kind in ("list", "tuple"):
        parts = map(decoded, held)
        return list(parts) if kind == "list" else tuple(parts)
    return Path(held[0]) if kind == "path" else CLASSES[kind](*map(decoded, held))
