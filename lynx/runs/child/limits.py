"""What a worker may use, and how it ends when its parent does. Unix; standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies (Linux); exit at once when it already has."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Make this process the parent of whatever its workers leave behind (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def limit_memory(extra: int) -> None:
    """Let this process grow by `extra` bytes beyond what it has now.

    Address space, as the kernel counts it, already holds what the preloaded libraries mapped, which for
    torch is some gigabytes: the limit starts from there. macOS does not enforce it.
    """
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mapped = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        mapped = pages * resource.getpagesize()
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = mapped + extra if hard == resource.RLIM_INFINITY else min(mapped + extra, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def allow_descriptors(wanted: int = 1024) -> None:
    """Raise the soft limit on open files to `wanted`, as far as the hard one lets us."""
    with contextlib.suppress(ValueError, OSError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def limit_processor_time(seconds: float) -> None:
    """Have the kernel end this process somewhat beyond `seconds`: the supervisor, who counts the group, was late."""
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        limit = int(seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def processor_seconds() -> dict[int, float]:
    """Processor time by session, living processes and the children they waited for; {} where there is no /proc."""
    tick = os.sysconf("SC_CLK_TCK")
    found: dict[int, float] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = entry.read_text(errors="replace").rpartition(")")[2].split()
            session = int(fields[3])
            found[session] = found.get(session, 0.0) + sum(map(int, fields[11:15])) / tick
    return found


def killed_for_memory() -> int:
    """How many processes this system has killed because memory ran out (Linux)."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def kill_group(pid: int) -> None:
    """Kill a worker and everything in its group; the worker alone while it has no group of its own yet."""
    if not kill_rest(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def kill_rest(pid: int) -> bool:
    """Kill what is left of a group, its leader perhaps gone; whether there was any."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def kill_orphans() -> None:
    """Kill every child of this process until there is none; `adopt_orphans` brought them here."""
    for _ in range(100):
        children = _children()
        if not children:
            return
        for pid in children:
            kill_group(pid)
        with contextlib.suppress(ChildProcessError):
            for pid in children:
                os.waitpid(pid, 0)


def _children() -> list[int]:
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _prctl(option: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
