"""Where breaks come from, and which of them may run."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lynx.content import catalog, packs
from lynx.errors import Refused
from lynx.store import trust

GOOD = Path(__file__).parent / "data" / "forget-the-skip"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def pack(folder: Path) -> Path:
    shutil.copytree(GOOD, folder / "90-x")
    return folder


def test_lynxs_own_breaks_are_always_there(home: Path) -> None:
    (root,) = packs.roots(None, home=home)
    assert (root.pack, root.folder, root.kind) == ("lynx", catalog.data_dir("breaks"), "own")
    assert not home.exists()  # looking writes nothing


def test_named_own_repository_and_added_in_this_order(tmp_path: Path, home: Path) -> None:
    named, added = pack(tmp_path / "Named Pack"), pack(tmp_path / "added")
    pack(tmp_path / "work" / "breaks")
    packs.add(added, home=home)
    found = packs.roots(tmp_path / "work", [named], home=home)
    assert [(root.pack, root.kind) for root in found] == [
        ("named-pack", "named"),
        ("lynx", "own"),
        ("repository", "repository"),
        ("added", "added"),
    ]


def test_pack_names_are_unique(tmp_path: Path, home: Path) -> None:
    for place in ("a", "b"):
        packs.add(pack(tmp_path / place / "course"), home=home)
    packs.add(pack(tmp_path / "lynx"), home=home)
    assert [root.pack for root in packs.roots(None, home=home)] == ["lynx", "course", "course-2", "lynx-2"]


def test_a_clone_of_lynx_as_workspace_counts_once(home: Path) -> None:
    assert [root.kind for root in packs.roots(catalog.data_root(), home=home)] == ["own"]


def test_adding_persists_and_is_undone(tmp_path: Path, home: Path) -> None:
    folder = pack(tmp_path / "p")
    assert packs.add(folder, home=home) == folder
    packs.add(folder, home=home)
    assert trust.packs(home) == (folder,)
    packs.remove(folder, home=home)
    assert trust.packs(home) == ()
    with pytest.raises(Refused, match="not among the added packs"):
        packs.remove(folder, home=home)


def test_an_added_pack_that_is_gone_is_passed_over_and_can_be_removed(tmp_path: Path, home: Path) -> None:
    packs.add(pack(tmp_path / "p"), home=home)
    shutil.rmtree(tmp_path / "p")
    assert [root.kind for root in packs.roots(None, home=home)] == ["own"]
    packs.remove(tmp_path / "p", home=home)


@pytest.mark.parametrize("what", ["missing", "file", "empty"])
def test_what_is_no_pack_is_refused(what: str, tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "p"
    if what == "file":
        folder.write_text("")
    if what == "empty":
        folder.mkdir()
    with pytest.raises(Refused) as caught:
        packs.add(folder, home=home)
    assert caught.value.remedy
    if what != "empty":
        with pytest.raises(Refused, match="no folder"):
            packs.roots(None, [folder], home=home)


def test_what_ships_may_run_and_what_comes_from_elsewhere_asks(tmp_path: Path, home: Path) -> None:
    shipped = next(catalog.folders(catalog.data_dir("breaks")))
    packs.require_trust(shipped, "00", home=home)
    folder = pack(tmp_path / "work" / "breaks") / "90-x"
    assert not packs.may_run(folder, home=home)
    with pytest.raises(Refused, match=r"comes from elsewhere.*lynx trust repository:90"):
        packs.require_trust(folder, "repository:90", home=home)
    trust.trust(folder, home)
    packs.require_trust(folder, "repository:90", home=home)


def test_a_changed_break_asks_again_and_says_so(tmp_path: Path, home: Path) -> None:
    folder = pack(tmp_path / "p") / "90-x"
    trust.trust(folder, home)
    (folder / "experiment.py").write_text("import os")
    with pytest.raises(Refused, match="has changed since you trusted it"):
        packs.require_trust(folder, "90", home=home)


def test_a_link_into_lynxs_own_breaks_does_not_make_a_folder_own(tmp_path: Path, home: Path) -> None:
    folder = pack(tmp_path / "p") / "90-x"
    (folder / "shipped").symlink_to(catalog.data_dir("breaks"))
    assert not packs.may_run(folder, home=home)
    # The other way round it is the shipped folder itself that runs.
    (tmp_path / "link").symlink_to(next(catalog.folders(catalog.data_dir("breaks"))))
    assert packs.may_run(tmp_path / "link", home=home)


def test_a_pack_added_for_one_repository_is_in_no_other(tmp_path: Path, home: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    pack(tmp_path / "pack")
    packs.add(tmp_path / "pack", home=home, top=mine)
    assert tmp_path / "pack" in [root.folder for root in packs.roots(mine, home=home)]
    assert tmp_path / "pack" not in [root.folder for root in packs.roots(theirs, home=home)]
    assert trust.packs(home) == ()
    with pytest.raises(Refused):
        packs.remove(tmp_path / "pack", home=home, top=theirs)
    packs.remove(tmp_path / "pack", home=home, top=mine)
    assert trust.packs(home, mine) == ()


def test_packs_of_the_first_format_are_everywhere_still(tmp_path: Path, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    pack(tmp_path / "pack")
    with closing(sqlite3.connect(home / "trust.db")) as db:
        db.executescript(
            """CREATE TABLE trusted (path TEXT PRIMARY KEY, hash TEXT NOT NULL, time REAL NOT NULL);
            CREATE TABLE packs (path TEXT PRIMARY KEY, time REAL NOT NULL);
            PRAGMA user_version = 1;"""
        )
        db.execute("INSERT INTO packs VALUES (?, 1.0)", (os.fsencode(tmp_path / "pack").hex(),))
        db.commit()
    assert trust.packs(home) == (tmp_path / "pack",)
    assert trust.packs(home, tmp_path / "any") == (tmp_path / "pack",)
    packs.remove(tmp_path / "pack", home=home)
    assert trust.packs(home) == ()
