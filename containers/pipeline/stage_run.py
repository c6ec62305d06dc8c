"""One stage's run over one version of an original: claim, read, work, record, publish."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.bus import Bus
from pipeline.catalog import Catalog
from pipeline.events import ImageRestored, Lane
from pipeline.item import Failure, Item
from pipeline.lifecycle import (
    Deleted,
    Failed,
    Stage,
    Update,
    announcements,
    is_done,
    is_stale,
)
from pipeline.original import Original
from pipeline.storage import (
    OriginalChangedError,
    OriginalGoneError,
    Originals,
    OriginalTooLargeError,
    Upload,
)

__all__ = ["PermanentFailureError", "StageRun"]


class PermanentFailureError(Exception):
    """Nothing can ever be made of this upload: `code` for programs, the message for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class StageRun:
    """How one stage treats a version. Whatever this raises leaves the event on its queue."""

    stage: Stage
    catalog: Catalog
    originals: Originals
    bus: Bus

    def run(
        self,
        begin: Update,
        *,
        lane: Lane,
        limit: int,
        work: Callable[[Upload, Item], Update],
    ) -> Item | None:
        """Take the version of `begin` through the stage. `work` turns an upload, and the item as it
        stands before, into an update.

        A version that is stale or done is not worked on again, but its events are published again.
        Uploads of more than `limit` bytes fail unread. Returns the item afterwards; None if the
        bucket shows another version by now, whose own event takes care of it.
        """
        original = begin.original
        item = self.catalog.advance(begin)
        if item and not is_stale(item, original) and not is_done(item, self.stage):
            try:
                item = self.catalog.advance(self._work(item, original, limit, work))
            except OriginalChangedError:
                return None
            except OriginalGoneError:
                item = self._gone(original, lane)
        if item:
            self.bus.publish(announcements(item, original, self.stage, lane))
        return item

    def _work(
        self, item: Item, original: Original, limit: int, work: Callable[[Upload, Item], Update]
    ) -> Update:
        try:
            upload = self.originals.read(original, limit=limit)
        except OriginalTooLargeError as large:
            message = f"the file is larger than the {limit // 1_000_000} MB that can be read"
            return self._failed(original, "too_large", message, large.owner)
        try:
            return work(upload, item)
        except PermanentFailureError as error:
            return self._failed(original, error.code, str(error), upload.owner)

    def _gone(self, original: Original, lane: Lane) -> Item | None:
        """The object was deleted, or only this version, and the one below it is current again."""
        current = self.originals.current(original)
        if current is None:
            return self.catalog.advance(Deleted(original=original))
        self.bus.publish([ImageRestored(original=current.original.just_after(), lane=lane)])
        return None

    def _failed(self, original: Original, code: str, message: str, owner: str | None) -> Failed:
        failure = Failure(stage=self.stage, code=code, message=message)
        return Failed(original=original, failure=failure, owner=owner)
