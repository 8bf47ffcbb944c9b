"""Training loops, compared after every step: parameters, optimiser, generators, with an evaluation in between."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from lynx.content.spec import Oracle
from lynx.runs import runner
from lynx.runs.runner import OracleReport, Setting
from tests.conftest import HANGS

examine = partial(runner.examine, wall=HANGS)

TORCH = """\
import torch
from torch import nn


class Config:
    def __init__(self, width):
        self.width = width


class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.fc = nn.Linear(config.width, 4)
        self.drop = nn.Dropout(0.5)
        self.norm = nn.BatchNorm1d(4)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.norm(self.drop(torch.relu(self.fc(x)))))


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)

    def step(self, x, y):
        self.model.train()
        self.optimiser.zero_grad()
        loss = nn.functional.cross_entropy(self.model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 0.5)
        self.optimiser.step()
        return loss.item()

    def evaluate(self, x, y):
        self.model.eval()
        with torch.no_grad():
            return nn.functional.cross_entropy(self.model(x), y).item()
"""
OF_TORCH = """\
import torch
from pkg.target import Config, Net, Trainer

def make(rng):
    width = int(rng.integers(2, 6))
    trainer = Trainer(Net(Config(width)))

    def batch():
        return torch.tensor(rng.standard_normal((8, width))), torch.tensor(rng.integers(0, 2, 8))

    return {
        "step": lambda: trainer.step(*batch()),
        "evaluate": lambda: trainer.evaluate(*batch()),
        "model": trainer.model,
        "optimiser": trainer.optimiser,
    }
"""
SPEC = Oracle("", steps="./oracle.py:make", n=4, cases=12)


def asked(
    setting: Setting, tmp_path: Path, oracle: str, *texts: str, spec: Oracle = SPEC
) -> tuple[OracleReport, ...]:
    folder = tmp_path / "pack"
    folder.mkdir(exist_ok=True)
    (folder / "oracle.py").write_text(oracle)
    sources = [text.encode() for text in texts]
    (setting.top / setting.target).write_bytes(sources[0])
    return examine(setting, spec, sources[0], sources, folder=folder)


def but(old: str, new: str, text: str = TORCH) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.exhaustive
def test_bugs_of_a_torch_loop_and_the_step_at_which_they_show(setting: Setting, tmp_path: Path) -> None:
    clear = "        self.optimiser.zero_grad()\n"
    step = "        self.optimiser.step()\n"
    clip = "        nn.utils.clip_grad_norm_(self.model.parameters(), 0.5)\n"
    found = dict(
        zip(
            (names := ["same", "later", "none", "uncleared", "stays", "state", "late clip", "draws"]),
            asked(
                setting,
                tmp_path,
                OF_TORCH,
                TORCH,
                but(step, step + clear, but(clear, "")),  # cleared after the step instead: as right
                but(clear, "        for p in self.model.parameters():\n            p.grad = None\n"),
                but(clear, ""),
                but("        self.model.train()\n", ""),
                but("lr=1e-2)", "lr=1e-2, amsgrad=True)"),
                but(clip + step, step + clip),
                but(clear, clear + "        torch.rand(1)\n"),
            ),
            strict=True,
        )
    )
    assert list(found) == names
    for name in ("same", "later", "none"):
        assert found[name].passed, (name, found[name])
    steps = {name: found[name].first.step for name in names[3:]}  # type: ignore[union-attr]
    assert {found[name].first.what for name in names[3:]} == {"step"}  # type: ignore[union-attr]
    assert steps["uncleared"] == 2  # the first step is the same
    assert steps["stays"] == 2  # before there was an evaluation, it trains
    assert steps["draws"] == 1
    assert steps["late clip"] == 1
    assert not found["state"].passed


NUMPY = """\
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = None


class Momentum:
    def __init__(self, parameters, lr=0.1, beta=0.9):
        self.parameters, self.lr, self.beta = parameters, lr, beta
        self.velocity = [np.zeros_like(p.data) for p in parameters]

    def step(self):
        for p, v in zip(self.parameters, self.velocity):
            v *= self.beta
            v += p.grad
            p.data = p.data - self.lr * v
