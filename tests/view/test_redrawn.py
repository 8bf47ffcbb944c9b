"""The line of a check or a scan: redrawn, or said once a stage and once a minute."""

from __future__ import annotations

import pytest

from lynx.view import redrawn
from lynx.view.redrawn import Redrawn


def said(terminal, monkeypatch: pytest.MonkeyPatch, **how: object) -> str:  # type: ignore[no-untyped-def]
    """What stands in standard error after lines of two stages over two minutes."""
    now = [0.0]
    monkeypatch.setattr(redrawn.time, "monotonic", lambda: now[0])
    outside = terminal(**how)
    with Redrawn(outside) as line:
        for seconds, stage in ((1, "oracle"), (2, "training"), (50, "training"), (63, "training"), (70, "training")):
            now[0] = seconds
            line.show(f"{stage} at {seconds}", stage)
    return str(outside.stderr.getvalue())


def test_a_log_gets_each_stage_once_and_a_line_a_minute(terminal, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    assert said(terminal, monkeypatch).splitlines() == ["oracle at 1", "training at 2", "training at 63"]


def test_a_terminal_gets_one_line_which_is_wiped_away(terminal, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    text = said(terminal, monkeypatch, tty=True)
    assert "\n" not in text
    assert text.count("\x1b[2K") == 6
    assert text.endswith("\r\x1b[2K")


def test_a_program_gets_none(terminal, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    assert said(terminal, monkeypatch, json=True) == ""
