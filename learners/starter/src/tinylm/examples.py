"""Pieces of a text to learn from, padded to one length where theirs differ."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

PADDING = -100  # the target of a place that holds none; torch's cross-entropy ignores it by default
LENGTHS = ("equal", "mixed", "skewed", "dealt")

Examples = tuple[Tensor, Tensor]  # codes and the codes one place later, (batch, length) each


def lengths_of(kind: str, count: int, context: int, rng: np.random.Generator) -> Tensor:
    """`count` lengths up to `context`, sorted.

    equal: all of them `context`; mixed: any from a quarter of it on; skewed, dealt: one in four is `context`,
    the others an eighth of it or less. ValueError for any other kind.
    """
    if kind == "equal":
        lengths = np.full(count, context)
    elif kind == "mixed":
        lengths = rng.integers(context // 4, context + 1, count)
    elif kind in ("skewed", "dealt"):
        lengths = rng.integers(1, context // 8 + 1, count)
        lengths[: count // 4] = context
    else:
        raise ValueError(f"lengths must be one of {', '.join(LENGTHS)}, not {kind!r}")
    return torch.from_numpy(np.sort(lengths))


def pieces(codes: Tensor, lengths: Tensor, rng: np.random.Generator) -> Examples:
    """A piece of each length from a random place of the text, padded to the longest of them.

    codes: (characters,), lengths: (batch,). ValueError when the text is not longer than the longest piece.
    """
    longest = int(lengths.max())
    places = len(codes) - longest
    if places < 1:
        raise ValueError(f"a text of {len(codes)} characters is too short for pieces of {longest}")
    starts = torch.from_numpy(rng.integers(places, size=(len(lengths), 1)))
    offsets = torch.arange(longest)
    index = starts + offsets
    padding = offsets >= lengths[:, None]
    return codes[index].masked_fill(padding, 0), codes[index + 1].masked_fill(padding, PADDING)


def micro_batches(
    codes: Tensor, *, kind: str, batch: int, parts: int, context: int, seed: int, step: int
) -> list[Examples]:
    """The examples of one step, `batch` in each of `parts`: the same for the same seed and step.

    Examples of like length come into one part, as loaders sort them to pad less; `dealt` ones go round.
    """
    rng = np.random.default_rng([seed, step])
    lengths = lengths_of(kind, batch * parts, context, rng)
    shares = [lengths[part::parts] for part in range(parts)] if kind == "dealt" else lengths.split(batch)
    return [pieces(codes, share, rng) for share in shares]


def joined(parts: list[Examples]) -> Examples:
    """The examples of several batches as one, padded to the longest of them all."""
    longest = max(codes.shape[1] for codes, _ in parts)

    def padded(tensors: list[Tensor], value: int) -> Tensor:
        return torch.cat([F.pad(t, (0, longest - t.shape[1]), value=value) for t in tensors])

    return padded([codes for codes, _ in parts], 0), padded([targets for _, targets in parts], PADDING)
