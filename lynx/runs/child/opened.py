# Called for every open: plain strings, and no opens of its own.
# ruff: noqa: PTH116, PTH119, PTH118, PTH109, PTH206, PTH112, PTH208, PTH113, PTH123
"""What a job read and started: one audit hook notes files with their hashes, ways past the overlay, processes."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from lynx.runs.child import serving, variables
from lynx.runs.child.serving import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ABSENT = "absent"
SKIPPED = frozenset(("__pycache__", ".git"))
SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib", "/System/", "/Library/")
UNKNOWABLE = ("/proc/", "/sys/", "/dev/")
PACKAGES = frozenset(("site-packages", "dist-packages"))
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PROCESSES = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "pty.spawn"))
_FORKS = frozenset(("os.fork", "os.forkpty"))
_REPLACING = frozenset(("os.remove", "os.rename", "os.truncate", "os.chmod"))
_FILES = frozenset(("open", "os.listdir", "os.scandir"))
_HEARD = _FILES | _PROCESSES | _FORKS | _REPLACING | {"sqlite3.connect"}
_RUNS_PYTHON = re.compile(
    r"(?:^|[\s/;&|(])(?:python|pypy|pytest|torchrun|accelerate|jupyter|ipython)[\d.]*\b"
)


class Opened:
    """Files read and folders listed below `roots`, without those below `installed` (known by version).

    `target` is the real path of the file that variants replace: opened past the trampolines, it is noted in
    `delivery`; in a `private` view, where the file itself is the variant, such an open is how it is delivered.
    A program reads its data from anywhere, an experiment may: that is noted too, but for the system's own. Of
    what is installed, files that this job was the first to load are noted by size and time. `whole`: all of it
    is noted, the system's too, and what cannot be known (a device, a connection, what it writes itself) counts as
    a process does.
    """

    def __init__(
        self,
        roots: Iterable[str],
        installed: Iterable[str],
        target: str = "",
        delivery: Delivery | None = None,
        private: bool = False,
        whole: bool = False,
    ) -> None:
        # Under both names: a data folder inside may be a link to the outside, and `top` may be a link itself.
        self._roots = tuple(
            name(root).rstrip(os.sep) + os.sep
            for root in roots
            for name in (os.path.abspath, os.path.realpath)
        )
        self._installed = tuple(os.path.realpath(folder) + os.sep for folder in installed)
        self._target, self._delivery, self._private, self._whole = target, delivery, private, whole
        self._busy = False
        self._watching = True
        self.written: set[str] = set()
        self.manifest: dict[str, str] = {}

    def watch(self) -> None:
        """Start to listen. An audit hook cannot be taken away again: `stop` makes it deaf."""
        self._loaded = frozenset(sys.modules)  # numpy, torch: known by version
        variables.watch(self.manifest)
        sys.addaudithook(self._hook())
        if self._delivery is not None:
            self._listen_to_spawns()

    def stop(self) -> None:
        """Listen no more."""
        self._watching = False
        for name in [name for name in sys.modules if name not in self._loaded]:
            file = getattr(sys.modules[name], "__file__", None)
            if isinstance(file, str) and PACKAGES.intersection(file.split(os.sep)):
                self.manifest.setdefault(file, state(file))

    def _hook(self) -> Callable[[str, tuple[Any, ...]], None]:
        """What is called for every `id()`, too, of which an engine has millions: it passes on what is heard."""
        heard, hear, whole = _HEARD, self._hear, self._whole

        def hook(event: str, args: tuple[Any, ...]) -> None:
            if event in heard or (whole and event.startswith("socket.")):
                hear(event, args)

        return hook

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._watching or self._busy or serving.is_quiet():
            return
        if event in _FILES:
            self._file(event, args)
        elif self._delivery is None:
            return
        elif event in _PROCESSES:
            self._process(event, args)
        elif event in _FORKS or (self._whole and event.startswith("socket.") and event != "socket.__new__"):
            self._delivery.note(Delivery.FORKED)
        elif event == "sqlite3.connect":
            self._database(args[0])
        elif event in _REPLACING and not self._private and any(map(self._is_target, args[:2])):
            raise PermissionError(1, "a run may not replace the learner's own file", self._target)

    def _listen_to_spawns(self) -> None:
        """`multiprocessing` starts an interpreter without an audit event."""
        import _posixsubprocess

        real = _posixsubprocess.fork_exec

        def fork_exec(arguments: Any, *rest: Any) -> int:
            self._hear("subprocess.Popen", (None, arguments))
            return real(arguments, *rest)

        _posixsubprocess.fork_exec = fork_exec

    # --- files --------------------------------------------------------------------------------

    def _file(self, event: str, args: tuple[Any, ...]) -> None:
        path = args[0]
        if not isinstance(path, (str, bytes)):
            return  # a descriptor that is open already
        self._busy = True  # hashing opens the file itself
        try:
            if event == "open" and self._is_target(path):
                self._past("open", reads=not _writes(args) or "+" in str(args[1]))
            else:
                self._note(os.fsdecode(path) or ".", event, args)
        except (OSError, ValueError):
            return  # the program's own open is about to fail in the same way
        finally:
            self._busy = False

    def _is_target(self, path: object) -> bool:
        if not self._target or not isinstance(path, (str, bytes)):
            return False
        try:
            return serving.is_same(os.fsdecode(path), self._target)
        except (OSError, ValueError):
            return False

    def _past(self, how: str, reads: bool = True) -> None:
        """The target, opened by something that the trampolines did not see."""
        if self._delivery is None:
            return
        if not self._private:
            self._delivery.note(Delivery.PAST, how)
        elif reads:
            self._delivery.note(Delivery.READ)

    def _note(self, path: str, event: str, args: tuple[Any, ...]) -> None:
        full = os.path.normpath(os.path.join(os.getcwd(), path))
        names = (full + os.sep, os.path.realpath(full) + os.sep)
        if self._whole:
            self._note_whole(full, names[1], writes=event == "open" and _writes(args))
            return
        parts = SKIPPED.intersection(full.split(os.sep))
        if parts or (full.startswith(SYSTEM) and not any(name.startswith(self._roots) for name in names)):
            return
        if PACKAGES.intersection(names[1].split(os.sep)):
            if event == "open" and not _writes(args) and not full.endswith((".py", ".pyc", ".pth")):
                self.manifest.setdefault(full, state(full))
            return
        if any(name.startswith(self._installed) for name in names):
            return
        if event == "open" and _writes(args):
            self.written.add(full)
        elif full not in self.manifest and full not in self.written:
            self.manifest[full] = fingerprint(full)

    def _note_whole(self, full: str, real: str, writes: bool) -> None:
        if real.startswith(self._installed) or full == os.devnull:  # the room, where what is served lies
            return
        if writes or real.startswith(UNKNOWABLE):
            if self._delivery is not None:
                self._delivery.note(Delivery.FORKED)
        elif full not in self.manifest:
            own = real.startswith(self._roots) or (full + os.sep).startswith(self._roots)
            self.manifest[full] = fingerprint(full) if own else state(full)

    def _database(self, path: object) -> None:
        """A database is opened below Python's own `open`: its file, and what is not yet written into it."""
        if self._is_target(path):
            self._past("sqlite3.connect")
        elif isinstance(path, (str, bytes)) and os.fsdecode(path) not in ("", ":memory:"):
            for end in ("", "-wal"):
                self._file("open", (os.fsdecode(path) + end, "rb", 0))

    # --- processes ----------------------------------------------------------------------------

    def _process(self, event: str, args: tuple[Any, ...]) -> None:
        words = _words(event, args)
        if self._delivery is None or "multiprocessing.resource_tracker" in " ".join(words):
            return  # the standard library's own helper: it runs nobody's code
        self._delivery.note(Delivery.FORKED)
        if not self._private and self._matters(words):
            self._delivery.note(Delivery.STARTED, " ".join(words))

    def _matters(self, words: Sequence[str]) -> bool:
        """Whether a process may read the target: it runs a Python, or a file of the learner's, or names it.

        `uname` and `git rev-parse`, which libraries ask, do not.
        """
        text = " ".join(words)
        if _RUNS_PYTHON.search(text) or sys.executable in words or os.path.basename(self._target) in text:
            return True
        paths = (os.path.join(os.getcwd(), word) for word in text.split())
        return any(os.path.isfile(path) and path.startswith(self._roots) for path in paths)


