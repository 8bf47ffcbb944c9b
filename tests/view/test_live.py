from __future__ import annotations

import math
import re
from dataclasses import replace

import pyte
import pytest
import view_samples as samples

from lynx.runs.types import Event
from lynx.truth.claims import Kind, Prediction
from lynx.truth.measures import Measure, Relative
from lynx.view.live import LiveRun, Progress, bars, picture
from lynx.view.look import Look

STEPS = 40


def events(seeds: int = 1) -> list[Event]:
    found = []
    for seed in range(seeds):
        for job, variant in enumerate(("healthy", "broken")):
            found.append(Event(job, variant, seed, "started", steps=STEPS))
        for step in range(STEPS):
            for job, variant in enumerate(("healthy", "broken")):
                loss = samples.loss_of(variant).points[step][0]
                values = {"loss": (loss,), "grad_norm": (1.0, 2.0)}
                found.append(Event(job, variant, seed, "step", step, STEPS, values))
        found += [
            Event(job, v, seed, "finished", STEPS - 1, STEPS) for job, v in enumerate(("healthy", "broken"))
        ]
    return found


def plain(text: str) -> str:
    return re.sub("\x1b\\[[0-9;]*m", "", text)


def screen_of(text: str, width: int = 81, height: int = 40) -> pyte.Screen:
    screen = pyte.Screen(width, height)
    stream = pyte.Stream(screen)
    stream.feed(text.replace("\n", "\r\n"))
    return screen


