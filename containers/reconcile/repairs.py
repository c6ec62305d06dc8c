"""Repairs what a comparison found, through the pipeline's own events.

The functions that consume them look again: a finding that is out of date changes nothing. Only
files, looks and vectors without an item are removed here, as there is no item whose rules could
decide and no key to name in an event.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.address import content_prefix
from pipeline.bus import Bus
from pipeline.edge import Edge
from pipeline.events import Event, ImageRestored, Lane, OriginalMissing, RenditionsObsolete
from pipeline.inventory import Items
from pipeline.lifecycle import Stage, announcements
from pipeline.likeness import Looks
from pipeline.original import BEFORE_ALL, Original
from pipeline.storage import OriginalForbiddenError, Originals, Previews, Renditions
from pipeline.vectors import Vectors
from reconcile.cursor import Cursor
from reconcile.findings import Finding
from reconcile.suspects import Suspect, unreadable

__all__ = ["Repairs"]

_MANY = 100
"""The repairs of a run after which the others are bulk work: uploads do not wait behind them, and
nobody gets a thousand notices."""


@dataclass(frozen=True)
class Repairs:
    """The repairs of a run, as many as its cursor allows."""

    bucket: str
    items: Items
    originals: Originals
    renditions: Renditions
    previews: Previews
    looks: Looks
    edge: Edge
    bus: Bus
    vectors: Vectors | None = None

    def make(self, suspects: Sequence[Suspect], cursor: Cursor) -> Iterator[tuple[Finding, bool]]:
        """Repair within the cursor's budget; yields each finding, and whether it was repaired."""
        lone = self._confirmed([each for each in suspects if each.is_lone][: cursor.repairs])
        self._remove(lone, cursor.before)
        removed = {(each.finding.kind, each.finding.image_id) for each in lone}
        left = cursor.repairs - len(lone)
        made = sum(cursor.repaired.values()) + len(lone)
        # Shards share the run's hundred, though each may make one.
        many = max(_MANY // cursor.shards, 1)
        for suspect in suspects:
            if suspect.is_lone:
                finding = suspect.finding
                yield finding, (finding.kind, finding.image_id) in removed
                continue
            try:
                lane: Lane = "live" if made < many else "backfill"
                repaired = left > 0 and self._repair(suspect, lane)
            except OriginalForbiddenError:
                yield unreadable(suspect.finding), False
                continue
            left -= repaired
            made += repaired
            yield suspect.finding, repaired

    def _repair(self, suspect: Suspect, lane: Lane) -> bool:
        """Repair one finding; returns whether there was still something to repair."""
        events = [replace(each, lane=lane) for each in self._repairs(suspect)]
        self.bus.publish(events)
        return bool(events)

    def _repairs(self, suspect: Suspect) -> Sequence[Event]:
        finding, item = suspect.finding, suspect.item
        if finding.kind in ("unreadable", "malformed"):
            return []
        if item is None:
            assert finding.key is not None  # noqa: S101 - only files without an item have no key
            return self._restored(
                Original(bucket=self.bucket, key=finding.key, sequencer=BEFORE_ALL)
            )
        match finding.kind:
            case "stuck":
                # The same version again: each stage does what is still missing.
                return [ImageRestored(original=item.original)]
            case "untold" | "leftover":
                by_resize = (
                    item.status == "failed" and item.failure and item.failure.stage == "resize"
                )
                stage: Stage = "resize" if by_resize else "rekognition"
                events = announcements(item, item.original, stage)
                if finding.kind == "untold":
                    return events
                # Another event on the lane `live` would send a notice that bulk work withholds.
                return [each for each in events if isinstance(each, RenditionsObsolete)]
            case "gone":
                return [OriginalMissing(original=item.original)]
            case "unlisted":
                return [ImageRestored(original=item.original, stale=["likeness"])]
            case "unplaced":
                return [ImageRestored(original=item.original, stale=["vectors"])]
            case "orphaned" | "unclaimed" | "adrift":
                return [RenditionsObsolete(original=item.original, contents=list(suspect.contents))]
            case "stray":
                return [RenditionsObsolete(original=item.original, previews=list(suspect.files))]
            case _:
                latest = replace(item.original, sequencer=item.as_of).just_after()
                return self._restored(latest)

    def _restored(self, original: Original) -> Sequence[Event]:
        current = self.originals.current(original)
        return [ImageRestored(original=current.original)] if current else []

    def _confirmed(self, lone: Sequence[Suspect]) -> list[Suspect]:
        """Those that have no item now: the first read may be a second old, and no other function
        looks again before these files are removed."""
        if not lone:
            return []
        items = self.items.find([each.finding.image_id for each in lone], latest=True)
        return [each for each in lone if each.finding.image_id not in items]

    def _remove(self, lone: Sequence[Suspect], before: datetime) -> None:
        """Remove files, looks and vectors without an item; the files together: CloudFront bills
        every path."""
        for each in lone:
            if each.finding.kind == "unclaimed":
                self.looks.remove(each.owner, each.finding.image_id, each.contents)
            elif each.finding.kind == "adrift" and self.vectors:
                self.vectors.remove(each.finding.image_id, each.contents)
        lone = [each for each in lone if each.finding.kind not in ("unclaimed", "adrift")]
        if strays := [key for each in lone if not each.contents for key in each.files]:
            self.previews.remove(strays)
        if not any(each.contents for each in lone):
            return
        prefixes = [
            content_prefix(each.finding.image_id, content)
            for each in lone
            for content in each.contents
        ]
        files = tuple(key for each in lone if each.contents for key in each.files)
        # The caches first, which takes seconds: once the files are gone, nothing would tell a run
        # that continues after a failure what the caches may still hold.
        self.edge.forget(prefixes, files, reference=f"{before}")
        self.renditions.remove(files)
