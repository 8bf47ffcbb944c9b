"""A parsed file, as operators look at it: what stands where, what a name means, what is around a node.

Positions of `ast` are a line and bytes of UTF-8 in that line, whatever the file's own encoding is; here they become
offsets into the file's text as UTF-8 without a byte-order mark. `sites` carries edits over to the file itself.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from lynx.scan.words import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeVar

    from lynx.scan.words import Edit

    Node = TypeVar("Node", bound=ast.AST)

LINE_END = re.compile(rb"\r\n|\r|\n")
ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Dict)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Positioned = ast.expr | ast.stmt | ast.keyword | ast.arg


class Source:
    """`text`: UTF-8 without a byte-order mark, in any of the three line endings."""

    def __init__(self, text: bytes, tree: ast.Module) -> None:
        self.text = text
        self.tree = tree
        self.starts = [0, *(match.end() for match in LINE_END.finditer(text))]

    # --- looking around -------------------------------------------------------------------------

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What each node stands in."""
        found: dict[ast.AST, ast.AST] = {}
        stack: list[ast.AST] = [self.tree]
        while stack:
            node = stack.pop()
            for child in ast.iter_child_nodes(node):
                # before 3.12 what stands in an f-string has no position of its own
                if not isinstance(child, ast.JoinedStr):
                    found[child] = node
                    stack.append(child)
        return found

    @cached_property
    def _by_type(self) -> dict[type, list[ast.AST]]:
        found: dict[type, list[ast.AST]] = {}
        for node in self.parents:
            found.setdefault(type(node), []).append(node)
        for nodes in found.values():
            nodes.sort(key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
        return found

    def all(self, kind: type[Node]) -> list[Node]:
        """Every node of this type, in the order in which they stand."""
        return self._by_type.get(kind, [])  # type: ignore[return-value]

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Every call whose last name is one of these: `F.softmax(…)`, `x.softmax(…)` and `softmax(…)` alike."""
        for call in self.all(ast.Call):
            if last(call.func) in names:
                yield call

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What `node` stands in, from the nearest to the module."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function around it, if any."""
        return next(
            (up for up in self.above(node) if isinstance(up, ast.FunctionDef | ast.AsyncFunctionDef)), None
        )

    def scope(self, node: ast.AST) -> ast.AST:
        """The function around it, else the module."""
        return self.function(node) or self.tree

    def klass(self, node: ast.AST) -> ast.ClassDef | None:
        """The class around it, if any."""
        return next((up for up in self.above(node) if isinstance(up, ast.ClassDef)), None)

    def path_of(self, node: ast.AST) -> str:
        """`Model.forward` for what stands there, "" at the top of the file."""
        names = [up.name for up in self.above(node) if isinstance(up, SCOPES)]
        return ".".join(reversed(names))

    def loops(self, node: ast.AST) -> list[ast.For | ast.While]:
        """The loops around it within its own function, the innermost first."""
        found: list[ast.For | ast.While] = []
        for up in self.above(node):
            if isinstance(up, (*SCOPES, ast.Lambda)):
                break
            if isinstance(up, ast.For | ast.While):
                found.append(up)
        return found

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that holds this expression."""
        if isinstance(node, ast.stmt):
            return node
        return next(up for up in self.above(node) if isinstance(up, ast.stmt))

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements beside it, itself among them."""
        parent = self.parents[statement]
        for name in ("body", "orelse", "finalbody", "handlers"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and statement in block:
                return block
        return [statement]

    def alone(self, call: ast.expr) -> ast.stmt | None:
        """The statement that is nothing but this expression, if it is one."""
        parent = self.parents.get(call)
        return parent if isinstance(parent, ast.Expr) else None

    # --- what a name means ----------------------------------------------------------------------

    @cached_property
    def imported(self) -> dict[str, str]:
        """Each name that an import binds, with what it stands for: `F` -> `torch.nn.functional`."""
        found: dict[str, str] = {}
        for node in self.all(ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.split(".")[0]
                found[alias.asname or name] = name
        for origin in self.all(ast.ImportFrom):
            for alias in origin.names:
                found[alias.asname or alias.name] = f"{origin.module or ''}.{alias.name}".lstrip(".")
        return found

    @cached_property
    def uses_torch(self) -> bool:
        """Whether the file imports torch or a part of it."""
        return any(name == "torch" or name.startswith("torch.") for name in self.imported.values())

    def dotted(self, node: ast.AST) -> str:
        """The name with its imports resolved: `F.relu` -> `torch.nn.functional.relu`; "" if it is no plain name."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.imported.get(node.id, node.id), *reversed(names)])

    def of_torch(self, call: ast.Call) -> bool:
        """Whether what is called is torch's own by name."""
        return self.dotted(call.func).startswith("torch.")

    # --- text -----------------------------------------------------------------------------------

    @cached_property
    def newline(self) -> bytes:
        """How the lines of this file end."""
        match = LINE_END.search(self.text)
        return match.group() if match else b"\n"

    def start(self, node: Positioned) -> int:
        """The offset at which a node begins."""
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node: Positioned) -> int:
        """The offset behind a node."""
        assert node.end_lineno is not None and node.end_col_offset is not None  # noqa: PT018  # a parsed node has both
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def bytes_of(self, node: Positioned) -> bytes:
        """The bytes of a node as they stand."""
        return self.text[self.start(node) : self.end(node)]

    def of(self, node: Positioned) -> str:
        """The text of a node as it stands."""
        return self.bytes_of(node).decode()

    def inner(self, node: ast.expr) -> str:
        """The text of an expression, in parentheses where it might need them at another place."""
        text = self.of(node)
        plain = isinstance(node, ATOMS) and not LINE_END.search(text.encode())
        return text if plain else f"({text})"

    # --- edits ----------------------------------------------------------------------------------

    def put(self, node: Positioned, text: str) -> Edit:
        """`text` in the place of a node."""
        return (Splice(self.start(node), self.bytes_of(node), text.encode()),)

    def keep(self, node: ast.expr, part: ast.expr) -> Edit:
        """One part of an expression in the place of the whole."""
        text, outer = self.of(part), self.parents.get(node)
        alone = isinstance(outer, ast.stmt | ast.keyword) or (
            isinstance(outer, ast.Call) and node in outer.args
        )
        bare = alone and isinstance(part, ast.BinOp) and not LINE_END.search(text.encode())
        return self.put(node, text if bare else self.inner(part))

    def drop(self, statement: ast.stmt) -> Edit:
        """`pass` in the place of a statement."""
        return self.put(statement, "pass")

    def dropped(self, call: ast.Call) -> Edit | None:
        """A method's call left out: `pass` for a statement, else what it was called on."""
        if (statement := self.alone(call)) is not None:
            return self.drop(statement)
        return self.keep(call, call.func.value) if isinstance(call.func, ast.Attribute) else None

    def plain_assignment(self, change: ast.AugAssign) -> Edit:
        """`a += b` as `a = b`."""
        between = self.text[self.end(change.target) : self.start(change.value)]
        sign = re.search(rb"(?:\*\*|//|>>|<<|[-+*/%@&|^])=", between)
        assert sign is not None  # it would be no such statement without one
        return (Splice(self.end(change.target) + sign.start(), sign.group(), b"="),)

    def exchange(self, first: ast.stmt, second: ast.stmt) -> Edit:
        """Two statements of one block in each other's place."""
        a, b = self.bytes_of(first), self.bytes_of(second)
        return Splice(self.start(first), a, b), Splice(self.start(second), b, a)

    def argument(self, call: ast.Call, text: str) -> Edit:
        """One more argument behind the last one of a call."""
        end = self.end(call) - 1  # the closing parenthesis
        given: list[Positioned] = [*call.args, *call.keywords]
        if not given:
            return (Splice(end, b"", text.encode()),)
        at = max(self.end(node) for node in given)
        # an argument in parentheses of its own ends behind them, and a comma may follow
        tail = re.compile(rb"(?:\s|\))*").match(self.text, at, end)
        at = tail.end() if tail and tail.group().count(b")") else at
        return (Splice(at, b"", f", {text}".encode()),)

    def without(self, call: ast.Call, keyword: ast.keyword) -> Edit:
        """A call without one of its keywords, and without the comma that came with it."""
        items: list[Positioned] = sorted([*call.args, *call.keywords], key=self.start)
        for before, this in pairwise(items):
            if this is keyword:
                comma = self.text.index(b",", self.end(before))
                return (Splice(comma, self.text[comma : self.end(keyword)], b""),)
        start, end = self.start(keyword), self.end(keyword)
        if len(items) > 1:
            end = self.start(items[1])
        return (Splice(start, self.text[start:end], b""),)


def last(node: ast.AST) -> str:
    """The last name of what is called: `softmax` of `F.softmax`, of `x.T.softmax` and of `softmax`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def keyword(call: ast.Call, *names: str) -> ast.keyword | None:
    """The keyword argument of a call under one of these names."""
    return next((given for given in call.keywords if given.arg in names), None)


def number(node: ast.AST | None) -> float | None:
    """The number that is written there, with its sign; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return float(node.value)
    return None


def same(a: ast.AST | None, b: ast.AST | None) -> bool:
    """Whether two expressions are written alike, apart from their layout."""
    if a is None or b is None:
        return a is b
    return ast.dump(a) == ast.dump(b)


def names_in(node: ast.AST) -> set[str]:
    """Every plain name and every attribute in an expression."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
    return found
