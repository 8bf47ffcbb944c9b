"""The shapes of break.yaml's parts as pydantic models: every key, its type and what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lynx.content.reading.kinds import (
    Args,
    Bound,
    Dimension,
    DimensionName,
    DimensionSize,
    Finite,
    FolderFunction,
    LayerOrReducer,
    MetricName,
    Name,
    OneLine,
    OptionName,
    PathText,
    Pattern,
    Prose,
    Said,
    StepOrReducer,
    TextId,
)
from lynx.errors import N_


class Model(BaseModel):
    """Strict: no key that is not named, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PrintedModel(Model):
    """A figure that a program prints."""

    prints: Pattern = Field(
        description=N_("A pattern with one group around the number, such as “val loss ([0-9.]+)”.")
    )


class NeedsModel(Model):
    """What a run needs besides what git holds."""

    packages: list[OneLine] = Field(
        default=[], max_length=50, description=N_("Packages that must be installed, by their import names.")
    )
    files: list[PathText] = Field(
        default=[],
        max_length=200,
        description=N_("Files that git does not hold, as paths in the repository."),
    )


class ExperimentModel(Model):
    """What trains or evaluates: a function (`run`), or the learner's own program (`script`)."""

    run: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None,
        description=N_("A built-in experiment such as deep_mlp, or ./experiment.py beside this file."),
    )
    args: Args = Field(default={}, description=N_("Arguments of the function, by name."))
    script: PathText | None = Field(
        default=None,
        description=N_("A program of the repository that trains, such as train.py; runs untouched."),
    )
    argv: list[Annotated[str, Field(max_length=1_000)]] = Field(
        default=[], max_length=100, description=N_("The words after the program's name, each in quotes.")
    )
    steps: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description=N_("After how many steps the program is ended.")
    )
    clock: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description=N_("Which optimiser's steps count, where the program has several.")
    )
    metrics: dict[MetricName, PrintedModel] = Field(
        default={}, max_length=50, description=N_("Figures that the program prints, by name.")
    )
    files: list[PathText] = Field(
        default=[],
        max_length=5_000,
        description=N_("The files that the program needs, where a copy is made."),
    )
    needs: NeedsModel | None = Field(
        default=None, description=N_("What the run needs besides what git holds: packages and files.")
    )
    tolerance: Annotated[Finite, Field(gt=0, le=1)] | None = Field(
        default=None, description=N_("How far the same seed may differ from itself, such as 1.0e-6.")
    )


class SourceModel(Model):
    """A page, post or commit whose claims the break tests."""

    what: OneLine = Field(description=N_("What it is, in a few words, such as: a blog post on residuals."))
    where: OneLine | None = Field(default=None, description=N_("Where to find it: a link or a reference."))


class ElsewhereModel(Model):
    """A figure of a source whose experiment was another one: told, never judged."""

    id: TextId | None = Field(
        default=None, description=N_("A short name for translations; e1, e2 … otherwise.")
    )
    source: Name = Field(alias="from", description=N_("The source that says it, one of `sources`."))
    says: OneLine = Field(description=N_("The figure, as one sentence."))
    differs: OneLine | None = Field(
        default=None, description=N_("How its experiment differs from this one, in a few words.")
    )


class GuardModel(Model):
    """The test that would have caught it."""

    what: Prose = Field(description=N_("Which test would have caught the bug, in a sentence."))


class VariantModel(Model):
    """A version of the target under arguments of its own."""

    on: Literal["healthy", "broken"] = Field(description=N_("The version it starts from: healthy or broken."))
    args: Args = Field(
        default={}, description=N_("Arguments that differ from the experiment's own, by name.")
    )
    diff: str | None = Field(default=None, description=N_("A unified diff, applied on top of `on`."))


class LevelModel(Model):
    """A level that the loss is seen against."""

    says: OneLine = Field(description=N_("What the level is, in a few words, such as ln 5."))
    at: Bound | MetricName = Field(
        description=N_("Its height: a number, or a metric that the run records once, such as entropy_rate.")
    )


class WhereModel(Model):
    """A threshold on values."""

    at_least: Bound | None = Field(default=None, description=N_("Met by values of this and above."))
    at_most: Bound | None = Field(default=None, description=N_("Met by values of this and below."))


class RelativeModel(Model):
    """Where the measure is taken once more, to divide by; what is left out stays the same."""

    variant: Name | None = Field(default=None, description=N_("The variant to divide by."))
    step: StepOrReducer | None = Field(default=None, description=N_("The step to divide by, counted from 0."))
    layer: LayerOrReducer | None = Field(default=None, description=N_("The layer to divide by."))


