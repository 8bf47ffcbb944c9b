"""A run on other seeds than the mentor's repeats what they measured, and says where it comes out otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading.breaks import load_break
from lynx.content.spec import Break
from lynx.loop.replicating import otherwise, replication
from lynx.loop.results import Judged, Measured, Scored
from lynx.truth.claims import Claim, Expect, Kind, Prediction, Result, Source, Verdict
from lynx.truth.judge import Reason
from lynx.truth.measures import Measure

MEASURE = Measure("loss", "broken", 3)
ASKED = Prediction("P1", Kind.NUMBER, MEASURE, scale="log", hit=3.0)


def scored(values: tuple[float, ...], mentor: float, between: tuple[float, float]) -> Scored:
    found = Measured("P1", MEASURE, values, (100, 101, 102))
    return Scored(ASKED, {}, 1.0, "1", 50, "", {}, found, found.median, Result.MISS, mentor, between)


@pytest.mark.parametrize(
    ("values", "mentor", "between", "differs"),
    [
        ((0.03, 0.045, 2.3), 0.4, (0.03, 2.3), False),  # within the mentor's range
        ((9.0, 9.5, 10.0), 4.0, (2.0, 8.0), False),  # outside of it, and the mentor's median is still a hit
        ((90.0, 95.0, 100.0), 4.0, (2.0, 8.0), True),
        ((0.001, 0.002, 0.003), 4.0, (2.0, 8.0), True),
        ((float("nan"),) * 3, 4.0, (2.0, 8.0), True),
    ],
)
def test_otherwise_is_outside_the_range_and_beyond_what_counts_as_a_hit(
    values: tuple[float, ...], mentor: float, between: tuple[float, float], differs: bool
) -> None:
    assert otherwise(scored(values, mentor, between)) == differs


@pytest.fixture(scope="module")
def proved() -> Break:
    break_ = load_break(next(data_dir("breaks").glob("*/03-*")))
    return replace(break_, measured={**break_.measured, "seeds": 10}, stale=False)


def judged(k: int, n: int, verdict: Verdict, reason: Reason, mentor: dict[str, Any]) -> Judged:
    claim = Claim("c", Source.THEORY, MEASURE, Verdict.HOLDS, Expect(at_least=1))
    return Judged(claim, {}, verdict, k, n, None, 1.0, None, True, mentor, {}, reason)


def test_a_claim_that_no_seed_meets_contradicts_the_mentor(proved: Break) -> None:
    theirs = {"verdict": "HOLDS", "k": 10, "n": 10}
    none = judged(0, 3, Verdict.UNDECIDED, Reason.CONTRADICTED, theirs)
    some = judged(1, 3, Verdict.UNDECIDED, Reason.NOT_CONTRADICTED, theirs)
    found = replication(proved, (), (none, some), (100, 101, 102))
    assert found is not None
    assert (found.mentor, found.claims) == (10, ("c",))


@pytest.mark.parametrize("seeds", [(0, 1, 2), (9, 100)])
def test_the_mentors_own_seeds_repeat_nothing(proved: Break, seeds: tuple[int, ...]) -> None:
    assert replication(proved, (), (), seeds) is None


def test_without_figures_of_this_break_there_is_nothing_to_repeat(proved: Break) -> None:
    assert replication(replace(proved, measured={}), (), (), (100,)) is None
    assert replication(replace(proved, stale=True), (), (), (100,)) is None
