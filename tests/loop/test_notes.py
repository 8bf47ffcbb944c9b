"""The notes file: what counts, what is missing, and what must survive byte for byte."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.loop import answers, notes
from lynx.truth.claims import Expect, Kind, Option, Prediction
from lynx.truth.measures import Measure

HEADING = "## Break 00 · remove-residual · 2026-11-22"
NUMBER = Prediction("P1", Kind.NUMBER, Measure("loss"), "log", 3)
CHOICE = Prediction(
    "P2",
    Kind.CHOICE,
    Measure("loss"),
    options=(Option("falls", Expect(at_most=0.5)), Option("flat", Expect())),
)
ASKS = {"P1": "Loss at step 100", "P2": "Falls or flat?"}
FORM = notes.add_form("", HEADING, [NUMBER, CHOICE], ASKS)


def answered(text: str = FORM) -> str:
    text = notes.fill(text, HEADING, "P1", {"prediction": "0,5", "confidence": "70", "because": "it halves"})
    return notes.fill(text, HEADING, "P2", {"prediction": "flat", "confidence": "90 %", "because": "no skip"})


def test_a_new_form_is_the_contract_of_the_design() -> None:
    assert FORM.splitlines() == [
        HEADING,
        "",
        "### P1 · Loss at step 100",
        "- prediction:",
        "- confidence:",
        "- because:",
        "",
        "### P2 · Falls or flat?",
        "- options: falls | flat",
        "- prediction:",
        "- confidence:",
        "- because:",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("80 %", 0.8),
        ("80%", 0.8),
        ("1e-4", 1e-4),
        ("-3", -3.0),
        (" `2` ", 2.0),
        (".5", 0.5),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("never", math.inf),
        ("Never", math.inf),
        ("nunca", math.inf),
        ("∞", math.inf),
        ("+inf", math.inf),
        ("−3", -3.0),
        ("1E+3", 1000.0),
        ("1/5", 0.2),
        ("-1 / 4", -0.25),
        ("2^20", 2.0**20),
        ("2**-3", 0.125),
        ("10^-4", 1e-4),
        ("5·10^-3", 5e-3),
        ("1,5e3", 1500.0),
        ("~0.1", 0.1),
        ("≈ 1e-7", 1e-7),
        ("about 0.1", 0.1),
        ("unos 0,1", 0.1),
        ("alrededor de 80 %", 0.8),
        ("1.6 nats", 1.6),
        ("20 steps", 20.0),
        ("3 veces", 3.0),
    ],
)
def test_numbers_as_learners_write_them(text: str, value: float) -> None:
    assert answers.parse_number(text) == value


def test_nan_is_a_number_that_can_be_predicted() -> None:
    value = answers.parse_number("NaN")
    assert value is not None
    assert math.isnan(value)


@pytest.mark.parametrize("text", ["", "a lot", "1.000,5", "< 1e-7", "0.5 or so", "1e", "--3"])
def test_what_is_not_a_number_is_said_to_be_none(text: str) -> None:
    assert answers.parse_number(text) is None


def test_every_empty_line_is_named_with_its_line() -> None:
    answers, _, problems = notes.read_answers(FORM, HEADING, [NUMBER, CHOICE])
    assert answers == {}
    assert [(p.line, p.id) for p in problems] == [
        (4, "P1"), (5, "P1"), (6, "P1"), (10, "P2"), (11, "P2"), (12, "P2"),
    ]  # fmt: skip


def test_a_complete_form_gives_the_answers() -> None:
    answers, written, problems = notes.read_answers(answered(), HEADING, [NUMBER, CHOICE])
    assert problems == []
    assert (answers["P1"].value, answers["P1"].confidence, answers["P1"].because) == (0.5, 70, "it halves")
    assert answers["P2"].value == "flat"
    assert written["P1"] == "0,5"


def test_an_unreadable_number_and_a_wrong_confidence_are_quoted() -> None:
    text = notes.fill(FORM, HEADING, "P1", {"prediction": "a lot", "confidence": "80", "because": "x"})
    _, _, problems = notes.read_answers(text, HEADING, [NUMBER])
    assert [(p.line, p.fields["text"]) for p in problems] == [(4, "a lot"), (5, "80")]


def test_two_forms_are_one_question_not_a_guess() -> None:
    block = answered()[answered().index("### P1") : answered().index("### P2")]
    text = answered() + "\n" + block
    answers, _, problems = notes.read_answers(text, HEADING, [NUMBER, CHOICE])
    assert "P1" not in answers
    assert problems[0].id == "P1"
    assert problems[0].fields["other"] == 3


def test_a_deleted_block_is_a_problem_and_the_form_puts_it_back() -> None:
    text = answered()
    text = text[: text.index("### P2")]
    _, _, problems = notes.read_answers(text, HEADING, [NUMBER, CHOICE])
    assert [p.id for p in problems] == ["P2"]
    healed = notes.add_form(text, HEADING, [NUMBER, CHOICE], ASKS)
    assert healed.startswith(text.rstrip("\n"))
    assert "### P2" in healed


def test_a_heading_inside_a_code_fence_is_the_learners_text() -> None:
    text = answered().replace("### P2", "```\n## not a heading\n### P1\n```\n### P2")
    _, _, problems = notes.read_answers(text, HEADING, [NUMBER, CHOICE])
    assert problems == []


def test_a_reason_may_go_on_over_indented_lines() -> None:
    text = answered().replace("- because: it halves", "- because: it halves\n  and then some")
    answers, _, _ = notes.read_answers(text, HEADING, [NUMBER, CHOICE])
    assert answers["P1"].because == "it halves and then some"
    measured = notes.add_label(text, HEADING, "P1", "measured", "0.0004")
    assert "  and then some\n- measured: 0.0004\n" in measured


def test_measured_and_observed_are_appended_once() -> None:
    once = notes.add_label(answered(), HEADING, "P1", "measured", "0.0004")
    assert notes.add_label(once, HEADING, "P1", "measured", "7") == once
    assert "- because: it halves\n- measured: 0.0004\n" in once


def test_the_explanation_goes_to_the_end_of_the_section_only() -> None:
    text = answered() + "\n## Something of mine\n\nwords\n"
    done = notes.add_label(text, HEADING, None, "explanation", "the skip\nwas gone")
    assert done.index("- explanation: the skip was gone") < done.index("## Something of mine")
    assert done.endswith("\n## Something of mine\n\nwords\n")


def test_an_explanation_that_is_there_is_seen_wherever_it_stands_and_kept() -> None:
    """The end of the section lies inside the last prediction's block: the learner's words are seen there, too."""
    text = notes.add_label(answered(), HEADING, None, "explanation", "the skip was gone")
    section = notes.find_section(text, HEADING)
    assert section is not None
    assert section.labels["explanation"][1] == "the skip was gone"
    assert notes.add_label(text, HEADING, None, "explanation", "something else") == text
    own = answered().replace("### P1", "- explanation: mine, before all\n\n### P1")
    assert notes.add_label(own, HEADING, None, "explanation", "something else") == own


def test_a_predictions_labels_are_not_the_sections() -> None:
    section = notes.find_section(notes.add_label(answered(), HEADING, "P2", "measured", "flat"), HEADING)
    assert section is not None
    assert section.labels == {}


@pytest.mark.parametrize(
    "before", ["", "one line of mine\n", "two\n\n", "# Break 00 · remove-residual · 2026-11-22\n"]
)
def test_a_section_and_its_blocks_know_their_lines(before: str) -> None:
    text = before + answered() + "# The next chapter\n\n### P9 · not here\n"
    section = notes.find_section(text, HEADING)
    assert section is not None
    lines = [line.rstrip("\n") for line in notes.split(text)]
    assert (lines[section.line - 1], lines[section.end - 1]) == (HEADING, "# The next chapter")
    assert [block.id for block in section.blocks] == ["P1", "P2"]
    one, two = section.blocks
    assert (lines[one.line - 1], one.end) == ("### P1 · Loss at step 100", two.line)
    assert (lines[two.line - 1], two.end) == ("### P2 · Falls or flat?", section.end)
    for block in section.blocks:
        for label, (line, value) in block.labels.items():
            assert lines[line - 1] == f"- {label}: {value}"


@pytest.mark.parametrize("text", ["", "# Mine\n\nwords\n"])
def test_a_missing_section_is_looked_for_at_the_end(text: str) -> None:
    answers, _, problems = notes.read_answers(text, HEADING, [NUMBER, CHOICE])
    assert answers == {}
    assert [(p.line, p.id) for p in problems] == [
        (text.count("\n") or 1, "P1"),
        (text.count("\n") or 1, "P2"),
    ]


def test_what_is_gone_is_named_where_it_belongs() -> None:
    text = "mine\n" + answered().replace("- confidence: 70\n", "") + "## Next\n"
    _, _, problems = notes.read_answers(text, HEADING, [NUMBER, CHOICE])
    assert [(p.line, p.fields) for p in problems] == [(4, {"label": "confidence"})]
    without = text[: text.index("### P2")] + "## Next\n"
    _, _, problems = notes.read_answers(without, HEADING, [CHOICE])
    assert notes.split(without)[problems[0].line] == "## Next\n"


def test_a_label_that_stands_twice_is_named_and_answers_nothing() -> None:
    text = answered().replace("- because: it halves\n", "- because: it halves\n- prediction: 7\n")
    answers, _, problems = notes.read_answers(text, HEADING, [NUMBER])
    assert answers == {}
    assert [(p.line, p.fields) for p in problems] == [(3, {"label": "prediction"})]


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_a_fence_ends_with_its_own_kind(fence: str) -> None:
    other = "~~~" if fence[0] == "`" else "```"
    inside = f"{fence}\n## one\n{other}\n## two\n{fence}\n"
    text = answered().replace("### P2", inside + "### P2")
    section = notes.find_section(text, HEADING)
    assert section is not None
    assert [block.id for block in section.blocks] == ["P1", "P2"]
    assert notes.find_section(inside, "## one") is None


def test_links_are_added_once_and_to_their_own_section() -> None:
    elsewhere = "## Before\n\n![loss](loss.svg)\n\n"
    text = elsewhere + answered() + "\n## After\n\n![loss](loss.svg)\n"
    linked = notes.add_links(text, HEADING, ["![loss](loss.svg)", "![norm](norm.svg)"])
    assert linked == text.replace(
        "- because: no skip\n", "- because: no skip\n\n![loss](loss.svg)\n![norm](norm.svg)\n"
    )
    assert notes.add_links(linked, HEADING, ["![norm](norm.svg)", "![loss](loss.svg)"]) == linked
    more = notes.add_links(linked, HEADING, ["![loss](loss.svg)", "![new](new.svg)"])
    assert more.count("loss.svg") == 3
    assert "![norm](norm.svg)\n\n![new](new.svg)\n" in more
    assert notes.add_links(elsewhere, HEADING, ["![loss](loss.svg)"]) == elsewhere


def test_a_line_of_the_learners_under_an_answer_stays_under_what_lynx_adds() -> None:
    text = answered().replace("- because: it halves\n", "- because: it halves\n  or so\nI looked it up.\n")
    measured = notes.add_label(text, HEADING, "P1", "measured", "1")
    assert measured == text.replace("  or so\n", "  or so\n- measured: 1\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("mine", "mine\n\n"),
        ("mine\n", "mine\n\n"),
        ("mine\n\n", "mine\n\n"),
        ("mine\r\n", "mine\r\n\r\n"),
    ],
)
def test_a_form_stands_one_blank_line_below_what_is_there(before: str, after: str) -> None:
    newline = "\r\n" if "\r" in before else "\n"
    assert notes.add_form(before, HEADING, [NUMBER, CHOICE], ASKS) == after + FORM.replace("\n", newline)


@pytest.mark.parametrize("rest", ["", "\n", "\n\n", "\n## Next\n", "\n\n\n## Next\nwords"])
def test_a_block_put_back_leaves_the_blank_lines_behind_it(rest: str) -> None:
    one = answered()[: answered().index("\n### P2")]
    block = FORM[FORM.index("### P2") :].rstrip("\n") + "\n"
    kept = rest if rest.startswith("\n") else "\n" + rest
    assert notes.add_form(one + rest, HEADING, [NUMBER, CHOICE], ASKS) == one + "\n" + block + kept


def test_a_line_is_added_to_a_file_that_ends_without_one() -> None:
    assert notes.add_label(HEADING, HEADING, None, "explanation", "x") == f"{HEADING}\n- explanation: x\n"
    text = answered().rstrip("\n")
    assert notes.add_label(text, HEADING, "P2", "measured", "flat") == f"{text}\n- measured: flat\n"
    assert notes.insert("", 1, ["x"]) == "x\n"
    assert notes.insert("\n\na\n", 3, ["x"]) == "x\n\n\na\n"


def test_a_file_of_both_endings_has_that_of_the_most() -> None:
    assert notes.newline_of("a\r\nb\nc\n") == "\n"
    assert notes.newline_of("a\r\nb\r\nc\n") == "\r\n"
    assert notes.newline_of("a\r\nb\n") == "\n"
    assert notes.newline_of("") == "\n"


def test_crlf_stays_and_what_lynx_adds_ends_alike() -> None:
    text = answered().replace("\n", "\r\n")
    changed = notes.add_label(text, HEADING, "P1", "measured", "1")
    assert "\n" not in changed.replace("\r\n", "")
    assert changed.replace("- measured: 1\r\n", "") == text


prose = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=200)


@given(before=prose, after=prose, crlf=st.booleans())
def test_whatever_stands_around_the_form_survives(before: str, after: str, crlf: bool) -> None:
    before = before.replace(HEADING, "")
    text = notes.add_form(before, HEADING, [NUMBER, CHOICE], ASKS) + after
    if crlf:
        text = text.replace("\n", "\r\n")
    if (
        notes.find_section(text, HEADING) is None
    ):  # an open fence in the prose swallows the form: nothing is written
        assert notes.add_label(text, HEADING, "P1", "measured", "1") == text
        return
    changed = notes.add_label(text, HEADING, "P1", "measured", "0.5")
    kept = [line for line in notes.split(changed) if not line.startswith("- measured: 0.5")]
    old = notes.split(text)
    if old and not old[-1].endswith("\n"):
        kept[-1] = kept[-1].rstrip("\r\n") if kept[-1] != old[-1] else kept[-1]
    assert kept == old


@given(prose)
def test_adding_the_form_keeps_every_byte_before_it(before: str) -> None:
    text = notes.add_form(before, HEADING, [NUMBER, CHOICE], ASKS)
    assert text.startswith(before) or before.rstrip("\n") in text


STEPS = (0, 10, 100)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("0: 2.4, 10: 1.6, 100: 1.6", {0: 2.4, 10: 1.6, 100: 1.6}),
        ("0: 2,4, 10: 1,6, 100: 1", {0: 2.4, 10: 1.6, 100: 1.0}),
        ("10: 1.6; 0: 2.4; 100: nan", {0: 2.4, 10: 1.6, 100: math.nan}),
        ("0:2.4 10:1e-4 100:never", {0: 2.4, 10: 1e-4, 100: math.inf}),
        ("2.4 1.6 1.6", {0: 2.4, 10: 1.6, 100: 1.6}),
        ("2,4; 1,6; 80 %", None),  # the space parts it in four
        ("2.4, 1.6, 1.6", {0: 2.4, 10: 1.6, 100: 1.6}),
        ("2,4 1,6 1", {0: 2.4, 10: 1.6, 100: 1.0}),
        ("2.4 1.6", None),
        ("0: 2.4, 10: 1.6", None),
        ("0: 2.4, 10: 1.6, 99: 1", None),
        ("0: 2.4, 10: a, 100: 1", None),
        ("it falls 0: 2.4, 10: 1.6, 100: 1", None),
        ("", None),
        (":", None),
        ("0::1", None),
    ],
)
def test_a_curve_as_people_write_it(text: str, drawn: dict[int, float] | None) -> None:
    assert repr(
        answers.parse_curve(STEPS, text) and dict(sorted(answers.parse_curve(STEPS, text).items()))
    ) == repr(  # type: ignore[union-attr]
        drawn
    )


@given(st.text(alphabet="0123456789:,.; -ean%", max_size=40))
def test_any_text_is_a_curve_or_none(text: str) -> None:
    found = answers.parse_curve(STEPS, text)
    assert found is None or set(found) == set(STEPS)
