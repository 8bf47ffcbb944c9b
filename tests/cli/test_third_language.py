"""A language that nobody has written code for: a handful of messages, one break's texts, numbers, answers."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from lynx.content.catalog import data_dir
from lynx.content.reading.breaks import load_break
from lynx.loop import answers, spoken
from lynx.mentor.preview import preview
from lynx.truth.claims import Kind, Option, Prediction
from lynx.truth.measures import Measure
from lynx.view import language, results
from lynx.view.language import choose_language, languages, number, use
from lynx.view.locale import update
from lynx.view.terminal import Terminal
from tests.conftest import Lynx

MESSAGES = {
    "Next:": "Ensuite :",
    "0.5": "0,5",
    "y yes": "o oui",
    "n no": "n non",
    "never": "jamais",
    "Hint {n} of {of}": "Indice {n} sur {of}",
    ("{n} seed", "{n} seeds"): ("{n} graine", "{n} graines"),
}
FRENCH = """\
title: Oublier la connexion résiduelle
predictions:
  P1: {ask: "Le premier gradient, avec la ligne"}
hints:
  h1: Mesurez d'abord le gradient.
"""


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A compiled catalogue with a handful of messages, and a break with a handful of texts."""
    catalog = Catalog(locale="fr")
    for one, said in MESSAGES.items():
        catalog.add(one, string=said)
    folder = tmp_path / "locale" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "lynx.mo").write_bytes(update.mo_bytes(update.po_bytes(catalog)))
    words = tmp_path / "spoken.json"
    words.write_text(json.dumps(update.spoken_words([catalog])))
    monkeypatch.setattr(language, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(spoken, "FILE", words)
    spoken.spoken.cache_clear()
    copy = Path(shutil.copytree(next((data_dir("breaks") / "10").glob("03-*")), tmp_path / "03-gradient"))
    (copy / "fr.yaml").write_text(FRENCH, encoding="utf-8")
    yield copy
    spoken.spoken.cache_clear()
    use("en")


def test_the_screens_speak_it_as_far_as_it_goes(french: Path) -> None:
    assert languages() == ("en", "fr")
    assert choose_language(None, {"LANG": "fr_BE.UTF-8"}) == "fr"
    use("fr")
    assert (number(0.25), number(2.5e-7), number("yes")) == ("0,25", "2,5e-7", "yes")
    assert language.ngettext("{n} seed", "{n} seeds", 3).format(n=3) == "3 graines"
    drawn = []
    for screen in preview(load_break(french)):
        out = io.StringIO()
        terminal = Terminal(out, io.StringIO(), io.StringIO(), {"COLUMNS": "100"}, "fr", json=False)
        terminal.show(results.render(screen.result, terminal.look))
        drawn.append(out.getvalue())
    said = " ".join("\n".join(drawn).split())
    for words in (
        "Oublier la connexion résiduelle",  # from the break's translation
        "Le premier gradient, avec la ligne",
        "Mesurez d'abord le gradient.",
        "Ensuite :",  # from the catalogue
        "the cause",  # what neither has is told in the language it was written in
    ):
        assert words in said, words


def test_the_notes_may_be_answered_in_it(french: Path) -> None:
    yesno = Prediction("P1", Kind.YESNO, Measure("loss"), options=(Option("yes", None), Option("no", None)))  # type: ignore[arg-type]
    assert [answers.parse_value(yesno, word) for word in ("oui", "Non", "yes", "sí")] == [
        "yes",
        "no",
        "yes",
        None,
    ]
    assert answers.parse_number("jamais") == float("inf")


def test_a_break_in_a_language_without_a_catalogue_is_played_in_it(lynx: Lynx, tmp_path: Path) -> None:
    """The command line as it is: `--lang fr` is taken because a break at hand is in French."""
    top = tmp_path / "work"
    assert lynx("list", "--lang", "fr").code == 2  # nothing at hand is
    assert lynx("init", "work", "--learner", "ada").code == 0
    folder = top / "breaks" / "10" / "70-gradient"
    shutil.copytree(next((data_dir("breaks") / "10").glob("03-*")), folder)
    text = (
        (folder / "break.yaml")
        .read_text()
        .replace('id: "03"', 'id: "70"')
        .replace("slug: gradient", "slug: le-gradient")
    )
    (folder / "break.yaml").write_text(text)
    (folder / "fr.yaml").write_text(FRENCH, encoding="utf-8")
    listed = lynx("list", "--lang", "fr", "--json", cwd=top).json["breaks"]
    assert {line["id"]: line["title"] for line in listed}["70"] == "Oublier la connexion résiduelle"
    assert {line["id"]: line["title"] for line in listed}["00"].startswith("Remove the residual")
    refused = lynx("list", "--lang", "tlh", cwd=top)
    assert refused.code == 2
    assert "en, es" in refused.err + refused.out
