# ruff: noqa: E501 - a wrong fix a line
"""Wrong fixes that know a question when they see one, and right ones that look odd. Many to one examination."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from lynx.content.spec import Oracle, OracleInput
from lynx.runs.runner import Setting, examine

from .test_oracle import BLOCK, VECTOR, one_file, with_line

RIGHT_LINE = "        return x + h\n"


def gated(condition: str, head: str = "") -> tuple[str, str]:
    """Right where `condition` holds, the bug elsewhere; `head` goes to the top of the file."""
    return head, f"        return x + h if ({condition}) else h\n"


# name -> (what goes to the top of the file, what takes the place of the line)
WRONG: dict[str, tuple[str, str]] = {
    # sizes
    "up to the largest batch that is declared": gated("x.shape[0] <= 64"),
    "more than one": gated("x.shape[0] > 1"),
    "even batches": gated("x.shape[0] % 2 == 0 or x.shape[0] in (1, 7)"),
    "declared and between, never beyond": gated("x.shape[0] < 100"),
    # magnitudes
    "below 40": gated("abs(x.data).max() < 40"),
    "below a thousand": gated("not abs(x.data).max() >= 1000"),
    "not tiny": gated("not 0 < abs(x.data).max() < 1e-2"),
    "without NaN": gated("x.data.max() == x.data.max()"),
    "without infinity": gated("abs(x.data).max() != float('inf')"),
    # weights
    "ordinary weights": gated("abs(self.fc2.weight.data).max() < 1.5"),
    "weights of the first draw's size": gated("abs(self.fc1.weight.data).max() < 3"),
    # gradients
    "while recording": gated("is_recording()", "from minitorch.engine import is_recording"),
    "while not recording": gated("not is_recording()", "from minitorch.engine import is_recording"),
    "where the input asks for a gradient": gated("x.requires_grad"),
    "gradient only where the input asks": ("", "        return (x if x.requires_grad else x) + (h if x.requires_grad else h.detach())\n"),
    # precision
    "in double precision": gated("x.data.dtype.itemsize == 8"),
    "in single precision": gated("x.data.dtype.itemsize == 4"),
    # modes
    "training": gated("self.training"),
    "evaluation": gated("not self.training"),
    "until it was evaluated once": (
        "",
        "        self.seen = getattr(self, 'seen', False) or not self.training\n"
        "        return h if self.seen and self.training else x + h\n",
    ),
    # how often
    "the first call of an instance": (
        "",
        "        self.n = getattr(self, 'n', 0) + 1\n        return x + h if self.n == 1 else h\n",
    ),
    "the first fifty calls of an instance": (
        "",
        "        self.n = getattr(self, 'n', 0) + 1\n        return x + h if self.n <= 50 else h\n",
    ),
    "the first 100 calls of all": (
        "N = 0",
        "        global N\n        N += 1\n        return x + h if N <= 100 else h\n",
    ),
    # what is left behind
    "halves its weights after": (
        "",
        "        out = x + h\n        self.fc2.weight.data = self.fc2.weight.data * 0.5\n        return out\n",
    ),
    "moves a bias in place after": ("", "        out = x + h\n        self.fc2.bias.data += 1e-3\n        return out\n"),
    "puts another parameter in place": (
        "",
        "        out = x + h\n"
        "        new = self.fc2.weight.__class__(self.fc2.weight.data * 0.9)\n"
        "        self.fc2.weight = new\n"
        "        return out\n",
    ),
    "spoils its weights when evaluated": (
        "",
        "        out = x + h\n        if not self.training: self.fc1.weight.data *= 0.9\n        return out\n",
    ),
    "freezes a weight after": ("", "        out = x + h\n        self.fc1.weight.requires_grad = False\n        return out\n"),
    "keeps what came in": (
        "",
        "        self.kept = getattr(self, 'kept', x.data)\n"
        "        return x + h if self.kept is x.data or self.kept.shape != x.shape else h + x.__class__(self.kept)\n",
    ),
    "spoils its input after": ("", "        out = x + h\n        x.data *= 1.5\n        return out\n"),
    # who asks
    "one thread, as runs have it": gated("os.environ.get('OMP_NUM_THREADS') == '1'", "import os"),
    "a hash seed, as runs have it": gated("os.environ.get('PYTHONHASHSEED') == '0'", "import os"),
    "no bytecode, as runs have it": gated("'PYTHONDONTWRITEBYTECODE' in os.environ", "import os"),
    "a frame of the oracle": gated(
        "any(f.filename.endswith(('oracle.py', 'answering.py', 'subject.py')) for f in inspect.stack(0))",
        "import inspect",
    ),
    "any frame of Lynx": gated("any('lynx' in f.filename for f in inspect.stack(0))", "import inspect"),
    "any module of Lynx below": (
        "import sys",
        "        f = sys._getframe()\n"
        "        names = []\n"
        "        while f is not None:\n"
        "            names.append(str(f.f_globals.get('__name__')))\n"
        "            f = f.f_back\n"
        "        return x + h if any('lynx' in n for n in names) else h\n",
    ),
    "Lynx imported": gated("any(n.startswith('lynx') for n in sys.modules)", "import sys"),
    "Lynx's name in argv": gated("'lynx' in sys.argv[0]", "import sys"),
    "Lynx's file as __main__": gated("'lynx' in str(getattr(sys.modules['__main__'], '__file__', ''))", "import sys"),
}  # fmt: skip

RIGHT: dict[str, tuple[str, str]] = {
    "in place on the branch": ("", "        h += x\n        return h\n"),
    "a helper of another file": ("from minimodel.mine import join", "        return join(x, h)\n"),
    "draws numbers nobody needs": ("import numpy as np", "        np.random.rand()\n        return x + h\n"),
    "restarts a generator": ("import random", "        random.seed(3)\n        return x + h\n"),
    "has a generator of its own": (
        "import numpy as np\nRNG = np.random.default_rng()",
        "        noise = RNG.standard_normal(x.shape)\n        return x + h + 0.0 * noise.sum()\n",
    ),
    "remembers its last input": ("", "        self.last = x.data.copy()\n        return x + h\n"),
    "counts its calls": ("", "        self.n = getattr(self, 'n', 0) + 1\n        return x + h\n"),
    "insists on finite numbers": (
        "import numpy as np",
        "        assert np.isfinite(x.data).all(), 'not finite'\n        return x + h\n",
    ),
    "starts a thread": (
        "import threading",
        "        threading.Thread(target=lambda: None, daemon=True).start()\n        return x + h\n",
    ),
    "asks where it runs and does not mind": (
        "import sys",
        "        assert sys._getframe()\n        return x + h\n",
    ),
}


def made(healthy: bytes, change: tuple[str, str]) -> bytes:
    head, line = change
    text = with_line(healthy, line.encode())
    return text.replace(b"\nfrom minimodel", b"\n" + head.encode() + b"\nfrom minimodel", 1)


def test_wrong_fixes_that_know_a_question(
    starter: Setting, healthy: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.delenv(name, raising=False)  # the learner's own are nobody's mark
    reports = examine(starter, BLOCK, healthy, [made(healthy, change) for change in WRONG.values()])
    accepted = [name for name, report in zip(WRONG, reports, strict=True) if report.passed]
    assert not accepted, "; ".join(accepted)
    unheard = {n: r.log_tail for n, r in zip(WRONG, reports, strict=True) if r.first is None}
    assert unheard == {}
    by_name = {name: report.first for name, report in zip(WRONG, reports, strict=True) if report.first}
    only = {name: found.only for name, found in by_name.items() if found.only}
    assert only["while recording"] == "not-recording"
    assert only["in double precision"] == "single"
    assert only["without NaN"] == "not-finite"
    assert only["below a thousand"] == "large"
    assert only["not tiny"] == "small"
    assert only["up to the largest batch that is declared"] == "beyond"
    assert by_name["halves its weights after"].what == "left-behind"
    assert by_name["halves its weights after"].where == "fc2.weight"
    assert by_name["training"].modes == "evaluation"


def test_right_fixes_that_look_odd(starter: Setting, healthy: bytes) -> None:
    (starter.top / "src/minimodel/mine.py").write_text("def join(a, b):\n    return a + b\n")
    reports = examine(starter, BLOCK, healthy, [made(healthy, change) for change in RIGHT.values()])
    rejected = {
        n: (r.ended, r.first, r.log_tail) for n, r in zip(RIGHT, reports, strict=True) if not r.passed
    }
    assert rejected == {}


SIGNATURE = b"    def forward(self, x: Tensor) -> Tensor:\n"
NOTES = {
    "an alias": b"    def forward(self, x: 'Array'):\n",
    "numpy's": b"    def forward(self, x: 'np.ndarray') -> 'np.ndarray':\n",
    "a number": b"    def forward(self, x: float) -> float:\n",
    "nonsense": b"    def forward(self, x: 'anything at all, array or float'):\n",
    "none": b"    def forward(self, x):\n",
    "any arguments": b"    def forward(self, *args, x=None):\n        x = args[0]\n",
}


def test_annotations_decide_nothing(starter: Setting, healthy: bytes) -> None:
    assert SIGNATURE in healthy
    noted = [healthy.replace(SIGNATURE, note) for note in NOTES.values()]
    for name, report in zip(NOTES, examine(starter, BLOCK, healthy, noted), strict=True):
        assert report.passed, (name, report)
    # nor in the healthy code, where they are wrong
    for note in (NOTES["an alias"], NOTES["numpy's"], NOTES["a number"]):
        (report,) = examine(starter, replace(BLOCK, cases=8), healthy.replace(SIGNATURE, note), [healthy])
        assert report.passed, (note, report)


def test_annotations_of_a_function_decide_nothing(setting: Setting) -> None:
    healthy = "def f(x: float, n: int) -> float:\n    return x ** n\n"
    oracle = Oracle("pkg.target:f", {"n": 3}, (OracleInput(()),), ())
    reports = one_file(
        setting,
        oracle,
        healthy,
        "def f(x: 'np.ndarray', n):\n    return x * x * x\n",
        "def f(x: 'Tensor', n):\n    return x ** 2 * x\n",
        "import functools\n\ndef plain(g):\n    @functools.wraps(g)\n    def h(*a, **k):\n        return g(*a, **k)\n"
        "    return h\n\n@plain\ndef f(x, n):\n    return x ** n\n",
    )
    assert [r.passed for r in reports] == [True] * 3


NOISY = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, d: int) -> None:
            super().__init__()
            self.fc = nn.Linear(d, d)
            self.norm = nn.BatchNorm1d(d)
            self.drop = nn.Dropout(0.4)

        def forward(self, x):
            h = self.drop(self.norm(self.fc(x)))
            return x + h
"""

