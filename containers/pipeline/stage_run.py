"""One stage's run over one version of an original: claim, read, work, record, publish."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from pipeline.bus import Bus
from pipeline.catalog import Catalog
from pipeline.clock import Clock, utc
from pipeline.events import Event, ImageRestored
from pipeline.item import Failure, Item
from pipeline.lifecycle import (
    Deleted,
    Failed,
    Stage,
    Update,
    announcements,
    is_about,
    is_done,
    is_stale,
)
from pipeline.original import Original, is_same_version
from pipeline.spending import Budget, BudgetSpent, BudgetSpentError, day_of
from pipeline.storage import (
    OriginalChangedError,
    OriginalGoneError,
    OriginalNotVisibleError,
    OriginalRefusedError,
    Originals,
    OriginalTooLargeError,
    Upload,
)

__all__ = ["VISIBLE_AFTER", "PermanentFailureError", "StageRun"]

VISIBLE_AFTER = timedelta(minutes=15)
"""How long S3 may return 404 for new objects after versioning was first enabled for a bucket
(S3 user guide, "Using versioning in S3 buckets")."""


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
    clock: Clock = utc
    budget: Budget | None = None
    """What may be spent in a day; no limit without it."""

    def run(
        self,
        begin: Update,
        event: Event,
        *,
        limit: int,
        work: Callable[[Upload, Item], Update],
    ) -> Item | None:
        """Take the version of `event` through the stage, beginning with the update `begin`. `work`
        turns an upload, and the item before it, into an update.

        A version that is stale or done is not worked on again, but its events are published again.
        Uploads of more than `limit` bytes fail unread. Returns the item afterwards; None if the
        bucket shows another version by now, whose own event takes care of it. Raises
        `BudgetSpentError` instead of starting work once the budget of the day is spent.
        """
        original, lane = event.original, event.lane
        item = self.catalog.advance(begin)
        if item and not is_stale(item, original) and not is_done(item, self.stage):
            self.check_budget()
            try:
                item = self.catalog.advance(self._work(item, original, limit, work))
            except OriginalChangedError:
                return None
            except OriginalGoneError:
                item = self._gone(event)
        if item:
            self.bus.publish(announcements(item, original, self.stage, lane))
        return item

    def again(self, event: ImageRestored, work: Callable[[Item], Update | None]) -> Item | None:
        """Do the stage's work on the version of `event` once more, if the item is still about it.

        `work` turns the item into an update, or None to leave it. What follows is published again
        on every repeat; if the item has started over with this very version, that it is to be
        processed. Returns the item afterwards; None if it is about another version by now.
        """
        item = self.catalog.get(event.original.image_id)
        if item and item.original == event.original and not item.deleted:
            self.check_budget()
            if update := work(item):
                item = self.catalog.advance(update)
        if item is None or not is_about(item, event.original):
            return None
        if item.verdict is None and not item.failure:
            stale = ["renditions", *event.stale]
            restored = ImageRestored(original=item.original, lane=event.lane, stale=stale)
            self.bus.publish([restored])
        else:
            self.bus.publish(announcements(item, item.original, self.stage, event.lane))
        return item

    def check_budget(self) -> None:
        """Raise `BudgetSpentError`, and report it, if the budget of the day is spent."""
        day = day_of(self.clock())
        if self.budget and self.budget.is_spent(day):
            # Published by every event until the queues are paused: one that is lost is no harm.
            self.bus.publish([BudgetSpent(day)])
            raise BudgetSpentError(f"the budget of {day} is spent")

    def _work(
        self, item: Item, original: Original, limit: int, work: Callable[[Upload, Item], Update]
    ) -> Update:
        try:
            upload = self.originals.read(original, limit=limit)
        except OriginalTooLargeError as large:
            message = f"the file is larger than the {limit // 1_000_000} MB that can be read"
            return self._failed(original, "too_large", message, large.owner)
        except OriginalRefusedError as refused:
            return self._failed(original, refused.code, str(refused), refused.owner)
        if upload.sha256 and sha256(upload.data).hexdigest() != upload.sha256:
            message = "the file is not the one that was to be uploaded; upload it again"
            return self._failed(original, "damaged", message, upload.owner)
        try:
            return work(upload, item)
        except PermanentFailureError as error:
            return self._failed(original, error.code, str(error), upload.owner)

    def _gone(self, event: Event) -> Item | None:
        """The object was deleted, or only this version, and the one below it is current again; or
        S3 does not find it yet, which only the time since its upload and its deletion's own event
        tell apart."""
        original = event.original
        current = self.originals.current(original)
        if current and is_same_version(current.original, original):
            raise OriginalNotVisibleError(f"{original.image_id} has become visible only now")
        if current:
            restored = current.original.just_after()
            self.bus.publish([ImageRestored(original=restored, lane=event.lane)])
            return None
        item = self.catalog.get(original.image_id)
        if is_stale(item, original):
            return item
        if self._may_be_invisible(event.at):
            raise OriginalNotVisibleError(f"{original.image_id} is not found yet")
        return self.catalog.advance(Deleted(original=original))

    def _may_be_invisible(self, published: datetime | None) -> bool:
        return published is not None and self.clock() < published + VISIBLE_AFTER

    def _failed(self, original: Original, code: str, message: str, owner: str | None) -> Failed:
        failure = Failure(stage=self.stage, code=code, message=message)
        return Failed(original=original, failure=failure, owner=owner)
