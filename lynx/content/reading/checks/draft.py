"""What the checks look at: the parts of a spec whose shape is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lynx.content.reading.mistakes import Loc, Mistake
from lynx.content.words import listed, nearest, shown
from lynx.errors import N_
from lynx.truth.claims import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lynx.content.reading.parts import (
        ClaimModel,
        ControlModel,
        ExperimentModel,
        MetricModel,
        OracleModel,
        PredictionModel,
        VariantModel,
    )

SIDES = ("healthy", "broken")
RESERVED = (*SIDES, "yours")


@dataclass(frozen=True)
class Draft:
    """The parts of a spec whose shape is right, and `values`, the whole as plain data of unknown shape."""

    values: Mapping[str, Any]
    experiment: ExperimentModel | None
    oracle: OracleModel | None
    metrics: Mapping[str, MetricModel]
    variants: Mapping[str, VariantModel]
    controls: Mapping[str, ControlModel]
    predictions: Mapping[int, PredictionModel]
    claims: Mapping[int, ClaimModel]

    def names(self, section: str) -> tuple[str, ...]:
        """The names a mapping section gives, also those whose content is wrong."""
        held = self.values.get(section)
        return tuple(held) if isinstance(held, dict) else ()

    def source_names(self) -> tuple[str, ...]:
        """Who a claim may come from."""
        return (*self.names("sources"), *Source)

    def ids(self, section: str) -> list[tuple[int, str]]:
        """Index and id of each item of a list section that has one."""
        held = self.values.get(section)
        items = enumerate(held) if isinstance(held, list) else ()
        return [
            (i, item["id"]) for i, item in items if isinstance(item, dict) and isinstance(item.get("id"), str)
        ]

    def variant_names(self) -> tuple[str, ...]:
        """Every variant that a measure may name."""
        return (*SIDES, *self.names("variants"), *self.names("controls"))

    def at(self, *path: str) -> Any:
        """What stands at a path of keys; None where nothing does."""
        value: Any = self.values
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def text(self, key: str) -> str:
        """A top-level text, or "" when there is none."""
        held = self.values.get(key)
        return held if isinstance(held, str) else ""

    def args_of(self, variant: str) -> Mapping[str, Any]:
        """The experiment's arguments as a variant or control changes them."""
        base = dict(self.experiment.args) if self.experiment else {}
        if self.experiment and self.experiment.script and self.experiment.steps:
            base["steps"] = self.experiment.steps
        own = self.variants.get(variant) or self.controls.get(variant)
        return base | (dict(own.args) if own else {})


def no_such(at: Loc, template: str, name: str, known: Collection[str]) -> Mistake:
    """A name that nothing has, with the one that may have been meant."""
    guess = nearest(name, known)
    if guess:
        return Mistake(
            at, template, N_("Did you mean '{guess}'?"), {"name": shown(name), "guess": shown(guess)}
        )
    return Mistake(
        at, template, N_("Known here: {known}."), {"name": shown(name), "known": listed(known) or "–"}
    )
