"""What the learner saw, asked once between the curves and the score; and runs that go on meanwhile."""

from __future__ import annotations

import json

import pytest

from lynx.errors import NotYet
from lynx.loop import begin, observe
from lynx.loop.results import Glimpse
from lynx.view.live import Progress
from lynx.view.results import to_json
from tests.loop.learner import BUG, LINE, Learner, ignore

SAW = "the broken one\nfalls  all the way"


def test_the_first_seed_is_looked_at_before_anything_is_scored(predicting: Learner) -> None:
    predicting.fill()
    seen: list[Glimpse] = []

    def look(glimpse: Glimpse) -> str:
        seen.append(glimpse)
        assert "- measured:" not in predicting.text
        return SAW

    with predicting.session() as session:
        ran = observe.run(session, ignore, seeds=(5, 6), look=look)
        assert session.journal.events(session.attempt("run").id, "observed")
    assert [(one.seed, sorted(one.runs), {r[0].seed for r in one.runs.values()}) for one in seen] == [
        (5, ["broken", "healthy"], {5})
    ]
    assert (ran.observed, ran.looked, ran.seeds) == ("the broken one falls all the way", True, (5, 6))
    assert "\n- observed: the broken one falls all the way\n" in predicting.text
    assert predicting.text.count("- observed:") == 1
    assert json.loads(json.dumps(to_json(ran)))["observed"] == ran.observed


def test_it_is_asked_once(predicting: Learner) -> None:
    predicting.fill()
    with predicting.session() as session:
        observe.run(session, ignore, seeds=(0,), look=lambda _seen: "")
        again = observe.run(session, ignore, seeds=(0,), look=lambda _seen: pytest.fail("asked again"))
        assert (again.observed, again.looked) == ("", False)
        with pytest.raises(NotYet, match="before the score"):
            observe.run(session, ignore, seeds=(0,), observed="too late")
    assert "- observed:\n" in predicting.text


def test_without_a_terminal_it_takes_a_flag_or_is_skipped(predicting: Learner) -> None:
    predicting.fill()
    with predicting.session() as session:
        ran = observe.run(session, ignore, seeds=(0,), observed=SAW)
    assert ran.observed == "the broken one falls all the way"
    assert "- observed: the broken one falls" in predicting.text


def test_leaving_at_the_question_keeps_what_was_measured(predicting: Learner) -> None:
    predicting.fill()
    heard = Progress()

    def leave(_seen: Glimpse) -> str:
        raise KeyboardInterrupt

    with predicting.session() as session:
        with pytest.raises(KeyboardInterrupt):
            observe.run(session, heard.take, seeds=(0, 1), look=leave)
        kept = Progress()
        ran = observe.run(session, kept.take, seeds=(0, 1), look=lambda _seen: "now")
    assert heard.ended >= 2
    assert "2 of 4 runs" in str(heard.interrupted()) or heard.ended > 2
    assert [kept.jobs[variant, 0].state for variant in ("healthy", "broken")] == ["cached", "cached"]
    assert (ran.first, ran.observed) == (True, "now")


def test_how_long_it_takes_is_this_machines_once_it_has_run(predicting: Learner) -> None:
    assert begin.start(predicting.env, "03").here is None
    predicting.fill()
    with predicting.session() as session:
        ran = observe.run(session, ignore, seeds=(0,), look=lambda _seen: "")
        taken = sum(one.seconds for runs in ran.runs.values() for one in runs)
    predicting.edit(BUG, LINE)
    assert predicting.verify().verdict == "fixed"
    predicting.explain()
    predicting.reset()
    again = begin.start(predicting.env, "03")
    assert again.here is not None
    low, high = again.here
    assert low == high
    assert 0 < low <= 3 * taken + 0.1
