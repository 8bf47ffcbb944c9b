"""The learner's own editor, and what can go wrong on the way into it."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lynx.view.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping

# editors that return at once unless told to wait, and the option that tells them
WINDOWS = {
    "code": "--wait", "code-insiders": "--wait", "codium": "--wait", "cursor": "--wait", "zed": "--wait",
    "subl": "--wait", "atom": "--wait", "mate": "--wait", "gvim": "--nofork", "mvim": "--nofork",
    "gedit": "--wait", "kate": "--block", "bbedit": "--wait", "open": "-W", "xdg-open": "",
}  # fmt: skip
WAITING = {"--wait", "-w", "--nofork", "-f", "--block", "-b", "-W"}


@dataclass(frozen=True)
class Outcome:
    """How an editor ended: edited (it was waited for), detached (it returned at once), missing, failed."""

    kind: Literal["edited", "detached", "missing", "failed"]
    command: str = ""
    code: int = 0
    wait: str = ""  # the option that would make it wait


def open_editor(path: Path, environ: Mapping[str, str]) -> Outcome:
    """Open `path` in $VISUAL, else $EDITOR, and wait until it is closed, where the editor allows that."""
    command = (environ.get("VISUAL") or environ.get("EDITOR") or "").strip()
    try:
        words = shlex.split(command)
    except ValueError:  # a quote that is never closed
        return Outcome("missing", command)
    if not words:
        return Outcome("missing")
    try:
        # the learner's own command line, split as a shell would, never given to one
        done = subprocess.run([*words, str(path)], check=False, env=dict(environ))
    except OSError:
        return Outcome("missing", command)
    if done.returncode != 0:
        return Outcome("failed", command, done.returncode)
    name = Path(words[0]).name.removesuffix(".exe").removesuffix(".cmd")
    if name in WINDOWS and not WAITING & set(words[1:]):
        return Outcome("detached", command, wait=WINDOWS[name])
    return Outcome("edited", command)


def told(outcome: Outcome, path: str) -> str:
    """What a person is told of it; "" where there is nothing to tell."""
    if outcome.kind == "edited":
        return ""
    if outcome.kind == "detached":
        said = _("{path} is open in your editor. Save it, then type: lynx run").format(path=path)
        if outcome.wait:
            wait = _("(With EDITOR='{command} {option}' Lynx would wait for you.)")
            said += "\n" + wait.format(command=outcome.command, option=outcome.wait)
        return said
    if outcome.kind == "failed":
        failed = _("Your editor ({command}) ended with status {code}; {path} is as it left it.")
        return failed.format(command=outcome.command, code=outcome.code, path=path)
    if outcome.command:
        missing = _("EDITOR is “{command}”, which cannot be started. Set it, such as: export EDITOR=nano")
        return missing.format(command=outcome.command)
    return _("No editor is set. To have one next time: export EDITOR=nano. Going on here.")
