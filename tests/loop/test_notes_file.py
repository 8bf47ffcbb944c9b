"""The notes on disk: any encoding goes back as it came, no save is lost, nothing leads outside or is left over."""

from __future__ import annotations

import codecs
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.loop import notes, notes_file
from lynx.loop.encoding import Unreadable, decode
from lynx.repo import inject
from lynx.repo.disk import Disk
from lynx.repo.workspace import Workspace
from lynx.store.journal import Journal
from tests.conftest import Lynx
from tests.loop.learner import NOTES, ORIGINAL, Learner

TEXT = "# Notas\r\nmañana será otro día\r\n\r\n"
LINE = "- measured: 0.5 · más\r\n"
SAVED_AS = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with a mark": codecs.BOM_UTF8 + TEXT.encode(),
    "UTF-16, little end": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "UTF-16, big end": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "UTF-32": codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
    "Latin-1": TEXT.encode("latin-1"),
    "Windows-1252": (TEXT + "“–”\r\n").encode("cp1252"),
    "Latin-1 with a byte that Windows lacks": (TEXT + "\x81").encode("latin-1"),
    "nothing": b"",
}


@pytest.mark.parametrize("how", SAVED_AS)
def test_an_encoding_goes_back_as_it_came(how: str) -> None:
    data = SAVED_AS[how]
    decoded = decode(data)
    assert decoded.encode(decoded.text) == data
    more = decoded.encode(decoded.text + LINE)
    assert more.startswith(data)
    assert decode(more).text == decoded.text + LINE


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"one\ntwo\0", 2),
        ("one\n".encode("utf-16-le"), 1),  # without its mark
        ("día\n\n".encode() + b"d\xeda\n", 3),  # two encodings at once
        (codecs.BOM_UTF16_LE + "one\ntwo".encode("utf-16-le")[:-1], 2),
        (codecs.BOM_UTF8 + b"one\n\xff", 2),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_line(data: bytes, line: int) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(data)
    assert refused.value.line == line


def test_a_character_that_the_encoding_lacks_is_refused_by_its_line() -> None:
    with pytest.raises(Unreadable) as refused:
        decode(SAVED_AS["Latin-1"]).encode("ñ\n≤\n")
    assert (refused.value.line, refused.value.fields["character"]) == (2, "≤")


@pytest.mark.parametrize("how", SAVED_AS)
def test_a_whole_break_over_notes_in_any_encoding(new: Learner, how: str) -> None:
    new.notes.parent.mkdir(parents=True)
    new.notes.write_bytes(SAVED_AS[how])
    new.begin()
    data = new.notes.read_bytes()
    assert data.startswith(SAVED_AS[how])
    text = decode(data).text
    assert "### P1" in text
    assert "\n" not in text.replace("\r\n", "") or how == "nothing"
    with new.session() as session:
        attempt = session.active()
        assert attempt
        assert session.read_notes(attempt) == text


# -- what lies in the way is found before the bug goes in --------------------------------------------


