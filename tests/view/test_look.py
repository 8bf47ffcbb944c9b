from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.view.look import Look


@given(st.text())
def test_nothing_that_controls_a_terminal_survives(text: str) -> None:
    shown = Look().plain(text)
    assert all(unicodedata.category(char) not in ("Cc", "Cs") or char == "\n" for char in shown)
    shown.encode("utf-8")


@given(st.text(), st.sampled_from(["ascii", "latin-1", "cp437"]))
def test_what_the_encoding_lacks_is_put_in_what_it_has(text: str, encoding: str) -> None:
    Look(encoding=encoding).plain(text).encode(encoding)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]8;;http://x\x07link", "\\x1b]8;;http://x\\x07link"),
        ("a\rb", "a\\x0db"),
        ("one\r\ntwo", "one\ntwo"),
        ("\u202eevil", "\\u202eevil"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), "caf\\xe9"),
        ("[bold]not markup[/bold] :smile:", "[bold]not markup[/bold] :smile:"),
    ],
)
def test_hostile_text_is_spelt_out(text: str, shown: str) -> None:
    assert Look().text(text).plain == shown


def test_ascii_keeps_the_sense() -> None:
    look = Look(encoding="ascii")
    assert look.plain("“Pérdida” ≥ 3 · año … ∞") == '"Perdida" >= 3 - ano ... inf'
    assert Look(encoding="latin-1").plain("Pérdida…") == "Pérdida..."
