"""The kinds of value in break.yaml: what a step, a layer, a name, a line of text may be."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from lynx.content.words import TAG
from lynx.errors import N_
from lynx.truth.measures import Reducer

REDUCERS: tuple[str, ...] = get_args(Reducer)
MAX_TEXT = 3_000
MAX_LINE = 300


def wrong(template: str, advice: str, **fields: object) -> PydanticCustomError:
    """An error in Lynx's own words: `explain` reads the templates back out of its context."""
    return PydanticCustomError("lynx", "{template}", {"template": template, "advice": advice, **fields})


def _step(value: Any) -> int | str:
    if (isinstance(value, int) and not isinstance(value, bool) and value >= 0) or value in REDUCERS:
        return value  # type: ignore[no-any-return]
    raise wrong(
        N_("{value} is no step."),
        N_("Give a step counted from 0, or one of: first, last, min, max, median, mean."),
        value=value,
    )


def _layer(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, str) and 0 < len(value) <= 200:
        return value
    raise wrong(
        N_("{value} is no layer."),
        N_("Give a layer counted from 1, its name, or one of: first, last, min, max, median, mean."),
        value=value,
    )


def _dimension(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65_536:
        return value
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,29}", value):
        return value
    raise wrong(
        N_("{value} is no dimension."),
        N_("Give a number from 1 to 65536, or a name in small letters that `shapes` gives a number."),
        value=value,
    )


def _said(value: Any) -> float | str | dict[str, float]:
    if isinstance(value, bool):
        return "yes" if value else "no"  # a bare no, to a yes-or-no question, can mean nothing else
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, str) and 0 < len(value) <= MAX_LINE:
        return value
    if isinstance(value, dict) and 0 < len(value) <= 100:
        points = {k: v for k, v in value.items() if k.isascii() and k.isdigit() and len(k) < 10}
        numbers = [v for v in points.values() if isinstance(v, (int, float)) and not isinstance(v, bool)]
        if len(numbers) == len(value):
            return {step: float(number) for step, number in points.items()}
    raise wrong(
        N_("what a source says is neither a number nor an answer."),
        N_(
            "Give a number such as 0.8, never, yes, no, the name of an option, or a curve such as 0: 2.4, 10: 1.6."
        ),
    )


def _not_nan(value: float) -> float:
    if value != value:  # NaN alone differs from itself
        raise wrong(N_("NaN is no bound."), N_("Write nan: true to expect NaN."))
    return value


def _pattern(value: str) -> str:
    try:
        pattern = re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise wrong(
            N_("{value} is no pattern: {error}."),
            N_("Write it as Python's re has it."),
            value=value,
            error=str(error),
        ) from None
    groups = pattern.groups - ("step" in pattern.groupindex)  # which step it is of may be told, too
    if groups != 1:
        raise wrong(
            N_("the pattern {value} has {groups} groups."),
            N_("Put one pair of brackets around the number."),
            value=value,
            groups=str(groups),
        )
    return value


def _one_line(value: str) -> str:
    if "\n" in value:
        raise wrong(
            N_("this text has several lines."), N_("Make it one line: it stands in a heading or a table.")
        )
    return value


AS_LIST, AS_MAPPING = "(list)", "(mapping)"  # no key looks like these: a place in a file never has them


def list_or_mapping(value: Any) -> str:
    """Which of the two a value with ids of its own, or ids by position, is written as."""
    return AS_MAPPING if isinstance(value, dict) else AS_LIST


Finite = Annotated[float, Field(allow_inf_nan=False)]
Bound = Annotated[float, AfterValidator(_not_nan)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
OneLine = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LINE),
    AfterValidator(_one_line),
]
PathText = Annotated[str, Field(min_length=1)]  # which paths will do is said by `paths`, with the reason
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
ArgName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,59}$")]
MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
OptionName = Annotated[str, Field(pattern=r"^[^\s|:`*_#-][^|\n]{0,38}[^\s|]$|^[^\s|:`*_#-]$")]
Args = dict[ArgName, Any]
StepOrReducer = Annotated[
    int | str,
    PlainValidator(_step),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"enum": list(REDUCERS)}]}),
]
LayerOrReducer = Annotated[
    int | str,
    PlainValidator(_layer),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}),
]
Said = Annotated[
    float | str | dict[str, float],
    PlainValidator(_said),
    WithJsonSchema({"type": ["number", "string", "boolean", "object"]}),
]
Pattern = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_pattern)]
LanguageTag = Annotated[str, Field(pattern=rf"^{TAG}$")]
TextId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
FolderFunction = Annotated[
    str, Field(pattern=r"^\./[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}\.py:[A-Za-z_]\w{0,99}$", max_length=220)
]
DimensionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
DimensionSize = Annotated[int, Field(ge=1, le=65_536)]
Dimension = Annotated[
    int | str,
    PlainValidator(_dimension),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 65_536}, {"type": "string"}]}),
]
