"""The trash: originals under a delete marker, which S3 keeps for as long as the stack says.

Deleting and restoring are S3's own operations: the pipeline learns of them from S3's events, as it
does when somebody uses the console, and the catalog follows within seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.audit import Entry, Trail
from pipeline.catalog import Catalog
from pipeline.claims import COUNTED
from pipeline.clock import Clock, iso
from pipeline.item import Item
from pipeline.lifecycle import Purged
from pipeline.likeness import Looks, owner_of
from pipeline.storage import Previews, Version, Versions
from pipeline.vectors import Vectors

__all__ = ["CACHED", "NotInTrashError", "NothingToRestoreError", "Receipt", "Trash"]

CACHED = timedelta(days=1)
"""How long a browser may keep a rendition; CloudFront drops its copies at once."""


class NotInTrashError(Exception):
    """The picture must be in the trash, and the catalog must know, before it is deleted for
    good."""


class NothingToRestoreError(Exception):
    """The picture is not in the trash, or no version of it is left."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was removed for good, when and by whom, and what may survive where and until when."""

    image_id: str
    at: str
    by: str
    versions: int
    bytes: int
    previews: int
    looks: int
    """Entries by which the picture was found alike."""
    vectors: int
    """Entries by which it was found by what it is about."""
    survives: Mapping[str, str]


@dataclass(frozen=True)
class Trash:
    """Deletes originals, brings them back, and deletes them for good."""

    catalog: Catalog
    versions: Versions
    previews: Previews
    looks: Looks
    trail: Trail
    clock: Clock
    retention_days: int
    vectors: Vectors | None = None
    """Where pictures are found by what they are about, in a stage that has it."""

    def delete(self, item: Item) -> None:
        """Move the picture to the trash. One that is there already stays as it is."""
        versions = self.versions.of(item.key)
        if versions and not versions[0].hides:
            self.versions.hide(item.key)

    def restore(self, item: Item) -> None:
        """Bring the newest version back. Raises `NothingToRestoreError`."""
        versions = self.versions.of(item.key)
        markers = _markers_on_top(versions)
        if not markers or len(markers) == len(versions):
            raise NothingToRestoreError("the picture must be in the trash, with a version left")
        # The newest last: until it is gone, the bucket shows nothing.
        self.versions.remove(item.key, [each.version_id for each in reversed(markers)])

    def purge(self, item: Item, *, by: str) -> Receipt:
        """Delete every version for good, and all that is known of the picture.

        The versions go before the delete markers, so that none of them is ever shown again. A
        repeat continues where the one before it stopped. Raises `NotInTrashError`.
        """
        versions = self.versions.of(item.key)
        if not item.deleted or (versions and not versions[0].hides):
            raise NotInTrashError("the picture must be in the trash; delete it first")
        if _lags(item, versions):
            raise NotInTrashError("the deletion is still being processed; retry in a few seconds")
        kept = [each for each in versions if not each.hides]
        markers = [each for each in versions if each.hides]
        self.versions.remove(item.key, [each.version_id for each in (*kept, *reversed(markers))])
        self.previews.remove(item.previews)
        looks = self.looks.remove(owner_of(item), item.image_id)
        vectors = self.vectors.remove(item.image_id) if self.vectors else 0
        now = self.clock()
        receipt = Receipt(
            image_id=item.image_id,
            at=iso(now),
            by=by,
            versions=len(kept),
            bytes=sum(each.bytes for each in kept),
            previews=len(item.previews),
            looks=looks,
            vectors=vectors,
            survives=survivals(now, self.retention_days),
        )
        self.trail.append(receipt_entry(receipt))
        self.catalog.advance(Purged(original=item.original))
        return receipt


def survivals(now: datetime, retention_days: int) -> dict[str, str]:
    """What may outlive a permanent deletion, and until when."""
    return {
        "copies in browsers that showed the picture": iso(now + CACHED),
        "backups of the tables": iso(now + timedelta(days=min(retention_days, 35))),
        "which sizes were made on demand": iso(now + COUNTED),
        "the tombstone without facts": iso(now + timedelta(days=max(30, retention_days + 2))),
    }


def receipt_entry(receipt: Receipt) -> Entry:
    """The receipt as the audit trail keeps it."""
    detail = {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in vars(receipt).items()
        if name not in ("image_id", "at", "by")
    }
    return Entry(
        at=receipt.at, kind="deletion", by=receipt.by, subject=receipt.image_id, detail=detail
    )


def _markers_on_top(versions: Sequence[Version]) -> list[Version]:
    markers: list[Version] = []
    for each in versions:
        if not each.hides:
            break
        markers.append(each)
    return markers


def _lags(item: Item, versions: Sequence[Version]) -> bool:
    """Whether the catalog has not heard of the latest delete marker yet.

    It has if its tombstone is that marker's, or of something that this or an earlier attempt has
    removed since.
    """
    present = {each.version_id for each in versions}
    return bool(
        versions and item.version_id in present and item.version_id != versions[0].version_id
    )
