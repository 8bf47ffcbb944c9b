"""What experiments on texts share: the text, with its entropy rate where that is known, and how a model does on it."""

from __future__ import annotations

import importlib
import math
import string
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lynx.runs.experiments.texts import read_text

VALIDATION = 16_000  # characters, fresh from the grammar or the end of the file
FRESH = 1_000_000  # added to the seed for text that no training has seen


@dataclass(frozen=True)
class Text:
    """What is read: characters to train on and to validate with, and all characters there may be.

    `rate` is the entropy rate in nats a character, NaN where nobody knows it.
    """

    train: str
    validation: str
    alphabet: str
    rate: float

    def about(self, vocabulary: Any, whole: bool) -> dict[str, float]:
        """Lengths in characters and entropies in nats a character; `whole`: of a file, all of it is the text."""
        numbers = importlib.import_module("tinylm.text")
        return {
            "text_length": len(self.alphabet) if whole else len(self.train),
            "vocabulary": len(vocabulary),
            "char_entropy": numbers.character_entropy(self.train),
            "conditional_entropy": numbers.conditional_entropy(self.train),
            "entropy_rate": self.rate,
            "replaced_share": vocabulary.replaced if whole else 0.0,
        }


def from_grammar(language: str, characters: int, seed: int, validation: int = VALIDATION) -> Text:
    """A text of the grammar to train on, and a fresh one. ValueError for an unknown language."""
    tinylm = importlib.import_module("tinylm.grammar")
    sentences = tinylm.grammar(language)
    return Text(
        tinylm.sample_text(sentences, characters, seed),
        tinylm.sample_text(sentences, validation, seed + FRESH),
        "".join(sentences),
        tinylm.entropy_rate(sentences),
    )


def from_lots(characters: int, seed: int, validation: int = VALIDATION) -> Text:
    """Letters that are drawn by lot, each as likely as any other whatever came before: ln 26 nats a character."""
    letters = np.array(list(string.ascii_lowercase))
    train, fresh = (np.random.default_rng((seed, which)) for which in (0, 1))
    return Text(
        "".join(train.choice(letters, characters)),
        "".join(fresh.choice(letters, validation)),
        string.ascii_lowercase,
        math.log(len(letters)),
    )


def from_file(path: str, context: int, validation: int = VALIDATION) -> Text:
    """The first nine tenths of a file, and the beginning of its last tenth. Unusable for what `read_text` refuses."""
    whole = read_text(path, context)
    cut = len(whole) * 9 // 10
    return Text(whole[:cut], whole[cut : cut + validation], whole, math.nan)


def paired(codes: Tensor, context: int) -> tuple[Tensor, Tensor]:
    """Windows that do not overlap, and what follows each place: (windows, context) each. Not the learner's own."""
    used = (len(codes) - 1) // context * context
    return codes[:used].view(-1, context), codes[1 : used + 1].view(-1, context)


def evaluated(model: Any, windows: tuple[Tensor, Tensor], pair: float, rate: float) -> dict[str, float]:
    """Mean cross-entropy over windows, and how it compares with what is known of the text."""
    inputs, targets = windows
    model.eval()
    with torch.no_grad():
        each = F.cross_entropy(model(inputs).transpose(1, 2), targets, reduction="none").mean(dim=1)
    model.train()
    loss = float(each.mean())
    least = 0.0 if math.isnan(rate) else rate
    error = float(each.std(correction=1)) / math.sqrt(len(each)) if len(each) > 1 else math.nan
    return {
        "val_loss": loss,
        "val_error": error,
        "excess_over_pair": loss - pair,
        "leak_z": (least - loss) / error if error else math.copysign(math.inf, least - loss),
    }


def true_loss(model: Any, windows: tuple[Tensor, Tensor]) -> float:
    """The same mean over the same windows, of a model that gets no character after the one that it predicts from.

    Each place is asked for with the text cut off behind it. Where no place looks ahead this is `val_loss`; where one
    does, it is what the model is worth to somebody who has not got the future to give.
    """
    inputs, targets = windows
    length = inputs.shape[1]
    model.eval()
    with torch.no_grad():
        losses = [F.cross_entropy(model(inputs[:, : t + 1])[:, -1], targets[:, t]) for t in range(length)]
    model.train()
    return float(sum(losses)) / length
