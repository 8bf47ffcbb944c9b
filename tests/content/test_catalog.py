"""Finding breaks by folder, id, slug and pack."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from lynx.content import catalog
from lynx.content.catalog import Card, Root, folders, pick
from lynx.content.reading.breaks import load_break
from lynx.content.reading.cards import cards
from lynx.errors import Refused

GOOD = Path(__file__).parent / "data" / "forget-the-skip"


def put(folder: Path, name: str = "90", slug: str = "forget-the-skip", phase: int = 10) -> Path:
    shutil.copytree(GOOD, folder)
    text = (folder / "break.yaml").read_text()
    text = text.replace('id: "90"', f'id: "{name}"').replace("slug: forget-the-skip", f"slug: {slug}")
    (folder / "break.yaml").write_text(text.replace("phase: 10", f"phase: {phase}"))
    return folder


def own(folder: Path) -> Root:
    return Root("lynx", folder, "own")


def find(name: str, roots: Sequence[Root]) -> Path:
    return pick(name, cards(roots)).folder


def test_a_break_is_named_by_its_number_slug_or_place_in_its_phase(tmp_path: Path) -> None:
    for name, slug, phase in (("2", "two", 10), ("10", "ten", 10), ("00", "none", 10), ("05", "five", 7)):
        put(tmp_path / "breaks" / slug, name, slug, phase)
    found = cards([own(tmp_path / "breaks")])
    assert {card.place: card.id for card in found} == {
        "07/00": "05",
        "10/00": "00",
        "10/01": "2",
        "10/02": "10",
    }
    for name in ("5", "7/3", "10/03", "12/00", "10/", "/00", "a/b"):
        with pytest.raises(Refused):
            pick(name, found)
    for same in ("05", "five", "07/00", "7/0", "lynx:07/00", "lynx:five"):
        assert pick(same, found).id == "05"
    assert pick("10/01", found).id == "2"


def test_a_place_is_counted_in_its_own_pack(tmp_path: Path) -> None:
    put(tmp_path / "own", "00", "mine", 10)
    put(tmp_path / "added", "00", "theirs", 10)
    found = cards([own(tmp_path / "own"), Root("more", tmp_path / "added", "added")])
    assert pick("10/00", found).slug == "mine"
    assert pick("more:10/00", found).slug == "theirs"


def names(found: list[Card]) -> list[str]:
    return [card.name for card in found]


def test_a_card_says_what_a_list_shows(tmp_path: Path) -> None:
    put(tmp_path / "10" / "90-forget")
    (card,) = cards([own(tmp_path)])
    assert (card.id, card.slug, card.phase, card.name) == ("90", "forget-the-skip", 10, "90")
    assert card.title["es"] == "Olvida el atajo: una pila alta"
    assert card.blind_title["en"] == "A tall stack that stands still"
    assert card.teaches == ("residuals", "step-size")
    assert card.seconds == 12.5  # measured, before the budget
    assert (card.pack, card.folder, card.broken) == ("lynx", tmp_path / "10" / "90-forget", False)


def test_cards_are_sorted_by_phase_and_then_as_people_count(tmp_path: Path) -> None:
    for name, phase in (("10", 2), ("9", 2), ("b2", 2), ("1", 3), ("b10", 2)):
        put(tmp_path / f"{phase}-{name}", name, f"slug-{name}", phase)
    assert [card.id for card in cards([own(tmp_path)])] == ["9", "10", "b2", "b10", "1"]


def test_any_depth_counts_and_hidden_folders_and_links_do_not(tmp_path: Path) -> None:
    deep = put(tmp_path / "a" / "b" / "c" / "d" / "e" / "f" / "g" / "90-x")
    put(tmp_path / ".git" / "91-x", "91")
    put(tmp_path / "node_modules" / "92-x", "92")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert list(folders(tmp_path)) == [deep]


def test_the_folder_itself_may_be_the_break(tmp_path: Path) -> None:
    put(tmp_path / "one")
    assert find("90", [Root("p", tmp_path / "one", "named")]) == tmp_path / "one"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "a: *a",
        "id: 00",
        "[" * 40_000,
        "x" * 2_000_000,
        "id: '90'\nslug: x\nphase: ten",
        "\x1b[31m",
        "- a",
    ],
    ids=lambda text: text[:8],
)
def test_a_bad_file_gives_a_broken_card(text: str, tmp_path: Path) -> None:
    put(tmp_path / "90-good")
    (tmp_path / "91-bad").mkdir()
    (tmp_path / "91-bad" / "break.yaml").write_text(text)
    found = cards([own(tmp_path)])
    assert sorted((card.id, card.slug, card.broken) for card in found) == [
        ("90", "forget-the-skip", False),
        ("91", "bad", True),
    ]
    assert (
        find("91", [own(tmp_path)]) == tmp_path / "91-bad"
    )  # so that the check can say what is wrong with it


def test_a_fifo_gives_a_broken_card(tmp_path: Path) -> None:
    (tmp_path / "91-bad").mkdir()
    os.mkfifo(tmp_path / "91-bad" / "break.yaml")
    assert cards([own(tmp_path)])[0].broken


def test_roots_that_are_not_there_hold_nothing(tmp_path: Path) -> None:
    assert cards([own(tmp_path / "none")]) == []


def test_a_folder_reached_twice_counts_once(tmp_path: Path) -> None:
    put(tmp_path / "90-x")
    (tmp_path / "again").symlink_to(tmp_path)
    assert len(cards([own(tmp_path), Root("repository", tmp_path / "again", "repository")])) == 1


def test_find_takes_id_slug_and_pack(tmp_path: Path) -> None:
    folder = put(tmp_path / "90-x")
    for name in ("90", "forget-the-skip", "lynx:90", "lynx:forget-the-skip"):
        assert find(name, [own(tmp_path)]) == folder


def test_a_bare_id_means_lynxs_own_and_the_other_is_named_with_its_pack(tmp_path: Path) -> None:
    ours, theirs = put(tmp_path / "own" / "90-x"), put(tmp_path / "repo" / "90-y")
    roots = [Root("repository", tmp_path / "repo", "repository"), own(tmp_path / "own")]
    assert find("90", roots) == ours
    assert find("repository:90", roots) == theirs
    assert names(cards(roots)) == ["90", "repository:90"]


def test_with_a_named_pack_a_bare_id_means_that_pack(tmp_path: Path) -> None:
    ours, theirs = put(tmp_path / "own" / "90-x"), put(tmp_path / "pack" / "90-y")
    put(tmp_path / "own" / "91-x", "91", "other")
    roots = [Root("pack", tmp_path / "pack", "named"), own(tmp_path / "own")]
    assert find("90", roots) == theirs
    assert find("lynx:90", roots) == ours
    assert names(cards(roots)) == ["lynx:90", "lynx:91", "90"]
    with pytest.raises(Refused, match="Did you mean lynx:91"):
        find("91", roots)


def test_two_packs_with_the_same_id_are_told_apart(tmp_path: Path) -> None:
    put(tmp_path / "a" / "90-x", slug="one")
    put(tmp_path / "b" / "90-y", slug="two")
    roots = [Root("a", tmp_path / "a", "added"), Root("b", tmp_path / "b", "added")]
    with pytest.raises(Refused, match=r"more than one break. Say which: a:90, b:90\."):
        find("90", roots)
    assert find("b:90", roots) == tmp_path / "b" / "90-y"
    assert find("one", roots) == tmp_path / "a" / "90-x"


def test_two_breaks_of_one_pack_with_the_same_id_are_told_apart_by_slug(tmp_path: Path) -> None:
    put(tmp_path / "90-x", slug="one")
    put(tmp_path / "90-y", slug="two")
    with pytest.raises(Refused, match="Say which: lynx:one, lynx:two"):
        find("90", [own(tmp_path)])
    assert find("lynx:two", [own(tmp_path)]) == tmp_path / "90-y"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("forget-the-skp", "Did you mean forget-the-skip"),
        ("wombat", r"no break 'wombat'. lynx list"),
        ("nowhere:90", "Did you mean 90"),
        ("", "no break ''"),
        (":", "no break ':'"),
        ("x" * 5000, "no break 'xxx"),
        ("\x1b[31m", r"no break '\\x1b\[31m'"),
    ],
    ids=lambda v: v[:10],
)
def test_an_unknown_name_gets_advice(name: str, says: str, tmp_path: Path) -> None:
    put(tmp_path / "90-x")
    with pytest.raises(Refused, match=says) as caught:
        find(name, [own(tmp_path)])
    assert len(str(caught.value)) < 300


def test_every_name_a_card_has_finds_it(tmp_path: Path) -> None:
    for pack in ("own", "a", "b"):
        put(tmp_path / pack / "90-x", slug="one")
        put(tmp_path / pack / f"91-{pack}", "91", f"only-{pack}")
    kinds = [
        own(tmp_path / "own"),
        Root("a", tmp_path / "a", "added"),
        Root("b", tmp_path / "b", "repository"),
    ]
    for roots in (kinds, [*kinds, Root("n", put(tmp_path / "n" / "91", "91", "n").parent, "named")]):
        for card in cards(roots):
            assert find(card.name, roots) == card.folder


def test_the_shipped_breaks_are_found_and_load() -> None:
    shipped = cards([own(catalog.data_dir("breaks"))])
    assert "00" in [card.id for card in shipped]
    assert not any(card.broken for card in shipped)
    for card in shipped:
        assert load_break(card.folder).id == card.id


def test_the_data_lies_in_the_clone_or_in_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalog.data_dir("starter").is_dir()
    package = tmp_path / "site-packages" / "lynx"
    (package / "content").mkdir(parents=True)
    monkeypatch.setattr(catalog, "__file__", str(package / "content" / "catalog.py"))
    (package / "_data" / "starter").mkdir(parents=True)
    assert catalog.data_root() == package / "_data"
    assert catalog.data_dir("starter") == package / "_data" / "starter"
    assert catalog.data_dir("breaks") == package / "_data" / "breaks"
