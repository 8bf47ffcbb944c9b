"""A model whose text was cut into tokens long ago, asked about lines that the tokeniser cuts today."""

import math
from itertools import pairwise

import numpy as np
from minitok import NGram
from minitok.bpe import BYTES, merged, pieces
from minitok.train_bpe import load_corpus, train_tokenizer

NEWLINE = (10,)  # stands before every line and at its end
HELD = 600  # fresh lines that the model is asked about


def run(probe, *, vocabulary, context, lines, steps, model_reads, seed):
    """A step is `lines` fresh lines: the model is asked about them, then counts them.

    `model_reads` says how its own lines are cut: `stored`, by rank, as when all was well; `leftmost`, the leftmost
    merge first; `own`, as the tokeniser cuts them today. At every step `loss`, nats a token on its own lines before
    they were counted, and on other lines, which the tokeniser cuts today, `perplexity` a token and `bits` a
    character; `bits_same` and `bits_other` are those of the lines that are cut as they are by rank, and of the rest
    (left out where there is none). At step 0, over the corpus: `other_words`, the share of words that are not cut
    as they are by rank, `tokens_word`, and `round_trip`, the share of lines that decoding gives back.
    """
    rng = np.random.default_rng(seed)
    corpus = load_corpus()
    tokenizer = train_tokenizer(vocabulary)
    today = {line: tokenizer.encode(line + "\n") for line in corpus}
    ranked = {line: cut(tokenizer, line + "\n", by_rank) for line in corpus}
    learned = {
        "stored": ranked,
        "own": today,
        "leftmost": {line: cut(tokenizer, line + "\n", from_the_left) for line in corpus},
    }[model_reads]
    model = NGram(len(tokenizer), context)
    held = draw(rng, corpus, HELD)
    same = [line for line in held if today[line] == ranked[line]]
    other = [line for line in held if today[line] != ranked[line]]
    for step in probe.steps(steps):
        if step == 0:
            probe.record(**of_the_tokenizer(tokenizer, corpus, today))
        fresh = draw(rng, corpus, lines)
        spent = sum(model.bits(learned[line], NEWLINE) for line in fresh)
        probe.record(loss=spent * math.log(2) / sum(len(learned[line]) for line in fresh))
        for line in fresh:
            model.learn(learned[line], NEWLINE)
        spent = {line: model.bits(today[line], NEWLINE) for line in {*held}}
        total = sum(spent[line] for line in held)
        probe.record(perplexity=2.0 ** (total / sum(len(today[line]) for line in held)))
        for name, part in (("bits", held), ("bits_same", same), ("bits_other", other)):
            if part:
                characters = sum(len(line) + 1 for line in part)
                probe.record(**{name: sum(spent[line] for line in part) / characters})


def draw(rng, part, count):
    """`count` lines, each as likely as the others, with replacement."""
    return [part[i] for i in rng.integers(len(part), size=count)]


def cut(tokenizer, text, merge):
    """The tokens of `text`, piece by piece."""
    return [token for piece in pieces(text) for token in merge(tokenizer, list(piece.encode("utf-8")))]


def by_rank(tokenizer, tokens):
    """Each merge in its turn, over the whole piece."""
    for rank, pair in enumerate(tokenizer.merges):
        tokens = merged(tokens, pair, BYTES + rank)
    return tokens


def from_the_left(tokenizer, tokens):
    """The leftmost pair that is a merge first, again and again."""
    rank = {pair: k for k, pair in enumerate(tokenizer.merges)}
    while (pair := next((p for p in pairwise(tokens) if p in rank), None)) is not None:
        tokens = merged(tokens, pair, BYTES + rank[pair])
    return tokens


def of_the_tokenizer(tokenizer, corpus, today):
    """What can be said of a tokeniser without a model."""
    words = [piece for line in corpus for piece in pieces(line)]
    cuts = {word: (tokenizer.encode(word), cut(tokenizer, word, by_rank)) for word in {*words}}
    return {
        "other_words": sum(cuts[word][0] != cuts[word][1] for word in words) / len(words),
        "tokens_word": sum(len(cuts[word][0]) for word in words) / len(words),
        "round_trip": sum(tokenizer.decode(today[line]) == line + "\n" for line in corpus) / len(corpus),
    }
