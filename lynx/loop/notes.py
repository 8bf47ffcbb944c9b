"""The learner's notes file: where Lynx adds lines, and never rewrites what the learner wrote.

Pure text in, text out; `notes_file` does the reading and writing. The file is the learner's
own Markdown. One section a break (`## Break 00 · slug · date`), one block a prediction (`### P1 · …`) with the
labels `prediction`, `confidence`, `because` (docs/architecture.md#notes). Everything else passes through byte for byte:
lines end as they ended, and a line Lynx adds ends as the file's own lines do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.loop.answers import curve_form, option_names, parse_confidence, parse_value
from lynx.truth.claims import Answer, Kind, Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


LINE = re.compile(r"[^\n]*\n|[^\n]+")  # splitlines() would also split at form feeds, which are the learner's
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
FENCE = re.compile(r"^\s{0,3}(```+|~~~+)")
LABEL = re.compile(r"^\s{0,3}[-*+]\s+([A-Za-z]+)\s*:[ \t]?(.*)$")


@dataclass(frozen=True)
class Problem:
    """What keeps a prediction from counting: which line, and what to write there (a template with fields)."""

    line: int  # 1-based; where the label stands, or the block, or the end of the section
    id: str
    what: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """One prediction's block as it stands in the file."""

    id: str
    line: int
    end: int  # line after the block, 1-based
    labels: Mapping[str, tuple[int, str]]  # label -> (line, text after the colon)
    twice: tuple[str, ...] = ()  # labels that stand more than once


@dataclass(frozen=True)
class Section:
    """One break's section."""

    line: int
    end: int
    blocks: tuple[Block, ...]
    labels: Mapping[str, tuple[int, str]]  # labels outside the blocks, such as explanation


def split(text: str) -> list[str]:
    """Lines with their endings; joined they give `text` back."""
    return LINE.findall(text)


def newline_of(text: str) -> str:
    """The line ending most of the file's lines have; `\\n` for an empty file."""
    crlf = text.count("\r\n")
    return "\r\n" if crlf * 2 > text.count("\n") else "\n"


# -- reading -------------------------------------------------------------------------------------


def find_section(text: str, heading: str) -> Section | None:
    """The section that begins with the line `heading`, or None."""
    lines = [line.rstrip("\r\n") for line in split(text)]
    headings = _headings(lines)
    start = next((i for i, level, title in headings if level == 2 and f"## {title}" == heading.strip()), None)
    if start is None:
        return None
    end = next((i for i, level, _ in headings if i > start and level <= 2), len(lines))
    inner = [(i, level, title) for i, level, title in headings if start < i < end]
    blocks = []
    first_block = end
    for position, (i, level, title) in enumerate(inner):
        if level != 3:
            continue
        stop = next((j for j, lv, _ in inner[position + 1 :] if lv <= 3), end)
        name = title.split("·")[0].strip()
        if re.fullmatch(r"[A-Za-z]+\d+", name):
            labels, twice = _labels(lines, i + 1, stop)
            blocks.append(Block(name, i + 1, stop + 1, labels, twice))
            first_block = min(first_block, i)
    taken = {n for block in blocks for n in range(block.line, block.end)}
    own = {
        label: (line, value)
        for label, (line, value) in _labels(lines, start + 1, end)[0].items()
        if line not in taken or label in ("explanation", "observed")
    }
    return Section(start + 1, end + 1, tuple(blocks), own)


