"""The function that removes renditions that may no longer be seen."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.cloudfront import CloudFrontEdge
from aws.dynamodb import DynamoTable
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Originals, S3Previews, S3Renditions
from pipeline.address import content_prefix
from pipeline.bus import Bus
from pipeline.catalog import Catalog
from pipeline.clock import utc
from pipeline.edge import Edge
from pipeline.events import (
    Event,
    ImageRestored,
    ImageRetired,
    Lane,
    ObjectCreated,
    ObjectDeleted,
    ObjectRestored,
    OriginalMissing,
    RenditionsObsolete,
    UnexpectedEventError,
)
from pipeline.item import Item
from pipeline.lifecycle import Cleaned, Deleted, OtherVersionDeleted, Removing, is_about, tombstone
from pipeline.original import Original
from pipeline.storage import Originals, Previews, Renditions
from runtime.logging import logger
from runtime.queue import consume
from runtime.settings import from_environment

__all__ = ["Retire", "Settings", "handler"]

_SKEW = timedelta(minutes=1)
"""How far the times in S3's events and of its objects may differ. Within it, a version is restored
that may have an event of its own: that costs a second analysis, and nothing else."""


@dataclass(frozen=True)
class Settings:
    """The function's environment."""

    originals_bucket: str
    renditions_bucket: str
    previews_bucket: str
    catalog_table: str
    pipeline_bus: str
    retention_days: str
    distribution_id: str


@dataclass(frozen=True)
class Retire:
    """Retires deleted pictures, and what a newer version or a verdict made obsolete: renditions and
    private previews."""

    catalog: Catalog
    originals: Originals
    renditions: Renditions
    previews: Previews
    edge: Edge
    bus: Bus
    handles: ClassVar = (
        ObjectCreated,
        ObjectDeleted,
        ObjectRestored,
        OriginalMissing,
        RenditionsObsolete,
    )

    def __call__(self, event: Event, attempt: int) -> None:  # noqa: ARG002 - all are alike
        match event:
            case ObjectCreated():
                self._overwritten(event)
            case ObjectDeleted():
                self._deleted(event)
            case ObjectRestored():
                self._restored(event)
            case OriginalMissing():
                # If an object lies there again, it has an event of its own.
                if self.originals.current(event.original) is None:
                    self._retire(event.original, event.lane)
            case RenditionsObsolete():
                item = self.catalog.get(event.original.image_id)
                if item:
                    self._clean(item, event.contents, event.lane, previews=event.previews)

    def _overwritten(self, event: ObjectCreated) -> None:
        """An empty object is no picture: it retires the one that its key had.

        It leaves a tombstone even where nothing is known under the key, as a late event of the
        version below could otherwise show that one. The console's folders, whose keys end with a
        slash, leave none.
        """
        original = event.original
        if original.bytes:
            raise UnexpectedEventError(f"bytes must be 0 for retire, got {original.bytes}")
        if not original.key.endswith("/") or self.catalog.get(original.image_id):
            self._retire(original, event.lane)

    def _restored(self, event: ObjectRestored) -> None:
        """A copy from the archive can be read: a picture that failed for the want of one is
        processed as if it were new."""
        item = self.catalog.get(event.original.image_id)
        if item is None or item.failure is None or item.failure.code != "archived":
            return
        current = self.originals.current(replace(event.original, sequencer=item.as_of))
        if current and is_about(item, current.original):
            restored = current.original.just_after()
            self.bus.publish([ImageRestored(original=restored, lane=event.lane)])

    def _deleted(self, event: ObjectDeleted) -> None:
        current = self.originals.current(event.original)
        if current is None:
            self._retire(event.original, event.lane)
            return
        item = self.catalog.advance(
            OtherVersionDeleted(original=event.original, current=current.original)
        )
        if is_about(item, current.original):
            logger.info("another version was deleted; the current one stays")
        elif current.modified > event.at + _SKEW:
            logger.info("uploaded again since then, which has an event of its own")
        else:
            # Removing a delete marker, or the newest version, made an older version current again.
            restored = current.original.just_after()
            self.bus.publish([ImageRestored(original=restored, lane=event.lane)])

    def _retire(self, original: Original, lane: Lane) -> None:
        item = self.catalog.advance(Deleted(original=original))
        if item and item.deleted:
            self._clean(item, item.obsolete, lane, always=True)

    def _clean(
        self,
        item: Item,
        contents: Iterable[str],
        lane: Lane,
        *,
        previews: Iterable[str] = (),
        always: bool = False,
    ) -> None:
        """Remove the files under these content ids and these previews, except those that the item
        still needs."""
        kept = {*item.claimed, *item.former} - {*item.obsolete}
        gone = tuple(sorted({*contents, *item.obsolete} - kept))
        removed = [content_prefix(item.image_id, content) for content in gone]
        found = tuple(key for prefix in removed for key in self.renditions.under(prefix))
        # Recorded first: once a file is gone, nothing else tells the next attempt about it.
        known = self.catalog.advance(Removing(original=item.original, files=found)) or item
        files = tuple(key for key in known.removing if key.startswith(tuple(removed)))
        self.renditions.remove(found)
        needed = {*item.previews} - {*item.obsolete_previews}
        seen = tuple(sorted({*previews, *item.obsolete_previews} - needed))
        self.previews.remove(seen)
        if removed:
            self.edge.forget(removed, files, reference=f"{known.revision}")
        if removed or always:
            self.bus.publish(
                [
                    ImageRetired(
                        original=item.original, lane=lane, reason=item.status, removed=removed
                    )
                ]
            )
        self.catalog.advance(
            Cleaned(original=item.original, contents=gone, files=files, previews=seen)
        )


@cache
def _retire() -> Retire:
    settings = from_environment(Settings, os.environ)
    remembered = tombstone(int(settings.retention_days))
    return Retire(
        Catalog(DynamoTable(settings.catalog_table), utc, remembered),
        S3Originals(settings.originals_bucket),
        S3Renditions(settings.renditions_bucket),
        S3Previews(settings.previews_bucket),
        CloudFrontEdge(settings.distribution_id),
        EventBridgeBus(settings.pipeline_bus),
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point."""
    return consume(batch, context, _retire())
