"""What stops the YAML parser, in plain words and at the line where the cause stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.words import shown
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    import yaml

SYNTAX: Mapping[str, tuple[str, str]] = {
    "mapping values are not allowed": (
        N_("there is a ':' where no key can stand."),
        N_("Put text that holds ': ' in quotes, and line keys up below each other."),
    ),
    "did not find expected key": (
        N_("this line does not line up with the keys above it."),
        N_("Indent keys of one mapping alike; close quotes and brackets before this line."),
    ),
    "did not find expected '-' indicator": (
        N_("this line does not line up with the list above it."),
        N_("Begin each item with '- ' in the same column."),
    ),
    "found unexpected end of stream": (
        N_("a quoted text that begins here never ends."),
        N_("Close the quote."),
    ),
    "did not find expected ','": (
        N_("a bracket opens here and is never closed, or a comma is missing after it."),
        N_("Put commas between the items and close the bracket."),
    ),
    "found unexpected ':'": (
        N_("there is a ':' with nothing after it."),
        N_("Put a space and a value after it, or the text in quotes."),
    ),
    "could not find expected ':'": (
        N_("a ':' is missing after a key."),
        N_("Write 'key: value', and indent text of several lines below its key."),
    ),
}


def explain(text: str, error: yaml.YAMLError) -> tuple[int, str, str, dict[str, object]]:
    """Line, template, advice and fields of what stops the parser."""
    problem = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None)
    opened = getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    for start, (template, advice) in SYNTAX.items():
        if problem.startswith(start):
            # An unclosed quote or bracket is noticed far below; where it opens is what helps.
            return (opened.line + 1 if opened and "never" in template else line), template, advice, {}
    if mark and "cannot start any token" in problem:
        rows = text.split("\n")
        character = rows[mark.line][mark.column : mark.column + 1] if mark.line < len(rows) else ""
        if character == "\t":
            return line, N_("a tab is used to indent."), N_("Indent with spaces."), {}
        template, advice = N_("no value can begin with '{character}'."), N_("Put the value in quotes.")
        return line, template, advice, {"character": shown(character)}
    template, advice = N_("this is not YAML: {problem}."), N_("Look at this line and the one above.")
    return line, template, advice, {"problem": shown(problem)}
