"""The function that pauses the queues of a stack whose budget of the day is spent."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.dynamodb_spending import DynamoLedger
from aws.lambda_ import LambdaFeeds
from pipeline.clock import Clock, iso, utc
from pipeline.events import UnexpectedEventError
from pipeline.queues import Feeds
from pipeline.spending import Budget, BudgetRaised, BudgetSpent, Day, day_of
from runtime.logging import logger
from runtime.metrics import count
from runtime.settings import from_environment

__all__ = ["Enforce", "Settings", "handler"]

_HANDLES = (BudgetSpent.detail_type, BudgetRaised.detail_type, "Scheduled Event")


@dataclass(frozen=True)
class Settings:
    """The function's environment; `feeds` are event source mappings, separated by commas."""

    spending_table: str
    daily_budget_usd: int
    feeds: str


@dataclass(frozen=True)
class Enforce:
    """Pauses or resumes what feeds the functions, as the sums of the day require.

    It looks at the sums, not at what the event says: events may be late, repeated or lost, and a
    scheduled one follows. A pause is noted, so that what an operator disabled outside one stays
    disabled. Two executions may overlap, one of which pauses and one of which resumes; then the
    note is left, and the next event settles it.
    """

    budget: Budget
    feeds: Feeds
    paused: tuple[str, ...]
    """The mappings that a pause disables."""
    clock: Clock
    stamp: Callable[[], str]
    """Returns a text that no other call does."""

    def __call__(self, event: dict[str, Any], attempt: int) -> None:
        if event.get("detail-type") not in _HANDLES:
            raise UnexpectedEventError(
                f"detail-type must be one that budget handles, got {event.get('detail-type')!r}"
            )
        now, ledger = self.clock(), self.budget.ledger
        if attempt > 1:
            # The attempt before may have died after it paused something.
            ledger.note_pause(iso(now), self.stamp())
        if self.budget.is_spent(day_of(now)):
            ledger.note_pause(iso(now), self.stamp())
            for feed in self.paused:
                self.feeds.stop(feed)
            # Again: another execution may have resumed the feeds meanwhile.
            ledger.note_pause(iso(now), self.stamp())
            logger.info("paused")
        elif noted := ledger.paused():
            for feed in self.paused:
                self.feeds.start(feed)
            ledger.note_resumption(noted.stamp)
            logger.info("resumed", extra={"paused_since": noted.since})
        self._measure(ledger.day(day_of(now)), paused=ledger.paused() is not None)

    def _measure(self, day: Day, *, paused: bool) -> None:
        count("SpentUsd", day.usd)
        count("LimitUsd", self.budget.daily_usd + day.extra_usd)
        count("Paused", paused)


@cache
def _enforce() -> Enforce:
    settings = from_environment(Settings, os.environ)
    budget = Budget(settings.daily_budget_usd, DynamoLedger(settings.spending_table))
    return Enforce(
        budget, LambdaFeeds(), tuple(settings.feeds.split(",")), utc, lambda: uuid4().hex
    )


def handler(batch: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point, with one message at a time."""
    for record in batch["Records"]:
        attempt = int(record["attributes"]["ApproximateReceiveCount"])
        _enforce()(json.loads(record["body"]), attempt)
    return {"batchItemFailures": []}
