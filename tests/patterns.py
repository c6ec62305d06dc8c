"""EventBridge's event patterns, as far as the program uses them."""

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any

__all__ = ["matches"]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": eq,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


_ABSENT = object()


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether a rule with this pattern matches the event.

    Supports exact values, `prefix`, `numeric`, `anything-but` with values and `exists`, and raises
    `ValueError` for any other operator instead of guessing.
    """
    # Every field is evaluated, so that no unknown operator hides behind a field without a match.
    fields = [_field(wanted, event.get(name, _ABSENT)) for name, wanted in pattern.items()]
    return all(fields)


def _field(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return matches(wanted, value if isinstance(value, Mapping) else {})
    values = value if isinstance(value, list) else [value]
    choices = [_one(choice, each) for choice in wanted for each in values]
    return any(choices)


def _one(choice: Any, value: Any) -> bool:
    if not isinstance(choice, Mapping):
        return type(choice) is type(value) and choice == value
    ((operator, operand),) = choice.items()
    if operator == "prefix":
        return isinstance(value, str) and value.startswith(operand)
    if operator == "numeric":
        return _numeric(operand, value)
    if operator == "anything-but":
        return value is not _ABSENT and value not in operand
    if operator == "exists":
        return (value is not _ABSENT) is operand
    raise ValueError(f"operator must be one that is known here, got {operator!r}")


def _numeric(bounds: Sequence[Any], value: Any) -> bool:
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_COMPARISONS[comparison](value, bound) for comparison, bound in pairs)
