"""DynamoDB's notation: every value stands under the letters of its type.

boto3 has the same, but importing it slows every cold start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

__all__ = ["Foreign", "from_notation", "to_notation"]

_DEPTH_LIMIT = 31
"""How deep values may be nested, below the attribute itself."""

_LEAST, _MOST, _DIGITS = (
    Decimal("1e-130"),
    Decimal("9.9999999999999999999999999999999999999e125"),
    38,
)
"""The range and the precision of DynamoDB's numbers."""


@dataclass(frozen=True)
class Foreign:
    """A value of a type that only an edit by hand can bring in, a set or bytes: kept as it is."""

    notation: Mapping[str, Any]


def to_notation(values: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an entry. A value that DynamoDB cannot hold is left out."""
    return _map(values, 0)


def from_notation(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse: whole numbers become int, others float."""
    return {name: _plain(value) for name, value in attributes.items()}


def _map(values: Mapping[str, Any], depth: int) -> dict[str, Any]:
    noted = ((_text(name), _noted(value, depth)) for name, value in values.items() if name)
    return {name: value for name, value in noted if value is not None}


def _noted(value: Any, depth: int) -> dict[str, Any] | None:
    """The value in DynamoDB's notation; None if it cannot hold it."""
    if depth > _DEPTH_LIMIT:
        return None
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            number = _number(value)
            return None if number is None else {"N": number}
        case str():
            return {"S": _text(value)}
        case Mapping():
            return {"M": _map(value, depth + 1)}
        case list() | tuple():
            entries = (_noted(each, depth + 1) for each in value)
            return {"L": [each for each in entries if each is not None]}
        case Foreign():
            return dict(value.notation)
    raise TypeError(f"a value must be plain, got {type(value).__name__}")


def _text(value: str) -> str:
    return value.encode(errors="replace").decode()


def _number(value: float) -> str | None:
    if isinstance(value, float) and not isfinite(value):
        return None
    number = Decimal(repr(value))
    if not number or abs(number) < _LEAST:
        return "0"
    if abs(number) > _MOST or len(number.as_tuple().digits) > _DIGITS:
        return None
    return str(number)


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return _read_number(content)
        case "M":
            return from_notation(content)
        case "L":
            return [_plain(each) for each in content]
        case "NULL":
            return None
    return Foreign(value)


def _read_number(text: str) -> float:
    try:
        return int(text)
    except ValueError:
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else float(number)
