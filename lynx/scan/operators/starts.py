"""How a model begins: the scale of its first weights."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.source import keyword, last, names_in, number
from lynx.scan.words import Example, Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

INIT = re.compile(r"(^|\.|_)(init|kaiming|xavier|lecun|glorot|he)(_|$|\.)|reset_parameters", re.I)


def _spreads(source: Source) -> Iterator[ast.expr]:
    """Each standard deviation that weights are drawn with."""
    for call in source.calls("normal_", "trunc_normal_"):
        given = keyword(call, "std")
        function = source.dotted(call.func).startswith("torch.")
        rest = call.args[1:] if function else call.args
        if given is not None:
            yield given.value
        elif len(rest) > 1:
            yield rest[1]
    for call in source.calls("sqrt"):
        # √(2 / fan in), in a function that draws weights
        part = call.args[0] if call.args else None
        share = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div) and number(part.left) is not None
        if share and INIT.search(source.path_of(call)) and not source.of_torch(call):
            yield call


def _times_ten(source: Source) -> Iterator[Edit]:
    for spread in _spreads(source):
        yield source.put(spread, f"{source.inner(spread)} * 10")


def _zero(source: Source) -> Iterator[Edit]:
    """Weights (not biases) that all begin at zero."""
    for call in source.calls(
        "normal_", "trunc_normal_", "kaiming_normal_", "kaiming_uniform_", "xavier_uniform_", "xavier_normal_"
    ):
        if not source.alone(call) or not isinstance(call.func, ast.Attribute):
            continue
        if source.dotted(call.func).startswith("torch.") and call.args:
            yield source.put(call, f"{source.of(call.func.value)}.zeros_({source.of(call.args[0])})")
        elif call.func.attr == "normal_" and "weight" in names_in(call.func.value):
            yield source.put(call, f"{source.of(call.func.value)}.zero_()")
    for call in source.calls("standard_normal"):
        if INIT.search(source.path_of(call)) or last(source.scope(call)) == "_gaussian":
            yield (Splice(source.end(call), b"", b" * 0"),)


OPERATORS = (
    Operator(
        "init-times-ten",
        N_("init × 10"),
        N_("the first weights set the scale of everything after them"),
        "He et al. 2015; Glorot and Bengio 2010",
        ("starts_at_chance",),
        (b"normal_", b"sqrt"),
        _times_ten,
        (
            Example(
                "import torch\ntorch.nn.init.normal_(w, mean=0.0, std=0.02)\n",
                "import torch\ntorch.nn.init.normal_(w, mean=0.0, std=0.02 * 10)\n",
            ),
            Example(
                "def kaiming_normal(n):  # numpy\n    return draw(math.sqrt(2.0 / n))\n",
                "def kaiming_normal(n):  # numpy\n    return draw(math.sqrt(2.0 / n) * 10)\n",
            ),
        ),
        ("def norm(n):  # numpy\n    return math.sqrt(2.0 / n)\n",),
    ),
    Operator(
        "init-zero",
        N_("init zero"),
        N_("units that begin alike stay alike"),
        "Goodfellow, Bengio and Courville 2016, 8.4",
        ("units_differ", "every_parameter_gets_gradient"),
        (b"normal", b"uniform_"),
        _zero,
        (
            Example(
                "from torch.nn import init\ninit.xavier_uniform_(self.w.weight, gain=2)\n",
                "from torch.nn import init\ninit.zeros_(self.w.weight)\n",
            ),
            Example("import torch\nm.weight.data.normal_(0, 1)\n", "import torch\nm.weight.data.zero_()\n"),
        ),
        ("import torch\nnoise = torch.empty(3).normal_(0, 1)\n",),
    ),
)
