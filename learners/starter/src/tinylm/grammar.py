"""A small grammar over the verb corpus whose entropy rate is known exactly.

A sentence is an expression of time, a pronoun, a verb form and perhaps a tail: "yesterday she walked at
home.", "mañana yo caminaré." The time decides the tense and the pronoun the person, so the form can be
told from the words before it, but not from the last character alone.

Sentences are drawn independently from a finite set. Each ends in a full stop followed by a space, and no
stop stands inside one, so a text can be cut into its sentences in one way only. The entropy of a character
given everything before it is then H(sentence) / E[length]: no model can predict fresh text better.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from minimodel.corpus import load_verbs

Grammar = dict[str, float]  # sentence -> probability
END = ". "

# tense -> (expressions of time, auxiliary for each person)
ENGLISH = {
    "present": (("now", "every day"), ("", "", "")),
    "past": (("yesterday", "last week"), ("", "", "")),
    "past participle": (("today", "so far"), ("have ", "have ", "has ")),
    "simple future": (("tomorrow", "soon"), ("", "", "")),  # "will" is in the form
}
SPANISH = {
    "present": (("ahora", "cada día"), ("", "", "")),
    "past": (("ayer", "la semana pasada"), ("", "", "")),
    "past participle": (("hoy", "hasta ahora"), ("he ", "has ", "ha ")),
    "simple future": (("mañana", "pronto"), ("", "", "")),
}
# (pronoun, person), each as likely as the others
PRONOUNS = {
    "english": (("I", 0), ("you", 1), ("he", 2), ("she", 2)),
    "spanish": (("yo", 0), ("tú", 1), ("él", 2), ("ella", 2)),
}
# tail: probability
TAILS = {
    "english": {"": 0.4, " again": 0.2, " at home": 0.2, " with us": 0.1, " a lot": 0.1},
    "spanish": {"": 0.4, " otra vez": 0.2, " en casa": 0.2, " con nosotros": 0.1, " mucho": 0.1},
}
TIMES = {"english": ENGLISH, "spanish": SPANISH}


def verb_weights(verbs: list[str]) -> dict[str, float]:
    """Zipf's law in the order of the corpus: the k-th verb is 1/k times as frequent as the first."""
    total = sum(1 / k for k in range(1, len(verbs) + 1))
    return {verb: 1 / (k * total) for k, verb in enumerate(verbs, start=1)}


def grammar(language: str = "both") -> Grammar:
    """Every sentence with its probability, in "english", "spanish" or "both" (half of each).

    ValueError for any other language.
    """
    if language not in (*TIMES, "both"):
        raise ValueError(f"language must be english, spanish or both, not {language!r}")
    if language == "both":
        halves = (grammar(each) for each in TIMES)
        return {sentence: p / 2 for half in halves for sentence, p in half.items()}
    rows = load_verbs()
    form = {(row.verb, row.tense, row.person): row.form(language) for row in rows}
    weights = verb_weights(list(dict.fromkeys(row.verb for row in rows)))
    sentences: Grammar = {}
    times = TIMES[language]
    for tense, (expressions, auxiliaries) in times.items():
        choices = product(expressions, PRONOUNS[language], weights, TAILS[language])
        for time, (pronoun, person), verb, tail in choices:
            words = f"{time} {pronoun} {auxiliaries[person]}{form[verb, tense, str(person + 1)]}{tail}{END}"
            share = len(times) * len(expressions) * len(PRONOUNS[language])
            sentences[words] = sentences.get(words, 0.0) + weights[verb] * TAILS[language][tail] / share
    return sentences


def entropy_rate(sentences: Grammar) -> float:
    """Nats a character of an endless text of independent sentences: H(sentence) / E[length]."""
    entropy = -math.fsum(p * math.log(p) for p in sentences.values())
    return entropy / math.fsum(p * len(sentence) for sentence, p in sentences.items())


def sample_text(sentences: Grammar, characters: int, seed: int) -> str:
    """A text of exactly `characters` characters; the last sentence may be cut."""
    rng = np.random.default_rng(seed)
    texts = list(sentences)
    probabilities = np.fromiter(sentences.values(), dtype=np.float64)
    probabilities /= probabilities.sum()
    shortest = min(map(len, texts))
    drawn = rng.choice(len(texts), size=characters // shortest + 1, p=probabilities)
    return "".join(texts[i] for i in drawn)[:characters]
