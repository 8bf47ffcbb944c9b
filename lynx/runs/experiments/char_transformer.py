"""The learner's one-layer character transformer, on a text of known entropy rate or on any text file."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from lynx.runs.child.probe import Probe

EVALUATED_EVERY = 50  # steps
VALIDATION = 16_000  # characters, fresh from the grammar or the end of the file
FRESH = 1_000_000  # added to the seed for text that no training has seen
# no matrix over all places of all windows, and no second pass: a transformer's step is short
COSTLY = ("activation_var", "abs_cosine", "stable_rank", "grad_cosine", "step_linearity")


@dataclass(frozen=True)
class Text:
    """What is read: characters to train on and to validate with, and all characters there may be.

    `rate` is the entropy rate in nats a character, NaN where nobody knows it.
    """

    train: str
    validation: str
    alphabet: str
    rate: float


def char_transformer(
    probe: Probe,
    *,
    text: str = "",
    language: str = "both",
    characters: int = 200_000,
    width: int = 64,
    heads: int = 2,
    context: int = 64,
    hidden: int = 128,
    batch: int = 32,
    steps: int = 400,
    lr: float = 3e-3,
    seed: int = 0,
) -> None:
    """Train with Adam; record the loss, the validation loss and what the instruments see.

    `text` is the path of a text file (UTF-8), of which the first nine tenths are trained on; without one,
    `characters` are sampled from `tinylm.grammar` in `language`.

    Recorded once, at step 0: `text_length` and `vocabulary` in characters; `char_entropy` H(c),
    `conditional_entropy` H(c | the one before) and `entropy_rate` (NaN for a file) in nats a character;
    `replaced_share` of the characters, too rare for a vocabulary of 65.

    With every `val_loss`: `val_error`, its standard error over windows; `excess_over_pair` = val_loss −
    H(c | the one before); and `leak_z` = (entropy_rate − val_loss) / val_error: above 3, the model has seen
    what it should predict. Of a file the rate counts as 0, the least it can be.

    OSError for a file that cannot be read, ValueError for one that is too short.
    """
    numbers = importlib.import_module("tinylm.text")
    read = from_file(text, context) if text else from_grammar(language, characters, seed)
    vocabulary = numbers.Vocabulary.of(read.alphabet)
    codes = vocabulary.encode(read.train)
    windows = numbers.windows(vocabulary.encode(read.validation), context)
    pair = numbers.conditional_entropy(read.train)
    about = {
        "text_length": len(read.alphabet) if text else len(read.train),
        "vocabulary": len(vocabulary),
        "char_entropy": numbers.character_entropy(read.train),
        "conditional_entropy": pair,
        "entropy_rate": read.rate,
        "replaced_share": vocabulary.replaced if text else 0.0,
    }
    torch.manual_seed(seed)
    model = importlib.import_module("tinylm.transformer").TinyTransformer(
        len(vocabulary), width, heads, context, hidden
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    probe.watch(model, without=COSTLY)
    drawn = numbers.batches(codes, batch, context, seed)
    for step in probe.steps(steps):
        inputs, targets = next(drawn)
        optimiser.zero_grad()
        loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        probe.record(loss=loss.item())
        if step == 0:
            probe.record(**about)
        if step % EVALUATED_EVERY == 0:
            probe.record(**evaluated(model, windows, pair, read.rate))
        optimiser.step()
    probe.record(**evaluated(model, windows, pair, read.rate))


def from_grammar(language: str, characters: int, seed: int) -> Text:
    """A text of the grammar to train on, and a fresh one. ValueError for an unknown language."""
    tinylm = importlib.import_module("tinylm.grammar")
    sentences = tinylm.grammar(language)
    return Text(
        tinylm.sample_text(sentences, characters, seed),
        tinylm.sample_text(sentences, VALIDATION, seed + FRESH),
        "".join(sentences),
        tinylm.entropy_rate(sentences),
    )


def from_file(path: str, context: int) -> Text:
    """The first nine tenths of a file, and the beginning of its last tenth."""
    whole = Path(path).read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n")
    cut = len(whole) * 9 // 10
    if len(whole) - cut <= context:
        raise ValueError(f"{path} has {len(whole)} characters; it takes at least {10 * (context + 1)}")
    return Text(whole[:cut], whole[cut : cut + VALIDATION], whole, math.nan)


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
        "leak_z": (least - loss) / error,
    }
