"""Any right form passes, everything else does not, whatever the candidate prints, forges or refuses."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.content.spec import Oracle, OracleInput
from lynx.runs import runner
from lynx.runs.child.arrays import pack_arrays, unpack_arrays
from lynx.runs.runner import OracleReport, Setting
from lynx.truth.measures import Ended
from tests.conftest import HANGS

examine = partial(runner.examine, wall=HANGS)  # however busy the machine is, those that end have ended


BLOCK = Oracle(
    "minimodel.nn.blocks:ResidualBlock",
    {"d": 8},
    (OracleInput(("batch", 8)),),
    tuple({"batch": n} for n in (1, 4, 7, 64)),
)
LINE = b"        return x + h\n"
BUG = b"        return h\n"

RIGHT = {
    "the original": LINE,
    "the other way round": b"        return h + x\n",
    "in two lines": b"        h = h + x\n        return h\n",
    "other names": b"        branch, skip = h, x\n        return branch + skip\n",
    "a helper": b"        return _join(x, h)\n\n\ndef _join(a, b):\n    return a + b\n",
    "with a comment": b"        # the skip connection\n        return x + h\n",
    "and it prints": b"        print('hello')\n        return x + h\n",
}

WRONG = {
    "the bug": (BUG, "output"),
    "the normalised input": (b"        return self.norm(x) + h\n", "output"),
    "added twice": (b"        return x + x + h\n", "output"),
    "h scaled": (b"        return x + h * 0.9\n", "output"),
    "x alone": (b"        return x\n", "output"),
    "right in the forward pass only": (b"        return x.__class__(x.data + h.data)\n", "missing-gradient"),
    "no gradient through x": (b"        return x.detach() + h\n", "input-gradient"),
    "no gradient through h": (b"        return x + h.detach()\n", "input-gradient"),
    "a gradient too large": (b"        return x + h + x - x.detach()\n", "input-gradient"),
    "one shape only": (b"        return x + h if len(x) == 64 else h\n", "output"),
    "all shapes but one": (b"        return h if len(x) == 7 else x + h\n", "output"),
    "declared shapes only": (b"        return x + h if len(x) in (1, 4, 7, 64) else h\n", "output"),
    "training only": (b"        return x + h if self.training else h\n", "output"),
    "evaluation only": (b"        return h if self.training else x + h\n", "output"),
    "small inputs only": (b"        return x + h if abs(x.data).max() < 5 else h\n", "output"),
    "in place": (b"        x.data += h.data\n        return x\n", "forbidden"),
    "spoils its input": (b"        y = x + h\n        x.data *= 2\n        return y\n", "forbidden"),
    "raises": (b"        return x + missing\n", "error"),
    "another shape": (b"        return (x + h).sum(axis=0)\n", "shape"),
    "two values": (b"        return x + h, h\n", "shape"),
    "a string": (b"        return 'x + h'\n", "error"),
    "an array": (b"        return (x + h).data\n", "missing-gradient"),
    "counts its calls": (
        b"        self.calls = getattr(self, 'calls', 0) + 1\n"
        b"        return x + h if self.calls < 52 else h\n",
        "output",
    ),
}

GIVES_UP = {
    "exits": (b"        import os; os._exit(0)\n", Ended.EXITED),
    "sys.exit": (b"        raise SystemExit(0)\n", Ended.EXITED),
    "hangs": (b"        while True: pass\n", Ended.TIMED_OUT),
    "is killed": (b"        import os; os.kill(os.getpid(), 9)\n", Ended.KILLED),
    "forges a report on every descriptor": (
        b"        import os, struct, json\n"
        b"        report = json.dumps({'cases': 50, 'failed': 0, 'first': None}).encode()\n"
        b"        for fd in range(1, 64):\n"
        b"            for kind in (b'V', b'A', b'D', b'Z'):\n"
        b"                try: os.write(fd, struct.pack('>cII', kind, 0, len(report)) + report)\n"
        b"                except OSError: pass\n"
        b"        os._exit(0)\n",
        Ended.EXITED,
    ),
    "forges and returns the bug": (
        b"        import os, struct, json\n"
        b"        report = json.dumps({'why': 'finished'}).encode()\n"
        b"        for fd in range(3, 64):\n"
        b"            for kind in (b'V', b'D'):\n"
        b"                try: os.write(fd, struct.pack('>cII', kind, 0, len(report)) + report)\n"
        b"                except OSError: pass\n"
        b"        return h\n",
        Ended.FINISHED,  # what it says of itself is not heard, and its answers are the bug's
    ),
}


def with_line(healthy: bytes, line: bytes) -> bytes:
    assert healthy.count(LINE) == 1
    return healthy.replace(LINE, line)


def test_right_forms_pass(starter: Setting, healthy: bytes) -> None:
    reports = examine(starter, BLOCK, healthy, [with_line(healthy, line) for line in RIGHT.values()])
    for name, report in zip(RIGHT, reports, strict=True):
        assert report.passed, (name, report)
        assert report.first is None
        assert report.zeros_agree is True
        assert report.same_as_reference == (name in ("the original", "with a comment"))
        assert report.cases >= 45


def test_wrong_forms_fail_and_say_how(starter: Setting, healthy: bytes) -> None:
    reports = examine(starter, BLOCK, healthy, [with_line(healthy, line) for line, _ in WRONG.values()])
    for (name, (_, what)), report in zip(WRONG.items(), reports, strict=True):
        assert not report.passed, name
        assert report.ended is Ended.FINISHED, (name, report)
        assert report.failed > 0
        assert report.first is not None
        assert report.first.what == what, (name, report.first)
    by_name = dict(zip(WRONG, reports, strict=True))
    assert by_name["the bug"].failed == by_name["the bug"].cases
    assert by_name["the bug"].zeros_agree is True  # x + h is h when x is zero
    assert by_name["the bug"].first.by > 1  # type: ignore[union-attr]
    assert by_name["training only"].first.modes == "evaluation"  # type: ignore[union-attr]
    assert by_name["evaluation only"].first.modes == "training"  # type: ignore[union-attr]
    assert by_name["one shape only"].first.some_shapes  # type: ignore[union-attr]
    assert by_name["all shapes but one"].first.shape == (7, 8)  # type: ignore[union-attr]
    assert not by_name["the bug"].first.some_shapes  # type: ignore[union-attr]
    assert "NameError" in by_name["raises"].first.error  # type: ignore[union-attr]
    assert "missing" in by_name["raises"].log_tail


def test_those_that_never_answer(starter: Setting, healthy: bytes) -> None:
    sources = [with_line(healthy, line) for line, _ in GIVES_UP.values()]
    reports = examine(starter, BLOCK, healthy, sources, processor=4)
    for (name, (_, ended)), report in zip(GIVES_UP.items(), reports, strict=True):
        assert not report.passed, name
        assert report.ended is ended, (name, report)


@pytest.mark.parametrize(
    ("source", "ended", "compiles", "tail"),
    [
        (b"        return x +\n", Ended.FINISHED, False, "SyntaxError"),
        (b"        return x + h\n\nraise ValueError('on import')\n", Ended.CRASHED, True, "on import"),
        (b"        return x + h\n\ndel ResidualBlock\n", Ended.CRASHED, True, "ResidualBlock"),
        (b"        return x + h\n\nwhile True: pass\n", Ended.TIMED_OUT, True, ""),
        (b"        return x + h\n\nimport os; os._exit(0)\n", Ended.EXITED, True, ""),
    ],
)
def test_files_that_do_not_load(
    source: bytes, ended: Ended, compiles: bool, tail: str, starter: Setting, healthy: bytes
) -> None:
    (report,) = examine(starter, BLOCK, healthy, [with_line(healthy, source)], processor=4)
    assert (report.ended, report.compiles, report.passed) == (ended, compiles, False)
    assert tail in report.log_tail


def test_null_bytes_do_not_compile(starter: Setting, healthy: bytes) -> None:
    (report,) = examine(starter, BLOCK, healthy, [healthy + b"\0"])
    assert not report.compiles


def test_parameters_renamed_missing_or_new_are_differences(starter: Setting, healthy: bytes) -> None:
    renamed = healthy.replace(b"fc2", b"out")
    extra = healthy.replace(b"        self.fc2", b"        self.extra = Linear(d, d)\n        self.fc2")
    wider = healthy.replace(b"4 * d", b"5 * d")
    reports = examine(starter, BLOCK, healthy, [renamed, extra, wider])
    assert [r.first.what for r in reports if r.first] == ["shape"] * 3
    assert [r.first.where for r in reports if r.first] == ["fc2.bias", "extra.bias", "fc1.bias"]
    assert all(r.failed == r.cases > 0 for r in reports)


def test_copied_weights_do_not_see_an_initialisation_and_seeded_ones_do(
    starter: Setting, healthy: bytes
) -> None:
    unscaled = healthy.replace(
        b"Linear(4 * d, d)", b"Linear(4 * d, d)\n        self.fc2.weight.data = self.fc2.weight.data * 3"
    )
    (copied,) = examine(starter, BLOCK, healthy, [unscaled])
    assert copied.passed
    right, seeded = examine(starter, replace(BLOCK, weights="seeded"), healthy, [healthy, unscaled])
    assert right.passed
    assert seeded.first is not None
    assert (seeded.first.what, seeded.first.where) == ("weight", "fc2.weight")


def test_a_healthy_file_that_cannot_be_examined_is_said_so_to_all(starter: Setting, healthy: bytes) -> None:
    (starter.top / "src/minimodel/nn/linear.py").write_text("this is no python")
    reports = examine(starter, BLOCK, healthy, [healthy, with_line(healthy, BUG)])
    for report in reports:
        assert (report.cases, report.passed) == (0, False)
        assert "linear.py" in report.log_tail


def test_an_oracle_that_the_healthy_code_refuses_passes_nobody(starter: Setting, healthy: bytes) -> None:
    wrong = replace(BLOCK, inputs=(OracleInput(("batch", 9)),))
    (report,) = examine(starter, wrong, healthy, [healthy])
    assert (report.cases, report.passed) == (0, False)
    assert "answers none" in report.log_tail


def test_without_fork(starter: Setting, healthy: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CAN_FORK", False)
    right, wrong = examine(starter, replace(BLOCK, cases=8), healthy, [healthy, with_line(healthy, BUG)])
    assert right.passed
    assert wrong.failed == wrong.cases


def test_the_answer_is_the_same_every_time(starter: Setting, healthy: bytes) -> None:
    bug = with_line(healthy, BUG)
    first, second = (examine(starter, BLOCK, healthy, [bug])[0] for _ in range(2))
    assert replace(first, seconds=0) == replace(second, seconds=0)


# --- other kinds of callables -----------------------------------------------------------------


def one_file(setting: Setting, oracle: Oracle, healthy: str, *candidates: str) -> tuple[OracleReport, ...]:
    texts = [dedent(text).encode() for text in (healthy, *candidates)]
    return examine(setting, oracle, texts[0], texts[1:])


VECTOR = (OracleInput(("n", 3)),)
SIZES = tuple({"n": n} for n in (1, 2, 5))


def test_a_function_on_arrays(setting: Setting) -> None:
    healthy = "import numpy as np\ndef f(x: np.ndarray, power=2):\n    return (x ** power).sum(axis=1)\n"
    oracle = Oracle("pkg.target:f", {"power": 3}, VECTOR, SIZES)
    right, wrong, spoils = one_file(
        setting,
        oracle,
        healthy,
        "def f(x, power):\n    return (x * x * x).sum(1)\n",
        healthy.replace("sum(axis=1)", "sum(axis=0)"),
        "def f(x, power):\n    x **= power\n    return x.sum(1)\n",
    )
    assert right.passed
    assert wrong.first is not None
    assert wrong.first.what == "shape"
    assert spoils.first is not None
    assert spoils.first.what == "forbidden"


def test_a_function_on_numbers(setting: Setting) -> None:
    oracle = Oracle("pkg.target:f", {"n": 4}, (OracleInput(()), OracleInput(())), ())
    right, wrong = one_file(
        setting,
        oracle,
        "import math\ndef f(x: float, w: float, n: int) -> float:\n    return math.tanh(x * w) ** n\n",
        "import math\ndef f(a: float, b: float, n: int):\n    t = math.tanh(b * a)\n    return t**2 * t**2\n",
        "import math\ndef f(x: float, w: float, n: int) -> float:\n    return math.tanh(x * w) * n\n",
    )
    assert right.passed
    assert not wrong.passed


def test_a_function_on_minitorch_tensors_with_whole_numbers_beside(starter: Setting) -> None:
    target = "src/minitorch/functional.py"
    setting = replace(starter, target=target)
    healthy = (starter.top / target).read_bytes()
    oracle = Oracle(
        "minitorch.functional:cross_entropy",
        {},
        (OracleInput(("n", 5)), OracleInput(("n",), "int", 5)),
        tuple({"n": n} for n in (1, 4, 32)),
    )
    sloppy = healthy.replace(b"grad *= g / flat.size", b"grad *= g")
    assert sloppy != healthy
    right, wrong = examine(setting, oracle, healthy, [healthy, sloppy])
    assert right.passed
    assert wrong.first is not None
    assert (wrong.first.what, wrong.first.where) == ("input-gradient", "0")


TORCH = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, d: int) -> None:
            super().__init__()
            self.fc = nn.Linear(d, d)
            self.norm = nn.BatchNorm1d(d)
            self.drop = nn.Dropout(0.5)
            self.register_buffer("mask", torch.tril(torch.ones(d, d)))

        def forward(self, x):
            return x + self.drop(self.norm(self.fc(x))) @ self.mask
"""


