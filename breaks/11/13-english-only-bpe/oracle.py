"""The merges of the course's tokeniser, at one size or another, and the lines that there are to choose from."""

import numpy as np
from minitok.train_bpe import load_corpus, train_tokenizer


def make(rng):
    """A tokeniser's merges as pairs of tokens, and how many lines a language has."""
    size = int(rng.integers(257, 320))
    default = bool(rng.integers(6) == 0)
    language = (None, "english", "spanish")[int(rng.integers(3))]

    def trained():
        tokenizer = train_tokenizer() if default else train_tokenizer(size)
        return np.array(len(load_corpus(language))), np.array(tokenizer.merges, dtype=np.int64)

    return trained, ()
