"""A light value behaves as the frozen dataclass that it stands for."""

from __future__ import annotations

import copy
import pickle
from dataclasses import asdict, dataclass, fields, is_dataclass, replace

import pytest

from lynx.values import Value


class Point(Value):
    x: int
    y: int = 2

    @property
    def sum(self) -> int:
        return self.x + self.y


class Named(Point):
    name: str = ""


@dataclass(frozen=True)
class Old:
    x: int
    y: int = 2


def test_it_is_made_compared_and_shown_as_a_dataclass_is() -> None:
    assert Point(1) == Point(x=1, y=2) != Point(2)
    assert Point(1) != Old(1)
    assert Point(1).__eq__(Named(1)) is NotImplemented
    assert len({Point(1), Point(1), Point(3)}) == 2
    assert repr(Point(1)) == repr(Old(1)).replace("Old", "Point")
    assert Named(1, 5, "n").sum == 6


@pytest.mark.parametrize("given", [((), {}), ((1, 2, 3), {}), ((1,), {"x": 1}), ((1,), {"z": 1})])
def test_what_a_dataclass_does_not_take_it_does_not_take(given: tuple) -> None:
    for kind in (Point, Old):
        with pytest.raises(TypeError):
            kind(*given[0], **given[1])


def test_it_is_frozen() -> None:
    point = Point(1)
    with pytest.raises(AttributeError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del point.x
    assert point.but(y=3) == replace(point, y=3) == Point(1, 3)
    assert point == Point(1)


def test_dataclasses_and_copies_know_it() -> None:
    assert is_dataclass(Point(1))
    assert asdict(Named(1)) == Named(1).as_dict() == {"x": 1, "y": 2, "name": ""}
    assert [field.name for field in fields(Named)] == ["x", "y", "name"]
    assert pickle.loads(pickle.dumps(Named(1))) == copy.deepcopy(Named(1)) == Named(1)
