"""Frozen values without generated code: a dataclass compiles its functions anew at every start, half a millisecond."""

from __future__ import annotations

from typing import Any, ClassVar, Self, dataclass_transform


class _Fields:
    """What `replace`, `fields` and `asdict` of `dataclasses` ask for, made when they ask."""

    def __get__(self, _value: object, kind: type[Value]) -> dict[str, Any]:
        from dataclasses import fields, make_dataclass

        return {field.name: field for field in fields(make_dataclass(kind.__name__, kind.NAMES))}


@dataclass_transform(frozen_default=True)
class Value:
    """A base for frozen values: annotated names are its fields, in their order, as in a frozen dataclass."""

    NAMES: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}
    __dataclass_fields__ = _Fields()

    def __init_subclass__(cls) -> None:
        cls.NAMES = (*cls.NAMES, *cls.__annotations__)
        cls._defaults = {name: getattr(cls, name) for name in cls.NAMES if hasattr(cls, name)}

    def __init__(self, *given: Any, **named: Any) -> None:
        names = self.NAMES
        values = {**self._defaults, **dict(zip(names, given, strict=False)), **named}
        twice = named.keys() & set(names[: len(given)])
        if len(given) > len(names) or len(values) != len(names) or not values.keys() <= set(names) or twice:
            wrong = sorted(twice | values.keys() ^ set(names))
            raise TypeError(
                f"{type(self).__name__}() takes {', '.join(names)}; not as given: {', '.join(wrong)}"
            )
        self.__dict__.update({name: values[name] for name in names})

    @classmethod
    def made_of(cls, fields: dict[str, Any]) -> Self:
        """The value of these fields, which are all there: unchecked, for those who make a thousand."""
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", fields)
        return made

    def but(self, **changes: Any) -> Self:
        """The same value with other fields."""
        made = self.made_of({**self.__dict__, **changes})
        return made if len(made.__dict__) == len(self.NAMES) else type(self)(**made.__dict__)

    def as_dict(self) -> dict[str, Any]:
        """Field by field; what lies in them is left as it is."""
        return {name: self.__dict__[name] for name in self.NAMES}

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().values()))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self.as_dict().items())
        return f"{type(self).__qualname__}({said})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"cannot delete field {name!r}")
