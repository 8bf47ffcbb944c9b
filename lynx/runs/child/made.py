"""What a break's own `make(rng)` builds: something to call with its inputs (`Made`), or a training loop (`Loop`).

Both sides build it from the same seed, each from its own version of the target. The judge's side finds fault
with the function; on the candidate's side whatever fails is the candidate's error.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.child import parts
from lynx.runs.child.adapters import TorchTensors, generators, seed_everything
from lynx.runs.child.beside import Beside, Fault
from lynx.runs.child.lives import Home
from lynx.runs.child.parts import Parts
from lynx.runs.child.questions import STANDARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lynx.runs.child.adapters import Array

FIRST = {**STANDARD, "seed": 12345}


class Maker:
    """What both kinds share: `make` itself, weights that are copied, random numbers that are drawn."""

    key = "make"
    inputs: tuple[Any, ...] = ()  # none that are sent: `make` builds them
    model = None

    def __init__(self, spec: Mapping[str, Any], told: Mapping[str, Any] | None = None) -> None:
        self.spec, self._judges = spec, told is None
        self._beside = Beside(self.key, spec[self.key], spec["folder"], seen=self._judges)
        self._home = Home(spec["top"], spec["folder"])
        self.told: dict[str, Any] = {}
        self.first_weights: dict[str, Array] = {}
        if self._judges:
            self._compares(self._tried())

    def build(self, plan: Mapping[str, Any]) -> Any:
        """`make` under the question's seed, in its precision. Raises Fault for the judge when it fails."""
        seed_everything(plan["seed"])
        if (torch := sys.modules.get("torch")) is not None:
            torch.set_default_dtype(getattr(torch, plan["precision"]))
        function: Any = self._beside.function
        try:
            made = function(np.random.default_rng(plan["seed"]))
        except (Exception, SystemExit) as error:
            raise (self._beside.fault_of(error) if self._judges else error) from error
        return self._unpacked(made)

    def ask(
        self,
        plan: Mapping[str, Any],
        prefix: str,
        arrays: dict[str, Array],
        rng: np.random.Generator | None,
        answer: dict[str, Any],
        found: dict[str, Array],
    ) -> None:
        """Build it anew and answer one question about it; as `answering.answer_one` wants it."""
        raise NotImplementedError

    def _unpacked(self, made: Any) -> Any:
        raise NotImplementedError

    def _tried(self) -> dict[str, Array]:
        """What one question gives, for a first look."""
        found: dict[str, Array] = {}
        try:
            with np.errstate(all="ignore"):
                self.ask({**FIRST, "again": False}, "0/", {}, np.random.default_rng(0), {}, found)
        except Fault:
            raise
        except Exception as error:  # what it hands over does not go together
            raise self._beside.fault_of(error) from error
        return found

    def _compares(self, found: Mapping[str, Array]) -> None:
        """Raises Fault where nothing would be compared."""
        if not found:
            raise self._beside.fault("nothing")

    def _refuse(self, code: str, **fields: str) -> Exception:
        if self._judges:
            return self._beside.fault(code, **fields)
        return TypeError(f"{self._beside.name} returns {fields.get('found', 'something else')}")

    def _must_live_here(self, function: Any) -> None:
        if self._judges and not self._home.holds_code_of(function):
            raise self._beside.fault("outside", name=_described(function), file="")

    def _start(
        self,
        held: Parts,
        prefix: str,
        arrays: dict[str, Array],
        rng: np.random.Generator | None,
        found: dict[str, Array],
    ) -> dict[str, Any]:
        """Weights put in, or compared where they are drawn; what an answer says of how it was built."""
        mine = {name: np.array(tensors.value(p)) for name, (tensors, p) in held.parameters().items()}
        told = {
            "parameters": sorted([name, list(array.shape)] for name, array in mine.items()),
            "built": _digest(mine),
        }
        if self.spec["weights"] == "seeded":
            found.update({f"{prefix}weight/{name}": array for name, array in mine.items()})
        elif rng is not None:
            arrays.update({f"{prefix}w/{name}": array for name, array in mine.items()})
        else:
            for name, (tensors, parameter) in held.parameters().items():
                given = arrays.get(f"{prefix}w/{name}")
                if given is None or given.shape != mine[name].shape or bool((given == mine[name]).all()):
                    continue  # setting it would forget its gradient
                tensors.set_value(parameter, given.astype(mine[name].dtype))
        return told

    @contextlib.contextmanager
    def _drawing(self, plan: Mapping[str, Any], answer: dict[str, Any]) -> Iterator[None]:
        """Tells which of the generators that belong to nobody are drawn from meanwhile."""
        seed_everything(plan["seed"] ^ 1)
        before = generators(None)
        yield
        now = generators(None)
        drew = sorted(name for name, state in before.items() if now.get(name) != state)
        answer |= {"buffers": [], "drew": drew, "generators": now}


