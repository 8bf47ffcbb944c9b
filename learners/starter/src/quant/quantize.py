"""Symmetric integer quantisation of weight matrices, and what it costs each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
BITS = (4, 8)


@dataclass(frozen=True)
class Quantized:
    """Integers and what one of them is worth: the matrix is about `codes * scale`.

    codes: (rows, columns) int8, also for 4 bits (they are not packed); scale: (rows, 1), or (1, 1) where one
    serves the whole matrix.
    """

    codes: npt.NDArray[np.int8]
    scale: Array

    def weights(self) -> Array:
        """The matrix that the integers stand for, in the scale's precision."""
        out: Array = self.codes * self.scale
        return out


def quantize_linear(weights: Array, bits: int = 8) -> Quantized:
    """Weights of a linear layer, (d_out, d_in), as integers of `bits` bits with a scale for each row.

    Symmetric: the largest entry of a row becomes ± (2^(bits-1) - 1), zero stays zero, and no entry moves by
    more than half of its row's scale. A row of zeros gets the scale 1. ValueError unless `bits` is 4 or 8.
    """
    top = largest_code(bits)
    largest = np.abs(weights).max(axis=1, keepdims=True)
    scale = np.where(largest > 0.0, largest, top) / top
    codes = np.rint(weights / scale)
    codes = np.clip(codes, -top, top)
    return Quantized(codes.astype(np.int8), scale)


def quantize_tensor(weights: Array, bits: int = 8) -> Quantized:
    """The same with a single scale for the whole matrix, that of its largest entry."""
    found = quantize_linear(weights.reshape(1, -1), bits)
    return Quantized(found.codes.reshape(weights.shape), found.scale)


def largest_code(bits: int) -> int:
    """127 for 8 bits, 7 for 4; ValueError for others. The code below -largest_code is never used."""
    if bits not in BITS:
        raise ValueError(f"bits must be one of {BITS}, not {bits}")
    return int(2 ** (bits - 1)) - 1


def signal_to_noise(weights: Array, restored: Array) -> Array:
    """Decibels a row: 10 log₁₀(Σw² / Σ(w - ŵ)²).  (rows, columns) both -> (rows,); inf if nothing moved."""
    signal, noise = (weights**2).sum(axis=1), ((weights - restored) ** 2).sum(axis=1)
    out = np.full(len(signal), np.inf)
    moved = noise > 0.0
    with np.errstate(divide="ignore"):  # a row of zeros that did move: -inf
        out[moved] = 10.0 * np.log10(signal[moved] / noise[moved])
    return out
