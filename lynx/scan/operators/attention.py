"""Attention: who sees whom, and how the scores become weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.scan.operator import Operator
from lynx.scan.source import keyword, number
from lynx.scan.words import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.scan.source import Source
    from lynx.scan.words import Edit


def _mask_off_by_one(source: Source) -> Iterator[Edit]:
    """One place further than the triangle that is there: `diagonal` of torch, `k` of NumPy."""
    for call in source.calls("tril", "triu"):
        name = "k" if source.dotted(call.func).startswith("numpy.") else "diagonal"
        given = keyword(call, name)
        place = given.value if given else call.args[1] if len(call.args) > 1 else None
        if place is None:
            yield source.argument(call, f"{name}=1")
        elif (here := number(place)) is not None:
            yield source.put(place, str(int(here) + 1))


OPERATORS = (
    Operator(
        "mask-off-by-one",
        N_("mask off by one"),
        N_("a place may see itself and what came before, and nothing else"),
        "Vaswani et al. 2017, section 3.1",
        ("no_future",),
        (b"tril", b"triu"),
        _mask_off_by_one,
        (
            Example("m = torch.tril(torch.ones(n, n))\n", "m = torch.tril(torch.ones(n, n), diagonal=1)\n"),
            Example("m = torch.triu(x, diagonal=1)\n", "m = torch.triu(x, diagonal=2)\n"),
            Example(
                "import numpy as np\nm = np.tril(np.ones((n, n)))\n",
                "import numpy as np\nm = np.tril(np.ones((n, n)), k=1)\n",
            ),
        ),
    ),
)
