"""What a child imports once, before it forks for a job: numpy, and torch where a source names it."""

from __future__ import annotations

import contextlib
import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

EXPERIMENTS = Path(__file__).absolute().parents[1] / "experiments"
_IMPORTS_TORCH = re.compile(rb"^\s*(?:import|from)\s+torch\b", re.MULTILINE)


def wants_torch(jobs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of these orders is a program, or has a source that imports torch."""
    return any(
        job.get("script") or job.get("torch") or any(map(_IMPORTS_TORCH.search, _sources(job)))
        for job in jobs
    )


def _sources(job: Mapping[str, Any]) -> Iterator[bytes]:
    """The files whose first lines tell."""
    if job.get("role") == "tests":  # who asks for them knows what the repository imports
        return
    yield (job["source"] or "").encode("latin-1")
    own = job.get("oracle", {})
    for reference in filter(None, (own.get("make"), own.get("steps"))):
        with contextlib.suppress(OSError):
            yield Path(own["folder"], reference.partition(":")[0]).read_bytes()
    if name := job.get("experiment"):
        with contextlib.suppress(OSError):
            yield (Path(name) if Path(name).is_absolute() else EXPERIMENTS / f"{name}.py").read_bytes()


def load(torch: bool, *, training: bool, more: Sequence[str] = ()) -> None:
    """Import it, and what tests need `more`; a worker that fails to finds out, and says so, itself."""
    names = ["numpy", "numpy.random", *more]  # numpy itself imports the second when it is asked for
    if not training:  # what every candidate is asked with
        names.append("lynx.runs.child.answering")
    if torch:
        # The first optimiser imports _dynamo: 1.6 s that each job would spend by itself (torch 2.13).
        names += ["torch", "torch._dynamo"] if training else ["torch"]
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
