"""YAML bytes to plain values that know their lines, safe against any bytes.

The parser's events are read one at a time and the tree is built here: libyaml's event parser keeps its
state on a heap, while composing recurses in C and crashes on deep nesting. So the reading stops at the
first event too deep, and aliases, tags and duplicate keys never become values. Keys are always the text
as written, which is why `on:` is a key here and not the truth value that YAML 1.1 makes of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from lynx.content.reading.files import MAX_BYTES
from lynx.content.reading.scalars import Trap, value_of
from lynx.content.reading.syntax import explain
from lynx.content.spec import Problem
from lynx.content.words import shown
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_DEPTH = 100
MAX_NODES = 20_000
MAX_KEY = 100  # characters; with the two above it bounds what key paths can weigh
FLAT_DEPTH = 8  # levels that `lines` goes down; a deeper key is shown at its parent's line

# Control characters, line separators that editors do not number, marks that reorder text, lone surrogates.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_RAW_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SOURCE_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.resolver.Resolver()
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its line (its key's line, in a mapping) and, for an unquoted word, the text as written."""

    line: int
    value: Any  # str, int, float, bool, None, dict[str, Node] or list[Node]
    raw: str | None = None

    def plain(self) -> Any:
        """The value without lines: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def at(self, path: tuple[str | int, ...]) -> Node:
        """The node at a path of keys and indices, or the last one on the way that exists."""
        node = self
        for part in path:
            children = node.value
            inside = part in children if isinstance(children, dict) else isinstance(children, list)
            if not inside or (isinstance(children, list) and part not in range(len(children))):
                break
            node = children[part]
        return node

    def lines(self) -> dict[str, int]:
        """Dotted key path -> line, down to `FLAT_DEPTH` levels."""
        found: dict[str, int] = {}
        pending: list[tuple[str, int, Node]] = [("", 0, self)]
        while pending:
            path, depth, node = pending.pop()
            if path:
                found[path] = node.line
            if depth < FLAT_DEPTH and isinstance(node.value, (dict, list)):
                children = node.value.items() if isinstance(node.value, dict) else enumerate(node.value)
                pending += [
                    (f"{path}.{name}" if path else str(name), depth + 1, child) for name, child in children
                ]
        return found


class _Stop(Exception):
    """The rest of the file cannot be read; why is among the problems."""


@dataclass
class Document:
    """What was read: the root (None when the text is no YAML), the mistakes, and the paths they spoil."""

    path: Path
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)  # key paths already complained about

    def complain(self, line: int, key: str, template: str, advice: str, **fields: object) -> None:
        """Note a mistake at a line and key."""
        self.problems.append(Problem(f"{self.path}:{line}", key, template, advice, fields))

    def spoil(self, key: str) -> None:
        """The value at `key` is lost: later complaints about it, or about what it holds, are echoes."""
        if key:
            self.spoilt.add(key)


def parse(data: bytes, path: Path) -> Document:
    """Read one YAML document. Every mistake is in `problems`; nothing is raised whatever the bytes are."""
    document = Document(path)
    try:
        text = _decode(data, document)
        _Builder(document, text).build()
    except _Stop:
        document.root = None
    except yaml.YAMLError as error:
        document.root = None
        line, template, advice, fields = explain(text, error)
        document.complain(line, "", template, advice, **fields)
    return document


def _decode(data: bytes, document: Document) -> str:
    if len(data) > MAX_BYTES:
        too_long(document)
        raise _Stop
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        document.complain(
            data.count(b"\n", 0, error.start) + 1,
            "",
            N_("the file is not UTF-8."),
            N_("Save it as UTF-8 in your editor."),
        )
        raise _Stop from None
    for number, line in enumerate(text.split("\n"), 1):
        bad = _RAW_FORBIDDEN.search(line)
        if bad:
            _complain_control(document, number, "", bad[0])
        if line.startswith("%"):
            document.complain(
                number, "", N_("a line starts with '%', a YAML directive."), N_("Remove it, or indent it.")
            )
        if len(document.problems) > 100:
            break
    if document.problems:
        raise _Stop
    return text


def too_long(document: Document) -> None:
    """Complain that the file is past the size limit."""
    document.complain(
        1, "", N_("the file is larger than 1 MB."), N_("A break is a page of text; keep data elsewhere.")
    )


def _complain_control(document: Document, line: int, key: str, character: str) -> None:
    document.complain(
        line,
        key,
        N_("there is a control character, {name}."),
        N_("Delete it; text here is plain, with no colours or hidden marks."),
        name=f"U+{ord(character):04X}",
    )


class _Builder:
    """Builds the tree from the parser's events; recursion is bounded by `MAX_DEPTH`."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=LOADER))
        self.nodes = 0

    def build(self) -> None:
        next(self.events)  # the stream's start
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            self.document.complain(
                1, "", N_("the file is empty."), N_("lynx mentor new writes a file to start from.")
            )
            raise _Stop
        root = self.node(next(self.events), "", 1, 0)
        next(self.events)  # the document's end
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            line = event.start_mark.line + 1
            self.document.complain(
                line, "", N_("a second document begins."), N_("Keep one break in a file; remove the '---'.")
            )
        if not isinstance(root.value, dict):
            self.document.complain(
                1,
                "",
                N_("the file is not a mapping of keys to values."),
                N_("lynx mentor new writes a file to start from."),
            )
            raise _Stop
        self.document.root = root

    def node(self, event: Any, key: str, line: int, depth: int) -> Node:
        self.nodes += 1
        too_deep = depth >= MAX_DEPTH and isinstance(event, yaml.CollectionStartEvent)
        if self.nodes > MAX_NODES or too_deep:
            self.document.complain(
                event.start_mark.line + 1,
                "",
                N_("values are nested deeper than {depth} levels, or more than {nodes}."),
                N_("A break needs a dozen levels at most; look for a bracket that is not closed."),
                depth=MAX_DEPTH,
                nodes=MAX_NODES,
            )
            raise _Stop
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            mark = "*" if isinstance(event, yaml.AliasEvent) else "&"
            self.document.complain(
                line,
                key,
                N_("'{mark}{name}' is a YAML anchor or alias; breaks have none."),
                N_("Write the value out in each place, or put it in quotes if it is text."),
                mark=mark,
                name=shown(event.anchor),
            )
            if isinstance(event, yaml.AliasEvent):
                self.document.spoil(key)
                return Node(line, None)
        if event.tag is not None and event.tag != "!":
            self.document.complain(
                line,
                key,
                N_("'{tag}' is a YAML tag; breaks have none."),
                N_("Remove it, or put the text in quotes."),
                tag=shown(event.tag),
            )
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, key, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(key, line, depth)
        return self.mapping(key, line, depth)

    def sequence(self, key: str, line: int, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            path = _join(key, len(items), depth)
            items.append(self.node(event, path, event.start_mark.line + 1, depth + 1))
        return Node(line, items)

    def mapping(self, key: str, line: int, depth: int) -> Node:
        children: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            at = event.start_mark.line + 1
            name = self.name(event, key, at, depth)
            value = self.node(
                next(self.events), key if name is None else _join(key, name, depth), at, depth + 1
            )
            if name is None:
                continue
            if name in children:
                self.document.complain(
                    at,
                    _join(key, name, depth),
                    N_("'{name}' is given twice; first on line {first}."),
                    N_("Keep one of them."),
                    name=shown(name),
                    first=children[name].line,
                )
                continue
            children[name] = value
        return Node(line, children)

    def name(self, event: Any, parent: str, line: int, depth: int) -> str | None:
        """The key that `event` is, as written; None (and a complaint) when it cannot be one."""
        if not isinstance(event, yaml.ScalarEvent):
            self.node(event, parent, line, depth + 1)
            template, advice = N_("a key is not a word."), N_("Use a plain word before the colon.")
        elif event.value == "<<" and not event.style:
            template, advice = N_("'<<' is a YAML merge key; breaks have none."), N_("Write the keys out.")
        elif not 0 < len(event.value) <= MAX_KEY or FORBIDDEN.search(event.value) or "\n" in event.value:
            template, advice = (
                N_("a key is empty, too long or has control characters."),
                N_("Use a plain word before the colon."),
            )
        elif event.anchor is not None or event.tag not in (None, "!"):
            template, advice = N_("a key has a YAML tag or anchor."), N_("Remove it.")
        else:
            return str(event.value)
        self.document.complain(line, parent, template, advice)
        return None

    def scalar(self, event: Any, key: str, line: int) -> Node:
        text: str = event.value
        forbidden = _SOURCE_FORBIDDEN if key.rpartition(".")[2] == "diff" else FORBIDDEN
        if event.tag not in (None, "!"):
            self.document.spoil(key)
        if bad := forbidden.search(text):
            self.document.spoil(key)
            _complain_control(self.document, line, key, bad[0])
        if not event.implicit[0] or event.style:  # quoted, a block, or tagged: text as it stands
            return Node(line, text)
        kind = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).removeprefix(_TAG)
        try:
            return Node(line, value_of(kind, text), text)
        except Trap as trap:
            self.document.spoil(key)
            self.document.complain(
                line,
                key,
                N_("YAML reads {raw} as {read}."),
                N_('Write "{raw}" in quotes if it is text; else write the number out, such as 8 or 1.0e-3.'),
                raw=shown(text),
                read=trap.read,
            )
            return Node(line, None, text)


def _join(parent: str, name: str | int, depth: int) -> str:
    """The key path of a child; below `FLAT_DEPTH` the parent's, so that paths stay short."""
    if depth >= FLAT_DEPTH:
        return parent
    return f"{parent}.{name}" if parent else str(name)
