"""What a child runs, by name: `module:function`, imported only in the job that runs it."""

from __future__ import annotations

EXPERIMENTS: dict[str, str] = {
    "char_transformer": "lynx.runs.experiments.char_transformer:char_transformer",
    "deep_mlp": "lynx.runs.experiments.deep_mlp:deep_mlp",
    "drill_cells": "lynx.runs.experiments.drill_net:drill_cells",
    "drill_net": "lynx.runs.experiments.drill_net:drill_net",
    "fifty_blocks": "lynx.runs.experiments.laboratories:fifty_blocks",
    "gpt": "lynx.runs.experiments.gpt:gpt",
    "language_model": "lynx.runs.experiments.language_model:language_model",
    "norm_timing": "lynx.runs.experiments.laboratories:norm_timing",
    "relu_mlp": "lynx.runs.experiments.laboratories:relu_mlp",
    "residual_mlp": "lynx.runs.experiments.residual_mlp:residual_mlp",
    "scalar_stack": "lynx.runs.experiments.scalar_stack:scalar_stack",
    "variance_walk": "lynx.runs.experiments.laboratories:variance_walk",
}
