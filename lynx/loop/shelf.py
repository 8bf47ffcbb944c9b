"""Every break at hand, in the order in which to play them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.content import packs
from lynx.content.reading.index import cards as indexed
from lynx.store import trust

if TYPE_CHECKING:
    from lynx.content.catalog import Card
    from lynx.loop.env import Env

_TORCH = re.compile(rb"^\s*(?:import|from)\s+torch\b", re.MULTILINE)


def needs(card: Card) -> tuple[str, ...]:
    """The packages that a break's run needs beside numpy: what it says, and torch where its experiment imports it.

    Of a program of the learner's own only what the break says is known.
    """
    if card.experiment.endswith(".py"):
        torch = _imports_torch(card.folder / card.experiment)
    else:
        torch = _ships_torch(card.experiment)
    return tuple(dict.fromkeys((*card.packages, "torch"))) if torch else tuple(dict.fromkeys(card.packages))


@cache
def _ships_torch(experiment: str) -> bool:
    """Whether an experiment that came with Lynx imports it."""
    from lynx.runs import experiments  # for `lynx list` alone

    module = experiments.EXPERIMENTS.get(experiment, "").partition(":")[0].rpartition(".")[2]
    return bool(module) and _imports_torch(Path(experiments.__file__).with_name(f"{module}.py"))


def _imports_torch(path: Path) -> bool:
    try:
        return _TORCH.search(path.read_bytes()) is not None
    except OSError:
        return False


def shelf(top: Path | None, env: Env) -> list[Card]:
    """Every break at hand, in the order in which to play them.

    That order is the chain that the breaks' own `next` makes: it begins with the break that is nobody's next.
    """
    cards = indexed(packs.roots(top, env.packs, home=trust.user_home(env.environ)), env.environ)
    ordered: list[Card] = []
    by_key = {(card.pack, card.id): card for card in cards}
    followers = {(card.pack, card.next) for card in cards if card.next}
    starts = [card for card in cards if (card.pack, card.id) not in followers]
    placed: set[int] = set()
    for card in starts + cards:
        following: Card | None = card
        while following is not None and id(following) not in placed:
            placed.add(id(following))
            ordered.append(following)
            following = by_key.get((following.pack, following.next or ""))
    return ordered