def linked(new: Learner, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (new.top / "phase-10").symlink_to(tmp_path / "away")


def linked_file(new: Learner, tmp_path: Path) -> None:
    (tmp_path / "theirs.md").write_text("theirs\n")
    new.notes.parent.mkdir(parents=True)
    new.notes.symlink_to(tmp_path / "theirs.md")


def into_git(new: Learner, tmp_path: Path) -> None:
    new.notes.parent.mkdir(parents=True)
    new.notes.symlink_to(new.top / ".git/hooks/pre-commit")


def in_a_circle(new: Learner, tmp_path: Path) -> None:
    new.notes.parent.mkdir(parents=True)
    new.notes.symlink_to(new.notes)


def hard(new: Learner, tmp_path: Path) -> None:
    new.notes.parent.mkdir(parents=True)
    (tmp_path / "theirs.md").write_text("theirs\n")
    os.link(tmp_path / "theirs.md", new.notes)


def a_folder(new: Learner, tmp_path: Path) -> None:
    new.notes.mkdir(parents=True)


def a_fifo(new: Learner, tmp_path: Path) -> None:
    new.notes.parent.mkdir(parents=True)
    os.mkfifo(new.notes)


def a_file_in_the_way(new: Learner, tmp_path: Path) -> None:
    (new.top / "phase-10").write_text("mine")


def read_only(new: Learner, tmp_path: Path) -> None:
    new.notes.parent.mkdir(parents=True)
    new.notes.write_text("mine\n")
    new.notes.chmod(0o444)


def read_only_folder(new: Learner, tmp_path: Path) -> None:
    new.notes.parent.mkdir(parents=True)
    new.notes.parent.chmod(0o555)


def two_encodings(new: Learner, tmp_path: Path) -> None:
    new.notes.parent.mkdir(parents=True)
    new.notes.write_bytes("día\n".encode() + b"d\xeda\n")


WAYS: list[Callable[[Learner, Path], None]] = [
    linked,
    linked_file,
    into_git,
    in_a_circle,
    hard,
    a_folder,
    a_fifo,
    a_file_in_the_way,
    read_only,
    read_only_folder,
    two_encodings,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_refused_means_that_nothing_is_in(new: Learner, tmp_path: Path, way: Callable[..., None]) -> None:
    way(new, tmp_path)
    with pytest.raises(Refused) as refused:
        new.begin()
    assert refused.value.code.startswith("notes-") or refused.value.code == "in-git-dir"
    assert new.target.read_bytes() == ORIGINAL
    assert new.status().break_id is None
    theirs = tmp_path / "theirs.md"
    assert not theirs.exists() or theirs.read_text() == "theirs\n"
    assert not list((tmp_path / "away").glob("*")) if (tmp_path / "away").exists() else True


def test_a_swap_that_fails_takes_the_form_back(new: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(inject, "swap", full)
    with pytest.raises(OSError):
        new.begin()
    assert not (new.top / "phase-10").exists()
    new.notes.parent.mkdir(parents=True)
    new.notes.write_bytes(SAVED_AS["Latin-1"])
    with pytest.raises(OSError):
        new.begin()
    assert new.notes.read_bytes() == SAVED_AS["Latin-1"]
    assert new.status().break_id is None


def test_a_link_within_the_repository_stays_one(new: Learner) -> None:
    (new.top / "mine").mkdir()
    (new.top / "phase-10").symlink_to("mine")
    new.begin()
    assert (new.top / "phase-10").is_symlink()
    assert "### P1" in (new.top / "mine/notes/breaks.md").read_text()


# -- saves at the worst moment -----------------------------------------------------------------------


def in_place(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def by_rename(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".swp")
    fresh.write_bytes(data)
    fresh.replace(path)


STYLES = {"in place": in_place, "rename": by_rename}
CALLS = ("create", "sync", "exchange", "rename", "link", "unlink", "read", "busy")


class Meddling(Disk):
    """Somebody saves at the n-th operation."""

    def __init__(self, at: int, save: Callable[[], None], *, after: bool) -> None:
        self.left, self.save, self.after = at, save, after

    def __getattribute__(self, name: str) -> object:
        found = object.__getattribute__(self, name)
        if name not in CALLS:
            return found

        def meddled(*arguments: object) -> object:
            self.left -= 1
            if self.left == 0 and not self.after:
                self.save()
            result = found(*arguments)
            if self.left == 0 and self.after:
                self.save()
            return result

        return meddled


@pytest.fixture
def opened(new: Learner) -> tuple[Workspace, Journal]:
    with new.session() as session:
        space = session.workspace
    return space, Journal.open(space.state_dir)


def add(text: str) -> str:
    return text if "- lynx" in text else text + "- lynx\n"


@pytest.mark.parametrize("there", [b"old\n", None], ids=["there", "new"])
@pytest.mark.parametrize("style", STYLES)
def test_a_save_at_every_operation(
    opened: tuple[Workspace, Journal], style: str, there: bytes | None
) -> None:
    space, journal = opened
    path, tried = space.top / NOTES, 0
    for at in range(1, 16):
        for after in (False, True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if there is not None:
                path.write_bytes(there)
            ran: list[int] = []

            def save(ran: list[int] = ran) -> None:
                STYLES[style](path, b"mine\n")
                ran.append(1)

            notes_file.change(space, journal, NOTES, add, disk=Meddling(at, save, after=after))
            tried += len(ran)
            now = path.read_bytes()
            assert b"mine\n" in now or not ran, (at, after)
            # a save after Lynx's last look may stand alone: it is what the learner wanted
            assert now == b"mine\n" or b"- lynx\n" in now
            assert list(path.parent.iterdir()) == [path]
            assert journal.pending_swaps() == []
    assert tried >= 12


FORM = "## Break 03 · x · 2026-01-01\n\n### P1 · ask\n- prediction:\n- confidence:\n- because:\n"
HEADING = FORM.splitlines()[0]
VALUES = {"prediction": "2", "confidence": "70", "because": "so"}
# verb -> the change it makes to the notes, and what must be there then
VERBS: dict[str, tuple[str, Callable[[str], str], str]] = {
    "break": ("# mine\n", lambda text: text if HEADING in text else f"{text}\n{FORM}", "### P1"),
    "predict": (FORM, lambda text: notes.fill(text, HEADING, "P1", VALUES), "- because: so"),
    "run": (FORM, lambda text: notes.add_label(text, HEADING, "P1", "measured", "1"), "- measured: 1"),
    "pictures": (FORM, lambda text: notes.add_links(text, HEADING, ["![a](a.png)"]), "![a](a.png)"),
    "explain": (
        FORM,
        lambda text: notes.add_label(text, HEADING, None, "explanation", "it"),
        "- explanation: it",
    ),
}


def saver(path: Path, orders: Connection) -> None:
    """One save an order, after a wait: what lies there with a line of its own added, as an editor has it."""
    while True:
        style, text, wait = orders.recv()
        until = time.perf_counter() + wait
        while time.perf_counter() < until:
            pass
        STYLES[style](path, text)
        orders.send(None)


@pytest.mark.parametrize("saves", [200, pytest.param(10_500, marks=pytest.mark.exhaustive)])
def test_a_save_by_another_process_at_a_random_moment_of_every_verb(
    opened: tuple[Workspace, Journal], saves: int
) -> None:
    space, journal = opened
    path, chance = space.top / NOTES, random.Random(5)
    path.parent.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    process = context.Process(target=saver, args=(path, theirs), daemon=True)
    process.start()
    usual, lost, both = 0.02, 0, 0
    try:
        for number in range(saves):
            verb, style = list(VERBS)[number % len(VERBS)], chance.choice(list(STYLES))
            before, change, wanted = VERBS[verb]
            path.write_text(before, encoding="utf-8")
            saved = f"{before}\nsaved {number}\n".encode()
            mine.send((style, saved, chance.uniform(0, 1.3 * usual)))
            began = time.perf_counter()
            notes_file.change(space, journal, NOTES, change)
            usual = 0.9 * usual + 0.1 * (time.perf_counter() - began)
            mine.recv()
            now = path.read_bytes()
            lost += saved.splitlines()[-1] not in now
            both += wanted.encode() in now
            assert [one.name for one in path.parent.iterdir()] == [path.name]
    finally:
        process.kill()
        process.join()
    print(f"\n{saves} saves by another process: {lost} lost, {both} with Lynx's line beside them")
    assert lost == 0
    assert both > saves // 20  # the others were saved after Lynx had written, over it
    assert journal.pending_swaps() == []


def test_a_latin_1_form_is_run(predicting: Learner, lynx: Lynx) -> None:
    predicting.fill()
    text = predicting.text.replace("I think so", "quizás")
    try:
        data = text.encode("cp1252")
    except UnicodeEncodeError:
        pytest.skip("the form has a character that Windows-1252 lacks")
    predicting.notes.write_bytes(data)
    said = lynx("run", "--seeds", "1", "--json", cwd=predicting.top)
    assert said.code == 0, said.out
    assert predicting.notes.read_bytes().startswith(data[:100])
    assert "- measured:" in predicting.notes.read_bytes().decode("cp1252")
