"""The figures that the chapters of Phase 10 cite, recomputed from scratch.

Pure functions of NumPy: no files, no clock, fixed seeds, a few seconds for everything. `numbers.yaml` says
which page cites which figure in which written form, and a test holds the two together.

Load it by its path: a folder with a `numbers.py` on `sys.path` hides the standard library's module.

Three kinds of figures stand here: closed forms, expectations over a Gaussian (by quadrature), and walks
through small random networks at initialisation. Nothing here trains.

Words: q is the second moment E[z²] of a pre-activation z; the variance factor of a linear layer of n inputs
is n·σ²; χ = q·E[φ′(z)²]/E[φ(z)²] is the backward gain of an activation beside its forward gain.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Function = Callable[[Array], Array]

# 201 nodes integrate the smooth activations below to better than 1e-8; ReLU is done in closed form.
_NODES, _RAW_WEIGHTS = np.polynomial.hermite_e.hermegauss(201)
_WEIGHTS = _RAW_WEIGHTS / math.sqrt(2 * math.pi)
_SQRT_2_OVER_PI = math.sqrt(2 / math.pi)


# --- activations -----------------------------------------------------------------------------------------


def relu(z: Array) -> Array:
    """max(z, 0), element by element."""
    return np.maximum(z, 0.0)


def relu_slope(z: Array) -> Array:
    """The derivative of ReLU, with 0 at the kink."""
    return (z > 0).astype(np.float64)


def gelu(z: Array) -> Array:
    """GELU in its tanh form (Hendrycks and Gimpel, 2016), as the course's engine computes it."""
    return np.asarray(0.5 * z * (1 + np.tanh(_SQRT_2_OVER_PI * (z + 0.044715 * z**3))))


def gelu_slope(z: Array) -> Array:
    """The derivative of `gelu`."""
    t = np.tanh(_SQRT_2_OVER_PI * (z + 0.044715 * z**3))
    return np.asarray(0.5 * (1 + t) + 0.5 * z * (1 - t * t) * _SQRT_2_OVER_PI * (1 + 3 * 0.044715 * z * z))


def tanh_slope(z: Array) -> Array:
    """The derivative of tanh."""
    return 1 - np.tanh(z) ** 2


# --- expectations over a Gaussian ------------------------------------------------------------------------


def gaussian_mean(function: Function, q: float = 1.0) -> float:
    """E[function(z)] for z ~ N(0, q), by Gauss-Hermite quadrature; for smooth functions."""
    return float(np.sum(_WEIGHTS * function(math.sqrt(q) * _NODES)))


def chi(function: Function, slope: Function, q: float) -> float:
    """χ = q·E[φ′²]/E[φ²] at pre-activations of second moment q (after Schoenholz et al., 2017)."""
    return q * gaussian_mean(lambda z: slope(z) ** 2, q) / gaussian_mean(lambda z: function(z) ** 2, q)


def wide_walk(function: Function, layers: int, variance_factor: float) -> float:
    """Second moment of the activations after `layers` infinitely wide layers, from unit inputs.

    Each layer maps the second moment m of its input to E[φ(√(n·σ²·m)·z)²], z ~ N(0, 1).
    """
    m = 1.0
    for _ in range(layers):
        m = gaussian_mean(lambda z: function(z) ** 2, variance_factor * m)
    return m


def cosine_after(function: Function, layers: int, q: float, start: float = 0.0) -> float:
    """Cosine of two samples after `layers` infinitely wide, normalised layers of one activation.

    Each layer scales its input to q and maps the cosine c to E[φ(u)φ(v)]/E[φ²], where u and v are
    Gaussians of second moment q and correlation c (Poole et al., 2016).
    """
    second = gaussian_mean(lambda z: function(z) ** 2, q)
    u = math.sqrt(q) * _NODES
    c = start
    for _ in range(layers):
        v = math.sqrt(q) * (c * _NODES[:, None] + math.sqrt(max(0.0, 1 - c * c)) * _NODES[None, :])
        c = float(_WEIGHTS @ (function(u)[:, None] * function(v)) @ _WEIGHTS) / second
    return c


# --- walks through random networks -----------------------------------------------------------------------


