"""Finished runs, kept by the hash of everything they depend on.

A key names what is known beforehand. What a job opened is known only afterwards, so each entry carries a
manifest (path -> hash) that the caller checks before the entry is used; a key may hold a few entries.
Losing the cache costs time only: whatever is odd about an entry, it is dropped.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from array import array
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lynx.store import hashed
from lynx.store.files import write_whole
from lynx.truth.measures import Ended, Run, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FORMAT = b"lynx-run 2\n"
FACTS = ("reached", "of", "detail", "processor", "delivered", "log")  # of a run, kept with its series
ENTRIES = 4  # per key: versions of the files that its job reads
LARGEST_ENTRY = 512 << 20  # bytes, decompressed


class Cache:
    """A folder of finished runs, bounded to `limit` bytes: the oldest used go first."""

    def __init__(self, folder: Path, limit: int = 200 << 20) -> None:
        self._folder = folder
        self._limit = limit

    def find(self, key: str, unchanged: Callable[[Mapping[str, str]], bool]) -> Run | None:
        """The run kept under `key` whose manifest is `unchanged`, marked as cached; None if there is none."""
        for path in sorted(self._folder.glob(f"{key}-*.run")):
            try:
                manifest, run = _decode(path.read_bytes())
            except (ValueError, KeyError, TypeError, OSError, zlib.error):
                with contextlib.suppress(OSError):
                    path.unlink()
                continue
            if unchanged(manifest):
                with contextlib.suppress(OSError):
                    os.utime(path)  # it was of use: it goes last
                return replace(run, cached=True)
        return None

    def keep(self, key: str, manifest: Mapping[str, str], run: Run) -> None:
        """Keep a finished run. ValueError for one that did not finish, or shows nothing; a full disk is no error."""
        if run.ended is not Ended.FINISHED or run.invalid is not None:
            raise ValueError(f"a run that {run.invalid or run.ended} is not worth keeping")
        name = hashed.sha256(json.dumps(sorted(manifest.items())).encode()).hexdigest()[:16]
        with contextlib.suppress(OSError):
            write_whole(self._folder / f"{key}-{name}.run", _encode(manifest, run), mode=0o600)
        self._evict(key)

    def _evict(self, key: str) -> None:
        """Hold the bounds: entries of this key, then bytes in all. Another process may be at it too."""
        entries = []
        for path in self._folder.glob("*.run"):
            with contextlib.suppress(OSError):
                status = path.stat()
                entries.append((status.st_mtime_ns, status.st_size, path))
        entries.sort(key=lambda entry: entry[0])
        of_key = [path for _, _, path in entries if path.name.startswith(f"{key}-")]
        doomed = set(of_key[:-ENTRIES])
        total = sum(size for _, size, path in entries if path not in doomed)
        for _, size, path in entries:
            if total <= self._limit:
                break
            if path not in doomed:
                doomed.add(path)
                total -= size
        for path in doomed:
            with contextlib.suppress(OSError):
                path.unlink()


def _encode(manifest: Mapping[str, str], run: Run) -> bytes:
    """Format line, SHA-256 of the rest, compressed JSON; numbers as base64 of doubles, so NaN survives."""
    value: dict[str, Any] = {
        "manifest": dict(manifest),
        "variant": run.variant,
        "seed": run.seed,
        "seconds": run.seconds,
        "log_tail": run.log_tail,
        "facts": {name: getattr(run, name) for name in FACTS},
        "series": {
            name: [list(one.layers), list(one.points), [_pack(values) for values in one.points.values()]]
            for name, one in run.series.items()
        },
    }
    body = zlib.compress(json.dumps(value).encode(), 1)
    return FORMAT + hashed.sha256(body).digest() + body


def _decode(data: bytes) -> tuple[dict[str, str], Run]:
    """What `_encode` wrote. ValueError for anything else."""
    digest, body = data[len(FORMAT) : len(FORMAT) + 32], data[len(FORMAT) + 32 :]
    if not data.startswith(FORMAT) or hashed.sha256(body).digest() != digest:
        raise ValueError("not an entry of this cache")
    value = json.loads(zlib.decompressobj().decompress(body, LARGEST_ENTRY))
    series = {
        name: Series(tuple(layers), {step: _unpack(text) for step, text in zip(steps, texts, strict=True)})
        for name, (layers, steps, texts) in value["series"].items()
    }
    run = Run(value["variant"], value["seed"], Ended.FINISHED, series, value["seconds"], value["log_tail"])
    facts = {name: value["facts"][name] for name in FACTS}
    return value["manifest"], replace(run, **facts, opened=tuple(value["manifest"]))


def _pack(values: tuple[float, ...]) -> str:
    return b64encode(array("d", values).tobytes()).decode("ascii")


def _unpack(text: str) -> tuple[float, ...]:
    numbers = array("d")
    numbers.frombytes(b64decode(text, validate=True))
    return tuple(numbers)
