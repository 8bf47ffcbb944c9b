"""One checkpoint, one part of the data, three numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from minieval.scores import Array, accuracy, surprise
from minieval.splits import Codes, Splits, windows

Predict = Callable[[Codes], Array]
AT_ONCE = 4096  # windows a call, so that a long part does not fill the memory


@dataclass(frozen=True)
class Evaluation:
    """`loss`: mean surprise in nats; `accuracy`: share of places named rightly; over `count` places."""

    loss: float
    accuracy: float
    count: int


def eval_split(predict: Predict, splits: Splits, context: int, split: str = "val") -> Evaluation:
    """How well `predict` names the next code, at every place of one part of `splits`.

    predict: codes (n, context) -> logits (n, vocabulary). `split` is "train", "val" or "test"; ValueError
    for any other name, and for a part that is not longer than `context`.
    """
    part = splits.part(split)
    seen, following = windows(part, context)
    nats, right = 0.0, 0.0
    for start in range(0, len(seen), AT_ONCE):
        wanted = following[start : start + AT_ONCE]
        logits = predict(seen[start : start + AT_ONCE])
        nats += float(surprise(logits, wanted).sum())
        right += accuracy(logits, wanted) * len(wanted)
    return Evaluation(nats / len(seen), right / len(seen), len(seen))
