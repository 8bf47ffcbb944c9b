"""The probe: how an experiment says what happens, and where the instruments attach.

probe.watch(model)
for step in probe.steps(200):
    …forward, backward…
    probe.record(loss=float(loss.data))      # after backward, before the update
    …update…
probe.record(val_accuracy=…)                 # after the last step: counts as step 200
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lynx.runs.child.frames import encode_numbers

# When costly instruments look, besides the last step (docs/architecture.md#runs): a collapse takes its first five.
COSTLY_STEPS = frozenset((0, 1, 2, 3, 4, 5, 10, 50, 100))

Emit = Callable[[dict], None]  # type: ignore[type-arg]


class Probe:
    """One job's recorder. `emit` takes an event per step: {"k", "s", "n", "v": numbers, "l": layer names}."""

    def __init__(self, emit: Emit, seed: int = 0) -> None:
        self.seed = seed
        self._emit = emit
        self._total: int | None = None
        self._step = 0
        self._looked = False  # the instruments, at this step
        self._values: dict[str, list[float]] = {}
        self._layers: dict[str, tuple[str, ...]] = {}
        self._told: set[str] = set()
        self._scalars: dict[str, float] = {}
        self._watched: Any = None
        self._instruments: list[Any] = []
        self._moment: Any = None
        self._closure: tuple[Callable[[Any], Any], Any] | None = None
        self.only: Sequence[str] | None = None  # of the instruments, for who attaches a program's model

    def watch(
        self,
        model: Any,
        layers: Iterable[str] | None = None,
        instruments: Iterable[str] | None = None,
        without: Iterable[str] = (),
    ) -> None:
        """Attach the instruments to a model, before its first step.

        `layers` are names as in `named_modules()`; without them the longest list of modules counts, else
        the model's own children. `instruments` are names in INSTRUMENTS, all of them by default; `without`
        leaves some out, for a training that could not bear them. KeyError for an unknown name, TypeError
        for a model without parameters whose numbers can be read.
        """
        from lynx.runs.child.adapters import adapt
        from lynx.runs.child.instruments import INSTRUMENTS
        from lynx.runs.child.moment import Watched

        try:
            adapter = adapt(model)
            self._watched = Watched(adapter, adapter.layer_names() if layers is None else list(layers))
        except (TypeError, AttributeError, ValueError) as error:
            raise TypeError(f"probe.watch was given {_what(model)}: {error}") from error
        left_out = {INSTRUMENTS[name] for name in without}
        wanted = [INSTRUMENTS[name] for name in (INSTRUMENTS if instruments is None else instruments)]
        self._instruments = [instrument() for instrument in wanted if instrument not in left_out]

    def steps(self, n: int) -> Iterator[int]:
        """Count `n` steps; what was recorded in one is sent when the next begins."""
        first = self._step
        self.expect(n)
        for step in range(first, first + n):
            self.open_step()
            try:
                yield step
            finally:  # also when the experiment leaves the loop
                self.close_step()

    def closure(self, loss: Callable[[Any], Any], inputs: Any) -> None:
        """Say how this step's loss is computed from `inputs`, for instruments that ask again.

        `loss` takes a tensor like `inputs` and gives the loss tensor, without side effects of its own.
        Call it before `record`. Inputs that track gradients spare an instrument one pass. It costs nothing
        when no instrument is due.
        """
        if self._watched is None or self._watched.adapter.asks_again:
            self._closure = (loss, inputs)

    def record(self, **scalars: float) -> None:
        """Note numbers of this step. The first call in a step is where the instruments look."""
        for name, value in scalars.items():
            self._scalars[name] = float(value)
            self._note(name, (), [float(value)])
        if not self._looked and self._moment is not None:
            self._looked = True
            self._look("recorded")
            if self._watched is not None:
                self._watched.listening = False

    def series(self, name: str, layers: Sequence[str], values: Sequence[float]) -> None:
        """Note a metric of the experiment's own with one value per layer. ValueError when lengths differ."""
        self._note(name, tuple(str(layer) for layer in layers), [float(v) for v in values])

    def finish(self) -> None:
        """Send what was recorded after the last step. The worker calls it."""
        for instrument in self._instruments:
            self._take(instrument.ended(self._step, self._watched))
        self._send()

    # --- for who counts the steps himself -----------------------------------------------------

    @property
    def step(self) -> int:
        """The step under way; how many are done."""
        return self._step

    def expect(self, n: int) -> None:
        """There will be `n` steps more."""
        self._total = self._step + n

    def open_step(self) -> None:
        """A step begins."""
        self._begin(due=self._due(self._step))

    def close_step(self) -> None:
        """It ends; what was recorded in it is sent."""
        self._finish_step()
        self._step += 1

    @property
    def watched(self) -> Any:
        """The model that instruments look at, None before there is one."""
        return self._watched

    def note(self, name: str, value: float) -> None:
        """A number of the step under way, without a look of the instruments."""
        self._note(name, (), [value])

    def attach(self, watched: Any) -> None:
        """Let every instrument look at this model from now on, the step under way included."""
        from lynx.runs.child.instruments import INSTRUMENTS

        self._watched = watched
        self._instruments = [INSTRUMENTS[name]() for name in self.only or INSTRUMENTS]
        watched.listening = self._due(self._step)
        self._moment = _Lazy(watched.listening)

    def beside(self, step: int, values: dict[str, float], of: int | None = None) -> None:
        """Send numbers of a step that is not the one under way; the last of `of`, where that is what counts."""
        numbers = {name: encode_numbers([value]) for name, value in values.items()}
        self._emit({"k": "step", "s": step, "n": of, "v": numbers})

    # --- inside -----------------------------------------------------------------------------

    def _due(self, step: int) -> bool:
        return step in COSTLY_STEPS or step + 1 == self._total

    def _begin(self, due: bool) -> None:
        self._looked, self._moment, self._closure, self._scalars = False, None, None, {}
        if self._instruments:
            self._watched.forget()
            self._watched.listening = due
            self._moment = _Lazy(due)

    def _finish_step(self) -> None:
        if self._looked:
            self._look("stepped")
        if self._watched is not None:
            self._watched.listening = False
        self._send()

    def _look(self, when: str) -> None:
        from lynx.runs.child.moment import Moment

        if isinstance(self._moment, _Lazy):
            self._moment = Moment(
                self._step, self._moment.due, self._watched, dict(self._scalars), self._closure
            )
        for instrument in self._instruments:
            if self._moment.due or not instrument.costly:
                try:
                    self._take(getattr(instrument, when)(self._moment))
                except (TypeError, AttributeError) as error:
                    given = _what(self._watched.adapter.model)
                    raise TypeError(f"probe.watch was given {given}: {error}") from error

    def _take(self, found: dict[str, tuple[tuple[str, ...], list[float]]] | None) -> None:
        for name, (layers, values) in (found or {}).items():
            if not values:
                continue  # a model without layers
            self._note(name, layers, values)

    def _note(self, name: str, layers: tuple[str, ...], values: list[float]) -> None:
        if len(values) != (len(layers) or 1):
            raise ValueError(f"{name}: {len(values)} values for {len(layers)} layers")
        if self._layers.setdefault(name, layers) != layers:
            raise ValueError(f"{name}: its layers changed from one step to another")
        self._values[name] = values

    def _send(self) -> None:
        if not self._values:
            return
        event: dict[str, Any] = {
            "k": "step",
            "s": self._step,
            "n": self._total,
            "v": {name: encode_numbers(values) for name, values in self._values.items()},
        }
        new = {name: self._layers[name] for name in self._values if name not in self._told}
        if new:
            event["l"] = new
            self._told.update(new)
        self._emit(event)
        self._values = {}


def _what(model: Any) -> str:
    kind = type(getattr(model, "model", model))
    return f"an object of {kind.__module__}.{kind.__qualname__}"


class _Lazy:
    """A step whose moment has not come."""

    def __init__(self, due: bool) -> None:
        self.due = due
