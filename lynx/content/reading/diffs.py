"""Whether a text is a unified diff of one file: the shape only; `repo/patch.py` is what applies it."""

from __future__ import annotations

import re

from lynx.content.words import shown
from lynx.errors import N_

_HUNK = re.compile(r"@@(?: -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@.*)?\s*$")
_LOOSE = re.compile(r"@@(?: .*)?$")
_NOT_TEXT = (
    "rename ",
    "copy ",
    "new file",
    "deleted file",
    "old mode",
    "new mode",
    "GIT binary",
    "Binary files",
)

Refusal = tuple[str, str, dict[str, object]]


def refusal(diff: str, target: str) -> Refusal | None:
    """Why `diff` is no unified diff of `target` alone, as template, advice and fields; None when it is one.

    The headers (`diff`, `index`, `---`, `+++`) may be left out, and so may the numbers after `@@`. An empty
    `target` is one not known: then any name in the headers will do.
    """
    body = diff.replace("\r\n", "\n").removesuffix("\n").split("\n")
    start = next((i for i, line in enumerate(body) if line.startswith("@@")), len(body))
    if start == len(body):
        return (
            N_("the diff has no hunk."),
            N_("Begin it with a line '@@', then lines that start with ' ', '-' or '+'."),
            {},
        )
    refused = _headers(body[:start], target)
    if refused:
        return refused
    hunks: list[tuple[str, list[str]]] = []
    for number, line in enumerate(body[start:], start + 1):
        if line.startswith("@@"):
            if not (_HUNK.match(line) or _LOOSE.match(line)):
                return _line(N_("line {number} of the diff is no hunk header: {line}"), number, line)
            hunks.append((line, []))
        elif line == "" or line[0] in " +-":
            # A removed `-- x` looks like a header; only a pair of headers between hunks is a second file.
            if line.startswith("--- ") and body[number : number + 1] and body[number].startswith("+++ "):
                return _line(N_("line {number} of the diff begins a second file: {line}"), number, line)
            hunks[-1][1].append(line or " ")
        elif not line.startswith("\\"):
            return _line(N_("line {number} of the diff is none of a diff's: {line}"), number, line)
    for header, lines in hunks:
        refused = _hunk(header, lines)
        if refused:
            return refused
    return None


def _line(template: str, number: int, line: str) -> Refusal:
    return (
        template,
        N_("Lines start with ' ', '-', '+' or '@@', and change one file."),
        {"number": number, "line": shown(line)},
    )


def _headers(lines: list[str], target: str) -> Refusal | None:
    names: list[str] = []
    for line in lines:
        if line.startswith(_NOT_TEXT):
            return (
                N_("the diff does more than change lines: {line}"),
                N_("Change the text of the target only."),
                {"line": shown(line)},
            )
        if line.startswith(("--- ", "+++ ")):
            names.append(line[4:].split("\t")[0].strip().strip('"'))
        elif line.strip() and not line.startswith(("diff ", "index ", "Index: ", "====")):
            return (
                N_("the diff has a line before its first hunk that is no header: {line}"),
                N_("Remove it."),
                {"line": shown(line)},
            )
    for name in names:
        if target and name not in (target, f"a/{target}", f"b/{target}"):
            return (
                N_("the diff changes {name}, and the target is {target}."),
                N_("A break changes its target and nothing else; leave the header out."),
                {"name": shown(name), "target": shown(target)},
            )
    if len(names) > 2:
        return N_("the diff has more than one file header."), N_("A break changes one file."), {}
    return None


def _hunk(header: str, lines: list[str]) -> Refusal | None:
    old = [line[1:] for line in lines if line[0] in " -"]
    new = [line[1:] for line in lines if line[0] in " +"]
    if old == new:
        return (
            N_("a hunk of the diff changes nothing."),
            N_("Mark removed lines by '-' and added lines by '+'."),
            {},
        )
    numbers = _HUNK.match(header)
    if not old and not (numbers and numbers[1]):
        return (
            N_("a hunk of the diff only adds lines, and says nowhere where."),
            N_("Include a line or two of the text around it, each after a space."),
            {},
        )
    if numbers and numbers[1]:
        declared = int(numbers[2] or 1), int(numbers[4] or 1)
        if declared != (len(old), len(new)):
            return (
                N_("the header {header} does not count the hunk's lines: {old} old, {new} new."),
                N_("Correct it, or write '@@' alone."),
                {"header": shown(header), "old": len(old), "new": len(new)},
            )
    return None
