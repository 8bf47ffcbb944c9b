"""A small real repository with a target, and the verbs of the loop over it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from lynx.repo import inject, patch, workspace
from lynx.store.journal import Attempt, Journal

TARGET = "src/model/blocks.py"
ORIGINAL = b'''\
"""Blocks."""


class Plain:
    def forward(self, x):
        h = self.fc(x)
        return h


class ResidualBlock:
    def forward(self, x):
        h = self.fc(self.norm(x))
        return x + h
'''
DIFF = "@@\n         h = self.fc(self.norm(x))\n-        return x + h\n+        return h\n"
WITHIN = "ResidualBlock.forward"
BROKEN = ORIGINAL.replace(b"return x + h", b"return h")


def set_identity(home: Path) -> None:
    """A user.name in a private home."""
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ana Test\n\temail = ana@example.org\n[init]\n\tdefaultBranch = main\n"
        '[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n'
    )


def git(cwd: Path, *arguments: str, check: bool = True) -> str:
    """Run git as the learner would."""
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout


def fill(top: Path, target: str = TARGET, data: bytes = ORIGINAL) -> None:
    """The files of the repository, not yet committed."""
    for name, text in ((target, data), ("src/model/other.py", ORIGINAL), ("README.md", b"read me\n")):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(text)


def make(top: Path, *init: str, target: str = TARGET, data: bytes = ORIGINAL) -> Path:
    """A repository with one commit."""
    top.mkdir(parents=True)
    git(top, "init", "-q", *init)
    fill(top, target, data)
    git(top, "add", "-A")
    git(top, "commit", "-qm", "start")
    return top


class Planted:
    """A workspace with its journal open, the target chosen."""

    def __init__(self, top: Path, target: str = TARGET) -> None:
        self.target = target
        self.space = workspace.adopt(top, "ana")
        self.top = self.space.top
        self.journal = Journal.open(self.space.state_dir)

    def __enter__(self) -> Planted:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()

    @property
    def path(self) -> Path:
        return self.top / self.target

    @property
    def now(self) -> bytes:
        return self.path.read_bytes()

    def start(self, original: bytes, broken: bytes) -> Attempt:
        """An attempt in the journal, the bug not yet in."""
        return self.journal.start(
            break_id="00",
            stage="predicting",
            blind=0,
            target=self.target,
            original=self.journal.put(original),
            broken=self.journal.put(broken),
            spec="",
            folder="",
            pack="lynx",
            notes="",
            heading="",
            card={},
        )

    def break_in(self, disk: inject.Disk = inject.DISK) -> Attempt:
        """What `lynx break` does to the repository, in its order."""
        with inject.lock(self.space):
            inject.recover(self.space, self.journal, disk=disk)
            inject.check_target(self.space, self.target)
            original = self.now
            patched = patch.apply(original, DIFF, within=WITHIN, target=self.target)
            attempt = self.start(original, patched.data)
            try:
                inject.swap(
                    self.space, self.journal, attempt.id, self.target, original, patched.data, disk=disk
                )
            except BaseException:
                if not self.journal.injected(attempt.id):
                    self.journal.forget(attempt.id)
                raise
            return attempt

    def reset(self, *, recreate: bool = False, disk: inject.Disk = inject.DISK) -> inject.Restored:
        """What `lynx reset` does to the repository."""
        attempt = self.journal.active()
        assert attempt is not None
        restored = inject.restore(self.space, self.journal, attempt, recreate=recreate, disk=disk)
        self.journal.update(attempt.id, active=0)
        return restored


def snapshot(top: Path, *ignored: str) -> dict[str, object]:
    """What Lynx must not touch: bytes, mode, times, inode and owner of each file, git's own too."""
    found: dict[str, object] = {}
    for folder, folders, files in os.walk(top):
        here = Path(folder)
        folders[:] = [n for n in folders if not (here.name == ".git" and n == "lynx") and n != "__pycache__"]
        if "commondir" in files or here.name == ".git":
            folders[:] = [n for n in folders if n != "lynx"]
        for name in [*files, *[n for n in folders if (here / n).is_symlink()]]:
            path = here / name
            relative = path.relative_to(top).as_posix()
            if relative in ignored:
                continue
            status = path.lstat()
            plain = path.is_file() and not path.is_symlink() and os.access(path, os.R_OK)
            data = path.read_bytes() if plain else None
            found[relative] = (data, status.st_mode, status.st_mtime_ns, status.st_ino, status.st_uid)
    return found


def strays(top: Path) -> list[str]:
    """Files of Lynx's own making that lie about in the working tree."""
    return [path.name for path in top.rglob(".lynx-*") if ".git" not in path.parts]
