"""The figures that the chapter of Phase 14 cites, computed from the grammar; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math
import sys
from collections import Counter
from pathlib import Path

ABOVE = Path(__file__).resolve().parents[3]
STARTER = next(p for p in (ABOVE / "learners" / "starter" / "src", ABOVE / "starter" / "src") if p.is_dir())
sys.path.insert(0, str(STARTER))

from tinylm.grammar import entropy_rate, grammar  # noqa: E402


def conditional_entropy(sentences: dict[str, float], k: int) -> float:
    """H(c | the k characters before) in nats, exactly, in an endless text of independent sentences.

    The characters before a sentence are the end of the one before it, which is drawn independently.
    """
    ends: Counter[str] = Counter()
    for sentence, p in sentences.items():
        ends[sentence[len(sentence) - k :]] += p
    joint: Counter[tuple[str, str]] = Counter()
    for sentence, p in sentences.items():
        for i, c in enumerate(sentence):
            if i >= k:
                joint[sentence[i - k : i], c] += p
            else:
                for end, q in ends.items():
                    joint[end[i:] + sentence[:i], c] += p * q
    contexts: Counter[str] = Counter()
    for (context, _), p in joint.items():
        contexts[context] += p
    total = math.fsum(contexts.values())  # the mean length of a sentence
    return -math.fsum(p / total * math.log(p / contexts[context]) for (context, _), p in joint.items())


def figures() -> dict[str, float]:
    """Every figure by its name."""
    sentences = grammar()
    length = math.hypot(3.0, 4.0)
    return {
        **{f"before.{k}": conditional_entropy(sentences, k) for k in (0, 1, 2, 4)},
        "sentences": float(len(sentences)),
        "rate": entropy_rate(sentences),
        "kept.ten": 0.7**10,
        "kept.thirty": 0.7**30,
        "clip.first": 3.0 / length,
        "clip.second": 4.0 / length,
        "state.one": math.tanh(0.5),
        "state.two": math.tanh(0.8 * math.tanh(0.5)),
    }
