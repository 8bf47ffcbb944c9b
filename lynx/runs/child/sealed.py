"""What a candidate under examination may not reach: the memory and descriptors of those who judge it.

Linux guards a process's memory, descriptors and system calls (`/proc/<pid>/mem`, `/proc/<pid>/fd`, `ptrace`,
`process_vm_readv`, `pidfd_getfd`) by one question: is it dumpable, or does the asker hold CAP_SYS_PTRACE? So who
judges is not dumpable, and the candidate never holds that capability, not as root, and not from a program that
it starts. Elsewhere only descriptors are closed. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
# Each opens another process's memory, or the kernel's, which holds it.
_CAPABILITIES = {
    "SYS_MODULE": 16,
    "SYS_RAWIO": 17,
    "SYS_PTRACE": 19,
    "SYS_ADMIN": 21,
    "MKNOD": 27,
    "PERFMON": 38,
    "BPF": 39,
    "CHECKPOINT_RESTORE": 40,
}


def close_memory() -> None:
    """Let no other process look into this one, or into those it forks until they `open_memory`."""
    _prctl(_PR_SET_DUMPABLE, 0)


def open_memory() -> None:
    """An ordinary process again."""
    _prctl(_PR_SET_DUMPABLE, 1)


_lock, _closed = threading.Lock(), 0  # blocks that are open, in whatever thread


@contextlib.contextmanager
def memory_closed() -> Iterator[None]:
    """`close_memory` for the length of a block, where it was open."""
    global _closed
    with _lock:
        ours = bool(_closed) or _prctl(_PR_GET_DUMPABLE, 0) == 1
        _closed += ours
        close_memory()
    try:
        yield
    finally:
        with _lock:
            _closed -= ours
            if ours and not _closed:
                open_memory()


def seal(kept: Collection[int]) -> None:
    """For good: no descriptor but `kept`, nor a privilege over other processes, for this one and all it starts."""
    close_others(kept)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)  # a setuid program brings none back
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in _CAPABILITIES.values():
        _prctl(_PR_CAPBSET_DROP, capability)
    _drop_capabilities()
    open_memory()


def close_others(kept: Collection[int]) -> None:
    """Close every descriptor but `kept`, inherited ones included."""
    low = 0
    for fd in sorted(kept):
        _close_range(low, fd)
        low = fd + 1
    _close_range(low, None)


def _close_range(low: int, high: int | None) -> None:
    if high is not None:
        if low < high:  # closerange(0, 0) closes everything: it asks the kernel for 0 to -1
            os.closerange(low, high)
        return
    try:
        open_now = [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208 - no object per descriptor
    except (OSError, ValueError):
        open_now = []
    os.closerange(low, max([255, *open_now]) + 1)


def _drop_capabilities() -> None:
    """Take them from what this process may use, hand on and get back (capset(2))."""
    if not sys.platform.startswith("linux"):
        return

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    class Data(ctypes.Structure):
        _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))

    libc: Any = ctypes.CDLL(None, use_errno=True)
    header, data = Header(_CAPABILITY_VERSION_3, 0), (Data * 2)()
    if libc.capget(ctypes.byref(header), data):
        return
    for capability in _CAPABILITIES.values():
        word, mask = data[capability // 32], ~(1 << capability % 32) & 0xFFFFFFFF
        word.effective &= mask
        word.permitted &= mask
        word.inheritable &= mask
    libc.capset(ctypes.byref(header), data)


def _prctl(option: int, value: int) -> int:
    if not sys.platform.startswith("linux"):
        return -1
    with contextlib.suppress(OSError, AttributeError):
        return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))
    return -1
