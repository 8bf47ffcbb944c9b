"""Any split that keeps what its docstring promises is a right one, whichever verbs it draws."""

import numpy as np
from minimodel.corpus.encoders import split_rows
from minimodel.corpus.table import load_verbs


def make(rng):
    """Both parts of a split, as row numbers, asked for twice."""
    rows = load_verbs()
    number = {row: i for i, row in enumerate(rows)}
    verbs = sorted({row.verb for row in rows})
    kept = set(rng.choice(verbs, int(rng.integers(8, 21)), replace=False))
    some = tuple(row for row in rows if row.verb in kept)
    split = str(rng.choice(["verb", "verb", "row"]))
    seed, held_out = int(rng.integers(10_000)), float(rng.choice([0.1, 0.2, 0.25, 0.5]))

    def parts():
        found = []
        for s in (seed, seed, *range(seed + 1, seed + 8)):
            train, val = split_rows(some, split, s, held_out)
            found += [np.array([number[r] for r in part], dtype=np.int64) for part in (train, val)]
        asked = np.array([split == "verb", held_out, len(some)], dtype=np.float64)
        return (asked, np.array([number[r] for r in some], dtype=np.int64), *found)

    return parts, ()


def holds(inputs, outputs):  # noqa: ARG001
    """Every row once, in the order of the file; whole verbs where asked for, and about the share asked for."""
    verbs = [row.verb for row in load_verbs()]
    asked, some, train, val, train_again, val_again, *others = outputs
    by_verb, held_out = bool(asked[0]), float(asked[1])
    train, val = (np.asarray(part, dtype=int) for part in (train, val))
    assert sorted([*train, *val]) == sorted(np.asarray(some, dtype=int)), "a row is lost, or stands on both sides"
    assert list(train) == sorted(train), "the training rows are not in the order of the file"
    assert list(val) == sorted(val), "the validation rows are not in the order of the file"
    assert np.array_equal(train, train_again), "the same seed gives another split"
    assert np.array_equal(val, val_again), "the same seed gives another split"
    assert any(not np.array_equal(val, other) for other in others[1::2]), "every seed gives the same split"
    unit = 15 if by_verb else 1
    assert abs(len(val) - held_out * len(some)) <= unit, "another share is held out than was asked for"
    in_both = {verbs[i] for i in train} & {verbs[i] for i in val}
    if by_verb:
        assert not in_both, "a verb stands on both sides"
    else:
        assert in_both, "whole verbs were held out where rows were asked for"
    return True
