"""Format 1 brought over: nothing is lost, in a folder or in a journal, and done twice it is done once."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading import texts
from lynx.content.reading.breaks import load_break
from lynx.content.reading.phases import read as read_phase
from lynx.content.reading.upgrade import upgraded
from lynx.content.spec import BadSpec, Break
from lynx.errors import ExitCode, Refused
from lynx.mentor.upgrade import upgrade
from lynx.store import trust
from lynx.view.results import exit_code
from tests.content.format_1 import downgraded

OLD = (Path(__file__).parent / "data" / "format-1" / "break.yaml.txt").read_text(encoding="utf-8")
SHIPPED = sorted(path.parent for path in data_dir("breaks").glob("*/*/break.yaml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pack" / "90-forget"
    folder.mkdir(parents=True)
    (folder / "break.yaml").write_text(OLD, encoding="utf-8")
    (folder / "experiment.py").write_text("")
    return folder


def bring(folder: Path, tmp_path: Path) -> Any:
    return upgrade(folder, {"LYNX_HOME": str(tmp_path / "home")})


def substance(b: Break) -> dict[str, Any]:
    """What a break says and does, whatever its files look like and however it calls its source."""
    left = {
        "text",
        "kept",
        "lines",
        "text_keys",
        "translated",
        "folder",
        "pack",
        "hash",
        "sources",
        "texts",
        "text_ids",
        "elsewhere",  # the format before had no place for it
    }
    held = {f.name: repr(getattr(b, f.name)) for f in dataclasses.fields(b) if f.name not in left}
    for name in b.sources:
        held = {
            key: re.sub(rf"(source=|says=\{{)'{name}'", r"\1'course'", value) for key, value in held.items()
        }
    return held


def test_a_folder_is_brought_over_and_nothing_is_lost(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadSpec, match="lynx mentor upgrade"):
        load_break(folder)
    done = bring(folder.parent, tmp_path)
    (one,) = done.brought
    assert (one.wrote, one.comments_lost, done.problems) == (("es.yaml", "proof.json", "break.yaml"), 0, ())
    text = (folder / "break.yaml").read_text(encoding="utf-8")
    assert "# A word of the author.\n" in text
    assert "blind_title: A tall stack that stands still  # gives nothing away\n" in text
    assert "symptom: >-\n  The loss stops early,\n  and stays.\n" in text
    assert not re.search(r"\bes:", text)
    assert "measured" not in text.partition("hints:")[0].partition("schema")[0]
    b = load_break(folder)
    assert b.title == {"en": "Forget the skip: a tall stack", "es": "Olvida el atajo: una pila alta"}
    assert b.symptom["es"] == "La pérdida se estanca pronto, y ahí se queda."
    assert b.wrong_fixes[0].says == {"en": "adds the input twice", "es": "adds the input twice"}
    assert [p.says for p in b.predictions] == [
        {"course": 0.8},
        {"course": "flat"},
        {"course": "yes"},
        {"course": float("inf")},
    ]
    assert [c.source for c in b.claims] == ["course", "measured", "theory"]
    assert b.sources["course"].what["es"].startswith("la página")
    assert b.measured["claims"]["nan-within-50"] == {
        "verdict": "REFUTED",
        "k": 0,
        "n": 10,
        "median": float("inf"),
    }
    assert b.measured["chain"][0][:4] == ["nan", "loss", "", 3]
    assert not b.stale
    assert not any(
        one.stale(name, texts.digest(b.texts[name]["en"]))
        for one in b.translated.values()
        for name in b.texts
    )


def test_done_twice_it_changes_nothing(folder: Path, tmp_path: Path) -> None:
    bring(folder, tmp_path)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = bring(folder, tmp_path)
    assert [one.wrote for one in done.brought] == [()]
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_cut_short_before_its_last_file_the_same_command_goes_on(folder: Path, tmp_path: Path) -> None:
    bring(folder, tmp_path)
    whole = {path: path.read_bytes() for path in folder.iterdir()}
    (folder / "break.yaml").write_text(OLD, encoding="utf-8")  # it is written last
    (folder / "proof.json").unlink()
    bring(folder, tmp_path)
    assert {path: path.read_bytes() for path in folder.iterdir()} == whole


def test_a_trusted_break_stays_trusted_and_another_does_not_become_so(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, folder.parent / "91-other"))
    trust.trust(folder, tmp_path / "home")
    bring(folder.parent, tmp_path)
    assert trust.is_trusted(folder, tmp_path / "home")
    assert not trust.is_trusted(other, tmp_path / "home")


def test_what_is_wrong_with_it_is_said_in_the_new_format(folder: Path, tmp_path: Path) -> None:
    (folder / "break.yaml").write_text(OLD.replace("budget: 45", "budget: many"), encoding="utf-8")
    done = bring(folder, tmp_path)
    assert [p.key for p in done.problems] == ["budget"]
    assert exit_code(done) is ExitCode.NOT_YET
    assert (folder / "es.yaml").exists()


def test_what_is_no_yaml_is_left_as_it_is(folder: Path, tmp_path: Path) -> None:
    (folder / "break.yaml").write_text("schema: 1\ntitle: [\n")
    done = bring(folder, tmp_path)
    assert done.problems
    assert sorted(path.name for path in folder.iterdir()) == ["break.yaml", "experiment.py"]


def test_nothing_to_bring_over_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no break.yaml and no phase.yaml"):
        bring(tmp_path, tmp_path)


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.name)
def test_a_break_under_way_since_before_plays_on_from_the_journal(shipped: Path, tmp_path: Path) -> None:
    """Its journalled bytes are of format 1, and say what the break of today says."""
    old = load_break(tmp_path / "gone", data=downgraded(shipped))
    assert substance(old) == substance(load_break(shipped))
    assert not old.stale
    assert load_break(tmp_path / "gone", data=old.kept).title == old.title


def test_a_layout_that_cannot_be_edited_is_written_anew(tmp_path: Path) -> None:
    one_line = "{schema: 1, id: '1', title: {en: One, es: Uno}} # a word\n"
    found = upgraded(one_line.encode(), tmp_path / "break.yaml")
    assert found.lost == 1
    assert found.spec.decode() == "schema: 2\nid: '1'\ntitle: One\nlanguage: en\n"
    assert found.texts == {("title",): "Uno"}


def test_a_phase_is_brought_over(tmp_path: Path) -> None:
    today = read_phase(data_dir("phases") / "10")
    assert today.title["es"] == "Inicialización, normalización, conexiones residuales"
    (tmp_path / "phase.yaml").write_text(
        "schema: 1\nid: '10'\ntitle: {en: A, es: B}\ngoal: {en: C, es: D}\nrequires: {en: E, es: F}\n"
        "chapters: []\nlaboratories: []\nbreaks: []\ndone:\n  - {id: one, says: {en: G, es: H}, command: lynx,\n"
        "     proof: {drills: 20, right: 0.8}}\n"
        "reading:\n  - title: T\n    authors: A\n    year: 2000\n    about:\n      en: I\n      es: J\n"
    )
    bring(tmp_path, tmp_path)
    phase = read_phase(tmp_path)
    assert [phase.title, phase.goal, phase.requires, phase.done[0].says, phase.reading[0].about] == [
        {"en": "A", "es": "B"},
        {"en": "C", "es": "D"},
        {"en": "E", "es": "F"},
        {"en": "G", "es": "H"},
        {"en": "I", "es": "J"},
    ]
