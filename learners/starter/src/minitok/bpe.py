"""Byte-pair encoding on bytes (Sennrich et al. 2016; on bytes as in Radford et al. 2019).

A token is a string of bytes. Tokens 0 to 255 are the single bytes, so any text can be written; token
256 + k is what merge k makes of a pair of earlier tokens. A text is first cut into pieces, a word with the
space before it or a run of white space, and no token reaches over the end of a piece.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

BYTES = 256
PIECE = re.compile(r" ?\S+|\s+")
Pair = tuple[int, int]


def pieces(text: str) -> list[str]:
    """The text cut into words, each with the space before it, and runs of white space. Nothing is lost."""
    return PIECE.findall(text)


def merged(tokens: Sequence[int], pair: Pair, new: int) -> list[int]:
    """`tokens` with `new` in place of every `pair`, from the left: of three equal ones, the first two."""
    out: list[int] = []
    i = 0
    while i < len(tokens):
        if i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


@dataclass(frozen=True)
class Tokenizer:
    """Turns text into tokens and back. Token 256 + k is made of the pair `merges[k]`; k is its rank."""

    merges: tuple[Pair, ...]

    def __len__(self) -> int:
        """How many tokens there are."""
        return BYTES + len(self.merges)

    @cached_property
    def ranks(self) -> dict[Pair, int]:
        """Each pair that is merged, and when: the smaller, the earlier in training."""
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def bytes_of(self) -> tuple[bytes, ...]:
        """What each token stands for."""
        found = [bytes([b]) for b in range(BYTES)]
        for a, b in self.merges:
            found.append(found[a] + found[b])
        return tuple(found)

    def encode(self, text: str) -> list[int]:
        """The tokens of `text`; equal pieces always get equal tokens."""
        known: dict[str, list[int]] = {}
        out: list[int] = []
        for piece in pieces(text):
            if piece not in known:
                known[piece] = self.encode_piece(piece)
            out += known[piece]
        return out

    def encode_piece(self, piece: str) -> list[int]:
        """Its bytes, merged as in training: of the pairs that are there the earliest, wherever it stands."""
        tokens = list(piece.encode("utf-8"))
        while True:
            pair = min(pairwise(tokens), key=lambda p: self.ranks.get(p, len(self)), default=None)
            if pair not in self.ranks:
                return tokens
            tokens = merged(tokens, pair, BYTES + self.ranks[pair])

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of `tokens`, U+FFFD where bytes are no UTF-8.  IndexError for what is no token."""
        return b"".join(self.bytes_of[t] for t in tokens).decode("utf-8", errors="replace")


def train(text: str, vocabulary: int) -> Tokenizer:
    """Merge the commonest pair of neighbouring tokens, again and again, until there are `vocabulary` tokens.

    Of pairs that are equally common the smaller one is merged: by its first token, then by its second. It
    ends earlier when every piece of the text is one token: then the merges have run out.  ValueError for a
    vocabulary that has no room for the 256 bytes.
    """
    if vocabulary < BYTES:
        raise ValueError(f"a vocabulary of {vocabulary} has no room for {BYTES} bytes")
    texts = Counter(pieces(text))
    words = [list(piece.encode("utf-8")) for piece in texts]
    weights = list(texts.values())
    counts: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)  # the words in which a pair stands, or once stood

    def count(i: int, sign: int) -> None:
        for pair in pairwise(words[i]):
            counts[pair] += sign * weights[i]
            where[pair].add(i)

    for i in range(len(words)):
        count(i, 1)
    merges: list[Pair] = []
    while BYTES + len(merges) < vocabulary:
        most = max(counts.values(), default=0)
        if most == 0:
            break
        best = min(pair for pair, often in counts.items() if often == most)
        for i in where.pop(best):
            count(i, -1)
            words[i] = merged(words[i], best, BYTES + len(merges))
            count(i, 1)
        merges.append(best)
    return Tokenizer(tuple(merges))