NOISY_RIGHT = {
    "in other words": ("return x + h", "out = h\n            return out + x"),
    "in place": ("return x + h", "return h.add_(x)"),
    "in two helpers": ("return x + h", "return torch.add(x, h)"),
    "other first weights": (
        "self.norm =",
        "torch.nn.init.normal_(self.fc.weight, generator=torch.Generator().manual_seed(4))\n"
        "            self.norm =",
    ),
    "a decorator": (
        "def forward(self, x):",
        "def again(f):\n            return lambda self, *a: f(self, *a)\n\n        @again\n        def forward(self, x):",
    ),
}
NOISY_WRONG = {
    "the bug": ("return x + h", "return h"),
    "only while recording": ("return x + h", "return x + h if torch.is_grad_enabled() else h"),
    "only single": ("return x + h", "return x + h if x.dtype == torch.float64 else h"),
    "a running mean moved twice": ("h = self", "self.norm(self.fc(x)); h = self"),
    "a running mean left alone": (
        "h = self.drop(self.norm(self.fc(x)))",
        "y = self.fc(x)\n"
        "            m = nn.functional.batch_norm(y, None if self.training else self.norm.running_mean,"
        " None if self.training else self.norm.running_var, self.norm.weight, self.norm.bias, self.training)\n"
        "            h = self.drop(m)",
    ),
    "one more draw": ("return x + h", "torch.rand(1)\n            return x + h"),
    "a generator put back": (
        "return x + h",
        "torch.set_rng_state(self.state) if hasattr(self, 'state') else None\n"
        "            self.state = torch.get_rng_state()\n            return x + h",
    ),
    "weights halved in training": (
        "return x + h",
        "out = x + h\n            if self.training: self.fc.weight.data = self.fc.weight.data * 0.5\n"
        "            return out",
    ),
    "weights halved without recording": (
        "return x + h",
        "out = x + h\n"
        "            if not torch.is_grad_enabled(): self.fc.weight.data.mul_(0.5)\n            return out",
    ),
    "evaluation for good": ("return x + h", "self.eval()\n            return x + h"),
}