"""
OF_NUMPY = """\
import numpy as np
from pkg.target import Momentum, Parameter

def make(rng):
    weights = [Parameter(rng.standard_normal(3)), Parameter(rng.standard_normal((2, 2)))]
    optimiser = Momentum(weights)

    def step():
        for w in weights:
            w.grad = rng.standard_normal(w.data.shape)
        optimiser.step()

    return {"step": step, "weights": weights, "optimiser": optimiser}
"""


def test_an_optimiser_of_arrays(setting: Setting, tmp_path: Path) -> None:
    line = "            v += p.grad\n"
    same, in_other_words, private, replaced, damped, inverted = asked(
        setting,
        tmp_path,
        OF_NUMPY,
        NUMPY,
        but("            v *= self.beta\n" + line, "            v[...] = self.beta * v + p.grad\n", NUMPY),
        but("        self.velocity =", "        self._t = 0\n        self.velocity =", NUMPY),
        but("            v *= self.beta\n" + line, "            v = self.beta * v + p.grad\n", NUMPY),
        but(line, "            v += (1 - self.beta) * p.grad\n", NUMPY),
        but("p.data - self.lr", "p.data + self.lr", NUMPY),
    )
    for right in (same, in_other_words, private):
        assert right.passed, right
    assert same.cases == 3
    for wrong in (replaced, damped, inverted):
        assert not wrong.passed
        assert wrong.first is not None
        assert wrong.first.what == "step"
        assert wrong.first.step == 1
    assert damped.first is not None
    assert "velocity" in damped.first.where or "weights" in damped.first.where


def test_a_wrong_fix_that_gets_the_first_step_right(setting: Setting, tmp_path: Path) -> None:
    forgets = but(
        "            v += p.grad\n",
        "            v += p.grad\n            v -= 0 if not v.any() else 0\n",
        NUMPY,
    )
    later = but("            v *= self.beta\n", "            v *= 0\n", NUMPY)
    healthy, same, wrong = asked(setting, tmp_path, OF_NUMPY, NUMPY, forgets, later)
    assert healthy.passed
    assert same.passed
    assert wrong.first is not None
    assert (wrong.first.what, wrong.first.step) == ("step", 2)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("def make(rng):\n    return {'model': 1}\n", "no-step"),
        ("def make(rng):\n    return None\n", "no-step"),
        ("def make(rng):\n    return {'step': len}\n", "outside"),
        ("def make(rng):\n    raise OSError('no data')\n", "raises"),
        ("def make(rng):\n    return {'step': lambda: 1 / 0}\n", "raises"),
    ],
)
def test_what_is_wrong_with_a_loop_is_its_own(text: str, code: str, setting: Setting, tmp_path: Path) -> None:
    (report,) = asked(setting, tmp_path, text, NUMPY)
    assert report.fault is not None, report
    assert (report.fault.key, report.fault.code) == ("steps", code)
    assert "oracle.py:" in report.fault.where


def test_the_learners_own_trainer_as_the_loop(setting: Setting, tmp_path: Path) -> None:
    trainer = (
        NUMPY
        + """

class Trainer:
    def __init__(self, rng):
        self.w = Parameter(rng.standard_normal(3))
        self.optimiser = Momentum([self.w])
        self._rng = rng

    def step(self):
        self.w.grad = self._rng.standard_normal(3)
        self.optimiser.step()
"""
    )
    text = "from pkg.target import Trainer\n\ndef make(rng):\n    return Trainer(rng)\n"
    line = "        self.w.grad = self._rng.standard_normal(3)\n"
    same, draws_twice, frozen = asked(
        setting,
        tmp_path,
        text,
        trainer,
        but(line, line + line, trainer),
        but("        self.optimiser.step()\n", "", trainer),
    )
    assert same.passed, same
    assert not draws_twice.passed
    assert frozen.first is not None
    assert (frozen.first.what, frozen.first.step) == ("step", 1)
