"""Every operator by its name: each file of this folder is a family, and its `OPERATORS` stand here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.scan.operators import attention, blocks, data, graph, loop, losses, modes, norms, rates, starts

if TYPE_CHECKING:
    from lynx.scan.operator import Operator

OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for family in (loop, modes, rates, losses, data, attention, blocks, norms, starts, graph)
    for operator in family.OPERATORS
}
