"""The child of one command: imports the heavy packages once, then one worker process per job.

It never runs the learner's code itself. It passes messages on, keeps the limits, and says how each job
ended. When the parent is gone (its end of descriptor 0 closes), everything is killed.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import re
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

from lynx.runs.child import frames, limits, preload, sealed, view, worker
from lynx.runs.child.log import Log

_REASONS = frozenset(("finished", "crashed", "exited", "out-of-memory", "out-of-descriptors"))
DEPENDS = ("opened", "loaded", "forked", "past", "started", "before")  # what a result depends on
LOOK = 1.0  # seconds between two looks at processor time
_CRASH_SIGNALS = frozenset(
    (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP)
)


def main(out_fd: int, views: bool = False, took: float = 0.0) -> NoReturn:
    """Say hello, take one order, carry it out. Ends by itself, and whatever it started ends with it.

    With `views` the greeting tells which private views there can be here; and the processor time that an
    interpreter `took` to come to where this one was forked from.
    """
    limits.adopt_orphans()
    limits.allow_descriptors()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    room = view.room()
    try:
        greeting = {**versions(), "pid": os.getpid(), "took": took}
        frames.send(
            out_fd, frames.HELLO, {**greeting, "view": view.available(str(room))} if views else greeting
        )
        order = _next_order()
        if order is not None:
            Supervisor(out_fd, order, room).run()
    finally:
        view.sweep(room)
    os._exit(0)


def _next_order() -> dict[str, Any] | None:
    """What the parent wants; None when it went. No frame below keeps the message: candidates inherit frames."""
    message = frames.read_message(0, frames.Reader())
    return None if message is None else json.loads(message[2])


@functools.cache
def versions() -> dict[str, Any]:
    """What results depend on besides code and arguments."""
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, Any] = {"python": sys.version, "platform": f"{sys.platform} {os.uname().machine}"}
    for package in ("numpy", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


class Worker:
    """One running job as the supervisor sees it."""

    def __init__(self, job: int, pid: int, out_fd: int, log_fd: int, log: Log, order: dict[str, Any]) -> None:
        self.job, self.pid, self.out_fd, self.log_fd, self.log = job, pid, out_fd, log_fd, log
        self.role = order["role"]
        self.nonce = order.get("nonce")
        self.whole = bool(order.get("whole"))  # what it depends on is asked for
        self.reader = frames.Reader()
        self.began = time.monotonic()
        self.deadline = self.began + order["wall"]
        self.processor = order["processor"]  # seconds it may compute
        self.cpu = 0.0  # seconds it has
        self.watch: view.Watch | None = None
        self.killed_before = limits.killed_for_memory()
        self.done: dict[str, Any] | None = None
        self.answered = False  # a candidate
        self.stopped = ""  # why we killed it, if we did
        self.note = ""


class Supervisor:
    """Carries out one order: {"mode": "run" or "examine", "jobs": […], …}."""

    def __init__(self, out_fd: int, order: dict[str, Any], room: Path) -> None:
        self.out_fd = out_fd
        self.order = order
        self.room = room
        self.look = min(LOOK, order["common"]["processor"] / 4)
        self.looked = time.monotonic()
        self.waiting = list(enumerate(order["jobs"]))
        self.workers: dict[int, Worker] = {}  # by pid
        self.judge: Worker | None = None
        self.judge_in = -1
        self.questions = b""
        self.select = selectors.DefaultSelector()
        self.select.register(0, selectors.EVENT_READ, ("parent", None))
        woken, self._wake = os.pipe()
        for fd in (woken, self._wake):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake)
        self.select.register(woken, selectors.EVENT_READ, ("child", None))

    def run(self) -> None:
        """Until every job ended or the parent is gone."""
        try:
            self._preload()
            if self.order["mode"] == "examine":
                sealed.close_memory()  # before there is anybody to look in; the judge inherits it
                self._start_judge()
            while self._begin_jobs() or self.workers:
                if not self._turn():
                    return
                if self.judge_in >= 0 and not self.waiting and len(self.workers) <= (self.judge is not None):
                    os.close(self.judge_in)  # no candidate is left: the judge may go
                    self.judge_in = -1
        finally:
            for one in self.workers.values():
                limits.kill_group(one.pid)
            limits.kill_orphans()

    # --- starting -----------------------------------------------------------------------------

    def _preload(self) -> None:
        """Import once what every job needs; a worker that fails to finds out, and says so, itself."""
        if self.order["fork"]:
            torch = preload.wants_torch(self.order["jobs"])
            more = self.order["common"].get("preload", ())
            preload.load(torch, training=self.order["mode"] == "run", more=more)
            gc.freeze()  # what is there now stays: no job's collector goes through it, or writes to its pages

    def _begin_jobs(self) -> bool:
        """Start what may start; whether anything is still to be started."""
        if self.order["mode"] == "examine" and not self.questions:
            return bool(self.waiting) and self.judge is not None
        while self.waiting and len(self.workers) - (self.judge is not None) < self.order["parallel"]:
            number, job = self.waiting.pop(0)
            frames.send(self.out_fd, frames.STARTED, {}, number)
            self._start(number, job, self.questions)
        return bool(self.waiting)

    def _start_judge(self) -> None:
        read_fd, self.judge_in = os.pipe()
        self.judge = self._start(len(self.waiting), self.order["judge"], b"", read_fd)
        os.close(read_fd)

    def _start(self, number: int, job: dict[str, Any], data: bytes, in_fd: int = -1) -> Worker:
        """A process for one job, which reads `data`, or from `in_fd` where that is given.

        `data` comes as a file: a pipe would have us wait for the learner's code to read it.
        """
        order = {**self.order["common"], **job, "in_fd": in_fd}
        if order["role"] != "candidate":
            order["nonce"] = secrets.token_hex(16)
        order["room"] = str(self.room)
        watch = view.Watch() if order.get("view") else None
        out_read, out_write = os.pipe()
        log_read, log_write = os.pipe()
        with tempfile.TemporaryFile() as file:
            if not self.order["fork"]:
                file.write(json.dumps(order).encode() + b"\n")
            file.write(data)
            file.flush()
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            if self.order["fork"]:
                pid = self._fork(order, file.fileno(), out_write, log_write, watch)
            else:
                pid = self._spawn(order, file.fileno(), out_write, log_write)
        os.close(out_write)
        os.close(log_write)
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", order["name"])
        one = Worker(number, pid, out_read, log_read, Log(Path(order["logs"]) / f"{name}.log"), order)
        one.watch = watch
        self.workers[pid] = one
        for fd, what in ((out_read, "out"), (log_read, "log")):
            os.set_blocking(fd, False)
            self.select.register(fd, selectors.EVENT_READ, (what, one))
        return one

    def _fork(
        self, order: dict[str, Any], file_fd: int, out_fd: int, log_fd: int, watch: view.Watch | None
    ) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            in_fd = order["in_fd"] if order["in_fd"] >= 0 else os.dup(file_fd)
            # Keep nothing of the supervisor's: a pipe of another job's, held here, would never end.
            held = [key.fd for key in self.select.get_map().values()]
            for fd in {*held, self.out_fd, self._wake, self.judge_in, file_fd}:
                if fd > 2:
                    with contextlib.suppress(OSError):
                        os.close(fd)
            self.select.close()
            if order["role"] == "candidate":
                self._forget()
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.close(nothing)
            for fd in (1, 2):
                os.dup2(log_fd, fd)
            os.close(log_fd)
            worker.main(order, in_fd, out_fd, parent, watch)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)

    def _forget(self) -> None:
        """In a candidate's process: nothing of the healthy code, of the others, or of who judges them."""
        self.order.clear()
        self.workers.clear()
        self.waiting.clear()
        self.judge, self.questions = None, b""

    def _spawn(self, order: dict[str, Any], file_fd: int, out_fd: int, log_fd: int) -> int:
        """Where a fork after heavy imports is not safe (macOS): a fresh interpreter per job."""
        entry = worker.HERE / "entry.py"
        process = subprocess.Popen(
            [sys.executable, str(entry), "--worker", str(out_fd)],
            stdin=file_fd,
            stdout=log_fd,
            stderr=log_fd,
            pass_fds=[fd for fd in (out_fd, order["in_fd"]) if fd >= 0],
            start_new_session=True,
        )
        process.returncode = 0  # we wait for it ourselves
        return process.pid

    # --- while they run -----------------------------------------------------------------------

    def _turn(self) -> bool:
        """Wait for something and deal with it; False when the parent is gone."""
        now = time.monotonic()
        nearest = min((one.deadline for one in self.workers.values()), default=now + 1)
        for key, _ in self.select.select(max(0.0, min(nearest - now, self.look))):
            what, one = key.data
            if what == "parent":
                if not os.read(0, 1 << 16):
                    return False
            elif what == "child":
                with contextlib.suppress(BlockingIOError):
                    os.read(key.fd, 1 << 12)
            else:
                self._read(key.fd, what, one)
        for one in list(self.workers.values()):
            if time.monotonic() > one.deadline and not one.stopped:
                self._stop(one, "stalled", "")
        if time.monotonic() >= self.looked + self.look:
            self._count()
        self._reap()
        return True

    def _count(self) -> None:
        """Stop who has had their processor time; a machine under load makes a job slow, not wrong."""
        self.looked = time.monotonic()
        spent = limits.processor_seconds()
        for pid, one in self.workers.items():
            one.cpu = max(one.cpu, spent.get(pid, 0.0))
            # The judge waits for candidates, who have limits of their own.
            if one.cpu > one.processor and not one.stopped and one is not self.judge:
                self._stop(one, "timed-out", "")

    def _read(self, fd: int, what: str, one: Worker) -> bool:
        """Take what is there; whether there was something."""
        try:
            data = os.read(fd, 1 << 18)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            with contextlib.suppress(KeyError):
                self.select.unregister(fd)
            return False
        if what == "log":
            if not one.log.write(data) and not one.stopped:
                note = f"It printed more than {one.log.size >> 20} MB, so it was stopped."
                self._stop(one, "printed-too-much", note)
            return True
        try:
            for kind, job, payload in one.reader.feed(data):
                self._message(one, kind, job, payload)
        except (frames.GarbledError, ValueError):
            if not one.stopped:
                self._stop(one, "exited", "Something else was written to the channel it reports on.")
        return True

    def _message(self, one: Worker, kind: bytes, job: int, payload: bytes) -> None:
        if kind == frames.DONE:
            one.done = one.done or own_report(json.loads(payload), one.nonce)
        elif one.role == "candidate":  # it answers, once; nothing else that it says is heard
            if kind == frames.ANSWERS and not one.answered and self.judge is not None and self.judge_in >= 0:
                one.answered = True
                frames.write_all(self.judge_in, frames.pack(kind, one.job, payload))
        elif kind == frames.EVENT and one is not self.judge:
            frames.write_all(self.out_fd, frames.pack(kind, one.job, payload))
        elif kind == frames.QUESTIONS and one is self.judge:
            self.questions = payload
            one.deadline = float("inf")  # from here on it waits for candidates, who have deadlines
        elif kind == frames.VERDICT and one is self.judge:
            frames.write_all(self.out_fd, frames.pack(kind, job, payload))

    def _stop(self, one: Worker, why: str, note: str) -> None:
        one.stopped, one.note = why, note
        limits.kill_group(one.pid)

    def _reap(self) -> None:
        for pid, one in list(self.workers.items()):
            try:
                got, status, used = os.wait4(pid, os.WNOHANG)
                one.cpu = max(one.cpu, used.ru_utime + used.ru_stime)
            except ChildProcessError:
                got, status = pid, 0
            if got:
                limits.kill_rest(pid)  # what it left behind in its session
                self._end(one, status)
        with contextlib.suppress(ChildProcessError):  # orphans that came to us and ended
            while not self.workers and os.waitpid(-1, os.WNOHANG)[0]:
                pass

    def _end(self, one: Worker, status: int) -> None:
        for fd, what in ((one.out_fd, "out"), (one.log_fd, "log")):
            for _ in range(4096):  # a process that escaped may still hold the pipe and write for ever
                if not self._read(fd, what, one):
                    break
            with contextlib.suppress(KeyError):
                self.select.unregister(fd)
            os.close(fd)
        del self.workers[one.pid]
        tail = one.log.close()
        if one.note:
            tail = f"{tail.rstrip()}\n[{one.note}]".lstrip()
        done = one.done or {}
        if one.role == "candidate":  # anybody may have written it there
            depends = {name: done.get(name) for name in DEPENDS} if one.whole else {}
            done = {"why": done.get("why"), "compiles": done.get("compiles") is not False, **depends}
        if done.get("moved"):  # a copy is gone when this is read
            tail = tail.replace(done["moved"], self.order["common"]["top"])
        report = {
            "ended": ending(one, status),
            "detail": signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "",
            "seconds": time.monotonic() - one.began,
            "processor": one.cpu,
            "log_tail": tail,
            "log": one.log.name,
            "compiles": True,
            **{key: value for key, value in done.items() if key not in ("why", "nonce")},
        }
        if one.watch is not None:
            report["read"] = one.watch.heard() or report.get("read", False)
            one.watch.close()
        if one is self.judge:
            self._judge_ended(report)
        else:
            frames.send(self.out_fd, frames.ENDED, report, one.job)

    def _judge_ended(self, report: dict[str, Any]) -> None:
        """Without a judge nobody else is asked: every candidate still waiting ends as the judge did."""
        self.judge = None
        report["judge"] = True
        frames.send(self.out_fd, frames.ENDED, report, len(self.order["jobs"]))
        for number, _ in self.waiting:
            frames.send(self.out_fd, frames.ENDED, report, number)
        self.waiting = []


def own_report(done: Any, nonce: str | None) -> dict[str, Any]:
    """A worker's last word. ValueError when it lacks the worker's nonce: then something else wrote it."""
    if not isinstance(done, dict) or done.get("nonce") != nonce or done.get("why") not in _REASONS:
        raise ValueError("not the worker's own report")
    return done


def ending(one: Worker, status: int) -> str:
    """How a job ended, as a value of `lynx.truth.measures.Ended`: its own report first, else how it died."""
    if one.stopped:
        return one.stopped
    if one.done is not None:
        return str(one.done["why"])
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return "timed-out"
        if number == signal.SIGKILL and limits.killed_for_memory() > one.killed_before:
            return "out-of-memory"
        return "crashed" if number in _CRASH_SIGNALS else "killed"
    return "exited"
