"""A repository's own program is found and proposed as the experiment; what is no such program is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynx.mentor import programs
from tests.conftest import Lynx
from tests.mentor.conftest import make_repository

TRAIN = """
import torch
from net import Net

if __name__ == "__main__":
    model = Net(4)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(1000):
        x = torch.randn(8, 4)
        loss = ((model(x) - x.sum(1, keepdim=True)) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
"""
NET = """
from torch import nn


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        h = self.inner(x).relu()
        return self.out(x + h)
"""


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (TRAIN, True),
        (TRAIN.replace('if __name__ == "__main__":', "if True:"), False),
        ("for i in range(3):\n    loss.backward()\n", True),
        ('if __name__ == "__main__":\n    print("evaluates")\n', False),
        ("def train():\n    loss.backward()\n", False),
        ("this is no Python", False),
    ],
)
def test_what_trains_by_itself(source: str, found: bool) -> None:
    assert programs.trains(source) is found


def test_the_likeliest_comes_first(tmp_path: Path) -> None:
    for name in ("a.py", "train.py", "deep/train.py", "tests/train.py", "test_it.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TRAIN if name != "a.py" else TRAIN.replace("net", "other"))
    names = ["a.py", "deep/train.py", "tests/train.py", "test_it.py", "train.py", "gone.py"]
    assert programs.find(tmp_path, names, "net.py") == "train.py"
    assert programs.find(tmp_path, ["a.py", "deep/train.py"], "net.py") == "deep/train.py"
    assert programs.find(tmp_path, ["tests/train.py"], "net.py") is None


def test_recorded_with_its_program_and_measured(tmp_path: Path, lynx: Lynx) -> None:
    """An edit, `record`, `measure`: nothing typed but the id."""
    pytest.importorskip("torch")
    top = tmp_path / "repository"
    make_repository(top, {"train.py": TRAIN, "net.py": NET})
    (top / "net.py").write_text(NET.replace("self.out(x + h)", "self.out(x + h) * 0.01"))
    made = lynx("mentor", "record", "net.py", "--id", "70", "--json", cwd=top)
    assert made.code == 0, made.out + made.err
    assert (top / "net.py").read_text() == NET
    page = (Path(made.json["folder"]) / "break.yaml").read_text(encoding="utf-8")
    assert "script: train.py" in page
    told = lynx("mentor", "measure", "70", "--seeds", "3", "--json", cwd=top)
    assert told.code == 0, told.out + told.err
    rows = {row["metric"]: row for row in told.json["rows"]}
    assert "loss" in rows
    assert not rows["loss"]["better"]
