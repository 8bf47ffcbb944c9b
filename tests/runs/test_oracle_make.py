"""What a break's own `make` builds: objects, methods, closures, scalars of an engine, from wherever the pack lies."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest

from lynx.content.spec import Oracle, OracleInput
from lynx.runs import runner
from lynx.runs.runner import OracleReport, Setting
from lynx.runs.types import Fault
from lynx.truth.measures import Ended
from tests.conftest import HANGS

examine = partial(runner.examine, wall=HANGS)

ENGINE = """\
class Value:
    def __init__(self, data, _children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self):
        order, seen = [], set()

        def visit(v):
            if v not in seen:
                seen.add(v)
                for child in v._prev:
                    visit(child)
                order.append(v)

        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            v._backward()


class Neuron:
    def __init__(self, config):
        import random
        self.w = [Value(random.uniform(-1, 1)) for _ in range(config.width)]
        self.b = Value(0.0)

    def __call__(self, x):
        return sum((w * xi for w, xi in zip(self.w, x)), self.b)

    def parameters(self):
        return self.w + [self.b]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0.0


class Config:
    def __init__(self, width=3):
        self.width = width


class Meter:
    def __init__(self):
        self.total = 0.0
        self.seen = 0

    def add(self, value, n=1):
        self.total += value * n
        self.seen += n
"""
SELF = "            self.grad += other.data * out.grad\n"
CLOSURE = """\
from pkg.target import Value

def make(rng):
    a, b = (Value(float(x)) for x in rng.normal(size=2))
    a.grad, b.grad = (float(x) for x in rng.normal(size=2))
    out = a * b
    out.grad = float(rng.normal())
    return out._backward, (), {"a": a, "b": b}
"""
NEURON = """\
from pkg import target

def make(rng):
    width = int(rng.integers(1, 6))
    neuron = target.Neuron(target.Config(width))
    return neuron, ([target.Value(float(x)) for x in rng.normal(size=width)],)
"""
METHOD = """\
from pkg.target import Meter

def make(rng):
    meter = Meter()
    return meter.add, (float(rng.normal()), int(rng.integers(2, 9))), (meter,)
"""


def asked(
    setting: Setting,
    tmp_path: Path,
    oracle: str,
    *texts: str,
    spec: Oracle | None = None,
    where: str = "repo/breaks",
) -> tuple[OracleReport, ...]:
    """Reports on `texts`, the first of which is the healthy one; the break's folder is `where`."""
    folder = tmp_path / where
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "oracle.py").write_text(dedent(oracle))
    sources = [text.encode() for text in texts]
    (setting.top / setting.target).write_bytes(sources[0])
    spec = spec or Oracle("", make="./oracle.py:make", cases=12)
    return examine(setting, spec, sources[0], sources, folder=folder)


def but(old: str, new: str, text: str = ENGINE) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize("where", ["repo/breaks", "elsewhere/pack"])
def test_a_closure_changes_what_it_was_given(where: str, setting: Setting, tmp_path: Path) -> None:
    same, other_words, assigns, one_side = asked(
        setting,
        tmp_path,
        CLOSURE,
        ENGINE,
        but(SELF, "            g = out.grad\n            self.grad = self.grad + g * other.data\n"),
        but(SELF, SELF.replace("+=", "=")),
        but(SELF, ""),
        where=where,
    )
    assert same.passed, same
    assert other_words.passed, other_words
    for wrong in (assigns, one_side):
        assert not wrong.passed
        assert wrong.first is not None
        assert (wrong.first.what, wrong.first.where) == ("input-gradient", "a"), wrong.first


def test_scalars_with_gradients_and_a_config_object(setting: Setting, tmp_path: Path) -> None:
    zeros = but("for w, xi in zip(self.w, x)), self.b)", "for w, xi in zip(self.w, x)))")
    same, drew_first, forgot_bias, wrong_gradient, renamed = asked(
        setting,
        tmp_path,
        NEURON,
        ENGINE,
        but("        self.b = Value(0.0)\n", "        self.b = Value(0.0 * random.random())\n"),
        zeros,
        but(SELF, SELF.replace("other.data", "1.0")),
        ENGINE.replace("self.b", "self.bias"),
    )
    assert same.passed, same
    assert drew_first.passed, drew_first  # weights are copied
    assert not forgot_bias.passed
    assert not wrong_gradient.passed
    assert wrong_gradient.first is not None
    assert wrong_gradient.first.what in ("input-gradient", "parameter-gradient")
    assert renamed.first is not None
    assert (renamed.first.what, renamed.passed) == ("shape", False)


