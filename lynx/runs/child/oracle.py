"""Is a candidate's callable the healthy one? Asked in two processes that share only questions and numbers.

The judge (`Judge`) runs the healthy bytes alone: it draws the questions and keeps its own answers. The
candidate (`answering.answer_all`) gets the questions in another process and sends back arrays. The judge
compares. Whatever the candidate's code prints, forges or patches there, only right numbers pass.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.child.answering import answer_one, subject_of
from lynx.runs.child.arrays import pack_arrays, unpack_arrays
from lynx.runs.child.lives import Home, callable_at
from lynx.runs.child.parts import is_private
from lynx.runs.child.property import Property
from lynx.runs.child.questions import answerable, inputs_of, made_plans, plans, rng_of, weights_of
from lynx.runs.child.subject import Subject

if TYPE_CHECKING:
    from lynx.runs.child.adapters import Array
    from lynx.runs.child.made import Maker

# In single precision two right forms differ by rounding: by so much of an array's own size, or by so many times
# what the healthy code's own answer moved when it was computed in single precision.
SINGLE, SINGLE_TIMES = 1e-4, 30.0


class Judge:
    """The healthy side: questions, own answers, verdicts."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self._rng = rng_of(spec)
        self.cases: list[dict[str, Any]] = []
        self.arrays: dict[str, Array] = {}
        self.mine: list[dict[str, Any]] = []
        self.my_arrays: dict[str, Array] = {}
        self._rounding: dict[str, float] = {}  # by key, what may differ because of single precision
        self._property = Property(spec) if spec.get("property") else None

    def prepare(self) -> bytes:
        """Draw and answer the questions; those that the healthy code itself refuses are dropped.

        Returns the questions for `answer_all`. ValueError when none is left; Fault when the spec's own functions
        fail, or name what is not the repository's.
        """
        if self._property is not None:
            self._property.load()
        if self.spec.get("call"):
            callable_at(self.spec["call"], Home(self.spec["top"]))  # before any of it is called
        subject = subject_of(self.spec)
        refused, renew = "", False
        number_of: dict[int, int] = {}
        drawn = (plans if isinstance(subject, Subject) else made_plans)(self.spec, self._rng)
        for asked, plan in enumerate(drawn):
            if self._property is not None and not answerable(plan):
                continue
            if plan["repeats"] is not None:
                if plan["repeats"] not in number_of:
                    continue
                plan = {**plan, "repeats": number_of[plan["repeats"]]}
            plan = {**plan, "renew": renew and not plan["fresh"]}
            error = self._ask(subject, plan) if plan["again"] else "not asked twice"
            if error:  # the second answer is more than some code has to give
                plan = {**plan, "again": False, "renew": not plan["fresh"]}
                error = self._ask(subject, plan)
            if error:
                refused = error
            else:
                number_of[asked] = len(self.cases) - 1
            # What it left in the shared instance, no candidate will have been asked.
            renew = (renew and plan["fresh"]) or bool(error and not plan["fresh"])
        if not any(plan["plain"] for plan in self.cases):
            raise ValueError(f"the healthy code answers none of the oracle's questions: {refused}")
        meta = {"cases": self.cases, "told": subject.told}
        return pack_arrays(meta, self.arrays)

    def _ask(self, subject: Subject | Maker, plan: dict[str, Any]) -> str:
        """Answer one question and keep it; the error, when it refuses."""
        number = len(self.cases)
        arrays = {f"{number}/in/{i}": array for i, array in enumerate(inputs_of(self.spec, plan))}
        if self.spec["weights"] == "copied" and isinstance(subject, Subject):
            weights = weights_of(plan, subject.first_weights)
            arrays |= {f"{number}/w/{name}": array for name, array in weights.items()}
        precise = {**plan, "precision": "float64"}
        answer, found = answer_one(subject, precise, number, arrays, self._rng)
        if plan["precision"] != "float64" and not answer["error"]:
            exact = found
            answer, found = answer_one(subject, plan, number, arrays, None)
            for key in found.keys() & exact.keys():
                if found[key].shape == exact[key].shape:
                    self._rounding[key] = _largest_gap(found[key], exact[key])
        if answer["error"]:
            return str(answer["error"])
        if self._property is not None:
            given = answer.get("given", [arrays[f"{number}/in/{i}"] for i in range(len(self.spec["inputs"]))])
            self._property.must_hold(number, given, found, training=plan["training"])
        self.cases.append({**plan, "outputs": answer["outputs"], "sent": answer.get("sent")})
        self.arrays |= arrays
        self.mine.append(answer)
        self.my_arrays |= found
        return ""

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
        differences.sort(key=lambda d: (self.cases[d["case"]]["repeats"] is not None, self._rank(d["case"])))
        return {
            **self._verdict(differences, their_arrays),
            # Several right fixes whose numbers differ do not train alike either.
            "same_draws": self._property is None and self._draws_alike(theirs["cases"]),
        }

    # --- one case ---------------------------------------------------------------------------

    def _compare(
        self, number: int, their: dict[str, Any], their_arrays: dict[str, Array]
    ) -> dict[str, Any] | None:
        """The first difference in one case: {what, where, by, error, kind}, or None."""
        mine, case, prefix = self.mine[number], self.cases[number], f"{number}/"
        if case["lenient"]:
            return self._compare_finite(number, their, their_arrays)
        if their["error"]:
            return _difference("error", "", error=their["error"])
        if self._property is not None:
            said = self._property.refusal(number, their_arrays, training=case["training"])
            return None if said is None else _difference("property", "", error=said)
        if their["parameters"] != mine["parameters"]:
            return _difference("shape", _odd_one(their["parameters"], mine["parameters"]))
        if their["outputs"] != mine["outputs"]:
            return _difference("shape", "0", error=f"{their['outputs']} instead of {mine['outputs']}")
        keys = [k for k in self.my_arrays if k.startswith(prefix)]
        sized = ("out", "gin", "gw", "weight", "step", "state")
        largest = max((_size(self.my_arrays[k]) for k in keys if _kind(k) in sized), default=0.0)
        tolerance, floor = self.spec["tolerance"], 1e-3 * largest
        if case["precision"] != "float64":  # where a gradient should be zero, rounding is all there is of it
            tolerance, floor = SINGLE, largest
        for key in (k for k in keys if _kind(k) not in LATER):
            if (found := self._held_against(key, their, their_arrays, floor, tolerance)) is not None:
                return found
        for key in sorted(k for k in their_arrays if k.startswith(prefix) and k not in self.my_arrays):
            kind, where = _kind(key), key.split("/", 2)[2]  # a gradient or a change where there is none
            if kind in _KINDS and kind not in OWN and (kind != "buffer" or where in mine["buffers"]):
                return _difference(_KINDS[kind], where, error=_ERRORS.get(kind, ""), kind=kind)
        for key in (k for k in keys if _kind(k) in LATER):
            if (found := self._held_against(key, their, their_arrays, floor, tolerance)) is not None:
                return found
        for name in mine["drew"]:
            now = their["generators"].get(name)
            if now is not None and now != mine["generators"][name]:
                return _difference("left-behind", name, error=_ERRORS["drew"], kind="drew")
        return None

    def _held_against(
        self,
        key: str,
        their: dict[str, Any],
        their_arrays: dict[str, Array],
        floor: float,
        tolerance: float,
    ) -> dict[str, Any] | None:
        """The difference in one array of the healthy answers, or None."""
        kind, where = _kind(key), key.split("/", 2)[2]
        if kind == "buffer" and where not in their["buffers"]:
            return None  # it keeps that elsewhere: its answers tell whether it keeps it right
        if kind in OWN and key not in their_arrays and is_private(where):
            return None
        if kind == "step" and " generator " in f" {where.partition('/')[2]}" and not self._drew(key):
            return None
        what = _KINDS[kind]
        if key not in their_arrays:
            return _difference("missing-gradient" if kind in ("gin", "gw") else what, where, kind=kind)
        if their_arrays[key].shape != self.my_arrays[key].shape:
            return _difference("shape", where, kind=kind)
        if str(self.my_arrays[key].dtype) == "float32":
            tolerance = max(tolerance, SINGLE)  # a `make` may well compute in it
        slack = SINGLE_TIMES * self._rounding.get(key, 0.0)
        by = _distance(their_arrays[key], self.my_arrays[key], floor, tolerance, slack)
        return None if by is None else _difference(what, where, by, _ERRORS.get(kind, ""), kind)

    def _compare_finite(
        self, number: int, their: dict[str, Any], their_arrays: dict[str, Array]
    ) -> dict[str, Any] | None:
        """Inputs that are not finite, or huge: a right form may refuse them, or overflow where another does not."""
        if their["error"] or their.get("outputs") != self.mine[number]["outputs"]:
            return None
        for key in (k for k in self.my_arrays if k.startswith(f"{number}/out/")):
            mine, other = self.my_arrays[key], their_arrays.get(key)
            if other is None or other.shape != mine.shape:
                continue
            usable = np.isfinite(mine)
            if self.cases[number]["lenient"] == "huge":
                usable &= np.isfinite(other)
            by = _distance(other[usable], mine[usable], 0.0, 1e3 * self.spec["tolerance"], 0.0)
            if by is not None:
                return _difference("output", key.split("/", 2)[2], by, kind="out")
        return None

    def _same_output(self, number: int, their_arrays: dict[str, Array], kind: str = "out") -> bool:
        """Whether the outputs alone agree, whatever the gradients do."""
        keys = [k for k in self.my_arrays if k.startswith(f"{number}/{kind}/")]
        return all(
            k in their_arrays
            and their_arrays[k].shape == self.my_arrays[k].shape
            and _distance(their_arrays[k], self.my_arrays[k], 0.0, max(self.spec["tolerance"], SINGLE), 0.0)
            is None
            for k in keys
        )

    def _draws_alike(self, theirs: list[dict[str, Any]]) -> bool:
        """Whether a run of the candidate's draws the numbers that a healthy one draws: first weights and all."""
        return all(
            their.get("built") == mine["built"] and their.get("generators") == mine.get("generators")
            for case, their, mine in zip(self.cases, theirs, self.mine)  # noqa: B905 - Python 3.9
            if not case["lenient"] and case["precision"] == "float64"
        )

    def _drew(self, key: str) -> bool:
        """Whether the healthy loop draws from a generator of nobody's, of which `key` is the state."""
        number = int(key.partition("/")[0])
        return key.rpartition("generator ")[2] in self.mine[number]["drew"]

    # --- all of them ------------------------------------------------------------------------

    def _verdict(self, differences: list[dict[str, Any]], their_arrays: dict[str, Array]) -> dict[str, Any]:
        plain = [i for i, c in enumerate(self.cases) if c["plain"]]
        zeros = [i for i, c in enumerate(self.cases) if c["zeros"]]
        differ = {d["case"] for d in differences}
        verdict: dict[str, Any] = {
            "cases": len(plain),
            # A difference that only the other questions showed is a failure all the same.
            "failed": len(differ.intersection(plain)) or min(1, len(differ)),
            "zeros_agree": None if not zeros else all(self._same_output(i, their_arrays) for i in zeros),
            "first": None,
        }
        if differences:
            first = dict(differences[0])
            alike = [d for d in differences if d["what"] == first["what"] and d["where"] == first["where"]]
            numbers = [d["by"] for d in alike if not math.isnan(d["by"])]
            first["by"] = max(numbers) if numbers else None
            first["shape"] = self._shape(first["case"])
            if first["kind"] == "step":
                step, _, first["where"] = first["where"].partition("/")
                first["step"] = int(step)
            first["training"] = self.cases[first["case"]]["training"] != (first["kind"] == "flip")
            modes = {self.cases[d["case"]]["training"] != (d["kind"] == "flip") for d in differences}
            first["modes"] = "both" if len(modes) == 2 else ("training" if modes == {True} else "evaluation")
            # Of questions that are alike in all but their sizes.
            usual = [i for i in plain if self._is_usual(i)]
            right = {self._shape(i) for i in usual if i not in differ}
            wrong = {self._shape(i) for i in usual if i in differ}
            first["some_shapes"] = bool(right) and bool(wrong) and not right & wrong
            first["only"] = self._only(differences)
            verdict["first"] = first
        return verdict

    def _only(self, differences: list[dict[str, Any]]) -> str:
        """What all questions with a difference in the output share, and others, which agree, do not."""
        if {d["what"] for d in differences} != {"output"}:
            return ""
        cases = [self.cases[d["case"]] for d in differences]
        off = [c["grads"] == "off" or d["kind"] == "flip" for c, d in zip(cases, differences)]  # noqa: B905
        shared = {
            "not-recording": all(off) and not all(d["kind"] == "flip" for d in differences),
            "single": all(c["precision"] == "float32" for c in cases),
            "not-finite": all(c["lenient"] in ("nan", "inf") for c in cases),
            "large": all(c["magnitude"] in ("large", "huge") or c["lenient"] == "inf" for c in cases),
            "small": all(c["magnitude"] == "small" for c in cases),
            "beyond": all(c["beyond"] for c in cases),
        }
        return next((name for name, holds in shared.items() if holds), "")

    def _is_usual(self, number: int) -> bool:
        case = self.cases[number]
        usual = {"grads": "on", "precision": "float64", "magnitude": "usual"}
        return all(case[name] == value for name, value in usual.items())

    def _rank(self, number: int) -> int:
        return int(self.cases[number]["rank"])

    def _shape(self, number: int) -> tuple[int, ...]:
        return tuple(self.arrays[f"{number}/in/0"].shape) if f"{number}/in/0" in self.arrays else ()


