"""How a stage goes about one version of an original: claim, read, work, record, say."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.bus import Bus
from pipeline.catalog import Catalog
from pipeline.events import ImageRestored
from pipeline.item import Failure, Item
from pipeline.lifecycle import Deleted, Failed, News, Stage, announcements, is_done, is_stale
from pipeline.logging import logger
from pipeline.original import Original
from pipeline.storage import Changed, Originals, TooLarge, Upload, Vanished

__all__ = ["Course", "Impossible"]


class Impossible(Exception):
    """Nothing can ever be made of this upload: `code` for programs, the message for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Course:
    """The course of one stage. Whatever raises here leaves the event on its queue."""

    stage: Stage
    catalog: Catalog
    originals: Originals
    bus: Bus

    def run(
        self,
        begin: News,
        *,
        limit: int,
        work: Callable[[Upload, Item], News],
    ) -> None:
        """Take the version of `begin` through the stage: `work` makes news of an upload, given
        the item as it stands before.

        A stale version, or one that is done, is not worked on again, but what was to be said
        about it is said again. Uploads beyond `limit` bytes fail unread.
        """
        original = begin.original
        item = self.catalog.advance(begin)
        if item and not is_stale(item, original) and not is_done(item, self.stage):
            try:
                item = self.catalog.advance(self._work(item, original, limit, work))
            except Changed:
                logger.info("the object was overwritten meanwhile; its own event will tell")
                return
            except Vanished:
                item = self._vanished(original)
        if item:
            self.bus.publish(announcements(item, original, self.stage))
            logger.info("done", extra={"status": item.status})

    def _work(
        self, item: Item, original: Original, limit: int, work: Callable[[Upload, Item], News]
    ) -> News:
        try:
            upload = self.originals.read(original, limit=limit)
        except TooLarge as large:
            message = f"the file is larger than the {limit // 1_000_000} MB that can be read"
            return self._failed(original, "too_large", message, large.owner)
        try:
            return work(upload, item)
        except Impossible as impossible:
            return self._failed(original, impossible.code, str(impossible), upload.owner)

    def _vanished(self, original: Original) -> Item | None:
        """Deleted meanwhile, or this version was, and what was below it is current again."""
        current = self.originals.current(original)
        if current is None:
            return self.catalog.advance(Deleted(original=original))
        self.bus.publish([ImageRestored(original=current.original.afresh())])
        return None

    def _failed(self, original: Original, code: str, message: str, owner: str | None) -> Failed:
        failure = Failure(stage=self.stage, code=code, message=message)
        return Failed(original=original, failure=failure, facts={"owner": owner})