class Made(Maker):
    """`make(rng)` returns `call, inputs` or `call, inputs, others`: what else is looked at afterwards.

    Compared: what the call returns, the gradients of parameters, inputs and others, and what they all hold.
    """

    def _unpacked(self, made: Any) -> tuple[Any, list[Any], dict[str, Any]]:
        given = (made,) if callable(made) else made
        if not isinstance(given, (tuple, list)) or not 1 <= len(given) <= 3 or not callable(given[0]):
            raise self._refuse("returns", found=_described(made))
        call, inputs, others = [*given, (), ()][:3] if len(given) < 3 else given
        if not isinstance(inputs, (tuple, list)) or not isinstance(others, (tuple, list, dict)):
            raise self._refuse("returns", found=_described(made))
        self._must_live_here(call)
        named = others if isinstance(others, dict) else {f"other{i}": one for i, one in enumerate(others)}
        return call, list(inputs), {str(name): one for name, one in named.items()}

    def ask(  # noqa: D102
        self,
        plan: Mapping[str, Any],
        prefix: str,
        arrays: dict[str, Array],
        rng: np.random.Generator | None,
        answer: dict[str, Any],
        found: dict[str, Array],
    ) -> None:
        call, inputs, others = self.build(plan)
        named = {**{f"input{i}": one for i, one in enumerate(inputs)}, **others}
        things = {**named, **self._owner(call)}
        held = Parts(things)
        if plan["precision"] == "float32":
            _in_single(held)
        answer |= self._start(held, prefix, arrays, rng, found)
        for thing in things.values():
            parts.switch(thing, plan["training"])
        if rng is not None:
            given = Parts({str(i): one for i, one in enumerate(inputs)})
            answer["given"] = [parts.value_of(leaf) for _, leaf in given.leaves()]
        before = _gradients(held)
        with self._drawing(plan, answer):
            with _recording(plan["grads"] != "off", things):
                outputs = dict(_returned(call(*inputs)))
            answer["outputs"] = [[n, str(v.dtype.kind), list(v.shape)] for n, (_, v) in outputs.items()]
            found.update({f"{prefix}out/{name}": value for name, (_, value) in outputs.items()})
            if answer["outputs"] != plan.get("outputs", answer["outputs"]):
                return
            if rng is not None:
                for name, (_, value) in outputs.items():
                    arrays[f"{prefix}cot/{name}"] = rng.standard_normal(value.shape)
            sent = plan.get("sent")
            if (
                sent is None
            ):  # the healthy side finds out: code that went back itself cannot be sent back again
                sent = plan["grads"] != "off" and _same(before, _gradients(held))
            if sent:
                _send_back(outputs, {name: arrays[f"{prefix}cot/{name}"] for name in outputs})
            answer["sent"] = sent
            found.update({f"{prefix}{name}": array for name, array in _gradients(held).items()})
        if plan["again"]:
            with _recording(plan["grads"] != "off", things):
                second = dict(_returned(call(*inputs)))
            found.update({f"{prefix}again/{name}": value for name, (_, value) in second.items()})
        found.update({f"{prefix}kept/{n}": np.array(t.value(p)) for n, (t, p) in held.parameters().items()})
        # What was named is compared; what the owner keeps besides, as far as both keep it.
        leaves = {name: parts.value_of(leaf) for name, leaf in held.leaves()}
        own = {name for name in leaves if name.partition(".")[0] not in named}
        answer["buffers"] = sorted(own)
        found.update(
            {f"{prefix}{'buffer' if n in own else 'state'}/{n}": array for n, array in leaves.items()}
        )

    def _owner(self, call: Any) -> dict[str, Any]:
        """Whose parameters are meant: the object itself, a method's; of the mentor's own function what it holds."""
        if isinstance(call, functools.partial):
            return self._owner(call.func)
        if getattr(call, "__self__", None) is not None:
            return {"": call.__self__}
        if not self._beside.owns(call):
            return {} if inspect.isroutine(call) else {"": call}
        cells = zip(call.__code__.co_freevars, call.__closure__ or ())  # noqa: B905 - Python 3.9
        found = {}
        for name, cell in cells:
            with contextlib.suppress(ValueError):  # an empty cell
                found[name] = cell.cell_contents
        return found


