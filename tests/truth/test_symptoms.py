"""The chain of symptoms: pairs, in time order, the first link first."""

from __future__ import annotations

import math

import pytest

from lynx.truth.measures import Ended, Run, Series
from lynx.truth.symptoms import SIGNS, Sign, chain
from lynx.view.words import WORDS


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
        abs_cosine=[0.8, 0.992, 1, 1],
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
    assert names(healthy, broken) == [("small-at-start", 0)]


@pytest.mark.parametrize("start", [0.92, 0.969, 0.995])
def test_samples_that_looked_alike_from_the_start_did_not_collapse(start: float) -> None:
    healthy = run("healthy", abs_cosine=[0.6] * 4)
    broken = run("broken", abs_cosine=[start, 0.9915, 0.9999, 1 - 1e-9])
    assert names(healthy, broken) == [("alike-at-start", 0), ("closer", 2)]


@pytest.mark.parametrize("sign", [sign for sign in SIGNS if sign.began], ids=lambda sign: sign.name)
def test_what_was_so_from_the_start_has_not_happened(sign: Sign) -> None:
    """Over the whole table: no word for a change where the first recorded step shows it already."""
    value = {"collapsed": 0.999, "vanished": 1e-9, "exploded": 1e9, "swollen": 1e9}[sign.name]
    healthy = run("healthy", **{sign.metric: [0.5] * 4})
    so = chain(healthy, run("broken", **{sign.metric: [value] * 4}))
    assert (sign.began, 0) in [(one.name, one.step) for one in so]
    assert sign.name not in [one.name for one in so]
    became = chain(healthy, run("broken", **{sign.metric: [0.5, 0.5, value, value]}))
    assert (sign.name, 2) in [(one.name, one.step) for one in became]
    assert sign.began not in [one.name for one in became]


def test_every_word_of_the_table_has_words() -> None:
    names = {name for sign in SIGNS for name in (sign.name, sign.began) if name}
    assert names | {"closer", "not-vanished"} <= set(WORDS)


def test_a_healthy_gradient_that_has_nothing_left_to_learn_makes_no_explosion() -> None:
    healthy, broken = run("healthy", grad_norm=[5.0, 1e-4, 1e-5]), run("broken", grad_norm=[5.0, 4.0, 4.0])
    assert ("exploded", 1) not in names(healthy, broken)


def test_nan_is_a_link() -> None:
    healthy, broken = run("healthy", loss=[1.0] * 3), run("broken", loss=[1.0, math.nan, math.nan])
    assert names(healthy, broken) == [("nan", 1)]
