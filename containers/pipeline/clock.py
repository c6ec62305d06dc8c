"""The time, and durations."""

from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "milliseconds", "utc"]

Clock = Callable[[], datetime]
"""Returns the current time in UTC."""


def utc() -> datetime:
    """The current time."""
    return datetime.now(UTC)


def milliseconds(start: datetime, end: datetime) -> int:
    """The time from start to end, in whole milliseconds."""
    return round((end - start).total_seconds() * 1000)
