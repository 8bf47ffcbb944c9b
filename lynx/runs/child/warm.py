"""An interpreter that stays up: it has imported what jobs need, and each supervisor is a fork of it.

It holds nothing that a candidate might want to know, and forks before any order comes. Linux alone; standard
library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from typing import Any, NoReturn

from lynx.runs.child import preload, sealed, supervisor

LARGEST = 64  # bytes of a request: what it says lies in a file whose descriptor comes along


def main(fd: int, torch: bool) -> NoReturn:
    """Fork a supervisor for each request, until nobody is left who could ask; its supervisors end first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sealed.close_memory()
    door = socket.socket(fileno=fd)
    preload.load(torch, training=True)
    supervisor.versions()
    took = time.process_time()
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        asked, fds, _, _ = socket.recv_fds(door, LARGEST, 4)
        if not asked:
            break
        if os.fork() == 0:
            door.close()
            _serve(took, *fds)
        for one in fds:
            os.close(one)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)


def _reap(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _serve(took: float, orders: int, out_fd: int, errors: int, request: int) -> NoReturn:
    """Become what a fresh interpreter would be: its folder, its variables, its streams; then the supervisor."""
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sealed.open_memory()
        with os.fdopen(request, "rb") as file:
            told: dict[str, Any] = json.load(file)
        for fd, standard in ((orders, 0), (errors, 1), (errors, 2)):
            os.dup2(fd, standard)
        os.close(orders)
        os.close(errors)
        os.chdir(told["cwd"])
        os.environ.clear()
        os.environ.update(told["environ"])
        supervisor.main(out_fd, views=told["views"], took=took)
    finally:
        os._exit(1)
