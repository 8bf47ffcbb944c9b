"""The learner's one-layer character transformer, on a text of known entropy rate or on any text file."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from lynx.runs.experiments.sequences import evaluated, from_file, from_grammar

if TYPE_CHECKING:
    from lynx.runs.child.probe import Probe

EVALUATED_EVERY = 50  # steps
# no matrix over all places of all windows, and no second pass: a transformer's step is short
COSTLY = ("activation_var", "abs_cosine", "stable_rank", "grad_cosine", "step_linearity")


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

    Unusable for a file that `texts.read_text` refuses.
    """
    numbers = importlib.import_module("tinylm.text")
    read = from_file(text, context) if text else from_grammar(language, characters, seed)
    vocabulary = numbers.Vocabulary.of(read.alphabet)
    codes = vocabulary.encode(read.train)
    windows = numbers.windows(vocabulary.encode(read.validation), context)
    about = read.about(vocabulary, whole=bool(text))
    pair = about["conditional_entropy"]
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
