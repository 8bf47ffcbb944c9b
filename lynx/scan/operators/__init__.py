"""Every operator by its name: each file of this folder is a family, and its `OPERATORS` stand here."""

from __future__ import annotations

from lynx.scan.operator import Operator
from lynx.scan.operators import attention, loop, modes

OPERATORS: dict[str, Operator] = {
    operator.name: operator for family in (loop, modes, attention) for operator in family.OPERATORS
}
