"""The learner's small GPT as a language model: trained, held against its text's entropy, asked to write."""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any

import torch

from lynx.runs.experiments import behaviour
from lynx.runs.experiments.sequences import evaluated, from_file, from_grammar, from_lots, paired, true_loss

if TYPE_CHECKING:
    from torch import Tensor

    from lynx.runs.child.probe import Probe

EVALUATED_EVERY = 50  # steps
# no matrix over all places of all windows, and no second pass for the gradient: a step here is short
COSTLY = ("activation_var", "abs_cosine", "stable_rank", "grad_cosine", "step_linearity")


def language_model(
    probe: Probe,
    *,
    text: str = "",
    language: str = "english",
    characters: int = 100_000,
    validation: int = 4_000,
    width: int = 32,
    heads: int = 2,
    layers: int = 2,
    context: int = 32,
    places: str = "learned",
    puts_out: str = "logits",
    sound_steps: int = 0,
    sharpness: float = 1.0,
    loudness: float = 1.0,
    sampled: int = 0,
    batch: int = 8,
    steps: int = 200,
    lr: float = 1e-2,
    seed: int = 0,
) -> None:
    """Train `tinylm.gpt.GPT` with Adam on pairs of `tinylm.text`, and look at what has come of it.

    `text` is the path of a text file (UTF-8), of which the first nine tenths are trained on; without one,
    `characters` are sampled from `tinylm.grammar` in `language`, or, where that is `lots`, drawn from 26 letters, each
    as likely as any whatever came before. `places` `none` holds the position embedding at 0.

    The loss takes what the model puts out times `sharpness`, and is multiplied by `loudness` for the backward pass
    alone; where `puts_out` is `probabilities`, and in the first `sound_steps` steps, it takes the logarithm of what the
    model puts out.

    Recorded once, at step 0: lengths and entropies of the text (`sequences.Text.about`). At every step `loss`; at step
    0, every fifty and at the end `val_loss` with `val_error`, `excess_over_pair` and `leak_z`, over windows of
    `tinylm.text`, and what `behaviour.pulls` finds in the batch. At the end, over pairs that are not the learner's:
    `true_loss`, `behaviour.predicted`, `order_dependence` and `place_told`; and where `sampled` characters are asked
    for, `behaviour.written`.

    Unusable for a file that `texts.read_text` refuses.
    """
    numbers = importlib.import_module("tinylm.text")
    cross_entropy = importlib.import_module("tinylm.loss").next_character_loss
    if text:
        read = from_file(text, context, validation)
    elif language == "lots":
        read = from_lots(characters, seed, validation)
    else:
        read = from_grammar(language, characters, seed, validation)
    vocabulary = numbers.Vocabulary.of(read.alphabet)
    fresh = vocabulary.encode(read.validation)
    windows, fair = numbers.windows(fresh, context), paired(fresh, context)
    about = read.about(vocabulary, whole=bool(text))
    torch.manual_seed(seed)
    model = importlib.import_module("tinylm.gpt").GPT(len(vocabulary), width, heads, layers, context)
    if places == "none":
        model.pos_embedding.weight.requires_grad_(False).zero_()
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr)
    probe.watch(model, without=COSTLY)
    drawn = numbers.batches(vocabulary.encode(read.train), batch, context, seed)

    def loss_of(out: Tensor, targets: Tensor, step: int) -> Tensor:
        if puts_out == "probabilities" or step < sound_steps:
            out = out.clamp_min(torch.finfo(out.dtype).tiny).log()
        loss: Tensor = cross_entropy(out * sharpness, targets)
        return loss

    with behaviour.Listening(model.output_head) as logits:
        for step in probe.steps(steps):
            inputs, targets = next(drawn)
            optimiser.zero_grad()
            loss = loss_of(model(inputs), targets, step)
            heard = logits.heard  # before an instrument asks the model again
            (loss * loudness).backward()  # type: ignore[no-untyped-call]
            probe.record(loss=loss.item())
            if step == 0:
                probe.record(**about)
            if step % EVALUATED_EVERY == 0 or step == steps - 1:
                probe.record(**behaviour.pulls(heard, targets, loudness))
            if step % EVALUATED_EVERY == 0:
                probe.record(**evaluated(model, windows, about["conditional_entropy"], read.rate))
            optimiser.step()
    probe.record(**evaluated(model, windows, about["conditional_entropy"], read.rate))
    at_the_end(probe, model, fair)
    if sampled:
        probe.record(**behaviour.written(model, vocabulary, fair[0][:, :1], sampled, read.train, seed))


def at_the_end(probe: Probe, model: Any, fair: tuple[Tensor, Tensor]) -> None:
    """What can be asked of a trained model without its past: its true loss, its answers, what it makes of order."""
    probe.record(
        true_loss=true_loss(model, fair),
        order_dependence=behaviour.order_dependence(model, fair[0]),
        **behaviour.predicted(model, fair),
    )
    told = behaviour.place_told(model, fair[0])
    if all(math.isfinite(value) for value in told.values()):
        probe.series("place_told", list(told), list(told.values()))
