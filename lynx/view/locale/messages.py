"""Every message in the source: `_("…")`, `N_("…")`, `ngettext("…", "…", n)`, and the sentences of commands.

A command's one sentence is its docstring, which no extraction tool looks at; hence this reader of the
syntax tree.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]  # lynx/


@dataclass(frozen=True)
class Message:
    """One message: its text, its plural if it has one, and where it stands (path below the package, line)."""

    text: str
    plural: str
    path: str
    line: int


def messages(root: Path = ROOT) -> list[Message]:
    """All messages below `root`, by file and line. Raises SyntaxError when a file does not parse."""
    found: list[Message] = []
    for path in sorted(root.rglob("*.py")):
        if "_data" not in path.parts:
            name = path.relative_to(root.parent).as_posix()
            found += of_source(path.read_text(encoding="utf-8"), name)
    return found


def of_source(source: str, name: str) -> list[Message]:
    """The messages of one module's source."""
    found = []
    for node in ast.walk(ast.parse(source, filename=name)):
        found += [Message(text, plural, name, line) for text, plural, line in _of_node(node)]
    return sorted(found, key=lambda m: m.line)


def _of_node(node: ast.AST) -> Iterator[tuple[str, str, int]]:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("_", "N_", "ngettext")
    ):
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if node.func.id == "ngettext" and len(texts) == 2:
            yield texts[0], texts[1], node.lineno
        elif node.func.id != "ngettext" and len(texts) == 1:
            yield texts[0], "", node.lineno
    if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
        sentence = ast.get_docstring(node)
        if sentence:
            yield cleandoc(sentence), "", node.lineno


def _is_command(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "command"
    )
