"""Spanish by ear: one word for one thing, and none of the words that were once wrong. Catalogue, breaks, phases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lynx.view.locale import messages

HOUSE = Path(__file__).parents[2]
PO = Path(messages.__file__).parent / "es/LC_MESSAGES/lynx.po"
TEXTS = [PO, *sorted((HOUSE / "breaks").rglob("es.yaml")), *sorted((HOUSE / "phases").rglob("*es.yaml"))]
TEXTS += sorted((HOUSE / "phases").rglob("*.es.md"))


WRONG = {
    r"\broturas?\b|\baver[ií]as?\b": "break",
    r"\bficheros?\b": "archivo",
    r"\bordenador(es)?\b|\bcomputadora?s?\b": "máquina",
    r"\bresiduos?\b": "conexión residual",
    r"\b[cC]on residuales\b|\b[sS]in residuales\b": "conexiones residuales",
    r"[dD]emostrando el error|antes de ponerlo": "comprobar, introducir",
    r"pasó por alto": "¿Qué no tuvo en cuenta esa idea?",
    r"correcto \S+ de \S+ veces|nunca dicho": "acertaste 1 de 1, no lo dijiste nunca",
    r"[sS]e basta sola": "No necesita nada más",
    r"\bBloquea tus|[pP]redicciones bloqueadas": "fija, fijadas",
    r"\ben marcha\b": "en curso",
    r"\bcommitear|\bparsear|\bloguear|\bsetear|\bcachear|\brankear|\bdropear": "an English verb in Spanish clothes",
    r"\bonline\b|\bperformance\b|\bdashboard\b|\bscore\b|\btraining\b": "a Spanish word",
}
CODE = re.compile(
    r"`[^`]*`|\{[^}]*\}|'[^' ]*'|\"[^\" ]*\"|\b[\w-]*[_/.=][\w./=-]*\b|\b\w+-[\w-]+\b"
    r"|^#.*$|^msgid[\s\S]*?(?=^msgstr)",
    re.M,
)


def spoken(path: Path) -> str:
    """The Spanish of a file, without code and without the English it translates."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^made_from:[\s\S]*", "", text)
    return CODE.sub(" ", text)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_none_of_the_words_that_were_wrong(path: Path) -> None:
    found = {
        match[0]: right for wrong, right in WRONG.items() for match in re.finditer(wrong, spoken(path))
    }
    assert not found


def test_the_articles_of_a_break_are_masculine() -> None:
    said = spoken(PO)
    assert len(re.findall(r"\bbreaks?\b", said)) > 60
    assert not re.findall(r"\b(?:la|las|una|esta|otra|ninguna|toda|todas|nueva) breaks?\b", said)
    assert not re.findall(r"\bbreaks? \w+ (?:hecha|escrita|demostrada|puesta)s?\b", said)
