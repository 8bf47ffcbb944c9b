"""Texts as numbers: a vocabulary, batches, and how predictable the characters are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

MAX_VOCABULARY = 65
OTHER = "\ufffd"


@dataclass(frozen=True)
class Vocabulary:
    """The characters a model knows, in order; a character's code is its place.

    `replaced` is the share of the text's characters that it was built from and that stand as OTHER.
    """

    characters: str
    replaced: float = 0.0

    @classmethod
    def of(cls, text: str, most: int = MAX_VOCABULARY) -> Vocabulary:
        """All characters of `text`, sorted; past `most`, the rarest are all represented by one, OTHER.

        ValueError for an empty text.
        """
        if not text:
            raise ValueError("an empty text has no characters")
        counts = Counter(text)
        if len(counts) <= most:
            return cls("".join(sorted(counts)))
        kept = sorted(counts, key=lambda c: (-counts[c], c))
        kept = [c for c in kept if c != OTHER][: most - 1]
        return cls("".join(sorted([*kept, OTHER])), 1.0 - sum(counts[c] for c in kept) / len(text))

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> Tensor:
        """Codes, shape (len(text),).  ValueError for an unknown character when there is no OTHER."""
        place = {c: i for i, c in enumerate(self.characters)}
        unknown = sorted(set(text) - place.keys())
        if unknown and OTHER not in place:
            raise ValueError(f"not in the vocabulary: {unknown}")
        other = place.get(OTHER, -1)
        return torch.tensor([place.get(c, other) for c in text], dtype=torch.long)

    def decode(self, codes: Iterable[int] | Tensor) -> str:
        """The text that `encode` made `codes` from, with OTHER where a character was unknown."""
        numbers = codes.tolist() if isinstance(codes, Tensor) else codes
        return "".join(self.characters[i] for i in numbers)


def batches(codes: Tensor, batch: int, context: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless pairs (codes, the codes one place later), each (batch, context), from random places.

    ValueError when the text is not longer than the context.
    """
    places = len(codes) - context
    if places < 1:
        raise ValueError(f"a text of {len(codes)} characters is too short for a context of {context}")
    inputs, targets = with_following(codes)
    generator = torch.Generator().manual_seed(seed)
    offsets = torch.arange(context)
    while True:
        starts = torch.randint(places, (batch, 1), generator=generator)
        index = starts + offsets
        yield inputs[index], targets[index]


def windows(codes: Tensor, context: int) -> tuple[Tensor, Tensor]:
    """The text cut into windows that do not overlap, for an evaluation: (windows, context) each.

    ValueError when the text is not longer than the context.
    """
    count = (len(codes) - 1) // context
    if count < 1:
        raise ValueError(f"a text of {len(codes)} characters is too short for a context of {context}")
    inputs, targets = (part[: count * context].view(count, context) for part in with_following(codes))
    return inputs, targets


def with_following(codes: Tensor) -> tuple[Tensor, Tensor]:
    """Each code but the last, and what is to be predicted from it, the one after: (len(codes) - 1,) each."""
    return codes[:-1], codes[1:]


def character_entropy(text: str) -> float:
    """H(c) in nats: the loss of a model that knows how frequent each character is, and nothing else."""
    return _entropy(Counter(text))


def conditional_entropy(text: str) -> float:
    """H(c | previous) in nats: the loss of the best model that sees one character.

    Estimated from the counts of pairs, hence a little low: by about (number of pairs)/(2 · length).
    """
    return _entropy(Counter(pairwise(text))) - _entropy(Counter(text[:-1]))


def _entropy(counts: Counter[str] | Counter[tuple[str, str]]) -> float:
    total = sum(counts.values())
    return -math.fsum(n / total * math.log(n / total) for n in counts.values())
