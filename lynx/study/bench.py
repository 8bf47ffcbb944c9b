"""Where the study room's trainings run: on the learner's own modules, as they were before any running
break.
"""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lynx
from lynx.content.catalog import data_dir
from lynx.errors import N_, Fault, LynxError, Refused
from lynx.loop.stages import Stage
from lynx.runs.runner import Setting, choose_interpreter
from lynx.store import hashed
from lynx.store.files import write_whole
from lynx.truth.measures import Ended, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.loop.session import Env, Session

PACKAGES = ("minimodel", "minitorch")
WALL = 900.0  # seconds of processor time for one training: a laboratory may be asked for many steps


@dataclass(frozen=True)
class Bench:
    """What a training of the study room runs with."""

    setting: Setting
    source: bytes | None  # the target as it was before a running break; None: as on disk
    modules: str  # "yours", or "lynx": the starter that ships with Lynx
    lent: str | None  # the target, when its healthy bytes stand in for the broken ones


def bench(session: Session, parallel: int | None = None) -> Bench:
    """The learner's modules if the workspace has them, else the starter's."""
    space = session.workspace
    folder = modules_below(space.top)
    mine = folder is not None
    top = space.top if mine else data_dir("starter")
    folder = folder or "src"
    target, source, lent = f"{folder}/minimodel/__init__.py".lstrip("/"), None, None
    attempt = session.active()
    if mine and attempt is not None and attempt.stage != Stage.DONE:
        target, source, lent = attempt.target, session.journal.blob(attempt.original), attempt.target
    setting = Setting(
        top=top,
        pythonpath=(folder,),
        target=target,
        interpreter=choose_interpreter(space.top, session.env.python, session.env.environ),
        state_dir=space.state_dir,
        processor=WALL,
        parallel=parallel or os.cpu_count() or 1,
    )
    return Bench(setting, source, "yours" if mine else "lynx", None if _hidden(session) else lent)


def shipped(env: Env, state_dir: Path, parallel: int | None = None) -> Bench:
    """The starter's modules, for whoever has no workspace."""
    top = data_dir("starter")
    setting = Setting(
        top=top,
        pythonpath=("src",),
        target="src/minimodel/__init__.py",
        interpreter=choose_interpreter(env.cwd, env.python, env.environ),
        state_dir=state_dir,
        processor=WALL,
        parallel=parallel or os.cpu_count() or 1,
    )
    return Bench(setting, None, "lynx", None)


def _hidden(session: Session) -> bool:
    """Whether naming the target would give a blind break away."""
    attempt = session.active()
    return attempt is not None and attempt.blind and attempt.stage != Stage.DONE


def modules_below(top: Path) -> str | None:
    """The folder of `top` that holds minimodel and minitorch, or None."""
    for folder in ("src", "."):
        if all((top / folder / name / "__init__.py").is_file() for name in PACKAGES):
            return folder
    return None


def demand_finished(runs: Sequence[Run], command: str) -> None:
    """Raises Refused, with the end of its output, when a run did not finish."""
    for run in runs:
        if run.ended is not Ended.FINISHED:
            raise _unfinished(run, command)


def _unfinished(run: Run, command: str) -> LynxError:
    return Refused(
        N_("The training of “{variant}” did not finish ({ended}):\n{log}"),
        code=f"run-{run.ended}",
        remedy=N_("Mend the module that the last lines name, then: {command}"),
        variant=run.variant,
        ended=run.ended,
        log=run.log_tail.strip()[-2000:] or "-",
        command=command,
    )


# -- files -----------------------------------------------------------------------------------------


def study_folder(session: Session, phase: str) -> Path:
    """The folder of a phase in the workspace: `phase-10`, or `learners/<name>/phase-10` in a shared one."""
    return session.workspace.notes(int(phase)).parent.parent


def relative(session: Session, path: Path) -> str:
    """A path as seen from the workspace's top, posix."""
    return path.relative_to(session.workspace.top).as_posix()


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write one file at once, never half. Raises Refused when it cannot be written."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise Refused(
            N_("{path} cannot be written: {error}."),
            code="not-writable",
            remedy=N_("Make the folder writable, then try again."),
            path=path,
            error=error.strerror or error,
        ) from error


def read_json(path: Path) -> dict[str, Any] | None:
    """A file that `write_json` wrote; None when it is missing or something else."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def manifest(where: Bench, **more: Any) -> dict[str, Any]:
    """What a result depends on: when, versions, hardware, the hash of the modules; and whatever is added."""
    return {
        "schema": 1,
        "made": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "lynx": lynx.__version__,
        "versions": versions(where.setting),
        "hardware": {
            "machine": platform.machine(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.release()}",
        },
        "modules": {"whose": where.modules, "sha256": modules_hash(where.setting)},
        **more,
    }


def versions(setting: Setting) -> dict[str, Any]:
    """The versions that the child runs with. Raises Refused when its interpreter does not start."""
    from lynx.runs.process import Child

    with Child(setting) as child:
        return child.hello()


def modules_hash(setting: Setting) -> str:
    """One hash over every file of minimodel and minitorch, names included."""
    digest = hashed.sha256()
    folder = setting.top / setting.pythonpath[0]
    files = [path for name in PACKAGES for path in sorted((folder / name).rglob("*")) if path.is_file()]
    if not files:
        raise Fault(N_("There is no minimodel at {path}."), code="modules-missing", path=folder)
    for path in files:
        if "__pycache__" not in path.parts:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), "")
