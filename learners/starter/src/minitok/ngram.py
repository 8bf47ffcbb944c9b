"""A model that counts: how likely is the next token after the few before it?"""

from __future__ import annotations

import math
from collections.abc import Sequence


class NGram:
    """Interpolated n-gram model with Witten-Bell smoothing (Witten and Bell 1991; Chen and Goodman 1999).

    Let a context c have been followed n times, by t different tokens. Then P(w | c) is
    (count(c w) + t · P(w | c')) / (n + t), where c' is c without its first token; below the empty context
    lies 1 / vocabulary for every token. `context` says how many tokens before the next one it looks at.
    """

    def __init__(self, vocabulary: int, context: int) -> None:
        self.vocabulary, self.context = vocabulary, context
        self.follows: dict[tuple[int, ...], dict[int, int]] = {}
        self.totals: dict[tuple[int, ...], int] = {}

    def learn(self, tokens: Sequence[int], before: Sequence[int] = ()) -> None:
        """Count each of `tokens` after those in front of it; `before` stands in front of all, uncounted."""
        line = (*before, *tokens)
        for i in range(len(before), len(line)):
            for length in range(min(i, self.context) + 1):
                seen = line[i - length : i]
                after = self.follows.setdefault(seen, {})
                after[line[i]] = after.get(line[i], 0) + 1
                self.totals[seen] = self.totals.get(seen, 0) + 1

    def probability(self, token: int, before: Sequence[int] = ()) -> float:
        """P(token | the last `context` tokens of `before`)."""
        p = 1.0 / self.vocabulary
        for length in range(min(len(before), self.context) + 1):
            seen = tuple(before[len(before) - length :])
            if seen not in self.follows:
                break
            after, n = self.follows[seen], self.totals[seen]
            p = (after.get(token, 0) + len(after) * p) / (n + len(after))
        return p

    def bits(self, tokens: Sequence[int], before: Sequence[int] = ()) -> float:
        """−Σ log2 P of each of `tokens` after those in front of it: what it costs to send them."""
        line = (*before, *tokens)
        places = range(len(before), len(line))
        return -math.fsum(
            math.log2(self.probability(line[i], line[max(0, i - self.context) : i])) for i in places
        )
