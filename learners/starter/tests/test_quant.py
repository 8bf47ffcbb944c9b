"""Quantisation by what it promises: integers in range, no entry moved by more than half a step."""

from __future__ import annotations

import numpy as np
import pytest

from quant.quantize import largest_code, quantize_linear, quantize_tensor, signal_to_noise


def matrix(seed: int, rows: int = 6, columns: int = 9) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, columns)) * 10.0 ** rng.uniform(-3, 3, (rows, 1))


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("quantize", [quantize_linear, quantize_tensor])
@pytest.mark.parametrize("seed", range(5))
def test_no_entry_moves_by_more_than_half_a_step(bits, quantize, seed):
    w = matrix(seed)
    found = quantize(w, bits)
    assert found.codes.dtype == np.int8
    assert found.codes.shape == w.shape
    assert np.abs(found.codes).max() == largest_code(bits)
    assert (np.abs(found.weights() - w) <= found.scale / 2 * (1 + 1e-12)).all()


def test_one_scale_a_row_or_one_for_the_matrix():
    w = matrix(0)
    rows, whole = quantize_linear(w, 8), quantize_tensor(w, 8)
    assert rows.scale.shape == (6, 1)
    assert rows.scale[:, 0] == pytest.approx(np.abs(w).max(axis=1) / 127)
    assert whole.scale.shape == (1, 1)
    assert whole.scale.item() == pytest.approx(np.abs(w).max() / 127)


def test_a_row_has_the_same_integers_whatever_its_size():
    """What a scale for each row is for: multiply a row by eight, and nothing but its scale changes."""
    w = matrix(1)
    larger = w * np.array([1, 8, 1, 1, 1, 1])[:, None]
    assert np.array_equal(quantize_linear(w, 4).codes, quantize_linear(larger, 4).codes)


def test_integers_within_reach_come_back_exactly():
    w = np.array([[-7.0, 0.0, 3.0], [14.0, -2.0, 6.0]])
    assert np.array_equal(quantize_linear(w, 4).weights(), w)
    assert quantize_linear(w, 4).codes.tolist() == [[-7, 0, 3], [7, -1, 3]]


def test_zeros_stay_zeros():
    w = np.array([[0.0, 0.0], [1.0, -0.5]])
    found = quantize_linear(w)
    assert found.codes[0].tolist() == [0, 0]
    assert found.scale[0, 0] == 1.0
    assert np.array_equal(found.weights()[0], w[0])
    assert np.array_equal(quantize_tensor(np.zeros((2, 2))).weights(), np.zeros((2, 2)))


def test_single_precision_stays_single():
    assert quantize_linear(matrix(2).astype(np.float32)).weights().dtype == np.float32


def test_other_bits_are_refused():
    with pytest.raises(ValueError, match="one of"):
        quantize_linear(matrix(0), 5)


def test_signal_to_noise_of_known_errors():
    w = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 0.0]])
    restored = np.array([[3.0, 4.5], [1.0, 0.0], [0.1, 0.0]])
    assert signal_to_noise(w, restored).tolist() == [pytest.approx(20.0), np.inf, -np.inf]


def test_each_bit_is_worth_six_decibels():
    """Rounding noise is step²/12, and a bit halves the step: 4 bits more are 20 log₁₀(127/7) dB."""
    w = np.random.default_rng(3).uniform(-1, 1, (1, 200_000))
    by_bits = [signal_to_noise(w, quantize_linear(w, bits).weights())[0] for bits in (4, 8)]
    assert by_bits[1] - by_bits[0] == pytest.approx(20 * np.log10(127 / 7), abs=0.1)
    assert by_bits[1] == pytest.approx(10 * np.log10((1 / 3) / ((1 / 127) ** 2 / 12)), abs=0.1)
