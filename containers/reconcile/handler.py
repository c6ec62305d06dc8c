"""The function that reconciles the stack, at its hour, as long as it takes."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from pipeline.bus import EventBridgeBus
from pipeline.clock import Clock, utc
from pipeline.edge import CloudFrontEdge
from pipeline.events import UnexpectedEvent
from pipeline.inventory import DynamoItems, S3Objects
from pipeline.logging import logger
from pipeline.settings import from_environment
from pipeline.storage import S3Originals, S3Renditions
from reconcile.walk import Cursor, Reconciliation

__all__ = ["GRACE", "Paused", "Reconcile", "Settings", "handler"]

GRACE = timedelta(hours=1)
"""Twice as long as a queue gives a function to get something done: five tries of six minutes."""

_RESERVE_MS = 60_000
"""A batch, with every repair that it may need, takes less, unless CloudFront is busy: then the time
may run out, and the next try begins again at the last pause."""


@dataclass(frozen=True)
class Settings:
    """What the function's environment says; `repairs` is how many a run may make at most."""

    originals_bucket: str
    renditions_bucket: str
    catalog_table: str
    pipeline_bus: str
    distribution_id: str
    gate: str
    repairs: str


@dataclass(frozen=True)
class Paused:
    """A run that went as far as its time allowed; whoever hears it goes on from the cursor."""

    cursor: Cursor

    detail_type = "Reconciliation Paused"

    def detail(self) -> dict[str, Any]:
        """The cursor in plain values."""
        return self.cursor.to_dict()


@dataclass(frozen=True)
class Reconcile:
    """Begins a run or goes on with one, and pauses before its time is over."""

    reconciliation: Reconciliation
    pause: Callable[[Paused], None]
    repairs: int
    clock: Clock

    def __call__(self, event: dict[str, Any], remaining_ms: Callable[[], int]) -> None:
        for step in self.reconciliation.steps(self._cursor(event)):
            for finding, repaired in step.findings:
                logger.warning("found", extra={**vars(finding), "repaired": repaired})
            cursor = step.cursor
            if cursor.part == "end":
                counts = {"seen": cursor.seen, "found": cursor.found, "repaired": cursor.repaired}
                logger.info("reconciled", extra=counts)
            elif remaining_ms() < _RESERVE_MS:
                self.pause(Paused(cursor))
                logger.info("paused", extra={"part": cursor.part, "seen": cursor.seen})
                return

    def _cursor(self, event: dict[str, Any]) -> Cursor:
        match event.get("detail-type"):
            case "Scheduled Event":
                return Cursor(before=self.clock() - GRACE, repairs=self.repairs)
            case Paused.detail_type:
                return Cursor.from_dict(event["detail"])
            case other:
                raise UnexpectedEvent(f"reconcile does not hear {other!r}")


@cache
def _reconcile() -> Reconcile:
    settings = from_environment(Settings, os.environ)
    bus = EventBridgeBus(settings.pipeline_bus)
    reconciliation = Reconciliation(
        settings.originals_bucket,
        "guarded" if settings.gate == "guarded" else "open",
        S3Objects(settings.originals_bucket, "uploads/"),
        S3Objects(settings.renditions_bucket, "i/"),
        DynamoItems(settings.catalog_table),
        S3Originals(settings.originals_bucket),
        S3Renditions(settings.renditions_bucket),
        CloudFrontEdge(settings.distribution_id),
        bus,
    )
    return Reconcile(
        reconciliation, lambda paused: bus.publish([paused]), int(settings.repairs), utc
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """What Lambda calls, with one message at a time."""
    for record in batch["Records"]:
        _reconcile()(json.loads(record["body"]), context.get_remaining_time_in_millis)
    return {"batchItemFailures": []}