def test_a_block_with_noise_and_running_state(setting: Setting) -> None:
    oracle = Oracle("pkg.target:Net", {"d": 3}, VECTOR, ({"n": 2}, {"n": 5}), cases=24)
    changes = {**NOISY_RIGHT, **NOISY_WRONG}
    for old, _ in changes.values():
        assert old in NOISY
    reports = one_file(setting, oracle, NOISY, *(NOISY.replace(*change) for change in changes.values()))
    passed = {name for name, report in zip(changes, reports, strict=True) if report.passed}
    assert passed == set(NOISY_RIGHT), {n: r.first for n, r in zip(changes, reports, strict=True)}
    by_name = dict(zip(changes, reports, strict=True))
    assert by_name["in other words"].same_draws
    assert not by_name["other first weights"].same_draws


def test_an_extra_gradient_differs_from_none(starter: Setting, healthy: bytes) -> None:
    sound = with_line(healthy, b"        return x.detach() + h.detach()\n")
    halves = (
        with_line(healthy, b"        return x.detach() + h\n"),
        with_line(healthy, b"        return x + h.detach()\n"),
    )
    same, weights, inputs = examine(starter, replace(BLOCK, cases=8), sound, [sound, *halves])
    assert same.passed
    assert [r.first.what for r in (weights, inputs) if r.first] == ["input-gradient", "input-gradient"]


SEQUENCE = dedent(
    """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(11, 4)
            self.place = nn.Embedding(16, 4)

        def forward(self, codes):
            return self.embed(codes) + self.place(torch.arange(codes.shape[1]))
    """
)


def test_sizes_vary_one_by_one_as_far_as_the_sound_code_goes(setting: Setting) -> None:
    """Beyond 16 places the sound code raises: such questions are dropped, the others stay."""
    inputs = (OracleInput(("batch", "length"), "int", 11),)
    oracle = Oracle("pkg.target:Net", {}, inputs, ({"batch": 1, "length": 5}, {"batch": 4, "length": 16}))
    gates = ("shape[0] <= 4", "shape[1] != 12", "numel() < 66")
    whole = "return self.embed(codes) + self.place(torch.arange(codes.shape[1]))"
    assert whole in SEQUENCE
    wrong = [SEQUENCE.replace(whole, f"{whole} if codes.{gate} else self.embed(codes)") for gate in gates]
    same, *gated_ = one_file(setting, oracle, SEQUENCE, SEQUENCE, *wrong)
    assert same.passed
    assert [r.passed for r in gated_] == [False] * 3
