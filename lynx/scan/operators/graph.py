"""The graph: where gradients flow, and how they add up."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.operators.kinds import in_forward, sublayer
from lynx.scan.source import last, same
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit

LEAVES = {"cpu", "numpy", "item", "tolist", "data"}  # after these no gradient could flow anyhow


def _detach_added(source: Source) -> Iterator[Edit]:
    """In front of a layer that gives its input on under the same name: `x = block(x)`, and around a branch."""
    for assign in source.all(ast.Assign):
        call = assign.value
        if len(assign.targets) == 1 and isinstance(call, ast.Call) and sublayer(call) and len(call.args) == 1:
            target, given = assign.targets[0], call.args[0]
            alike = isinstance(target, ast.Name) and isinstance(given, ast.Name) and target.id == given.id
            if alike and in_forward(source, assign):
                yield source.put(given, f"{source.of(given)}.detach()")


def _detach_dropped(source: Source) -> Iterator[Edit]:
    for call in source.calls("detach", "detach_"):
        outer = source.parents.get(call)
        if isinstance(outer, ast.Attribute) and outer.attr in LEAVES:
            continue
        if isinstance(call.func, ast.Attribute) and (edit := source.dropped(call)):
            yield edit


def _overwritten(source: Source) -> Iterator[Edit]:
    for change in source.all(ast.AugAssign):
        if isinstance(change.op, ast.Add) and _is_gradient(change.target):
            yield source.plain_assignment(change)
    for assign in source.all(ast.Assign):
        # pending[key] = before + contribution, in a walk back through a graph
        value = assign.value
        target = assign.targets[0]
        sums = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and _is_gradient(target)
        if sums and isinstance(value, ast.BinOp) and same(_plain(value.left), _plain(target)):
            yield source.keep(value, value.right)


def _is_gradient(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        node = node.value
    return "grad" in last(node).lower()


def _plain(node: ast.AST) -> ast.AST:
    """The same expression as it would stand where it is read."""
    return ast.parse(ast.unparse(node), mode="eval").body


OPERATORS = (
    Operator(
        "detach-added",
        N_("detach added"),
        N_("what is detached passes no gradient on"),
        "PyTorch, Tensor.detach",
        ("every_parameter_gets_gradient",),
        (b"forward", b"__call__", b"def step"),
        _detach_added,
        (
            Example(
                "class A(nn.Module):\n    def forward(self, x):\n        x = self.f(x)\n        return x\n",
                "class A(nn.Module):\n    def forward(self, x):\n        x = self.f(x.detach())\n        return x\n",
            ),
        ),
        ("class A(nn.Module):\n    def forward(self, x):\n        y = self.f(x)\n        return y\n",),
    ),
    Operator(
        "detach-dropped",
        N_("detach dropped"),
        N_("a detached value is a number that nothing is learned through"),
        "PyTorch, Tensor.detach",
        ("gradient_stops_at",),
        (b".detach",),
        _detach_dropped,
        (
            Example("target = net(x).detach()\n", "target = net(x)\n"),
            Example("h.detach_()  # torch\n", "pass  # torch\n"),
        ),
        ("y = net(x).detach().cpu().numpy()\n", "y = x.detach().item()  # torch\n"),
    ),
    Operator(
        "gradient-overwritten",
        N_("gradient overwritten (= for +=)"),
        N_("gradients of one value through several paths add up"),
        "Rumelhart, Hinton and Williams 1986; micrograd",
        ("gradients_match_differences",),
        (b"grad",),
        _overwritten,
        (
            Example("self.grad += g * y\n", "self.grad = g * y\n"),
            Example("grads[i]  +=  g\n", "grads[i]  =  g\n"),
            Example("p.grad = p.grad + g\n", "p.grad = g\n"),
        ),
        ("total += p.grad\n", "p.grad = None\n"),
    ),
)