def variance_walk(
    draw: Callable[[np.random.Generator, int], Array],
    layers: int = 20,
    width: int = 256,
    samples: int = 64,
    seed: int = 0,
) -> float:
    """Mean square of the output over that of the input, through `layers` linear layers (laboratory 00)."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, width))
    first = float(np.mean(x**2))
    for _ in range(layers):
        x = x @ draw(rng, width).T
    return float(np.mean(x**2)) / first


def uniform_half(rng: np.random.Generator, n: int) -> Array:
    """An n × n matrix of uniform[-0.5, 0.5]."""
    return rng.uniform(-0.5, 0.5, (n, n))


def xavier(rng: np.random.Generator, n: int) -> Array:
    """An n × n matrix of N(0, 1/n): Glorot and Bengio (2010) for a square layer."""
    return rng.standard_normal((n, n)) / math.sqrt(n)


def kaiming(rng: np.random.Generator, n: int) -> Array:
    """An n × n matrix of N(0, 2/n): He et al. (2015)."""
    return _he(rng, n, n)


def _he(rng: np.random.Generator, rows: int, columns: int) -> Array:
    return rng.standard_normal((rows, columns)) * math.sqrt(2 / columns)


def relu_walk(layers: int, width: int, seed: int) -> float:
    """Mean square after `layers` Kaiming ReLU layers over that before, for one network and 64 samples."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((64, width))
    first = float(np.mean(x**2))
    for _ in range(layers):
        x = relu(x @ kaiming(rng, width).T)
    return float(np.mean(x**2)) / first


def batch_norm_backward_gain(seed: int, depth: int = 20, width: int = 256, batch: int = 64) -> float:
    """Squared gradient norm gained per layer, going down a plain stack of x → W·relu(batch_norm(x)).

    The limit of width and batch is π/(π − 1) (Yang et al., 2019).
    """
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((batch, width))
    tape: list[tuple[Array, Array, Array]] = []
    for _ in range(depth):
        weight = kaiming(rng, width)
        centred = x - x.mean(axis=0)
        deviation = np.sqrt(np.mean(centred**2, axis=0))
        z = centred / deviation
        tape.append((weight, deviation, z))
        x = relu(z) @ weight.T
    g = rng.standard_normal(x.shape)
    norms = [float(np.sum(g**2))]
    for weight, deviation, z in reversed(tape):
        g = (g @ weight) * relu_slope(z)
        g = (g - g.mean(axis=0) - z * np.mean(g * z, axis=0)) / deviation
        norms.append(float(np.sum(g**2)))
    # The first two steps down still feel the random cotangent; the rest is the steady gain.
    return float((norms[-1] / norms[2]) ** (1 / (depth - 2)))


# --- Break 00's stack, at initialisation -----------------------------------------------------------------


@dataclass(frozen=True)
class Pass:
    """One pass through a stack: its output's mean square, its value, and the gradient that came back.

    `value` is the scalar cotangent · rms(output), summed over samples; `input_grad` is its gradient, of the
    input's shape; `gain` is ‖gradient at the input‖² over ‖gradient at the last block's output‖².
    """

    value: float
    mean_square: float
    input_grad: Array
    gain: float


