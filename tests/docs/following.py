"""A page of the docs, followed to the letter: files written, edits made, commands run, in its order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import HANGS

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its file ("" for commands), its text, its line in the guide."""

    language: str
    file: str
    text: str
    line: int


def blocks(text: str) -> list[Block]:
    found = []
    for match in re.finditer(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(match[1], match[2] or "", match[3], line))
    return found


@dataclass
class Shell:
    """A folder, and an environment in which `lynx` and `python` are the ones under test."""

    top: Path
    environ: dict[str, str]

    def run(self, command: str, wanted: int) -> str:
        done = subprocess.run(
            command, shell=True, cwd=self.top, env=self.environ, capture_output=True, text=True, timeout=HANGS,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == wanted, f"$ {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


def shell_at(tmp_path: Path, name: str) -> Shell:
    """A folder of its own, with a home of its own."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    python = shlex.quote(sys.executable)
    for name, body in (("lynx", f"exec {python} -m lynx"), ("python", f"exec {python}")):
        script = bin_ / name
        script.write_text(f'#!/bin/sh\n{body} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "LYNX_"))}
    environ |= {
        "PATH": f"{bin_}{os.pathsep}{environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LYNX_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path),
        "COLUMNS": "100",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for who in ("AUTHOR", "COMMITTER"):
        environ |= {f"GIT_{who}_NAME": "Ana", f"GIT_{who}_EMAIL": "ana@example.org"}
    top = tmp_path / name
    top.mkdir()
    return Shell(top, environ)


def follow(block: Block, shell: Shell) -> str:
    """Do what one block says; what it printed."""
    path = shell.top / block.file
    if block.language == "diff":
        text = path.read_text(encoding="utf-8")
        old = "".join(line[1:] for line in block.text.splitlines(keepends=True) if line.startswith("-"))
        new = "".join(line[1:] for line in block.text.splitlines(keepends=True) if line.startswith("+"))
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        return ""
    if block.file:
        assert path.parent.is_dir()
        path.write_text(block.text, encoding="utf-8")
        return ""
    if block.language == "text":  # commands for other machines
        return ""
    assert block.language == "sh", f"line {block.line}: nobody knows what to do with this block"
    said = []
    for line in block.text.splitlines():
        command, _, remark = line.partition("  #")
        wanted = re.search(r"exit (\d+)", remark)
        said.append(shell.run(command.strip(), int(wanted[1]) if wanted else 0))
    return "\n".join(said)
