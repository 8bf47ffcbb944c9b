"""What tells two variants apart is found over everything recorded, and nothing is found where nothing is."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest

from lynx.truth.apart import apart, difference
from lynx.truth.measures import Ended, Run, Series

Value = Callable[[int, int], float]  # step, seed -> value
SEEDS = range(5)


def runs(
    steps: int = 40, layers: tuple[str, ...] = (), seeds: range = SEEDS, **sides: dict[str, Value]
) -> list[dict[str, Run]]:
    found = []
    for seed in seeds:
        pair = {}
        for variant, metrics in sides.items():
            series = {
                name: Series((), {step: (value(step, seed),) for step in range(steps)})
                for name, value in metrics.items()
            }
            pair[variant] = Run(variant, seed, Ended.FINISHED, series)
        found.append(pair)
    return found


def noise(seed: int, step: int) -> float:
    return Random(1000 * seed + step).gauss(0, 0.01)


def test_two_curves_that_part_are_told_by_where_they_part() -> None:
    seeds = runs(
        healthy={"loss": lambda t, s: 1 + noise(s, t)},
        broken={"loss": lambda t, s: 1 + noise(s + 50, t) + (0.5 if t >= 20 else 0)},
    )
    (one,) = apart(seeds)
    assert (one.metric, one.first.step, one.better, one.exact) == ("loss", 20, False, False)
    assert one.peak.effect > 20


def test_better_is_found_as_well_as_worse() -> None:
    seeds = runs(
        healthy={"val_loss": lambda t, s: 1.5 + noise(s, t), "val_accuracy": lambda t, s: 0.5},
        broken={"val_loss": lambda t, s: 1.0 + noise(s, t), "val_accuracy": lambda t, s: 0.6},
    )
    found = {one.metric: one for one in apart(seeds)}
    assert found["val_loss"].better
    assert found["val_accuracy"].better
    assert found["val_accuracy"].exact


@pytest.mark.parametrize("salt", range(20))
@pytest.mark.sampled(4)
def test_noise_is_nothing(salt: int) -> None:
    """Twenty metrics of two hundred steps, all drawn alike: chance separations there are, findings there are none."""
    names = [f"m{i}" for i in range(20)]

    def drawn(side: int, i: int) -> Value:
        return lambda t, s: Random(f"{salt}/{side}/{i}/{s}/{t}").gauss(0, 1)

    seeds = runs(
        200,
        healthy={name: drawn(0, i) for i, name in enumerate(names)},
        broken={name: drawn(1, i) for i, name in enumerate(names)},
    )
    assert apart(seeds) == ()


def test_nan_lies_beyond_the_worse_end_and_is_a_difference() -> None:
    seeds = runs(
        healthy={"loss": lambda t, s: 1.0 + noise(s, t)},
        broken={"loss": lambda t, s: math.nan if t > 3 else 1.0 + noise(s + 9, t)},
    )
    (one,) = apart(seeds)
    assert (one.first.step, one.better) == (4, False)


def test_the_order_is_that_of_the_steps_and_a_layer_is_named() -> None:
    seeds = runs(
        healthy={"late": lambda t, s: noise(s, t), "early": lambda t, s: noise(s, t)},
        broken={"late": lambda t, s: float(t > 30) + noise(s, t), "early": lambda t, s: 9.0},
    )
    layers = ("a", "b", "c")
    for pair in seeds:
        for variant, run in pair.items():
            grown = 5.0 if variant == "broken" else 1.0
            series = Series(layers, dict.fromkeys((0, 10), (1.0, grown, 1.0)))
            pair[variant] = Run(variant, run.seed, run.ended, {**run.series, "grad_norm": series})
    found = apart(seeds)
    assert [one.metric for one in found] == ["grad_norm", "early", "late"]
    assert found[0].layer == "b"
    assert found[0].better  # a gradient is worse when low


def test_a_metric_that_one_side_lacks_is_not_compared() -> None:
    seeds = runs(
        healthy={"loss": lambda t, s: 1.0, "extra": lambda t, s: 1.0}, broken={"loss": lambda t, s: 1.0}
    )
    assert apart(seeds) == ()
    assert apart([]) == ()


# -- the whole of it ---------------------------------------------------------------------------------


def test_the_largest_separation_comes_first_with_the_step_at_which_it_begins() -> None:
    seeds = runs(
        healthy={"loss": lambda t, s: 1 + noise(s, t), "val_loss": lambda t, s: 2 + noise(s, t)},
        broken={
            "loss": lambda t, s: 1.1 + noise(s + 50, t),
            "val_loss": lambda t, s: 2 + noise(s, t) + (9 if t >= 20 else 0),
        },
    )
    found = difference(seeds)
    assert [(row.metric, row.first.step) for row in found.rows] == [("val_loss", 20), ("loss", 0)]
    assert found.failed
    assert not found.nothing


def test_two_curves_that_lie_decades_apart_are_told_apart_by_three_seeds() -> None:
    """An experiment that records a loss alone, which no symptom knows."""
    seeds = runs(
        seeds=range(3),
        healthy={"loss": lambda t, s: 0.017 * (1 + s / 10)},
        broken={"loss": lambda t, s: 10.0 ** (1.6 * t) * (1 + s / 10)},
    )
    (row,) = difference(seeds).rows
    assert (row.metric, row.peak.step) == ("loss", 39)
    assert row.peak.effect > 10  # by factors: as distances the largest seed would drown the rest


def test_nothing_differs_is_measured() -> None:
    seeds = runs(healthy={"loss": lambda t, s: 1 + noise(s, t)}, broken={"loss": lambda t, s: 1 + noise(s, t)})
    found = difference(seeds)
    assert (found.nothing, found.pairs, found.outside, found.odd) == (True, 200, 0, None)


def test_where_nothing_was_compared_nothing_is_said() -> None:
    assert not difference([]).nothing
    other = runs(healthy={"loss": lambda t, s: 1.0}, broken={"val_loss": lambda t, s: 1.0})
    assert (difference(other).nothing, difference(other).pairs) == (False, 0)


def test_one_pair_outside_its_noise_is_neither_a_difference_nor_nothing() -> None:
    seeds = runs(
        healthy={"loss": lambda t, s: 1 + s / 100},
        broken={"loss": lambda t, s: 1 + s / 100 + (5 if (t, s) == (7, 2) else 0)},
    )
    found = difference(seeds)
    assert (found.rows, found.nothing, found.outside) == ((), False, 1)
    assert found.odd is not None
    assert (found.odd.metric, found.odd.step, found.odd.seed) == ("loss", 7, 2)


def test_ten_seeds_tell_apart_what_five_do_not() -> None:
    sides: dict[str, dict[str, Value]] = {
        "healthy": {"loss": lambda t, s: s % 5 + 1.0},
        "broken": {"loss": lambda t, s: s % 5 + 3.5},
    }
    assert difference(runs(**sides)).rows == ()
    (row,) = difference(runs(seeds=range(10), **sides)).rows
    assert row.first.in_order == 10


def test_better_is_no_failure() -> None:
    seeds = runs(healthy={"val_loss": lambda t, s: 1.5 + noise(s, t)}, broken={"val_loss": lambda t, s: 1.0})
    assert not difference(seeds).failed