def stack_pass(x: Array, *, shape: str, seed: int, depth: int = 50) -> Pass:
    """Send x, of shape (samples, d), through `depth` blocks and one fixed cotangent back, at initialisation.

    With f(x) = W2·gelu(W1·x), `shape` is "plain" (x ← f(rms(x))), "pre" (x ← x + f(rms(x))) or "post"
    (x ← rms(x + f(x))). Weights are Kaiming, W1 of d → 4d as in Break 00. The cotangent enters after a
    final RMSNorm, as the head's would.
    """
    rng = np.random.default_rng(seed)
    d = x.shape[1]
    weights = [(_he(rng, 4 * d, d), _he(rng, d, 4 * d)) for _ in range(depth)]
    cotangent = np.broadcast_to(rng.standard_normal(d), x.shape)
    tape: list[tuple[Array, Array, Array]] = []
    for w1, w2 in weights:
        if shape == "post":
            z = x @ w1.T
            total = x + gelu(z) @ w2.T
            x, scale = _rms(total)
            tape.append((x, scale, z))
        else:
            unit, scale = _rms(x)
            z = unit @ w1.T
            h = gelu(z) @ w2.T
            tape.append((unit, scale, z))
            x = x + h if shape == "pre" else h
    mean_square = float(np.mean(x**2))
    unit, scale = _rms(x)
    value = float(np.sum(cotangent * unit))
    g = _rms_back(cotangent, unit, scale)
    top = float(np.sum(g**2))
    for (w1, w2), (unit, scale, z) in zip(reversed(weights), reversed(tape), strict=True):
        if shape == "post":
            g = _rms_back(g, unit, scale)
            g = g + ((g @ w2) * gelu_slope(z)) @ w1
        else:
            through = _rms_back(((g @ w2) * gelu_slope(z)) @ w1, unit, scale)
            g = g + through if shape == "pre" else through
    return Pass(value, mean_square, g, float(np.sum(g**2)) / top)


def _rms(x: Array) -> tuple[Array, Array]:
    scale = np.sqrt(np.mean(x**2, axis=1, keepdims=True))
    return x / scale, scale


def _rms_back(g: Array, unit: Array, scale: Array) -> Array:
    return np.asarray((g - unit * np.mean(g * unit, axis=1, keepdims=True)) / scale)


