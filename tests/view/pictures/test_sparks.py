"""Profiles in one line: heights follow the values, and nothing is wider than the screen."""

from __future__ import annotations

import math

from rich.console import Console

from lynx.truth.measures import Ended, Run, Series
from lynx.view.look import Look
from lynx.view.pictures import sparks


def run(variant: str, scale: float) -> Run:
    layers = tuple(f"blocks.{i}" for i in range(50))
    grads = {0: tuple(scale * 10 ** (-i / 10) for i in range(50)), 100: tuple(scale for _ in range(50))}
    bins = tuple(f"{10.0**e:g}" for e in range(-9, 1))
    moved = tuple(1.0 if i == 3 else 0.0 for i in range(10))
    series = {"grad_norm": Series(layers, grads), "weight_change_hist": Series(bins, {100: moved})}
    return Run(variant, 0, Ended.FINISHED, series)


def drawn(width: int, level: str = "braille") -> str:
    look = Look(width, level=level)  # type: ignore[arg-type]
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(
            sparks.profiles({"healthy": (run("healthy", 1.0),), "broken": (run("broken", 1e-3),)}, look)
        )
    return captured.get()


def test_heights_follow_the_values() -> None:
    look = Look(80)
    assert sparks.spark([0, 1, 2, 3], 0, 3, look) == "▁▃▆█"
    assert sparks.spark([math.nan, math.inf], 0, 1, look) == "!!"
    assert sparks.spark([5, 5], 5, 5, look) == "▁▁"


def test_both_steps_and_the_moved_weights_stand_there_at_every_width() -> None:
    for width in (40, 60, 80, 120):
        text = drawn(width)
        assert "healthy" in text
        assert "broken" in text
        assert "100" in text
        assert all(len(line) <= width for line in text.splitlines())


def test_ascii_has_no_blocks() -> None:
    assert not set("▁▂▃▄▅▆▇█") & set(drawn(80, "ascii"))
