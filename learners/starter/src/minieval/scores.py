"""What a model's answers are worth: surprise, perplexity, bits a character, accuracy, calibration."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def log_probabilities(logits: Array) -> Array:
    """log softmax over the last axis, in float64."""
    z = np.asarray(logits, dtype=np.float64)
    z = z - z.max(axis=-1, keepdims=True)
    out: Array = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return out


def surprise(logits: Array, targets: Array) -> Array:
    """-log p(target) of each row, in nats.  logits: (n, classes), targets: (n,) -> (n,)."""
    return -log_probabilities(logits)[np.arange(len(targets)), targets]


def perplexity(nats: float) -> float:
    """exp of the mean surprise: as unsure as a fair choice among so many."""
    return math.exp(nats)


def bits_per_character(nats: float, tokens: int, characters: int) -> float:
    """Bits that a text costs, a character: `nats` is the mean surprise of one of its `tokens`.

    Unlike perplexity it can be compared between models that cut the text differently. ValueError where
    there is no character.
    """
    if characters < 1:
        raise ValueError("a text without characters has no bits a character")
    return nats * tokens / characters / math.log(2.0)


def accuracy(logits: Array, targets: Array) -> float:
    """Share of rows whose largest logit is the target's; a row with NaN counts as wrong."""
    right = (logits.argmax(axis=-1) == targets) & ~np.isnan(logits).any(axis=-1)
    return float(right.mean())


# --- by slice --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slice:
    """The rows that have one thing in common: how many, and which share of them was right.

    `error` is the standard error of that share if the rows were independent: √(a(1-a)/n).
    """

    count: int
    accuracy: float
    error: float


def accuracy_by_slice(right: Sequence[bool] | Array, names: Sequence[Hashable]) -> dict[Hashable, Slice]:
    """The rows of each name, names in the order of first use.  right: (n,) booleans, names: n of them.

    ValueError when there are not as many names as rows.
    """
    if len(right) != len(names):
        raise ValueError(f"{len(right)} rows with {len(names)} names")
    rows: dict[Hashable, list[bool]] = {}
    for one, name in zip(right, names, strict=True):
        rows.setdefault(name, []).append(bool(one))
    found = {}
    for name, each in rows.items():
        share = sum(each) / len(each)
        found[name] = Slice(len(each), share, math.sqrt(share * (1.0 - share) / len(each)))
    return found


# --- calibration -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Bin:
    """Answers given with about the same confidence: how many, how sure in the mean, how often right."""

    count: int
    confidence: float
    accuracy: float


def reliability(confidence: Array, right: Array, bins: int = 10) -> tuple[Bin, ...]:
    """Answers sorted into `bins` equal intervals of confidence, from 0 to 1; empty ones are left out.

    confidence: (n,) in [0, 1], right: (n,) booleans. An interval holds its upper end, the first one 0, too.
    """
    edges = np.clip(np.ceil(np.asarray(confidence) * bins).astype(int) - 1, 0, bins - 1)
    found = []
    for number in range(bins):
        inside = edges == number
        if inside.any():
            sure, share = float(confidence[inside].mean()), float(np.mean(right[inside]))
            found.append(Bin(int(inside.sum()), sure, share))
    return tuple(found)


def calibration_error(confidence: Array, right: Array, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017): the mean of |confidence - accuracy| by bin."""
    total = len(confidence)
    found = reliability(confidence, right, bins)
    return math.fsum(b.count / total * abs(b.confidence - b.accuracy) for b in found)