def gradient_cosine(shape: str, seed: int, depth: int = 50, samples: int = 32, d: int = 64) -> float:
    """Mean cosine of the input gradients at x and at x plus 10 % of its length in a random direction.

    Near 1 the gradient points the same way next door; near 0 it is shattered (after Balduzzi et al., 2017).
    """
    rng = np.random.default_rng(1000 + seed)
    x = rng.standard_normal((samples, d))
    direction = rng.standard_normal(x.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    nudge = 0.1 * np.linalg.norm(x, axis=1, keepdims=True) * direction
    # One pass for both points, so that they meet the same weights.
    gradient = stack_pass(np.concatenate([x, x + nudge]), shape=shape, seed=seed, depth=depth).input_grad
    here, there = gradient[:samples], gradient[samples:]
    dots = np.sum(here * there, axis=1)
    return float(np.mean(dots / (np.linalg.norm(here, axis=1) * np.linalg.norm(there, axis=1))))


# --- every figure, by name -------------------------------------------------------------------------------


def figures() -> dict[str, float]:
    """Every figure of chapters 00 to 03, under the name that numbers.yaml uses."""
    return {**_motivation(), **_initialization(), **_normalization(), **_residuals()}


def _span(name: str, values: list[float]) -> dict[str, float]:
    return {
        f"{name}.min": min(values),
        f"{name}.median": float(np.median(values)),
        f"{name}.max": max(values),
    }


def _motivation() -> dict[str, float]:
    uniform = 256 * _uniform_variance(0.5)
    walks = [
        ([variance_walk(draw, seed=seed) for seed in range(3)], factor)
        for draw, factor in ((uniform_half, uniform), (xavier, 1.0), (kaiming, 2.0))
    ]
    return {
        "uniform.factor": uniform,
        "float32.max": float(np.finfo(np.float32).max),
        "slightly_less.after50": 0.95**50,
        "slightly_less.inverse": 0.95**-50,
        "slightly_more.after50": 1.05**50,
        "half.after50": 0.5**50,
        "walk.off": 100 * max(abs(x / factor**20 - 1) for walk, factor in walks for x in walk),
    }


def _uniform_variance(a: float) -> float:
    return a * a / 3


def _initialization() -> dict[str, float]:
    relu_mean = 1 / math.sqrt(2 * math.pi)
    uniform = 256 * _uniform_variance(0.5) / 2
    relu_walks = [relu_walk(50, 256, seed) for seed in range(10)]
    return {
        "guess.two_classes": math.log(2),
        "uniform.variance": _uniform_variance(0.5),
        "relu.mean": relu_mean,
        "relu.variance": 0.5 - relu_mean**2,
        "relu.second_moment": 0.5,
        "relu.xavier.after12": 0.5**12,
        "relu.xavier.size12": 0.5**6,
        "relu.uniform.factor": uniform,
        "relu.uniform.after12": uniform**12,
        "relu.uniform.size12": uniform**6,
        "relu.torch_default.after12": (1 / 6) ** 12,
        "relu.torch_default.biased.after12": _biased(12, 256),
        "tanh.second_moment": wide_walk(np.tanh, 1, 1.0),
        "tanh.xavier.after20": wide_walk(np.tanh, 20, 1.0),
        "tanh.xavier.after50": wide_walk(np.tanh, 50, 1.0),
        "tanh.approx20": 1 / 40,
        "tanh.approx50": 1 / 100,
        "tanh.gain53.settles": wide_walk(np.tanh, 200, 25 / 9),
        "gelu.factor.q1": gaussian_mean(lambda z: gelu(z) ** 2, 1.0),
        "gelu.factor.q2": gaussian_mean(lambda z: gelu(z) ** 2, 2.0) / 2,
        "gelu.kaiming.after5": wide_walk(gelu, 5, 2.0),
        "gelu.kaiming.after20": wide_walk(gelu, 20, 2.0),
        "gelu.kaiming.after30": wide_walk(gelu, 30, 2.0),
        **_span("relu.kaiming.walk50", relu_walks),
    }


def _biased(layers: int, n: int) -> float:
    """Mean square after ReLU layers of width n whose weights and biases both have variance 1/(3n)."""
    m = 1.0
    for _ in range(layers):
        m = (m / 3 + 1 / (3 * n)) / 2
    return m


def _normalization() -> dict[str, float]:
    x = np.array([2.0, -1.0, 0.5, -3.0])
    layer = (x - x.mean()) / x.std()
    rms = x / math.sqrt(float(np.mean(x**2)))
    shifted = x + 10
    shifted_rms = shifted / math.sqrt(float(np.mean(shifted**2)))
    limit = math.pi / (math.pi - 1)
    gains = [batch_norm_backward_gain(seed) for seed in range(5)]
    return {
        "vector.mean": float(x.mean()),
        "vector.std": float(x.std()),
        "vector.rms": math.sqrt(float(np.mean(x**2))),
        **{f"vector.layer.{i}": float(v) for i, v in enumerate(layer)},
        **{f"vector.rmsnorm.{i}": float(v) for i, v in enumerate(rms)},
        **{f"vector.shifted.{i}": float(v) for i, v in enumerate(shifted_rms)},
        "batchnorm.gain": limit,
        "batchnorm.gain.after50": limit**50,
        "batchnorm.size.after50": limit**25,
        **_span("batchnorm.measured", gains),
    }


def _residuals() -> dict[str, float]:
    chi_gelu = chi(gelu, gelu_slope, 2.0)
    # Per block: W1 doubles the variance of a normalised input, GELU keeps E[gelu²], W2 doubles that.
    branch = 2 * gaussian_mean(lambda z: gelu(z) ** 2, 2.0)
    x = np.random.default_rng(0).standard_normal((32, 64))
    plain = [stack_pass(x, shape="plain", seed=seed) for seed in range(5)]
    pre = [stack_pass(x, shape="pre", seed=seed) for seed in range(5)]
    return {
        "double.after50": 2.0**50,
        "chi.gelu": chi_gelu,
        "chi.gelu.after50": chi_gelu**50,
        "chi.gelu.size50": chi_gelu**25,
        "chi.tanh": chi(np.tanh, tanh_slope, 1.0),
        "branch.variance": branch,
        "stream.before50": 1 + 49 * branch,
        "stream.after50": 1 + 50 * branch,
        "skip_only.post.after50": 0.5**25,
        "gelu.cosine.after50": cosine_after(gelu, 50, 2.0),
        **_span("stream.measured", [p.mean_square for p in pre]),
        **_span("plain.gain", [math.sqrt(p.gain) for p in plain]),
        **_span("cosine.plain", [gradient_cosine("plain", seed) for seed in range(5)]),
        **_span("cosine.pre", [gradient_cosine("pre", seed) for seed in range(5)]),
        **_span("cosine.post", [gradient_cosine("post", seed) for seed in range(5)]),
    }
