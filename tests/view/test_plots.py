"""What a run is drawn by: its loss, and where nothing is trained the first number over its steps."""

from __future__ import annotations

from rich.console import Console

from lynx.truth.measures import Ended, Metric, Run, Series, Worse
from lynx.view import plots
from lynx.view.look import Look

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
