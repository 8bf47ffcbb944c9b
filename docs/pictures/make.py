"""Pictures of real screens: a workspace is made, the commands run in it, and what they print is drawn as SVG.

python docs/pictures/make.py [NAME …]      writes NAME.svg beside this file; without names all of them
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
WIDTH = 80
ANSWERS = {"P1": ("2.5", 50), "P2": ("1e-9", 70), "P3": ("20", 70), "P4": ("30 %", 30)}
HEALTHY, BUG = "current = current + step", "current = step"
# picture -> the command whose screen it is; what comes before it happens first, in this order
SCREENS = {
    "break": "lynx break 03",
    "run": "lynx run",
    "control": "lynx control negative-weight --expect product --sure 70",
    "hint": "lynx hint",
    "verify": "lynx verify",
    "explain": 'lynx explain --text "Fifty slopes below one, multiplied: nothing is left of the gradient."',
}


def pictures(names: list[str]) -> dict[str, str]:
    """Name -> SVG of the screens asked for."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = {**os.environ, "LYNX_HOME": f"{home}/home", "XDG_CACHE_HOME": f"{home}/cache", "HOME": str(home)}
        environ |= {"COLUMNS": str(WIDTH), "FORCE_COLOR": "1", "TERM": "xterm-256color", "LYNX_LANG": "en"}
        environ.pop("NO_COLOR", None)
        _said("lynx init course --learner ada", home, environ)
        course, found = home / "course", {}
        for name, command in SCREENS.items():
            if len(found) == len(names):
                break
            _before(name, course)
            said = _said(command, course, environ)
            if name in names:
                found[name] = _drawn(command, said)
        return found


def _before(name: str, course: Path) -> None:
    """What the learner does with an editor before this screen."""
    if name == "run":
        notes = course / "phase-10/notes/breaks.md"
        text = notes.read_text(encoding="utf-8")
        for id_, (value, sure) in ANSWERS.items():
            empty = rf"(### {id_} [^\n]*\n)- prediction:\n- confidence:\n- because:\n"
            filled = f"- prediction: {value}\n- confidence: {sure}\n- because: a guess\n"
            text = re.sub(empty, lambda match, filled=filled: match[1] + filled, text)
        notes.write_text(text, encoding="utf-8")
    if name == "verify":
        target = course / "src/minimodel/stack.py"
        text = target.read_text(encoding="utf-8")
        target.write_text(text.replace(BUG, HEALTHY, 1), encoding="utf-8")


def _said(command: str, folder: Path, environ: Mapping[str, str]) -> str:
    words = [sys.executable, "-m", "lynx", *shlex.split(command)[1:]]
    done = subprocess.run(
        words, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def _drawn(command: str, said: str) -> str:
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(f"[dim]$[/dim] [bold]{command}[/bold]", highlight=False)
    console.print(Text.from_ansi(said.rstrip()), highlight=False)
    return console.export_svg(title="lynx", unique_id="lynx")


if __name__ == "__main__":
    for name, drawn in pictures(sys.argv[1:] or list(SCREENS)).items():
        (HERE / f"{name}.svg").write_text(drawn, encoding="utf-8")
        print(f"{name}.svg")
