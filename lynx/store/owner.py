"""Whose state this is: whether what lies under the git directory was made by this user, with this user's key.

`owner` holds a random number and its HMAC by a key that lies among the user's own files. A folder that comes from
an archive, a share or another machine cannot have the right one, whatever else it says of itself.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from typing import TYPE_CHECKING

from lynx.store import files, hashed

if TYPE_CHECKING:
    from pathlib import Path

FILE = "owner"
KEY = "owner.key"
PURPOSE = b"lynx workspace 1\0"


def owned(state_dir: Path, home: Path) -> bool:
    """Whether this user claimed the state; False without a word for anything odd. Two small files are read."""
    try:
        said = json.loads(_small(state_dir / FILE))
        return hashed.same(_mac(_small(home / KEY), str(said["id"])), str(said["mac"]))
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO):
            raise  # not to be known now, which is something else
        return False
    except (ValueError, KeyError, TypeError):
        return False


def named(state_dir: Path) -> bool:
    """Whether anybody ever claimed it."""
    return os.path.lexists(state_dir / FILE)


def claim(state_dir: Path, home: Path) -> None:
    """Make the state this user's. Raises OSError."""
    name = os.urandom(16).hex()
    said = {"id": name, "mac": _mac(key(home), name)}
    state_dir.mkdir(parents=True, exist_ok=True)
    files.write(state_dir / FILE, json.dumps(said).encode() + b"\n")


def _mac(secret: bytes, name: str) -> str:
    if len(secret) < 32:
        raise ValueError("no key")
    return hashed.mac(secret, PURPOSE + name.encode()).hex()


def key(home: Path) -> bytes:
    """The user's key, made on the first use; for nobody else's eyes. Raises OSError."""
    path = home / KEY
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        found = _small(path)
        if len(found) >= 32:
            return found
    except FileNotFoundError:
        pass
    made = os.urandom(32).hex().encode()
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:  # emptied, or made by another Lynx at this moment
        if len(_small(path)) < 32:
            files.write(path, made, mode=0o600)
        return _small(path)
    with os.fdopen(fd, "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(fd)
    files.sync(home)
    return _small(path)


def _small(path: Path) -> bytes:
    """A small plain file's bytes. Raises OSError for anything else; a FIFO does not block it."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(f"{path} is no plain file")
        return os.read(fd, 4096)
    finally:
        os.close(fd)
