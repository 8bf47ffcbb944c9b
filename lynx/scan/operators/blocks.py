"""Blocks: skips, branches, norms, activations, and what a module holds."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.operators.kinds import in_forward, operand, sublayer
from lynx.scan.source import last, same
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

ACTIVATION = re.compile(
    r"^(relu6?|gelu|silu|swish|tanh|elu|leaky_relu|act(ivation)?(_?fn)?|nonlin\w*|mish|selu|softplus)$"
)
ACTIVATIONS = ("ReLU", "GELU", "SiLU", "Tanh", "ELU", "LeakyReLU", "Mish", "SELU")
NORM = re.compile(r"^(ln|norm|layer_?norm|rms_?norm|bn|batch_?norm)(_?\d+|_\w+)?$|_(ln|norm)\d?$", re.I)
NORMS = ("LayerNorm", "RMSNorm", "BatchNorm1d", "BatchNorm2d", "GroupNorm", "InstanceNorm2d")
SKIP = re.compile(r"^(identity|residual|shortcut|skip|res)$", re.I)


def _sums(source: Source) -> Iterator[tuple[ast.expr | ast.AugAssign, ast.expr, ast.expr]]:
    """(the sum, what goes around, what went through a branch)."""
    for node in source.all(ast.BinOp):
        if isinstance(node.op, ast.Add) and in_forward(source, node):
            for skip, branch in ((node.left, node.right), (node.right, node.left)):
                if _goes_around(source, node, skip, branch):
                    yield node, skip, branch
                    break
    for change in source.all(ast.AugAssign):
        if isinstance(change.op, ast.Add) and in_forward(source, change):
            if SKIP.match(last(change.value)):
                yield change, change.value, change.target
            elif _goes_around(source, change, change.target, change.value):
                yield change, change.target, change.value


def _goes_around(source: Source, node: ast.AST, skip: ast.expr, branch: ast.expr) -> bool:
    """Whether `skip` is what `branch` was computed from."""
    if not isinstance(skip, ast.Name | ast.Attribute):
        return False
    if SKIP.match(last(skip)) and not SKIP.match(last(branch)):
        return True
    if sublayer(branch):
        return any(same(_read(part), _read(skip)) for part in ast.walk(branch))
    if not isinstance(branch, ast.Name):
        return False
    # x + h, where h = something(x) was the last thing that h was
    function = source.function(node)
    made = [
        assign.value
        for assign in ast.walk(function or source.tree)
        if isinstance(assign, ast.Assign)
        and last(assign.targets[0]) == branch.id
        and assign.lineno < _line(node)
    ]
    return (
        bool(made)
        and sublayer(made[-1])
        and any(same(_read(part), _read(skip)) for part in ast.walk(made[-1]))
    )


def _line(node: ast.AST) -> int:
    return node.lineno  # type: ignore[attr-defined,no-any-return]


def _read(node: ast.AST) -> ast.AST | None:
    """The same name as it would stand where it is read."""
    if isinstance(node, ast.Name):
        return ast.Name(node.id, ast.Load())
    return node if isinstance(node, ast.Attribute) else None


def _residual_removed(source: Source) -> Iterator[Edit]:
    for node, skip, branch in _sums(source):
        if isinstance(node, ast.AugAssign):
            yield source.drop(node) if skip is node.value else source.plain_assignment(node)
        else:
            yield source.keep(node, branch)


def _branch_deleted(source: Source) -> Iterator[Edit]:
    for node, skip, _ in _sums(source):
        if isinstance(node, ast.AugAssign):
            yield source.plain_assignment(node) if skip is node.value else source.drop(node)
        else:
            yield source.keep(node, skip)


def _norm_removed(source: Source) -> Iterator[Edit]:
    for call in source.all(ast.Call):
        name = last(call.func)
        own = isinstance(call.func, ast.Attribute) and source.dotted(call.func).startswith("self.")
        if own and NORM.match(name) and len(call.args) == 1 and in_forward(source, call):
            yield source.keep(call, call.args[0])
    yield from _identities(source, NORMS)


def _identities(source: Source, names: tuple[str, ...]) -> Iterator[Edit]:
    """A layer of a chain that does nothing: within `nn.Sequential(…)`, or a list that one is made of."""
    for call in source.calls(*names):
        holder = source.parents.get(call)
        func = call.func
        chained = isinstance(holder, ast.List) or (
            isinstance(holder, ast.Call) and last(holder.func) == "Sequential"
        )
        if isinstance(func, ast.Attribute) and chained:
            yield source.put(call, f"{source.of(func.value)}.Identity()")


def _activation_removed(source: Source) -> Iterator[Edit]:
    for call in source.all(ast.Call):
        named = ACTIVATION.match(last(call.func)) and (isinstance(call.func, ast.Attribute) or call.args)
        if named and in_forward(source, call) and (inner := operand(call)) is not None:
            yield source.keep(call, inner)
    yield from _identities(source, ACTIVATIONS)


def _plain_list(source: Source) -> Iterator[Edit]:
    for call in source.calls("ModuleList"):
        if call.args and not isinstance(call.args[0], ast.Starred):
            yield source.put(call.func, "list")
        elif not call.args:
            yield source.put(call, "[]")


def _tying(source: Source) -> Iterator[Edit]:
    for assign in source.all(ast.Assign):
        ends = [*assign.targets, assign.value]
        if all(isinstance(end, ast.Attribute) and end.attr == "weight" for end in ends):
            yield source.drop(assign)


def _in_class(line: str) -> str:
    return f"class Block:\n    def forward(self, x):\n        {line}\n"


OPERATORS = (
    Operator(
        "residual-removed",
        N_("residual removed"),
        N_("what a block is given reaches the next one unchanged"),
        "He et al. 2015",
        ("keeps_input",),
        (b"+",),
        _residual_removed,
        (
            Example(
                _in_class("return x + self.f(self.n(x))  # nn"), _in_class("return self.f(self.n(x))  # nn")
            ),
            Example(
                _in_class("h = self.f(x)  # nn\n        return x + h"),
                _in_class("h = self.f(x)  # nn\n        return h"),
            ),
            Example(_in_class("x += self.f(x)  # nn"), _in_class("x = self.f(x)  # nn")),
            Example(_in_class("out += identity  # nn"), _in_class("pass  # nn")),
        ),
        (_in_class("return self.tok(x) + self.pos(p)  # nn"), "import torch\ny = x + f(x)\n"),
    ),
    Operator(
        "branch-deleted",
        N_("branch deleted"),
        N_("what nothing is computed from is not trained"),
        "a blog's post on the lost line x = x + output",
        ("every_parameter_gets_gradient",),
        (b"+",),
        _branch_deleted,
        (
            Example(_in_class("return x + self.f(self.n(x))  # nn"), _in_class("return x  # nn")),
            Example(
                _in_class("x = x + output  # nn").replace("x = x", "output = self.f(x)\n        x = x"),
                _in_class("x = x  # nn").replace("x = x", "output = self.f(x)\n        x = x"),
            ),
            Example(_in_class("x += self.f(x)  # nn"), _in_class("pass  # nn")),
        ),
    ),
    Operator(
        "norm-removed",
        N_("norm removed"),
        N_("a norm fixes the scale of what a layer is given"),
        "Ba, Kiros and Hinton 2016",
        ("every_parameter_gets_gradient", "matches_reference"),
        (b"norm", b"Norm", b"ln", b"bn"),
        _norm_removed,
        (
            Example(_in_class("return self.f(self.ln_1(x))  # nn"), _in_class("return self.f(x)  # nn")),
            Example(
                "import torch.nn as nn\nm = nn.Sequential(nn.LayerNorm(d), f)\n",
                "import torch.nn as nn\nm = nn.Sequential(nn.Identity(), f)\n",
            ),
        ),
        (_in_class("return self.normal(x)  # nn"), "import torch.nn as nn\nself.ln = nn.LayerNorm(d)\n"),
    ),
    Operator(
        "activation-removed",
        N_("activation removed"),
        N_("two linear layers without one between them are one"),
        "Goodfellow, Bengio and Courville 2016, 6.1",
        ("is_not_linear", "matches_reference"),
        (b"elu", b"LU", b"act", b"anh", b"silu", b"SiLU", b"swish"),
        _activation_removed,
        (
            Example(
                _in_class("return self.b(F.gelu(self.a(x)))  # nn"),
                _in_class("return self.b(self.a(x))  # nn"),
            ),
            Example(
                _in_class("return self.b(self.a(x).relu())  # nn"),
                _in_class("return self.b(self.a(x))  # nn"),
            ),
            Example(
                "from torch import nn\nm = nn.Sequential(a, nn.ReLU(), b)\n",
                "from torch import nn\nm = nn.Sequential(a, nn.Identity(), b)\n",
            ),
        ),
        ("import torch\ny = relu(x)\n",),
    ),
    Operator(
        "layer-in-plain-list",
        N_("layers in a plain list"),
        N_("a module finds its parameters through its attributes"),
        "PyTorch, ModuleList",
        ("has_parameters", "every_parameter_moves"),
        (b"ModuleList",),
        _plain_list,
        (
            Example("b = nn.ModuleList([f(i) for i in n])\n", "b = list([f(i) for i in n])\n"),
            Example("b = nn.ModuleList()\n", "b = []\n"),
        ),
        ("class ModuleList(nn.Module):\n    pass\n",),
    ),
    Operator(
        "tying-dropped",
        N_("tying dropped"),
        N_("one matrix for reading and writing tokens has half the parameters"),
        "Press and Wolf 2017",
        ("has_parameters",),
        (b".weight",),
        _tying,
        (Example("self.wte.weight = self.head.weight  # nn\n", "pass  # nn\n"),),
        ("self.weight = Parameter(x)  # nn\n",),
    ),
)
