from __future__ import annotations

import re
from dataclasses import replace

import pytest
import view_samples as samples

from lynx.errors import ExitCode
from lynx.loop.stages import Stage
from lynx.view import results
from lynx.view.look import Look
from tests.conftest import HANGS, overlong

RESULTS = {
    "started": samples.started(),
    "blind": samples.started(blind=True),
    "resumed": replace(samples.started(Stage.FIXING), resumed=True),
    "ran": samples.ran(),
    "ran-yours": samples.ran("healthy", "broken", "yours"),
    "hint": samples.hinted(),
    "hint-closed": samples.hinted(opened=False),
    "controls": samples.controls(),
    "controlled": samples.controlled(),
    "not-fixed": samples.verified(),
    "fixed": samples.verified("fixed", stage=Stage.EXPLAINING),
    "step": samples.verified(reason="step", step=2, where="optimiser.velocity.0"),
    "property": samples.verified(reason="property", error="something was lost"),
    "untouched": samples.verified("untouched"),
    "syntax": samples.verified("does-not-compile", error="blocks.py, line 3\n    retur x\ninvalid syntax"),
    "reset": samples.reset(),
    "status": samples.status(),
    "status-none": samples.status(break_id=None, offer="03", next="lynx break 03"),
    "listed": samples.listed(),
    "shown": samples.shown(),
    "shown-layers": samples.shown("grad_norm"),
    "shown-layer": samples.shown("grad_norm", layer="blocks.0"),
    "shown-step": samples.shown("grad_norm", step=100),
    "shown-weights": samples.shown("weight_change_hist"),
    "shown-available": samples.shown(None),
    "guarded": samples.guarded(),
    "debrief": samples.debrief(),
    "debrief-whole": replace(samples.debrief(), whole=True),
    "checked": samples.checked(),
    "written": samples.written(),
}
COMMAND = re.compile(r"\blynx\b|git diff")


def drawn(terminal, name: str, **how: object) -> str:  # type: ignore[no-untyped-def]
    outside = terminal(**how)
    outside.show(results.render(RESULTS[name], outside.look))
    return outside.stdout.getvalue()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", RESULTS)
def test_every_screen_fits_and_ends_with_the_next_command(terminal, name: str, width: int, lang: str) -> None:  # type: ignore[no-untyped-def]
    text = drawn(terminal, name, width=width, lang=lang)
    assert not overlong(text, width)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text)
    assert COMMAND.search(" ".join(text.splitlines()[-4:])) or name == "written"


@pytest.mark.parametrize("name", RESULTS)
def test_ascii_is_enough(terminal, name: str) -> None:  # type: ignore[no-untyped-def]
    drawn(terminal, name, encoding="ascii", lang="es").encode("ascii")


@pytest.mark.parametrize("name", RESULTS)
def test_a_pipe_gets_the_content_of_the_terminal(terminal, name: str) -> None:  # type: ignore[no-untyped-def]
    # a terminal's last column stays free, hence one column more
    piped, styled = drawn(terminal, name, width=80), drawn(terminal, name, width=81, tty=True)
    assert "\x1b" not in piped
    unstyled = re.sub("\x1b\\[[0-9;]*m", "", styled)
    assert [line.rstrip() for line in unstyled.splitlines()] == piped.splitlines()


def test_no_color_and_dumb_terminals(terminal) -> None:  # type: ignore[no-untyped-def]
    colours = re.compile("\x1b\\[[0-9;]*3[0-9]m")
    assert colours.search(drawn(terminal, "ran", tty=True))
    assert not colours.search(drawn(terminal, "ran", tty=True, NO_COLOR="1"))
    assert "\x1b" not in drawn(terminal, "ran", tty=True, TERM="dumb")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("step", "It first shows after step 2 of training."),
        ("step", "First seen at: optimiser.velocity.0"),
        ("property", "its answer is not a right one."),
        ("ran", "The surprise to sit with: P3. You said < 1e-7, 90 % sure; measured: 9.4, from 8.1 to 10."),
        ("ran", "3 seeds, provisional"),
        ("started", "tells the tense of a verb form. In your copy the blocks no longer add x."),
        ("ran", "never"),
        ("hint-closed", "Hint 2 opens after your next try"),
        ("controlled", "Still standing: step-size."),
        ("not-fixed", "on 50 of 50 random inputs its output is not"),
        ("fixed", "different from the original, and right"),
        ("status", "Break 00 · fixing · 2 of 3 hints · 1 control run"),
        ("status", "Due: 02 (you were 90 % sure and wrong)"),
        ("listed", "teaches residuals, signal-propagation"),
        ("reset", "git restore --staged src/blocks.py"),
        ("debrief-whole", "refuted (0 of 10)"),
        ("debrief", "1 of 4 predictions right. P3: you < 1e-7, measured 9.4, from 8.1 to 10: miss, 90 % sure."),
        ("debrief", "the fix - return h + return x + h"),
        ("checked", "declared HOLDS, measured REFUTED (0 of 10 seeds), p = 0.004"),
    ],
)
def test_what_a_screen_says(terminal, name: str, said: str) -> None:  # type: ignore[no-untyped-def]
    assert said in " ".join(drawn(terminal, name, width=100).split()).replace("  ", " ")


