"""Checks for anybody's tests of training code: each fails, by a plain assert, on one family of training bugs.

They take callables, so they fit any model: PyTorch's, `minimodel`'s, and whatever has `parameters()` with `.data` and
`.grad`. Nothing else of Lynx is imported; NumPy is, and torch only where torch's tensors come in.

    from lynx.guards import no_future

    def test_no_place_sees_what_comes_after_it():
        no_future(model.eval(), codes)

A check that compared nothing fails: a model that returns one number for everything keeps no secret of the future.
Which check sees which bug was measured, and stands in docs/guards.md.
"""

from lynx.guards.data import (
    evaluates_all,
    evaluates_validation,
    reshuffles,
    splits_disjoint,
    targets_are_next,
)
from lynx.guards.graphs import (
    accumulation_equals_batch,
    every_parameter_gets_gradient,
    gradient_stops_at,
    gradients_are_cleared,
    gradients_match_differences,
    records_no_graph,
)
from lynx.guards.layers import (
    is_not_linear,
    keeps_input,
    keeps_scale,
    matches_reference,
    normalises,
    survives_large_inputs,
    survives_zeros,
)
from lynx.guards.losses import loss_ignores_padding, loss_is_mean_of_rows, loss_reaches_zero, starts_at_chance
from lynx.guards.models import (
    dropout_drops,
    has_parameters,
    knows_order,
    no_future,
    rows_independent,
    same_in_eval,
    scores_in_eval,
    train_and_eval_differ,
    units_differ,
)
from lynx.guards.steps import (
    clips,
    decays_only,
    every_parameter_moves,
    overfits,
    rate_follows,
    restores,
    scale_of_first_step,
)

__all__ = [
    "accumulation_equals_batch",
    "clips",
    "decays_only",
    "dropout_drops",
    "evaluates_all",
    "evaluates_validation",
    "every_parameter_gets_gradient",
    "every_parameter_moves",
    "gradient_stops_at",
    "gradients_are_cleared",
    "gradients_match_differences",
    "has_parameters",
    "is_not_linear",
    "keeps_input",
    "keeps_scale",
    "knows_order",
    "loss_ignores_padding",
    "loss_is_mean_of_rows",
    "loss_reaches_zero",
    "matches_reference",
    "no_future",
    "normalises",
    "overfits",
    "rate_follows",
    "records_no_graph",
    "reshuffles",
    "restores",
    "rows_independent",
    "same_in_eval",
    "scale_of_first_step",
    "scores_in_eval",
    "splits_disjoint",
    "starts_at_chance",
    "survives_large_inputs",
    "survives_zeros",
    "targets_are_next",
    "train_and_eval_differ",
    "units_differ",
]