class MeasureModel(Model):
    """One number out of a run: metric, variant, step, layer."""

    metric: MetricName = Field(description=N_("What is measured, such as loss or grad_norm."))
    variant: Name | None = Field(
        default=None,
        description=N_("The variant measured: healthy, broken or one named here. Default: broken."),
    )
    step: StepOrReducer | None = Field(
        default=None,
        description=N_("A step counted from 0, or first, last, min, max, median, mean. Default: last."),
    )
    steps: list[Annotated[int, Field(ge=0)]] | None = Field(
        default=None,
        max_length=20,
        description=N_("The steps of a curve, counted from 0, such as [0, 10, 100]; for a curve alone."),
    )
    layer: LayerOrReducer | None = Field(
        default=None,
        description=N_(
            "A layer counted from 1, its name, or first, last, min, max, median, mean over layers."
        ),
    )
    relative_to: RelativeModel | None = Field(
        default=None, description=N_("Divide by the same measure at another step, layer or variant.")
    )
    first_step: WhereModel | None = Field(
        default=None,
        description=N_(
            "Measure the first step at which the value is at_least or at_most this; never is inf."
        ),
    )
    rank: Literal["layers", "steps"] | None = Field(
        default=None,
        description=N_("Measure the rank of the value, 1 the smallest, among all layers or steps."),
    )


class ExpectModel(Model):
    """A set of values; bounds are inclusive."""

    at_most: Bound | None = Field(default=None, description=N_("The largest value expected."))
    at_least: Bound | None = Field(default=None, description=N_("The smallest value expected."))
    equals: Bound | None = Field(default=None, description=N_("The value expected; .inf means never."))
    within: Annotated[Finite, Field(ge=0)] | None = Field(
        default=None, description=N_("How far from `equals` a value may lie, 0 or more.")
    )
    nan: bool = Field(default=False, description=N_("true when NaN is expected."))


class OptionModel(ExpectModel):
    """An answer of a choice: the values it stands for, and what it means in words."""

    means: OneLine | None = Field(default=None, description=N_("What the answer means, in a few words."))


class CompareModel(Model):
    """The measure's variant against another one."""

    to: Name = Field(description=N_("The variant to compare with, such as healthy."))
    direction: Literal["above", "below", "same"] = Field(
        description=N_("Which way it differs: above, below or same.")
    )
    margin: Annotated[Finite, Field(ge=0)] | None = Field(
        default=None, description=N_("By how much: a difference on a linear scale, a factor on a log scale.")
    )
    scale: Literal["linear", "log"] = Field(
        default="linear", description=N_("The margin's scale: linear or log.")
    )


class ControlModel(Model):
    """A run about which two rivals predict different things."""

    on: Literal["healthy", "broken"] = Field(description=N_("The version it starts from: healthy or broken."))
    args: Args = Field(
        default={}, description=N_("Arguments that differ from the experiment's own, by name.")
    )
    diff: str | None = Field(default=None, description=N_("A unified diff, applied on top of `on`."))
    says: OneLine | None = Field(default=None, description=N_("What the control changes, in plain words."))
    measure: MeasureModel = Field(description=N_("The number that separates the rivals."))
    predicts: dict[Name, ExpectModel] = Field(
        min_length=2,
        max_length=20,
        description=N_("What each rival expects of the measure; two rivals or more."),
    )
    expect: ExpectModel = Field(description=N_("What the mentor's check asserts of the measure."))


class PredictionModel(Model):
    """A question that the learner answers before running."""

    id: Name = Field(description=N_("A short name, such as P1: letters, digits, - and _."))
    ask: OneLine = Field(description=N_("The question, as one line."))
    blind_ask: OneLine | None = Field(
        None, description=N_("The question in blind mode, where `ask` would tell what was changed.")
    )
    kind: Literal["number", "choice", "yesno", "curve"] = Field(
        description=N_("The form of the answer: number, choice, yesno or curve.")
    )
    measure: MeasureModel = Field(description=N_("The number that the answer is held against."))
    scale: Literal["linear", "log"] | None = Field(
        default=None,
        description=N_(
            "The scale of `hit`: linear (a difference) or log (a factor); of a number or a curve."
        ),
    )
    hit: Finite | None = Field(
        default=None,
        description=N_("How near a number must be: a difference above 0, or a factor above 1 on log."),
    )
    options: Annotated[dict[OptionName, OptionModel], Field(max_length=20)] | None = Field(
        default=None,
        description=N_(
            "The answers of a choice and the values each stands for, in order; the first that fits wins."
        ),
    )
    expect: ExpectModel | None = Field(
        default=None, description=N_("The values that make the answer of a yesno yes.")
    )
    says: dict[Name, Said] = Field(
        default={},
        max_length=20,
        description=N_(
            "What each source says: a number, never, yes, no, or an option; shown only afterwards."
        ),
    )