class Loop(Maker):
    """`make(rng)` returns `step`, perhaps `evaluate`, and the parts to compare, by name in a dict or an object.

    After every one of n steps, and after the evaluation that follows each: parameters, whatever an optimiser
    or another part holds, generators.
    """

    key = "steps"

    def _unpacked(self, made: Any) -> tuple[Any, Any, dict[str, Any]]:
        if isinstance(made, dict):
            held, step, evaluate = dict(made), made.get("step"), made.get("evaluate")
        else:
            held = dict(vars(made)) if hasattr(made, "__dict__") and not isinstance(made, type) else {}
            step, evaluate = getattr(made, "step", None), getattr(made, "evaluate", None)
        if not callable(step) or not (evaluate is None or callable(evaluate)):
            raise self._refuse("no-step", found=_described(made))
        self._must_live_here(step)
        kept = {str(name): one for name, one in held.items() if name not in ("step", "evaluate")}
        return step, evaluate, kept

    def ask(  # noqa: D102
        self,
        plan: Mapping[str, Any],
        prefix: str,
        arrays: dict[str, Array],
        rng: np.random.Generator | None,
        answer: dict[str, Any],
        found: dict[str, Array],
    ) -> None:
        step, evaluate, things = self.build(plan)
        held = Parts(things)
        answer |= self._start(held, prefix, arrays, rng, found)
        answer |= {"outputs": [], "given": []} if rng is not None else {"outputs": []}
        with self._drawing(plan, answer):
            for number in range(1, self.spec["n"] + 1):
                self._snapshot(step, "step()", f"{prefix}step/{number}/", held, found)
                if evaluate is not None:
                    self._snapshot(
                        evaluate, "evaluate()", f"{prefix}step/{number}/after evaluate() ", held, found
                    )

    def _snapshot(
        self, function: Callable[[], Any], name: str, prefix: str, held: Parts, found: dict[str, Array]
    ) -> None:
        """Call it, and write down what it returned and what is then held."""
        told = {f"{name} {key}": value for key, (_, value) in _returned(function())}
        parameters = {n: np.array(tensors.value(p)) for n, (tensors, p) in held.parameters().items()}
        found.update({f"{prefix}{key}": array for key, array in {**parameters, **told}.items()})
        found.update({f"{prefix}{key}": parts.value_of(leaf) for key, leaf in held.leaves()})
        for key, state in generators(None).items():
            found[f"{prefix}generator {key}"] = np.frombuffer(bytes.fromhex(state), np.uint8)