def test_what_a_method_leaves_in_its_object(setting: Setting, tmp_path: Path) -> None:
    same, privately, subclass, wrong, missing = asked(
        setting,
        tmp_path,
        METHOD,
        ENGINE,
        but("        self.seen = 0\n", "        self.seen = 0\n        self._calls = 0\n"),
        ENGINE + "\n\nclass Counter(Meter):\n    pass\n\n\nMeter = Counter\n",
        but("self.total += value * n", "self.total += value"),
        ENGINE.replace("self.seen", "self.number"),
    )
    assert same.passed, same
    assert privately.passed, privately
    assert subclass.passed, subclass
    for report in (wrong, missing):
        assert report.first is not None
        assert report.first.what == "left-behind", report


FAULTS = {
    "raises": ("def make(rng):\n    x = 1\n    return x / 0\n", "raises", 3),
    "raises in the file it calls": (
        "from pkg.target import Neuron\n\ndef make(rng):\n    return Neuron(None), ([],)\n",
        "raises",
        4,
    ),
    "imports what is not there": ("import nowhere_at_all\n\ndef make(rng):\n    pass\n", "raises", 1),
    "does not compile": ("def make(rng):\n    return )\n", "raises", 2),
    "leaves": ("import sys\n\ndef make(rng):\n    sys.exit(0)\n", "raises", 4),
    "takes nothing": ("def make():\n    return print, ()\n", "raises", 1),
    "returns nothing": ("def make(rng):\n    pass\n", "returns", 1),
    "returns an input alone": ("\ndef make(rng):\n    return 3.0, (1,)\n", "returns", 2),
    "lacks the function": ("def built(rng):\n    pass\n", "no-function", None),
    "calls an installed package": (
        "import json\n\ndef make(rng):\n    return json.dumps, ([1, 2],)\n",
        "outside",
        3,
    ),
    "calls a builtin": ("def make(rng):\n    return len, ([1, 2],)\n", "outside", 1),
    "shows nothing": (
        "from pkg.target import Value\n\ndef make(rng):\n    def call(v):\n        return None\n"
        "    return call, ('x',)\n",
        "nothing",
        3,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_with_a_make_is_its_own(name: str, setting: Setting, tmp_path: Path) -> None:
    text, code, line = FAULTS[name]
    (report,) = asked(setting, tmp_path, text, ENGINE)
    fault = report.fault
    assert isinstance(fault, Fault), report
    assert (fault.key, fault.code) == ("make", code)
    file = str(tmp_path / "repo/breaks/oracle.py")
    assert fault.where == (file if line is None else f"{file}:{line}")
    assert report.judge
    assert not report.passed
    assert "lynx/runs" not in report.log_tail
    if code == "raises" and name != "takes nothing":
        assert "oracle.py" in report.log_tail


def test_a_candidate_that_fails_in_make_is_no_fault_of_its(setting: Setting, tmp_path: Path) -> None:
    healthy, wrong = asked(setting, tmp_path, NEURON, ENGINE, but("config.width", "config.size"))
    assert healthy.passed
    assert wrong.fault is None
    assert wrong.first is not None
    assert (wrong.first.what, "AttributeError" in wrong.first.error) == ("error", True)
    assert "config.size" in wrong.log_tail
    assert "oracle.py" not in wrong.log_tail


def test_helpers_from_elsewhere_are_fenced(setting: Setting, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "helper.py").write_text("VALUE = 1\n")
    text = f"import sys\nsys.path.insert(0, {str(tmp_path / 'outside')!r})\nimport helper\n{NEURON}"
    (report,) = asked(setting, tmp_path, text, ENGINE, where="pack")
    assert report.fault is not None
    assert report.fault.where.endswith("oracle.py:3")
    assert "nobody was shown it" in report.fault.fields["error"]


NOT_HERE = [
    "subprocess:run",
    "os:system",
    "json:dumps",
    "numpy.linalg:solve",
    "builtins:exec",
    "pkg.target:run",
]


@pytest.mark.parametrize(
    "call", [*NOT_HERE, "pkg.target:again", "pkg.target:subprocess.run", "pkg.target:bound"]
)
def test_a_call_elsewhere_is_refused_before_it_is_called(call: str, setting: Setting, tmp_path: Path) -> None:
    flag = tmp_path / "called"
    text = (
        "import functools, subprocess\nfrom subprocess import run\nagain = functools.partial(run, shell=True)\n"
        "bound = ''.join\nVALUE = 1\n"
    )
    spec = Oracle(call, {"args": f"touch {flag}", "shell": True} if "run" in call else {}, (), ())
    (setting.top / setting.target).write_text(text)
    (report,) = examine(setting, spec, text.encode(), [text.encode()])
    assert report.fault is not None, report
    assert (report.fault.key, report.fault.code) == ("call", "outside")
    assert report.fault.fields["name"] == call
    assert not flag.exists()


def test_a_decorated_function_of_the_repository_is_its_own(setting: Setting, tmp_path: Path) -> None:
    text = (
        "import functools\n\n@functools.lru_cache(None)\ndef half(x):\n    return x / 2\n\n"
        "twice = functools.partial(half)\n"
    )
    (setting.top / setting.target).write_text(text)
    for call in ("pkg.target:half", "pkg.target:twice"):
        spec = Oracle(call, {}, (OracleInput(()),), (), cases=4)
        (report,) = examine(setting, spec, text.encode(), [text.encode()])
        assert report.fault is None, report


def test_a_model_of_scalars_is_called_without_a_make(setting: Setting, tmp_path: Path) -> None:
    text = ENGINE.replace("config.width", "width").replace("__init__(self, config)", "__init__(self, width)")
    wrong = but(SELF, SELF.replace("+=", "="), text)
    wrong = but("            other.grad += self.data", "            other.grad = self.data", wrong)
    spec = Oracle("pkg.target:Neuron", {"width": 3}, (OracleInput((3,)),), (), cases=8)
    (setting.top / setting.target).write_text(text)
    half = but(SELF, SELF.replace("out.grad", "out.grad / 2"), text)
    healthy, same, differs = examine(
        setting, spec, text.encode(), [text.encode(), wrong.encode(), half.encode()]
    )
    assert healthy.passed, healthy
    assert healthy.cases >= 8
    assert same.passed is False or same.first is None
    assert differs.first is not None
    assert differs.first.what == "parameter-gradient"
    assert differs.ended is Ended.FINISHED


FRAMEWORK = """\
import numpy as np


class Storage:
    def __init__(self, values):
        self._storage = np.asarray(values, dtype=float).ravel()
        self.shape = np.shape(values)


class Tensor:
    def __init__(self, values, history=()):
        self._tensor = Storage(values)
        self.grad = None
        self.history = history

    @property
    def shape(self):
        return self._tensor.shape

    def to_numpy(self):
        return self._tensor._storage.reshape(self.shape)

    def _with(self, other, values, back):
        return Tensor(values, ((self, lambda g: back(g)[0]), (other, lambda g: back(g)[1])))

    def __add__(self, other):
        return self._with(other, self.to_numpy() + other.to_numpy(), lambda g: (g, g))

    def __mul__(self, other):
        a, b = self.to_numpy(), other.to_numpy()
        return self._with(other, a * b, lambda g: (g * b, g * a))

    def sum(self):
        shape = self.shape
        return Tensor(self.to_numpy().sum(), ((self, lambda g: np.broadcast_to(g, shape)),))

    def backward(self, grad=None):
        g = np.ones(self.shape) if grad is None else grad
        self.grad = Tensor(g if self.grad is None else self.grad.to_numpy() + g)
        for parent, back in self.history:
            parent.backward(back(g))


class Parameter:
    def __init__(self, value):
        self.value = value


class Scale:
    def __init__(self, width):
        self.training = True
        self.weight = Parameter(Tensor(np.random.normal(size=width)))

    def __getattr__(self, name):
        return None

    def parameters(self):
        return [self.weight]

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def forward(self, x):
        return x * self.weight.value + x

    def __call__(self, x):
        return self.forward(x)
"""


def test_tensors_within_tensors_within_parameters(setting: Setting, tmp_path: Path) -> None:
    """As in a teaching framework: `parameter.value` is a tensor, whose gradient is one, and train() takes nothing."""
    oracle = """\
        from pkg.target import Scale, Tensor

        def make(rng):
            width = int(rng.integers(1, 5))
            return Scale(width), (Tensor(rng.standard_normal(width)),)
        """
    line = "return x * self.weight.value + x\n"
    same, turned, other_start, none, only_training, half_gradient = asked(
        setting,
        tmp_path,
        oracle,
        FRAMEWORK,
        but(line, "return x + self.weight.value * x\n", FRAMEWORK),
        but("np.random.normal(size=width)", "0 * np.random.normal(size=width)", FRAMEWORK),
        but(line, "return x * self.weight.value\n", FRAMEWORK),
        but(line, "return x * self.weight.value + x if self.training else x\n", FRAMEWORK),
        but("(g * b, g * a)", "(g * b, g * 0)", FRAMEWORK),
    )
    for name, right in {"same": same, "turned": turned, "other start": other_start}.items():
        assert right.passed, (name, right.first)
    for wrong, what in ((none, "output"), (only_training, "output"), (half_gradient, "parameter-gradient")):
        assert wrong.first is not None
        assert wrong.first.what == what, wrong
