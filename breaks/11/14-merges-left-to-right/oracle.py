"""Random tables of merges on random texts of few letters, where many merges fit."""

import numpy as np
from minitok import train


def make(rng):
    """The tokens of a text under merges that were trained on another one, those of a single letter, and the text."""
    letters = list("abcd é")

    def text(length):
        return "".join(rng.choice(letters, length))

    tokenizer = train(text(int(rng.integers(20, 200))), 256 + int(rng.integers(1, 40)))
    given = text(int(rng.integers(0, 60)))

    def encoded():
        once = tokenizer.encode(given)
        return np.array(once, dtype=np.int64), np.array(tokenizer.encode("a"), dtype=np.int64), tokenizer.decode(once)

    return encoded, ()
