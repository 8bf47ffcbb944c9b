from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
import view_samples as samples

from lynx.view import asking
from lynx.view.editor import open_editor, told
from lynx.view.language import use

IDS = ["P1", "P2", "P3"]


def ask(terminal, typed: str, *, unanswered: list[str] = IDS, edit: Path = Path("notes.md"), **how: str):  # type: ignore[no-untyped-def]
    outside = terminal(typed=typed, tty=True, **how)
    kept: list[tuple[str, dict[str, str]]] = []
    error: BaseException | None = None
    done = None
    try:
        done = asking.predictions(
            outside,
            samples.started(),
            unanswered,
            keep=lambda name, values: kept.append((name, dict(values))),
            edit=edit,
        )
    except (EOFError, KeyboardInterrupt) as caught:
        error = caught
    return done, kept, outside.stdout.getvalue(), error


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
    assert "a number, such as 0.5, 80 % or 1e-4" in screen


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
    assert "un número, como 0,5, 80 % o 1e-4" in screen


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
    assert "why did training fail" in outside.stdout.getvalue()
    use("en")
