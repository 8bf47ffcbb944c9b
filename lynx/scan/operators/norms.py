"""Normalisation: along which axis, with which shape, and what keeps it from dividing by zero."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.operators.kinds import axis
from lynx.scan.source import keyword, last, names_in, number, same
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

NORM = re.compile(r"norm|standardi[sz]e|whiten", re.I)
SPREAD = re.compile(r"std|sigma|scale|var", re.I)
CENTRE = re.compile(r"mean|mu$|avg|centre|center", re.I)


def _in_norm(source: Source, node: ast.AST) -> bool:
    return bool(NORM.search(source.path_of(node)))


def _norm_axis(source: Source) -> Iterator[Edit]:
    """Every mean and variance of one function along the axis beside: places instead of features."""
    found: dict[ast.AST, list[ast.expr]] = {}
    for call in source.calls("mean", "var", "std", "sum"):
        along = axis(source, call, 1)
        if along is not None and number(along) == -1.0 and _in_norm(source, call):
            found.setdefault(source.scope(call), []).append(along)
    for places in found.values():
        yield tuple(splice for place in places for splice in source.put(place, "-2"))


def _keepdim(source: Source) -> Iterator[Edit]:
    for call in source.all(ast.Call):
        given = keyword(call, "keepdim", "keepdims")
        if given is not None and isinstance(given.value, ast.Constant) and given.value.value is True:
            yield source.put(given.value, "False")


def _eps(source: Source) -> Iterator[Edit]:
    for node in source.all(ast.BinOp):
        small = 0.0 < (number(node.right) or 0.0) <= 1e-3
        named = last(node.right) in {"eps", "epsilon", "EPS", "_eps"}
        if isinstance(node.op, ast.Add) and (small or named):
            yield source.keep(node, node.left)
    for change in source.all(ast.AugAssign):
        if isinstance(change.op, ast.Add) and last(change.value) in {"eps", "epsilon", "EPS", "_eps"}:
            yield source.drop(change)


def _twice(source: Source) -> Iterator[Edit]:
    """(x − mean) / std of what is that already, with figures that came from elsewhere."""
    for node in source.all(ast.BinOp):
        inner = node.left
        if (
            not isinstance(node.op, ast.Div)
            or not isinstance(inner, ast.BinOp)
            or not isinstance(inner.op, ast.Sub)
        ):
            continue
        if isinstance(inner.right, ast.Call) or isinstance(node.right, ast.Call):
            continue
        centred = any(CENTRE.search(name) for name in names_in(inner.right))
        scaled = any(SPREAD.search(name) for name in names_in(node.right))
        if centred and scaled and not any(same(part, inner.left) for part in ast.walk(inner.right)):
            once, centre, spread = source.of(node), source.inner(inner.right), source.inner(node.right)
            yield source.put(node, f"(({once}) - {centre}) / {spread}")
    for call in source.calls("Normalize"):
        if isinstance(source.parents.get(call), ast.List):
            yield source.put(call, f"{source.of(call)}, {source.of(call)}")


OPERATORS = (
    Operator(
        "norm-axis",
        N_("norm over the wrong axis"),
        N_("layer norm looks at the features of one place, and at no other place"),
        "Ba, Kiros and Hinton 2016",
        ("normalises", "no_future", "matches_reference"),
        (b"mean", b"var", b"std", b"sum"),
        _norm_axis,
        (
            Example(
                "class RMSNorm:\n    def forward(self, x):\n        return x / (x**2).mean(-1)  # torch\n",
                "class RMSNorm:\n    def forward(self, x):\n        return x / (x**2).mean(-2)  # torch\n",
            ),
            Example(
                "def layer_norm(x):\n    return (x - x.mean(dim=-1)) / x.std(dim=-1)  # torch\n",
                "def layer_norm(x):\n    return (x - x.mean(dim=-2)) / x.std(dim=-2)  # torch\n",
            ),
        ),
        ("def score(x):\n    return x.mean(-1)  # torch\n",),
    ),
    Operator(
        "keepdim-dropped",
        N_("keepdim dropped"),
        N_("(N,) against (N, N) broadcasts along the wrong axis"),
        "NumPy, broadcasting",
        ("rows_independent",),
        (b"keepdim",),
        _keepdim,
        (Example("m = x.mean(-1, keepdim=True)  # torch\n", "m = x.mean(-1, keepdim=False)  # torch\n"),),
        ("m = x.mean(-1, keepdims=keepdims)  # torch\n",),
    ),
    Operator(
        "eps-dropped",
        N_("eps dropped"),
        N_("a row of zeros has no direction, and dividing by its length gives nan"),
        "Ba, Kiros and Hinton 2016",
        ("survives_zeros",),
        (b"eps", b"EPS", b"1e-", b"0.00"),
        _eps,
        (
            Example("y = x / torch.sqrt(v + self.eps)\n", "y = x / torch.sqrt(v)\n"),
            Example("p = p / (p.sum() + 1e-8)  # torch\n", "p = p / (p.sum())  # torch\n"),
            Example("denominator += eps  # torch\n", "pass  # torch\n"),
        ),
        ("i = i + 1  # torch\n",),
    ),
    Operator(
        "normalised-twice",
        N_("normalised twice"),
        N_("data are standardised once, with the figures of the training part"),
        "torchvision, transforms.Normalize",
        ("normalises",),
        (b"std", b"sigma", b"Normalize", b"scale"),
        _twice,
        (
            Example("x = (x - mean) / std  # torch\n", "x = (((x - mean) / std) - mean) / std  # torch\n"),
            Example(
                "t = Compose([ToTensor(), Normalize(m, s)])  # torch\n",
                "t = Compose([ToTensor(), Normalize(m, s), Normalize(m, s)])  # torch\n",
            ),
        ),
        ("x = (x - x.mean(0)) / x.std(0)  # torch\n", "z = (a - b) / c  # torch\n"),
    ),
)
