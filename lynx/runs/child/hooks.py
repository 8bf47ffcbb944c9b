"""Global hooks into torch: what a step is, its loss, its gradients, in a program that knows nothing of them.

The first optimiser to step is the clock; where there is none, `backward()` is. A step's loss is the sum of the
scalars on which backward was called since the last one, divided by the gradient scaler's scale; with a closure
the first of the step. Gradients are read before the step, with a closure after its first backward.
"""

from __future__ import annotations

import functools
import math
import os
from typing import TYPE_CHECKING, Any, NoReturn

import torch

from lynx.runs.child.moment import Watched
from lynx.runs.child.program import ProgramAdapter, Together, covered, loose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lynx.runs.child.probe import Probe

BACKWARD = "backward"


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """A mistake of a hook's ends the run there: raised into the program, a bare `except` would swallow it."""

    @functools.wraps(method)
    def ours(self: Hooks, *args: Any) -> None:
        try:
            method(self, *args)
        except Exception:
            if self.fail is not None:
                self.fail()
            raise

    return ours


class Hooks:
    """One program's hooks. `end` is called at the first backward after the last step."""

    def __init__(self, probe: Probe, steps: int, clock: str | None = None) -> None:
        self.end: Callable[[], NoReturn] | None = None
        self.fail: Callable[[], NoReturn] | None = None
        self.seen = False  # something of torch was at work: steps are its
        self._probe, self._steps, self._wanted = probe, steps, clock
        self._pid = os.getpid()
        self._clock: Any = BACKWARD if clock == BACKWARD else None
        self._optimisers: list[Any] = []
        self._counts: dict[int, int] = {}  # steps of each optimiser
        self._stepping: list[Any] = []
        self._pending = False  # a step with a closure, whose first backward has not come
        self._recorded = False  # this step was; it is closed when the weights have changed
        self._losses: list[float] = []
        self._calls = 0  # depth of module calls
        self._backwards = 0  # depth of backward calls
        self._models: list[Any] = []
        self._returned: dict[int, Any] = {}  # gradients from `autograd.grad`, by parameter
        self._fixed = False

    # --- installing ---------------------------------------------------------------------------

    def install(self) -> None:
        """For the rest of this process; forks of it are not recorded."""
        from torch.optim.optimizer import (
            register_optimizer_step_post_hook,
            register_optimizer_step_pre_hook,
        )

        register_optimizer_step_pre_hook(lambda optimiser, args, kwargs: self._step(optimiser, args, kwargs))
        register_optimizer_step_post_hook(lambda optimiser, *_: self._stepped(optimiser))
        self._wrap(torch.optim.Optimizer, "__init__", self._around_init)
        self._wrap(torch.nn.Module, "__call__", self._around_call)
        self._wrap(torch.Tensor, "backward", self._around_backward)
        self._wrap(torch.autograd, "backward", self._around_backward)
        self._wrap(torch.autograd, "grad", self._around_grad)
        for scaler in _scalers():
            self._wrap(scaler, "scale", self._around_scale)
            self._wrap(scaler, "step", self._around_scaler_step)

    def _wrap(self, owner: Any, name: str, around: Callable[..., Any]) -> None:
        original = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if os.getpid() != self._pid:
                return original(*args, **kwargs)
            return around(original, *args, **kwargs)

        for attribute in ("__name__", "__qualname__", "__doc__", "__module__"):
            if hasattr(original, attribute):
                setattr(wrapped, attribute, getattr(original, attribute))
        setattr(owner, name, wrapped)

    # --- models -------------------------------------------------------------------------------

    def _around_call(self, original: Callable[..., Any], module: Any, *args: Any, **kwargs: Any) -> Any:
        self.seen = True
        self._calls += 1
        try:
            if self._calls == 1:
                self.around_outermost(module, torch.is_grad_enabled())
            return original(module, *args, **kwargs)
        finally:
            self._calls -= 1

    def around_outermost(self, module: Any, records: bool) -> None:
        """A call from outside any module; whether it `records` gradients."""
        if records and not self._fixed:
            self._meet(module)

    @guarded
    def _meet(self, module: Any) -> None:
        """An outermost module: what it holds is what trains."""
        module = getattr(module, "_orig_mod", module)
        if type(module).__name__ in ("DataParallel", "DistributedDataParallel"):
            module = module.module
        if covered(module, self._models) or not any(True for _ in module.parameters()):
            return
        self._models = [one for one in self._models if not covered(one, [module])] + [module]
        self._watch([])

    def _watch(self, tensors: Sequence[Any]) -> None:
        adapter = ProgramAdapter(Together(self._models, tensors), self._returned)
        before = self._probe.watched
        watched = Watched(adapter, adapter.layer_names())
        if before is not None:  # what was heard before the models were complete
            names = {id(module): name for name, module in adapter.modules.items()}
            for name, out in before.outputs.items():
                new = names.get(id(before.adapter.modules[name]))
                if new in watched.layers:
                    watched.outputs[new] = out
            watched.call = before.call
        self._probe.attach(watched)

    def _fix(self, roots: Sequence[Any]) -> None:
        """At the first backward the models are complete; parameters that no module holds come in now."""
        self._fixed = True
        held = {id(p) for model in self._models for p in model.parameters()}
        tensors = [
            one for one in loose(roots, self._optimisers, bool(self._models)) if id(one[1]) not in held
        ]
        if tensors or not self._models:
            self._watch(tensors)

    # --- backward -----------------------------------------------------------------------------

    def _around_backward(self, original: Callable[..., Any], tensors: Any, *args: Any, **kwargs: Any) -> Any:
        roots = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
        given = args[0] if args else (kwargs.get("gradient") or kwargs.get("grad_tensors"))
        return self._through(original, (tensors, *args), kwargs, roots, weighted=given is not None)

    def _around_grad(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        outputs = args[0] if args else kwargs["outputs"]
        inputs = args[1] if len(args) > 1 else kwargs["inputs"]
        inputs = [inputs] if isinstance(inputs, torch.Tensor) else list(inputs)
        if not any(_trains(one, self._optimisers) for one in inputs):
            return original(*args, **kwargs)  # of an input: a penalty, an attack
        roots = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
        return self._through(original, args, kwargs, roots, weighted=False, given=inputs)

    def _through(
        self,
        original: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        roots: Sequence[Any],
        weighted: bool,
        given: Sequence[Any] = (),
    ) -> Any:
        outermost = self._backwards == 0
        if outermost:
            self._before(roots, weighted)
        self._backwards += 1
        try:
            found = original(*args, **kwargs)
        finally:
            self._backwards -= 1
        if outermost:
            if given and isinstance(found, tuple):
                self._returned.update({id(p): g for p, g in zip(given, found)})  # noqa: B905 - Python 3.9
            self._after()
        return found

    @guarded
    def _before(self, roots: Sequence[Any], weighted: bool) -> None:
        self.seen = True
        if self._clock is None and self._wanted is None and not self._optimisers:
            self._clock = BACKWARD
        if self._clock == BACKWARD:
            self._close()
        if self._probe.step >= self._steps and self.end is not None:
            self.end()
        if not self._fixed:
            self._fix(roots)
        for root in roots:
            if root.numel() == 1 and not weighted:
                self._losses.append(float(root.detach()) / getattr(root, "_scaled_by", 1.0))

    @guarded
    def _after(self) -> None:
        if self._pending:
            self._pending = False
            self._record(self._clock)
        elif self._clock == BACKWARD:
            self._record(None)

    # --- optimisers ---------------------------------------------------------------------------

    def _around_init(self, original: Callable[..., Any], optimiser: Any, *args: Any, **kwargs: Any) -> Any:
        self.seen = True
        found = original(optimiser, *args, **kwargs)
        if not any(one is optimiser for one in self._optimisers):
            self._optimisers.append(optimiser)
        return found

    def _name(self, optimiser: Any) -> str:
        """`adamw`; the second of its class is `adamw_2`."""
        alike = [one for one in self._optimisers if type(one) is type(optimiser)]
        number = next((i for i, one in enumerate(alike) if one is optimiser), 0)
        return type(optimiser).__name__.lower() + (f"_{number + 1}" if number else "")

    @guarded
    def _step(self, optimiser: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if os.getpid() != self._pid:
            return
        inner = bool(self._stepping)  # an optimiser that calls another
        self._stepping.append(optimiser)
        if inner:
            return
        if self._clock is None and self._wanted in (None, self._name(optimiser)):
            self._clock = optimiser
        if not self._fixed:
            self._fix([])
        if optimiser is not self._clock:
            self._beside(optimiser)
            return
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if callable(closure):
            self._losses.clear()
            self._pending = True
        else:
            self._record(optimiser)

    @guarded
    def _stepped(self, optimiser: Any) -> None:
        if os.getpid() != self._pid or not self._stepping:
            return
        self._stepping.pop()
        self._counts[id(optimiser)] = self._counts.get(id(optimiser), 0) + 1
        if optimiser is self._clock and not self._stepping:
            if self._pending:  # a closure that calls no backward
                self._pending = False
                self._record(optimiser)
            self._close()

    def _record(self, optimiser: Any) -> None:
        """Gradients are fresh, weights as they were."""
        if self._recorded:
            self._losses.clear()
            return
        self._recorded = True
        scalars: dict[str, float] = {}
        if self._losses:
            scalars["loss"] = (
                math.fsum(self._losses) if all(map(math.isfinite, self._losses)) else sum(self._losses)
            )
        if optimiser is not None:
            scalars["lr"] = float(optimiser.param_groups[0]["lr"])
        self._losses.clear()
        self._probe.record(**scalars)
        self._returned.clear()

    def _close(self) -> None:
        """The weights have changed."""
        if self._recorded:
            self._recorded = False
            self._probe.close_step()
            self._probe.open_step()

    def _beside(self, optimiser: Any) -> None:
        """A step of an optimiser that is not the clock: series of its own, counted by itself."""
        name = self._name(optimiser)
        values = {f"lr_{name}": float(optimiser.param_groups[0]["lr"])}
        if self._losses:
            values[f"loss_{name}"] = sum(self._losses)
        grads = [p.grad for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
        squares = sum(float(g.detach().to_dense().double().square().sum()) for g in grads)
        values[f"grad_norm_{name}"] = math.sqrt(squares)
        self._losses.clear()
        self._probe.beside(self._counts.get(id(optimiser), 0), values)

    # --- scalers ------------------------------------------------------------------------------

    def _around_scale(self, original: Callable[..., Any], scaler: Any, outputs: Any, *args: Any) -> Any:
        found = original(scaler, outputs, *args)
        if scaler.is_enabled() and isinstance(found, torch.Tensor):
            found._scaled_by = float(scaler.get_scale())  # type: ignore[attr-defined]
        return found

    def _around_scaler_step(
        self, original: Callable[..., Any], scaler: Any, optimiser: Any, *args: Any, **kwargs: Any
    ) -> Any:
        before = self._counts.get(id(optimiser), 0)
        found = original(scaler, optimiser, *args, **kwargs)
        if self._counts.get(id(optimiser), 0) == before:  # skipped, for a gradient overflowed: it counts
            self._step(optimiser, (optimiser,), {})
            self._stepped(optimiser)
        return found

    def close(self) -> None:
        """The program has ended by itself."""
        if self._clock == BACKWARD or self._recorded:
            self._close()


def _trains(tensor: Any, optimisers: Sequence[Any]) -> bool:
    """Whether a tensor is a parameter: of a module or an optimiser, or of a program that has neither."""
    if isinstance(tensor, torch.nn.Parameter) or (not optimisers and tensor.is_leaf):
        return True
    return any(tensor is p for one in optimisers for group in one.param_groups for p in group["params"])


def _scalers() -> list[Any]:
    """The classes that define a gradient scaler's methods, whichever torch this is."""
    kinds = (
        getattr(getattr(torch, "amp", None), "GradScaler", None),
        getattr(getattr(torch.cuda, "amp", None), "GradScaler", None),
    )
    owners = [kind for kind in kinds if kind is not None and "scale" in vars(kind)]
    return list(dict.fromkeys(owners))
