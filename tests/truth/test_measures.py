"""Reading a measure: which number it picks, what NaN does, and why one cannot be read."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.errors import Refused
from lynx.truth.measures import (
    METRICS,
    Ended,
    Measure,
    Metric,
    Relative,
    Run,
    Series,
    Where,
    Worse,
    from_json_number,
    median_of,
    metric_of,
    position,
    problems_of,
    to_json_number,
    value_of,
)

NAN, INF = math.nan, math.inf
LAYERS = ("blocks.1", "blocks.2", "head")


def scalar(*values: float) -> Series:
    return Series((), {step: (value,) for step, value in enumerate(values)})


def run(variant: str = "broken", ended: Ended = Ended.FINISHED, **series: Series) -> Run:
    return Run(variant, 0, ended, series)


def pair(**series: Series) -> dict[str, Run]:
    return {"broken": run(**series), "healthy": run("healthy", loss=scalar(4.0, 2.0, 1.0, 0.5))}


LOSS = pair(loss=scalar(4.0, 8.0, 2.0, 1.0))
GRADIENTS = pair(
    grad_norm=Series(LAYERS, {0: (9.0, 5.0, 3.0), 1: (1.0, 4.0, 3.0), 5: (1e-9, 2.0, 6.0)}),
    loss=scalar(1, 1, 1, 1, 1, 1),
)


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure("loss"), 1.0),
        (Measure("loss", step=1), 8.0),
        (Measure("loss", step="first"), 4.0),
        (Measure("loss", step="min"), 1.0),
        (Measure("loss", step="max"), 8.0),
        (Measure("loss", step="mean"), 3.75),
        (Measure("loss", step="median"), 3.0),
        (Measure("loss", "healthy", step=3), 0.5),
        (Measure("loss", step=1, relative_to=Relative(step=0)), 2.0),
        (Measure("loss", step=1, relative_to=Relative(variant="healthy")), 4.0),
        (Measure("loss", step=1, relative_to=Relative(variant="healthy", step=3)), 16.0),
        (Measure("loss", step="max", relative_to=Relative(step="min")), 8.0),
        (Measure("loss", first_step=Where(at_most=2.0)), 2.0),
        (Measure("loss", first_step=Where(at_least=8.0)), 1.0),
        (Measure("loss", first_step=Where(at_least=1.5, at_most=2.5)), 2.0),
        (Measure("loss", first_step=Where(at_least=9.0)), INF),
        # divided by the loss at step 0: 1, 2, .5, .25
        (Measure("loss", first_step=Where(at_most=0.5), relative_to=Relative(step=0)), 2.0),
        # divided step by step by the healthy loss: 1, 4, 2, 2
        (Measure("loss", first_step=Where(at_least=4.0), relative_to=Relative(variant="healthy")), 1.0),
        # `step` says nothing under first_step, so it need not be recorded either
        (
            Measure("loss", step=99, first_step=Where(at_least=4.0), relative_to=Relative(variant="healthy")),
            1.0,
        ),
        (Measure("loss", step=3, rank="steps"), 1.0),
        (Measure("loss", step=1, rank="steps"), 4.0),
        (Measure("loss", step="last", rank="steps"), 1.0),
        (Measure("loss", step="first", rank="steps"), 3.0),
    ],
)
def test_a_scalar_measure_picks(measure: Measure, value: float) -> None:
    assert value_of(measure, LOSS) == value


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure("grad_norm", step=0, layer=1), 9.0),
        (Measure("grad_norm", step=0, layer=3), 3.0),
        (Measure("grad_norm", step=1, layer="blocks.2"), 4.0),
        (Measure("grad_norm", step=5, layer="first"), 1e-9),
        (Measure("grad_norm", step=5, layer="last"), 6.0),
        (Measure("grad_norm", step=1, layer="max"), 4.0),
        (Measure("grad_norm", step=1, layer="median"), 3.0),
        (Measure("grad_norm", step="max", layer="min"), 3.0),  # layers first (3, 1, 1e-9), then steps
        (Measure("grad_norm", step="last", layer=1, relative_to=Relative(step=0)), 1e-9 / 9),
        (Measure("grad_norm", step=0, layer=1, relative_to=Relative(layer="last")), 3.0),
        (Measure("grad_norm", layer=1, first_step=Where(at_most=1e-7)), 5.0),
        (
            Measure("grad_norm", layer=1, first_step=Where(at_most=0.3), relative_to=Relative(layer="last")),
            5.0,  # 3, .33, tiny
        ),
        (Measure("grad_norm", step=0, layer=1, rank="layers"), 3.0),
        (Measure("grad_norm", step=5, layer="head", rank="layers"), 3.0),
        (Measure("grad_norm", step="last", layer=1, rank="layers"), 1.0),
        (Measure("grad_norm", step=5, layer=3, rank="steps"), 3.0),
    ],
)
def test_a_layered_measure_picks(measure: Measure, value: float) -> None:
    assert value_of(measure, GRADIENTS) == pytest.approx(value, rel=1e-12)


def test_one_layer_needs_no_name() -> None:
    runs = pair(grad_norm=Series(("only",), {0: (2.0,)}))
    assert value_of(Measure("grad_norm"), runs) == 2.0


@pytest.mark.parametrize(
    ("value", "unit", "ratio"), [(1.0, 0.0, INF), (-1.0, 0.0, -INF), (0.0, 0.0, NAN), (NAN, 0.0, NAN)]
)
def test_ratios_to_zero(value: float, unit: float, ratio: float) -> None:
    measured = value_of(Measure("x", step=1, relative_to=Relative(step=0)), pair(x=scalar(unit, value)))
    assert measured == ratio or (math.isnan(measured) and math.isnan(ratio))


# -- NaN -----------------------------------------------------------------------------------------


def test_nan_lies_beyond_the_worse_end() -> None:
    high = pair(loss=scalar(3.0, NAN, 1.0))
    low = pair(val_accuracy=scalar(0.3, NAN, 0.1))
    assert math.isnan(value_of(Measure("loss", step="max"), high))
    assert value_of(Measure("loss", step="min"), high) == 1.0
    assert math.isnan(value_of(Measure("val_accuracy", step="min"), low))
    assert value_of(Measure("val_accuracy", step="max"), low) == 0.3
    # 1, 3, NaN and NaN, .1, .3: the middle one differs by the end NaN stands at
    assert value_of(Measure("loss", step="median"), high) == 3.0
    assert value_of(Measure("val_accuracy", step="median"), low) == 0.1
    assert math.isnan(value_of(Measure("loss", step="mean"), high))
    assert value_of(Measure("loss", first_step=Where(at_least=1e6)), high) == 1.0
    assert value_of(Measure("loss", first_step=Where(at_least=1e6, at_most=1e7)), high) == INF
    assert value_of(Measure("val_accuracy", first_step=Where(at_most=0.2)), low) == 1.0
    assert value_of(Measure("loss", step=1, rank="steps"), high) == 3.0
    assert value_of(Measure("val_accuracy", step=1, rank="steps"), low) == 1.0


def test_an_own_metric_says_which_end_is_worse() -> None:
    runs = pair(bleu=scalar(3.0, NAN))
    assert value_of(Measure("bleu", step="min"), runs) == 3.0
    own = {**METRICS, "bleu": Metric("bleu", worse=Worse.LOW)}
    assert math.isnan(value_of(Measure("bleu", step="min"), runs, own))


def test_a_run_that_stopped_at_nan_is_nan_later_on() -> None:
    runs = pair(loss=scalar(3.0, NAN), val_accuracy=scalar(0.2))
    assert math.isnan(value_of(Measure("loss", step=3), runs))
    assert math.isnan(value_of(Measure("val_accuracy", step=3), runs))
    assert value_of(Measure("val_accuracy", step=0), runs) == 0.2
    with pytest.raises(Refused, match="beyond the run"):  # further than any of that seed's runs went
        value_of(Measure("loss", step=4), runs)


# -- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "code", "said"),
    [
        (Measure("loss", "yours"), "variant-missing", "broken, healthy"),
        (Measure("los"), "metric-missing", "loss"),
        (Measure("loss", step=6), "step-beyond", "ends at step 5"),
        (Measure("grad_norm", step=3, layer=1), "step-skipped", "1, 5"),
        (Measure("grad_norm", step=0), "layer-wanted", "3 layers"),
        (Measure("grad_norm", step=0, layer=4), "layer-missing", "counted from 1"),
        (Measure("grad_norm", step=0, layer=0), "layer-missing", "blocks.1"),
        (Measure("grad_norm", step=0, layer="block.2"), "layer-missing", "blocks.2"),
        (Measure("loss", layer=1), "no-layers", "layer"),
        (Measure("loss", relative_to=Relative(step=99)), "step-beyond", "99"),
        (Measure("loss", relative_to=Relative(variant="baseline")), "variant-missing", "baseline"),
        (Measure("grad_norm", step="max", layer=1, rank="layers"), "rank-unclear", "step"),
        (Measure("grad_norm", step=0, layer="max", rank="layers"), "rank-unclear", "layer"),
        (Measure("loss", rank="steps", relative_to=Relative(step=0)), "rank-unclear", "relative_to"),
    ],
)
def test_what_cannot_be_read_says_why(measure: Measure, code: str, said: str) -> None:
    problems = problems_of(measure, GRADIENTS)
    assert [p.code for p in problems] == [code]
    assert said in str(problems[0])
    assert problems[0].remedy
    with pytest.raises(Refused) as caught:
        value_of(measure, GRADIENTS)
    assert str(caught.value) == str(problems[0])


@pytest.mark.parametrize("ended", [e for e in Ended if e is not Ended.FINISHED])
def test_a_run_that_did_not_finish_is_not_measured(ended: Ended) -> None:
    runs = {"broken": run(ended=ended, loss=scalar(1.0, 2.0))}
    with pytest.raises(Refused, match=ended.value):
        value_of(Measure("loss", step=0), runs)


def test_a_metric_without_values_is_a_problem() -> None:
    assert [p.code for p in problems_of(Measure("loss"), {"broken": run(loss=Series((), {}))})] == [
        "metric-missing"
    ]


def test_every_problem_at_once() -> None:
    problems = problems_of(Measure("grad_norm", step=3, layer=9), GRADIENTS)
    assert [p.code for p in problems] == ["step-skipped", "layer-missing"]


def test_a_long_list_of_layers_is_shortened() -> None:
    runs = pair(grad_norm=Series(tuple(f"layer{i}" for i in range(200)), {0: (1.0,) * 200}))
    assert len(str(problems_of(Measure("grad_norm"), runs)[0])) < 300


# -- order and numbers ---------------------------------------------------------------------------

values = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(values, min_size=1), st.sampled_from(["loss", "val_accuracy", "unheard_of"]))
def test_the_position_is_a_total_order_with_nan_at_its_end(numbers: list[float], metric: str) -> None:
    worse = metric_of(metric).worse
    ordered = sorted(numbers, key=lambda v: position(v, worse))
    nans = sum(map(math.isnan, numbers))
    at_the_end = ordered[:nans] if metric == "val_accuracy" else ordered[len(ordered) - nans :]
    assert all(map(math.isnan, at_the_end))
    finite = [v for v in ordered if not math.isnan(v)]
    assert finite == sorted(finite)


@given(values, values)
def test_the_position_mirrors_between_metrics(a: float, b: float) -> None:
    if not (math.isnan(a) or math.isnan(b)):
        high, low = metric_of("loss").worse, metric_of("val_accuracy").worse
        assert (position(a, high) < position(b, high)) == (position(a, low) < position(b, low))


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=9))
def test_the_median_is_the_median(numbers: list[float]) -> None:
    import statistics

    assert median_of("loss", numbers) == pytest.approx(statistics.median(numbers), rel=1e-12, abs=1e-300)


def test_medians_of_what_is_not_finite() -> None:
    assert median_of("first_nan_step", [INF, INF]) == INF
    assert median_of("loss", [1.0, NAN, 2.0]) == 2.0
    assert median_of("val_accuracy", [0.1, NAN, 0.2]) == 0.1
    assert math.isnan(median_of("loss", [1.0, NAN]))
    with pytest.raises(ValueError, match="no values"):
        median_of("loss", [])


@given(values)
def test_numbers_survive_json(value: float) -> None:
    text = json.dumps(to_json_number(value), allow_nan=False)
    back = from_json_number(json.loads(text))
    assert back == value or (math.isnan(back) and math.isnan(value))


def test_the_words_for_what_is_not_finite() -> None:
    assert [to_json_number(v) for v in (NAN, INF, -INF, 0.5)] == ["nan", "inf", "-inf", 0.5]