def _words(event: str, args: tuple[Any, ...]) -> list[str]:
    """The command of a process event as words."""
    program, rest = args[0], (args[1] if len(args) > 1 and event != "os.system" else ())
    if isinstance(rest, (str, bytes)):
        rest = [rest]
    found = [] if program is None else [program]
    found += [word for word in (rest or ()) if isinstance(word, (str, bytes, os.PathLike))]
    words = [os.fsdecode(word) for word in found if isinstance(word, (str, bytes, os.PathLike))]
    return words[1:] if len(words) > 1 and words[0] == words[1] else words


def _writes(args: tuple[Any, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)


STATE = "state:"  # before what `state` gives


def state(path: str) -> str:
    """A file by size and time of change, which tell an edit of what is installed without reading all of it."""
    try:
        found = os.stat(path)
    except OSError:
        return ABSENT
    return f"{STATE}{found.st_size}:{found.st_mtime_ns}"


def is_unchanged(name: str, digest: str, environ: Mapping[str, str]) -> bool:
    """Whether an entry of a manifest (a file, a folder, a variable) is still what it was."""
    if name.startswith(variables.PREFIX):
        return variables.digest_of(name[len(variables.PREFIX) :], environ) == digest
    return (state(name) if digest.startswith(STATE) else fingerprint(name)) == digest


def fingerprint(path: str) -> str:
    """The hash of a file's bytes or of a folder's names; ABSENT when there is neither."""
    digest = hashlib.sha256()
    try:
        if os.path.isdir(path):
            names = sorted(set(os.listdir(path)) - SKIPPED)
            digest.update(b"folder\0" + "\0".join(names).encode("utf-8", "surrogateescape"))
        elif os.path.isfile(path):
            with open(path, "rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        else:
            return ABSENT
    except OSError:
        return ABSENT
    return digest.hexdigest()
