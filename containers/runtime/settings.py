"""Reads a function's settings from its environment: once, and all of them."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

__all__ = ["SettingError", "from_environment"]

_PARSERS: Mapping[type, Callable[[str], Any]] = {
    str: str,
    int: int,
    bool: {"false": False, "true": True}.__getitem__,
}

S = TypeVar("S")


class SettingError(Exception):
    """A setting is missing from the environment or cannot be parsed; the message names it."""


def from_environment(kind: type[S], environment: Mapping[str, str]) -> S:
    """An instance of the dataclass `kind`, each field from the variable of its name in capitals.

    A field is a `str`, `int` or `bool`, or of a type whose `from_json` reads it. Raises
    `SettingError`.
    """
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]  # any dataclass
        variable = field.name.upper()
        if variable not in environment:
            raise SettingError(f"{variable} must be set in the function's environment")
        text, hint = environment[variable], hints[field.name]
        try:
            values[field.name] = (_PARSERS.get(hint) or hint.from_json)(text)
        except (ValueError, KeyError, TypeError) as error:
            raise SettingError(f"{variable} cannot be parsed, got {text!r}: {error}") from error
    return kind(**values)
