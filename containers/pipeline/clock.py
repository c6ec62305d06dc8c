"""The time, and durations."""

from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "iso", "milliseconds", "utc"]

Clock = Callable[[], datetime]
"""Returns the current time in UTC."""


def utc() -> datetime:
    """The current time."""
    return datetime.now(UTC)


def iso(at: datetime) -> str:
    """The time as the catalog writes it: ISO 8601 in UTC, with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def milliseconds(start: datetime, end: datetime) -> int:
    """The time from start to end, in whole milliseconds."""
    return round((end - start).total_seconds() * 1000)
