"""Code that Lynx has never seen, recorded, checked and played: below src, an environment of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import program

ROOT = Path(__file__).parent.parent.parent
TORCH_GATE = '''\
import json
from pathlib import Path

import torch
from torch import nn

SETTINGS = json.loads(Path("conf/gate.json").read_text())  # relative to the top of the repository


class Gate(nn.Module):
    """Mixes its input with a transformed copy of it."""

    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.share = SETTINGS["share"]

    def forward(self, x):
        print("gate sees", x.shape, x)
        inner = torch.tanh(self.inner(x))
        return self.share * x + (1 - self.share) * inner
'''

TORCH_EXPERIMENT = """\
import torch
from nets.gate import Gate
from torch import nn


def run(probe, *, steps, lr, batch, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(*[Gate(4) for _ in range(4)], nn.Linear(4, 1))
    probe.watch(model, instruments=["grad_norm"])
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    for step in probe.steps(steps):
        x = torch.randn(batch, 4)
        loss = ((model(x)[:, 0] - x.sum(1)) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        probe.record(loss=loss.item())
        optimiser.step()
"""

NUMPY_GATE = '''\
import json
from pathlib import Path

SETTINGS = json.loads(Path("conf/gate.json").read_text())  # relative to the top of the repository


def gate(x, inner):
    """Mixes its input with a transformed copy of it."""
    print("gate sees", x.shape, x)
    share = SETTINGS["share"]
    return share * x + (1 - share) * inner
'''

NUMPY_EXPERIMENT = """\
import numpy as np
from nets.gate import gate


def run(probe, *, steps, lr, batch, seed):
    rng = np.random.default_rng(seed)
    layers = [rng.normal(0, 0.3, (4, 4)) for _ in range(4)]
    weights = np.zeros(4)
    for step in probe.steps(steps):
        x = rng.normal(size=(batch, 4))
        features = x
        for layer in layers:
            features = gate(features, np.tanh(features @ layer))
        error = features @ weights - x.sum(1)
        probe.record(loss=float(np.mean(error**2)))
        weights -= lr * 2 * features.T @ error / batch
"""

KINDS = {  # target and experiment, the sound line, the bug, a fix in other words
    "numpy": (
        NUMPY_GATE,
        NUMPY_EXPERIMENT,
        b"return share * x + (1 - share) * inner",
        b"return (1 - share) * inner",
        b"return inner + share * (x - inner)",
    ),
    "torch": (
        TORCH_GATE,
        TORCH_EXPERIMENT,
        b"return self.share * x + (1 - self.share) * inner",
        b"return (1 - self.share) * inner",
        b"return inner + self.share * (x - inner)",
    ),
}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def make_project(top: Path, gate: str) -> Path:
    write(top / "src" / "nets" / "gate.py", gate)
    write(top / "src" / "nets" / "__init__.py", "")
    write(top / "conf" / "gate.json", '{"share": 0.7}\n')
    write(top / ".gitignore", ".venv/\nused\n")
    # The repository's own environment: this Python by another name, leaving a trace that it was the one used.
    python = top / ".venv" / "bin" / "python"
    write(
        python,
        f'#!/bin/sh\ntouch {shlex.quote(str(top / "used"))}\nexec {shlex.quote(sys.executable)} "$@"\n',
    )
    python.chmod(0o755)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "start"]):
        names = {f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(
            ["git", "-C", str(top), *arguments], check=True, capture_output=True, env=os.environ | names
        )
    return top


def lynx(top: Path, *arguments: str, wanted: int = 0) -> dict[str, Any]:
    environ = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    environ |= {"PYTHONPATH": str(ROOT), "LYNX_HOME": str(top.parent / "home")}
    said = program.run(*arguments, "--json", cwd=top, env=environ)
    assert said.code == wanted, said.out + said.err
    return said.json


def fill(page: str) -> str:
    """The skeleton with every blank written over, and this break's own figures put in."""
    import re

    number = iter(range(1, 1000))
    page = re.sub(r"<[^<>\n]*>", lambda _: f"text number {next(number)}", page)
    page = page.replace("init: {width: 8}", "init: {width: 8}").replace(
        "steps: 100, lr: 1.0e-2", "steps: 100, lr: 2.0e-1"
    )
    page = page.replace("args: {lr: 1.0e-3}", "args: {lr: 1.0e-6}")
    page = page.replace(
        "one: {at_least: 0.9}\n      other: {at_most: 0.5}",
        "one: {at_least: 0.6}\n      other: {at_most: 0.5}",
    )
    return page.replace("expect: {at_most: 0.5}\n\npredictions", "expect: {at_least: 0.6}\n\npredictions")


def drawn(text: str) -> str:
    """The oracle's factory with its blanks filled in."""
    kept = [line for line in text.splitlines() if "NotImplementedError" not in line]
    return "\n".join(kept).replace("None  #", "rng.standard_normal((5, 4))  #") + "\n"


@pytest.mark.exhaustive  # the guide's test walks the same way
@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_recorded_checked_and_played(tmp_path: Path, kind: str) -> None:
    """torch is imported by a dozen child processes here: half a minute on a quiet machine."""
    pytest.importorskip(kind)
    gate, experiment, sound_line, bug, other_fix = KINDS[kind]
    project = make_project(tmp_path / "project", gate)
    target = project / "src" / "nets" / "gate.py"
    sound = target.read_bytes()
    target.write_bytes(sound.replace(sound_line, bug))
    write(project / "mine.py", experiment)
    named = ("--id", "60", "--slug", "gate", "--experiment", "mine.py")
    made = lynx(project, "mentor", "record", "src/nets/gate.py", *named)
    assert target.read_bytes() == sound
    folder = Path(made["folder"])
    page = (folder / "break.yaml").read_text(encoding="utf-8")
    write(folder / "break.yaml", fill(page))
    if (oracle := folder / "oracle.py").exists():  # nothing told what `gate` takes: the mentor says so
        write(oracle, drawn(oracle.read_text(encoding="utf-8")))

    checked = lynx(project, "mentor", "check", "60", "--pack", "breaks", "--quick")
    assert checked["breaks"][0]["problems"] == []
    assert (project / "used").exists()  # the repository's own Python ran it

    # the same break in a folder that is in no repository: it is proved on the one that is named
    away = tmp_path / "away" / "60"
    shutil.copytree(folder, away)
    lost = lynx(away, "mentor", "check", "60", "--pack", ".", "--quick", wanted=1)
    assert "--repo" in lost["breaks"][0]["problems"][0]["remedy"]
    proved = lynx(away, "mentor", "check", "60", "--pack", ".", "--quick", "--repo", str(project))
    assert proved["breaks"][0]["problems"] == []

    lynx(project, "init", "--here")
    refused = lynx(project, "break", "60", wanted=2)
    assert refused["error"]["code"] == "untrusted"  # it was filled in since it was recorded
    lynx(project, "trust", "60", "--yes")
    started = lynx(project, "break", "60")
    assert started["target"] == "src/nets/gate.py"
    assert target.read_bytes() == sound.replace(sound_line, bug)
    answer(project / started["notes"], "0.9", "flat")
    ran = lynx(project, "run")
    verdicts = {row["id"]: row["verdict"] for row in ran["claims"]}
    assert verdicts == {"healthy-trains": "HOLDS", "broken-is-worse": "HOLDS"}
    assert lynx(project, "verify", wanted=1)["verdict"] == "untouched"
    target.write_bytes(sound.replace(sound_line, other_fix))
    fixed = lynx(project, "verify")
    assert (fixed["verdict"], fixed["same_as_reference"]) == ("fixed", False)
    lynx(project, "explain", "--text", "The input no longer reached the later gates.")
    lynx(project, "reset", "--yes")
    assert target.read_bytes() == sound


def answer(notes: Path, *predictions: str) -> None:
    """Fill in the form, one answer a prediction."""
    text = notes.read_text(encoding="utf-8")
    text = text.replace("- confidence:", "- confidence: 90").replace("- because:", "- because: so")
    for one in predictions:
        text = text.replace("- prediction:\n", f"- prediction: {one}\n", 1)
    notes.write_text(text, encoding="utf-8")
