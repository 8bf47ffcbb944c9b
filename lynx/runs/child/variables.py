"""Which environment variables a job asked for: its result depends on them as on the files that it read."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "env:"  # before a variable's name in a manifest, where files have their paths
# What a shell or a terminal sets anew at every turn; no training means these, and listing all asks for them.
PASSING = frozenset(("PWD", "OLDPWD", "SHLVL", "_", "TERM", "COLUMNS", "LINES"))


def watch(manifest: dict[str, str]) -> None:
    """From now on note in `manifest` every variable asked for, as it was when the job began.

    `os.environ` is a mapping written in Python; what C code reads by `getenv` is not heard.
    """
    first = dict(os.environ)
    kind: type[os._Environ[str]] = type(os.environ)

    class Heard(kind):  # type: ignore[misc,valid-type]
        def __getitem__(self, name: str) -> str:
            if isinstance(name, str) and name not in PASSING:
                manifest.setdefault(PREFIX + name, digest_of(name, first))
            value: str = super().__getitem__(name)
            return value

        def __iter__(self) -> Iterator[str]:
            for name in first:
                if name not in PASSING:
                    manifest.setdefault(PREFIX + name, digest_of(name, first))
            names: Iterator[str] = super().__iter__()
            return names

    os.environ.__class__ = Heard


def digest_of(name: str, environ: Mapping[str, str]) -> str:
    """A variable's value as a manifest holds it: hashed, for it may be a secret; "absent" when there is none."""
    value = environ.get(name)
    return "absent" if value is None else hashlib.sha256(os.fsencode(value)).hexdigest()
