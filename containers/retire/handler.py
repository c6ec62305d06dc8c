"""The function that removes renditions that may no longer be seen."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.cloudfront import CloudFrontEdge
from aws.dynamodb import DynamoTable
from aws.dynamodb_likeness import DynamoLooks
from aws.dynamodb_vectors import DynamoVectors
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
from pipeline.likeness import Looks, owner_of
from pipeline.original import Original
from pipeline.storage import Current, Originals, Previews, Renditions
from pipeline.vectors import Vectors
from runtime.logging import logger
from runtime.queue import consume_together
from runtime.settings import from_environment

__all__ = ["Removal", "Retire", "Settings", "handler"]

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
    likeness_table: str
    vectors_table: str
    embedding: str
    pipeline_bus: str
    retention_days: str
    distribution_id: str


@dataclass(frozen=True)
class Removal:
    """Files of one picture that are removed, and may still be in the caches."""

    item: Item
    lane: Lane
    contents: tuple[str, ...]
    files: tuple[str, ...]
    """Every key under `contents` that this or an earlier attempt removed."""
    revision: int
    """The item's, once it listed the files."""

    @property
    def prefixes(self) -> list[str]:
        """What the keys of `files` begin with."""
        return [content_prefix(self.item.image_id, content) for content in self.contents]