def test_spanish_numbers_have_commas(terminal) -> None:  # type: ignore[no-untyped-def]
    text = drawn(terminal, "ran", lang="es")
    assert "9,4" in text
    assert "nunca" in text
    assert "flat (0,68)" in text


def test_blind_gives_nothing_away(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal()
    for result in (
        samples.started(blind=True),
        samples.verified(blind=True),
        samples.status(blind=True, target=None, title={"en": "A deep MLP stops learning"}),
    ):
        outside.show(results.render(result, outside.look))
    text = outside.stdout.getvalue()
    assert "blocks.py" not in text
    assert "esidual" not in text
    assert "norm.weight" not in text


def test_learner_text_is_shown_literally(terminal) -> None:  # type: ignore[no-untyped-def]
    hostile = "[red]\x1b[2Jx[/red]"
    one = replace(samples.scored()[0], written=hostile, edited=hostile)
    outside = terminal(width=120)
    outside.show(results.render(replace(samples.ran(), scored=(one,), surprise="P1"), outside.look))
    text = outside.stdout.getvalue()
    assert "\x1b" not in text
    assert "[red]\\x1b[2Jx[/red]" in text


def test_long_paths_are_folded_whole(terminal) -> None:  # type: ignore[no-untyped-def]
    path = "src/" + "/".join(f"very_long_folder_name_{i}" for i in range(9)) + "/blocks.py"
    outside = terminal(width=60)
    outside.show(results.render(replace(samples.reset(), target=path), outside.look))
    assert path in outside.stdout.getvalue().replace("\n", "")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("fixed", 0),
        ("not-fixed", 1),
        ("hint", 0),
        ("hint-closed", 1),
        ("ran", 0),
        ("listed", 0),
        ("checked", 1),
    ],
)
def test_exit_codes(name: str, code: int) -> None:
    assert results.exit_code(RESULTS[name]) == ExitCode(code)


def test_a_result_without_a_row_is_refused() -> None:
    with pytest.raises(KeyError, match="Symptom"):
        results.exit_code(samples.CHAIN[0])


def test_every_screen_named_in_the_table_exists() -> None:
    from importlib import import_module

    for full, row in results.RESULTS.items():
        room, _, name = full.rpartition(".")
        assert hasattr(import_module(room), name), full
        assert callable(import_module(f"lynx.view.{row.screen}").render)
        module, _, function = row.data.partition(":")
        assert not module or callable(getattr(import_module(f"lynx.view.data.{module}"), function)), full


def test_light_screens_import_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys\n"
        "import lynx.view.terminal, lynx.view.error, lynx.view.data.loop\n"
        "from lynx.view.screens import status, listed, hint\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANGS
    )
    heavy = {"plotext", "matplotlib", "numpy", "scipy", "torch", "git", "pydantic", "yaml", "babel"}
    assert not heavy & set(done.stdout.split())


def test_a_look_is_bounded() -> None:
    assert Look(width=300).prose == 100


@pytest.mark.parametrize(("seconds", "told"), [(19.0, True), (24.0, False)])
def test_a_run_beyond_its_budget_gets_no_tick(terminal, seconds: float, told: bool) -> None:  # type: ignore[no-untyped-def]
    outside, all_of_it = terminal(), samples.checked()
    one = replace(all_of_it.breaks[0], run_seconds=seconds, budget=20.0)
    outside.show(results.render(replace(all_of_it, breaks=(one,)), outside.look))
    assert ("a learner's run takes" in outside.stdout.getvalue()) is told
