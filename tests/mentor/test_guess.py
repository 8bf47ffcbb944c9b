"""A first guess at the oracle: small numbers from names and annotations, a file where objects are needed."""

from __future__ import annotations

import ast

import pytest

from lynx.mentor.guess import Guess, guess

NETS = b"""
import torch
from dataclasses import dataclass
from torch import nn


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.width = config.n_embd

    def forward(self, x):
        B, T, C = x.size()
        return self.mix(x)

    def mix(self, x):
        return x

    def resize(self, rows: int, mode: str):
        return rows


@dataclass
class GPTConfig:
    block_size: int = 1024
    n_head: int = 12
    n_embd: int = 768
    dropout: float = 0.0
    bias: bool = True


class Embed(nn.Module):
    def __init__(self, vocab_size, n_embd, p, *, scale: float, sizes: list[int], causal, eps=1e-5):
        super().__init__()

    def forward(self, idx, targets=None):
        return idx


class Act(nn.Module):
    def __init__(self, width, fn):
        super().__init__()
        self.out = fn(width)

    def forward(self, x):
        return x
"""
ENGINE = b"""
import numpy as np


class Value:
    def __init__(self, data, _children=()):
        self.data = data
        self.grad = 0

    def __mul__(self, other):
        out = Value(self.data * other.data)

        def _backward():
            self.grad += out.grad
        out._backward = _backward

        return out


class Adam:
    def __init__(self, parameters, lr=1e-3):
        self.parameters = parameters

    def step(self):
        pass


def softmax(x, axis=-1):
    return x


class Neuron:
    def __init__(self, nin, nonlin=True):
        self.w = [Value(0.0) for _ in range(nin)]

    def __call__(self, x):
        return sum(w * xi for w, xi in zip(self.w, x))


def clip(parameters, max_norm):
    return parameters


def counter(start):
    def count():
        return start
    return count
"""


def of(within: str) -> Guess:
    found = guess(
        ENGINE if within.split(".")[0] in ("Value", "Adam", "Neuron", "softmax", "clip", "counter") else NETS,
        within,
        "m",
    )
    assert found is not None
    return found


def make(within: str) -> str:
    found = of(within)
    assert found.built is not None
    assert (found.call, found.inputs) == ("", ())
    ast.parse(found.built.text)
    return found.built.text


def test_a_signature_of_numbers_needs_no_file() -> None:
    found = of("Embed.forward")
    assert found.call == "m:Embed"
    assert dict(found.init) == {
        "vocab_size": "65",
        "n_embd": "8",
        "p": "0.1",
        "scale": "0.5",
        "sizes": "[8, 8]",
        "causal": "true",
    }  # and eps as it is
    assert [str(one) for one in found.inputs] == ["{shape: [batch, 8], dtype: int, below: 65}"]
    found = of("Neuron.__call__")
    assert (dict(found.init), [str(one) for one in found.inputs]) == (
        {"nin": "8"},
        ["{shape: [8], dtype: float}"],
    )
    found = of("softmax")
    assert (found.call, dict(found.init), len(found.inputs)) == ("m:softmax", {}, 1)


@pytest.mark.parametrize("within", ["Attention.forward", "Attention.mix", "Attention.__init__", "Attention"])
def test_a_config_object_is_built_small(within: str) -> None:
    text = make(within)
    assert "config = GPTConfig(block_size=16, n_head=2, n_embd=8)" in text
    assert "from m import Attention, GPTConfig" in text
    assert "x = torch.tensor(rng.standard_normal((batch, 8, 8)), requires_grad=True)" in text
    assert text.endswith("return attention, (x,)\n")
    assert "NotImplementedError" not in text


def test_a_method_that_no_call_reaches_is_called_itself() -> None:
    found = of("Attention.resize")
    text = make("Attention.resize")
    assert found.built is not None
    assert found.built.unknown == ("mode",)
    assert 'raise NotImplementedError("still to be built: mode")' in text
    assert "mode = None  # <mode: str>" in text
    assert text.endswith("return attention.resize, (rows, mode), (attention,)\n")


def test_a_closure_that_hangs_on_what_comes_back() -> None:
    text = make("Value.__mul__._backward")
    assert "value = Value(data=float(rng.normal()))\n" in text
    assert "out = value.__mul__(other)\n" in text
    assert "    for one in (value, out, other):\n        one.grad = float(rng.normal())\n" in text
    assert text.endswith("return out._backward, (), (value, out, other)\n")
    assert make("counter.count").endswith("out = counter(start)\n    return out, (), (start,)\n")


def test_what_nothing_tells_is_named() -> None:
    for within, names in {
        "Adam.step": ("parameters",),
        "clip": ("parameters", "max_norm"),
        "Act.forward": ("fn",),
    }.items():
        found = of(within)
        assert found.built is not None
        assert found.built.unknown == names
        text = make(within)
        assert all(f"{name} = None  # <{name}>" in text for name in names)
        assert "8)" not in text.replace("width=8", "").replace("(batch, 8)", "").replace("(batch, 8, 8)", "")


def test_nothing_around_the_change_is_no_guess() -> None:
    assert guess(NETS, None, "m") is None
    assert guess(b"x = (", "f", "m") is None
    assert guess(NETS, "nowhere.at", "m") is None
