"""Losses: what is averaged over what, and what stands against what."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.operators.kinds import LOSSY, axis
from lynx.scan.source import keyword, last, names_in, number
from lynx.scan.words import Example, Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

TORCH_LOSSES = (
    *("cross_entropy", "mse_loss", "nll_loss", "l1_loss", "smooth_l1_loss", "huber_loss"),
    *("binary_cross_entropy", "binary_cross_entropy_with_logits", "CrossEntropyLoss", "MSELoss"),
    *("NLLLoss", "L1Loss", "BCELoss", "BCEWithLogitsLoss", "SmoothL1Loss", "HuberLoss"),
)
MASK = re.compile(r"mask|valid|weight|pad", re.I)


def _sum_for_mean(source: Source) -> Iterator[Edit]:
    for call in source.calls(*TORCH_LOSSES):
        if not source.of_torch(call):
            continue
        given = keyword(call, "reduction")
        if given is None and not any(k.arg is None for k in call.keywords):
            yield source.argument(call, 'reduction="sum"')
        elif given and isinstance(given.value, ast.Constant) and given.value.value == "mean":
            yield source.put(given.value, '"sum"')
    for call in source.calls("mean"):
        func = call.func
        if (
            isinstance(func, ast.Attribute)
            and not call.args
            and not call.keywords
            and _of_losses(source, call)
        ):
            end = source.end(func)
            yield (Splice(end - len("mean"), b"mean", b"sum"),)


def _of_losses(source: Source, call: ast.Call) -> bool:
    """A mean over losses: of something named so, or what a function named so returns, not one in a norm."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call
    function = source.function(call)
    named = any(LOSSY.search(name) for name in names_in(owner))
    return named or (function is not None and bool(LOSSY.search(function.name)))


def _double_softmax(source: Source) -> Iterator[Edit]:
    criteria = {
        last(target)
        for assign in source.all(ast.Assign)
        if isinstance(assign.value, ast.Call) and last(assign.value.func) == "CrossEntropyLoss"
        for target in assign.targets
    }
    for call in source.all(ast.Call):
        name = last(call.func)
        of_torch = name == "cross_entropy" and source.of_torch(call)
        plain = name == "cross_entropy" and isinstance(call.func, ast.Name)
        if (
            (of_torch or plain or name in criteria)
            and call.args
            and not isinstance(call.args[0], ast.Starred)
        ):
            way = "softmax(dim=1)" if source.uses_torch else "softmax()"
            yield source.put(call.args[0], f"{source.inner(call.args[0])}.{way}")


def _softmax_for_log(source: Source) -> Iterator[Edit]:
    if b"nll_loss" in source.text or b"NLLLoss" in source.text:
        for call in source.calls("log_softmax"):
            end = source.end(call.func)
            yield (Splice(end - len("log_softmax"), b"log_softmax", b"softmax"),)


def _padding(source: Source) -> Iterator[Edit]:
    for call in source.all(ast.Call):
        given = keyword(call, "ignore_index")
        if given is not None and number(given.value) != -100.0:
            yield source.without(call, given)
    for node in source.all(ast.BinOp):
        # (loss * mask).sum() / mask.sum()
        if not isinstance(node.op, ast.Div) or not _is_sum(node.left):
            continue
        product = node.left.func.value  # type: ignore[attr-defined]
        below = {name for name in names_in(node.right) if MASK.search(name)}
        if (
            isinstance(product, ast.BinOp)
            and isinstance(product.op, ast.Mult)
            and below & names_in(product.right)
        ):
            yield source.put(node, f"{source.inner(product.left)}.mean()")


def _is_sum(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sum"
        and not node.args
    )


def _column_minus_row(source: Source) -> Iterator[Edit]:
    """A reshaping left out of one side of a difference: (N, 1) against (N,) gives (N, N)."""
    losses = source.calls("mse_loss", "l1_loss", "smooth_l1_loss", "mse")
    sides = [(node.left, node.right) for node in source.all(ast.BinOp) if isinstance(node.op, ast.Sub)]
    sides += [(call.args[0], call.args[1]) for call in losses if len(call.args) > 1]
    for a, b in sides:
        if _squeezed(a) is not None and _squeezed(b) is not None:
            continue
        for side in (a, b):
            inner = _squeezed(side)
            if inner is not None:
                yield source.keep(side, inner)


