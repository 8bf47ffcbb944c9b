"""The command line's own words: what Typer says about a mistyped command, in the language in force.

Typer words its usage errors in English and outside gettext. Each form it has is a pattern here; a form that is
not known yet is shown as it came.
"""

from __future__ import annotations

import re

from lynx.errors import N_
from lynx.view.language import _

FORMS: tuple[tuple[str, str], ...] = (
    (
        r"No such option: (?P<name>\S+) \(Possible options: (?P<near>.+)\)",
        N_("There is no option {name}. Did you mean {near}?"),
    ),
    (r"No such option: (?P<name>\S+)", N_("There is no option {name}.")),
    (
        r"No such command '(?P<name>.*)'\. Did you mean (?P<near>.+)\?",
        N_("There is no command “{name}”. Did you mean {near}?"),
    ),
    (r"No such command '(?P<name>.*)'\.", N_("There is no command “{name}”.")),
    (r"Missing command\.", N_("A command is missing.")),
    (r"Missing (?:argument|option|parameter) '(?P<name>[^']*)'\..*", N_("{name} is missing.")),
    (
        r"Got unexpected extra argument(?:s|\(s\))? \((?P<extra>.*)\)",
        N_("Nothing like this is expected here: {extra}"),
    ),
    (r"Option '(?P<name>[^']*)' requires (?:an argument|a value)\.?", N_("{name} needs a value.")),
    (r"Option '(?P<name>[^']*)' does not take a value\.", N_("{name} takes no value.")),
    (
        r"Invalid value for (?P<name>.+?): (?P<value>.*) is not in the range (?P<range>.+)\.",
        N_("{name}: {value} is not in the range {range}."),
    ),
    (
        r"Invalid value for (?P<name>.+?): '(?P<value>.*)' is not a valid (?:int|integer|float)"
        r"(?: range)?\.",
        N_("{name}: “{value}” is not a number."),
    ),
    (
        r"Invalid value for (?P<name>.+?): '(?P<value>.*)' is not one of (?P<some>.+)\.",
        N_("{name}: “{value}” is none of {some}."),
    ),
)


def usage_text(message: str) -> str:
    """Typer's message about a usage error, in Lynx's words and language; itself where the form is not known."""
    for pattern, words in FORMS:
        if found := re.fullmatch(pattern, message, flags=re.S):
            fields = {
                k: v.strip("'") if k == "name" else v.replace("'", "") for k, v in found.groupdict().items()
            }
            return _(words).format(**fields)
    return message
