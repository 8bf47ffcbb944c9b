"""The training loop: what is called, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit


def _zero_grad(source: Source) -> Iterator[Edit]:
    for call in source.calls("zero_grad"):
        if (statement := source.alone(call)) is not None:
            yield source.drop(statement)


OPERATORS = (
    Operator(
        "zero-grad-dropped",
        N_("zero_grad() dropped"),
        N_("gradients add up until they are cleared"),
        "PyTorch, Optimizer.zero_grad",
        ("gradients_are_cleared",),
        (b"zero_grad",),
        _zero_grad,
        (
            Example(
                "for x, y in batches:\n    opt.zero_grad()\n    loss(model(x), y).backward()\n    opt.step()\n",
                "for x, y in batches:\n    pass\n    loss(model(x), y).backward()\n    opt.step()\n",
            ),
        ),
        ("def zero_grad(self):\n    for p in self.params:\n        p.grad = None\n",),
    ),
)
