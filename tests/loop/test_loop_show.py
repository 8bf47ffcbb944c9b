"""`lynx show`: any run, seed, metric, layer and step that there is; for others, what was meant."""

from __future__ import annotations

from typing import Any

import pytest

from lynx.errors import Refused
from lynx.loop import show
from lynx.loop.results import Shown
from lynx.store import recordings
from tests.loop.learner import Learner


def shown(learner: Learner, *words: str, **options: Any) -> Shown:
    with learner.session() as session:
        return show.show(session, *words, **options)


def test_every_seed_of_the_run_can_be_looked_at(fixing: Learner) -> None:
    first, third = shown(fixing, "zero_share"), shown(fixing, "zero_share", seed=2)
    assert (first.seed, third.seed, first.seeds) == (0, 2, (0, 1, 2))
    assert first.series["healthy"] != third.series["healthy"]  # its weights are drawn by the seed
    with pytest.raises(Refused, match="kept no seed") as caught:
        shown(fixing, "zero_share", seed=7)
    assert caught.value.fields["seeds"] == "0, 1, 2"


def test_the_last_run_is_shown_also_one_with_set(fixing: Learner) -> None:
    assert shown(fixing).run == 1
    fixing.run((4,), weight=0.25)
    found = shown(fixing, "gradient", step=1)
    assert (found.run, found.seed, found.overrides) == (2, 4, {"weight": 0.25})
    assert len(fixing.events("run")) == 1  # nothing is scored anew
    with fixing.session() as session:
        last = session.journal.events(kind="try")[-1]
        runs = recordings.unpack(session.journal.blob(last.payload["series"]))
        (healthy,) = [run for run in runs if run.variant == "healthy"]
    assert found.series["healthy"] == healthy.series["gradient"]


def test_a_run_of_an_older_journal_has_its_first_seed(fixing: Learner) -> None:
    with fixing.session() as session:
        with session.journal.transaction() as db:
            db.execute("UPDATE events SET payload = json_remove(payload, '$.others') WHERE kind = 'run'")
        assert show.show(session, "gradient").seeds == (0,)


@pytest.mark.parametrize(
    ("words", "options", "guess"),
    [
        (("gradien",), {}, "gradient"),
        (("gradient",), {"variant": "helthy"}, "healthy"),
        (("grad_norm",), {"layer": "layers.O"}, None),
        (("gradient",), {"step": 99}, None),
        (("gradient",), {"layer": "1"}, None),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    fixing: Learner, words: Any, options: Any, guess: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        shown(fixing, *words, **options)
    assert caught.value.remedy
    if guess:
        assert caught.value.fields["guess"] == guess
