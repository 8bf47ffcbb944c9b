"""The figures that the chapter of Phase 19 cites: entropies from the grammar, curves from `exam/signs.json`.

`benchmarks/exam_signs.py` measures the latter over ten seeds; `numbers.yaml` says where each stands.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
ABOVE = HERE.parents[3]
STARTER = next(p for p in (ABOVE / "learners" / "starter" / "src", ABOVE / "starter" / "src") if p.is_dir())
sys.path.insert(0, str(STARTER))

from tinylm.grammar import entropy_rate, grammar  # noqa: E402


def figures() -> dict[str, float]:
    """Every figure by its name; those of a run are medians over its seeds."""
    sentences = grammar()
    characters = len({c for sentence in sentences for c in sentence})
    signs = json.loads((HERE.parents[1] / "exam" / "signs.json").read_text(encoding="utf-8"))
    sound, broken = signs["sound"], [signs[name] for name in ("large-init", "no-warm-up", "sees-ahead")]
    return {
        "characters": float(characters),
        "guessing": math.log(characters),
        "rate": entropy_rate(sentences),
        "loss.0": sound["loss"]["0"],
        "gradient.0": sound["gradient"]["0"],
        "gradient.50": sound["gradient"]["50"],
        "update.0": sound["update"]["0"],
        "update.50": sound["update"]["50"],
        "update.thousandths": 1000 * sound["update"]["50"],
        "writing.last": sound["writing"]["149"],
        "val.last": sound["val_loss"]["149"],
        "runs": float(len(broken) * len(signs["seeds"])),
        "nan": float(sum(one["nan"] for one in broken)),
    }
