"""The chain of symptoms: pairs, in time order, the first link first."""

from __future__ import annotations

import math

from lynx.truth.measures import Ended, Run, Series
from lynx.truth.symptoms import chain


def run(variant: str, **metrics: list[float]) -> Run:
    layered = {"grad_norm", "abs_cosine", "activation_var"}
    series = {
        name: Series(("one",) if name in layered else (), {i: (v,) for i, v in enumerate(values)})
        for name, values in metrics.items()
    }
    return Run(variant, 0, Ended.FINISHED, series)


def names(healthy: Run, broken: Run) -> list[tuple[str, int]]:
    return [(s.name, s.step) for s in chain(healthy, broken)]


def test_links_stand_in_the_order_in_which_they_appeared() -> None:
    healthy = run("healthy", grad_cosine=[0.9] * 4, abs_cosine=[0.5] * 4, grad_norm=[3.0] * 4)
    broken = run(
        "broken",
        grad_cosine=[0.3, 0.4, 0.9, 0.95],
        abs_cosine=[0.9, 0.992, 1, 1],
        grad_norm=[9, 1, 1e-4, 1e-5],
    )
    assert names(healthy, broken) == [
        ("not-vanished", 0),
        ("scattered", 0),
        ("collapsed", 1),
        ("vanished", 2),
    ]


def test_one_odd_batch_is_no_symptom() -> None:
    healthy = run("healthy", grad_cosine=[0.9] * 4)
    assert names(healthy, run("broken", grad_cosine=[0.9, 0.1, 0.9, 0.9])) == []


def test_what_the_healthy_twin_shows_too_is_no_symptom() -> None:
    twin = run("healthy", grad_cosine=[0.3] * 3, abs_cosine=[1.0] * 3, grad_norm=[1e-9] * 3)
    assert names(twin, twin) == [("not-vanished", 0)]


def test_a_gradient_gone_from_the_first_step_is_not_called_alive() -> None:
    healthy, broken = run("healthy", grad_norm=[1.0] * 3), run("broken", grad_norm=[1e-9] * 3)
    assert names(healthy, broken) == [("vanished", 0)]


def test_a_healthy_gradient_that_has_nothing_left_to_learn_makes_no_explosion() -> None:
    healthy, broken = run("healthy", grad_norm=[5.0, 1e-4, 1e-5]), run("broken", grad_norm=[5.0, 4.0, 4.0])
    assert ("exploded", 1) not in names(healthy, broken)


def test_nan_is_a_link() -> None:
    healthy, broken = run("healthy", loss=[1.0] * 3), run("broken", loss=[1.0, math.nan, math.nan])
    assert names(healthy, broken) == [("nan", 1)]
