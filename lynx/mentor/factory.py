"""The file `oracle.py` beside a new break, whose `make` builds what the oracle calls. Pure."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.mentor.arguments import input_of, needed, note_of, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = "oracle.py"


@dataclass(frozen=True)
class Factory:
    """The text of oracle.py, and the names in it that are still to be given a value."""

    text: str
    unknown: tuple[str, ...] = ()


class Source:
    """The module around the change."""

    def __init__(self, source: bytes, module: str) -> None:
        self.module = module
        self.tree = ast.parse(source)
        self.classes = {n.name: n for n in self.tree.body if isinstance(n, ast.ClassDef)}
        text = source.decode("utf-8", "replace")
        self.torch = bool(re.search(r"^\s*(import|from)\s+torch\b", text, re.MULTILINE))

    def keeps_gradients(self, name: str) -> bool:
        """Whether a class gives itself a `grad` that is a number."""
        found = [n for n in ast.walk(self.classes[name]) if isinstance(n, ast.Assign)]
        return any(
            ast.unparse(n.targets[0]) == "self.grad" and isinstance(n.value, ast.Constant) for n in found
        )

    def node(self, name: str) -> ast.AST | None:
        """A class or function of the module itself."""
        return next((n for n in self.tree.body if getattr(n, "name", None) == name), None)


def variable(name: str) -> str:
    """What an instance of a class is called."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def building(
    told: Source, owner: str, variable: str, made: ast.FunctionDef | None
) -> list[tuple[str, str | None]]:
    """The lines that build one object: (line, the name of what is unknown in it or None)."""
    lines: list[tuple[str, str | None]] = []
    arguments = []
    for argument in needed(made):
        value = value_of(argument, made)
        if value is not None:
            arguments.append(f"{argument.arg}={_as_python(value)}")
            continue
        known = _class_of(told, argument)
        if known is not None:
            lines.append((f"{argument.arg} = {known}", None))
        elif argument.arg in ("data", "value") and not told.torch:
            arguments.append(f"{argument.arg}=float(rng.normal())")
            continue
        else:
            note = note_of(argument)
            lines.append(
                (f"{argument.arg} = None  # <{argument.arg}{': ' + note if note else ''}>", argument.arg)
            )
        arguments.append(f"{argument.arg}={argument.arg}")
    return [*lines, (f"{variable} = {owner}({', '.join(arguments)})", None)]


def _class_of(told: Source, argument: ast.arg) -> str | None:
    """A class of the same module that the argument is an instance of, built small."""
    note = note_of(argument).rpartition(".")[2]
    named = [n for n in told.classes if n == note]
    if not note and re.fullmatch(r"config|cfg", argument.arg.lower()):
        named = [n for n in told.classes if n.endswith("Config")]
    if not named:
        return None
    fields = {
        one.target.id: one
        for one in told.classes[named[0]].body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    methods = [n for n in told.classes[named[0]].body if isinstance(n, ast.FunctionDef)]
    made = next((n for n in methods if n.name == "__init__"), None)
    given = []
    for name, one in fields.items():
        argument = ast.arg(name, one.annotation)
        value = (
            value_of(argument, None) if one.value is None or ast.unparse(one.annotation) == "int" else None
        )
        if value is not None:
            given.append(f"{name}={_as_python(value)}")
        elif one.value is None:
            return None
    for argument in needed(made):
        value = value_of(argument, made)
        if value is None:
            return None
        given.append(f"{argument.arg}={_as_python(value)}")
    return f"{named[0]}({', '.join(given)})"


def _as_python(value: str) -> str:
    return {"true": "True", "1.0e-5": "1e-5"}.get(value, value)


def _drawn(told: Source, argument: ast.arg, function: ast.FunctionDef, owner: str) -> str | None:
    """An argument of the call as an expression; None where nothing tells."""
    name = argument.arg.lower()
    if name == "other" and owner:
        methods = {n.name: n for n in told.classes[owner].body if isinstance(n, ast.FunctionDef)}
        *before, (line, _) = building(told, owner, "other", methods.get("__init__"))
        return line.partition(" = ")[2] if not before else None
    one = input_of(argument, function, told.tree)
    if one is None:
        value = value_of(argument, function)
        return None if value is None else _as_python(value)
    if not one.shape:
        return "float(rng.normal())" if one.below is None else f"int(rng.integers({one.below}))"
    if (
        one.below is None
        and function.name not in ("forward", "__call__")
        and not note_of(argument)
        and not told.torch
    ):
        return None
    shape = "".join("batch, " if s == "batch" else f"{s}, " for s in one.shape)
    numbers = f"rng.standard_normal(({shape.rstrip(' ')}))"
    if one.below is not None:
        numbers = f"rng.integers({one.below}, size=({shape.rstrip(' ')}))"
    numbers = numbers.replace(",))", "))") if shape.count(",") > 1 else numbers
    tracked = ", requires_grad=True" if one.below is None else ""
    return f"torch.tensor({numbers}{tracked})" if told.torch else numbers


def factory(
    told: Source,
    imported: Sequence[str],
    built: Sequence[tuple[str, str | None]],
    function: ast.FunctionDef | None,
    *,
    returned: str,
    looked_at: Sequence[str] = (),
    owner: str = "",
    between: str = "",
) -> Factory:
    """`returned` is what `make` calls, `between` what it does once the arguments are there."""
    lines = list(built)
    names: list[str] = []
    for argument in needed(function):
        drawn = _drawn(told, argument, function, owner) if function else None
        names.append(argument.arg)
        if drawn is None:
            note = note_of(argument)
            lines.append(
                (f"{argument.arg} = None  # <{argument.arg}{': ' + note if note else ''}>", argument.arg)
            )
        else:
            lines.append((f"{argument.arg} = {drawn}", None))
    if between:
        lines.append((between.format(arguments=", ".join(names)), None))
        looked_at, names = [*looked_at, *names], []
        if owner and told.keeps_gradients(owner):  # none at all, and nothing flows back
            lines += [
                (f"for one in ({', '.join(looked_at)}):", None),
                ("    one.grad = float(rng.normal())", None),
            ]
    code = [line for line, _ in lines]
    unknown = tuple(name for _, name in lines if name)
    if any("batch" in line for line in code):
        code.insert(0, "batch = int(rng.integers(1, 9))")
    if unknown:
        code.insert(0, f'raise NotImplementedError("still to be built: {", ".join(unknown)}")')
    used = [*imported, *(n for n in told.classes if n not in imported and any(f" = {n}(" in c for c in code))]
    given = f"({', '.join(names)}{',' if len(names) == 1 else ''})"
    seen = f", ({', '.join(looked_at)}{',' if len(looked_at) == 1 else ''})" if looked_at else ""
    code.append(f"return {returned}, {given}{seen}")
    heads = ["import torch"] if any("torch." in line for line in code) else []
    text = MAKE.format(
        imports="".join(f"{line}\n" for line in heads) + ("\n" if heads else ""),
        module=told.module,
        names=", ".join(used),
        body="\n".join(f"    {line}" for line in code),
    )
    return Factory(text, unknown)


MAKE = '''\
"""Builds what the oracle calls: on the sound code and on the learner's, with the same random numbers."""

{imports}from {module} import {names}


def make(rng):
    """What is called, its inputs, and what else is looked at afterwards. Draw every number from `rng`."""
{body}
'''
