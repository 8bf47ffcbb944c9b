"""What a callable is asked: sizes, mode, precision, magnitude, weights, and in which order. Seeded by the spec."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.runs.child.adapters import Array

REPEATED = 2  # questions that are asked again at the end: the answer must be the same
AT_LEAST = 32  # questions of the varied kind, however few cases a spec asks for
LOOPS = 3  # training loops, however few cases a spec asks for
PLACES = ("folder", "top")  # keys of a spec that say where it is, not what it asks
BEYOND = 3  # questions on each size above the declared ones

# 10 to a power drawn from here
MAGNITUDES = {"usual": (-1.0, 1.0), "large": (1.5, 2.0), "small": (-4.0, -2.0), "huge": (3.0, 6.0)}
WEIGHT_SCALES = {"usual": (-1.0, 1.0), "wide": (-3.0, 3.0)}  # 2 to a power
# Each of the others is asked about in so large a share of the varied questions, independently.
SHARES: Mapping[str, Mapping[Any, float]] = {
    "grads": {"off": 0.2, "inputs-off": 0.15},
    "precision": {"float32": 0.25},
    "magnitude": {"large": 0.2, "small": 0.15},
    "weights": {"wide": 0.2, "first": 0.1},
    "fresh": {True: 0.3},
}
STANDARD: Mapping[str, Any] = {
    "training": True,
    "grads": "on",  # off: nothing is recorded; inputs-off: weights alone ask for gradients
    "precision": "float64",
    "magnitude": "usual",
    "weights": "usual",
    "fresh": False,  # an instance of its own; else the one that such questions share
    "renew": False,  # the shared instance is made anew
    "again": True,  # asked twice, and once in the other mode
    "zeros": False,
    "lenient": "",  # nan, inf, huge: only what is finite is compared
    "repeats": None,  # the number of an earlier question
    "plain": False,  # counts as one of the spec's cases
    "beyond": False,
}


def rng_of(spec: Mapping[str, Any]) -> np.random.Generator:
    """The same spec asks the same questions every time, wherever it lies."""
    said = sorted((key, value) for key, value in spec.items() if key not in PLACES)
    digest = hashlib.sha256(repr(said).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def made_plans(spec: Mapping[str, Any], rng: np.random.Generator) -> list[dict[str, Any]]:
    """As `plans`, for what a break's own `make` builds, which draws sizes and inputs by itself."""
    loops = bool(spec.get("steps"))
    wanted = max(LOOPS, math.ceil(spec["cases"] / spec["n"])) if loops else spec["cases"]
    found = []
    for number in range(wanted if loops else max(wanted, AT_LEAST)):
        plan = {**STANDARD, "sizes": {}, "training": number % 2 == 0}
        if not loops and number >= 2:
            plan = _varied([{}], number, False, rng)
        own = {"weights": "first", "fresh": True, "again": not loops}
        found.append({**plan, **own, "plain": number < wanted, "rank": number})
    for plan in found:
        plan["seed"] = int(rng.integers(2**31))
    return found


def answerable(plan: Mapping[str, Any]) -> bool:
    """Whether a property can be asked about the answer: what is random, or right in several ways, is not
    compared twice, nor in another precision.
    """
    usual = not plan["lenient"] and not plan["zeros"] and plan["precision"] == "float64"
    return usual and plan["repeats"] is None


