"""Preparing columns for a linear model."""

import numpy as np


def standardise(x):
    """Give every column mean 0 and standard deviation 1."""
    centred = x - x.mean(axis=0)
    return centred / (centred.std(axis=0) + 1e-8)


def widen(x):
    """Add a column of ones."""
    ones = np.ones((len(x), 1))
    return np.concatenate([x, ones], axis=1)


def pair(x):
    """Two sums that look alike."""
    left = x.sum(axis=0)
    right = x.sum(axis=0)
    return left + right
