"""`lynx mentor translate`: begun, filled in, stale, mended; what is there is never lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lynx.content.reading.breaks import load_break
from lynx.content.spec import BadSpec
from lynx.errors import Refused
from lynx.mentor.translate import Translating, translate
from lynx.store import trust

DATA = Path(__file__).parent / "data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "50-scaling"
    folder.mkdir()
    for name in ("break.yaml", "experiment.py"):
        shutil.copy(DATA / name, folder)
    return folder


@pytest.fixture
def bring(folder: Path, tmp_path: Path) -> Callable[..., Translating]:
    def call(language: str = "fr", **more: bool) -> Translating:
        return translate(folder, language, {"LYNX_HOME": str(tmp_path / "home")}, **more)

    return call


def test_a_file_is_begun_with_every_text_to_translate(
    folder: Path, bring: Callable[..., Translating]
) -> None:
    begun = bring()
    assert (begun.of, len(begun.missing), begun.stale, begun.wrote) == (18, 18, (), True)
    text = (folder / "fr.yaml").read_text(encoding="utf-8")
    assert "# Forget to centre the columns\ntitle:\n" in text
    assert "  P1:\n    # The last loss with the bug as a fraction of the first\n    ask:\n" in text
    assert text.endswith("\nmade_from: {}\n")
    b = load_break(folder)  # an empty file of texts is a sound one
    assert b.title == {"en": "Forget to centre the columns"}
    again = bring()
    assert (again.wrote, (folder / "fr.yaml").read_text(encoding="utf-8")) == (False, text)


def test_what_is_filled_in_stays_and_is_remembered(folder: Path, bring: Callable[..., Translating]) -> None:
    bring()
    path = folder / "fr.yaml"
    text = path.read_text(encoding="utf-8").replace("\ntitle:\n", "\ntitle: Oublier de centrer\n")
    path.write_text(text.replace("    ask:\n", "    ask: 'La perte : « non » #1'\n", 1), encoding="utf-8")
    done = bring()
    assert len(done.missing) == 16
    after = path.read_text(encoding="utf-8")
    assert "# Forget to centre" not in after
    assert after.count("made_from") == 1
    b = load_break(folder)
    assert (b.title["fr"], b.asks["P1"]["fr"]) == ("Oublier de centrer", "La perte : « non » #1")
    assert set(b.translated["fr"].made_from) == {"title", "predictions.P1.ask"}


def test_a_text_that_changed_makes_its_translation_stale_until_it_is_mended(
    folder: Path, bring: Callable[..., Translating]
) -> None:
    path = folder / "fr.yaml"
    path.write_text("title: Oublier de centrer\nwhy: Parce que.\n", encoding="utf-8")
    bring()
    spec = (folder / "break.yaml").read_text(encoding="utf-8")
    (folder / "break.yaml").write_text(spec.replace("Forget to centre", "Never centre"), encoding="utf-8")
    for _ in range(2):  # looking at it does not make it fresh
        (stale,) = bring().stale
        assert (stale.key, stale.source, stale.text) == (
            "title",
            "Never centre the columns",
            "Oublier de centrer",
        )
        line = int(stale.where.rpartition(":")[2])
        assert path.read_text(encoding="utf-8").splitlines()[line - 2 : line] == [
            "# stale: Never centre the columns",
            "title: Oublier de centrer",
        ]
    path.write_text(path.read_text(encoding="utf-8").replace("Oublier de", "Ne jamais"), encoding="utf-8")
    assert bring(renewed=True).stale == ()
    assert bring().stale == ()
    assert "stale" not in path.read_text(encoding="utf-8")
    assert load_break(folder).title["fr"] == "Ne jamais centrer"


def test_a_reflowed_text_is_the_same_text(folder: Path, bring: Callable[..., Translating]) -> None:
    (folder / "fr.yaml").write_text("why: Parce que.\n")
    bring()
    spec = (folder / "break.yaml").read_text(encoding="utf-8")
    why = "why: Centring makes one step fit all columns."
    assert why in spec
    reflowed = "why: >-\n  Centring makes one step\n  fit all columns."
    (folder / "break.yaml").write_text(spec.replace(why, reflowed), encoding="utf-8")
    assert bring().stale == ()


@pytest.mark.parametrize("language", ["en", "EN", "english", "e", "../x", "fr_FR", ""])
def test_what_is_no_other_language_is_refused(
    language: str, folder: Path, bring: Callable[..., Translating]
) -> None:
    with pytest.raises(Refused):
        bring(language)
    assert sorted(path.name for path in folder.iterdir()) == ["break.yaml", "experiment.py"]


def test_a_name_that_is_not_there_is_said_and_nothing_is_lost(
    folder: Path, bring: Callable[..., Translating]
) -> None:
    text = "predictions: {P9: {ask: Quoi}}\n"
    (folder / "fr.yaml").write_text(text)
    with pytest.raises(BadSpec, match="P9"):
        bring()
    assert (folder / "fr.yaml").read_text() == text


def test_a_trusted_break_stays_trusted(
    folder: Path, bring: Callable[..., Translating], tmp_path: Path
) -> None:
    bring()
    assert not trust.is_trusted(folder, tmp_path / "home")
    trust.trust(folder, tmp_path / "home")
    bring("de")
    assert trust.is_trusted(folder, tmp_path / "home")
