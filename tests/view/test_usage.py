"""Every form in which the command-line library words a mistake, through the real parser, in both languages."""

from __future__ import annotations

import pytest

from lynx.view.language import use
from lynx.view.usage import FORMS, usage_text
from tests.conftest import Lynx

MISTAKES = {
    "run --foo": "No existe la opción --foo.",
    "show --layr 3": "No existe la opción --layr. ¿Querías decir --lang, --layer, --learner?",
    "rnu": "No existe el comando «rnu». ¿Querías decir run?",
    "zzzzzz": "No existe el comando «zzzzzz».",
    "read": "Falta PHASE/NN.",
    "hint a b": "Aquí no se espera nada así: a b",
    "hint a": "Aquí no se espera nada así: a",
    "run --json=1": "--json no lleva valor.",
    "run --seeds": "--seeds necesita un valor.",
    "run --seeds 0": "--seeds: 0 está fuera del intervalo 1<=x<=100.",
    "run --seeds x": "--seeds: «x» no es un número.",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistyped_command_is_told_in_the_language(lynx: Lynx, line: str) -> None:
    said = lynx(*line.split(), LYNX_LANG="es")
    assert said.code == 2
    assert " ".join(said.err.split()).startswith(MISTAKES[line])
    assert lynx(*line.split()).err != said.err


def test_a_form_that_is_not_known_is_shown_as_it_came() -> None:
    assert usage_text("Something new {x}.") == "Something new {x}."


def test_braces_in_what_was_typed_are_text() -> None:
    use("en")
    assert usage_text("No such option: --{0}") == "There is no option --{0}."


def test_forms_name_the_fields_of_their_pattern() -> None:
    import re
    import string

    for pattern, words in FORMS:
        fields = {name for _, name, _, _ in string.Formatter().parse(words) if name}
        assert fields <= set(re.compile(pattern).groupindex), words


def test_the_language_is_taken_wherever_it_stands(lynx: Lynx) -> None:
    for line in ("--lang es list", "list --lang es", "list --lang=es"):
        assert lynx(*line.split()).out == lynx("list", LYNX_LANG="es").out
    for line in ("mentor --lang es", "mentor --help --lang es"):
        said = lynx(*line.split())
        assert "Uso: lynx mentor" in said.out + said.err or "Falta un comando" in said.err


def test_help_is_framed_in_the_language(lynx: Lynx) -> None:
    told = lynx("read", "--help", LYNX_LANG="es").out
    for words in ("Uso: lynx read", "Argumentos", "[obligatorio]", "Opciones", "Muestra este mensaje"):
        assert words in told
    for words in ("Usage", "Options ", "Show this"):
        assert words not in told
    assert "Usage: lynx read" in lynx("read", "--help").out


def test_options_before_the_command_count(lynx: Lynx) -> None:
    made = lynx("init", "work", "--learner", "ada")
    assert made.code == 0
    assert lynx("--repo", "work", "status").out == lynx("status", "--repo", "work").out
    assert lynx("--json", "--repo", "work", "list").json["breaks"]
