"""Every break at hand, in the order in which to play them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content import packs
from lynx.content.reading.index import cards as indexed
from lynx.store import trust

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.content.catalog import Card
    from lynx.loop.env import Env


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
