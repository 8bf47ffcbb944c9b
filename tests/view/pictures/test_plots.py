"""What a run is drawn by: its loss, and where nothing is trained the first number over its steps."""

from __future__ import annotations

from dataclasses import replace

import view_samples as samples
from rich.console import Console

from lynx.truth.measures import Ended, Metric, Run, Series, Worse
from lynx.view import results
from lynx.view.look import Look
from lynx.view.pictures import plots

LAYERED = Series(("a", "b"), {0: (1.0, 2.0), 1: (1.0, 2.0)})


def scalar(values: dict[int, float]) -> Series:
    return Series((), {step: (value,) for step, value in values.items()})


def of(variant: str, **series: Series) -> tuple[Run, ...]:
    return (Run(variant, 0, Ended.FINISHED, series),)


def drawn(runs: dict[str, tuple[Run, ...]], **more: object) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(plots.losses(runs, Look(80), **more))  # type: ignore[arg-type]
    return captured.get()


def test_the_loss_comes_first_whatever_else_was_recorded() -> None:
    one = of("healthy", gradient=scalar({0: 1.0, 1: 0.5}), loss=scalar({0: 2.0, 1: 1.0}))
    assert plots.main_metric({"healthy": one[0].series}) == "loss"
    assert drawn({"healthy": one}).lstrip().startswith("loss")


def test_without_a_loss_it_is_the_first_scalar_with_a_curve() -> None:
    one = of("healthy", once=scalar({0: 3.0}), wide=LAYERED, gradient=scalar({0: 1.0, 1: 0.5}))
    assert plots.main_metric({"healthy": one[0].series}) == "gradient"
    assert plots.main_metric({}) == "loss"


def test_the_breaks_own_scale_counts() -> None:
    falling = of("broken", gradient=scalar({step: 0.1**step for step in range(16)}))
    plain = drawn({"broken": falling})
    logarithmic = drawn(
        {"broken": falling}, metrics={"gradient": Metric("gradient", "", Worse.LOW, log=True)}
    )
    assert "gradient" in plain
    assert "gradient" in logarithmic
    assert "1e-15" in logarithmic or "1e-1" in logarithmic
    assert plain != logarithmic


def test_a_later_run_says_what_was_known_of_the_text_before_the_first_step(terminal) -> None:  # type: ignore[no-untyped-def]
    plain = samples.ran()
    once = {
        "vocabulary": scalar({0: 65.0}),
        "entropy_rate": scalar({0: float("nan")}),
        "grad_missing": LAYERED,
    }
    with_text = tuple(replace(run, series={**run.series, **once}) for run in plain.runs["healthy"])
    again = replace(plain, first=False, runs={**plain.runs, "healthy": with_text})
    for lang, said in (("en", "different characters known"), ("es", "caracteres distintos conocidos")):
        outside = terminal(lang=lang)
        outside.show(results.render(again, outside.look))
        (line,) = [line for line in outside.stdout.getvalue().splitlines() if said in line]
        assert line.split()[-1] == "65"
        lines = [line.split() for line in outside.stdout.getvalue().splitlines() if "(H)" not in line]
        assert not [line for line in lines if line[-1:] == ["nan"]]  # nobody knows its entropy rate: said in words
    outside = terminal()
    outside.show(results.render(replace(again, first=True), outside.look))
    assert "different characters known" not in outside.stdout.getvalue()
