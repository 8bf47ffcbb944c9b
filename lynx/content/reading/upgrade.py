"""Format 1 to format 2: one language in the file, the other beside it, the figures in proof.json.

Format 1 had both languages at every text, `page:` for what the course page says, and `measured:` in the file.
What the values become is decided on values; the text is edited to say the same, so that comments and layout
stay, and where that does not come out right the values are written anew without them.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from lynx.content.reading import proof, texts, writing
from lynx.content.reading.document import parse
from lynx.content.reading.kept import Kept
from lynx.content.spec import BadSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lynx.content.reading.texts import Key

OLD = 1
OWN, OTHER = "en", "es"  # the two languages that format 1 had
PAGE, COURSE = "course page", "course"
WHAT = {OWN: "a course's page about this break", OTHER: "la página de un curso sobre esta avería"}


@dataclass(frozen=True)
class Upgraded:
    """A break or a phase in format 2, and how many comments had no place in it."""

    spec: bytes
    texts: Mapping[Key, str]  # in the other language
    translation: bytes
    measured: Mapping[str, Any]
    lost: int

    @property
    def bundle(self) -> Kept:
        """The files of the break."""
        return self.with_proof("")

    def with_proof(self, others: str) -> Kept:
        """The files of the break whose folder's other files hash to `others`."""
        translations = {OTHER: self.translation} if self.texts else {}
        if not self.measured or not proof.sound({"schema": proof.SCHEMA, "of": "", **self.measured}):
            return Kept(self.spec, translations, None, others)
        return Kept(self.spec, translations, proof.written(self.measured, _digest(self.spec, others)), others)


def _digest(spec: bytes, others: str) -> str:
    from pathlib import Path

    root = parse(spec, Path("break.yaml")).root
    return proof.digest(root.plain() if root else {}, others)


def is_old(values: Mapping[str, Any]) -> bool:
    """Whether the values are a spec's in format 1."""
    version = values.get("schema")
    return isinstance(version, int) and not isinstance(version, bool) and version == OLD


def upgraded(data: bytes, path: Path, patterns: Sequence[str] = texts.BREAK) -> Upgraded:
    """The spec `data` of format 1 in format 2. Raises BadSpec when it is no YAML that Lynx reads."""
    document = parse(data, path)
    if document.root is None or document.problems:
        raise BadSpec(path, document.problems)
    old = document.root.plain()
    new, others, measured = _values(old, patterns)
    text = data.decode("utf-8-sig")
    edited, lost = _edited(text, patterns, bool(new.get("sources")))
    if not _same(edited, new, path):
        lost = len(re.findall(r"(?m)(?:^|\s)#", text))
        edited = yaml.safe_dump(new, sort_keys=False, allow_unicode=True, width=110)
    own = texts.places(new, patterns).texts
    told = {key: others[key] for key in own if key in others}
    head = f"The texts of {path.name} in {OTHER}, by id. What is left out is told in the language of {path.name}."
    translation = writing.translation(
        {texts.dotted(key): key for key in own},
        _named(own),
        _named(told),
        {texts.dotted(key): texts.digest(own[key]) for key in told},
        head=head,
    )
    return Upgraded(edited.encode(), told, translation.encode(), measured, lost)


def _named(held: Mapping[Key, str]) -> dict[str, str]:
    return {texts.dotted(key): text for key, text in held.items()}


def _values(
    old: Mapping[str, Any], patterns: Sequence[str]
) -> tuple[dict[str, Any], dict[Key, str], dict[str, Any]]:
    """The values in format 2, the texts in the other language, and what was measured."""
    new: dict[str, Any] = copy.deepcopy(dict(old))
    others: dict[Key, str] = {}
    for pattern in patterns:
        for key, loc, value in list(texts.matches(old, pattern.split("."), (), ())):
            if isinstance(value, dict) and value and set(value) <= {OWN, OTHER}:
                holder: Any = new
                for part in loc[:-1]:
                    holder = holder[part]
                holder[loc[-1]] = value.get(OWN, value.get(OTHER))
                if isinstance(value.get(OTHER), str):
                    others[key] = value[OTHER].strip()
            elif isinstance(value, str) and key[0] == "wrong_fixes":
                others[key] = value.strip()  # given once for both
    measured = new.pop("measured", None)
    named = [_renamed(one) for one in (new, *_laboratories(new))]
    if any(named):
        new["sources"] = {COURSE: {"what": WHAT[OWN]}}
        others["sources", COURSE, "what"] = WHAT[OTHER]
    new["schema"], new["language"] = 2, OWN
    return new, others, measured if isinstance(measured, dict) else {}


def _laboratories(values: Mapping[str, Any]) -> list[Any]:
    held = values.get("laboratories")
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def _renamed(values: dict[str, Any]) -> bool:
    """The course page's claims and figures as those of a source; whether there are any."""
    found = False
    for section, items in (("predictions", values.get("predictions")), ("claims", values.get("claims"))):
        for item in items if isinstance(items, list) else []:
            if not isinstance(item, dict):
                continue
            if section == "predictions" and "page" in item:
                item["says"] = {COURSE: item.pop("page")}
                found = True
            if section == "claims" and item.get("from") == PAGE:
                item["from"] = COURSE
                found = True
    return found


