"""What a break needs besides what git holds: looked for before anything is asked or put in."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.content.spec import Break
    from lynx.loop.session import Session

ASKED = (
    "import importlib.util, json, sys\n"
    "print(json.dumps([name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]))"
)


def demand(session: Session, break_: Break) -> None:
    """Raises Refused, naming what is missing and the command that helps, unless all of it is there."""
    missing = [name for name in break_.needs.files if not (session.workspace.top / name).exists()]
    if missing:
        raise Refused(
            N_("Break {id} needs {files}, which is not in this repository."),
            code="needs-files",
            remedy=N_("Put it there (its README may say how), then: lynx break {id}. Nothing was changed."),
            id=break_.id,
            files=", ".join(missing),
        )
    if not break_.needs.packages:
        return
    interpreter = session.setting(break_).interpreter
    lacking = _lacking(interpreter, break_.needs.packages)
    if lacking:
        raise Refused(
            N_("Break {id} needs {packages}, which {python} does not have."),
            code="needs-packages",
            remedy=N_("Install it: {python} -m pip install {names}. Nothing was changed."),
            id=break_.id,
            packages=", ".join(lacking),
            names=" ".join(lacking),
            python=interpreter,
        )


def _lacking(interpreter: Path, packages: tuple[str, ...]) -> list[str]:
    """Those that this Python does not find; all of them where it does not start."""
    done = subprocess.run(
        [str(interpreter), "-c", ASKED, *packages], capture_output=True, text=True, check=False, timeout=60
    )
    try:
        found: list[str] = json.loads(done.stdout)
    except ValueError:
        return list(packages)
    return found


_FRAME = re.compile(r'^  File "(?P<path>[^"]+)", line \d+, in .*(?:\n    (?P<code>\S.*))?$', re.MULTILINE)
_IMPORT = re.compile(r"(?:import|from)\s+([A-Za-z_]\w*)")
_FAILED = re.compile(r"^(?:ImportError|ModuleNotFoundError|OSError)\b.*", re.MULTILINE)


def broken(top: Path, interpreter: Path, log: str) -> Refused | None:
    """The refusal for a package that is missing or does not load, where that is what a log ends with; else None.

    It is neither the learner's code nor Lynx's: the import stands in the learner's file, and what fails lies elsewhere.
    """
    failed = _FAILED.findall(log)
    own, after = None, 0
    for frame in _FRAME.finditer(log):
        inside = str(frame["path"]).startswith(f"{top}/") and "site-packages" not in frame["path"]
        own, after = (frame, 0) if inside else (own, after + 1)
    named = _IMPORT.match(own["code"] or "") if own else None
    if not failed or named is None or any((top / base / named[1]).exists() for base in ("", "src")):
        return None
    if not (after or failed[-1].startswith("ModuleNotFoundError")):
        return None
    return Refused(
        N_("{package} cannot be imported by {python}: {why}"),
        code="package-broken",
        remedy=N_(
            "That is neither your code nor the break. Install it again: {python} -m pip install --force-reinstall "
            "{package}. Nothing was changed."
        ),
        package=named[1],
        python=interpreter,
        why=failed[-1],
    )
