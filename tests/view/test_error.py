from __future__ import annotations

from pathlib import Path

from lynx.content.spec import BadSpec, Problem
from lynx.loop import notes
from lynx.loop.observe import PredictionsMissing
from lynx.truth import unread
from lynx.truth.measures import Ended
from lynx.view import error as error_screen
from lynx.view.language import use


def test_missing_predictions_are_listed_with_their_lines(terminal) -> None:  # type: ignore[no-untyped-def]
    problems = [
        notes.Problem(14, "P2", "confidence is empty; write 30, 50, 70 or 90"),
        notes.Problem(
            21, "P4", "“{text}” is not a number; write one such as 0.1, 3 or 1e-4", {"text": "a lot"}
        ),
    ]
    outside = terminal(lang="es", width=100)
    outside.show_error(PredictionsMissing("notes/breaks.md", problems))
    text = outside.stderr.getvalue()
    assert "notes/breaks.md:14  P2  la seguridad está vacía; escribe 30, 50, 70 o 90" in text
    assert "«a lot» no es un número" in text
    assert text.splitlines()[0].endswith("salida 1")


def test_every_mistake_of_a_spec_is_shown_once(terminal) -> None:  # type: ignore[no-untyped-def]
    problems = [
        Problem(
            "break.yaml:3", "title", "'{key}' is missing.", "Write {wanted}.", {"key": "es", "wanted": "it"}
        )
    ]
    problems += [Problem(f"break.yaml:{i}", "hints", "'{key}' is empty.", "", {"key": i}) for i in range(60)]
    outside = terminal()
    outside.show_error(BadSpec(Path("breaks/00/break.yaml"), problems))
    text = outside.stderr.getvalue()
    assert text.count("'es' is missing.") == 1
    assert "mistakes found: 61." in " ".join(text.split())
    assert "… and 11 more." in text


def test_how_a_run_ended_is_said_in_words_and_verdicts_as_the_spec_has_them() -> None:
    use("es")
    said = error_screen.message_of(unread.unfinished("yours", 0, Ended.TIMED_OUT))
    assert "sin tiempo" in said


def test_json_lists_the_mistakes() -> None:
    problem = Problem("break.yaml:3", "title", "'{key}' is missing.", "", {"key": "es"})
    told = error_screen.to_json(BadSpec(Path("x"), [problem]))["error"]
    assert told["problems"] == [
        {"where": "break.yaml:3", "about": "title", "what": "'es' is missing.", "remedy": ""}
    ]
