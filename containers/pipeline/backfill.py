"""Backfills: work over a whole bucket, a batch of its listing at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from pipeline.inventory import Listed
from pipeline.item import Item

__all__ = [
    "KEPT",
    "OUTCOMES",
    "UNDER_WAY",
    "Backfill",
    "Backfills",
    "Outcome",
    "State",
    "lacks",
]

State = Literal["running", "paused", "cancelled"]
"""What an operator wants of a backfill."""

Outcome = Literal["admitted", "current", "recent", "older", "empty", "refused", "malformed"]
OUTCOMES: Mapping[Outcome, str] = {
    "admitted": "are processed",
    "current": "are up to date",
    "recent": "changed too recently: their own events are on the way",
    "older": "are older than was asked for",
    "empty": "are empty",
    "refused": "have an original that S3 does not return",
    "malformed": "have an item that cannot be read",
}
"""What may become of an object of the listing, and what it means."""

UNDER_WAY = ("received", "processing")
"""The states in which a picture waits for a function."""

KEPT = timedelta(days=90)
"""How long a backfill's record is kept."""


@dataclass(frozen=True)
class Backfill:
    """The record of one backfill: what is wanted of it, and what has become of how many objects."""

    name: str
    state: State = "running"
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """How many objects it has looked at. A batch that dies after its work counts twice."""
        return sum(self.outcomes.values())


class Backfills(Protocol):
    """The records of backfills, by name."""

    def get(self, name: str) -> Backfill:
        """The record; one that is missing is running and has seen nothing."""

    def want(self, name: str, state: State) -> None:
        """Note what is wanted of it."""

    def add(self, name: str, outcomes: Mapping[Outcome, int]) -> None:
        """Add a batch's outcomes."""


def lacks(item: Item | None, listed: Listed, *, before: datetime) -> bool:
    """Whether the version that the bucket lists has not been processed, and nothing is about to.

    What changed after `before` is left alone. `item` and `listed` are of one key.
    """
    if item is None:
        return listed.modified < before
    if datetime.fromisoformat(item.updated_at) >= before or listed.modified >= before:
        return False
    return item.deleted or item.etag != listed.etag or item.status in UNDER_WAY
