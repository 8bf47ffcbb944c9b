"""What is measured while a model trains. One class a metric; `INSTRUMENTS` is the whole list.

An instrument looks at a `Moment` twice a step: when the experiment records (gradients are fresh, weights
as they were for this loss) and when the step is over (weights updated). Costly ones look only when
`moment.due`. None may disturb the training: the same weights, bit for bit, come out with and without
them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.child.future import future_dependence

if TYPE_CHECKING:
    from lynx.runs.child.adapters import Adapter, Array
    from lynx.runs.child.moment import Moment, Watched

Found = dict[str, tuple[tuple[str, ...], list[float]]]  # metric -> (layer names, values)
HISTOGRAM_STEP = 100


class Instrument:
    """What all instruments share: seeing nothing."""

    costly = True

    def recorded(self, at: Moment) -> Found | None:
        """Look while gradients are fresh and the weights not yet updated."""

    def stepped(self, at: Moment) -> Found | None:
        """Look when the step is over."""

    def ended(self, steps: int, watched: Watched | None) -> Found | None:
        """Look once after the last of `steps` steps."""


class GradNorm(Instrument):
    """Euclidean norm of the gradient of each layer's parameters together; exactly 0 where none arrived."""

    costly = False

    def recorded(self, at: Moment) -> Found:  # noqa: D102
        return {"grad_norm": (at.watched.layers, at.watched.per_layer(at.squared_gradients).tolist())}


class ParamGradNorm(Instrument):
    """The same for each parameter."""

    costly = False

    def recorded(self, at: Moment) -> Found:  # noqa: D102
        return {"param_grad_norm": (at.watched.names, np.sqrt(at.squared_gradients).tolist())}


class ParamsWithoutGrad(Instrument):
    """How many parameters have no gradient, and (when it changes) which: `grad_missing` is 1 for those."""

    costly = False

    def __init__(self) -> None:
        self._last: list[float] | None = None

    def recorded(self, at: Moment) -> Found:  # noqa: D102
        missing = [float(g is None) for g in at.gradients]
        found: Found = {"params_without_grad": ((), [sum(missing)])}
        if missing != self._last:
            self._last = missing
            found["grad_missing"] = (at.watched.names, missing)
        return found


class ActivationVar(Instrument):
    """Variance over all samples and features of what a layer puts out."""

    def recorded(self, at: Moment) -> Found:  # noqa: D102
        return {"activation_var": (at.watched.layers, at.each_activation(lambda z: z.var(axis=(1, 2))))}


class AbsCosine(Instrument):
    """Mean |cosine| between two samples' outputs: 1 when all lie on one line (bipolar collapse included)."""

    def recorded(self, at: Moment) -> Found:  # noqa: D102
        return {"abs_cosine": (at.watched.layers, at.each_activation(_mean_abs_cosine))}


class StableRank(Instrument):
    """‖Z‖²_F / ‖Z‖²₂ of the samples × features matrix: 1 when one direction holds everything."""

    def recorded(self, at: Moment) -> Found:  # noqa: D102
        return {"stable_rank": (at.watched.layers, at.each_activation(stable_rank))}


class GradCosine(Instrument):
    """Cosine between d loss/d input at the inputs and at inputs moved by 10 % of their norm; the mean.

    Near 1 the gradient tells where to go; near 0 it is white noise (Balduzzi et al. 2017, shattered
    gradients).
    """

    def recorded(self, at: Moment) -> Found | None:  # noqa: D102
        if at.closure is None or not _perturbable(at.closure[1], at.watched.adapter):
            return None
        loss, inputs = at.closure
        adapter = at.watched.adapter
        x = np.asarray(adapter.tensors.value(inputs))
        rng = np.random.default_rng(at.step)
        noise = rng.standard_normal(x.shape)
        axes = tuple(range(1, x.ndim))
        norms = [np.sqrt(np.square(a, dtype=np.float64).sum(axis=axes, keepdims=True)) for a in (x, noise)]
        moved = (x + 0.1 * norms[0] / norms[1] * noise).astype(x.dtype)
        with adapter.untouched(), np.errstate(all="ignore"):
            # Inputs that track gradients got theirs from the training step itself.
            here = adapter.tensors.grad(inputs)
            here = adapter.input_gradient(loss, x) if here is None else here
            there = adapter.input_gradient(loss, moved)
            a, b = (g.astype(np.float64).reshape(len(x), -1) for g in (here, there))
            cosine = (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))
        return {"grad_cosine": ((), [float(cosine.mean())])}


class StepLinearity(Instrument):
    """ρ = what a step changed the loss by / what its gradient foretold: 1 for a short step."""

    def recorded(self, at: Moment) -> None:  # noqa: D102
        if at.closure is not None and "loss" in at.scalars:
            at.weights_before, at.gradients_before  # noqa: B018 - taken now, used when the step is over

    def stepped(self, at: Moment) -> Found | None:  # noqa: D102
        if at.closure is None or "loss" not in at.scalars:
            return None
        loss, inputs = at.closure
        foretold = sum(
            float(np.vdot(g, d))
            for g, d in zip(at.gradients_before, at.change)  # noqa: B905
            if g is not None
        )
        with at.watched.adapter.untouched(), np.errstate(all="ignore"):
            after = at.watched.adapter.evaluate(loss, inputs)
        rho = (after - at.scalars["loss"]) / foretold if foretold else math.nan
        return {"step_linearity": ((), [rho])}


