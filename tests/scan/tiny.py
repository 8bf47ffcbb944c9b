"""The smallest repositories that a scan can be tried on: NumPy, one file, two tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

TRAIN = '''\
"""Logistic regression by hand: a module with gradients, a step."""

import functools

import numpy as np


class Model:
    def __init__(self, d, seed=0):
        self.w = np.random.default_rng(seed).normal(size=d)
        self.grad = np.zeros(d)

    def zero_grad(self):
        self.grad[:] = 0.0

    def loss(self, x, y):
        p = 1 / (1 + np.exp(-(x @ self.w)))
        self.grad += x.T @ (p - y) / len(y)
        return -np.mean(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))


def step(model, x, y, lr=0.5):
    model.zero_grad()
    value = model.loss(x, y)
    model.w -= lr * model.grad
    return value


def other(model, x, y):
    model.zero_grad()
    return model.loss(x, y)


@functools.cache
def trained():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 3))
    y = (x[:, 0] > 0).astype(float)
    model = Model(3)
    model.zero_grad()
    for _ in range(5):
        step(model, x, y)
    return model, x, y


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def main():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3))
    y = (x[:, 0] > 0).astype(float)
    model = Model(3, seed=1)
    for i in range(8):
        step(model, x[:20], y[:20])
        print(f"step {i}: val loss {model.loss(x[20:], y[20:]):.6f}")


if __name__ == "__main__":
    main()
'''

# `step` is held by its exact update; `other` is called, and nothing is asked of its gradient
TESTS = """\
import numpy as np
import train


def data():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20, 3))
    return x, (x[:, 0] > 0).astype(float)


def test_two_steps_are_two_steps():
    x, y = data()
    model, same = train.Model(3), train.Model(3)
    train.step(model, x, y)
    train.step(model, x, y)
    for _ in range(2):
        same.grad = np.zeros(3)
        same.loss(x, y)
        same.w -= 0.5 * same.grad
    assert np.allclose(model.w, same.w)


def test_other_gives_a_number():
    assert np.isfinite(train.other(train.Model(3), *data()))


def test_softmax_adds_up_to_one():
    assert np.allclose(train.softmax(np.ones((2, 3))).sum(axis=1), 1)


def test_trained_once():
    assert train.trained()[0].w.shape == (3,)


def test_trained_again():
    model, x, y = train.trained()
    assert model.loss(x, y) < 0.7
"""


def tiny(folder: Path) -> Path:
    """A repository whose tests catch one mutant and miss two."""
    (folder / "tests").mkdir(parents=True)
    (folder / "train.py").write_text(TRAIN, encoding="utf-8")
    (folder / "tests/test_train.py").write_text(TESTS, encoding="utf-8")
    return folder


def committed(folder: Path) -> Path:
    """The same as a git repository with one commit."""
    who = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    return folder


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a folder with its time: what a scan must leave as it was."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
