"""What several families ask of an expression: is this an optimiser, a block's own call, a loss."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.scan.source import keyword, last, names_in, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source

OPTIMISERS = (
    *("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam"),
    *("SGDW", "Lion", "Muon", "Adafactor", "LBFGS", "FusedAdam"),
)
OPTIMISER = re.compile(r"optim|^opt(_|$|[A-Z])|_opt$|scaler", re.I)
FORWARD = re.compile(r"forward|__call__|attend|attention|step|block|encode|decode|embed", re.I)
LOSSY = re.compile(r"loss|entropy|mse|nll|criterion|objective", re.I)
MODEL = re.compile(
    r"model|net(work)?$|module|encoder|decoder|gpt|bert|transformer|^(self|m|ours)$|generator|critic", re.I
)


def is_optimiser(node: ast.AST) -> bool:
    """Whether this expression names an optimiser (or the scaler that steps one)."""
    return bool(OPTIMISER.search(last(node)))


def steps(source: Source) -> Iterator[ast.Expr]:
    """Every statement `optimizer.step(…)`."""
    for call in source.calls("step"):
        if isinstance(call.func, ast.Attribute) and is_optimiser(call.func.value):
            statement = source.alone(call)
            if isinstance(statement, ast.Expr):
                yield statement


def calls_in(statement: ast.stmt, *names: str) -> list[ast.Call]:
    """Every call of one of these names within a statement."""
    return [node for node in ast.walk(statement) if isinstance(node, ast.Call) and last(node.func) in names]


def in_forward(source: Source, node: ast.AST) -> bool:
    """Whether it stands in what a module computes: a method of a class, of a name that says so."""
    function = source.function(node)
    return function is not None and source.klass(function) is not None and bool(FORWARD.search(function.name))


def sublayer(node: ast.AST) -> bool:
    """`self.attn(x)`, `block(x)`, `self.blocks[i](x)`: a call of something that a module holds."""
    if not isinstance(node, ast.Call):
        return False
    func = node.func
    while isinstance(func, ast.Subscript):
        func = func.value
    return isinstance(func, ast.Attribute | ast.Name) and not _is_function_of_library(func)


def _is_function_of_library(func: ast.Attribute | ast.Name) -> bool:
    root: ast.AST = func
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in {
        "torch",
        "F",
        "np",
        "math",
        "nn",
        "range",
        "len",
        "int",
        "float",
    }


def is_minus_infinity(node: ast.AST | None) -> bool:
    """`float("-inf")`, `-torch.inf`, `-math.inf`, `-1e9`, `torch.finfo(…).min`."""
    if node is None:
        return False
    if isinstance(node, ast.Call) and last(node.func) == "float" and node.args:
        told = node.args[0]
        return isinstance(told, ast.Constant) and str(told.value).strip() in {"-inf", "-Infinity"}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return last(node.operand) in {"inf", "Inf", "infty"} or (number(node) or 0.0) <= -1e4
    return last(node) == "min" and "finfo" in names_in(node)


def operand(call: ast.Call) -> ast.expr | None:
    """What a function works on: its first argument, or of a method without one what it was called on."""
    if call.args:
        return call.args[0]
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def axis(source: Source, call: ast.Call, nth: int) -> ast.expr | None:
    """The axis that a call names: `dim=`, `axis=`, or its `nth` argument (of a function; of a method one before)."""
    given = keyword(call, "dim", "axis")
    if given is not None:
        return given.value
    place = nth if source.dotted(call.func).startswith(("torch.", "numpy.")) else nth - 1
    return call.args[place] if 0 <= place < len(call.args) else None
