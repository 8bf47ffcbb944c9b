"""What an agent may call: each tool is one command of the loop, and its arguments are that command's.

Nothing is decided here. A tool becomes a command line, and the command decides, as it does for a person: what is
not in the table (`reveal`, `explain`, `break`, `reset`, `hint --anyway`) an agent cannot ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.content.words import shown
from lynx.errors import N_, Refused
from lynx.values import Value
from lynx.view.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "integer"},
    "texts": {"type": "array", "items": {"type": "string"}},
}


class Argument(Value):
    """One argument: how it is called, what kind of value it takes, what it means."""

    name: str
    kind: str
    says: str
    placed: bool = False  # it stands on the line without an option's name


class Tool(Value):
    """One command of the loop, and what of it may be said."""

    name: str
    says: str
    arguments: tuple[Argument, ...] = ()
    looks: bool = False  # it changes nothing at all

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        fields = {one.name: {**KINDS[one.kind], "description": _(one.says)} for one in self.arguments}
        return {"type": "object", "properties": fields, "additionalProperties": False}


SET = Argument("set", "texts", N_("Other arguments of the experiment, NAME=VALUE; then nothing is scored."))
SURE = Argument("sure", "number", N_("How sure, in percent: 30, 50, 70 or 90."))

TOOLS = (
    Tool("status", N_("Where the learner stands in the break under way, and what is next."), looks=True),
    Tool(
        "predict",
        N_(
            "Without arguments: the break's setup and its questions. With all four: writes one answer into the notes."
        ),
        (
            Argument("id", "text", N_("The question, such as P1."), placed=True),
            Argument(
                "answer", "text", N_("A number, one of the options, or a value for each step of a curve.")
            ),
            SURE,
            Argument("because", "text", N_("The reason, in a few words.")),
        ),
    ),
    Tool(
        "run",
        N_(
            "Locks the predictions and trains the healthy and the broken version side by side; scores each prediction."
        ),
        (
            Argument("seeds", "number", N_("How many seeds; 3 unless said.")),
            Argument("observed", "text", N_("What is expected to be seen in the curves, before the score.")),
            SET,
        ),
    ),
    Tool(
        "show",
        N_(
            "The series that the last run recorded: without arguments which there are, with a metric its values."
        ),
        (
            Argument("metric", "text", N_("Which series."), placed=True),
            Argument("variant", "text", N_("Only this version: healthy, broken, yours …")),
            Argument("layer", "text", N_("Only this layer, counted from 1, or its name.")),
            Argument("step", "number", N_("Only this step.")),
            Argument("seed", "number", N_("Of this seed; of the first unless said.")),
        ),
        looks=True,
    ),
    Tool(
        "control",
        N_(
            "Without arguments: the rival ideas and the controls. With a control and the idea that you expect: runs it."
        ),
        (
            Argument("name", "text", N_("Which control."), placed=True),
            Argument("expect", "text", N_("The idea that it is expected to bear out.")),
            SURE,
            SET,
        ),
    ),
    Tool(
        "hint",
        N_(
            "The next hint. One opens for each try (an edit, a control, a verify); until then it stays closed."
        ),
        (Argument("level", "number", N_("Reread this one, which is open.")),),
    ),
    Tool("verify", N_("Checks the fix in the learner's file; any correct one passes.")),
)


def tool_named(name: str) -> Tool:
    """The tool. Raises Refused for one that there is not."""
    found = next((tool for tool in TOOLS if tool.name == name), None)
    if found is None:
        raise Refused(
            N_("There is no tool “{name}”."),
            code="unknown-tool",
            remedy=N_("There are: {names}. What is not among them is the learner's, at their terminal."),
            name=shown(name),
            names=", ".join(tool.name for tool in TOOLS),
        )
    return found


def line_of(tool: Tool, given: Mapping[str, Any], common: Mapping[str, str]) -> list[str]:
    """The command line of a call: `common` are options for every command. Raises Refused for a bad argument."""
    known = {one.name: one for one in tool.arguments}
    words, placed = [tool.name, "--json", *(f"{name}={value}" for name, value in common.items())], []
    for name, value in given.items():
        if name not in known:
            raise _wrong(tool, name, N_("The tool {tool} takes no argument “{name}”."))
        if value is None:  # how some clients say that nothing is given
            continue
        if not _fits(known[name].kind, value):
            raise _wrong(
                tool, name, N_("The argument “{name}” of the tool {tool} takes another kind of value.")
            )
        if known[name].placed:
            placed.append(value)
        else:
            values = value if isinstance(value, list) else [value]
            words += [f"--{name}={one}" for one in values]
    return [*words, *(["--", *placed] if placed else [])]


def _fits(kind: str, value: Any) -> bool:
    if kind == "texts":
        return isinstance(value, list) and all(_fits("text", one) for one in value)
    if kind == "number":
        return isinstance(value, int) and not isinstance(value, bool)
    # what no command line can carry
    return isinstance(value, str) and "\0" not in value and len(value) < 10_000 and not _lone(value)


def _lone(text: str) -> bool:
    """Whether half a character stands in it, as JSON's escapes can write one."""
    return any("\ud800" <= c <= "\udfff" for c in text)


def _wrong(tool: Tool, name: str, message: str) -> Refused:
    takes = ", ".join(f"{one.name} ({_(_KIND_WORDS[one.kind])})" for one in tool.arguments) or "–"
    return Refused(
        message,
        code="usage",
        remedy=N_("It takes: {takes}"),
        tool=tool.name,
        name=shown(name),
        takes=takes,
    )


_KIND_WORDS = {"text": N_("text"), "number": N_("a whole number"), "texts": N_("a list of texts")}