OWN = ("state", "step")  # of which the candidate may hold more, or private ones by other names
LATER = ("again", "flip")  # second answers: what was left behind explains them, and is told instead
_KINDS = {
    "weight": "weight",
    "out": "output",
    "after": "forbidden",
    "gin": "input-gradient",
    "gw": "parameter-gradient",
    "kept": "left-behind",
    "buffer": "left-behind",
    "again": "forbidden",
    "flip": "output",
    "state": "left-behind",
    "step": "step",
}
_ERRORS = {
    "after": "it changes its input in place",
    "again": "the same question got two answers",
    "kept": "it changes its weights",
    "buffer": "it keeps another state",
    "drew": "it draws other random numbers",
    "state": "what it works on holds other numbers afterwards",
}


def _kind(key: str) -> str:
    return key.split("/", 2)[1]


def _odd_one(theirs: list[Any], mine: list[Any]) -> str:
    """The name of a parameter that only one side has; else of one whose shape differs."""
    names, other = ({str(name) for name, _ in side} for side in (theirs, mine))
    odd = sorted(names ^ other) or sorted(str(one[0]) for one in theirs if one not in mine)
    return odd[0] if odd else ""


def _difference(
    what: str, where: str, by: float = math.nan, error: str = "", kind: str = ""
) -> dict[str, Any]:
    return {"what": what, "where": where, "by": by, "error": error, "kind": kind}


def _size(array: Array) -> float:
    finite = np.abs(array[np.isfinite(array)]) if array.dtype.kind in "fc" else np.abs(array)
    return float(finite.max()) if finite.size else 0.0


def _largest_gap(one: Array, other: Array) -> float:
    with np.errstate(all="ignore"):
        apart = np.abs(one.astype(np.float64) - other.astype(np.float64))
    apart = apart[np.isfinite(apart)]
    return float(apart.max()) if apart.size else 0.0


def _distance(theirs: Array, mine: Array, floor: float, tolerance: float, slack: float) -> float | None:
    """The largest absolute difference when it exceeds `tolerance` of the array's own size and `slack`, else None.

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
    return by if by > max(tolerance * scale, slack) else None