def _returned(value: Any) -> Iterator[tuple[str, tuple[Any, Array]]]:
    """The numbers in what was returned, with what holds them. TypeError when something else is in it."""
    if value is None:
        return
    if isinstance(value, (str, bytes)):
        text = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
        yield "", (value, np.frombuffer(text, np.uint8))
        return
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)
    if isinstance(value, (list, tuple, dict)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            for name, one in _returned(inner):
                yield f"{key}.{name}" if name else str(key), one
        return
    found = list(Parts({"": value}).leaves())
    if not found:
        raise TypeError(f"it returns {type(value).__name__}, not numbers")
    for name, leaf in found:
        yield name, (leaf, parts.value_of(leaf))


def _gradients(held: Parts) -> dict[str, Array]:
    """`gw/<parameter>` and `gin/<path>`, those that there are."""
    found = {f"gw/{name}": tensors.grad(p) for name, (tensors, p) in held.parameters().items()}
    for name, leaf in held.leaves():
        if parts.has_gradient(leaf) and not parts.is_private(name):
            found[f"gin/{name}"] = parts.tensors_of(leaf).grad(leaf)
    return {name: np.array(array) for name, array in found.items() if array is not None}


def _same(before: Mapping[str, Array], now: Mapping[str, Array]) -> bool:
    return before.keys() == now.keys() and all(bool(np.array_equal(before[k], now[k])) for k in before)


def _send_back(outputs: Mapping[str, tuple[Any, Array]], cotangents: Mapping[str, Array]) -> None:
    """Random cotangents through every kind of tensor that was returned."""
    kinds: dict[type, tuple[Any, list[Any], list[Array]]] = {}
    for name, (leaf, value) in outputs.items():
        if not parts.has_gradient(leaf):
            continue
        tensors = parts.tensors_of(leaf)
        _, leaves, sent = kinds.setdefault(type(tensors), (tensors, [], []))
        leaves.append(leaf)
        sent.append(cotangents[name].astype(value.dtype if value.dtype.kind == "f" else np.float64))
    for tensors, leaves, sent in kinds.values():
        tensors.backward(leaves, sent)


def _recording(wanted: bool, things: Mapping[str, Any]) -> contextlib.AbstractContextManager[Any]:
    """The block in which no gradients are recorded, by whatever framework the things are of."""
    if wanted:
        return contextlib.nullcontext()
    stack = contextlib.ExitStack()
    if (torch := sys.modules.get("torch")) is not None:
        stack.enter_context(torch.no_grad())
    homes = {type(p).__module__ for _, p in Parts(things).parameters().values()}
    homes |= {type(leaf).__module__ for _, leaf in Parts(things).leaves() if parts.has_gradient(leaf)}
    for name in sorted({part for home in homes for part in (home.partition(".")[0], home)} - {"torch"}):
        no_grad = getattr(sys.modules.get(name), "no_grad", None)
        if callable(no_grad):
            stack.enter_context(no_grad())
            break
    return stack


def _in_single(held: Parts) -> None:
    """torch tensors in single precision, where they are: who else holds them sees it, too."""
    for tensors, parameter in held.parameters().values():
        if isinstance(tensors, TorchTensors) and parameter.is_floating_point():
            parameter.data = parameter.data.float()
    for _, leaf in held.leaves():
        if isinstance(parts.tensors_of(leaf), TorchTensors) and leaf.is_floating_point() and leaf.is_leaf:
            leaf.data = leaf.data.float()


def _digest(arrays: Mapping[str, Array]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode() + b"\0" + arrays[name].tobytes())
    return digest.hexdigest()


def _described(thing: Any) -> str:
    """A thing in a few words for whoever wrote it."""
    if thing is None:
        return "None"
    name = getattr(thing, "__qualname__", None)
    if isinstance(name, str) and isinstance(getattr(thing, "__module__", None), str):
        return f"{thing.__module__}.{name}"
    if isinstance(thing, (tuple, list)):
        return f"({', '.join(type(one).__name__ for one in thing)})"
    return type(thing).__name__
