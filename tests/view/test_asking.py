from __future__ import annotations

import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import view_samples as samples

from lynx.content.catalog import data_dir
from lynx.content.reading.breaks import load_break
from lynx.content.reading.phases import load_phase
from lynx.truth.claims import Kind, Prediction
from lynx.truth.measures import Measure
from lynx.view import asking
from lynx.view.editor import open_editor, told
from lynx.view.glossary import explained
from lynx.view.language import text_of, use
from lynx.view.screens import predictions

IDS = ["P1", "P2", "P3"]
SKETCH = Prediction("P5", Kind.CURVE, Measure("loss", "broken"), "log", 1.3, steps=(0, 10, 200))


def ask(
    terminal,
    typed: str,
    *,
    unanswered: list[str] = IDS,
    edit: Path = Path("notes.md"),
    curve: bool = False,
    **how: str,
):  # type: ignore[no-untyped-def]
    started = samples.started()
    if curve:
        asks = {**started.asks, "P5": {"en": "Sketch the loss", "es": "Dibuja la pérdida"}}
        started = replace(started, predictions=(*started.predictions, SKETCH), asks=asks)
    outside = terminal(typed=typed, tty=True, **how)
    kept: list[tuple[str, dict[str, str]]] = []
    error: BaseException | None = None
    done = None
    try:
        done = asking.predictions(
            outside,
            started,
            unanswered,
            keep=lambda name, values: kept.append((name, dict(values))),
            edit=edit,
        )
    except (EOFError, KeyboardInterrupt) as caught:
        error = caught
    return done, kept, outside.stdout.getvalue(), error


def plain(screen: str) -> str:
    """A screen without its colours, its blanks and the ends of its lines."""
    return " ".join(re.sub(r"\x1b\[\d*m", "", screen).split())


def test_three_lines_a_question(terminal) -> None:  # type: ignore[no-untyped-def]
    done, kept, screen, _ = ask(
        terminal, "0.6\n70\nthey flow\nflat\n50\nno skip\n< 1e-7\n1e-7\n90 %\nfifty factors\n"
    )
    assert done is True
    assert kept == [
        ("P1", {"prediction": "0.6", "confidence": "70", "because": "they flow"}),
        ("P2", {"prediction": "flat", "confidence": "50", "because": "no skip"}),
        ("P3", {"prediction": "1e-7", "confidence": "90", "because": "fifty factors"}),
    ]
    assert "“< 1e-7” is not a number." in screen
    assert "a hit: within a factor of 3" in screen


def test_only_what_is_missing_is_asked(terminal) -> None:  # type: ignore[no-untyped-def]
    _, kept, screen, _ = ask(terminal, "fl\n70\nx\n", unanswered=["P2"])
    assert kept == [("P2", {"prediction": "flat", "confidence": "70", "because": "x"})]
    assert "P1" not in screen
    assert ask(terminal, "", unanswered=[])[0] is True


def test_going_back_and_keeping_with_enter(terminal) -> None:  # type: ignore[no-untyped-def]
    typed = "0.6\n70\nfirst\n<\n0.7\n\n\nflat\n<\nfalls\n50\nwhy\n1\n50\nz\n"
    _, kept, screen, _ = ask(terminal, typed)
    assert [name for name, _ in kept] == ["P1", "P1", "P2", "P3"]
    assert kept[1][1] == {"prediction": "0.7", "confidence": "70", "because": "first"}
    assert kept[2][1]["prediction"] == "falls"
    assert "you said: 0.6 · 70 · first" in screen


def test_back_from_the_first_says_so(terminal) -> None:  # type: ignore[no-untyped-def]
    assert "This is the first one." in ask(terminal, "back\n")[2]


def test_the_end_of_the_input_keeps_what_was_answered(terminal) -> None:  # type: ignore[no-untyped-def]
    done, kept, _, error = ask(terminal, "0.6\n70\nfirst\nflat\n")
    assert done is None
    assert isinstance(error, EOFError)
    assert [name for name, _ in kept] == ["P1"]


