"""`es.yaml` beside a break: every mistake in both files at once, what is lacking falls back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lynx.content.reading import kept, translation
from lynx.content.reading.breaks import load_break
from lynx.content.spec import BadSpec, Problem
from lynx.content.words import told_in

GOOD = Path(__file__).parent / "data" / "forget-the-skip"
SPANISH = (GOOD / "es.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "90-x"))


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(BadSpec) as caught:
        load_break(folder)
    return caught.value.problems


def test_what_a_translation_lacks_is_told_in_the_breaks_own_language(folder: Path) -> None:
    (folder / "es.yaml").write_text("title: Olvida el atajo\nhints: {h2: Luego un paso.}\nwhy:\n")
    b = load_break(folder)
    assert [told_in(text, "es") for text in (b.title, *b.hints, b.why)] == [
        "Olvida el atajo",
        "Measure the gradient first.",
        "Luego un paso.",
        "Then read the block.",
        "The identity keeps the direction.",
    ]


def test_hints_may_be_mirrored_as_the_list_they_are(folder: Path) -> None:
    (folder / "es.yaml").write_text("hints: [Uno., Dos., Tres.]\n")
    assert [hint["es"] for hint in load_break(folder).hints] == ["Uno.", "Dos.", "Tres."]


def test_hints_with_names_of_their_own_are_translated_by_name(folder: Path) -> None:
    text = (folder / "break.yaml").read_text()
    text = text.replace(
        '  - "Measure the gradient first."\n  - "Then one step."\n  - "Then read the block."\n',
        "  measure: Measure the gradient first.\n  look: Then read the block.\n",
    )
    (folder / "break.yaml").write_text(text)
    (folder / "es.yaml").write_text("hints: {look: Luego lee el bloque.}\n")
    b = load_break(folder)
    assert [dict(hint) for hint in b.hints] == [
        {"en": "Measure the gradient first."},
        {"en": "Then read the block.", "es": "Luego lee el bloque."},
    ]


@pytest.mark.parametrize("name", ["es", "pt-BR", "es-419", "ast"])
def test_any_tag_names_a_language(folder: Path, name: str) -> None:
    (folder / f"{name}.yaml").write_text("title: Otra cosa\n")
    assert load_break(folder).title[name] == "Otra cosa"


@pytest.mark.parametrize("name", ["ES", "spanish", "es_ES", "e", "pt-br"])
def test_other_files_are_none(folder: Path, name: str) -> None:
    (folder / f"{name}.yaml").write_text("title: [not, a, translation]\n")
    assert name not in load_break(folder).languages


UNKNOWN = [
    ("  P4:\n", "  P9:\n", "predictions.P9", "'P9' is not among the texts at break.yaml:53", "P4"),
    ("  h3: Luego", "  h7: Luego", "hints.h7", "'h7'", "h3"),
    ("  twice:\n", "  twise:\n", "wrong_fixes.twise", "'twise'", "'twice'"),
    ("  flat:\n", "  flach:\n", "flach", "'flach'", "flat"),
    ("  step-size: El", "  step: El", "rivals.step", "'step'", "step-size"),
    (
        "    blind_ask: Pérdida sana",
        "    because: Pérdida sana",
        "predictions.P1.because",
        "no key here",
        "ask",
    ),
    ("title: ", "titel: ", "titel", "no key of a break", "'title'"),
    ("setup: Dos capas suman. Las tuyas no.", "setup: 12:30", "setup", "750", "quotes"),
    (
        "  clip:\n    says: Recorta el gradiente a norma 1.",
        "  clip: {says: [a]}",
        "controls.clip.says",
        "text",
        "line",
    ),
    ("why: La identidad", "why: |\n  La\x1b identidad", "", "control character", "Delete"),
    ("level:\n  says: ln 5", "level: {at: 3}", "level.at", "no key here", "says"),
]


@pytest.mark.parametrize(("old", "new", "key", "what", "remedy"), UNKNOWN, ids=lambda v: v[:12].strip())
def test_a_mistake_names_both_files(
    folder: Path, old: str, new: str, key: str, what: str, remedy: str
) -> None:
    assert old in SPANISH
    text = SPANISH.replace(old, new, 1)
    (folder / "es.yaml").write_text(text, encoding="utf-8")
    found = problems(folder)
    (hit,) = [p for p in found if p.key.endswith(key) and what in p.what]
    assert remedy in hit.remedy
    path, _, line = hit.where.rpartition(":")
    assert Path(path) == folder / "es.yaml"
    if key:
        assert key.rpartition(".")[2] in text.splitlines()[int(line) - 1]


def test_mistakes_in_both_files_are_told_at_once(folder: Path) -> None:
    text = (folder / "break.yaml").read_text()
    (folder / "break.yaml").write_text(text.replace("budget: 45", "budget: many").replace("hit: 3", "hit: 0"))
    (folder / "es.yaml").write_text(SPANISH.replace("  h3: ", "  h9: ").replace("title:", "titel:"))
    (folder / "fr.yaml").write_text("predictions: {P7: {ask: Quoi}}\n")
    (folder / "proof.json").write_text("{")
    found = {(Path(p.where.rpartition(":")[0]).name, p.key) for p in problems(folder)}
    assert found == {
        ("break.yaml", "budget"),
        ("break.yaml", "predictions.0.hit"),
        ("es.yaml", "hints.h9"),
        ("es.yaml", "titel"),
        ("es.yaml", "blind_titel") if ("es.yaml", "blind_titel") in found else ("es.yaml", "titel"),
        ("fr.yaml", "predictions.P7"),
        ("proof.json", ""),
    }


def test_a_translation_into_its_own_language_is_refused(folder: Path) -> None:
    (folder / "en.yaml").write_text("title: The same\n")
    (found,) = problems(folder)
    assert "the language it is written in, en" in found.what


@pytest.mark.parametrize("text", ["[" * 30_000, "x" * 2_000_000, "- a", ""])
def test_a_translation_that_means_harm_is_refused(folder: Path, text: str) -> None:
    (folder / "es.yaml").write_text(text)
    assert problems(folder)[0].where.startswith(str(folder / "es.yaml"))


def test_a_break_under_way_keeps_its_words_and_its_figures(folder: Path) -> None:
    before = load_break(folder)
    held = before.kept
    shutil.rmtree(folder)
    after = load_break(folder, data=held)
    assert after.title == before.title
    assert after.hints == before.hints
    assert repr(after.measured) == repr(before.measured)
    assert (after.hash, after.stale, after.kept) == (before.hash, False, held)


def test_the_schema_of_a_translation_has_every_place_of_a_text() -> None:
    properties = set(translation.json_schema()["properties"])
    from lynx.content.reading.texts import BREAK

    assert properties == {pattern.partition(".")[0] for pattern in BREAK} | {"made_from"}


def test_only_words_and_figures_are_left_out_of_the_hash(folder: Path) -> None:
    first = kept.gather(folder).others
    (folder / "fr.yaml").write_text("title: Oublier\n")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "experiment.pyc").write_text("x")
    assert kept.gather(folder).others == first
    (folder / "sub").mkdir()
    (folder / "sub" / "fr.yaml").write_text("data: 1\n")
    assert kept.gather(folder).others != first
