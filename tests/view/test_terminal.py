from __future__ import annotations

import json
import math

import pytest

from lynx.errors import Fault, LynxError, NotYet, Refused


def test_under_json_only_the_object_is_written(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(json=True, tty=True)
    outside.show("a screen")
    outside.say("progress")
    with outside.progress("training", 4) as at, outside.working("busy") as tell:
        at(2)
        tell("prove")
    outside.write_json({"stage": "fixing"})
    assert json.loads(outside.stdout.getvalue()) == {"schema": 2, "stage": "fixing"}
    assert outside.stderr.getvalue() == ""
    assert not outside.interactive


def test_json_refuses_numbers_that_json_lacks(terminal) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="Out of range"):
        terminal(json=True).write_json({"loss": math.nan})


def test_an_error_under_json_is_an_object_on_stdout(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(json=True)
    outside.show_error(Refused("The {what} is gone.", code="gone", remedy="Find {what}.", what="file"))
    expected = {"code": "gone", "message": "The file is gone.", "remedy": "Find file."}
    assert json.loads(outside.stdout.getvalue()) == {"schema": 2, "error": expected}


@pytest.mark.parametrize(
    ("error", "first"),
    [
        (Refused("A {x} is under way.", code="a", x="merge"), "Refused: a merge is under way."),
        (Refused("Break {x} is under way.", code="a", x="00"), "Refused: break 00 is under way."),
        (Refused("{x} is gone.", code="a", x="Blocks.py"), "Refused: Blocks.py is gone."),
        (Refused("Git is missing.", code="a"), "Refused: Git is missing."),
        (Refused("“{x}” is no number.", code="a", x="A"), "Refused: “A” is no number."),
        (NotYet("Two are missing.", code="a"), "Two are missing."),
        (Fault("This is Lynx's own mistake.", code="fault"), "This is Lynx's own mistake."),
        (Refused("No such option: -x", code="usage"), "No such option: -x"),
    ],
)
def test_the_first_line_of_an_error(terminal, error: LynxError, first: str) -> None:  # type: ignore[no-untyped-def]
    outside = terminal()
    outside.show_error(error)
    line = outside.stderr.getvalue().splitlines()[0]
    assert line.startswith(first)
    assert line.endswith(f"exit {int(error.exit_code)}")
    assert outside.stdout.getvalue() == ""


def test_the_tail_of_a_log_stands_below_the_message(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal()
    log = "\n".join(f"line {i}" for i in range(40)) + "\n[bold]\x1b[31mNameError: w"
    outside.show_error(Refused("The run crashed.", code="run", remedy="Mend it.", log=log))
    text = outside.stderr.getvalue()
    assert "line 39" in text
    assert "line 10" not in text
    assert "[bold]\\x1b[31mNameError: w" in text
    assert text.rstrip().endswith("Mend it.")


def test_width_is_never_below_20_and_follows_columns(terminal) -> None:  # type: ignore[no-untyped-def]
    assert [terminal(width=w).look.width for w in (12, 40, 80, 300)] == [20, 40, 80, 120]


@pytest.mark.parametrize(
    ("environ", "encoding", "level"),
    [
        ({}, "utf-8", "braille"),
        ({"WT_SESSION": "1"}, "utf-8", "block"),
        ({"TERM": "linux"}, "utf-8", "block"),
        ({"LYNX_PLOT": "block"}, "utf-8", "block"),
        ({"LYNX_PLOT": "braille", "WT_SESSION": "1"}, "utf-8", "braille"),
        ({}, "ANSI_X3.4-1968", "ascii"),
        ({}, "iso8859-1", "ascii"),
    ],
)
def test_how_fine_pictures_can_be(terminal, environ: dict[str, str], encoding: str, level: str) -> None:  # type: ignore[no-untyped-def]
    assert terminal(encoding=encoding, **environ).level == level


def test_asking_goes_on_until_there_is_an_answer(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(typed="maybe\n\nSí\n", tty=True)
    assert outside.confirm("Really?")
    assert outside.stdout.getvalue().count("Really? (y/n) ") == 3


def test_the_end_of_the_input_is_an_end(terminal) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EOFError):
        terminal(typed="", tty=True).read("? ")


def test_progress_without_a_terminal_is_a_few_plain_lines(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal()
    with outside.progress("training", 100) as at:
        for done in range(101):
            at(done)
    lines = outside.stderr.getvalue().splitlines()
    assert lines == ["training", *(f"training {n}/100" for n in (25, 50, 75, 100))]


def test_work_under_way_leaves_no_trace_on_a_terminal(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(tty=True)
    with outside.working("Comparing") as tell:
        tell("prove")
    assert outside.stderr.getvalue() == "Comparing …\r\x1b[2K"
    quiet = terminal()
    with quiet.working("Comparing") as tell:
        tell("prove")
    assert quiet.stderr.getvalue() == "Comparing …\n"
