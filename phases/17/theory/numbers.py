"""The figures that the chapter of Phase 17 cites, computed exactly; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math
import sys
from collections import Counter
from pathlib import Path

ABOVE = Path(__file__).resolve().parents[3]
STARTER = next(p for p in (ABOVE / "learners" / "starter" / "src", ABOVE / "starter" / "src") if p.is_dir())
sys.path.insert(0, str(STARTER))

from tinylm.grammar import entropy_rate, grammar  # noqa: E402

LOGITS = (2.0, 0.0, 0.0)


def conditional_entropy(sentences: dict[str, float], k: int) -> float:
    """H(c | the k characters before) in nats, exactly, in an endless text of independent sentences."""
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


def odds(temperature: float = 1.0) -> list[float]:
    """The softmax of the logits over a temperature."""
    powers = [math.exp(z / temperature) for z in LOGITS]
    return [p / math.fsum(powers) for p in powers]


def pull(target: int) -> list[float]:
    """The gradient of −log softmax at the target, by central differences."""

    def loss(z: list[float]) -> float:
        return math.log(math.fsum(math.exp(one) for one in z)) - z[target]

    h = 1e-6
    moved = [[z + h * sign * (i == j) for j, z in enumerate(LOGITS)] for i in range(3) for sign in (1, -1)]
    return [(loss(moved[2 * i]) - loss(moved[2 * i + 1])) / (2 * h) for i in range(3)]


def figures() -> dict[str, float]:
    """Every figure by its name."""
    sentences = grammar("english")
    right, wrong = pull(0), pull(1)
    return {
        "characters": float(len(set("".join(sentences)))),
        "blind": math.log(len(set("".join(sentences)))),
        **{f"before.{k}": conditional_entropy(sentences, k) for k in (0, 1, 2)},
        "rate": entropy_rate(sentences),
        "odds.first": odds()[0],
        "odds.other": odds()[1],
        "right.first": right[0],
        "right.other": right[1],
        "wrong.first": wrong[0],
        "wrong.second": wrong[1],
        "pull.right": math.hypot(*right),
        "pull.wrong": math.hypot(*wrong),
        "cool.first": odds(0.5)[0],
        "cool.other": odds(0.5)[1],
    }
