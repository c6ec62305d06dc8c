"""What the work on pictures costs by day of UTC, and the budget of a day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

__all__ = [
    "KEPT",
    "Budget",
    "BudgetRaised",
    "BudgetSpent",
    "BudgetSpentError",
    "Charge",
    "Day",
    "Ledger",
    "Paused",
    "Saved",
    "day_of",
    "demand_day",
    "saved_day",
]

KEPT = timedelta(days=400)
"""How long the sums of a day are kept: a year can be compared with the one before."""


class BudgetSpentError(Exception):
    """No more work that costs money is started today; the event stays on its queue."""


def day_of(moment: datetime) -> str:
    """The day of UTC, as `2026-11-28`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def saved_day(day: str) -> str:
    """The key of what was saved on a day, under which nothing looks for what was spent."""
    return f"saved/{day}"


def demand_day(day: str) -> str:
    """The key of what renditions on demand cost on a day. It is no part of what pictures cost, as
    whoever looks at pictures could otherwise pause the uploads."""
    return f"demand/{day}"


@dataclass(frozen=True)
class Charge:
    """US dollars that were spent on one version of a picture, by what they were spent on."""

    day: str
    image_id: str
    costs: Mapping[str, float]
    saved: Mapping[str, float] = field(default_factory=dict)
    """`calls` of Rekognition and `usd` that were not spent, as the answers were known."""

    @property
    def part(self) -> str:
        """The part of the day's sums that it is added to, so that writers seldom meet."""
        return self.image_id[:1]

    @property
    def expires_at(self) -> int:
        """When the day's sums may be forgotten, in seconds since 1970."""
        return int((datetime.fromisoformat(f"{self.day}T00:00:00+00:00") + KEPT).timestamp())


@dataclass(frozen=True)
class Day:
    """The sums of a day in US dollars, and what an operator allowed on top of the budget."""

    day: str
    costs: Mapping[str, float] = field(default_factory=dict)
    extra_usd: float = 0.0

    @property
    def usd(self) -> float:
        """Everything that was spent."""
        return sum(self.costs.values())


@dataclass(frozen=True)
class Saved:
    """What known answers saved on a day."""

    calls: int = 0
    """Of Rekognition."""
    usd: float = 0.0


@dataclass(frozen=True)
class Paused:
    """That the queues are paused since then, ISO 8601 in UTC; each note of it has a stamp."""

    since: str
    stamp: str


class Ledger(Protocol):
    """The sums of the days, and whether the queues are paused."""

    def day(self, day: str) -> Day:
        """The sums of a day; zero for a day on which nothing was spent."""

    def saved(self, day: str) -> Saved:
        """What known answers saved on a day."""

    def demand(self, day: str) -> float:
        """US dollars that renditions on demand cost on a day."""

    def add_demand(self, day: str, image_id: str, usd: float) -> None:
        """Add what one of this picture costs."""

    def allow(self, day: str, usd: float) -> None:
        """Allow so much more on that day."""

    def paused(self) -> Paused | None:
        """What is noted about a pause; None while there is none."""

    def note_pause(self, at: str, stamp: str) -> None:
        """Note a pause. One that is noted keeps its time, and gets the stamp."""

    def note_resumption(self, stamp: str) -> None:
        """Take the note away, unless it was written again since it had this stamp."""


@dataclass(frozen=True)
class Budget:
    """What may be spent in a day; 0 sets no limit."""

    daily_usd: float
    ledger: Ledger

    def is_spent(self, day: str) -> bool:
        """Whether the day's sums have reached the budget and what was allowed on top.

        Work that is under way is not in the sums: at most one picture per execution.
        """
        if not self.daily_usd:
            return False
        sums = self.ledger.day(day)
        return sums.usd >= self.daily_usd + sums.extra_usd


@dataclass(frozen=True)
class _BudgetEvent:
    day: str

    def detail(self) -> dict[str, Any]:
        """The event's detail, in plain values."""
        return {"day": self.day}


@dataclass(frozen=True)
class BudgetSpent(_BudgetEvent):
    """The budget of a day is spent: the queues of the functions that cost most are to be paused."""

    detail_type = "Budget Spent"


@dataclass(frozen=True)
class BudgetRaised(_BudgetEvent):
    """An operator allowed more on a day: the queues may have to be resumed."""

    detail_type = "Budget Raised"