def test_nothing_empty_counts(terminal) -> None:  # type: ignore[no-untyped-def]
    _, kept, screen, _ = ask(terminal, "\n0.6\n80\n70\n\nso\n", unanswered=["P1"])
    assert kept[0][1]["confidence"] == "70"
    assert "An answer is needed" in screen
    assert "A few words are enough" in screen


def test_spanish_questions_take_spanish_answers(terminal) -> None:  # type: ignore[no-untyped-def]
    _, kept, screen, _ = ask(terminal, "0,6\n70\nporque sí\n", unanswered=["P1"], lang="es")
    assert kept[0][1]["prediction"] == "0,6"
    assert "Pérdida en el paso 100 con residuales" in screen
    assert "cuántas veces más, por ejemplo 2, 1/3 o 1e-4; acierto: a menos de un" in screen


@pytest.mark.parametrize(
    ("typed", "kept_as"),
    [("2", "falls"), ("fa", "falls"), ("FLAT", "flat"), ("3", "flat"), ("f\nfl", "flat")],
)
def test_an_option_by_its_name_its_number_or_its_beginning(terminal, typed: str, kept_as: str) -> None:  # type: ignore[no-untyped-def]
    _, kept, screen, _ = ask(terminal, f"{typed}\n70\nx\n", unanswered=["P2"])
    assert kept[0][1]["prediction"] == kept_as
    assert ("may be any of: falls · flat" in screen) == typed.startswith("f\n")


def test_what_each_option_means_stands_beside_it(terminal) -> None:  # type: ignore[no-untyped-def]
    screen = ask(terminal, "", unanswered=["P2"])[2]
    assert "2 falls 0.5 times or less" in plain(screen)
    assert "3 flat 0.5 times or more" in plain(screen)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_question_mark_explains_the_words_and_asks_again(terminal, lang: str) -> None:  # type: ignore[no-untyped-def]
    typed = "?\n1/5\n?\n70 %\nx\n"
    _, kept, screen, _ = ask(terminal, typed, unanswered=["P3"], lang=lang)
    assert kept == [("P3", {"prediction": "1/5", "confidence": "70", "because": "x"})]
    told = {"en": "the length of the loss's gradient", "es": "la longitud del gradiente de la pérdida"}
    assert screen.count(told[lang]) == 2


def test_other_confidences_are_told_which_there_are(terminal) -> None:  # type: ignore[no-untyped-def]
    _, kept, screen, _ = ask(terminal, "1\n80\n0,3\nx\n", unanswered=["P1"])
    assert kept[0][1]["confidence"] == "30"
    assert "30, 50, 70 or 90, in percent" in screen


def test_a_curve_is_drawn_as_it_is_typed(terminal) -> None:  # type: ignore[no-untyped-def]
    typed = "2.4 1.6\n2,4 1/2 ~1.6\n0: 2.4, 10: 1.6, 200: 1.6\n\n70\nflat\n"
    _, kept, screen, _ = ask(terminal, typed, unanswered=["P5"], curve=True)
    assert kept == [
        ("P5", {"prediction": "0: 2.4, 10: 1.6, 200: 1.6", "confidence": "70", "because": "flat"})
    ]
    assert "“2.4 1.6” is no curve" in screen
    assert screen.count("as you drew it") == 2
    assert "a hit: each point within a factor of 1.3" in plain(screen)