@dataclass(frozen=True)
class Retire:
    """Retires deleted pictures, and what a newer version or a verdict made obsolete: renditions and
    private previews.

    The pictures of a batch share one invalidation, as CloudFront bills each path.
    """

    catalog: Catalog
    originals: Originals
    renditions: Renditions
    previews: Previews
    looks: Looks
    edge: Edge
    bus: Bus
    vectors: Vectors | None = None
    """Where pictures are found by what they are about, in a stage that has it."""
    handles: ClassVar = (
        ObjectCreated,
        ObjectDeleted,
        ObjectRestored,
        OriginalMissing,
        RenditionsObsolete,
    )

    def begin(self, event: Event) -> Removal | None:
        """Remove the files that the event makes obsolete."""
        match event:
            case ObjectCreated():
                return self._overwritten(event)
            case ObjectDeleted():
                return self._deleted(event)
            case ObjectRestored():
                self._restored(event)
            case OriginalMissing():
                # If an object lies there again, it has an event of its own.
                if self.originals.current(event.original) is None:
                    return self._retire(event.original, event.lane)
            case RenditionsObsolete():
                item = self.catalog.get(event.original.image_id)
                if item:
                    return self._remove(item, event.contents, event.lane, previews=event.previews)
        return None

    def share(self, begun: Sequence[Removal]) -> None:
        """Have the caches drop the removed files."""
        prefixes = list(dict.fromkeys(prefix for each in begun for prefix in each.prefixes))
        if prefixes:
            files = list(dict.fromkeys(key for each in begun for key in each.files))
            revisions = [f"{each.item.image_id} {each.revision}" for each in begun]
            self.edge.forget(prefixes, files, reference=", ".join(revisions))

    def finish(self, begun: Removal) -> None:
        """Publish the removal, and release the content ids."""
        item, contents, files = begun.item, begun.contents, begun.files
        self.bus.publish(
            [
                ImageRetired(
                    original=item.original,
                    lane=begun.lane,
                    reason=item.status,
                    removed=begun.prefixes,
                )
            ]
        )
        self.catalog.advance(Cleaned(original=item.original, contents=contents, files=files))

    def _overwritten(self, event: ObjectCreated) -> Removal | None:
        """An empty object is no picture: it retires the one that its key had.

        It leaves a tombstone even where nothing is known under the key, as a late event of the
        version below could otherwise show that one. The console's folders, whose keys end with a
        slash, leave none.
        """
        original = event.original
        if original.bytes:
            raise UnexpectedEventError(f"bytes must be 0 for retire, got {original.bytes}")
        if original.key.endswith("/") and not self.catalog.get(original.image_id):
            return None
        return self._retire(original, event.lane)

    def _restored(self, event: ObjectRestored) -> None:
        """A copy from the archive can be read: a picture that failed for the want of one is
        processed as if it were new."""
        item = self.catalog.get(event.original.image_id)
        if item is None or not _is_archived(item):
            return
        current = self.originals.current(replace(event.original, sequencer=item.as_of))
        if current and is_about(item, current.original):
            self._process_again(current, event.lane)

    def _deleted(self, event: ObjectDeleted) -> Removal | None:
        current = self.originals.current(event.original)
        if current is None:
            return self._retire(event.original, event.lane)
        item = self.catalog.advance(
            OtherVersionDeleted(original=event.original, current=current.original)
        )
        if is_about(item, current.original):
            logger.info("another version was deleted; the current one stays")
            if item and _is_archived(item):
                # A copy that was restored meanwhile has an event that this deletion outdates.
                self._process_again(current, event.lane)
        elif current.modified > event.at + _SKEW:
            logger.info("uploaded again since then, which has an event of its own")
        else:
            # Removing a delete marker, or the newest version, made an older version current again.
            self._process_again(current, event.lane)
        return None

    def _process_again(self, current: Current, lane: Lane) -> None:
        restored = current.original.just_after()
        self.bus.publish([ImageRestored(original=restored, lane=lane)])

    def _retire(self, original: Original, lane: Lane) -> Removal | None:
        item = self.catalog.advance(Deleted(original=original))
        if item is None or not item.deleted:
            return None
        return self._remove(item, item.obsolete, lane) or Removal(item, lane, (), (), item.revision)

    def _remove(
        self, item: Item, contents: Iterable[str], lane: Lane, *, previews: Iterable[str] = ()
    ) -> Removal | None:
        """Remove the files, looks and vectors of these content ids and these previews, except those
        that the item still needs, and whatever else is obsolete."""
        self._remove_previews(item, previews)
        needed = {*item.claimed, *item.former} - {*item.obsolete}
        obsolete = tuple(sorted({*contents, *item.obsolete} - needed))
        if not obsolete:
            return None
        prefixes = tuple(content_prefix(item.image_id, content) for content in obsolete)
        listed = tuple(key for prefix in prefixes for key in self.renditions.under(prefix))
        # Recorded first: once a file is gone, no listing shows it to the next attempt.
        recorded = self.catalog.advance(Removing(original=item.original, files=listed)) or item
        self.renditions.remove(listed)
        self.looks.remove(owner_of(item), item.image_id, obsolete)
        if self.vectors:
            self.vectors.remove(item.image_id, obsolete)
        removed = tuple(key for key in recorded.removing if key.startswith(prefixes))
        return Removal(item, lane, obsolete, removed, recorded.revision)

    def _remove_previews(self, item: Item, previews: Iterable[str]) -> None:
        """No cache has them, so that nothing is left to do once they are gone."""
        needed = {*item.previews} - {*item.obsolete_previews}
        obsolete = tuple(sorted({*previews, *item.obsolete_previews} - needed))
        if obsolete:
            self.previews.remove(obsolete)
            self.catalog.advance(
                Cleaned(original=item.original, contents=(), files=(), previews=obsolete)
            )


def _is_archived(item: Item) -> bool:
    return item.failure is not None and item.failure.code == "archived"


@cache
def _retire() -> Retire:
    settings = from_environment(Settings, os.environ)
    remembered = tombstone(int(settings.retention_days))
    return Retire(
        Catalog(DynamoTable(settings.catalog_table), utc, remembered),
        S3Originals(settings.originals_bucket),
        S3Renditions(settings.renditions_bucket),
        S3Previews(settings.previews_bucket),
        DynamoLooks(settings.likeness_table),
        CloudFrontEdge(settings.distribution_id),
        EventBridgeBus(settings.pipeline_bus),
        DynamoVectors(settings.vectors_table, settings.embedding)
        if settings.vectors_table
        else None,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point."""
    return consume_together(batch, context, _retire())
