"""Lines are drawn without Rich, and come out as Rich draws them, to the character."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich._unicode_data import VERSIONS
from rich.cells import get_character_cell_size
from rich.console import Group
from rich.text import Text

from lynx.view import layout, lines
from lynx.view.terminal import Terminal

WORDS = st.sampled_from(
    ["a", "the", "residual", "·", "—", "año", "super" * 9, "x" * 130, "∂L", "日本語", "👍", "e\u0301", "", "≤ 3"]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)
STYLES = st.sampled_from(["", "bold", "dim", "green", "bold red"])


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


TERMINALS = st.builds(
    lambda width, stream, environ: Terminal(stream, stream, stream, {"COLUMNS": str(width), **environ}),
    st.sampled_from([41, 57, 81, 100, 131]),
    st.sampled_from([Screen(), io.StringIO()]),
    st.sampled_from([{"TERM": "xterm"}, {"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}]),
)


@given(TERMINALS, TEXTS, st.sampled_from([0, 2, 5]))
def test_code_is_folded_and_never_cut(terminal: Terminal, text: str, indent: int) -> None:
    drawn = terminal.drawn(layout.code(" " * indent + text, terminal.look))
    assert "".join(re.sub("\x1b[^m]*m", "", drawn).split()) == "".join(text.split())


@given(TERMINALS, st.lists(st.tuples(TEXTS, STYLES), min_size=1, max_size=4))
def test_a_row_is_drawn_as_rich_does(terminal: Terminal, cells: list[tuple[str, str]]) -> None:
    line = Text(" " * 2, overflow="fold")
    for i, (text, style) in enumerate(cells):
        line.append("  " if i else "")
        line.append_text(Text(text, style=style))
    assert terminal.drawn(layout.row(cells, terminal.look, indent=2)) == terminal.drawn(line)


@given(TERMINALS, st.lists(st.tuples(WORDS, TEXTS, WORDS), min_size=1, max_size=3), st.tuples(STYLES, STYLES, STYLES))
def test_a_table_is_drawn_as_rich_does(
    terminal: Terminal, rows: list[tuple[str, str, str]], styles: tuple[str, str, str]
) -> None:
    columns = [layout.Column(), layout.Column(wraps=True), layout.Column(right=True)]
    cells = [list(zip(row, styles, strict=True)) for row in rows]
    look = terminal.look
    fixed = sum(2 + max(len(row[i]) for row in rows) for i in (0, 2))
    room = look.prose - fixed - 3
    if room < min(max(len(row[1]) for row in rows), 20):
        return  # stacked
    drawn = terminal.drawn(layout.table(columns, cells, look))
    assert drawn == terminal.drawn(layout._squeezed(columns, cells, room, 1))


@given(TERMINALS, TEXTS, STYLES)
def test_rich_draws_lines_as_they_are(terminal: Terminal, text: str, style: str) -> None:
    alone = layout.stack(layout.headline(text, "exit 2", terminal.look, style), layout.blank())
    assert isinstance(alone, lines.Lines)
    assert terminal.drawn(Group(alone)) == terminal.drawn(alone)


def test_what_counts_as_one_column_is_one_for_rich() -> None:
    narrow = [c for c in map(chr, range(0x20, 0x11000)) if c != "\x7f" and lines._single(c)]
    assert len(narrow) > 800
    for version in ("auto", *VERSIONS):
        assert {get_character_cell_size(c, version) for c in narrow} == {1}


@pytest.mark.parametrize("text", ["plain words", "año · 3 — ≤"])
def test_lines_need_no_rich(text: str) -> None:
    code = (
        "import sys; from lynx.view import layout; from lynx.view.look import Look; look = Look(60)\n"
        f"layout.stack(layout.headline({text!r}, 'x', look), layout.paragraph({text!r} * 30, look)).drawn("
        "styled=True, colour=True); print('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
