"""Is a candidate's callable the healthy one? Asked in two processes that share only questions and numbers.

The judge (`Judge`) runs the healthy bytes alone: it draws the questions and keeps its own answers. The
candidate (`answer_all`) gets the questions in another process and sends back arrays. The judge compares.
Whatever the candidate's code prints, forges or patches there, only right numbers pass.
"""

from __future__ import annotations

import hashlib
import math
import traceback
from typing import Any

import numpy as np

from lynx.runs.child.adapters import Array, seed_everything
from lynx.runs.child.arrays import pack_arrays, unpack_arrays
from lynx.runs.child.subject import Subject

REPEATED = 2  # questions that are asked again at the end: the answer must be the same


class Judge:
    """The healthy side: questions, own answers, verdicts."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        digest = hashlib.sha256(repr(sorted(spec.items(), key=lambda kv: kv[0])).encode()).digest()
        self._rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        self.cases: list[dict[str, Any]] = []
        self.arrays: dict[str, Array] = {}
        self.mine: list[dict[str, Any]] = []
        self.my_arrays: dict[str, Array] = {}

    def prepare(self) -> bytes:
        """Draw and answer the questions; those that the healthy code itself refuses are dropped.

        Returns the questions for `answer_all`. ValueError when none is left.
        """
        subject = Subject(self.spec)
        plans = self._plans()
        refused = ""
        for plan in plans:
            number = len(self.cases)
            arrays = self._draw(subject, plan, number)
            answer, answered = answer_one(subject, plan, number, arrays, self._rng)
            if answer["error"]:
                refused = answer["error"]
                continue
            plan["outputs"] = answer["outputs"]
            self.cases.append(plan)
            self.arrays.update(arrays)
            self.mine.append(answer)
            self.my_arrays.update(answered)
        if not any(not (c["zeros"] or c["repeats"] is not None) for c in self.cases):
            raise ValueError(f"the healthy code answers none of the oracle's questions: {refused}")
        meta = {"cases": self.cases, "parameters": subject.parameter_shapes()}
        return pack_arrays(meta, self.arrays)

    def judge(self, blob: bytes) -> dict[str, Any]:
        """Hold a candidate's answers against one's own. ValueError when the blob is none."""
        theirs, their_arrays = unpack_arrays(blob)
        differences: list[dict[str, Any]] = []
        for number, case in enumerate(self.cases):
            found = self._compare(number, theirs["cases"][number], their_arrays)
            if found is None:
                continue
            if case["repeats"] is not None and all(d["case"] != case["repeats"] for d in differences):
                found = {**found, "what": "forbidden", "error": "the same question got two answers"}
            differences.append({**found, "case": number})
        return self._verdict(differences, their_arrays)

    # --- questions --------------------------------------------------------------------------

    def _plans(self) -> list[dict[str, Any]]:
        """Which sizes, mode and seed each case has; declared sizes first, sizes between them later."""
        shapes = self.spec["shapes"] or [{}]
        wanted = max(self.spec["cases"], 2 * len(shapes))
        plans: list[dict[str, Any]] = []
        for i in range(wanted):
            sizes = dict(shapes[i % len(shapes)])
            if i >= 2 * len(shapes) and i % 3 == 2:
                sizes = {n: self._between([s[n] for s in shapes if n in s]) for n in sizes}
            training = (i // len(shapes)) % 2 == 0
            plans.append({"sizes": sizes, "training": training, "zeros": False, "repeats": None})
        if any(one["dtype"] == "float" for one in self.spec["inputs"]):
            plans.append({"sizes": dict(shapes[-1]), "training": True, "zeros": True, "repeats": None})
        plans += [{**plans[i], "repeats": i} for i in range(min(REPEATED, wanted))]
        for plan in plans:
            again = plan["repeats"]
            plan["seed"] = int(self._rng.integers(2**31)) if again is None else plans[again]["seed"]
        return plans

    def _between(self, sizes: list[int]) -> int:
        return int(self._rng.integers(min(sizes), max(sizes) + 1))

    def _draw(self, subject: Subject, plan: dict[str, Any], number: int) -> dict[str, Array]:
        """Inputs of random magnitude, and weights around the first ones; seeded by the case alone."""
        rng = np.random.default_rng(plan["seed"])
        arrays: dict[str, Array] = {}
        for i, one in enumerate(self.spec["inputs"]):
            shape = tuple(plan["sizes"][d] if isinstance(d, str) else d for d in one["shape"])
            if one["dtype"] == "int":
                arrays[f"{number}/in/{i}"] = rng.integers(0, one["below"], shape)
                continue
            magnitude = 10.0 ** rng.uniform(-1, 1)
            x = magnitude * (rng.standard_normal(shape) + rng.uniform(-1, 1))
            arrays[f"{number}/in/{i}"] = np.zeros(shape) if plan["zeros"] else np.asarray(x)
        if self.spec["weights"] == "copied":
            for name, first in subject.first_weights.items():
                spread = max(float(np.sqrt(np.mean(np.square(first)))) if first.size else 0.0, 0.1)
                scale = 2.0 ** rng.uniform(-1, 1)
                arrays[f"{number}/w/{name}"] = scale * (
                    first + 0.3 * spread * rng.standard_normal(first.shape)
                )
        return arrays

    # --- answers ----------------------------------------------------------------------------

    def _compare(
        self, number: int, their: dict[str, Any], their_arrays: dict[str, Array]
    ) -> dict[str, Any] | None:
        """The first difference in one case: {what, where, by, error}, or None."""
        mine = self.mine[number]
        if their["error"]:
            return _difference("error", "", error=their["error"])
        if their["parameters"] != mine["parameters"]:
            return _difference("shape", _odd_one(their["parameters"], mine["parameters"]))
        if their["outputs"] != mine["outputs"]:
            return _difference("shape", "0", error=f"{their['outputs']} instead of {mine['outputs']}")
        prefix = f"{number}/"
        keys = [k for k in self.my_arrays if k.startswith(prefix)]
        largest = max((_size(self.my_arrays[k]) for k in keys if "/after/" not in k), default=0.0)
        for key in keys:
            what, where = _KINDS[key.split("/")[1]], key.split("/", 2)[2]
            if key not in their_arrays:
                return _difference("missing-gradient", where)
            if their_arrays[key].shape != self.my_arrays[key].shape:
                return _difference("shape", where)
            by = _distance(their_arrays[key], self.my_arrays[key], 1e-3 * largest, self.spec["tolerance"])
            if by is not None:
                error = "it changes its input in place" if what == "forbidden" else ""
                return _difference(what, where, by, error)
        extra = sorted(k for k in their_arrays if k.startswith(prefix) and k not in self.my_arrays)
        if extra:  # a gradient where the healthy code has none
            return _difference(_KINDS[extra[0].split("/")[1]], extra[0].split("/", 2)[2])
        return None

    def _same_output(self, number: int, their_arrays: dict[str, Array]) -> bool:
        """Whether the outputs alone agree, whatever the gradients do."""
        keys = [k for k in self.my_arrays if k.startswith(f"{number}/out/")]
        return all(
            k in their_arrays
            and their_arrays[k].shape == self.my_arrays[k].shape
            and _distance(their_arrays[k], self.my_arrays[k], 0.0, self.spec["tolerance"]) is None
            for k in keys
        )

    def _verdict(self, differences: list[dict[str, Any]], their_arrays: dict[str, Array]) -> dict[str, Any]:
        plain = [i for i, c in enumerate(self.cases) if not c["zeros"] and c["repeats"] is None]
        zeros = [i for i, c in enumerate(self.cases) if c["zeros"]]
        differ = {d["case"] for d in differences}
        verdict: dict[str, Any] = {
            "cases": len(plain),
            # A difference that only the zeros or a second asking showed is a failure all the same.
            "failed": len(differ.intersection(plain)) or min(1, len(differ)),
            "zeros_agree": None if not zeros else all(self._same_output(i, their_arrays) for i in zeros),
            "first": None,
        }
        if differences:
            first = dict(differences[0])
            case = self.cases[first["case"]]
            alike = [d for d in differences if d["what"] == first["what"] and d["where"] == first["where"]]
            numbers = [d["by"] for d in alike if not math.isnan(d["by"])]
            first["by"] = max(numbers) if numbers else None
            first["shape"] = self._shape(first["case"])
            first["training"] = case["training"]
            modes = {self.cases[i]["training"] for i in differ}
            first["modes"] = "both" if len(modes) == 2 else ("training" if modes == {True} else "evaluation")
            right = {self._shape(i) for i in plain if i not in differ}
            first["some_shapes"] = bool(right) and not right & {self._shape(i) for i in differ}
            verdict["first"] = first
        return verdict

    def _shape(self, number: int) -> tuple[int, ...]:
        return tuple(self.arrays[f"{number}/in/0"].shape) if f"{number}/in/0" in self.arrays else ()


def answer_all(spec: dict[str, Any], blob: bytes) -> bytes:
    """The candidate's side: build the callable, answer every question."""
    meta, arrays = unpack_arrays(blob)
    subject = Subject(spec)
    answers, answered = [], {}
    for number, plan in enumerate(meta["cases"]):
        answer, found = answer_one(subject, plan, number, arrays, None)
        answers.append(answer)
        answered.update(found)
    return pack_arrays({"cases": answers}, answered)