def _same(text: str, wanted: Mapping[str, Any], path: Path) -> bool:
    document = parse(text.encode(), path)
    if document.root is None or document.problems:
        return False
    return json.dumps(document.root.plain(), sort_keys=True) == json.dumps(wanted, sort_keys=True)


# -- the same, in the text ---------------------------------------------------------------------------------

Edit = tuple[int, int, str]


def _edited(text: str, patterns: Sequence[str], sources: bool) -> tuple[str, int]:
    """The text with every text in one language, the figures gone and the sources named; comments lost."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:  # libyaml read it: a tab before a colon, which the reader in Python refuses
        return "", 0
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return "", 0
    edits: list[Edit] = []
    lost = 0
    for pattern in patterns:
        for key, node in _found(root, None, pattern.split(".")):
            own = _own(node)
            if own is not None:
                edit, gone = _alone(text, key, node, own)
                edits.append(edit)
                lost += gone
    ends = ""
    for key, value in root.value:
        if key.value == "schema":
            edits.append((value.start_mark.index, value.end_mark.index, f"2\nlanguage: {OWN}"))
        elif key.value == "measured":
            start, end = key.start_mark.index, _end(value)
            stop = text.find("\n", end)
            edits.append((start, len(text) if stop < 0 else stop + 1, ""))
        elif key.value in ("target", "chapters") and sources and not ends:
            ends = f'sources:\n  {COURSE}: {{what: "{WHAT[OWN]}"}}\n\n'
            edits.append((key.start_mark.index, key.start_mark.index, ends))
    for pattern in ("predictions.#.page", "laboratories.#.predictions.#.page"):
        for key, value in _found(root, None, pattern.split(".")):
            raw = text[value.start_mark.index : value.end_mark.index]
            if not getattr(value, "style", None) and re.search(r"[,\[\]{}]", raw):
                raw = json.dumps(raw, ensure_ascii=False)
            edits.append((key.start_mark.index, value.end_mark.index, f"says: {{{COURSE}: {raw}}}"))
    for pattern in ("claims.#.from", "laboratories.#.claims.#.from"):
        for _, value in _found(root, None, pattern.split(".")):
            if value.value == PAGE:
                edits.append((value.start_mark.index, value.end_mark.index, COURSE))
    return _applied(text, edits), lost


def _found(node: Any, key: Any, parts: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """The nodes at a pattern, each with the node of its key (None for an item of a list)."""
    if not parts:
        yield key, node
        return
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if parts[0] in ("*", "#", name.value):
                yield from _found(value, name, parts[1:])
    elif isinstance(node, yaml.SequenceNode) and parts[0] == "#":
        for item in node.value:
            yield from _found(item, None, parts[1:])


def _own(node: Any) -> Any:
    """The scalar in the language that stays; None for what is no text in two languages."""
    if not isinstance(node, yaml.MappingNode):
        return None
    held = {name.value: value for name, value in node.value}
    if not held or not set(held) <= {OWN, OTHER}:
        return None
    return held.get(OWN, held.get(OTHER))


def _alone(text: str, key: Any, node: Any, own: Any) -> tuple[Edit, int]:
    """The edit that leaves one language of a text in two, and how many comments go with the other."""
    raw = text[own.start_mark.index : own.end_mark.index].rstrip()
    inner = [part for pair in node.value for part in pair]
    if node.flow_style:
        return (node.start_mark.index, node.end_mark.index, raw), 0
    end = max(_end(part) for part in inner)
    end = len(text[:end].rstrip())
    first = node.value[0][0].start_mark
    start, lead, outer, comment = first.index, "", first.column - 2, ""
    if key is not None:
        start = text.index(":", key.end_mark.index) + 1
        lead, outer = " ", key.start_mark.column
        between = text[start : first.index]
        comment = between.strip() if between.strip().startswith("#") and "\n" not in between.strip() else ""
    shift = max(_column(node) - outer, 0)
    lines = raw.split("\n")
    body = "\n".join([lines[0], *(line[min(shift, len(line) - len(line.lstrip())) :] for line in lines[1:])])
    gaps = text[start:end]
    for part in inner:
        gaps = gaps.replace(text[part.start_mark.index : part.end_mark.index].rstrip(), "", 1)
    gone = len(re.findall(r"(?m)(?:^|\s)#", gaps))
    if comment:
        gone -= 1
        body = (
            f"{body}  {comment}" if len(lines) == 1 else f"{lines[0]} {comment}\n" + body.partition("\n")[2]
        )
    return (start, end, lead + body), max(gone, 0)


def _column(node: Any) -> int:
    """The column in which a block mapping's keys stand."""
    return int(node.value[0][0].start_mark.column)


def _end(node: Any) -> int:
    """Where a node's last scalar ends; a block's own end is where the next thing begins."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        return int(node.end_mark.index)
    parts = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
    return max((_end(part) for part in parts), default=int(node.end_mark.index))


def _applied(text: str, edits: list[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