def _squeezed(node: ast.expr) -> ast.expr | None:
    """What stands inside a `.squeeze(-1)`, `.unsqueeze(1)`, `.view(-1, 1)`, `.reshape(-1)`, `[:, None]`, `[:, 0]`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name, args = node.func.attr, [number(arg) for arg in node.args]
        if name in {"squeeze", "unsqueeze", "flatten"} and args in ([], [-1.0], [1.0]):
            return node.func.value
        if name in {"view", "reshape"} and args in ([-1.0, 1.0], [-1.0]):
            return node.func.value
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        rows, column = node.slice.elts
        whole = isinstance(rows, ast.Slice) and rows.lower is None and rows.upper is None
        one = isinstance(column, ast.Constant) and (column.value is None or column.value == 0)
        return node.value if whole and one else None
    return None


def _max_shift(source: Source) -> Iterator[Edit]:
    """`x - x.max(…)` in front of an exponential."""
    for node in source.all(ast.BinOp):
        right = node.right
        if (
            isinstance(node.op, ast.Sub)
            and isinstance(right, ast.Call)
            and last(right.func) in {"max", "amax"}
        ):
            yield source.keep(node, node.left)


def _argmax_axis(source: Source) -> Iterator[Edit]:
    for call in source.calls("argmax"):
        given = axis(source, call, 1)
        here = number(given) if given is not None else None
        if given is not None and here in {-1.0, 1.0}:
            yield source.put(given, "-2" if here == -1.0 else "0")


_F = "import torch.nn.functional as F\n"

OPERATORS = (
    Operator(
        "sum-for-mean",
        N_("reduction sum for mean"),
        N_("a summed loss makes the step grow with the batch"),
        "PyTorch, CrossEntropyLoss: reduction",
        ("loss_is_mean_of_rows",),
        (b"oss", b"entropy", b"mean"),
        _sum_for_mean,
        (
            Example(
                f"{_F}loss = F.cross_entropy(z, y)\n", f'{_F}loss = F.cross_entropy(z, y, reduction="sum")\n'
            ),
            Example(
                "from torch import nn\nc = nn.MSELoss(reduction='mean')\n",
                'from torch import nn\nc = nn.MSELoss(reduction="sum")\n',
            ),
            Example(
                f"{_F}c = F.mse_loss(\n    a,\n    b,\n)\n",
                f'{_F}c = F.mse_loss(\n    a,\n    b, reduction="sum",\n)\n',
            ),
            Example(
                "def mse(a, b):\n    return ((a - b) ** 2).mean()\n",
                "def mse(a, b):\n    return ((a - b) ** 2).sum()\n",
            ),
            Example("total = (losses * 2).mean()\n", "total = (losses * 2).sum()\n"),
        ),
        ("def norm(x):\n    return x - x.mean(-1)\n", f"{_F}s = F.cross_entropy(z, y, reduction='none')\n"),
    ),
    Operator(
        "double-softmax",
        N_("double softmax"),
        N_("cross-entropy takes logits, and does the softmax itself"),
        "PyTorch, CrossEntropyLoss: input",
        ("loss_reaches_zero",),
        (b"cross_entropy", b"CrossEntropyLoss"),
        _double_softmax,
        (
            Example(
                f"{_F}loss = F.cross_entropy(f(x), y)\n",
                f"{_F}loss = F.cross_entropy(f(x).softmax(dim=1), y)\n",
            ),
            Example(
                "import torch\nc = torch.nn.CrossEntropyLoss()\nl = c(z, y)\n",
                "import torch\nc = torch.nn.CrossEntropyLoss()\nl = c(z.softmax(dim=1), y)\n",
            ),
        ),
        (f"{_F}loss = F.mse_loss(z, y)\n",),
    ),
    Operator(
        "softmax-for-log-softmax",
        N_("softmax for log-softmax"),
        N_("the negative log likelihood takes logarithms"),
        "PyTorch, NLLLoss: input",
        ("loss_reaches_zero", "starts_at_chance"),
        (b"log_softmax",),
        _softmax_for_log,
        (
            Example(
                f"{_F}l = F.nll_loss(F.log_softmax(z, -1), y)\n", f"{_F}l = F.nll_loss(F.softmax(z, -1), y)\n"
            ),
        ),
        ("p = z.log_softmax(-1)\n",),
    ),
    Operator(
        "padding-counted",
        N_("padding counted"),
        N_("what fills up a batch is no example"),
        "PyTorch, CrossEntropyLoss: ignore_index",
        ("loss_ignores_padding",),
        (b"ignore_index", b"mask", b"valid", b"pad", b"weight"),
        _padding,
        (
            Example(f"{_F}l = F.cross_entropy(z, y, ignore_index=0)\n", f"{_F}l = F.cross_entropy(z, y)\n"),
            Example(
                f"{_F}l = F.cross_entropy(z, y, ignore_index=p, weight=w)\n",
                f"{_F}l = F.cross_entropy(z, y, weight=w)\n",
            ),
            Example("import torch\nl = (per * mask).sum() / mask.sum()\n", "import torch\nl = per.mean()\n"),
        ),
        ("import torch\nl = (a * b).sum() / n.sum()\n",),
    ),
    Operator(
        "column-minus-row",
        N_("column minus row"),
        N_("(N, 1) against (N,) broadcasts to (N, N)"),
        "NumPy, broadcasting",
        ("loss_is_mean_of_rows",),
        (b"squeeze", b"view", b"reshape", b"None", b", 0]", b"flatten"),
        _column_minus_row,
        (
            Example(
                "import torch\nl = ((f(x).squeeze(-1) - y) ** 2).mean()\n",
                "import torch\nl = ((f(x) - y) ** 2).mean()\n",
            ),
            Example(f"{_F}l = F.mse_loss(p, y.unsqueeze(1))\n", f"{_F}l = F.mse_loss(p, y)\n"),
            Example("import torch\nd = p - y[:, None]\n", "import torch\nd = p - y\n"),
        ),
        ("import torch\nd = p.squeeze(-1) - y.squeeze(-1)\n", "import torch\nd = p.sum(-1) - y\n"),
    ),
    Operator(
        "max-shift-dropped",
        N_("max shift dropped"),
        N_("exponentials overflow unless the largest is taken out first"),
        "Goodfellow, Bengio and Courville 2016, 4.1",
        ("survives_large_inputs",),
        (b"max(",),
        _max_shift,
        (Example("import numpy\ne = exp(x - x.max(-1, keepdims=True))\n", "import numpy\ne = exp(x)\n"),),
    ),
    Operator(
        "argmax-axis",
        N_("argmax over the wrong axis"),
        N_("an axis is chosen by what it means, and shapes may hide a mistake"),
        "NumPy, argmax: axis",
        ("rows_independent",),
        (b"argmax",),
        _argmax_axis,
        (
            Example("import torch\nr = z.argmax(dim=-1) == y\n", "import torch\nr = z.argmax(dim=-2) == y\n"),
            Example("import torch\nr = torch.argmax(z, 1)\n", "import torch\nr = torch.argmax(z, 0)\n"),
        ),
        ("import torch\nr = z.argmax()\n",),
    ),
)
