"""What paired trainings show, and in which order it is told: pure functions on made-up runs."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from lynx.runs.suites import Tested
from lynx.scan import choice, effect, ranking
from lynx.scan.results import Effect, Kind, Mutant, State
from lynx.truth.measures import Ended, Run, Series

NOISE = (0.0, 0.02, -0.01, 0.01, -0.02)


def run(seed: int, last: float, *, metric: str = "val_loss", **more: Series) -> Run:
    return Run("x", seed, Ended.FINISHED, {metric: Series((), {0: (2.0,), 9: (last,)}), **more})


def pairs(by: float, metric: str = "val_loss", **more: Series) -> list[tuple[Run, Run]]:
    return [
        (run(s, 1 + e, metric=metric), run(s, 1 + e + by, metric=metric, **more)) for s, e in enumerate(NOISE)
    ]


def decided(by: float, metric: str = "val_loss") -> Effect:
    found = pairs(by, metric)
    return effect.decided(found, metric, effect.spread([h for h, _ in found], metric))


@pytest.mark.parametrize(
    ("by", "kind"),
    [(0.0, Kind.NONE), (0.01, Kind.NONE), (0.1, Kind.WORSE), (-0.1, Kind.BETTER), (math.nan, Kind.WORSE)],
)
def test_a_figure_is_held_against_one_healthy_deviation(by: float, kind: Kind) -> None:
    assert decided(by).kind is kind


def test_of_an_accuracy_less_is_worse() -> None:
    assert decided(-0.1, "val_accuracy").kind is Kind.WORSE
    assert decided(0.1, "val_accuracy").kind is Kind.BETTER


def test_differences_on_both_sides_of_the_margin_decide_nothing() -> None:
    found = [(run(s, 1 + e), run(s, 1 + e + (0.1 if s % 2 else 0.0))) for s, e in enumerate(NOISE)]
    assert effect.decided(found, "val_loss", 0.016).kind is Kind.OPEN


def test_the_same_to_the_last_bit_is_settled_by_three() -> None:
    assert effect.screened(pairs(0.0)[:3]) == Effect(Kind.NONE, "", 3, 3)
    assert effect.screened(pairs(1e-16 + 1e-15)[:3]) is None


def series(layers: tuple[str, ...], *values: float) -> Series:
    return Series(layers, {0: values, 9: values})


@pytest.mark.parametrize(
    ("healthy", "mutant", "metric", "where"),
    [
        ({"future_dependence": (0,)}, {"future_dependence": (12,)}, "future_dependence", "12"),
        ({"asked_in_training": (0,)}, {"asked_in_training": (3,)}, "asked_in_training", "3"),
    ],
)
def test_a_count_that_is_zero_on_the_sound_side_is_exact(
    healthy: dict[str, tuple[float]], mutant: dict[str, tuple[float]], metric: str, where: str
) -> None:
    sides = [{name: series((), *one) for name, one in side.items()} for side in (healthy, mutant)]
    found = [(run(s, 1.0, **sides[0]), run(s, 1.0, **sides[1])) for s in range(3)]
    assert effect.screened(found) == Effect(Kind.EXACT, metric, 3, 3, where=where)
    assert effect.screened([(b, a) for a, b in found]) is None  # the other way round breaks nothing


def test_parameters_that_get_no_gradient_any_more_are_named() -> None:
    names = ("a", "b", "c")
    sound, dead = series(names, 1.0, 0.5, 0.0), series(names, 1.0, 0.0, 0.0)
    gone = series(("a",), 1.0)
    for bad in (dead, gone):
        found = [(run(s, 1.0, param_grad_norm=sound), run(s, 1.0, param_grad_norm=bad)) for s in range(3)]
        assert effect.screened(found) == Effect(Kind.EXACT, "params_without_grad", 3, 3, where="b")
    nan = series(names, math.nan, math.nan, math.nan)
    found = [(run(s, 1.0, param_grad_norm=sound), run(s, math.nan, param_grad_norm=nan)) for s in range(3)]
    assert effect.screened(found) is None


MUTANT = Mutant("k", "op", "", "", "", "m.py", 1, "", "", "", "", State.MISSED)


def test_what_no_curve_shows_is_told_first() -> None:
    effects = {
        "exact": Effect(Kind.EXACT, "future_dependence", 3, 3),
        "better": Effect(Kind.BETTER, "val_loss", 5, 5, by=-0.5, margin=0.1),
        "worse": Effect(Kind.WORSE, "val_loss", 5, 5, by=0.8, margin=0.1),
        "unmeasured": None,
    }
    mutants = [replace(MUTANT, id=name, effect=one) for name, one in effects.items()]
    caught = replace(MUTANT, id="caught", state=State.CAUGHT)
    told = ranking.ranked([caught, *reversed(mutants)])
    assert [one.id for one in told] == ["exact", "better", "worse", "unmeasured", "caught"]
    assert [one.number for one in told] == [1, 2, 3, 4, 5]


def test_tests_that_reach_a_line_run_the_fastest_first_and_with_whom_they_share() -> None:
    seconds = {"a": 3.0, "b": 0.1, "c": 0.2, "d": 0.3, "e": 9.0}
    healthy = Tested(
        Ended.FINISHED,
        0,
        seconds,
        dict.fromkeys(seconds, "t.py"),
        {"c": "t.py", "e": "t.py"},
        reached={name: {"m.py": [4]} for name in "acde"},
        starts=("b",),
        imported={"m.py": [1]},
    )
    assert choice.reaching("m.py", [4], healthy) == (("b", "d", "a", "c", "e"), True)
    assert choice.reaching("m.py", [5], healthy) == (("b",), False)
    assert set(choice.reaching("m.py", [1], healthy)[0]) == set(seconds)
    assert choice.reaching("other.py", [4], healthy)[0] == ("b",)
