"""Which breaks a mentor's command means, and whether they may run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.content import catalog, packs
from lynx.content.reading.cards import cards as read_cards
from lynx.errors import N_, Refused
from lynx.repo import workspace
from lynx.store import trust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lynx.content.catalog import Card


@dataclass(frozen=True)
class Chosen:
    """A break's folder and the pack it came from."""

    folder: Path
    pack: str


def choose(
    names: Sequence[str],
    *,
    cwd: Path,
    environ: Mapping[str, str],
    everything: bool = False,
    pack: Sequence[Path] = (),
) -> list[Chosen]:
    """The breaks that `names` mean; with `everything`, all of the packs named by --pack, else all at hand.

    A name may also be the path of a break's folder. Naming a pack with --pack is consent for this one
    command; anything else from elsewhere must be trusted. Raises Refused for unknown names, untrusted breaks,
    or none.
    """
    home = trust.user_home(environ)
    cards = read_cards(roots_of(cwd, environ, pack))
    if everything:
        named = [card for card in cards if card.kind == "named"]
        found = named if pack else [card for card in cards if card.kind in ("own", "repository")]
    else:
        found = [_card(name, cards, cwd) for name in names]
    if not found:
        raise Refused(
            N_("There is no break to check."),
            code="no-breaks",
            remedy=N_("Name one (lynx list shows them), or check all: lynx mentor check --all"),
        )
    for card in found:
        if card.kind != "named" and not packs.may_run(card.folder, home=home):
            raise Refused(
                N_("Break {name} comes from elsewhere or has changed, and a break is code; nothing was run."),
                code="untrusted",
                remedy=N_(
                    "For this once: lynx mentor check {id} --pack {folder}; to allow it: lynx trust {name}"
                ),
                name=card.name,
                id=card.id,
                folder=_short(card.folder, cwd),
            )
    return [Chosen(card.folder, card.pack) for card in found]


def find(name: str, *, cwd: Path, environ: Mapping[str, str], pack: Sequence[Path] = ()) -> Path:
    """The folder of the break that `name` means, or that lies at this path; nothing of it is run."""
    return _card(name, read_cards(roots_of(cwd, environ, pack)), cwd).folder


def roots_of(cwd: Path, environ: Mapping[str, str], pack: Sequence[Path]) -> tuple[catalog.Root, ...]:
    """Every folder of breaks at hand here; the repository around `cwd` need not be adopted."""
    try:
        around = workspace.find_repository(cwd)
    except Refused:
        around = None
    folders = [cwd / one for one in pack]
    return packs.roots(around[0] if around else None, folders, home=trust.user_home(environ))


def _card(name: str, cards: Sequence[Card], cwd: Path) -> Card:
    path = (cwd / name).resolve()
    return next((card for card in cards if card.folder.resolve() == path), None) or catalog.pick(name, cards)


def _short(path: Path, cwd: Path) -> str:
    try:
        return path.resolve().relative_to(cwd.resolve()).as_posix()
    except ValueError:
        return str(path)
