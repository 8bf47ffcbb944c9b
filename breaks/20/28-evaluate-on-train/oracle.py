"""Any way of asking the part that was asked for is a right one."""

import numpy as np
from minieval.harness import eval_split
from minieval.splits import Splits


def make(rng):
    """A table that answers by the last code, three texts in which it is right unequally often, each part asked."""
    vocabulary = int(rng.integers(3, 12))
    table = rng.standard_normal((vocabulary, vocabulary))
    context = int(rng.choice([1, 2, 5]))
    parts = [rng.integers(0, vocabulary, int(rng.integers(context + 1, 200))) for _ in range(3)]
    splits = Splits(*parts)

    def asked():
        def predict(seen):
            return table[np.asarray(seen)[:, -1]]

        found = [eval_split(predict, splits, context)]
        found += [eval_split(predict, splits, context, name) for name in ("train", "val", "test")]
        return np.array([[one.loss, one.accuracy, one.count] for one in found])

    return asked, ()
