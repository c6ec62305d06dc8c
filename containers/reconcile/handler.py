"""The function that reconciles the stack on schedule, in as many invocations as it takes.

Where S3 keeps inventories of the originals, a run begins as one message for each shard of the
newest, which are compared beside each other. Otherwise one message after the other walks.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.cloudfront import CloudFrontEdge
from aws.dynamodb import DynamoItems
from aws.dynamodb_likeness import DynamoLooks
from aws.dynamodb_vectors import DynamoTakeover, DynamoVectors
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Objects, S3Originals, S3Previews, S3Renditions
from aws.s3_inventories import S3Inventories
from pipeline.address import PREVIEWS, RENDITIONS, UPLOADS
from pipeline.bus import Bus
from pipeline.clock import Clock, utc
from pipeline.embedding import placing_models
from pipeline.events import UnexpectedEventError
from pipeline.inventory import Inventories
from reconcile.cursor import GRACE, Cursor
from reconcile.findings import Finding
from reconcile.shards import is_useful, started
from reconcile.walk import Reconciliation
from runtime.logging import logger
from runtime.metrics import count
from runtime.settings import from_environment

__all__ = ["Paused", "Reconcile", "Settings", "handler", "reconciliation"]

_RESERVE_MS = 60_000
"""One batch, with every repair that it may need, takes less, unless CloudFront throttles: then the
invocation may time out, and the next attempt starts again at the last pause."""


@dataclass(frozen=True)
class Settings:
    """The function's environment; `repairs` is how many repairs a run may make at most, and
    `exports_bucket` is empty where S3 keeps no inventories of the originals."""

    originals_bucket: str
    renditions_bucket: str
    previews_bucket: str
    catalog_table: str
    likeness_table: str
    vectors_table: str
    embedding: str
    next_embedding: str
    pipeline_bus: str
    distribution_id: str
    gate: str
    repairs: str
    exports_bucket: str


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
    pause: Callable[[Sequence[Paused]], None]
    repairs: int
    clock: Clock

    def __call__(self, event: dict[str, Any], remaining_ms: Callable[[], int]) -> None:
        match event.get("detail-type"):
            case "Scheduled Event":
                self._start(remaining_ms)
            case Paused.detail_type:
                self._continue(Cursor.from_dict(event["detail"]), remaining_ms)
            case other:
                raise UnexpectedEventError(
                    f"detail-type must be one that reconcile handles, got {other!r}"
                )

    def _start(self, remaining_ms: Callable[[], int]) -> None:
        inventories = self.reconciliation.inventories
        newest = inventories.newest() if inventories else None
        now = self.clock()
        if not is_useful(newest, now):
            self._continue(Cursor(before=now - GRACE, repairs=self.repairs), remaining_ms)
            return
        shards = started(newest, repairs=self.repairs)
        self.pause([Paused(each) for each in shards])
        logger.info("divided", extra={"inventory": newest.key, "shards": len(shards)})

    def _continue(self, cursor: Cursor, remaining_ms: Callable[[], int]) -> None:
        shard = {"shard": cursor.shard} if cursor.inventory else {}
        for step in self.reconciliation.steps(cursor):
            for finding, repaired in step.findings:
                logger.warning("found", extra={**_logged(finding), "repaired": repaired})
            cursor = step.cursor
            if cursor.part == "end":
                counts = {"seen": cursor.seen, "found": cursor.found, "repaired": cursor.repaired}
                left = {"unplaced": cursor.unplaced} if cursor.takeover else {}
                logger.info("reconciled", extra={**counts, **left, **shard})
                count("Findings", sum(cursor.found.values()))
            elif remaining_ms() < _RESERVE_MS:
                self.pause([Paused(cursor)])
                logger.info("paused", extra={"part": cursor.part, "seen": cursor.seen, **shard})
                return


def _logged(finding: Finding) -> dict[str, Any]:
    """The finding without the picture's key, unless the catalog has no item to look it up in."""
    return {
        name: value
        for name, value in vars(finding).items()
        if name != "key" or finding.kind == "uncatalogued"
    }


def reconciliation(
    *,
    originals: str,
    renditions: str,
    previews: str,
    catalog: str,
    likeness: str,
    vectors: str,
    embedding: str,
    next_embedding: str,
    distribution_id: str,
    gate: str,
    bus: Bus,
    exports: str = "",
) -> Reconciliation:
    """The reconciliation of a deployed stack, by the names of its buckets and its tables;
    `exports` is the bucket with S3's inventories of the originals, and `vectors` the table of what
    the models `embedding` and `next_embedding` placed, if there are any."""
    inventories: Inventories | None = S3Inventories(exports, originals) if exports else None
    return Reconciliation(
        bucket=originals,
        gate="guarded" if gate == "guarded" else "open",
        uploads=S3Objects(originals, UPLOADS),
        files=S3Objects(renditions, RENDITIONS),
        preview_files=S3Objects(previews, PREVIEWS),
        items=DynamoItems(catalog),
        originals=S3Originals(originals),
        renditions=S3Renditions(renditions),
        previews=S3Previews(previews),
        looks=DynamoLooks(likeness),
        edge=CloudFrontEdge(distribution_id),
        bus=bus,
        inventories=inventories,
        vectors=tuple(
            DynamoVectors(vectors, each) for each in placing_models(embedding, next_embedding)
        ),
        takeover=DynamoTakeover(vectors, embedding, next_embedding) if vectors else None,
    )


@cache
def _reconcile() -> Reconcile:
    settings = from_environment(Settings, os.environ)
    bus = EventBridgeBus(settings.pipeline_bus)
    return Reconcile(
        reconciliation(
            originals=settings.originals_bucket,
            renditions=settings.renditions_bucket,
            previews=settings.previews_bucket,
            catalog=settings.catalog_table,
            likeness=settings.likeness_table,
            vectors=settings.vectors_table,
            embedding=settings.embedding,
            next_embedding=settings.next_embedding,
            distribution_id=settings.distribution_id,
            gate=settings.gate,
            bus=bus,
            exports=settings.exports_bucket,
        ),
        bus.publish,
        int(settings.repairs),
        utc,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point, with one message at a time."""
    for record in batch["Records"]:
        _reconcile()(json.loads(record["body"]), context.get_remaining_time_in_millis)
    return {"batchItemFailures": []}
