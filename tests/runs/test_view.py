"""Private views are swept away without touching anything beside them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from lynx.runs.child import view


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_many_sweep_one_room_and_what_holds_it_keeps_its_mode(tmp_path: Path) -> None:
    base = tmp_path / "tmp"
    base.mkdir()
    base.chmod(0o755)
    for _ in range(30):
        room = base / "room"
        for n in range(20):
            (room / f"{n}").mkdir(parents=True)
            (room / f"{n}" / "file").touch()
        sweepers = [threading.Thread(target=view.sweep, args=(room,)) for _ in range(4)]
        for one in sweepers:
            one.start()
        for one in sweepers:
            one.join()
        assert not room.exists()
        assert mode(base) == 0o755


def test_what_a_link_or_a_second_name_leads_to_keeps_its_mode(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    outside.chmod(0o755)
    (outside / "file").chmod(0o640)
    room = tmp_path / "room"
    (room / "locked").mkdir(parents=True)
    (room / "locked/folder").symlink_to(outside)
    (room / "locked/link").symlink_to(outside / "file")
    os.link(outside / "file", room / "locked/name")
    (room / "locked").chmod(0o000)  # a plain user cannot remove what is in it at first
    view.sweep(room)
    assert not room.exists()
    assert (mode(outside), mode(outside / "file")) == (0o755, 0o640)
