"""The function that removes what is no longer to be seen."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar

from aws_lambda_powertools.utilities.typing import LambdaContext

from pipeline.bus import Bus, EventBridgeBus
from pipeline.catalog import Catalog, DynamoTable
from pipeline.clock import utc
from pipeline.edge import CloudFrontEdge, Edge
from pipeline.events import (
    Event,
    ImageRestored,
    ImageRetired,
    ObjectDeleted,
    OriginalMissing,
    RenditionsObsolete,
)
from pipeline.item import Item
from pipeline.lifecycle import Cleaned, Deleted, Kept, Removing, is_shown
from pipeline.logging import logger
from pipeline.original import Original
from pipeline.queue import consume
from pipeline.settings import from_environment
from pipeline.storage import Originals, Renditions, S3Originals, S3Renditions

__all__ = ["Retire", "Settings", "handler"]

_SKEW = timedelta(minutes=1)
"""How far the times of S3's events and of its objects may be apart. Within it a version is restored
that may have an event of its own: that costs a second look at the picture, and nothing else."""


@dataclass(frozen=True)
class Settings:
    """What the function's environment says."""

    originals_bucket: str
    renditions_bucket: str
    catalog_table: str
    pipeline_bus: str
    distribution_id: str


@dataclass(frozen=True)
class Retire:
    """Retires deleted pictures, and renditions that another version or a verdict made obsolete."""

    catalog: Catalog
    originals: Originals
    renditions: Renditions
    edge: Edge
    bus: Bus
    hears: ClassVar = (ObjectDeleted, OriginalMissing, RenditionsObsolete)

    def __call__(self, event: Event, tried: int) -> None:  # noqa: ARG002 - however often
        match event:
            case ObjectDeleted():
                self._deleted(event)
            case OriginalMissing():
                # What is there again by now has an event of its own.
                if self.originals.current(event.original) is None:
                    self._retire(event.original)
            case RenditionsObsolete():
                item = self.catalog.get(event.original.image_id)
                if item:
                    self._clean(item, event.contents)

    def _deleted(self, event: ObjectDeleted) -> None:
        current = self.originals.current(event.original)
        if current is None:
            self._retire(event.original)
            return
        item = self.catalog.advance(Kept(original=event.original, current=current.original))
        if is_shown(item, current.original):
            logger.info("another version was deleted; the current one stays")
        elif current.modified > event.at + _SKEW:
            logger.info("uploaded again since; its own event will tell")
        else:
            # The removal of a delete marker, or of the newest version, brought an older one back.
            self.bus.publish([ImageRestored(original=current.original.afresh())])

    def _retire(self, original: Original) -> None:
        item = self.catalog.advance(Deleted(original=original))
        if item and item.deleted:
            self._clean(item, item.obsolete, always=True)

    def _clean(self, item: Item, contents: Iterable[str], *, always: bool = False) -> None:
        """Remove what lies under these content ids, but for what the item has use for."""
        kept = {*item.claimed, *item.former} - {*item.obsolete}
        gone = tuple(sorted({*contents, *item.obsolete} - kept))
        removed = [f"i/{item.image_id}/{content}/" for content in gone]
        found = tuple(key for prefix in removed for key in self.renditions.under(prefix))
        # Written down first: once a file is gone, nothing else tells the next try of it.
        known = self.catalog.advance(Removing(original=item.original, files=found)) or item
        files = tuple(key for key in known.removing if key.startswith(tuple(removed)))
        self.renditions.remove(found)
        if removed:
            self.edge.forget(removed, files, reference=f"{known.revision}")
        if removed or always:
            self.bus.publish(
                [ImageRetired(original=item.original, reason=item.status, removed=removed)]
            )
        self.catalog.advance(Cleaned(original=item.original, contents=gone, files=files))


@cache
def _retire() -> Retire:
    settings = from_environment(Settings, os.environ)
    return Retire(
        Catalog(DynamoTable(settings.catalog_table), utc),
        S3Originals(settings.originals_bucket),
        S3Renditions(settings.renditions_bucket),
        CloudFrontEdge(settings.distribution_id),
        EventBridgeBus(settings.pipeline_bus),
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """What Lambda calls."""
    return consume(batch, context, _retire())
