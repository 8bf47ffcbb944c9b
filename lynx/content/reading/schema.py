"""The shape of break.yaml as a whole, and its JSON Schema; `parts` has the models of what stands in it.

A text is a plain string in the break's own language; `translation` has the models of the files beside it.

These models know one key at a time; what keys owe each other is in `checks`. The descriptions serve three
readers: the remedy of an error, an editor through `lynx mentor schema`, and whoever reads this file.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from lynx.content.reading.kinds import (
    AS_LIST,
    AS_MAPPING,
    Args,
    Finite,
    LanguageTag,
    MetricName,
    Name,
    OneLine,
    PathText,
    Prose,
    TextId,
    list_or_mapping,
)
from lynx.content.reading.parts import (
    ClaimModel,
    ControlModel,
    ElsewhereModel,
    ExperimentModel,
    GuardModel,
    LevelModel,
    MetricModel,
    Model,
    NeedsModel,
    OracleModel,
    PredictionModel,
    SourceModel,
    VariantModel,
    WrongFixModel,
)
from lynx.errors import N_

SCHEMA = 2


def _short_form(value: Any) -> Any:
    return {"run": value} if isinstance(value, str) else value


class BreakModel(Model):
    """One break: a known bug, what to predict, what is claimed, and how a repair is recognised."""

    schema_: Annotated[int, Field(ge=1)] = Field(
        alias="schema", description=N_("The version of this format; write 2.")
    )
    language: LanguageTag = Field(
        description=N_("The language of this file's texts, as a tag such as en, es or pt-BR.")
    )
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")] = Field(
        description=N_('A short id in quotes, such as "00": letters, digits, dots, - and _.')
    )
    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)] = Field(
        description=N_("A name such as remove-residual: small letters, digits and single dashes.")
    )
    phase: Annotated[int, Field(ge=0, le=99)] = Field(description=N_("The phase of the course, 0 to 99."))
    title: OneLine = Field(description=N_("The title, as lists show it."))
    blind_title: OneLine | None = Field(
        default=None, description=N_("A title that does not give the cause away; for blind mode.")
    )
    sources: dict[Name, SourceModel] = Field(
        default={}, max_length=20, description=N_("Pages, posts or commits whose claims are tested, by name.")
    )
    teaches: list[Annotated[OneLine, Field(max_length=60)]] = Field(
        min_length=1, max_length=20, description=N_("The concepts it teaches, as short names.")
    )
    read: list[PathText] = Field(
        default=[], max_length=20, description=N_("Chapters to read, as paths in the phase.")
    )
    target: PathText = Field(
        description=N_("The one file that the diff changes, as a path in the repository.")
    )
    within: Annotated[str, Field(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$", max_length=200)] | None = Field(
        default=None, description=N_("The function that the diff changes, as Class.method.")
    )
    diff: str = Field(
        description=N_("The bug as a unified diff of the target; line numbers may be left out.")
    )
    pythonpath: list[PathText] = Field(
        default=[], max_length=20, description=N_("Folders of the repository to import from, such as src.")
    )
    experiment: Annotated[
        ExperimentModel, BeforeValidator(_short_form, json_schema_input_type=str | ExperimentModel)
    ] = Field(
        description=N_("What runs: a name or file under `run` and its `args`, or ./experiment.py alone.")
    )
    needs: NeedsModel | None = Field(
        default=None, description=N_("What the run needs besides what git holds: packages and files.")
    )
    tolerance: Annotated[Finite, Field(gt=0, le=1)] | None = Field(
        default=None, description=N_("How far the same seed may differ from itself, such as 1.0e-6.")
    )
    neighbours: Annotated[
        Annotated[list[Args], Field(max_length=20), Tag(AS_LIST)]
        | Annotated[dict[Name, Args], Field(max_length=20), Tag(AS_MAPPING)],
        Discriminator(list_or_mapping),
    ] = Field(default={}, description=N_("Settings nearby, as changed arguments, to see where claims hold."))
    metrics: dict[MetricName, MetricModel] = Field(
        default={}, max_length=50, description=N_("Metrics that the break's own experiment records.")
    )
    variants: dict[Name, VariantModel] = Field(
        default={}, max_length=20, description=N_("Versions besides healthy and broken, such as a baseline.")
    )
    rivals: dict[Name, OneLine] = Field(
        default={}, max_length=20, description=N_("Explanations that somebody could believe, by name.")
    )
    controls: dict[Name, ControlModel] = Field(
        default={}, max_length=30, description=N_("Runs that tell rivals apart, by name.")
    )
    predictions: list[PredictionModel] = Field(
        min_length=1, max_length=20, description=N_("What the learner predicts before running.")
    )
    claims: list[ClaimModel] = Field(
        default=[], max_length=100, description=N_("What is claimed, and its verdict.")
    )
    elsewhere: list[ElsewhereModel] = Field(
        default=[],
        max_length=50,
        description=N_("Figures of sources whose experiment was another one: told, never judged."),
    )
    level: LevelModel | None = Field(
        default=None, description=N_("A level drawn in the picture of the loss, such as what guessing costs.")
    )
    setup: Prose | None = Field(
        default=None,
        description=N_(
            "What trains, on what, and what changed: told before the predictions, not in blind mode."
        ),
    )
    symptom: Prose | None = Field(default=None, description=N_("What goes wrong, as told in blind mode."))
    hidden_cause: Prose = Field(description=N_("Why it goes wrong, shown after the repair."))
    hints: Annotated[
        Annotated[list[Prose], Field(min_length=1, max_length=10), Tag(AS_LIST)]
        | Annotated[dict[TextId, Prose], Field(min_length=1, max_length=10), Tag(AS_MAPPING)],
        Discriminator(list_or_mapping),
    ] = Field(
        description=N_("Hints: the first says what to measure next, the last where to look."),
    )
    oracle: OracleModel | None = Field(
        default=None, description=N_("How a repair is recognised: a call and its inputs.")
    )
    verify_by: list[Name] = Field(
        default=[],
        max_length=50,
        description=N_("Ids of the claims that decide on a repair, where no oracle fits."),
    )
    base: PathText = Field(
        default="starter",
        description=N_("starter, or the repository that holds the break; the target lies in it."),
    )
    wrong_fixes: list[WrongFixModel] = Field(
        default=[], max_length=20, description=N_("Plausible fixes that are wrong and must be rejected.")
    )
    why: Prose | None = Field(
        default=None, description=N_("Why this break teaches its concept, shown after the repair.")
    )
    guard: GuardModel | None = Field(
        default=None, description=N_("The test that would have caught it, told after the repair.")
    )
    next: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")] | None = Field(
        default=None, description=N_("The id of the break that comes next, in quotes.")
    )
    budget: Annotated[Finite, Field(gt=0, le=3_600)] = Field(
        default=60.0, description=N_("Seconds that a learner's run may take, at most 3600.")
    )


@cache
def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of break.yaml, a description at every key: what `lynx mentor schema` prints."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **BreakModel.model_json_schema(),
        "title": "Lynx break",
    }


def meaning(path: tuple[str | int, ...]) -> tuple[str, tuple[str, ...]]:
    """The description of the key at `path`, and the keys that may stand below it; "" and () where unknown."""
    return meaning_in(json_schema(), path)


def meaning_in(root: dict[str, Any], path: tuple[str | int, ...]) -> tuple[str, tuple[str, ...]]:
    """`meaning` by any JSON Schema."""
    node: dict[str, Any] = root
    description = ""
    for part in path:
        node = _resolved(root, node)
        if isinstance(part, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(part) or _free(node)
        description = node.get("description", description)
    return description, tuple(_resolved(root, node).get("properties", ()))


def _free(node: dict[str, Any]) -> dict[str, Any]:
    """What a mapping with free keys holds."""
    patterns = list(node.get("patternProperties", {}).values())
    free = patterns[0] if patterns else node.get("additionalProperties")
    return free if isinstance(free, dict) else {}


def _resolved(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """`node` behind its $ref, or the mapping or list among the alternatives of an anyOf."""
    while "$ref" in node or "anyOf" in node or "oneOf" in node:
        if "$ref" in node:
            node = root["$defs"][node["$ref"].rpartition("/")[2]]
            continue
        useful = [
            n
            for n in node.get("anyOf") or node["oneOf"]
            if "$ref" in n or n.get("type") in ("object", "array")
        ]
        if not useful:
            return {}
        node = useful[0]
    return node
