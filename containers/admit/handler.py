"""The function that admits the objects of a backfill to the pipeline, a batch at a time.

A state machine calls it: with a batch of a bucket's listing or inventory, and once at the end.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from admit.summary import summary
from aws.dynamodb import DynamoItems
from aws.dynamodb_answers import DynamoAnswers
from aws.dynamodb_backfills import DynamoBackfills
from aws.dynamodb_spending import DynamoLedger
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Originals
from aws.sns import SnsTopic
from aws.sqs import SqsQueues
from pipeline.analyses import Analyses
from pipeline.backfill import UNDER_WAY, Backfill, Backfills, Outcome, lacks
from pipeline.bus import Bus
from pipeline.clock import Clock, utc
from pipeline.embedding import placing_models
from pipeline.events import ImageRestored
from pipeline.inventory import Items, Listed, inventoried
from pipeline.item import Item, Malformed
from pipeline.lifecycle import is_about
from pipeline.notices import Topic
from pipeline.original import BEFORE_ALL, Original, image_id
from pipeline.policy import Policy
from pipeline.queues import Queues
from pipeline.spending import Budget, day_of
from pipeline.stale import Deployed, What, stale
from pipeline.storage import Current, OriginalForbiddenError, Originals
from runtime.logging import logger
from runtime.settings import from_environment

__all__ = ["MOST_WAITING", "Admit", "Settings", "as_listed", "handler"]

MOST_WAITING = 500
"""Messages on one queue of bulk work, from which no more are admitted. It is several minutes' work,
and few enough to pause or cancel a backfill within them."""

_AT_ONCE = 10
"""As many connections as an AWS client pools."""


# Seconds that the state machine waits before it calls again. An execution has at most 25,000
# events, about nine for each call: a pause of nine days fits, or a backlog of one.
_FULL, _FINISHING, _PAUSED = 30, 120, 300


@dataclass(frozen=True)
class Settings:
    """The function's environment; `queues` are the URLs of bulk work's queues, separated by
    commas."""

    originals_bucket: str
    catalog_table: str
    spending_table: str
    daily_budget_usd: int
    backfills_table: str
    pipeline_bus: str
    notices_topic: str
    stage: str
    queues: str
    recipe_fingerprint: str
    policy: Policy
    analyses: Analyses
    embedding: str
    next_embedding: str


@dataclass(frozen=True, kw_only=True)
class Admit:
    """Publishes `Image Restored` on the lane of bulk work for what lacks processing, as long as
    there is room for it."""

    bucket: str
    items: Items
    originals: Originals
    bus: Bus
    queues: Queues
    urls: Sequence[str]
    budget: Budget
    backfills: Backfills
    topic: Topic
    stage: str
    deployed: Callable[[], Deployed]
    clock: Clock

    def batch(
        self,
        name: str,
        listed: Sequence[Listed],
        *,
        since: datetime | None,
        before: datetime,
        again: Sequence[str] = (),
    ) -> dict[str, int]:
        """Admit what lacks processing of at most 100 objects; returns how many met which end, and
        as `wait` 0, or after how many seconds to call again if there was no room.

        What was written before `since`, or changed after `before`, is left alone. A picture that is
        up to date costs one read. What lacks processing is judged once more as the bucket shows it
        now: a listing may be hours old, and an inventory days. Repeats are harmless: what was
        admitted a moment ago is the same version again.

        With `again`, kinds of `pipeline.stale`, it admits instead what is in the catalog and has
        such results that are stale.
        """
        backfill = self.backfills.get(name)
        if backfill.state == "cancelled":
            return {"wait": 0}
        if wait := self._wait(backfill):
            return {"wait": wait}
        found = self.items.find([image_id(each.key) for each in listed])
        if again:
            return self._admitted(name, *self._stale(listed, found, again))
        outcomes: Counter[Outcome] = Counter()
        wanted: list[tuple[str, Item | None]] = []
        for each in listed:
            item = found.get(image_id(each.key))
            if (outcome := _judged(item, each, since, before)) != "admitted":
                outcomes[outcome] += 1
            else:
                wanted.append((each.key, item if isinstance(item, Item) else None))
        admitted: list[ImageRestored] = []
        for current, (_, item) in zip(self._shown(wanted), wanted, strict=True):
            if current is None or current.refusal:
                outcomes["refused"] += 1
                continue
            outcome = _judged(item, _now(current), since, before)
            if outcome == "admitted":
                original = _ordered(current.original, item)
                admitted.append(ImageRestored(original=original, lane="backfill"))
            else:
                outcomes[outcome] += 1
        return self._admitted(name, outcomes, admitted)

    def _admitted(
        self, name: str, outcomes: Counter[Outcome], events: Sequence[ImageRestored]
    ) -> dict[str, int]:
        self.bus.publish(events)
        outcomes["admitted"] += len(events)
        self.backfills.add(name, outcomes)
        logger.info("admitted", extra={"backfill": name, **_some(outcomes)})
        return {"wait": 0, **_some(outcomes)}

    def _stale(
        self,
        listed: Sequence[Listed],
        found: Mapping[str, Item | Malformed],
        again: Sequence[str],
    ) -> tuple[Counter[Outcome], list[ImageRestored]]:
        """What has stale results, and what becomes of the rest. A version whose renditions are made
        again starts over, and shows those that it has until then."""
        outcomes: Counter[Outcome] = Counter()
        wanted: list[tuple[Item, tuple[What, ...]]] = []
        deployed = self.deployed()
        for each in listed:
            item = found.get(image_id(each.key))
            if isinstance(item, Malformed):
                outcomes["malformed"] += 1
            elif item is None or item.status in UNDER_WAY or item.etag != each.etag:
                outcomes["recent"] += 1
            elif what := stale(item, deployed, again):
                wanted.append((item, what))
            else:
                outcomes["current"] += 1
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            shown = list(pool.map(self._look, [item.original for item, _ in wanted]))
        events = []
        for (item, what), current in zip(wanted, shown, strict=True):
            if current is None or current.refusal or not is_about(item, current.original):
                outcomes["refused"] += 1
                continue
            original = item.original
            if "renditions" in what:
                original = replace(original, sequencer=item.as_of).just_after()
            events.append(ImageRestored(original=original, lane="backfill", stale=list(what)))
        return outcomes, events

    def finish(self, name: str) -> dict[str, int]:
        """Send one notice about the whole backfill, once no message of bulk work is left; returns
        what `batch` returns."""
        if any(self.queues.depth(url).messages for url in self.urls):
            return {"wait": _FINISHING}
        backfill = self.backfills.get(name)
        self.topic.publish(summary(backfill, self.stage))
        logger.info("finished", extra={"backfill": name})
        return {"wait": 0, **_some(backfill.outcomes)}

    def _wait(self, backfill: Backfill) -> int:
        if backfill.state == "paused" or self.budget.is_spent(day_of(self.clock())):
            return _PAUSED
        depths = (self.queues.depth(url).messages for url in self.urls)
        return _FULL if any(each >= MOST_WAITING for each in depths) else 0

    def _original(self, key: str, item: Item | None) -> Original:
        """What the bucket shows under the key, ordered just after what the item knows of."""
        if item:
            return replace(item.original, sequencer=item.as_of).just_after()
        return Original(bucket=self.bucket, key=key, sequencer=BEFORE_ALL)

    def _shown(self, wanted: Sequence[tuple[str, Item | None]]) -> list[Current | None]:
        """What the bucket shows now under each key, or None."""
        originals = [self._original(key, item) for key, item in wanted]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._look, originals))

    def _look(self, original: Original) -> Current | None:
        try:
            return self.originals.current(original)
        except OriginalForbiddenError:
            return None


def _ordered(original: Original, item: Item | None) -> Original:
    """A version that its item is about stays as it is ordered: an upload whose own events are still
    to come is not outdated."""
    return item.original if item and is_about(item, original) else original


def _now(current: Current) -> Listed:
    found = current.original
    return Listed(found.key, found.etag, found.bytes, current.modified)


def _some(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome: number for outcome, number in outcomes.items() if number}


def _judged(
    item: Item | Malformed | None, listed: Listed, since: datetime | None, before: datetime
) -> Outcome:
    if not listed.bytes:
        return "empty"
    if since is not None and listed.modified < since:
        return "older"
    if isinstance(item, Malformed):
        return "malformed"
    if lacks(item, listed, before=before):
        return "admitted"
    done = item and not item.deleted and item.etag == listed.etag and item.status not in UNDER_WAY
    return "current" if done else "recent"


def as_listed(entry: Mapping[str, Any]) -> Listed:
    """An entry of ListObjectsV2, or a row of an inventory, as a Distributed Map hands it over."""
    if "LastModifiedDate" in entry:
        return inventoried(entry)
    return Listed(
        key=entry["Key"],
        etag=entry["Etag"].strip('"'),
        bytes=entry["Size"],
        modified=datetime.fromtimestamp(entry["LastModified"], UTC),
    )


@cache
def _admit() -> Admit:
    settings = from_environment(Settings, os.environ)
    answers = DynamoAnswers(settings.catalog_table)
    return Admit(
        bucket=settings.originals_bucket,
        items=DynamoItems(settings.catalog_table),
        originals=S3Originals(settings.originals_bucket),
        bus=EventBridgeBus(settings.pipeline_bus),
        queues=SqsQueues(),
        urls=settings.queues.split(","),
        budget=Budget(settings.daily_budget_usd, DynamoLedger(settings.spending_table)),
        backfills=DynamoBackfills(settings.backfills_table, utc),
        topic=SnsTopic(settings.notices_topic),
        stage=settings.stage,
        deployed=lambda: Deployed(
            recipe=settings.recipe_fingerprint,
            policy=settings.policy,
            analyses=settings.analyses,
            models=answers.models(),
            embeddings=placing_models(settings.embedding, settings.next_embedding),
        ),
        clock=utc,
    )


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Lambda's entry point."""
    if "finished" in event:
        return _admit().finish(event["finished"])
    given = event["BatchInput"]
    since = datetime.fromisoformat(given["since"]) if given["since"] else None
    return _admit().batch(
        given["backfill"],
        [as_listed(each) for each in event["Items"]],
        since=since,
        before=datetime.fromisoformat(given["before"]),
        # Executions of an earlier release say nothing of it.
        again=given.get("stale", ()),
    )