def test_a_torch_module_with_batch_norm_dropout_and_a_buffer(setting: Setting) -> None:
    oracle = Oracle("pkg.target:Net", {"d": 3}, VECTOR, SIZES, cases=30)
    same, other, bug, mask, inplace, detached = one_file(
        setting,
        oracle,
        TORCH,
        TORCH,
        TORCH.replace("x + self.drop", "x.clone() + self.drop"),
        TORCH.replace("x + self.drop", "self.drop"),
        TORCH.replace("torch.ones(d, d))", "torch.ones(d, d), diagonal=1)"),
        TORCH.replace("x + self.drop", "x.data.mul_(2) + self.drop"),
        TORCH.replace("return x +", "return x.detach() +"),
    )
    assert same.passed, same
    assert other.passed
    assert not bug.passed
    assert not mask.passed  # a buffer is the callable's own, not copied
    assert inplace.first is not None
    assert not inplace.passed
    assert detached.first is not None
    assert detached.first.what == "input-gradient"


def test_torch_tokens_and_several_outputs(setting: Setting) -> None:
    source = """
        import torch

        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = torch.nn.Embedding(11, 4)

            def forward(self, tokens):
                h = self.embed(tokens)
                return {"hidden": h, "mean": h.mean(1)}
    """
    oracle = Oracle(
        "pkg.target:Net", {}, (OracleInput(("b", "t"), "int", 11),), ({"b": 2, "t": 3}, {"b": 5, "t": 1})
    )
    same, wrong = one_file(
        setting, oracle, source, source, source.replace("h.mean(1)", "h.mean(1) * (h.shape[1] < 3)")
    )
    assert same.passed
    assert same.zeros_agree is None
    assert wrong.first is not None
    assert wrong.first.where == "1"


