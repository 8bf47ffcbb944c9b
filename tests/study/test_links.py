"""The first link, read off series that were made by hand: each failure is told by what came first."""

from __future__ import annotations

import math

import pytest

from lynx.study.grid import GUESSING, Outcome, Reason
from lynx.study.links import LINKS, REASONS, chain, facts, reason_of, seen
from lynx.truth.measures import Ended, Run, Series

LAYERS = tuple(f"blocks.{i}" for i in range(4))


def run(
    *,
    var: list[float] | None = None,
    alike: dict[int, float] | None = None,
    grad: dict[int, list[float]] | None = None,
    linear: dict[int, float] | None = None,
    update: float = 0.01,
    loss: list[float] | None = None,
    chi: float = 1.0,
    seed: int = 0,
) -> Run:
    losses = loss or [1.7, 1.0, 0.5, 0.2]
    series = {
        "loss": Series((), {i: (v,) for i, v in enumerate(losses)}),
        "activation_var": Series(LAYERS, {0: tuple(var or [1.0] * 4)}),
        "abs_cosine": Series(LAYERS, {s: (0.3, 0.3, 0.3, v) for s, v in (alike or {0: 0.3, 3: 0.3}).items()}),
        "grad_norm": Series(LAYERS, {s: tuple(v) for s, v in (grad or {0: [1.0] * 4}).items()}),
        "step_linearity": Series((), {s: (v,) for s, v in (linear or {0: 0.9, 3: 0.9}).items()}),
        "update_ratio": Series(LAYERS, {0: (update,) * 4}),
        "chi": Series(LAYERS, {0: (chi,) * 4}),
    }
    return Run("cell", seed, Ended.FINISHED, series)


def names(one: Run, outcome: Outcome) -> list[str]:
    return [link.name for link in chain(seen([one]), outcome)]


def test_a_dead_signal_comes_before_a_faded_gradient() -> None:
    one = run(var=[1e-1, 1e-3, 1e-5, 1e-7], grad={0: [1e-9, 1e-6, 1e-3, 1e-1]}, loss=[1.61] * 4)
    assert names(one, Outcome.STUCK)[:2] == ["died", "faded"]
    link = chain(seen([one]), Outcome.STUCK)[0]
    assert link.values["factor"] == pytest.approx(1e-2)
    assert link.step == 0


def test_a_swollen_signal_explains_a_divergence() -> None:
    one = run(var=[5.0, 25.0, 125.0, 625.0], loss=[100.0, math.nan])
    assert names(one, Outcome.DIVERGES)[0] == "swollen"
    assert chain(seen([one]), Outcome.DIVERGES)[0].values["factor"] == pytest.approx(5.0)


def test_overshoot_comes_before_the_collapse_that_it_causes() -> None:
    one = run(linear={0: 0.0, 3: 0.1}, alike={0: 0.5, 1: 0.9, 2: 0.995, 3: 0.9999}, loss=[1.7, 3.0, 1.7, 1.6])
    found = chain(seen([one]), Outcome.STUCK)
    assert [(x.name, x.step) for x in found[:2]] == [("overshot", 0), ("collapsed", 2)]


def test_short_steps_that_keep_their_promise_are_frozen() -> None:
    assert names(run(update=1e-5, loss=[1.7, 1.7, 1.69, 1.69]), Outcome.STUCK) == ["frozen"]
    # the same steps in a network that learned all the same are no explanation
    assert names(run(update=1e-5, loss=[1.7, 1.7, 0.2, 0.2]), Outcome.STUCK) == ["unclear"]


def test_a_gradient_that_dies_later_is_told_at_its_step() -> None:
    one = run(grad={0: [1.0] * 4, 1: [0.5] * 4, 2: [1e-5, 1, 1, 1], 3: [1e-8, 1, 1, 1]}, loss=[1.6] * 4)
    assert [(x.name, x.step) for x in chain(seen([one]), Outcome.STUCK)] == [("vanished", 2)]


def test_one_odd_batch_is_no_sign() -> None:
    steps = dict.fromkeys(range(20), 0.3) | {4: 0.999}
    assert "collapsed" not in names(run(alike=steps, loss=[1.6] * 20), Outcome.STUCK)


def test_a_sound_training_is_called_sound_and_an_unknown_one_unclear() -> None:
    assert names(run(), Outcome.TRAINS) == ["sound"]
    assert names(run(loss=[1.61] * 4), Outcome.STUCK) == ["unclear"]
    late = run(loss=[1.0, 2 * GUESSING + 1, 9.0, 9.0])
    assert [(x.name, x.step) for x in chain(seen([late]), Outcome.DIVERGES)] == [("blown", 1)]


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        (["died", "faded"], Reason.GONE),
        (["overshot", "collapsed", "vanished"], Reason.COLLAPSED),
        (["vanished", "collapsed"], Reason.GONE),
        (["frozen"], Reason.SHORT),
        (["overshot"], Reason.NONE),
        (["unclear"], Reason.NONE),
        ([], Reason.NONE),
    ],
)
def test_the_reason_is_the_first_link_that_is_one(links: list[str], reason: Reason) -> None:
    assert reason_of(links) is reason


def test_every_reason_has_a_link_of_a_network_that_does_not_learn() -> None:
    assert set(REASONS.values()) | {Reason.NONE} == set(Reason)
    assert all(Outcome.STUCK in LINKS[name].explains for name in REASONS)


def test_figures_are_medians_over_seeds_and_nan_counts_as_worst() -> None:
    runs = [run(chi=0.5, seed=0), run(chi=0.5, seed=1), run(chi=0.5, seed=2, var=[1.0, 1.0, 1.0, math.nan])]
    found = facts(seen(runs))
    assert found["chi"] == pytest.approx(0.5)
    assert found["var_last"] == 1.0
    worst = facts(seen([runs[2], runs[2], runs[0]]))
    assert math.isnan(worst["var_last"])
