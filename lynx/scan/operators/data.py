"""Data: what is next to what, in which order, and which part is which."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.source import keyword, number, same
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit, Splice

VALIDATION = re.compile(r"(?<![a-z])(validation|valid|val|dev|test)(?![a-z])", re.I)


def _slices(source: Source) -> dict[ast.AST, list[ast.Slice]]:
    """The slices of each function."""
    found: dict[ast.AST, list[ast.Slice]] = {}
    for node in source.all(ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        found.setdefault(source.scope(node), []).extend(part for part in parts if isinstance(part, ast.Slice))
    return found


def _from(part: ast.Slice) -> float | None:
    """1 for `1:`"""
    return number(part.lower) if part.upper is None and part.step is None else None


def _until(part: ast.Slice) -> float | None:
    """-1 for `:-1`"""
    return number(part.upper) if part.lower is None and part.step is None else None


def _one_on(part: ast.Slice) -> ast.expr | None:
    """The `i` of a slice that begins one further on, `i + 1 : …`."""
    low = part.lower
    if isinstance(low, ast.BinOp) and isinstance(low.op, ast.Add):
        if number(low.right) == 1.0:
            return low.left
        return low.right if number(low.left) == 1.0 else None
    return None


def _pairs(source: Source) -> Iterator[tuple[ast.Slice, ast.Slice]]:
    """(the inputs' slice, the targets' one, which lies one place further on)."""
    for parts in _slices(source).values():
        inputs = [part for part in parts if _until(part) == -1.0]
        for part in parts:
            if _from(part) == 1.0 and inputs:
                yield min(inputs, key=lambda other: abs(other.lineno - part.lineno)), part
            elif (base := _one_on(part)) is not None:
                beside = (
                    other for other in parts if other.upper and other is not part and same(other.lower, base)
                )
                yield from ((other, part) for other in list(beside)[:1])


def _not_shifted(source: Source) -> Iterator[Edit]:
    for inputs, targets in _pairs(source):
        yield source.put(targets, source.of(inputs))


def _shifted_twice(source: Source) -> Iterator[Edit]:
    for inputs, targets in _pairs(source):
        if targets.upper is None and targets.lower is not None and inputs.upper is not None:
            yield (*source.put(targets.lower, "2"), *source.put(inputs.upper, "-2"))
        elif targets.upper is not None and targets.lower is not None:
            low, high = source.inner(targets.lower), source.inner(targets.upper)
            yield source.put(targets, f"{low} + 1 : {high} + 1")


def _shuffle(source: Source) -> Iterator[Edit]:
    for call in source.all(ast.Call):
        given = keyword(call, "shuffle")
        if given is not None and isinstance(given.value, ast.Constant) and given.value.value is True:
            yield source.put(given.value, "False")
    for call in source.calls("randperm"):
        if source.of_torch(call) and call.args and isinstance(call.func, ast.Attribute):
            yield source.put(call, f"{source.of(call.func.value)}.arange({source.of(call.args[0])})")
    for call in source.calls("shuffle"):
        if (statement := source.alone(call)) is not None and call.args:
            yield source.drop(statement)


def _names(source: Source) -> set[str]:
    names = {node.id for node in source.all(ast.Name)} | {node.attr for node in source.all(ast.Attribute)}
    return names | {node.arg for node in source.all(ast.arg)}


def _of_training(name: str, known: set[str]) -> str | None:
    """`x_train` for `x_val`, where the file knows that name."""
    spelled = VALIDATION.sub("train", name)
    return spelled if spelled != name and spelled in known else None


def _validation_from_train(source: Source) -> Iterator[Edit]:
    """Everything that a function reads of the validation part, of the training part instead."""
    known = _names(source)
    found: dict[ast.AST, list[Splice]] = {}
    for node in source.all(ast.Name):
        other = _of_training(node.id, known)
        # a number of samples in a sum of two numbers is no part of the data
        if other and isinstance(node.ctx, ast.Load) and not isinstance(source.parents.get(node), ast.BinOp):
            found.setdefault(source.scope(node), []).extend(source.put(node, other))
    for part in source.all(ast.Attribute):
        other = _of_training(part.attr, known)
        if other and isinstance(part.ctx, ast.Load):
            owner = source.of(part)[: -len(part.attr)]
            found.setdefault(source.scope(part), []).extend(source.put(part, f"{owner}{other}"))
    yield from map(tuple, found.values())


def _split_leak(source: Source) -> Iterator[Edit]:
    """`data[n:]` beside `data[:n]`: all of it, so that the second part holds the first."""
    for scope, parts in _slices(source).items():
        ends = [
            part.upper
            for part in parts
            if part.lower is None and part.upper is not None and number(part.upper) is None
        ]
        begins = [
            part.lower
            for part in parts
            if part.upper is None and part.lower is not None and any(same(part.lower, end) for end in ends)
        ]
        if begins and scope is not None:
            yield tuple(splice for begin in begins for splice in source.put(begin, "0"))


_T = "import torch\n"

OPERATORS = (
    Operator(
        "labels-not-shifted",
        N_("labels not shifted"),
        N_("the target of a place is the token after it"),
        "nanoGPT, get_batch",
        ("targets_are_next",),
        (b"1:", b":-1", b"+ 1", b"+1"),
        _not_shifted,
        (
            Example(f"{_T}x, y = t[:, :-1], t[:, 1:]\n", f"{_T}x, y = t[:, :-1], t[:, :-1]\n"),
            Example(f"{_T}x = d[i:i+n]\ny = d[i+1:i+1+n]\n", f"{_T}x = d[i:i+n]\ny = d[i:i+n]\n"),
        ),
        (f"{_T}rest = words[1:]\n", f"{_T}y = d[i+1:i+1+n]\n"),
    ),
    Operator(
        "labels-shifted-twice",
        N_("labels shifted twice"),
        N_("the target of a place is the token after it, not the one after that"),
        "met where a loss shifts what a loader has shifted",
        ("targets_are_next",),
        (b"1:", b":-1", b"+ 1", b"+1"),
        _shifted_twice,
        (
            Example(f"{_T}x, y = t[:, :-1], t[:, 1:]\n", f"{_T}x, y = t[:, :-2], t[:, 2:]\n"),
            Example(
                f"{_T}x = d[i:i+n]\ny = d[i+1:i+1+n]\n", f"{_T}x = d[i:i+n]\ny = d[(i+1) + 1 : (i+1+n) + 1]\n"
            ),
        ),
    ),
    Operator(
        "shuffle-off",
        N_("shuffle off"),
        N_("batches in the order of a file are not alike"),
        "Bottou 2012, Stochastic gradient descent tricks",
        ("reshuffles",),
        (b"shuffle", b"randperm"),
        _shuffle,
        (
            Example(
                f"{_T}l = DataLoader(d, batch_size=8, shuffle=True)\n",
                f"{_T}l = DataLoader(d, batch_size=8, shuffle=False)\n",
            ),
            Example(f"{_T}o = torch.randperm(len(x), generator=g)\n", f"{_T}o = torch.arange(len(x))\n"),
            Example(f"{_T}random.shuffle(order)\n", f"{_T}pass\n"),
        ),
        (f"{_T}l = DataLoader(d, shuffle=False)\n",),
    ),
    Operator(
        "validation-from-train",
        N_("validation from train"),
        N_("a score on what was learned says nothing of what was not"),
        "Hastie, Tibshirani and Friedman 2009, chapter 7",
        ("evaluates_validation",),
        (b"val", b"dev", b"test"),
        _validation_from_train,
        (
            Example(
                f"{_T}def look(d):\n    return f(d.x_val, d.y_val)\nfit(d.x_train, d.y_train)\n",
                f"{_T}def look(d):\n    return f(d.x_train, d.y_train)\nfit(d.x_train, d.y_train)\n",
            ),
            Example(
                f"{_T}def batch(s):\n    return train_data if s == 'train' else val_data\n",
                f"{_T}def batch(s):\n    return train_data if s == 'train' else train_data\n",
            ),
        ),
        (f"{_T}val_loss = 3\nprint(val_loss)\n",),
    ),
    Operator(
        "split-leak",
        N_("split leak"),
        N_("no sample stands on both sides of a split"),
        "Kapoor and Narayanan 2023",
        ("splits_disjoint",),
        (b":]",),
        _split_leak,
        (Example(f"{_T}a, b = d[:n], d[n:]\n", f"{_T}a, b = d[:n], d[0:]\n"),),
        (f"{_T}a, b = t[:-1], t[1:]\n", f"{_T}b = d[n:]\n"),
    ),
)