def read_answers(
    text: str, heading: str, predictions: Sequence[Prediction]
) -> tuple[dict[str, Answer], dict[str, str], list[Problem]]:
    """The answers that count, each value as written, and what is missing or unreadable.

    Every prediction is either among the answers or among the problems.
    """
    answers: dict[str, Answer] = {}
    written: dict[str, str] = {}
    problems: list[Problem] = []
    section = find_section(text, heading)
    if section is None:
        missing = N_("the section “{heading}” is missing; lynx break writes the form again")
        return (
            {},
            {},
            [Problem(len(split(text)) or 1, p.id, missing, {"heading": heading}) for p in predictions],
        )
    for prediction in predictions:
        blocks = [block for block in section.blocks if block.id == prediction.id]
        if not blocks:
            what = N_("its block is missing; lynx break writes it again")
            problems.append(Problem(section.end - 1, prediction.id, what))
        elif len(blocks) > 1:
            what = N_("it stands twice (also on line {other}); keep one")
            problems.append(Problem(blocks[1].line, prediction.id, what, {"other": blocks[0].line}))
        else:
            found = _read_block(blocks[0], prediction)
            if isinstance(found, Answer):
                answers[prediction.id] = found
                written[prediction.id] = blocks[0].labels["prediction"][1].strip()
            else:
                problems.extend(found)
    return answers, written, problems


def _read_block(block: Block, prediction: Prediction) -> Answer | list[Problem]:
    problems = [
        Problem(block.line, block.id, N_("“{label}” stands twice in it; keep one"), {"label": label})
        for label in block.twice
    ]
    texts: dict[str, str] = {}
    for label in ("prediction", "confidence", "because"):
        line, written = block.labels.get(label, (0, ""))
        if not line:
            what = N_("the line “- {label}:” is missing; write it under the heading")
            problems.append(Problem(block.line, block.id, what, {"label": label}))
        elif not written.strip():
            problems.append(Problem(line, block.id, EMPTY[label]))
        texts[label] = written.strip()
    value = parse_value(prediction, texts["prediction"])
    if texts["prediction"] and value is None:
        line = block.labels["prediction"][0]
        if prediction.kind is Kind.NUMBER:
            what = N_("“{text}” is not a number; write one such as 0.1, 3 or 1e-4")
            problems.append(Problem(line, block.id, what, {"text": texts["prediction"]}))
        elif prediction.kind is Kind.CURVE:
            what = N_("“{text}” is not a number for each step; write {form}")
            fields = {"text": texts["prediction"], "form": curve_form(prediction)}
            problems.append(Problem(line, block.id, what, fields))
        else:
            names = " | ".join(option_names(prediction))
            what = N_("“{text}” is none of the options: {options}")
            problems.append(Problem(line, block.id, what, {"text": texts["prediction"], "options": names}))
    confidence = parse_confidence(texts["confidence"])
    if texts["confidence"] and confidence is None:
        line = block.labels["confidence"][0]
        what = N_("“{text}” is not a confidence; write 30, 50, 70 or 90")
        problems.append(Problem(line, block.id, what, {"text": texts["confidence"]}))
    if problems or value is None or confidence is None:
        return sorted(problems, key=lambda p: p.line)
    return Answer(block.id, value, confidence, texts["because"])


EMPTY = {
    "prediction": N_("the prediction is empty"),
    "confidence": N_("confidence is empty; write 30, 50, 70 or 90"),
    "because": N_("the reason is empty; write why, in a few words, after “because:”"),
}


def _headings(lines: Sequence[str]) -> list[tuple[int, int, str]]:
    """(index, level, title) of every heading outside code fences."""
    found = []
    fence = ""
    for i, line in enumerate(lines):
        mark = FENCE.match(line)
        if mark:
            if not fence:
                fence = mark[1][0]
            elif mark[1][0] == fence:
                fence = ""
        elif not fence and (match := HEADING.match(line)):
            found.append((i, len(match[1]), match[2]))
    return found


def _labels(
    lines: Sequence[str], start: int, stop: int
) -> tuple[dict[str, tuple[int, str]], tuple[str, ...]]:
    """Labels of list items between two indices, with indented continuation lines, and those that stand twice."""
    labels: dict[str, tuple[int, str]] = {}
    twice = []
    last = ""
    for i in range(start, stop):
        match = LABEL.match(lines[i])
        if match:
            last = match[1].lower()
            if last in labels:
                twice.append(last)
            else:
                labels[last] = (i + 1, match[2])
        elif last and re.match(r"^\s{2,}\S", lines[i]):
            line, value = labels[last]
            labels[last] = (line, f"{value} {lines[i].strip()}".strip())
        else:
            last = ""
    return labels, tuple(t for t in twice if t in ("prediction", "confidence", "because"))


