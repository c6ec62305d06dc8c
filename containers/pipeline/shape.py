"""Whether plain values, as a store returns them, have the types that are declared for them.

The functions' images contain no library for that.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NamedTuple,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

__all__ = ["Shape", "ShapeError"]


class ShapeError(ValueError):
    """A value is not of the type that is declared for it; the message names the value's place."""


class Shape:
    """The types of the values under some names.

    A whole number fits where a float is declared, and a list where a tuple is.
    """

    def __init__(self, hints: Mapping[str, Any]) -> None:
        self._judges = {name: _judge(hint) for name, hint in hints.items()}

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise `ShapeError` unless each value is of its type; other names are passed over."""
        for name, judge in self._judges.items():
            if misfit := judge(values[name]):
                got = "nothing" if misfit.value is None else f"{misfit.value!r:.60}"
                raise ShapeError(f"{name}{misfit.place} must be {misfit.rule}, got {got}")


class _Misfit(NamedTuple):
    """Where in a value a part does not fit, the rule that it breaks, and the part."""

    place: str
    rule: str
    value: Any


_Judge: TypeAlias = Callable[[Any], _Misfit | None]
"""Returns the first misfit in a value, None if it fits."""

_PLAIN: dict[type, tuple[tuple[type, ...], str]] = {
    str: ((str,), "text"),
    int: ((int,), "a whole number"),
    float: ((float, int), "a number"),
    bool: ((bool,), "true or false"),
}
"""The classes that each plain type accepts; no subclass is one, as bool is of int."""


@cache
def _judge(hint: Any) -> _Judge:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return _anything
    if hint in _PLAIN:
        return _plain(*_PLAIN[hint])
    if origin in (Union, UnionType):
        return _optional(arguments)
    if origin is Literal:
        return _literal(arguments)
    if origin in (tuple, list):
        return _several(_judge(arguments[0]))
    if origin is dict:
        return _map(_judge(arguments[1]))
    if is_typeddict(hint):
        return _fields(hint, dict, lambda value, name: value[name])
    return _fields(hint, hint, getattr)


def _anything(_value: Any) -> None:
    return None


def _plain(classes: tuple[type, ...], rule: str) -> _Judge:
    return lambda value: None if type(value) in classes else _Misfit("", rule, value)


def _optional(arguments: tuple[Any, ...]) -> _Judge:
    (hint,) = (each for each in arguments if each is not NoneType)
    judge = _judge(hint)
    return lambda value: None if value is None else judge(value)


def _literal(allowed: tuple[Any, ...]) -> _Judge:
    rule = f"one of {', '.join(map(str, allowed))}"
    return lambda value: None if value in allowed else _Misfit("", rule, value)


def _several(judge: _Judge) -> _Judge:
    def judge_all(value: Any) -> _Misfit | None:
        if not isinstance(value, tuple | list):
            return _Misfit("", "a list", value)
        for position, each in enumerate(value):
            if misfit := judge(each):
                return misfit._replace(place=f"[{position}]{misfit.place}")
        return None

    return judge_all


def _map(judge: _Judge) -> _Judge:
    def judge_all(value: Any) -> _Misfit | None:
        if not isinstance(value, dict):
            return _Misfit("", "a map", value)
        for name, each in value.items():
            if misfit := judge(each):
                return misfit._replace(place=f".{name}{misfit.place}")
        return None

    return judge_all


def _fields(declared: Any, class_: Any, get: Callable[[Any, str], Any]) -> _Judge:
    """The fields of a TypedDict or a dataclass."""
    judges = {name: _judge(hint) for name, hint in get_type_hints(declared).items()}
    required = sorted(getattr(declared, "__required_keys__", ()))

    def judge_all(value: Any) -> _Misfit | None:
        if not isinstance(value, class_):
            return _Misfit("", "a map", value)
        for name in required:
            if name not in value:
                return _Misfit(f".{name}", "given", None)
        for name, judge in judges.items():
            if class_ is dict and name not in value:
                continue
            if misfit := judge(get(value, name)):
                return misfit._replace(place=f".{name}{misfit.place}")
        return None

    return judge_all
