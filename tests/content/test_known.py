"""A break is read once: what is kept of it is the same break, and anything that differs has it read again."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lynx.content.catalog import data_dir
from lynx.content.exams import exam_ids
from lynx.content.phases import phase_ids
from lynx.content.reading import known
from lynx.content.reading.breaks import load_break
from lynx.content.reading.exams import load_exam
from lynx.content.reading.phases import load_phase
from lynx.content.spec import BadSpec, Break

GOOD = Path(__file__).parent / "data" / "forget-the-skip"
SHIPPED = sorted(path.parent for path in data_dir("breaks").glob("*/*/break.yaml"))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were read in full."""
    found: list[Path] = []
    real = known._read
    monkeypatch.setattr(known, "_read", lambda folder, *more: (found.append(folder), real(folder, *more))[1])
    return found


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"LYNX_HOME": str(tmp_path / "home")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "break"))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_every_shipped_break_comes_back_as_it_was(
    folder: Path, environ: dict[str, str], reads: list[Path]
) -> None:
    plain = load_break(folder)
    for data in (None, plain.kept):
        known.read_break(folder, environ, data=data)
        reads.clear()
        again = known.read_break(folder, environ, data=data)
        assert (reads, repr(again)) == ([], repr(plain))  # NaN is equal to nothing, and reads the same


PAGES = [
    *(pytest.param(known.read_phase, load_phase, id_, id=f"phase {id_}") for id_ in phase_ids()),
    *(pytest.param(known.read_exam, load_exam, id_, id=f"exam {id_}") for id_ in exam_ids()),
]


@pytest.mark.parametrize(("read", "plainly", "id_"), PAGES)
def test_every_phase_and_every_exam_comes_back_as_it_was(
    read: Any, plainly: Any, id_: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = repr(plainly(id_))
    assert repr(read(id_, environ)) == plain
    monkeypatch.setattr("lynx.content.reading.whole.parse", lambda *_: pytest.fail("read again"))
    assert repr(read(id_, environ)) == plain
    monkeypatch.undo()
    # what is found there and is no phase, or none that is whole, is read anew
    for held in (b"0", b"[]", json.dumps([type(plainly(id_)).__name__, 1]).encode()):
        for path in (tmp_cache(environ)).glob("*.json"):
            path.write_bytes(hashlib.sha256(held).hexdigest().encode() + b"\n" + held)
        assert repr(read(id_, environ)) == plain


def test_a_phase_that_changes_is_read_again(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(data_dir("phases") / "07", tmp_path / "07"))
    monkeypatch.setattr(known.phases, "folder_of", lambda _id: folder)
    before = known.read_phase("07", environ)
    for name in ("phase.yaml", "es.yaml"):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        title = before.title["es" if name == "es.yaml" else "en"]
        assert title in text
        path.write_text(text.replace(title, title[::-1], 1), encoding="utf-8")
        after = known.read_phase("07", environ)
        assert after.title != before.title
        before = after


def tmp_cache(environ: dict[str, str]) -> Path:
    return Path(environ["LYNX_HOME"]) / "cache" / known.PAGES


def edit(folder: Path) -> None:
    path = folder / "break.yaml"
    path.write_text(path.read_text() + "\n# one more line\n")


@pytest.mark.parametrize(
    "change",
    [
        edit,
        lambda folder: (folder / "oracle.py").write_text("# another\n"),
        lambda folder: (folder / ".hidden.py").write_text(""),
        lambda folder: (folder / "fr.yaml").write_text("{}\n"),
        lambda folder: (folder / "beside.py").symlink_to("/etc/hostname"),
    ],
    ids=["spec", "code", "hidden file", "translation", "link"],
)
def test_a_changed_folder_is_read_again(
    change: object, folder: Path, environ: dict[str, str], reads: list[Path]
) -> None:
    known.read_break(folder, environ)
    change(folder)  # type: ignore[operator]
    reads.clear()
    known.read_break(folder, environ)
    assert reads == [folder]


def test_another_lynx_another_place_and_another_pack_read_for_themselves(
    folder: Path, environ: dict[str, str], reads: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known.read_break(folder, environ)
    known.read_break(folder, environ, pack="other")
    moved = folder.rename(tmp_path / "moved")
    known.read_break(moved, environ)
    monkeypatch.setattr(known, "__version__", "next")
    known.read_break(moved, environ)
    assert reads == [folder, folder, moved, moved]


def damage(path: Path, value: object) -> None:
    data = json.dumps(value).encode()
    path.write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)


@pytest.mark.parametrize(
    "value",
    [7, [], ["Path"], ["dict", ["id", "90"]], ["dict", 3], ["Popen", "true"], ["dict", [["list"], 1]], {"id": 1}],
    ids=str,
)
def test_what_is_kept_and_is_no_break_is_not_believed(
    value: object, folder: Path, environ: dict[str, str], reads: list[Path]
) -> None:
    before = known.read_break(folder, environ)
    (path,) = (tmp for tmp in Path(environ["LYNX_HOME"]).glob("cache/breaks/*.json"))
    damage(path, value)
    assert repr(known.read_break(folder, environ)) == repr(before)
    path.write_bytes(b"half a fi")
    assert isinstance(known.read_break(folder, environ), Break)
    assert len(reads) == 3


def test_a_spec_with_mistakes_is_never_kept(folder: Path, environ: dict[str, str]) -> None:
    (folder / "break.yaml").write_text("schema: 2\n")
    for _ in range(2):
        with pytest.raises(BadSpec):
            known.read_break(folder, environ)
    assert not list(Path(environ["LYNX_HOME"]).glob("cache/breaks/*"))
