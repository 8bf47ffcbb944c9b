"""Which breaks there are: where they lie, a card for each, and the card that a name means."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from lynx.content.words import listed, nearest, shown
from lynx.errors import N_, Refused
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lynx.content.spec import Text

T = TypeVar("T")
FILE = "break.yaml"
MAX_FOLDERS = 20_000  # looked into below one pack; a pack that is larger is somebody's whole disk
_PLACE = re.compile(r"([0-9]{1,2})/([0-9]{1,3})")
_DIGITS = re.compile("([0-9]+)")
_SKIPPED = {"node_modules", "__pycache__", "site-packages"}


class Root(Value):
    """A folder of breaks, the name of its pack, and how Lynx came to know it."""

    pack: str
    folder: Path
    kind: Literal["own", "repository", "added", "named"]  # shipped, the learner's, `pack add`, `--pack`


class Card(Value):
    """What a list shows of a break. A `broken` one could not be read; its id is guessed from the folder."""

    id: str
    slug: str
    phase: int
    title: Text
    blind_title: Text
    teaches: tuple[str, ...]
    seconds: float  # what a learner's run takes: measured, else the budget
    where: str  # its folder; a path takes as long to make as the rest of a card
    pack: str
    kind: Literal["own", "repository", "added", "named"] = "own"
    name: str = ""  # what to type: the id, or pack:id where another break has the same
    broken: bool = False
    next: str | None = None  # the break to play after this one
    place: str = ""  # phase and number in it, 10/00: the k-th of its pack's breaks of that phase, by id
    experiment: str = ""  # what runs: one that ships, ./experiment.py, or a program of the learner's
    packages: tuple[str, ...] = ()  # what it says it needs

    @property
    def folder(self) -> Path:
        """Its folder."""
        return Path(self.where)


def data_root() -> Path:
    """The folder that holds what Lynx ships: `lynx/_data` in an installed wheel, else the clone's top."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_data"
    return shipped if shipped.is_dir() else package.parent


def data_dir(name: Literal["breaks", "phases", "starter"]) -> Path:
    """One of the folders that Lynx ships. In the clone the starter lies under `learners`."""
    root = data_root()
    if name == "starter" and not (root / "starter").is_dir():
        return root / "learners" / "starter"
    return root / name


def folders(root: Path) -> Iterator[Path]:
    """Every folder from `root` down that holds a break.yaml; hidden folders and links are not entered."""
    return (folder for folder, _state, holds in walk(root, lambda _folder: None) if holds)


def walk(root: Path, look: Callable[[Path], T]) -> Iterator[tuple[Path, T, bool]]:
    """Every folder from `root` down, what `look` saw of it before it was read, and whether it holds a break.yaml."""
    pending, count = [root], 0
    while pending and count < MAX_FOLDERS:
        here = pending.pop()
        count += 1
        seen = look(here)
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            continue
        yield here, seen, any(entry.name == FILE and not entry.is_dir() for entry in entries)
        pending += [
            here / entry.name
            for entry in reversed(entries)
            if entry.is_dir(follow_symlinks=False)
            and not entry.name.startswith(".")
            and entry.name not in _SKIPPED
        ]


def arrange(found: Sequence[Card]) -> list[Card]:
    """The cards by phase and id, each with the shortest name that `pick` takes for it."""
    ordered = sorted(
        found, key=lambda card: (card.phase, card.kind != "own", _natural(card.id), card.pack, card.slug)
    )
    names = _Names(ordered)
    return [
        card.but(name=names.of(card), place=place)
        for card, place in zip(ordered, _places(ordered), strict=True)
    ]


def _places(ordered: Sequence[Card]) -> Iterator[str]:
    """NN/kk of each card, in the order of `arrange`; a card that cannot be read has none."""
    counts: Counter[tuple[str, int]] = Counter()
    for card in ordered:
        if card.broken:
            yield ""
            continue
        yield f"{card.phase:02d}/{counts[card.pack, card.phase]:02d}"
        counts[card.pack, card.phase] += 1


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts 2 before 10."""
    # every other part is digits
    return tuple(
        [(0, int(part), "") if i % 2 else (1, 0, part) for i, part in enumerate(_DIGITS.split(name)) if part]
    )


_Index = dict[str, list[Card]]


class _Names:
    """What a name may mean among some cards, looked up: a shelf may hold a thousand."""

    def __init__(self, among: Sequence[Card]) -> None:
        bare = [card for card in among if card.kind == "named"] or among
        self._pools: dict[str | None, tuple[_Index, _Index, _Index]] = {None: ({}, {}, {})}
        for card in among:
            self._put(card.pack, card)
        for card in bare:
            self._put(None, card)

    def _put(self, pool: str | None, card: Card) -> None:
        ids, slugs, places = self._pools.setdefault(pool, ({}, {}, {}))
        ids.setdefault(card.id, []).append(card)
        slugs.setdefault(card.slug, []).append(card)
        places.setdefault(card.place, []).append(card)

    def meant(self, name: str) -> list[Card]:
        """The cards that `name` may mean, by the rules of `pick`."""
        pack, colon, bare = name.rpartition(":")
        ids, slugs, places = self._pools.get(pack if colon else None, ({}, {}, {}))
        if place := _PLACE.fullmatch(bare):
            hits = places.get(f"{int(place[1]):02d}/{int(place[2]):02d}", [])
        else:
            hits = ids.get(bare) or slugs.get(bare) or []
        own = [card for card in hits if card.kind == "own"]
        return own if len(own) == 1 else hits

    def of(self, card: Card) -> str:
        """The shortest name that `pick` takes for this card."""
        bare = self._pools[None][0].get(card.id, ())
        if len(bare) == 1 and bare[0] is card and ":" not in card.id:  # nearly every one, of a thousand
            return card.id
        names = (card.id, f"{card.pack}:{card.id}", f"{card.pack}:{card.slug}")
        return next((name for name in names if self.meant(name) == [card]), names[-1])


def pick(name: str, among: Sequence[Card]) -> Card:
    """The card that `name` means: "00", a slug, "10/00" (the first of phase 10), or "pack:" and one of these.

    A bare name means a pack named by `--pack` where there is one; otherwise Lynx's own break before anybody
    else's, so that no repository can put its break in the place of one that ships. Raises Refused when the
    name means nothing, or more than one break.
    """
    hits = _Names(among).meant(name)
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise Refused(
            N_("'{name}' means more than one break."),
            code="ambiguous-break",
            remedy=N_("Say which: {names}."),
            name=shown(name),
            names=listed(card.name for card in hits),
        )
    guess = nearest(name, [n for card in among for n in (card.name, card.slug)])
    bare = name.rpartition(":")[2]
    elsewhere = next((card.name for card in among if bare in (card.id, card.slug)), None)
    if guess or elsewhere:
        raise Refused(
            N_("There is no break '{name}'."),
            code="unknown-break",
            remedy=N_("Did you mean {guess}? lynx list shows them all."),
            name=shown(name),
            guess=elsewhere or guess,
        )
    raise Refused(
        N_("There is no break '{name}'."),
        code="unknown-break",
        remedy=N_("lynx list shows them all."),
        name=shown(name),
    )
