from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.errors import Refused
from lynx.view.language import choose_language, never, ngettext, number, seconds, text_of, use


@pytest.mark.parametrize(
    ("option", "environ", "expected"),
    [
        (None, {}, "en"),
        ("es", {"LYNX_LANG": "en", "LANG": "en_US.UTF-8"}, "es"),
        (None, {"LYNX_LANG": "es", "LC_ALL": "en_US.UTF-8"}, "es"),
        (None, {"LANG": "es_MX.UTF-8"}, "es"),
        (None, {"LC_MESSAGES": "es_ES@euro", "LANG": "en_US"}, "es"),
        (None, {"LC_ALL": "C.UTF-8", "LANG": "es_ES.UTF-8"}, "en"),  # the first one set decides
        (None, {"LC_ALL": "", "LANG": "es_ES"}, "es"),
        (None, {"LANG": "fr_FR.UTF-8"}, "en"),
        ("ES-es", {}, "es"),
    ],
)
def test_which_language(option: str | None, environ: dict[str, str], expected: str) -> None:
    assert choose_language(option, environ) == expected


@pytest.mark.parametrize(("option", "environ"), [("fr", {}), (None, {"LYNX_LANG": "klingon"})])
def test_a_language_asked_for_and_not_spoken_is_refused(option: str | None, environ: dict[str, str]) -> None:
    with pytest.raises(Refused, match="en, es"):
        choose_language(option, environ)


@pytest.mark.parametrize(
    ("value", "english", "spanish"),
    [
        (0.6, "0.6", "0,6"),
        (2.8349, "2.83", "2,83"),
        (0.0004, "4e-4", "4e-4"),
        (0.00412, "0.00412", "0,00412"),
        (9.04e-11, "9.04e-11", "9,04e-11"),
        (0.999999, "0.999999", "0,999999"),
        (1 - 9e-14, ">0.999999", ">0,999999"),
        (1.0, "1", "1"),
        (-1.5, "-1.5", "-1,5"),
        (0.0, "0", "0"),
        (12345.6, "12346", "12346"),
        (1.5e8, "1.5e8", "1,5e8"),
        (200, "200", "200"),
        (100.0, "100", "100"),
        (999.6, "1000", "1000"),
        (math.nan, "NaN", "NaN"),
        (math.inf, "∞", "∞"),
        (-math.inf, "-∞", "-∞"),
        (None, "–", "–"),
        ("yes", "yes", "sí"),
        ("falls", "falls", "falls"),
    ],
)
def test_numbers_as_the_language_writes_them(value: float | str | None, english: str, spanish: str) -> None:
    assert number(value) == english
    use("es")
    assert number(value) == spanish


@given(st.floats(min_value=1e-300, max_value=1e300), st.booleans())
def test_three_figures_say_the_value_to_half_a_percent(value: float, negative: bool) -> None:
    value = -value if negative else value
    shown = number(value).replace(">", "")
    assert float(shown) == pytest.approx(value, rel=5.1e-3)


def test_never_is_said_of_a_first_step_only() -> None:
    assert (never(math.inf, True), never(math.inf, False), never(37.0, True)) == ("never", "∞", "37")
    use("es")
    assert never(math.inf, True) == "nunca"


def test_durations() -> None:
    assert [seconds(v) for v in (0.42, 9.96, 12.4, 180)] == ["0.4 s", "10 s", "12 s", "3 min"]


def test_a_language_that_a_break_is_in_will_do() -> None:
    assert choose_language("fr", {}, lambda tag: tag == "fr") == "fr"
    assert choose_language("pt-br", {}, lambda tag: tag == "pt-BR") == "pt-BR"
    assert choose_language("fr_CA.UTF-8", {}, lambda tag: tag == "fr") == "fr"
    with pytest.raises(Refused, match="en, es"):
        choose_language("fr", {}, lambda tag: tag == "de")


def test_texts_fall_back_to_the_language_they_were_written_in() -> None:
    use("es")
    assert text_of({"en": "one", "es": "uno"}) == "uno"
    assert text_of({"de": "eins", "en": "one"}) == "eins"
    use("es-MX")
    assert text_of({"en": "one", "es": "uno"}) == "uno"
    assert text_of({"en": "one", "es": "uno", "es-MX": "unito"}) == "unito"
    assert text_of(None) == ""


def test_plurals_follow_the_language() -> None:
    use("es")
    assert ngettext("{n} seed", "{n} seeds", 1).format(n=1) == "1 semilla"
    assert ngettext("{n} seed", "{n} seeds", 3).format(n=3) == "3 semillas"
