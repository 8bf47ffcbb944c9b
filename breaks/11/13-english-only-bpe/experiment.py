"""Lines of two languages, read through the course's tokeniser by a model that counts."""

import math
from collections import Counter

import numpy as np
from minitok import NGram
from minitok.train_bpe import load_corpus, train_tokenizer

LANGUAGES = ("english", "spanish")
NEWLINE = (10,)  # stands before every line and at its end
HELD = 300  # fresh lines of each language that the model is asked about


def run(probe, *, vocabulary, context, lines, steps, spanish, seed):
    """A step is `lines` fresh lines, Spanish with probability `spanish`: the model is asked, then counts them.

    At every step `loss`, nats a token on those lines before they were counted, and on other lines, for each language,
    `perplexity_…` a token and `bits_…` a character. At step 0 what the tokeniser is: `merges`, `tokens_…` a word over
    the corpus, `raw_accents`, the share of the bytes of accented letters that stand as tokens of their own, and
    `floor_…`, the fewest bits a character that any model needs.
    """
    rng = np.random.default_rng(seed)
    corpus = {language: load_corpus(language) for language in LANGUAGES}
    tokenizer = train_tokenizer(vocabulary)
    model = NGram(len(tokenizer), context)
    tokens = {line: tokenizer.encode(line + "\n") for part in corpus.values() for line in part}
    held = {language: draw(rng, part, HELD) for language, part in corpus.items()}
    for step in probe.steps(steps):
        if step == 0:
            probe.record(merges=len(tokenizer) - 256, raw_accents=raw_accents(tokenizer, corpus["spanish"]))
            probe.record(**{f"tokens_{language}": a_word(tokenizer, corpus[language]) for language in LANGUAGES})
            probe.record(**{f"floor_{language}": floor(corpus[language]) for language in LANGUAGES})
        languages = np.where(rng.random(lines) < spanish, "spanish", "english")
        fresh = [draw(rng, corpus[language], 1)[0] for language in languages]
        spent = sum(model.bits(tokens[line], NEWLINE) for line in fresh)
        probe.record(loss=spent * math.log(2) / sum(len(tokens[line]) for line in fresh))
        for line in fresh:
            model.learn(tokens[line], NEWLINE)
        for language, part in held.items():
            spent = sum(model.bits(tokens[line], NEWLINE) for line in part)
            probe.record(**{
                f"bits_{language}": spent / sum(len(line) + 1 for line in part),
                f"perplexity_{language}": 2.0 ** (spent / sum(len(tokens[line]) for line in part)),
            })  # fmt: skip


def draw(rng, part, count):
    """`count` lines, each as likely as the others, with replacement."""
    return [part[i] for i in rng.integers(len(part), size=count)]


def a_word(tokenizer, part):
    """Tokens a word; words are what stands between spaces."""
    return sum(len(tokenizer.encode(line)) for line in part) / sum(len(line.split()) for line in part)


def raw_accents(tokenizer, part):
    """Share of the bytes beyond ASCII that are tokens of their own."""
    alone = sum(128 <= token < 256 for line in part for token in tokenizer.encode(line))
    return alone / sum(byte >= 128 for line in part for byte in line.encode("utf-8"))


def floor(part):
    """Bits a character of lines that are drawn independently: H(line) / E[length]."""
    entropy = -math.fsum(n / len(part) * math.log2(n / len(part)) for n in Counter(part).values())
    return entropy / (sum(len(line) + 1 for line in part) / len(part))