# -- writing -------------------------------------------------------------------------------------


def add_form(text: str, heading: str, predictions: Sequence[Prediction], asks: Mapping[str, str]) -> str:
    """`text` with the section and every block that is missing appended; what is there stays as it is."""
    newline = newline_of(text)
    section = find_section(text, heading)
    there = {block.id for block in section.blocks} if section else set()
    lines: list[str] = []
    if section is None:
        lines += [heading, ""]
    for prediction in predictions:
        if prediction.id in there:
            continue
        lines.append(f"### {prediction.id} · {asks[prediction.id]}")
        if names := option_names(prediction):
            lines.append(f"- options: {' | '.join(names)}")
        if prediction.steps:
            lines.append(f"- steps: {', '.join(map(str, prediction.steps))}")
        lines += ["- prediction:", "- confidence:", "- because:", ""]
    if not lines:
        return text
    if section is None:
        return _glue(text, newline) + newline.join(lines) + newline
    return insert(text, section.end, lines)


def fill(text: str, heading: str, prediction: str, values: Mapping[str, str]) -> str:
    """Write answers after the labels of one block; raises KeyError when the block or a label is not there."""
    section = find_section(text, heading)
    block = next((b for b in section.blocks if b.id == prediction), None) if section else None
    if block is None:
        raise KeyError(prediction)
    lines = split(text)
    for label, value in values.items():
        number, _ = block.labels[label]
        line = lines[number - 1]
        ending = line[len(line.rstrip("\r\n")) :]
        head = line[: line.index(":") + 1]
        one_line = " ".join(value.split())
        lines[number - 1] = f"{head} {one_line}{ending}"
    return "".join(lines)


def add_label(text: str, heading: str, prediction: str | None, label: str, value: str) -> str:
    """Append `- label: value` to a prediction's block (or to the section), unless that label is there."""
    section = find_section(text, heading)
    if section is None:
        return text
    line = f"- {label}: {' '.join(value.split())}".rstrip()
    if prediction is None:
        if label in section.labels:
            return text
        return insert(text, section.end, [line])
    block = next((b for b in section.blocks if b.id == prediction), None)
    if block is None or label in block.labels:
        return text
    last = max((number for number, _ in block.labels.values()), default=block.line)
    return insert(text, _after_item(text, last, block.end), [line])


def add_links(text: str, heading: str, links: Sequence[str]) -> str:
    """Append to the section the links (pictures) that do not stand in it yet."""
    section = find_section(text, heading)
    if section is None:
        return text
    there = "".join(split(text)[section.line - 1 : section.end - 1])
    new = [link for link in links if link not in there]
    return insert(text, section.end, ["", *new]) if new else text


def _after_item(text: str, line: int, stop: int) -> int:
    """The line after the list item on `line`, past its continuation lines."""
    lines = split(text)
    here = line
    while here < min(stop - 1, len(lines)) and re.match(r"^\s{2,}\S", lines[here]):
        here += 1
    return here + 1


def insert(text: str, line: int, new: Sequence[str]) -> str:
    """`text` with `new` lines put before 1-based `line`; blank lines at the end of a section stay behind them."""
    newline = newline_of(text)
    lines = split(text)
    at = min(line - 1, len(lines))
    while at > 0 and not lines[at - 1].strip():
        at -= 1
    if at > 0 and not lines[at - 1].endswith("\n"):
        lines[at - 1] += newline
    gap = [newline] if new and new[0].startswith("#") else []
    block = gap + [entry + newline for entry in new]
    rest = lines[at:]
    if rest and rest[0].strip() == "" and block and block[-1].strip() == "":
        block = block[:-1]
    return "".join(lines[:at] + block + rest)


def _glue(text: str, newline: str) -> str:
    """`text` ready to have a section appended: an unfinished last line ended, one blank line between."""
    if not text:
        return ""
    if not text.endswith("\n"):
        text += newline
    return text if text.endswith(newline * 2) else text + newline