WEIGHED = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.full((3,), 2.0))

        def forward(self, x):
            return x * self.scale
"""


def test_weights_are_other_ones_in_every_case(setting: Setting) -> None:
    """Right at the first weights, at those of the first call, at any multiple of the first: and nowhere else."""
    at_the_first = WEIGHED.replace("x * self.scale", "x * (self.scale + (self.scale - 2.0) ** 2)")
    of_the_first_call = WEIGHED.replace("class Net", "SEEN = []\n\n    class Net").replace(
        "return x * self.scale",
        "SEEN.append(self.scale.detach().clone())\n"
        "            return x * (self.scale + (SEEN[0] - self.scale).detach())",
    )
    at_all_alike = WEIGHED.replace(
        "x * self.scale", "x * (self.scale + (self.scale - self.scale.mean()) ** 2)"
    )
    oracle = Oracle("pkg.target:Net", {}, VECTOR, SIZES, cases=8)
    same, *wrong = one_file(setting, oracle, WEIGHED, WEIGHED, at_the_first, of_the_first_call, at_all_alike)
    assert same.passed, same
    for report in wrong:
        assert not report.passed
        assert report.ended is Ended.FINISHED
        assert report.failed >= report.cases - 1


@pytest.mark.exhaustive
def test_a_gradient_where_the_healthy_code_has_none_is_a_difference(setting: Setting) -> None:
    """A stopped gradient (a target network, a straight-through estimator) is part of what the code does."""
    healthy = WEIGHED.replace("return x * self.scale", "return x * self.scale + (self.scale * x).detach()")
    to_inputs = healthy.replace("x * self.scale +", "x.detach() * self.scale +")
    to_nothing = healthy.replace("x * self.scale +", "x * self.scale.detach() +")
    oracle = Oracle("pkg.target:Net", {}, VECTOR, SIZES, cases=8)
    missing = one_file(setting, oracle, healthy, to_inputs, to_nothing)
    for stopped, lacks, what, where in (
        (to_inputs, missing[0], "input-gradient", "0"),
        (to_nothing, missing[1], "parameter-gradient", "scale"),
    ):
        same, extra = one_file(setting, oracle, stopped, stopped, healthy)
        assert same.passed, same
        assert not extra.passed
        assert extra.first is not None
        assert (extra.first.what, extra.first.where) == (what, where)
        assert lacks.first is not None
        assert (lacks.first.what, lacks.first.where) == ("missing-gradient", where)


def test_a_small_gradient_beside_a_large_one_is_held_to_its_own_size(setting: Setting) -> None:
    source = """
        import torch
        from torch import nn

        class Tilted(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, by):
                ctx.by = by
                return x.clone()

            @staticmethod
            def backward(ctx, grad):
                return grad + ctx.by * grad.abs().max(), None

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.large = nn.Parameter(torch.ones(3))
                self.small = nn.Parameter(torch.ones(3))

            def forward(self, x):
                return x * self.large + Tilted.apply(self.small, 0.0) * 2e-3 * x
    """
    oracle = Oracle("pkg.target:Net", {}, VECTOR, SIZES, cases=12, tolerance=1e-3)
    same, wrong, noise = one_file(
        setting,
        oracle,
        source,
        source,
        source.replace("self.small, 0.0", "self.small, 0.03"),
        source.replace("self.small, 0.0", "self.small, 1e-5"),
    )
    assert same.passed
    assert noise.passed
    assert wrong.first is not None
    assert wrong.failed > wrong.cases / 2  # where nothing is recorded there is no gradient to differ
    assert (wrong.first.what, wrong.first.where) == ("parameter-gradient", "small")


def test_rounding_noise_where_a_gradient_should_be_zero_is_none(setting: Setting) -> None:
    """A bias before a softmax moves nothing: its gradient is what rounding left, another in each way of writing."""
    source = """
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.bias = nn.Parameter(torch.ones(1))

            def forward(self, x):
                z = x + self.bias
                return torch.softmax(z, -1)
    """
    by_hand = source.replace("torch.softmax(z, -1)", "(z - z.logsumexp(-1, keepdim=True)).exp()")
    moved = source.replace("torch.softmax(z, -1)", "torch.softmax(z * self.bias, -1)")
    oracle = Oracle("pkg.target:Net", {}, VECTOR, SIZES, cases=8)
    same, other, wrong = one_file(setting, oracle, source, source, by_hand, moved)
    assert same.passed
    assert other.passed, other
    assert not wrong.passed


# --- arrays between processes -----------------------------------------------------------------


def test_arrays_come_back_as_they_were() -> None:
    arrays = {
        "a": np.arange(6.0).reshape(2, 3).T,
        "b": np.array(3, dtype=np.int64),
        "c": np.array([True, False]),
        "d": np.zeros((0, 4), np.float32),
        "e": np.array([math.nan, math.inf]),
    }
    meta, back = unpack_arrays(pack_arrays({"n": 1}, arrays))
    assert meta == {"n": 1}
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert np.array_equal(back[name], array, equal_nan=array.dtype.kind == "f")
    with pytest.raises(TypeError):
        pack_arrays({}, {"x": np.array([object()])})


@given(st.binary(max_size=300), st.integers(0, 400))
def test_bytes_of_a_forger_are_refused_without_harm(noise: bytes, cut: int) -> None:
    whole = pack_arrays({"cases": []}, {"0/out/0": np.ones((3, 3))})
    for blob in (noise, whole[:cut] + noise):
        try:
            _, arrays = unpack_arrays(blob)
        except ValueError:
            continue
        assert all(a.dtype.kind in "fiub" for a in arrays.values())


def test_these_tests_run_under_this_interpreter(starter: Setting) -> None:
    assert starter.interpreter == Path(sys.executable)