class UpdateRatio(Instrument):
    """‖update‖ / ‖weights‖ of each layer, in one step."""

    def recorded(self, at: Moment) -> None:  # noqa: D102
        at.weights_before  # noqa: B018 - taken now, used when the step is over

    def stepped(self, at: Moment) -> Found:  # noqa: D102
        ratio = _ratio(at.watched, at.change, at.watched.norms(at.weights_before))
        return {"update_ratio": (at.watched.layers, ratio)}


class WeightChange(Instrument):
    """‖weights now − weights at first‖ / ‖weights at first‖ of each layer, before this step's update.

    Once, after 100 steps or at the end of a shorter run, also the histogram of |change| over all weights:
    shares per half decade, the bins' lower edges as layer names.
    """

    EDGES = tuple(k / 2 for k in range(-16, 4))  # of log10 |change|; the first bin takes all below

    def recorded(self, at: Moment) -> Found:  # noqa: D102
        return self._measure(at.watched, histogram=at.step == HISTOGRAM_STEP)

    def ended(self, steps: int, watched: Watched | None) -> Found | None:  # noqa: D102
        return None if watched is None else self._measure(watched, histogram=steps <= HISTOGRAM_STEP)

    def _measure(self, watched: Watched, histogram: bool) -> Found:
        change = watched.change_since(watched.first)
        found: Found = {"weight_change": (watched.layers, _ratio(watched, change, watched.first_norms))}
        if histogram and change:
            names = ("0", *(f"{10.0**edge:.1e}" for edge in self.EDGES))
            found["weight_change_hist"] = (names, self._histogram(change))
        return found

    def _histogram(self, change: list[Array]) -> list[float]:
        counts = np.zeros(len(self.EDGES) + 1)
        total = 0
        with np.errstate(all="ignore"):
            for array in change:
                decades = np.log10(np.abs(array[np.isfinite(array)]))
                bins = np.clip(np.floor((decades - self.EDGES[0]) * 2) + 1, 0, len(self.EDGES))
                counts += np.bincount(bins.astype(np.int64).ravel(), minlength=len(counts))
                total += array.size
        return [float(c) / max(total, 1) for c in counts]


class FutureDependence(Instrument):
    """How many earlier places of a text are told differently when its last character is another: 0 without a leak.

    Of models that take integers (texts, length) and put out something for each place; see `runs.child.future`.
    """

    def recorded(self, at: Moment) -> Found | None:  # noqa: D102
        places = future_dependence(at.watched)
        return None if places is None else {"future_dependence": ((), [float(places)])}


class FirstNanStep(Instrument):
    """The first step whose recorded loss is NaN; infinite when none is."""

    costly = False

    def __init__(self) -> None:
        self.first = math.inf

    def recorded(self, at: Moment) -> None:  # noqa: D102
        if self.first == math.inf and math.isnan(at.scalars.get("loss", 0.0)):
            self.first = float(at.step)

    def ended(self, steps: int, watched: Watched | None) -> Found:  # noqa: D102, ARG002
        return {"first_nan_step": ((), [self.first])}


# --- the list ---

INSTRUMENTS: dict[str, type[Instrument]] = {
    "grad_norm": GradNorm,
    "param_grad_norm": ParamGradNorm,
    "params_without_grad": ParamsWithoutGrad,
    "activation_var": ActivationVar,
    "abs_cosine": AbsCosine,
    "stable_rank": StableRank,
    "grad_cosine": GradCosine,
    "step_linearity": StepLinearity,
    "update_ratio": UpdateRatio,
    "weight_change": WeightChange,
    "future_dependence": FutureDependence,
    "first_nan_step": FirstNanStep,
}


def stable_rank(z: Array) -> Array:
    """‖Z‖²_F / ‖Z‖²₂ of each matrix in a stack (layers, samples, features).

    The largest eigenvalue of the smaller Gram matrix by eight squarings and a Rayleigh quotient: within
    .1 %, and five times faster than an eigenvalue decomposition.
    """
    gram = z @ z.transpose(0, 2, 1) if z.shape[1] <= z.shape[2] else z.transpose(0, 2, 1) @ z
    trace = np.trace(gram, axis1=1, axis2=2)
    gram = gram / trace[:, None, None]
    power = gram.astype(np.float32)
    for _ in range(8):
        power = power @ power
        power = power / np.trace(power, axis1=1, axis2=2)[:, None, None]
    column = np.argmax(np.einsum("lij,lij->lj", power, power), axis=1)
    v = np.take_along_axis(power, column[:, None, None], axis=2)[:, :, 0].astype(np.float64)
    top = np.einsum("li,lij,lj->l", v, gram, v) / np.einsum("li,li->l", v, v)
    return 1.0 / top


def _mean_abs_cosine(z: Array) -> Array:
    unit = z / np.sqrt((z * z).sum(axis=2, keepdims=True))
    n = z.shape[1]
    if n < 2:
        return np.full(len(z), math.nan)
    cosines = np.abs(unit @ unit.transpose(0, 2, 1))
    return (cosines.sum(axis=(1, 2)) - np.trace(cosines, axis1=1, axis2=2)) / (n * (n - 1))


def _ratio(watched: Watched, change: list[Array], base: Array) -> list[float]:
    with np.errstate(all="ignore"):
        return [float(r) for r in watched.norms(change) / base]


def _perturbable(inputs: Any, adapter: Adapter) -> bool:
    return inputs is not None and np.asarray(adapter.tensors.value(inputs)).dtype.kind == "f"
