"""Every screen from the spec and its measured block alone."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from lynx.content.reading.breaks import load_break
from lynx.errors import Refused
from lynx.loop.results import Debrief, Ran
from lynx.loop.stages import Stage
from lynx.mentor import measured
from lynx.mentor.preview import Pages, preview, undone

FIGURES = {
    "seeds": 10,
    "seconds": 4.2,
    "predictions": {
        "P1": {"median": 1e60, "min": 1e50, "max": float("inf")},
        "P2": {"median": 0.01, "min": 0.005, "max": 0.02, "answer": "falls"},
    },
    "claims": {
        "healthy-trains": {"verdict": "HOLDS", "k": 10, "n": 10, "median": 0.01},
        "runs-away": {"verdict": "HOLDS", "k": 10, "n": 10, "p": 5.4e-6, "median": 1e60, "other": 0.01},
        "nan-at-once": {"verdict": "REFUTED", "k": 0, "n": 10, "median": 3.0},
    },
    "controls": {"small-steps": {"median": 0.3, "survived": ["steps"]}},
    "chain": [["exploded", "grad_norm", "one", 3, 1.0, 1e9]],
    "loss": {"healthy": [[0, 3.0], [39, 0.1]], "broken": [[0, 3.0], [39, 1e60]]},
}


def folder_of(tmp_path: Path, page: str, script: str) -> Path:
    folder = tmp_path / "50-scaling"
    folder.mkdir()
    (folder / "break.yaml").write_text(page, encoding="utf-8")
    (folder / "experiment.py").write_text(script, encoding="utf-8")
    return folder


def test_the_screens_stand_in_the_order_of_the_loop(tmp_path: Path, page: str, script: str) -> None:
    folder = folder_of(tmp_path, page, script)
    measured.write(load_break(folder), FIGURES)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    shown = preview(load_break(folder))
    assert [screen.command.split(" --")[0] for screen in shown] == [
        "lynx list",
        "lynx break 50",
        "lynx break 50",
        "lynx run",
        "lynx control",
        "lynx control small-steps",
        "lynx hint",
        "lynx hint",
        "lynx hint",
        "lynx",
        "lynx verify",
        "lynx verify",
        "lynx explain",
        "lynx reset",
    ]
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    ran = next(s.result for s in shown if isinstance(s.result, Ran))
    p1, p2 = ran.scored
    assert (p1.predicted, p1.result, p1.measured.median) == (1.0, "miss", 1e60)  # the page's own figure
    assert (p2.predicted, p2.result) == ("falls", "hit")  # the page says nothing: as measured
    assert ran.surprise == "P1"
    assert [(j.k, j.n, str(j.verdict)) for j in ran.judged][-1] == (0, 10, "REFUTED")
    assert ran.chain[0].name == "exploded"


def test_one_stage_alone_or_one_name(tmp_path: Path, page: str, script: str) -> None:
    break_ = load_break(folder_of(tmp_path, page, script))
    last = preview(break_, "done")
    assert [screen.stage for screen in last] == [Stage.DONE, Stage.DONE]
    assert isinstance(last[0].result, Debrief)
    assert [screen.result.level for screen in preview(break_, "hint")] == [1, 2, 3]
    with pytest.raises(Refused, match="list, break, run, control, hint, status, verify, debrief, reset"):
        preview(break_, "dessert")


def test_the_fix_is_the_diff_the_other_way_round() -> None:
    assert undone("@@\n a\n-b\n-c\n+d\n e\n") == "@@\n a\n-d\n+b\n+c\n e\n"
    assert undone("@@\n-b\n+c\n@@\n+d\n x\n") == "@@\n-c\n+b\n@@\n-d\n x\n"


@pytest.mark.parametrize("with_figures", [True, False])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [60, 100])
def test_every_screen_can_be_drawn(
    tmp_path: Path, page: str, script: str, with_figures: bool, language: str, width: int
) -> None:
    from lynx.view import results
    from lynx.view.language import use
    from lynx.view.results import to_json
    from lynx.view.terminal import Terminal

    folder = folder_of(tmp_path, page, script)
    if with_figures:
        measured.write(load_break(folder), FIGURES)
    use(language)
    try:
        pages = preview(load_break(folder))
        json.dumps(to_json(Pages(pages)), allow_nan=False)
        for screen in pages:
            out = io.StringIO()
            environ = {"COLUMNS": str(width), "TERM": "dumb"}
            terminal = Terminal(out, io.StringIO(), io.StringIO(), environ, language, json=False)
            terminal.show(results.render(screen.result, terminal.look))
            assert out.getvalue().strip()
            json.dumps(to_json(screen.result), allow_nan=False)
    finally:
        use("en")


def test_a_skeleton_can_be_previewed(foreign: Any) -> None:
    from lynx.mentor.record import new

    found = new(Path("scaling.py"), cwd=foreign.top, environ=foreign.environ, id="52")
    shown = preview(load_break(found.folder))
    assert "<" in shown[1].result.title["en"]
