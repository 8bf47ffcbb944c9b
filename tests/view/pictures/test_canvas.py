from __future__ import annotations

import math
import re

import pytest
import view_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from lynx.view.look import Look
from lynx.view.pictures import plots
from lynx.view.pictures.canvas import MARKERS, Curve, draw, nice_ticks
from lynx.view.pictures.plots import two_steps


def lines_of(terminal, renderable, **how: object) -> list[str]:  # type: ignore[no-untyped-def]
    return terminal(**how).drawn(renderable).splitlines()


FALLING = Curve("healthy", {s: 2.6 * math.exp(-s / 20) for s in range(200)}, 0)
FLAT = Curve("broken", dict.fromkeys(range(200), 1.61), 1)


@pytest.mark.parametrize("level", ["braille", "block", "ascii"])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_both_curves_are_told_apart_without_colour(terminal, width: int, level: str) -> None:  # type: ignore[no-untyped-def]
    look = Look(width, "ascii" if level == "ascii" else "utf-8", level)  # type: ignore[arg-type]
    lines = lines_of(terminal, draw([FALLING, FLAT], look, x_title="steps"), width=width)
    assert max(map(len, lines)) <= width
    body = "\n".join(lines[1:-1])
    one, two = MARKERS[level][:2]
    assert body.count(one) >= 3
    assert body.count(two) >= 3
    if level == "ascii":
        "\n".join(lines).encode("ascii")


def test_the_curve_is_where_its_values_are(terminal) -> None:  # type: ignore[no-untyped-def]
    """The flat curve stays on one row, between the ticks around its value; the falling one ends at 0."""
    lines = lines_of(terminal, draw([FALLING, FLAT], Look(80), height=13))
    rows = [i for i, line in enumerate(lines[1:]) if "○" in line]
    assert len(rows) == 1
    ticks = {float(m[1]): i for i, line in enumerate(lines[1:]) if (m := re.match(r" *([\d.]+)┤", line))}
    assert ticks[2.0] < rows[0] < ticks[1.0]
    last = max(i for i, line in enumerate(lines[1:]) if "●" in line)
    assert abs(last - ticks[0.0]) <= 1


def test_a_single_variant_keeps_its_marker(terminal) -> None:  # type: ignore[no-untyped-def]
    body = "\n".join(lines_of(terminal, draw([FLAT], Look(80))))
    assert "○" in body
    assert "●" not in body


def test_what_is_not_a_number_is_said_and_not_drawn(terminal) -> None:  # type: ignore[no-untyped-def]
    curve = Curve("broken", {0: 2.0, 1: 3.0, 2: math.nan, 3: math.inf}, 1)
    text = "\n".join(lines_of(terminal, draw([curve], Look(80))))
    assert "broken is NaN from 2 on" in text
    empty = "\n".join(lines_of(terminal, draw([Curve("broken", {0: math.nan}, 1)], Look(80))))
    assert "(nothing to draw)" in empty
    assert "broken is NaN from 0 on" in empty


def test_zero_has_a_place_below_all_decades(terminal) -> None:  # type: ignore[no-untyped-def]
    curve = Curve("gradient", {0: 1.0, 1: 1e-4, 2: 0.0})
    lines = lines_of(terminal, draw([curve], Look(80), log=True))
    ticks = [m[1] for line in lines if (m := re.match(r" *(\S+)┤", line))]
    assert ticks[-1] == "0"
    assert ticks[0] == "1"


def test_the_frame_can_be_larger_than_the_curve_so_far(terminal) -> None:  # type: ignore[no-untyped-def]
    curve = Curve("healthy", {0: 2.0, 1: 1.9})
    whole = lines_of(terminal, draw([curve], Look(80), x_most=199))
    assert "150" in whole[-1]
    assert whole[1].index("●") < 6


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(min_value=2, max_value=12))
def test_ticks_are_round_ascending_few_and_inside(low: float, span: float, most: int) -> None:
    ticks = nice_ticks(low, low + span, most)
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= most
    assert all(low - 1e-6 * span <= t <= low + span * (1 + 1e-6) for t in ticks) or len(ticks) == 1


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=60), st.booleans())
def test_any_series_can_be_drawn(values: list[float], log: bool) -> None:
    from conftest import make

    drawn = make(width=60).drawn(draw([Curve("x", dict(enumerate(values)))], Look(60), log=log))
    assert max(map(len, drawn.splitlines())) <= 60


def test_weights_in_decades_add_up(terminal) -> None:  # type: ignore[no-untyped-def]
    runs = samples.runs()
    series = {name: runs[name][0].series["weight_change_hist"] for name in ("healthy", "broken")}
    picture = plots.histogram({name: (max(one.points), one) for name, one in series.items()}, Look(80))
    lines = lines_of(terminal, picture)
    shares = [float(m[1]) for line in lines if (m := re.search(r"([\d.]+) %$", line))]
    assert sum(shares) == pytest.approx(200, abs=2)  # two variants


def test_the_two_steps_looked_at() -> None:
    norms = samples.norms_of("healthy")
    assert two_steps({"healthy": norms, "broken": norms}) == [0, 100]
    short = samples.scalar({0: 1.0, 5: 1.0})
    assert two_steps({"healthy": short}) == [0, 5]
