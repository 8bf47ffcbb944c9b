"""Every value that production can emit, on every screen that shows it: each language, width, height and kind of output.

The values come from the enums and tables themselves, so that one that is added is drawn without a word from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import view_samples as samples

from lynx.loop.results import Trained
from lynx.loop.stages import Stage
from lynx.loop.standing import Due
from lynx.repo.inject import Restored, TargetState
from lynx.runs.types import Event
from lynx.scan.guarding import Outcome
from lynx.truth.claims import Result, Verdict
from lynx.truth.measures import METRICS, Ended, Invalid
from lynx.view import results
from lynx.view.live import Progress, bars, picture
from lynx.view.screens import verified
from lynx.view.screens.reset import RECOVERED
from lynx.view.screens.status import REASONS
from lynx.view.words import WORDS, metric_word, word
from tests.conftest import overlong

LANGS = ("en", "es")
# read where they are declared: a member that is added is drawn here, too
OUTCOMES = re.findall(r'"([\w-]+)"', str(Restored.__annotations__["outcome"]))
TRAINED = re.findall(r'"([\w-]+)"', str(Trained.__annotations__["outcome"]))
VERDICTS = ("fixed", "not-fixed", "untouched", "does-not-compile", "timed-out")


def values() -> Iterator[tuple[str, Any]]:
    """A result for every member of every table that a screen depends on."""
    for stage in Stage:
        yield f"started-{stage}", samples.started(stage)
        yield f"resumed-{stage}", replace(samples.started(stage), resumed=True)
        yield f"status-{stage}", samples.status(stage=stage)
        yield f"ran-{stage}", replace(samples.ran(), stage=stage)
        yield f"fixed-{stage}", samples.verified("fixed", stage=stage)
    for state in TargetState:
        yield f"target-{state}", samples.status(target_state=state)
    for outcome in OUTCOMES:
        yield f"reset-{outcome}", replace(samples.reset(), outcome=outcome)
    for recovered in RECOVERED:
        yield f"recovered-{recovered}", samples.status(recovered=recovered)
    for reason in REASONS:
        yield f"due-{reason}", samples.status(due=(Due("break", "02", reason, 0.0, 90),))
    for verdict in VERDICTS:
        yield f"verdict-{verdict}", samples.verified(verdict, error="one line\nanother")
    for reason in (*verified.REASONS, *Ended):
        yield f"reason-{reason}", samples.verified(reason=str(reason), step=2, where="norm.weight", by=1.7)
    for only in verified.ONLY:
        yield f"only-{only}", samples.verified(only=only)
    for outcome in TRAINED:
        trained = Trained(outcome, metric="loss", step=3, healthy=0.5, yours=0.7)
        for verdict in ("fixed", "not-fixed"):
            yield f"trained-{outcome}-{verdict}", replace(samples.verified(verdict), trained=trained)
    for outcome in Outcome:
        yield f"guard-{outcome}", samples.guarded(outcome)
        found = samples.guarded()
        bug = replace(found.rows[1], outcome=outcome, failed=2)
        rows = (found.rows[0], bug, *(replace(row, outcome=outcome) for row in found.rows[2:]))
        for verdict in ("sharp", "catches", "misses"):
            yield f"guard-{outcome}-{verdict}", replace(found, rows=rows, verdict=verdict, unplaced=1)
    yield "guard-under-way", samples.guarded(Outcome.CRASHES, under_way="05")
    for result in Result:
        scored = tuple(replace(one, result=result) for one in samples.scored())
        yield f"result-{result}", replace(samples.ran(), scored=scored)
    for verdict in Verdict:
        judged = tuple(replace(one, verdict=verdict) for one in samples.debrief().judged)
        yield f"claim-{verdict}", replace(samples.debrief(), judged=judged, whole=True)


VALUES = dict(values())
HOW: dict[str, dict[str, Any]] = {
    "pipe": {},
    "terminal": {"tty": True},
    "dumb": {"tty": True, "TERM": "dumb"},
    "plain": {"tty": True, "NO_COLOR": "1"},
    "ascii": {"encoding": "ascii"},
    "blocks": {"tty": True, "TERM": "linux"},
}


def check(terminal: Any, name: str, width: int, rows: int, how: str, lang: str) -> None:
    outside = terminal(width=width, lang=lang, LINES=str(rows), **HOW[how])
    outside.show(results.render(VALUES[name], outside.look))
    text = re.sub("\x1b\\[[0-9;]*m", "", outside.stdout.getvalue())
    assert text.strip()
    assert "\x1b" not in text
    assert not overlong(text, width), (name, width, rows, how, lang)
    if how == "ascii":
        text.encode("ascii")


@pytest.mark.parametrize("name", VALUES)
def test_every_value_is_drawn_at_the_ends_and_in_the_middle(terminal, name: str) -> None:  # type: ignore[no-untyped-def]
    for i, (lang, width) in enumerate(product(LANGS, (20, 33, 80, 120))):
        check(terminal, name, width, (3, 24, 50)[i % 3], list(HOW)[i % len(HOW)], lang)


@pytest.mark.exhaustive
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("width", range(20, 121))
def test_every_value_at_every_size(terminal, width: int, how: str, lang: str) -> None:  # type: ignore[no-untyped-def]
    for name, rows in product(VALUES, (3, 4, 10, 24, 50)):
        check(terminal, name, width, rows, how, lang)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", [Stage, Result, Verdict, Ended, Invalid, TargetState])
def test_every_member_has_a_word_in_every_language(terminal, kind: Any, lang: str) -> None:  # type: ignore[no-untyped-def]
    assert terminal(lang=lang)
    for member in kind:
        assert str(member) in WORDS, member
        assert word(member) == word(str(member))
        assert "-" not in word(member)
        if lang == "es" and member not in ("no",):
            assert word(member) != WORDS[str(member)], member
    for name in METRICS:
        assert metric_word(name) != name or " " not in metric_word(name)


@pytest.mark.parametrize("ended", Ended)
@pytest.mark.parametrize(("width", "rows"), [(20, 3), (20, 24), (80, 3), (120, 50)])
def test_the_live_picture_of_every_ending_fits(terminal, ended: Ended, width: int, rows: int) -> None:  # type: ignore[no-untyped-def]
    for lang in LANGS:
        outside = terminal(width=width + 1, lang=lang, tty=True, LINES=str(rows))
        progress = Progress()
        for step in range(4):
            progress.take(Event(0, "healthy", 0, "step", step, 5, {"loss": (1.0 / (step + 1),)}))
        progress.take(Event(0, "healthy", 0, "finished", 3, 5, ended=ended, reached=3))
        for drawn in (picture(progress, outside.look), bars(progress, outside.look)):
            text = re.sub("\x1b\\[[0-9;]*m", "", outside.drawn(drawn))
            assert all(len(line) <= max(width, 20) for line in text.splitlines()), text
