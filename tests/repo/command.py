"""The real command, in a process of its own, over a small repository and a break that needs no oracle."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from plant import TARGET

from tests import program

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "breaks/10/00-remove-residual/break.yaml"


def pack(folder: Path, target: str = TARGET) -> Path:
    """A pack with one break, `q`: the shipped one aimed at a planted target, decided by a claim."""
    text = SHIPPED.read_text(encoding="utf-8")
    text = re.sub(r"^oracle:\n(?:[ \n].*\n)*", "verify_by: [healthy-trains]\n", text, flags=re.MULTILINE)
    text = re.sub(r"^wrong_fixes:\n(?:[ \n].*\n)*", "", text, flags=re.MULTILINE)
    text = re.sub(r"^next:.*\n", "", text, flags=re.MULTILINE)
    text = text.replace('id: "00"', 'id: "q"', 1).replace("slug: remove-residual", "slug: quick", 1)
    line = f"target: {json.dumps(target)}"
    text = re.sub(r"^target: .*$", lambda _: line, text, flags=re.MULTILINE)
    (folder / "q-quick").mkdir(parents=True)
    (folder / "q-quick/break.yaml").write_text(text, encoding="utf-8")
    return folder


class Command:
    """`lynx` as a learner runs it in `cwd`, with a home and a pack of its own."""

    def __init__(self, place: Path, cwd: Path, target: str = TARGET) -> None:
        self.cwd, self.pack = cwd, pack(place / "pack", target)
        self.env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LYNX_HOME": str(place / "lynx-home"),
            "PYTHONHASHSEED": "0",
            "COLUMNS": "80",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin it, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "lynx", *arguments],
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything it said."""
        said = program.run(*arguments, cwd=self.cwd, env=self.env)
        assert "Traceback" not in said.err, said.err
        return said.code, said.out + said.err

    def trust(self) -> None:
        """Allow the pack's break."""
        code, said = self.run("trust", "q", "--pack", str(self.pack), "--yes")
        assert code == 0, said

    @property
    def verbs(self) -> dict[str, tuple[str, ...]]:
        """The two that change the target."""
        return {"break": ("break", "q", "--pack", str(self.pack)), "reset": ("reset", "--yes")}
