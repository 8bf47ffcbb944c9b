"""What a child runs, by name: `module:function`, imported only in the job that runs it."""

from __future__ import annotations

EXPERIMENTS: dict[str, str] = {
    "deep_mlp": "lynx.runs.experiments.deep_mlp:deep_mlp",
}
