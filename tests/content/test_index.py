"""The index of cards is never stale, and never trusted further than the files that it was made from."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from lynx.content.catalog import Card, Root, data_dir
from lynx.content.reading import index
from lynx.content.reading.cards import cards as read
from lynx.store import private

SHIPPED = sorted(path.parent for path in data_dir("breaks").rglob("break.yaml"))[:3]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    """Three breaks, old enough for the index."""
    for folder in SHIPPED:
        shutil.copytree(folder, tmp_path / "pack" / folder.name)
    monkeypatch.setattr(index, "QUIET", 0)
    return Root("pack", tmp_path / "pack", "added")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"LYNX_HOME": str(tmp_path / "home")}


def without_reading(monkeypatch: pytest.MonkeyPatch, root: Root, environ: dict[str, str]) -> list[Card]:
    with monkeypatch.context() as patch:
        patch.setattr("lynx.content.reading.cards.card_of", lambda *_: pytest.fail("a card was made anew"))
        return index.cards([root], environ)


def test_an_index_says_what_the_files_say(root: Root, environ: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    assert index.cards([root], environ) == read([root])
    assert without_reading(monkeypatch, root, environ) == read([root])
    assert [type(card.title) for card in index.cards([root], environ)] == [type(c.title) for c in read([root])]


def change_spec(pack: Path) -> None:
    file = next(pack.rglob("break.yaml"))
    data = file.read_bytes()
    status = file.stat()
    file.write_bytes(data.replace(b"title: ", b"title: X", 1)[: len(data)])  # no longer than it was
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))  # and no newer


def replace_spec(pack: Path) -> None:
    file = next(pack.rglob("break.yaml"))
    new = file.with_name("new")
    new.write_bytes(file.read_bytes().replace(b"title: ", b"title: Y", 1))
    shutil.copystat(file, new)
    new.replace(file)


def rename(pack: Path) -> None:
    folder = next(pack.iterdir())
    folder.rename(pack / "zz-last")


def remove(pack: Path) -> None:
    shutil.rmtree(next(pack.iterdir()))


def add(pack: Path) -> None:
    shutil.copytree(next(pack.iterdir()), pack / "more" / "deep" / "aa-more")


def retranslate(pack: Path) -> None:
    for file in pack.rglob("es.yaml"):
        file.write_text(file.read_text().replace("title: ", "title: Z", 1))


def untranslate(pack: Path) -> None:
    next(pack.rglob("es.yaml")).unlink()


def translate(pack: Path) -> None:
    (next(pack.rglob("break.yaml")).parent / "fr.yaml").write_text("title: Un titre\n")


def unprove(pack: Path) -> None:
    next(pack.rglob("proof.json")).unlink()


def spoil(pack: Path) -> None:
    next(pack.rglob("break.yaml")).write_text("]")


def link(pack: Path) -> None:
    file = next(pack.rglob("break.yaml"))
    file.rename(pack.parent / "elsewhere.yaml")
    file.symlink_to(pack.parent / "elsewhere.yaml")


CHANGES = [
    change_spec, replace_spec, rename, remove, add, retranslate, untranslate, translate, unprove, spoil, link
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_it_is_never_stale(change, root: Root, environ: dict) -> None:  # type: ignore[no-untyped-def]
    before = index.cards([root], environ)
    change(root.folder)
    assert read([root]) != before or change is link
    for _ in range(2):
        assert index.cards([root], environ) == read([root])


def test_what_was_saved_a_moment_ago_is_not_written_down(root: Root, environ: dict, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(index, "QUIET", 10**12)
    index.cards([root], environ)
    assert private.read(private.place(environ, "cards", str(root.folder))) is None


def test_what_is_damaged_is_made_anew(root: Root, environ: dict) -> None:
    wanted = index.cards([root], environ)
    path = private.place(environ, "cards", str(root.folder))
    whole = path.read_bytes()
    line, _, data = whole.partition(b"\n")
    other = json.dumps({**json.loads(data), "cards": {"x": 3}}).encode()
    for held in (b"", whole[:-9], whole.replace(b"title", b"tilte", 1), line + b"\n[]", b"\n", other, b"\x00" * 9):
        path.write_bytes(held)
        assert index.cards([root], environ) == wanted
        assert private.read(path) is not None
    for value in ([], 3, None, {}, {"made by": index._maker(), "cards": [], "folders": {}, "breaks": 0}):
        private.keep(path, value)
        assert index.cards([root], environ) == wanted


def test_nothing_is_believed_that_others_may_have_written(root: Root, environ: dict, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    index.cards([root], environ)
    path = private.place(environ, "cards", str(root.folder))
    assert private.read(path) is not None
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    path.parent.chmod(0o777)
    assert private.read(path) is None
    path.parent.chmod(0o700)
    path.rename(path.with_name("x"))
    path.symlink_to("x")
    assert private.read(path) is None


def test_where_nothing_can_be_written_nothing_is_lost(root: Root, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert index.cards([root], {"LYNX_HOME": str(tmp_path / "file")}) == read([root])


def test_many_at_once_leave_a_whole_one(root: Root, environ: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = read([root])
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(index.cards([root], environ))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 8
    assert without_reading(monkeypatch, root, environ) == wanted
    assert not [path for path in (Path(environ["LYNX_HOME"]) / "cache/cards").iterdir() if path.suffix == ".tmp"]
