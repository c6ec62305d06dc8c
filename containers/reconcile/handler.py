"""The function that reconciles the stack on schedule, in as many invocations as it takes."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.cloudfront import CloudFrontEdge
from aws.dynamodb import DynamoItems
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Objects, S3Originals, S3Renditions
from pipeline.address import RENDITIONS, UPLOADS
from pipeline.clock import Clock, utc
from pipeline.events import UnexpectedEventError
from reconcile.walk import Cursor, Reconciliation
from runtime.logging import logger
from runtime.settings import from_environment

__all__ = ["GRACE", "Paused", "Reconcile", "Settings", "handler"]

GRACE = timedelta(hours=2)
"""Twice the time that a queue gives a function for one message: ten attempts of six minutes."""

_RESERVE_MS = 60_000
"""One batch, with every repair that it may need, takes less, unless CloudFront throttles: then the
invocation may time out, and the next attempt starts again at the last pause."""


@dataclass(frozen=True)
class Settings:
    """The function's environment; `repairs` is how many repairs a run may make at most."""

    originals_bucket: str
    renditions_bucket: str
    catalog_table: str
    pipeline_bus: str
    distribution_id: str
    gate: str
    repairs: str


@dataclass(frozen=True)
class Paused:
    """A run that stopped before its timeout; its consumer continues from the cursor."""

    cursor: Cursor

    detail_type = "Reconciliation Paused"

    def detail(self) -> dict[str, Any]:
        """The cursor, in plain values."""
        return self.cursor.to_dict()


@dataclass(frozen=True)
class Reconcile:
    """Starts or continues a run, and pauses it before the timeout."""

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
                raise UnexpectedEventError(
                    f"detail-type must be one that reconcile handles, got {other!r}"
                )


@cache
def _reconcile() -> Reconcile:
    settings = from_environment(Settings, os.environ)
    bus = EventBridgeBus(settings.pipeline_bus)
    reconciliation = Reconciliation(
        bucket=settings.originals_bucket,
        gate="guarded" if settings.gate == "guarded" else "open",
        uploads=S3Objects(settings.originals_bucket, UPLOADS),
        files=S3Objects(settings.renditions_bucket, RENDITIONS),
        items=DynamoItems(settings.catalog_table),
        originals=S3Originals(settings.originals_bucket),
        renditions=S3Renditions(settings.renditions_bucket),
        edge=CloudFrontEdge(settings.distribution_id),
        bus=bus,
    )
    return Reconcile(
        reconciliation, lambda paused: bus.publish([paused]), int(settings.repairs), utc
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point, with one message at a time."""
    for record in batch["Records"]:
        _reconcile()(json.loads(record["body"]), context.get_remaining_time_in_millis)
    return {"batchItemFailures": []}
