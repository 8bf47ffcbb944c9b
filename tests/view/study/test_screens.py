"""The study room's screens: at every width, in both languages, with the next command at the end."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import study_samples as samples

from lynx.errors import ExitCode
from lynx.study.grid import Cell
from lynx.study.links import LINKS
from lynx.view import results
from lynx.view.results import to_json
from lynx.view.study import pictures as study_pictures
from lynx.view.study import words as study_words
from lynx.view.study.drill import picture
from tests.conftest import overlong


def drawn(terminal, name: str, **how: object) -> str:  # type: ignore[no-untyped-def]
    outside = terminal(**how)
    outside.show(results.render(samples.RESULTS[name], outside.look))
    return str(outside.stdout.getvalue())


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", samples.RESULTS)
def test_every_screen_fits_and_ends_with_the_next_command(terminal, name: str, width: int, lang: str) -> None:  # type: ignore[no-untyped-def]
    text = drawn(terminal, name, width=width, lang=lang)
    # a formula that is wrapped is a formula destroyed: pages keep their code lines whole
    if not (name.startswith("page") and width < 80):
        assert not overlong(text, width)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text)
    assert samples.COMMAND.search("\n".join(text.splitlines()[-4:]))


@pytest.mark.parametrize("name", samples.RESULTS)
def test_every_result_is_json(name: str) -> None:
    assert json.dumps(to_json(samples.RESULTS[name]), allow_nan=False)


def test_every_link_has_a_sentence_and_every_number_it_names() -> None:
    assert set(study_words.LINKS) == {*LINKS, "sound", "unclear"}
    for name, sentence in study_words.LINKS.items():
        fields = set(re.findall(r"\{(\w+)\}", sentence))
        given = set(LINKS[name].values) if name in LINKS else {"factor", "chi", "linearity", "loss_end"}
        assert fields <= given, name


def test_the_picture_shows_the_layer_and_its_skip(terminal) -> None:  # type: ignore[no-untyped-def]
    look = terminal(width=80).look
    above, below = picture(samples.CELL, look)
    assert below == "  x ──┴─ RMSNorm ── W ── ReLU ─(+)─ x    20 times"
    assert above.index("┌") == below.index("┴")
    assert above.index("┐") == below.index("+")
    (plain,) = picture(Cell(2, "none", "small", "none", False, 0.1), look)
    assert plain == "  x ──── W ───── x    2 times"


def test_a_check_ends_in_one_until_everything_holds() -> None:
    assert results.exit_code(samples.RESULTS["checked"]) is ExitCode.NOT_YET
    assert results.exit_code(samples.RESULTS["checked-all"]) is ExitCode.DONE


def test_the_formulas_of_a_page_arrive_whole(terminal) -> None:  # type: ignore[no-untyped-def]
    text = drawn(terminal, "page", width=80)
    for line in samples.RESULTS["page"].markdown.splitlines():  # type: ignore[attr-defined]
        if line.startswith("    ") and line.strip():
            assert line.strip() in text


def test_pictures_are_written_whole(tmp_path: Path) -> None:
    names = [
        study_pictures.laboratory(samples.report(), tmp_path),
        study_pictures.atlas(samples.atlas(), tmp_path),
    ]
    study_pictures.reliability(samples.progress(), tmp_path / "reliability.png")
    for name in [*names, "reliability.png"]:
        data = (tmp_path / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert data.endswith(b"IEND\xaeB`\x82")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "00-variance-walk.png",
        "atlas.png",
        "reliability.png",
    ]