def test_the_curves_grow_and_are_wiped_at_the_end(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(width=80, tty=True)
    outside.write("what stood above\n")
    with LiveRun(outside, clock=iter(range(10_000)).__next__) as live:
        for event in events():
            live(event)
        during = screen_of(outside.stdout.getvalue()).display
    assert during[0].startswith("what stood above")
    body = "\n".join(during)
    assert "40/40" in body
    assert "●" in body
    assert "○" in body
    after = [line.rstrip() for line in screen_of(outside.stdout.getvalue()).display]
    assert after[0] == "what stood above"
    assert not any(after[1:])


def test_an_interrupt_wipes_it_too(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(tty=True)

    def interrupted() -> None:
        with LiveRun(outside, clock=iter(range(10_000)).__next__) as live:
            for event in events()[:20]:
                live(event)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "●" in outside.stdout.getvalue()
    assert not any(line.strip() for line in screen_of(outside.stdout.getvalue()).display)


def test_a_terminal_that_shrinks_keeps_what_stood_above(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(width=100, tty=True)
    outside.write("what stood above\n")
    with LiveRun(outside, clock=iter(range(10_000)).__next__) as live:
        for i, event in enumerate(events()):
            if i == 30:
                outside.environ = {**outside.environ, "COLUMNS": "50", "LINES": "14"}
            live(event)
        assert "\x1b" in outside.drawn(picture(live.progress, outside.look))
        assert max(map(len, plain(outside.drawn(picture(live.progress, outside.look))).splitlines())) <= 50
    assert screen_of(outside.stdout.getvalue(), 101).display[0].startswith("what stood above")


@pytest.mark.parametrize("rows", [3, 4, 8, 24, 50])
def test_no_frame_reaches_the_scrollback(terminal, rows: int) -> None:  # type: ignore[no-untyped-def]
    # tmux keeps what "erase everything below" takes from the first line on; any screen keeps what scrolls out of it
    outside = terminal(width=80, tty=True, LINES=str(rows))
    with LiveRun(outside, clock=iter(range(10_000)).__next__) as live:
        for event in events():
            live(event)
    written = outside.stdout.getvalue()
    assert "\x1b[J" not in written
    assert "\x1b[2J" not in written
    screen = pyte.HistoryScreen(81, rows, history=1000)
    pyte.Stream(screen).feed(written.replace("\n", "\r\n"))
    assert not screen.history.top
    assert not any(line.strip() for line in screen.display)


def test_without_a_terminal_each_job_is_two_plain_lines(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal()
    with LiveRun(outside) as live:
        for event in events(seeds=2):
            live(event)
        live(Event(5, "baseline", 0, "cached"))
    lines = outside.stderr.getvalue().splitlines()
    assert len(lines) == 9
    assert "healthy, seed 0: training" in lines
    assert "broken, seed 1: done, 40 steps (4 of 4 runs done)" in lines
    assert "baseline, seed 0: known from before" in lines
    assert "\x1b" not in outside.stderr.getvalue()
    assert outside.stdout.getvalue() == ""


def test_under_json_nothing_at_all(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(json=True, tty=True)
    with LiveRun(outside) as live:
        for event in events():
            live(event)
    assert outside.stdout.getvalue() + outside.stderr.getvalue() == ""


def test_only_the_first_seed_is_drawn() -> None:
    progress = Progress()
    for event in events(seeds=2):
        progress.take(event)
    assert progress.seed == 0
    assert len(progress.curves["healthy"]) == STEPS


def test_a_break_without_a_loss_draws_what_it_has(terminal) -> None:  # type: ignore[no-untyped-def]
    progress = Progress()
    for step in range(5):
        values = {"layers": (1.0, 2.0), "product": (0.5**step,)}
        progress.take(Event(0, "healthy", 0, "step", step, 5, values))
    assert progress.metric == "product"
    assert "product" in terminal().drawn(picture(progress, Look(80)))


def test_a_loss_that_becomes_nan_does_not_stop_the_picture(terminal) -> None:  # type: ignore[no-untyped-def]
    progress = Progress()
    for step in range(5):
        progress.take(Event(0, "broken", 0, "step", step, 5, {"loss": (math.nan if step > 2 else 2.0,)}))
    assert "broken is NaN from 3 on" in terminal().drawn(picture(progress, Look(80)))


def test_a_baseline_does_not_crowd_healthy_and_broken(terminal) -> None:  # type: ignore[no-untyped-def]
    progress = Progress()
    for variant in ("healthy", "broken", "baseline"):
        progress.take(Event(0, variant, 0, "step", 0, 5, {"loss": (2.0,)}))
    legend = terminal().drawn(picture(progress, Look(80))).splitlines()[3]
    assert "baseline" not in legend
    alone = Progress()
    for variant in ("broken", "clip"):
        alone.take(Event(0, variant, 0, "step", 0, 5, {"loss": (2.0,)}))
    assert "clip" in terminal().drawn(picture(alone, Look(80))).splitlines()[3]


def test_a_run_says_how_far_it_is_and_how_long_it_takes(terminal) -> None:  # type: ignore[no-untyped-def]
    now = [0.0]
    progress = Progress(clock=lambda: now[0])
    progress.take(Event(0, "healthy", 0, "cached", jobs=4))
    assert "1 of 4 runs done" in terminal().drawn(bars(progress, Look(80)))
    progress.take(Event(1, "broken", 0, "started", jobs=4))
    now[0] = 10.0
    progress.take(Event(1, "broken", 0, "step", 19, STEPS, {"loss": (2.0,)}))
    assert progress.share == 0.375
    assert progress.left == pytest.approx(50.0)
    assert "1 of 4 runs done, about 50 s to go" in terminal().drawn(bars(progress, Look(80)))
    progress.take(Event(1, "broken", 0, "finished"))
    assert str(progress.interrupted()).startswith("Interrupted: 2 of 4 runs are measured and kept. Go on")
    assert isinstance(Progress().interrupted(), KeyboardInterrupt)


def test_what_was_sketched_is_a_line_of_its_own(terminal) -> None:  # type: ignore[no-untyped-def]
    sketch = Prediction("P5", Kind.CURVE, Measure("loss", "broken"), "log", 1.3, steps=(0, 30))
    progress = Progress(sketches=[(sketch, {0: 2.4, 30: 1.6})])
    for event in events()[:20]:
        progress.take(event)
    assert "◇ your sketch: broken" in terminal().drawn(picture(progress, Look(80)))
    other = replace(sketch, measure=Measure("loss", "broken", relative_to=Relative(step=0)))
    progress.sketches = [(other, {0: 1.0, 30: 0.5})]
    assert "sketch" not in terminal().drawn(picture(progress, Look(80)))