def plans(spec: Mapping[str, Any], rng: np.random.Generator) -> list[dict[str, Any]]:
    """Every question in the order of asking; `rank` is its place in the order of telling."""
    declared = [dict(sizes) for sizes in spec["shapes"] or [{}]]
    wanted = max(spec["cases"], 2 * len(declared))
    floats = any(one["dtype"] == "float" for one in spec["inputs"])
    found = [
        {**STANDARD, "sizes": dict(sizes), "training": training, "plain": True}
        for training in (True, False)
        for sizes in declared
    ]
    while len(found) < max(wanted, AT_LEAST):
        found.append({**_varied(declared, len(found), floats, rng), "plain": len(found) < wanted})
    if floats:
        found.append({**STANDARD, "sizes": dict(declared[-1]), "zeros": True})
        largest = max(declared, key=lambda sizes: int(np.prod(list(sizes.values()) or [1])))
        for lenient in ("nan", "inf", "huge", "huge"):
            magnitude = "huge" if lenient == "huge" else "usual"
            these = {"sizes": dict(largest), "lenient": lenient, "magnitude": magnitude}
            # An instance of its own: a running mean would never be rid of a NaN.
            found.append({**STANDARD, **these, "again": False, "fresh": True})
    found += _beyond(declared, rng)
    for rank, plan in enumerate(found):
        plan["rank"] = rank
        plan["seed"] = int(rng.integers(2**31))
    asked = [found[i] for i in rng.permutation(len(found))]
    first = [i for i, plan in enumerate(asked) if plan["plain"]][:REPEATED]
    return asked + [{**asked[i], "repeats": i, "plain": False} for i in first]


def _varied(
    declared: list[dict[str, int]], number: int, floats: bool, rng: np.random.Generator
) -> dict[str, Any]:
    sizes = dict(declared[number % len(declared)])
    if number % 3:
        bounds = {name: [one[name] for one in declared if name in one] for name in sizes}
        sizes = {name: int(rng.integers(min(b), max(b) + 1)) for name, b in bounds.items()}
    plan = {**STANDARD, "sizes": sizes, "training": bool(rng.random() < 0.5)}
    for name, shares in SHARES.items():
        if name == "magnitude" and not floats:
            continue
        draw = rng.random()
        for value, share in shares.items():
            if 0 <= draw < share:
                plan[name] = value
            draw -= share
    if plan["precision"] == "float32":
        plan["fresh"] = True  # one that was computed with in double precision keeps traces of it
        plan["weights"] = "usual"
        plan["magnitude"] = "usual"
    return plan


def _beyond(declared: list[dict[str, int]], rng: np.random.Generator) -> list[dict[str, Any]]:
    """Above the largest of each size, the others as declared; and one where it could be."""
    found = []
    names = sorted({name for sizes in declared for name in sizes})
    for name in names:
        having = [sizes for sizes in declared if name in sizes]
        top, bottom = max(s[name] for s in having), min(s[name] for s in having)
        sizes = [top + 1, 2 * top, int(rng.integers(top + 1, 3 * top + 2))]
        sizes += [1] if bottom > 1 else []
        for i, size in enumerate(sizes):
            base = having[i % len(having)]
            found.append({**STANDARD, "sizes": {**base, name: size}, "training": i % 2 == 0, "beyond": True})
    return found


def inputs_of(spec: Mapping[str, Any], plan: Mapping[str, Any]) -> list[Array]:
    """The inputs of one question, in double precision."""
    rng = np.random.default_rng(plan["seed"])
    found: list[Array] = []
    for one in spec["inputs"]:
        shape = tuple(plan["sizes"][d] if isinstance(d, str) else d for d in one["shape"])
        if one["dtype"] == "int":
            found.append(rng.integers(0, one["below"], shape))
            continue
        magnitude = 10.0 ** rng.uniform(*MAGNITUDES[plan["magnitude"]])
        x = np.asarray(magnitude * (rng.standard_normal(shape) + rng.uniform(-1, 1)))
        if plan["zeros"]:
            x = np.zeros(shape)
        if plan["lenient"] in ("nan", "inf") and x.size:
            x.flat[int(rng.integers(x.size))] = float(plan["lenient"])
        found.append(x)
    return found


def weights_of(plan: Mapping[str, Any], first: Mapping[str, Array]) -> dict[str, Array]:
    """Weights around the first ones, at the scale that the question asks for."""
    rng = np.random.default_rng(plan["seed"] ^ 2)
    if plan["weights"] == "first":
        return dict(first)
    found = {}
    for name, array in first.items():
        spread = max(float(np.sqrt(np.mean(np.square(array)))) if array.size else 0.0, 0.1)
        scale = 2.0 ** rng.uniform(*WEIGHT_SCALES[plan["weights"]])
        found[name] = scale * (array + 0.3 * spread * rng.standard_normal(array.shape))
    return found
