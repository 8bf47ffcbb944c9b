"""The learner's small GPT, on a text of known entropy rate or on any text file."""

from __future__ import annotations

import importlib
import math
from collections import deque
from typing import TYPE_CHECKING, Any

import torch

from lynx.runs.experiments.sequences import evaluated, from_file, from_grammar, true_loss

if TYPE_CHECKING:
    from torch import Tensor

    from lynx.runs.child.probe import Probe

EVALUATED_EVERY = 50  # steps
LOOKED_AT = 32  # windows whose attention is measured
CLEAR = 0.99  # the share of one place from which a row of attention counts as one-hot
# no matrix over all places of all windows, and no second pass for the gradient: a step here is short
COSTLY = ("activation_var", "abs_cosine", "stable_rank", "grad_cosine", "step_linearity")


def gpt(
    probe: Probe,
    *,
    text: str = "",
    language: str = "both",
    characters: int = 100_000,
    validation: int = 4_000,
    width: int = 32,
    heads: int = 2,
    layers: int = 2,
    context: int = 32,
    hidden: int = 0,
    dropout: float = 0.0,
    init: str = "default",
    scores_init: float = 1.0,
    scores_rate: float = 1.0,
    cut_off: bool = True,
    batch: int = 16,
    steps: int = 200,
    lr: float = 1e-2,
    seed: int = 0,
) -> None:
    """Train `tinylm.gpt.GPT` with Adam; record the loss, what it is worth on fresh text, and what the instruments see.

    `text` is the path of a text file (UTF-8), of which the first nine tenths are trained on; without one,
    `characters` are sampled from `tinylm.grammar` in `language`. `validation` characters are kept for `val_loss`.
    `hidden` is 4 · width at 0. `init`: see `initialised`. `scores_init` and `scores_rate` multiply the first weights
    and the learning rate of the query and key layers. With `cut_off` the model is asked once more at the end with every
    text cut off behind each place, for `true_loss`.

    Recorded once, at step 0: lengths and entropies of the text (`sequences.Text.about`). At step 0, every fifty steps
    and at the end: `val_loss` with `val_error`, `excess_over_pair` and `leak_z` (`sequences.evaluated`), and
    `largest_weight` and `one_hot` of each block (`attention`), those at step 1 too.
    At the end also `fit_ratio`, the mean loss of the last twenty batches over `val_loss`, and `true_loss` with
    `future_worth`, by how much it is higher than `val_loss`.

    Unusable for a file that `texts.read_text` refuses, ValueError for an unknown `init`.
    """
    numbers = importlib.import_module("tinylm.text")
    cross_entropy = importlib.import_module("tinylm.loss").next_character_loss
    read = (
        from_file(text, context, validation) if text else from_grammar(language, characters, seed, validation)
    )
    vocabulary = numbers.Vocabulary.of(read.alphabet)
    windows = numbers.windows(vocabulary.encode(read.validation), context)
    about = read.about(vocabulary, whole=bool(text))
    torch.manual_seed(seed)
    model = importlib.import_module("tinylm.gpt").GPT(
        len(vocabulary), width, heads, layers, context, hidden or None, dropout
    )
    initialised(model, init)
    optimiser = torch.optim.Adam(groups(model, scores_init, lr, scores_rate), lr=lr)
    probe.watch(model, without=COSTLY)
    drawn = numbers.batches(vocabulary.encode(read.train), batch, context, seed)

    seen: deque[float] = deque(maxlen=20)
    for step in probe.steps(steps):
        inputs, targets = next(drawn)
        optimiser.zero_grad()
        loss = cross_entropy(model(inputs), targets)
        loss.backward()
        probe.record(loss=loss.item())
        if step == 0:
            probe.record(**about)
        if step % EVALUATED_EVERY == 0:
            probe.record(**evaluated(model, windows, about["conditional_entropy"], read.rate))
        if step % EVALUATED_EVERY == 0 or step == 1:  # before any update, after one, …
            attention(probe, model, windows[0][:LOOKED_AT])
        optimiser.step()
        seen.append(loss.item())
    last = evaluated(model, windows, about["conditional_entropy"], read.rate)
    attention(probe, model, windows[0][:LOOKED_AT])
    probe.record(**last, fit_ratio=sum(seen) / len(seen) / last["val_loss"])
    if cut_off:
        true = true_loss(model, windows)
        probe.record(true_loss=true, future_worth=true - last["val_loss"])


def initialised(model: Any, init: str) -> None:
    """Draw first weights anew. ValueError for an unknown name.

    `default`: as torch drew them, linear layers uniform within ± 1/√fan_in. `small`: every matrix N(0, .02²) and
    every bias 0 (GPT-2). `unit`: queries and keys with variance 1 for inputs of variance 1, the rest as torch drew
    it.
    """
    if init not in ("default", "small", "unit"):
        raise ValueError(f"init must be default, small or unit, not {init!r}")
    for name, parameter in model.named_parameters():
        matrix = parameter.ndim == 2
        if init == "small" and (matrix or name.endswith("bias")):
            torch.nn.init.normal_(parameter, std=0.02) if matrix else torch.nn.init.zeros_(parameter)
        elif init == "unit" and scoring(name):
            deviation = 1 / math.sqrt(parameter.shape[-1])
            torch.nn.init.normal_(parameter, std=deviation) if matrix else torch.nn.init.zeros_(parameter)


def groups(model: Any, scores_init: float, lr: float, scores_rate: float) -> list[dict[str, Any]]:
    """Adam's groups: what makes the scores of attention, scaled and at a rate of its own, and the rest."""
    named = list(model.named_parameters())
    scores = [parameter for name, parameter in named if scoring(name)]
    with torch.no_grad():
        for parameter in scores:
            parameter *= scores_init
    rest = [parameter for name, parameter in named if not scoring(name)]
    return [{"params": rest}, {"params": scores, "lr": lr * scores_rate}]


def scoring(name: str) -> bool:
    """Whether this is a parameter of a query or a key layer."""
    return ".query." in name or ".key." in name


def attention(probe: Probe, model: Any, codes: Tensor) -> None:
    """Record how sharply each block looks, over the places of the second half of the windows.

    `largest_weight`: the mean over rows of the largest share that a place takes from one other; `one_hot`: the share
    of rows in which that is at least .99.
    """
    parts = importlib.import_module("tinylm.attention")
    largest, one_hot = [], []
    mask = parts.causal_mask(codes.shape[1])
    with torch.no_grad():
        x = model.embed(codes)
        for block in model.blocks:
            q, k, _ = block.attention.project(block.norm1(x))
            most = parts.weights_of(q, k, mask).amax(dim=-1)[..., codes.shape[1] // 2 :]
            largest.append(float(most.mean()))
            one_hot.append(float((most >= CLEAR).float().mean()))
            x = block(x, mask)
    names = [f"blocks.{number}" for number in range(len(largest))]
    probe.series("largest_weight", names, largest)
    probe.series("one_hot", names, one_hot)
