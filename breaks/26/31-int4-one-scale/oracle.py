"""Any symmetric integers that keep what the docstring promises, however they are rounded or kept within range."""

import numpy as np
from quant.quantize import quantize_linear


def make(rng):
    """A matrix whose rows differ in size up to a thousandfold, sometimes with a row of zeros, in both widths."""
    shape = int(rng.integers(1, 9)), int(rng.integers(1, 20))
    weights = rng.standard_normal(shape) * 10.0 ** rng.uniform(-1.5, 1.5, (shape[0], 1))
    if rng.random() < 0.3:
        weights[int(rng.integers(shape[0]))] = 0.0
    if rng.random() < 0.3:  # a row whose largest entry is negative
        weights[0] = -np.abs(weights[0])

    def quantised():
        answers = [weights]
        for found in (quantize_linear(weights), quantize_linear(weights, 4), quantize_linear(weights, 8)):
            answers += [np.asarray(found.codes), np.asarray(found.scale), np.asarray(found.weights())]
        return tuple(answers)

    return quantised, ()


def holds(inputs, outputs):  # noqa: ARG001
    """Whole numbers in range, the largest of a row at the end of it, no entry moved by more than half a step."""
    weights, answers = np.asarray(outputs[0]), outputs[1:]
    largest = np.abs(weights).max(axis=1, keepdims=True)
    for number, bits in enumerate((8, 4, 8)):
        codes, scale, restored = (np.asarray(a, dtype=np.float64) for a in answers[3 * number : 3 * number + 3])
        top = 2 ** (bits - 1) - 1
        assert codes.shape == restored.shape == weights.shape, "the shape is not the matrix's"
        assert scale.shape == (len(weights), 1), "there is not one scale a row"
        assert np.array_equal(codes, np.rint(codes)), "the codes are not whole"
        assert np.abs(codes).max(initial=0.0) <= top, f"a code is out of range for {bits} bits"
        assert (np.abs(restored - weights) <= largest / top / 2 * (1 + 1e-6)).all(), f"moved too far for {bits} bits"
        full = largest[:, 0] > 0
        assert (np.abs(codes[full]).max(axis=1, initial=0.0) == top).all(), "the range is not used"
        assert np.allclose(codes * scale, restored), "the weights are not what codes and scale stand for"
    return True
