"""Checks of a layer: what goes in against what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.guards.reading import array, called, distance, finite, like, parameters, put_back, values, write

if TYPE_CHECKING:
    from collections.abc import Callable


def keeps_input(block: Any, x: Any) -> None:
    """A residual block whose parameters are all zero gives back its input: the branch adds nothing, the skip
    everything.

    block(x): (…, d) -> (…, d). Catches a skip that got lost, that is added twice, or that adds something else than
    the raw input. For blocks with the norm inside the branch. Source: He et al. 2015, Identity mappings.
    """
    given = array(x)
    assert given.any(), "an input of zeros says nothing of a skip"
    before = values(block)
    for _, p in parameters(block):
        write(p, np.zeros_like(array(p)))
    try:
        out = array(block(x))
    finally:
        put_back(block, before)
    gap = distance(out, given)
    scale = float(np.linalg.norm(out) / np.linalg.norm(given)) if out.shape == given.shape else float("nan")
    assert gap <= 1e-6, (
        f"a block of zeros turns its input into something {scale:.3g} times as long, not into itself"
    )


def is_not_linear(f: Callable[[Any], Any], x: Any, least: float = 1e-3) -> None:
    """f is no straight line: f(x) + f(y) differs from f(x + y) + f(0).

    x: (rows, …) with at least two rows that differ; y is x in the opposite order of rows. Catches an activation that
    got lost: two linear layers are then one. Source: Goodfellow, Bengio and Courville 2016, 6.1.
    """
    a = array(x)
    b = a[::-1].copy()
    assert (a != b).any(), "rows that are alike say nothing of a line"
    parts = [called(f, like(x, each), "the output") for each in (a, b, a + b, np.zeros_like(a))]
    bent = float(np.abs(parts[0] + parts[1] - parts[2] - parts[3]).max())
    scale = max(float(np.abs(part).max()) for part in parts)
    assert scale > 0, "every output is zero, so nothing was compared"
    assert bent > least * scale, (
        f"f(x) + f(y) − f(x + y) − f(0) is {bent:.3g} of {scale:.3g}: it is a straight line"
    )


def normalises(norm: Callable[[Any], Any], x: Any, *, centred: bool = False, axis: int = -1) -> None:
    """A fresh norm gives every sample the same scale, whatever its own is: root mean square 1, and mean 0 if
    `centred`.

    norm(x) -> the shape of x; x: (…, d), at least two samples. They are given scales from 1 to 1,000 before. Catches
    a norm along another axis, a lost `keepdim`, data that are standardised twice. Source: Ba, Kiros and Hinton 2016;
    Zhang and Sennrich 2019.
    """
    given = np.moveaxis(array(x), axis, -1)
    count = given[..., 0].size
    assert count > 1, "one sample says nothing of an axis"
    spread = (
        given.std(axis=-1, keepdims=True) if centred else np.sqrt((given**2).mean(axis=-1, keepdims=True))
    )
    assert spread.all(), "a sample of one number over and over has no scale"
    given = given / spread
    factors = np.geomspace(1.0, 1000.0, count).reshape(given.shape[:-1])
    out = called(norm, like(x, np.moveaxis(given * factors[..., None], -1, axis)), "the normalised samples")
    assert out.shape == array(x).shape, f"a norm of shape {array(x).shape} gives shape {out.shape}"
    out = np.moveaxis(out, axis, -1)
    rms = np.sqrt((out**2).mean(axis=-1))
    assert np.allclose(rms, 1.0, atol=0.02), (
        f"root mean squares from {rms.min():.3g} to {rms.max():.3g}, and should be 1"
    )
    if centred:
        mean = np.abs(out.mean(axis=-1)).max()
        assert mean <= 0.02, f"means up to {mean:.3g}, and should be 0"


def keeps_scale(f: Callable[[Any], Any], x: Any, low: float = 0.5, high: float = 2.0) -> None:
    """What comes out is about as large as what goes in: its standard deviation is between `low` and `high` times x's.

    Catches first weights that are drawn too wide or too narrow, and scores that are not divided by √d. Source: Glorot
    and Bengio 2010; He et al. 2015.
    """
    before, after = float(array(x).std()), float(called(f, x, "the output").std())
    assert before > 0, "an input that is one number over and over has no scale"
    share = after / before
    assert low <= share <= high, (
        f"the output is {share:.3g} times as wide as the input, not {low} to {high} times"
    )


def survives_zeros(f: Callable[[Any], Any], x: Any) -> None:
    """An input of zeros gives finite numbers.

    Catches a lost eps: a row of zeros has no length that it could be divided by. Source: Ba, Kiros and Hinton 2016.
    """
    numbers = array(x)
    assert numbers.size, "an empty input says nothing"
    with np.errstate(all="ignore"):
        out = array(f(like(x, np.zeros_like(numbers))))
    assert out.size, "nothing came out, so nothing was compared"
    finite(out, "the output for zeros")


def survives_large_inputs(f: Callable[[Any], Any], x: Any, factor: float = 1e4) -> None:
    """An input `factor` times as large gives finite numbers.

    Catches an exponential of large numbers, from which the largest was not taken out first. Source: Goodfellow,
    Bengio and Courville 2016, 4.1.
    """
    numbers = array(x)
    assert numbers.any(), "an input of zeros stays what it is"
    with np.errstate(all="ignore"):
        out = array(f(like(x, factor * numbers)))
    assert out.size, "nothing came out, so nothing was compared"
    finite(out, f"the output for an input {factor:g} times as large")


def matches_reference(
    f: Callable[..., Any], reference: Callable[..., Any], *inputs: Any, within: float = 1e-5
) -> None:
    """f gives what a plain reference gives: a formula written out, a loop, another library.

    Both are called with the same inputs and return one array; outputs that are all alike compare nothing, and fail.
    Catches whatever changes a number: the sharpest check there is, where a reference is at hand.
    """
    out, right = array(f(*inputs)), array(reference(*inputs))
    assert right.size, "the reference gave nothing, so nothing was compared"
    assert right.size == 1 or right.std() > 0, (
        "the reference gives one number over and over, so little was compared"
    )
    assert out.shape == right.shape, f"shape {out.shape}, and the reference has {right.shape}"
    gap = distance(out, right)
    assert gap <= within, (
        f"it differs from the reference by {gap:.3g} of the largest number, more than {within:g}"
    )
