"""What `--set` changed in a run, and what that leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.view.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lynx.loop.results import Controlled, Ran, Shown

ENTROPY_RATE = "entropy_rate"  # what experiments on texts record it as; NaN where nobody knows it
DIGITS = 12  # of a file's hash: enough to tell files apart; JSON has it whole


def changes(result: Controlled | Ran | Shown) -> str:
    """“text=/home/a/essay.txt (SHA-256 86c4e6aa9db7…), steps=400”, as it was typed; "" where nothing was set."""
    return ", ".join(_one(name, value, result.files) for name, value in result.overrides.items())


def _one(name: str, value: Any, files: Mapping[str, str]) -> str:
    said = f"{name}={value}"
    return f"{said} (SHA-256 {files[name][:DIGITS]}…)" if name in files else said


def uncounted(result: Ran) -> str:
    """That a run under other settings scores nothing."""
    told = _(
        "Run again with --set {changes}. It scores nothing: you predicted under the break's own settings."
    )
    return told.format(changes=changes(result))


def rate_unknown(result: Ran) -> str | None:
    """Of a text whose entropy rate nobody knows: that no loss is then too low to be true."""
    series = result.runs["healthy"][0].series.get(ENTROPY_RATE) if result.runs.get("healthy") else None
    values = next(iter(series.points.values()), ()) if series else ()
    if all(value == value for value in values):
        return None
    return _(
        "Nobody knows this text's entropy rate: no loss is too low to be true, so a low one proves no leak. "
        "`lynx show future_dependence` does."
    )
