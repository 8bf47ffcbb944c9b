"""What the words of a question mean: said when a person asks (`?`), and never with the answer in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.view.language import _
from lynx.view.words import metric_word

if TYPE_CHECKING:
    from lynx.truth.claims import Prediction

METRICS: dict[str, str] = {
    "loss": N_("cross-entropy of the batch just seen; guessing evenly among n answers costs ln n nats"),
    "val_loss": N_("the loss on examples that are never trained on"),
    "val_accuracy": N_(
        "the share of right answers among examples that are never trained on; 1 is all of them"
    ),
    "train_accuracy": N_("the share of right answers among the examples trained on; 1 is all of them"),
    "grad_norm": N_(
        "the length of the loss's gradient with respect to a layer's weights; at 0 the layer hears nothing"
    ),
    "param_grad_norm": N_(
        "the length of the loss's gradient with respect to one parameter; at 0 it hears nothing"
    ),
    "params_without_grad": N_("how many parameters get no gradient at all, not even zeros"),
    "activation_var": N_("how far the values that leave a layer spread around their mean, squared"),
    "abs_cosine": N_(
        "the mean |cosine| between the samples of a batch behind a layer; at 1 all point the same way"
    ),
    "stable_rank": N_("in how many directions the samples of a batch differ behind a layer"),
    "grad_cosine": N_("the cosine between the gradient and the one after a small nudge of the input"),
    "step_linearity": N_("what a step lowered the loss by, over what its gradient promised"),
    "update_ratio": N_("the length of one step over the length of the weights that it moves"),
    "weight_change": N_("how far a layer's weights have moved since the start, as a share of their length"),
    "true_loss": N_(
        "the validation loss of a model that is given no character beyond the one that it predicts from"
    ),
    "future_dependence": N_(
        "how many earlier places of a text are predicted differently when its last character is another"
    ),
    "first_nan_step": N_("the first step at which the loss is not a number (NaN)"),
}
TERMS: tuple[tuple[str, str], ...] = (  # as a question writes them, one or many
    (
        N_("residual"),
        N_("a path that adds what goes into a block to what comes out of it; also called a skip"),
    ),
    (
        N_("step"),
        N_("one update of the weights, counted from 0; step 0 is measured before anything is learned"),
    ),
    (N_("norm of"), N_("its length: the square root of the sum of all its squares")),
    (N_("hidden state"), N_("what a network hands from one block to the next")),
    (N_("embedding"), N_("the table that turns a symbol into numbers, below all blocks")),
    (N_("epoch"), N_("one pass over all training examples")),
    (N_("direct feedback"), N_("each block is trained by the output's error through a fixed random matrix")),
    (N_("in nats"), N_("the unit of a loss with the natural logarithm; ln 2 nats are one bit")),
    (N_("tensor"), N_("an array of numbers that is trained as one, such as the weights of a layer")),
    (N_("leak"), N_("a way by which a model sees what it should predict")),
    (N_("entropy rate"), N_("what the next character costs the best possible model, given all before it")),
    (N_("chance"), N_("what guessing gets right")),
    (N_("variance"), N_("the mean squared distance from the mean")),
    (N_("overflow"), N_("growing beyond the largest number that float32 can hold, 3.4e38")),
)
SIDES = N_("healthy is the code as it was, broken the same code with the bug; the rest is equal")
SEEDS = N_("it runs under several seeds (first weights, batches); the median over them is what counts")


def explained(prediction: Prediction, ask: str) -> list[tuple[str, str]]:
    """(word, meaning) for what a question speaks of: what is measured, the terms in it, the two sides, the seeds."""
    measure, said = prediction.measure, ask.casefold()
    rows = [(metric_word(measure.metric), _(METRICS[measure.metric]))] if measure.metric in METRICS else []
    rows += [(_(word), _(meaning)) for word, meaning in TERMS if _stands_in(_(word), said)]
    if measure.variant in ("healthy", "broken"):
        rows.append((_("healthy, broken"), _(SIDES)))
    return [*rows, (_("measured"), _(SEEDS))]


def _stands_in(word: str, said: str) -> bool:
    return re.search(rf"\b{re.escape(word.casefold())}(?:e?s)?\b", said) is not None