def answer_one(
    subject: Subject,
    plan: dict[str, Any],
    number: int,
    arrays: dict[str, Array],
    rng: np.random.Generator | None,
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Outputs, gradients and final inputs of one case; with `rng`, cotangents are drawn into `arrays`."""
    answer: dict[str, Any] = {"error": "", "outputs": [], "parameters": []}
    found: dict[str, Array] = {}
    try:
        seed_everything(plan["seed"])
        weights = subject.load(plan, {k: v for k, v in arrays.items() if k.startswith(f"{number}/w/")})
        answer["parameters"] = subject.parameter_shapes()
        found.update({f"{number}/weight/{name}": array for name, array in weights.items()})
        seed_everything(plan["seed"] ^ 1)
        given = [arrays[f"{number}/in/{i}"] for i in range(len(subject.inputs))]
        tensors, outputs, values = subject.call(given)
        answer["outputs"] = [[str(v.dtype.kind), list(v.shape)] for v in values]
        found.update({f"{number}/out/{i}": np.array(v) for i, v in enumerate(values)})
        found.update({f"{number}/after/{i}": np.array(subject.value(t)) for i, t in enumerate(tensors)})
        if rng is not None:
            arrays.update({f"{number}/cot/{i}": rng.standard_normal(v.shape) for i, v in enumerate(values)})
        if answer["outputs"] != plan.get("outputs", answer["outputs"]):
            return answer, found  # another shape is difference enough; the cotangents would not fit
        subject.backward(outputs, [arrays[f"{number}/cot/{i}"] for i in range(len(values))])
        for name, grad in subject.gradients(tensors):
            if grad is not None:
                found[f"{number}/{name}"] = np.array(grad)
    except Exception as error:
        traceback.print_exc()
        answer["error"] = f"{type(error).__name__}: {error}"[:500]
        found = {}
    return answer, found


_KINDS = {
    "weight": "weight",
    "out": "output",
    "after": "forbidden",
    "gin": "input-gradient",
    "gw": "parameter-gradient",
}


def _odd_one(theirs: list[Any], mine: list[Any]) -> str:
    """The name of a parameter that only one side has; else of one whose shape differs."""
    names, other = ({str(name) for name, _ in side} for side in (theirs, mine))
    odd = sorted(names ^ other) or sorted(str(one[0]) for one in theirs if one not in mine)
    return odd[0] if odd else ""


def _difference(what: str, where: str, by: float = math.nan, error: str = "") -> dict[str, Any]:
    return {"what": what, "where": where, "by": by, "error": error}


def _size(array: Array) -> float:
    finite = np.abs(array[np.isfinite(array)]) if array.dtype.kind in "fc" else np.abs(array)
    return float(finite.max()) if finite.size else 0.0


def _distance(theirs: Array, mine: Array, floor: float, tolerance: float) -> float | None:
    """The largest absolute difference when it exceeds `tolerance` of the array's own size, else None.

    NaN and infinities must be the same and in the same places. `floor` keeps rounding noise in an array
    that should be zero (the gradient of a bias before a softmax) from counting as a difference.
    """
    same = (theirs == mine) | ((theirs != theirs) & (mine != mine))
    if bool(same.all()):
        return None
    with np.errstate(all="ignore"):
        apart = np.abs(theirs.astype(np.float64) - mine.astype(np.float64))[~same]
    if not bool(np.isfinite(apart).all()):
        return math.nan
    scale = max(_size(mine), floor, 1e-300)
    by = float(apart.max())
    return by if by > tolerance * scale else None
