"""The time, and how long something took."""

from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "milliseconds", "utc"]

Clock = Callable[[], datetime]
"""Answers the present moment in UTC."""


def utc() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def milliseconds(start: datetime, end: datetime) -> int:
    """How long it was from start to end, in whole milliseconds."""
    return round((end - start).total_seconds() * 1000)
