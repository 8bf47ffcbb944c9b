"""Training and evaluation: modes, and whether a graph is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit


def _eval(source: Source) -> Iterator[Edit]:
    for call in source.calls("eval"):
        if not call.args and not call.keywords and (edit := source.dropped(call)):
            yield edit


OPERATORS = (
    Operator(
        "eval-dropped",
        N_("eval() dropped"),
        N_("dropout and batch norm behave otherwise in training"),
        "PyTorch, Module.eval",
        ("same_in_eval",),
        (b".eval()",),
        _eval,
        (
            Example("model.eval()\nscore(model)\n", "pass\nscore(model)\n"),
            Example("net = Net().to(device).eval()\n", "net = Net().to(device)\n"),
        ),
        ("frame.eval('a + b')\n", "eval(text)\n"),
    ),
)
