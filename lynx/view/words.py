"""The words for what has a name in the code: stages, verdicts, symptoms, metrics, layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.view.language import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS: dict[str, str] = {
    # stages
    "predicting": N_("predicting"),
    "observing": N_("observing"),
    "fixing": N_("fixing"),
    "explaining": N_("explaining"),
    "done": N_("done"),
    # what a break's line in the list may say besides
    "new": N_("new"),
    "revealed": N_("revealed"),
    "reset": N_("given back"),
    # how a prediction fared
    "hit": N_("hit"),
    "near": N_("near"),
    "miss": N_("miss"),
    "unmeasured": N_("not measured"),
    # verdicts on claims
    "HOLDS": N_("holds"),
    "REFUTED": N_("refuted"),
    "UNDECIDED": N_("undecided"),
    "INVALID": N_("invalid: the healthy side failed its own check"),
    "not-contradicted": N_("not contradicted"),
    "contradicted": N_("contradicted"),
    # how a run ended
    "finished": N_("finished"),
    "crashed": N_("crashed"),
    "exited": N_("left early"),
    "killed": N_("killed"),
    "timed-out": N_("out of time"),
    "stalled": N_("waited too long"),
    "out-of-memory": N_("out of memory"),
    "out-of-descriptors": N_("out of file descriptors"),
    "printed-too-much": N_("printed too much"),
    # what became of a mutant of a scan
    "caught": N_("caught"),
    "crashes": N_("crashes"),
    "missed": N_("missed"),
    "no-effect": N_("no effect in this setting"),
    "undecided": N_("undecided"),
    "not-reached": N_("not reached"),
    # why a run that ended well shows nothing
    "never-read": N_("the changed file was never read"),
    "imported-before": N_("the changed file was imported before it began"),
    "opened-past": N_("the changed file was read from disk"),
    "started-process": N_("another program read the disk"),
    "nothing-recorded": N_("nothing was recorded"),
    "interrupted": N_("interrupted"),
    # who says so
    "theory": N_("theory"),
    "measured": N_("measured"),
    # the state of the target
    "untouched": N_("as the break left it"),
    "unreadable": N_("not readable"),
    "original": N_("as it was"),
    "changed": N_("changed by you"),
    "missing": N_("missing"),
    # symptoms
    "scattered": N_("scattered"),
    "overshoots": N_("overshoots"),
    "collapsed": N_("collapsed"),
    "alike-at-start": N_("alike from the start"),
    "closer": N_("ever more alike"),
    "small-at-start": N_("tiny from the start"),
    "large-at-start": N_("huge from the start"),
    "wide-at-start": N_("wide from the start"),
    "vanished": N_("vanished"),
    "not-vanished": N_("not vanished"),
    "exploded": N_("exploded"),
    "swollen": N_("swollen"),
    "disconnected": N_("disconnected"),
    "sees-ahead": N_("sees ahead"),
    "nan": N_("not a number"),
    # variants
    "healthy": N_("healthy"),
    "broken": N_("broken"),
    "yours": N_("yours"),
}

# what experiments record besides; the metrics of `truth.measures.METRICS` bring their own words
METRIC_WORDS: dict[str, str] = {
    "weight_change_hist": N_("how far weights moved"),
    "first_nan_step": N_("first NaN step"),
    # what a text model records of its text
    "text_length": N_("characters of text"),
    "vocabulary": N_("different characters known"),
    "replaced_share": N_("share of characters too rare to be known"),
    "char_entropy": N_("entropy of a character, in nats"),
    "conditional_entropy": N_("entropy of a character given the one before"),
    "entropy_rate": N_("entropy rate of the text, in nats a character"),
    "excess_over_pair": N_("validation loss − entropy given the one before"),
    "val_error": N_("standard error of the validation loss"),
    "leak_z": N_("standard errors below the entropy rate"),
    "fit_ratio": N_("loss in training ÷ validation loss"),
    "future_worth": N_("true loss − validation loss"),
    "largest_weight": N_("largest share that a place takes of another"),
    "one_hot": N_("places that look at a single one"),
    # what a residual MLP records of its blocks
    "hidden_norm": N_("norm of the hidden state"),
    "sample_grad_norm": N_("gradient of one sample's loss"),
    "w2_bias": N_("largest bias of a second layer"),
    "forward_from_gap": N_("difference when resumed from any layer"),
}

PARAMETERS = ("param_grad_norm", "grad_missing")  # recorded of every parameter, not of every layer
_NUMBER = r"^-?\d+(\.\d+)?$"
_BLOCK = r"^(?:\w+\.)?blocks?\.(\d+)$"


def word(name: str) -> str:
    """The word for a name of the code's; a name that has none is its own."""
    return _(WORDS[name]) if name in WORDS else str(name)


def metric_word(metric: str) -> str:
    """What a metric measures, in a few words."""
    from lynx.truth.measures import METRICS  # light commands name no metric

    known = METRICS.get(metric)
    return _(known.word if known and known.word else METRIC_WORDS.get(metric, metric))


def unit_word(unit: str) -> str:
    """A unit."""
    return _(unit)


def layer_word(layer: str) -> str:
    """A layer's name as a person counts: `blocks.0` is block 1."""
    match = re.match(_BLOCK, layer)
    return _("block {n}").format(n=int(match[1]) + 1) if match else layer


def parts_word(metric: str, names: Sequence[str]) -> str:
    """What a metric has several values of at a step, counted: “50 blocks”, “20 parameters”; "" where it has one."""
    n = len(names)
    if not n:
        return ""
    if metric == "weight_change_hist":
        return ngettext("{n} bin", "{n} bins", n).format(n=n)
    if all(re.match(_BLOCK, name) for name in names):
        return ngettext("{n} block", "{n} blocks", n).format(n=n)
    if metric in PARAMETERS:
        return ngettext("{n} parameter", "{n} parameters", n).format(n=n)
    if all(re.match(_NUMBER, name) for name in names):
        return ngettext("{n} value", "{n} values", n).format(n=n)
    return ngettext("{n} layer", "{n} layers", n).format(n=n)


def at_layer(metric: str, layer: str) -> str:
    """A metric at a layer: “gradient at block 1”."""
    if not layer:
        return metric_word(metric)
    return _("{metric} at {layer}").format(metric=metric_word(metric), layer=layer_word(layer))
