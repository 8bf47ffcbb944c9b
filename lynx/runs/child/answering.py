"""One question put to a callable: outputs, gradients, second answers, and what is left behind."""

from __future__ import annotations

import errno
import sys
import traceback
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.child.adapters import Array, Tensors, generators, seed_everything
from lynx.runs.child.arrays import pack_arrays, unpack_arrays
from lynx.runs.child.beside import Fault
from lynx.runs.child.made import Loop, Made, Maker
from lynx.runs.child.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping


def answer_all(spec: dict[str, Any], blob: bytes) -> bytes:
    """The candidate's side: build the callable as told, answer every question."""
    meta, arrays = unpack_arrays(blob)
    subject = subject_of(spec, meta["told"])
    answers, answered = [], {}
    for number, plan in enumerate(meta["cases"]):
        answer, found = answer_one(subject, plan, number, arrays, None)
        answers.append(answer)
        answered.update(found)
    return pack_arrays({"cases": answers}, answered)


def subject_of(spec: dict[str, Any], told: dict[str, Any] | None = None) -> Subject | Maker:
    """What a spec examines: a callable, what `make` builds, a training loop."""
    kind = Made if spec.get("make") else Loop if spec.get("steps") else Subject
    return kind(spec, told)


def answer_one(
    subject: Subject | Maker,
    plan: Mapping[str, Any],
    number: int,
    arrays: dict[str, Array],
    rng: np.random.Generator | None,
) -> tuple[dict[str, Any], dict[str, Array]]:
    """What one question gives, arrays by `<number>/<kind>/<where>`; with `rng`, cotangents are drawn into `arrays`."""
    answer: dict[str, Any] = {"error": ""}
    found: dict[str, Array] = {}
    try:
        with np.errstate(all="ignore"):
            if isinstance(subject, Subject):
                _answer(subject, plan, f"{number}/", arrays, rng, answer, found)
            else:
                subject.ask(plan, f"{number}/", arrays, rng, answer, found)
    except Fault:
        raise
    except Exception as error:
        if rng is None and _is_the_machines(error):
            raise
        if not plan["lenient"] and not (plan["beyond"] and rng is not None):  # it may well refuse those
            _show()
        answer["error"] = f"{type(error).__name__}: {error}"[:500]
        found = {}
    return answer, found


def _is_the_machines(error: Exception) -> bool:
    """Memory and descriptors that ran out are no answer."""
    return isinstance(error, MemoryError) or getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE)


def _answer(
    subject: Subject,
    plan: Mapping[str, Any],
    prefix: str,
    arrays: dict[str, Array],
    rng: np.random.Generator | None,
    answer: dict[str, Any],
    found: dict[str, Array],
) -> None:
    start = len(prefix) + len("w/")
    seed_everything(plan["seed"])
    drawn = subject.load(plan, {k[start:]: a for k, a in arrays.items() if k.startswith(f"{prefix}w/")})
    found.update({f"{prefix}weight/{name}": array for name, array in drawn.items()})
    answer |= {"parameters": subject.parameter_shapes(), "built": subject.built}
    seed_everything(plan["seed"] ^ 1)
    weights, buffers, drew = subject.weights(), subject.buffers(), generators(subject.model)
    given = [arrays[f"{prefix}in/{i}"] for i in range(len(subject.inputs))]

    with subject.recording(plan["grads"] != "off"):
        tensors, outputs, values = subject.call(plan, given)
    answer["outputs"] = [[str(v.dtype.kind), list(v.shape)] for v in values]
    found.update({f"{prefix}out/{i}": np.array(v) for i, v in enumerate(values)})
    if rng is not None:
        arrays.update({f"{prefix}cot/{i}": rng.standard_normal(v.shape) for i, v in enumerate(values)})
    if plan["lenient"] or answer["outputs"] != plan.get("outputs", answer["outputs"]):
        return  # another shape is difference enough; the cotangents would not fit
    found.update({f"{prefix}after/{i}": np.array(subject.value(t)) for i, t in enumerate(tensors)})
    if plan["grads"] != "off":
        subject.backward(outputs, [arrays[f"{prefix}cot/{i}"] for i in range(len(values))])
        gradients = subject.gradients(tensors)
        found.update({f"{prefix}{name}": np.array(g) for name, g in gradients if g is not None})
    now = generators(subject.model)

    again: dict[str, Array] = {}
    if plan["again"]:
        with subject.recording(plan["grads"] != "off"):
            again |= _named(f"{prefix}again/", subject.call(plan, given)[2])
        if subject.turn(not plan["training"]):
            with subject.recording(False):
                again |= _named(f"{prefix}flip/", subject.call(plan, given)[2])
    left = _changed(f"{prefix}kept/", weights, subject.weights())
    left |= _changed(f"{prefix}buffer/", buffers, subject.buffers())
    found.update({**left, **again})
    answer |= {
        "buffers": sorted(buffers),
        "drew": sorted(name for name in drew if now.get(name) != drew[name]),
        "generators": now,
    }


def _named(prefix: str, values: list[Array]) -> dict[str, Array]:
    return {f"{prefix}{i}": np.array(v) for i, v in enumerate(values)}


def _changed(prefix: str, before: Mapping[str, Array], after: Mapping[str, Array]) -> dict[str, Array]:
    return {
        f"{prefix}{name}": array
        for name, array in after.items()
        if name in before and not _equal(array, before[name])
    }


def _equal(one: Array, other: Array) -> bool:
    return bool(one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes())


def _show() -> None:
    """The traceback, from the first frame that is not one of the examination's own."""
    kind, error, trace = sys.exc_info()
    own = {f.__code__.co_filename for f in (answer_one, Subject.call, Tensors.backward)}
    inner = trace
    while inner is not None and inner.tb_frame.f_code.co_filename in own:
        inner = inner.tb_next
    traceback.print_exception(kind, error, inner or trace, file=sys.stderr)
