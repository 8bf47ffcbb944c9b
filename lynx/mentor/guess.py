"""A first guess at the oracle, read off the healthy source: names, annotations, default values. Pure.

What nothing tells is left blank and named; where arguments are objects, or what changed is a method or a
closure, a file `oracle.py` is proposed, whose `make` builds them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lynx.mentor.arguments import Input, input_of, needed, value_of
from lynx.mentor.factory import Factory, Source, building, factory, variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Guess:
    """`call` with what it takes, or a file whose `make` builds it; what could not be guessed."""

    call: str = ""
    init: Mapping[str, str] = field(default_factory=dict)  # values as YAML
    inputs: Sequence[Input] = ()
    built: Factory | None = None


def guess(source: bytes, within: str | None, module: str) -> Guess | None:
    """The oracle around the change; None where nothing public is around it."""
    if within is None:
        return None
    try:
        told = Source(source, module)
    except (SyntaxError, ValueError):
        return None
    outer, *inner = [part for part in within.split(".") if part != "<locals>"]
    node = told.node(outer)
    if isinstance(node, ast.FunctionDef):
        return _of_closure(told, node, inner[0]) if inner else _of_function(told, node)
    if isinstance(node, ast.ClassDef):
        return _of_class(told, node, inner)
    return None


def _of_function(told: Source, node: ast.FunctionDef) -> Guess:
    inputs = [input_of(a, node, told.tree) for a in needed(node)]
    if all(inputs):
        return Guess(f"{told.module}:{node.name}", inputs=[one for one in inputs if one])
    return Guess(built=factory(told, [node.name], [], node, returned=node.name))


def _of_class(told: Source, node: ast.ClassDef, inner: list[str]) -> Guess:
    methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    made = methods.get("__init__")
    call = methods.get("forward") or methods.get("__call__")
    changed = inner[0] if inner else ""
    if changed in methods and (call is None or changed not in _reached(methods, call)):
        if changed != "__init__":
            return _of_method(told, node, methods[changed], made, inner[1:])
        if call is None:
            others = [m for name, m in methods.items() if not name.startswith("_")]
            if others:
                return _of_method(told, node, others[0], made, [])
    init = {a.arg: value_of(a, made) for a in needed(made)} if made else {}
    inputs = [input_of(a, call, told.tree) for a in needed(call)] if call else [Input()]
    if all(inputs) and all(value is not None for value in init.values()):
        return Guess(
            f"{told.module}:{node.name}",
            {name: value for name, value in init.items() if value is not None},
            [one for one in inputs if one],
        )
    name = variable(node.name)
    return Guess(built=factory(told, [node.name], building(told, node.name, name, made), call, returned=name))


def _of_method(
    told: Source, node: ast.ClassDef, method: ast.FunctionDef, made: ast.FunctionDef | None, inner: list[str]
) -> Guess:
    name = variable(node.name)
    built = building(told, node.name, name, made)
    bound = f"{name}.{method.name}"
    if inner:
        return _of_closure(told, method, inner[0], bound, built, node.name)
    return Guess(
        built=factory(told, [node.name], built, method, returned=bound, looked_at=[name], owner=node.name)
    )


def _of_closure(
    told: Source,
    function: ast.FunctionDef,
    name: str,
    bound: str = "",
    built: Sequence[tuple[str, str | None]] = (),
    owner: str = "",
) -> Guess:
    """A function that another one makes: as an attribute of what that returns, or as what it returns."""
    attribute = ""
    for one in ast.walk(function):
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Name) and one.value.id == name:
            target = one.targets[0]
            attribute = target.attr if isinstance(target, ast.Attribute) else attribute
    called = f"{bound or function.name}({{arguments}})"
    returned = f"out.{attribute}" if attribute else "out"
    looked = [bound.partition(".")[0]] if bound else []
    return Guess(
        built=factory(
            told,
            [owner or function.name],
            built,
            function,
            returned=returned,
            looked_at=[*looked, "out"] if attribute else looked,
            owner=owner,
            between=f"out = {called}",
        )
    )


def _reached(methods: Mapping[str, ast.FunctionDef], start: ast.FunctionDef) -> set[str]:
    """The methods that a call comes through, by `self.name`; building comes first."""
    found, waiting = {"__init__"}, [start.name]
    while waiting:
        name = waiting.pop()
        if name in found or name not in methods:
            continue
        found.add(name)
        waiting += [n.attr for n in ast.walk(methods[name]) if isinstance(n, ast.Attribute)]
    return found
