"""`lynx control`: rivals told apart by runs on the journalled bytes, whatever is on the disk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lynx.content.spec import Break
from lynx.errors import NotYet, Refused
from lynx.loop import control
from lynx.loop.results import Controls
from lynx.loop.session import Session
from lynx.store.journal import Attempt
from lynx.truth.measures import Relative
from tests.conftest import Lynx
from tests.loop.learner import BUG, LINE, Learner

CONTROLS = ["negative-weight", "no-squashing", "steeper"]
RIVALS = ["product", "direct-path", "squashing", "depth"]


def listed(learner: Learner) -> Controls:
    with learner.session() as session:
        return control.controls(session)


def test_the_rivals_and_the_controls_are_listed(fixing: Learner, lynx: Lynx) -> None:
    offered = listed(fixing)
    assert list(offered.rivals) == RIVALS
    assert [(card.name, card.done) for card in offered.controls] == [(name, False) for name in CONTROLS]
    assert offered.out == {}
    said = lynx("control", cwd=fixing.top)
    assert said.code == 0
    assert all(name in said.out for name in CONTROLS + RIVALS)
    assert "squashes its input" in " ".join(said.out.split())  # in plain words
    assert fixing.events("control") == []


def test_without_a_terminal_the_missing_flags_are_named(fixing: Learner, lynx: Lynx) -> None:
    asked = lynx("control", "steeper", cwd=fixing.top)
    assert asked.code == 2
    assert "lynx control steeper --expect depth --sure 70" in " ".join(asked.err.split())
    assert fixing.events("control") == []


@pytest.mark.parametrize(
    ("name", "expected", "why"),
    [
        ("steeper", None, "Say first which idea"),
        ("steeper", "squashing", r"one of: depth, product"),  # a rival, but not of this control
        ("nonsense", "depth", r"no control “nonsense”.*negative-weight, no-squashing, steeper"),
    ],
)
def test_an_expectation_of_this_control_is_needed(
    fixing: Learner, name: str, expected: str | None, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        fixing.control(name, expected)
    assert fixing.events("control") == []


@pytest.mark.parametrize(
    ("name", "out", "value"),
    [
        ("negative-weight", "direct-path", 1.18125e-15),  # with the plus back
        ("no-squashing", "squashing", 0.5**50),  # without it: fifty factors of exactly a half
        ("steeper", "depth", 1.5**50),
    ],
)
def test_each_control_rules_out_one_rival(fixing: Learner, name: str, out: str, value: float) -> None:
    tried = fixing.control(name, out, 90)
    assert (tried.survived, tried.ruled_out) == (("product",), (out,))
    assert tried.measured.median == pytest.approx(value, rel=1e-5)
    after = listed(fixing)
    assert after.out == {out: name}
    assert [card.done for card in after.controls] == [card == name for card in CONTROLS]
    (event,) = fixing.events("control")
    assert {k: event.payload[k] for k in ("name", "expected", "confidence", "out")} == {
        "name": name,
        "expected": out,
        "confidence": 90,
        "out": [out],
    }
    assert fixing.status().controls == 1


def test_what_a_measure_divides_by_is_run_too(fixing: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control changes the broken side, and its figure stands beside the healthy one's."""
    read = Session.break_of

    def beside_healthy(session: Session, attempt: Attempt) -> Break:
        break_ = read(session, attempt)
        plain = break_.controls["no-squashing"]
        ratio = replace(plain, measure=replace(plain.measure, relative_to=Relative(variant="healthy")))
        return replace(break_, controls={**break_.controls, "no-squashing": ratio})

    monkeypatch.setattr(Session, "break_of", beside_healthy)
    tried = fixing.control("no-squashing", "squashing")
    assert tried.measured.median == pytest.approx(0.5**50 / 0.2314, rel=1e-3)
    assert tried.survived == ("product",)


def test_under_other_settings_a_control_is_kept_for_show_and_counts_for_nothing(
    fixing: Learner, lynx: Lynx
) -> None:
    words = ("control", "no-squashing", "--expect", "product", "--set", "layers=10", "--json")
    tried = lynx(*words, cwd=fixing.top)
    assert tried.code == 0, tried.err
    assert tried.json["measured"]["median"] == pytest.approx(0.5**10)
    assert (tried.json["set"], tried.json["files"]) == ({"layers": 10}, {})
    assert fixing.events("control") == []
    assert not any(card.done for card in listed(fixing).controls)
    shown = lynx("show", "gradient", "--variant", "no-squashing", "--json", cwd=fixing.top).json
    assert shown["set"] == {"layers": 10}
    said = " ".join(lynx(*words[:-1], cwd=fixing.top).out.split())
    assert "This was made with --set layers=10. It is not counted" in said


@pytest.mark.parametrize("text", [BUG.replace("step", "1 / 0"), LINE], ids=["a crash", "the fix"])
def test_an_edited_target_does_not_change_the_control(fixing: Learner, text: str) -> None:
    fixing.edit(BUG, text)
    tried = fixing.control("no-squashing", "product")
    assert tried.measured.values == (0.5**50,)
    assert tried.ruled_out == ("squashing",)


def test_before_the_run_the_rivals_stay_closed(predicting: Learner) -> None:
    with pytest.raises(NotYet, match="First predict"):
        listed(predicting)
