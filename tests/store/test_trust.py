"""Trust: recorded by content, asked again on any change, kept outside every repository."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.store import trust


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    (folder / "data").mkdir(parents=True)
    (folder / "break.yaml").write_text("id: x\n")
    (folder / "experiment.py").write_text("print(1)\n")
    (folder / "data" / "a.csv").write_text("1,2\n")
    return folder


def test_trust_is_recorded_and_survives_a_restart(pack: Path, home: Path) -> None:
    assert not trust.is_trusted(pack, home)
    assert not home.exists()  # asking writes nothing
    assert trust.trust(pack, home) == trust.pack_hash(pack)
    code = (
        "import sys; from pathlib import Path; from lynx.store import trust\n"
        "print(trust.is_trusted(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    root = Path(trust.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, pack, home], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "True"
    assert trust.forget(pack, home)
    assert not trust.is_trusted(pack, home)
    assert not trust.forget(pack, home)


def _append(pack: Path) -> None:
    with (pack / "experiment.py").open("a") as file:
        file.write("#")


def _same_size(pack: Path) -> None:
    stat = (pack / "experiment.py").stat()
    (pack / "experiment.py").write_text("print(2)\n")
    os.utime(pack / "experiment.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _bytecode(pack: Path) -> None:
    (pack / "__pycache__").mkdir()
    (pack / "__pycache__" / "experiment.cpython-311.pyc").write_bytes(b"\0")


def _move_boundary(pack: Path) -> None:
    """The same bytes, cut into names and contents elsewhere."""
    (pack / "data" / "a.csv").rename(pack / "data" / "a.csv1")
    (pack / "data" / "a.csv1").write_text(",2\n")


CHANGES: list[Callable[[Path], object]] = [
    _append,
    _same_size,
    _bytecode,
    _move_boundary,
    lambda pack: (pack / "new.py").write_text(""),
    lambda pack: (pack / ".hidden").write_text(""),
    lambda pack: (pack / "data" / "a.csv").unlink(),
    lambda pack: (pack / "data" / "a.csv").rename(pack / "data" / "b.csv"),
    lambda pack: (pack / "data" / "a.csv").rename(pack / "a.csv"),
    lambda pack: (pack / "link").symlink_to("experiment.py"),
    lambda pack: (pack / "out").symlink_to("/etc/passwd"),
    lambda pack: os.mkfifo(pack / "fifo"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_asks_again(change: Callable[[Path], object], pack: Path, home: Path) -> None:
    trust.trust(pack, home)
    assert trust.is_trusted(pack, home)
    change(pack)
    assert not trust.is_trusted(pack, home)
    assert trust.was_trusted(pack, home)


def test_a_file_and_a_link_of_the_same_text_differ(pack: Path) -> None:
    (pack / "x").write_text("experiment.py")
    as_file = trust.pack_hash(pack)
    (pack / "x").unlink()
    (pack / "x").symlink_to("experiment.py")
    assert trust.pack_hash(pack) != as_file


def test_the_hash_does_not_depend_on_the_order_of_creation(pack: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    (again / "data").mkdir(parents=True)
    for name in ("data/a.csv", "experiment.py", "break.yaml"):
        (again / name).write_bytes((pack / name).read_bytes())
    assert trust.pack_hash(again) == trust.pack_hash(pack)


def test_trust_is_for_a_place_and_a_link_to_it_is_the_same_place(
    pack: Path, home: Path, tmp_path: Path
) -> None:
    trust.trust(pack, home)
    (tmp_path / "link").symlink_to(pack)
    assert trust.is_trusted(tmp_path / "link", home)
    (tmp_path / "pack").rename(tmp_path / "moved")
    assert not trust.is_trusted(tmp_path / "moved", home)
    assert not trust.is_trusted(pack, home)


def test_what_changed_while_it_was_shown_is_refused(pack: Path, home: Path) -> None:
    shown = trust.pack_hash(pack)
    _append(pack)
    with pytest.raises(Refused, match="changed while"):
        trust.trust(pack, home, shown=shown)
    assert not trust.is_trusted(pack, home)


@pytest.mark.parametrize("what", ["fifo", "link out", "link to a parent"])
def test_folders_that_hold_more_than_files_are_refused(what: str, pack: Path, home: Path) -> None:
    if what == "fifo":
        os.mkfifo(pack / "x")
    else:
        (pack / "x").symlink_to("/etc" if what == "link out" else "..")
    with pytest.raises(Refused) as caught:
        trust.trust(pack, home)
    assert caught.value.remedy


def test_names_that_are_no_utf8(pack: Path, home: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(pack) + b"/caf\xe9"))
    odd.mkdir()
    (odd / "break.yaml").write_text("")
    trust.trust(odd, home)
    assert trust.is_trusted(odd, home)
    trust.add_pack(odd, home)
    assert trust.packs(home) == (odd,)


def test_twenty_at_once_lose_nothing(tmp_path: Path, home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from lynx.store import trust\n"
        "trust.add_pack(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    root = Path(trust.__file__).parents[2]
    folders = [tmp_path / f"p{i}" for i in range(20)]
    running = [subprocess.Popen([sys.executable, "-c", code, f, home], cwd=root) for f in folders]
    assert [process.wait() for process in running] == [0] * 20
    assert set(trust.packs(home)) == set(folders)


def test_a_newer_record_is_refused_with_a_word_on_upgrading(pack: Path, home: Path) -> None:
    trust.trust(pack, home)
    with sqlite3.connect(home / "trust.db") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(Refused, match="Upgrade"):
        trust.is_trusted(pack, home)


def test_a_damaged_record_is_refused_with_a_remedy(pack: Path, home: Path) -> None:
    home.mkdir()
    (home / "trust.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(Refused, match="Move it away"):
        trust.is_trusted(pack, home)


def test_a_place_that_cannot_be_written_is_refused(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be used"):
        trust.trust(pack, tmp_path / "file" / "home")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LYNX_HOME": "/a", "XDG_DATA_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"XDG_DATA_HOME": "/b", "HOME": "/c"}, "/b/lynx"),
        ({"XDG_DATA_HOME": "relative", "HOME": "/c"}, "/c/.local/share/lynx"),
        ({"XDG_DATA_HOME": "", "HOME": "/c"}, "/c/.local/share/lynx"),
        ({"LYNX_HOME": "", "HOME": "/c"}, "/c/.local/share/lynx"),
    ],
)
def test_where_the_record_lies(environ: dict[str, str], expected: str) -> None:
    assert trust.user_home(environ) == Path(expected)