def test_a_curve_can_be_asked_again(terminal) -> None:  # type: ignore[no-untyped-def]
    _, kept, _, _ = ask(terminal, "1 2 3\n<\n3 2 1\n\n50\nx\n", unanswered=["P5"], curve=True)
    assert kept[0][1]["prediction"] == "0: 3, 10: 2, 200: 1"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_question_there_is_says_its_form_its_hit_and_its_words(terminal, lang: str) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(lang=lang)
    asked = [load_break(path.parent, pack="lynx") for path in data_dir("breaks").glob("*/*/break.yaml")]
    labs = [
        lab
        for path in data_dir("phases").glob("*/phase.yaml")
        for lab in load_phase(path.parent.name).laboratories
    ]
    for one in (*asked, *labs):
        for prediction in one.predictions:
            ask_ = text_of(one.asks[prediction.id])
            form = predictions.form_of(prediction)
            outside.show(predictions.question(prediction, ask_, outside.look))
            assert form
            assert predictions.hit_of(prediction)
            assert len(explained(prediction, ask_)) >= 1
            for index, _one in enumerate(prediction.options if prediction.kind is Kind.CHOICE else ()):
                assert predictions.meaning(prediction, index)
    shown = outside.stdout.getvalue()
    assert max(map(len, shown.splitlines())) <= 80


def script(folder: Path, name: str, body: str) -> str:
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport sys, pathlib\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return shlex.quote(str(path))


def test_e_opens_the_editor_on_the_notes(terminal, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    notes = tmp_path / "my notes.md"
    notes.write_text("before\n", encoding="utf-8")
    editor = script(tmp_path, "ed it", "pathlib.Path(sys.argv[-1]).open('a').write('edited\\n')")
    done, _, screen, _ = ask(terminal, "e\n", edit=notes, EDITOR=editor)
    assert done is False
    assert notes.read_text(encoding="utf-8") == "before\nedited\n"
    assert "lynx run" in screen


@pytest.mark.parametrize("editor", ["", "no-such-editor-here"])
def test_e_without_an_editor_says_how_to_set_one_and_goes_on(terminal, editor: str) -> None:  # type: ignore[no-untyped-def]
    done, kept, screen, _ = ask(terminal, "e\n0.5\n70\nhalf\n", unanswered=["P1"], EDITOR=editor)
    assert done
    assert kept
    assert "export EDITOR=nano" in screen


def test_what_can_go_wrong_with_an_editor(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    failing = script(tmp_path, "failing", "sys.exit(3)")
    detached = script(tmp_path, "code", "")
    outcomes = {
        "none": open_editor(notes, {}),
        "missing": open_editor(notes, {"EDITOR": "no-such-editor-here --wait"}),
        "unclosed": open_editor(notes, {"EDITOR": 'vi "'}),
        "failed": open_editor(notes, {"EDITOR": failing}),
        "detached": open_editor(notes, {"EDITOR": detached}),
        "waited": open_editor(notes, {"EDITOR": f"{detached} --wait"}),
        "visual first": open_editor(notes, {"VISUAL": f"{detached} -w", "EDITOR": failing}),
    }
    assert {name: outcome.kind for name, outcome in outcomes.items()} == {
        "none": "missing",
        "missing": "missing",
        "unclosed": "missing",
        "failed": "failed",
        "detached": "detached",
        "waited": "edited",
        "visual first": "edited",
    }
    assert "export EDITOR=nano" in told(outcomes["none"], "n.md")
    assert "cannot be started" in told(outcomes["missing"], "n.md")
    assert "status 3" in told(outcomes["failed"], "n.md")
    assert "--wait" in told(outcomes["detached"], "n.md")
    assert told(outcomes["waited"], "n.md") == ""


@pytest.mark.parametrize("typed", ["1\n70\n", "vanishing\n70\n", "van\n70\n", "3\nno\n1\n60\n70\n"])
def test_an_expectation_by_number_name_or_beginning(terminal, typed: str) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(typed=typed, tty=True)
    assert asking.expectation(outside, samples.controls(), samples.CARD) == ("vanishing", 70)


def test_an_explanation_is_never_empty(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(typed="\n  \nThe step was too long.\n", tty=True)
    assert asking.explanation(outside) == "The step was too long."
    assert "what did the change do, and why?" in outside.stdout.getvalue()  # not every break fails to train
    use("en")
