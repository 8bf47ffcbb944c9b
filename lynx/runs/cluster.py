"""The same jobs on the workers of a Dask cluster, which need Lynx and what the experiments import, and no repository.

A job travels with the files that it may read: what git lists of the repository (or the copy of the starter), and the
break's folder. A worker unpacks them once. Who dies in the middle of a job costs that job: Dask gives it to another.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import sys
import tempfile
import threading
import zlib
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.runs import runner, views, warm
from lynx.runs.child.supervisor import versions
from lynx.runs.types import Event, Job, Setting
from lynx.truth.measures import Ended, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lynx.store.cache import Cache

LARGEST = 64 << 20  # bytes of files that travel with a job


@contextlib.contextmanager
def client(address: str) -> Iterator[Any]:
    """A client of an existing cluster. Raises Refused without the package, or where no scheduler answers."""
    try:
        distributed: Any = import_module("distributed")  # an optional extra
    except ImportError as error:
        raise Refused(
            N_("Sending work to a Dask cluster needs the package “distributed”."),
            code="no-dask",
            remedy=N_("Install it: pip install 'lynx-tutor[dask]'"),
        ) from error
    try:
        opened = distributed.Client(address, timeout=10, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise Refused(
            N_("No Dask scheduler answers at {address}: {error}"),
            code="no-scheduler",
            remedy=N_("Start one (dask scheduler), then some workers; or leave --scheduler away."),
            address=address,
            error=error,
        ) from error
    try:
        yield opened
    finally:
        opened.close()


@dataclass(frozen=True)
class Parcel:
    """One job, and where its files go: each folder that it names, by its path here, as its files."""

    setting: Setting
    job: Job
    folders: Mapping[str, str]  # path here -> hash of its files
    files: bytes = field(repr=False)  # compressed: hash -> {relative path: bytes}


class Elsewhere:
    """What carries a queue's jobs to the workers of `client`; from any thread."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._versions = client.submit(versions, pure=False).result()
        self._packed: dict[tuple[str, ...], tuple[dict[str, str], bytes]] = {}
        self._lock = threading.Lock()
        self._under_way: set[Any] = set()

    @property
    def places(self) -> int:
        """How many jobs the cluster does at once."""
        return max(1, sum(int(n) for n in self._client.nthreads().values()))

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._client.cancel(list(self._under_way))

    def __call__(self, setting: Setting, job: Job, hear: Callable[[Event], None], cache: Cache | None) -> Run:
        """One job; what finished is kept by the hash of everything that was sent."""
        parcel = self._parcel(setting, job)
        named = (parcel.folders, replace(job, variant=""), setting.target, setting.pythonpath, self._versions)
        key = hashlib.sha256(repr(named).encode()).hexdigest()
        if cache is not None and (kept := cache.find(key, lambda _: True)) is not None:
            hear(Event(0, job.variant, job.seed, "cached"))
            return replace(kept, variant=job.variant)
        hear(Event(0, job.variant, job.seed, "started"))
        future = self._client.submit(carry_out, parcel, pure=False)
        self._under_way.add(future)
        try:
            run: Run = future.result()
        finally:
            self._under_way.discard(future)
        if cache is not None and run.ended is Ended.FINISHED and run.invalid is None:
            cache.keep(key, {}, run)
        hear(Event(0, job.variant, job.seed, "finished", ended=run.ended, reached=run.reached))
        return run

    def _parcel(self, setting: Setting, job: Job) -> Parcel:
        folders = [setting.top]
        if Path(job.experiment).is_absolute():
            folders.append(Path(job.experiment).parent)
        with self._lock:
            known = tuple(map(str, folders))
            if known not in self._packed:
                self._packed[known] = _pack(folders)
            names, files = self._packed[known]
        return Parcel(setting, job, names, files)


def _pack(folders: list[Path]) -> tuple[dict[str, str], bytes]:
    """The files of each folder, as git lists them where it does. Raises Refused for too much."""
    names: dict[str, str] = {}
    held: dict[str, dict[str, bytes]] = {}
    for folder in folders:
        found = {
            name: (folder / name).read_bytes() for name in views.listed(folder) if (folder / name).is_file()
        }
        told = [(name, hashlib.sha256(data).hexdigest()) for name, data in sorted(found.items())]
        names[str(folder)] = digest = hashlib.sha256(repr(told).encode()).hexdigest()
        held[digest] = found
    size = sum(len(data) for files in held.values() for data in files.values())
    if size > LARGEST:
        raise Refused(
            N_("{size} MB of files would travel with every job, more than {largest} MB."),
            code="too-large-to-send",
            remedy=N_("Leave --scheduler away, or keep large files out of git (.gitignore)."),
            size=size >> 20,
            largest=LARGEST >> 20,
        )
    return names, zlib.compress(pickle.dumps(held), 1)


# -- on a worker -------------------------------------------------------------------------------------

_unpacked: dict[str, Path] = {}
_unpacking = threading.Lock()
_staying = contextlib.ExitStack()  # until the worker ends


def carry_out(parcel: Parcel) -> Run:
    """One job on this machine; paths in what it says are those it was sent with."""
    with _unpacking:
        _staying.enter_context(warm.kept())
        missing = set(parcel.folders.values()) - set(_unpacked)
        if missing:
            held = pickle.loads(zlib.decompress(parcel.files))
            for digest in missing:
                _unpacked[digest] = _written(held[digest])
    moved = {path: str(_unpacked[digest]) for path, digest in parcel.folders.items()}

    def there(text: str) -> str:
        for path, at in moved.items():
            text = at + text[len(path) :] if text == path or text.startswith(f"{path}/") else text
        return text

    def back(text: str) -> str:
        for path, at in moved.items():
            text = text.replace(at, path)
        return text

    with tempfile.TemporaryDirectory(prefix="lynx-") as state:
        top = Path(there(str(parcel.setting.top)))
        setting = replace(
            parcel.setting, top=top, interpreter=Path(sys.executable), state_dir=Path(state), parallel=1
        )
        args = {k: there(v) if isinstance(v, str) else v for k, v in parcel.job.args.items()}
        job = replace(parcel.job, experiment=there(parcel.job.experiment), args=args)
        (run,) = runner.run_jobs(setting, [job])
    opened = tuple(back(name) for name in run.opened)
    return replace(run, opened=opened, log="", log_tail=back(run.log_tail), detail=back(run.detail))


def _written(files: Mapping[str, bytes]) -> Path:
    top = Path(_staying.enter_context(tempfile.TemporaryDirectory(prefix="lynx-sent-"))).resolve()
    for name, data in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(data)
    return top
