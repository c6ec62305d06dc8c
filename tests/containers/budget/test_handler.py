"""The queues are paused while the budget of the day is spent, whatever happens to the events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from budget.handler import Enforce
from pipeline.events import UnexpectedEventError
from pipeline.original import Original
from pipeline.spending import Budget, Charge
from proofs.memory import MemoryClock, MemoryFeeds, MemoryLedger

FEEDS = ("rekognition", "resize")
SPENT: dict[str, Any] = {"detail-type": "Budget Spent", "detail": {"day": "2026-01-01"}}
TICK: dict[str, Any] = {"detail-type": "Scheduled Event", "detail": {}}
RAISED: dict[str, Any] = {"detail-type": "Budget Raised", "detail": {"day": "2026-01-01"}}
NEXT_DAY = 24 * 3600


@dataclass
class Stack:
    """A budget of 10 dollars a day."""

    clock: MemoryClock = field(default_factory=MemoryClock)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    feeds: MemoryFeeds = field(default_factory=MemoryFeeds)
    stamps: Callable[[], str] = field(default_factory=lambda: map(str, count()).__next__)
    daily_usd: float = 10

    def spend(self, usd: float, day: str = "2026-01-01") -> None:
        original = Original(bucket="b", key="k", sequencer="1", etag="e", bytes=1)
        self.ledger.table.charges.append((original, Charge(day, "abc", {"labels": usd})))

    def hears(self, event: dict[str, Any], attempt: int = 1) -> set[str]:
        """Handle the event; returns what is stopped afterwards."""
        budget = Budget(self.daily_usd, self.ledger)
        Enforce(budget, self.feeds, FEEDS, self.clock, self.stamps)(event, attempt)
        return self.feeds.stopped


@pytest.mark.parametrize("event", [SPENT, TICK, RAISED])
def test_a_spent_budget_stops_the_queues_until_the_next_day(event: dict[str, Any]) -> None:
    stack = Stack()
    stack.spend(9.99)
    assert stack.hears(event) == set()
    stack.spend(0.01)
    assert stack.hears(event) == {*FEEDS}
    stack.clock.wait(60)
    stack.hears(event)
    assert stack.ledger.noted is not None
    assert stack.ledger.noted.since == "2026-01-01T00:00:00.000+00:00"
    stack.clock.wait(NEXT_DAY)
    assert stack.hears(TICK) == set()
    assert stack.ledger.noted is None


def test_an_operator_who_allows_more_resumes_them_until_that_is_spent_too() -> None:
    stack = Stack()
    stack.spend(11)
    assert stack.hears(SPENT) == {*FEEDS}
    stack.ledger.allow("2026-01-01", 5)
    assert stack.hears(RAISED) == set()
    stack.spend(4)
    assert stack.hears(SPENT) == {*FEEDS}


def test_a_late_event_about_yesterday_stops_nothing_today() -> None:
    stack = Stack()
    stack.spend(11)
    stack.clock.wait(NEXT_DAY)
    assert stack.hears(SPENT) == set()


def test_without_a_budget_nothing_is_stopped_and_an_earlier_pause_ends() -> None:
    stack = Stack()
    stack.spend(11)
    stack.hears(SPENT)
    stack.daily_usd = 0
    assert stack.hears(TICK) == set()


def test_what_an_operator_stopped_outside_a_pause_stays_stopped() -> None:
    stack = Stack()
    stack.feeds.stop("resize")
    assert stack.hears(TICK) == {"resize"}


def test_an_execution_that_resumes_while_another_pauses_leaves_a_note_of_it() -> None:
    stack = Stack()
    stack.spend(11)
    others = iter(["stop rekognition"])

    def meanwhile(step: str) -> None:
        if step == next(others, None):
            stack.clock.wait(NEXT_DAY)
            assert stack.hears(TICK) == set()

    stack.feeds.pause = meanwhile
    assert stack.hears(SPENT) == {*FEEDS}
    assert stack.hears(TICK) == set()


def test_a_pause_that_begins_while_another_execution_resumes_stays_noted() -> None:
    stack = Stack()
    stack.spend(11)
    stack.hears(SPENT)
    stack.clock.wait(NEXT_DAY)
    steps: list[str] = []

    def meanwhile(step: str) -> None:
        steps.append(step)
        if steps == ["start rekognition"]:
            stack.spend(11, "2026-01-02")
            stack.hears(SPENT)

    stack.feeds.pause = meanwhile
    stack.hears(TICK)
    assert stack.hears(TICK) == {*FEEDS}
    assert stack.ledger.noted is not None


def test_an_attempt_after_one_that_died_resumes_what_that_one_stopped() -> None:
    stack = Stack()
    stack.feeds.stop("rekognition")
    assert stack.hears(SPENT, attempt=2) == set()


def test_an_event_of_another_type_is_left_to_the_dead_letter_queue() -> None:
    with pytest.raises(UnexpectedEventError, match="that budget handles, got 'Image Ready'"):
        Stack().hears({"detail-type": "Image Ready"})


def test_a_pause_that_dies_half_way_is_noted_and_ends_the_next_day() -> None:
    stack = Stack()
    stack.spend(11)

    def dies(step: str) -> None:
        if step == "stop resize":
            raise OSError(step)

    stack.feeds.pause = dies
    with pytest.raises(OSError, match="stop resize"):
        stack.hears(SPENT)
    assert stack.feeds.stopped == {"rekognition"}
    stack.clock.wait(NEXT_DAY)
    assert stack.hears(TICK) == set()
