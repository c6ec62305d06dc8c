"""Whether plain values, as a store returns them, have the types that are declared for them.

The functions' images contain no library for that.
"""

from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

__all__ = ["ShapeError", "check"]


class ShapeError(ValueError):
    """A value is not of the type that is declared for it; the message names the value's place."""


def check(name: str, value: Any, hint: Any) -> None:
    """Raise `ShapeError` unless the value of this name fits the type hint.

    A whole number fits where a float is declared, and a list where a tuple is.
    """
    if hint is Any:
        return
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        if value is None and NoneType in arguments:
            return
        (hint,) = (each for each in arguments if each is not NoneType)
        check(name, value, hint)
    elif origin is Literal:
        _expect(value in arguments, name, value, f"one of {', '.join(map(str, arguments))}")
    elif origin in (tuple, list):
        _expect(isinstance(value, tuple | list), name, value, "a list")
        for position, each in enumerate(value):
            check(f"{name}[{position}]", each, arguments[0])
    elif origin is dict:
        _expect(isinstance(value, dict), name, value, "a map")
        for inner, each in value.items():
            check(f"{name}.{inner}", each, arguments[1])
    elif is_typeddict(hint):
        _expect(isinstance(value, dict), name, value, "a map")
        lacking = sorted(hint.__required_keys__ - value.keys())
        _expect(not lacking, f"{name}.{''.join(lacking[:1])}", None, "given")
        for inner, each in _hints(hint).items():
            if inner in value:
                check(f"{name}.{inner}", value[inner], each)
    elif hint in _WORDS:
        accepted = (int, float) if hint is float else hint
        fits = isinstance(value, accepted) and (hint is bool or not isinstance(value, bool))
        _expect(fits, name, value, _WORDS[hint])
    else:  # a dataclass
        _expect(isinstance(value, hint), name, value, "a map")
        for inner, each in _hints(hint).items():
            check(f"{name}.{inner}", getattr(value, inner), each)


_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@cache
def _hints(declared: Any) -> dict[str, Any]:
    return get_type_hints(declared)


def _expect(fits: bool, name: str, value: Any, rule: str) -> None:
    if not fits:
        raise ShapeError(f"{name} must be {rule}, got {_shown(value)}")


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"{value!r:.60}"