class ClaimModel(Model):
    """A sentence about a measure, and the verdict that its author declares."""

    id: Name = Field(description=N_("A short name, such as nan-within-50: letters, digits, - and _."))
    says: OneLine = Field(description=N_("The claim, as one sentence."))
    source: Name = Field(
        alias="from", description=N_("Who says so: a name of `sources`, theory or measured.")
    )
    measure: MeasureModel = Field(description=N_("The number that the claim is about."))
    expect: ExpectModel | None = Field(default=None, description=N_("The values that the claim expects."))
    compare: CompareModel | None = Field(
        default=None, description=N_("How the claim's variant differs from another.")
    )
    verdict: Literal["HOLDS", "REFUTED", "UNDECIDED"] = Field(
        description=N_("The verdict you declare: HOLDS, REFUTED or UNDECIDED; the mentor's check asserts it.")
    )
    healthy: bool = Field(
        default=False,
        description=N_("true when the claim checks the healthy side; if it fails, others are INVALID."),
    )
    always: bool = Field(
        default=False, description=N_("true when it must hold in every seed, not only in most.")
    )


class OracleInputModel(Model):
    """One random input of the callable."""

    shape: list[Dimension] = Field(
        max_length=6, description=N_("Its dimensions: numbers, or names given in `shapes`.")
    )
    dtype: Literal["float", "int"] = Field(
        default="float", description=N_("The kind of values: float or int.")
    )
    below: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description=N_("For int inputs: values are drawn from 0 up to this, exclusive.")
    )


CALL = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$"


class OracleModel(Model):
    """How a repaired callable is told from a broken one."""

    call: Annotated[str, Field(pattern=CALL, max_length=200)] | None = Field(
        default=None, description=N_("The class or function to call, as package.module:Name.")
    )
    make: FolderFunction | None = Field(
        default=None,
        description=N_(
            "A function beside this file that builds the object and its inputs, such as ./oracle.py:make."
        ),
    )
    steps: FolderFunction | None = Field(
        default=None,
        description=N_(
            "A function beside this file that builds a training loop to compare, such as ./oracle.py:make."
        ),
    )
    n: Annotated[int, Field(ge=1, le=1_000)] | None = Field(
        default=None, description=N_("How many training steps `steps` compares, 1 to 1000.")
    )
    property: FolderFunction | None = Field(
        default=None,
        description=N_("A function beside this file that judges the answers, such as ./oracle.py:holds."),
    )
    init: Args = Field(default={}, description=N_("Arguments of a class, by name."))
    inputs: list[OracleInputModel] | None = Field(
        default=None, max_length=10, description=N_("The random inputs, in the order of the call.")
    )
    shapes: list[dict[DimensionName, DimensionSize]] = Field(
        default=[],
        max_length=50,
        description=N_("Values of the named dimensions; the experiment's own among them."),
    )
    weights: Literal["copied", "seeded"] = Field(
        default="copied",
        description=N_("copied: both sides get the same weights; seeded: both draw them from the same seed."),
    )
    cases: int = Field(
        default=50, ge=1, le=1_000, description=N_("How many random inputs are tried, 1 to 1000.")
    )
    tolerance: Finite = Field(
        default=1e-6,
        gt=0,
        le=1,
        description=N_("How far outputs and gradients may differ, above 0 and at most 1."),
    )


class WrongFixModel(Model):
    """A plausible fix that is wrong."""

    id: TextId | None = Field(
        default=None, description=N_("A short name for translations; w1, w2 … otherwise.")
    )
    says: OneLine = Field(description=N_("What it does, in a few words."))
    diff: str = Field(description=N_("The wrong fix as a unified diff on the broken file."))


class MetricModel(Model):
    """A metric that the break's own experiment records."""

    unit: Annotated[str, Field(max_length=30)] = Field(
        default="", description=N_("Its unit, such as nats; may be empty.")
    )
    worse: Literal["high", "low"] = Field(
        default="high", description=N_("The end where failure lies: high or low.")
    )
    per_layer: bool = Field(default=False, description=N_("true when there is one value per layer."))
    log: bool = Field(default=False, description=N_("true to draw and compare it on a logarithmic scale."))
