"""Pictures of the catalog processed again, by the policy and the recipe that are deployed."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from pipeline.bus import Bus
from pipeline.catalog import Table
from pipeline.events import ImageRestored, Lane
from pipeline.item import Item, Malformed, MalformedItemError
from pipeline.statuses import StatusOrder
from pipeline.storage import (
    Current,
    OriginalForbiddenError,
    Originals,
)

__all__ = ["Chosen", "Restored", "in_state", "restored"]

_AT_ONCE = 10
"""As many events as PutEvents takes, and as many connections as an AWS client keeps."""


@dataclass(frozen=True)
class Chosen:
    """Which pictures: those of the ids that are in `status` and unchanged since `since`, where
    these are given.

    The index by status may lag behind the items, so both are checked again on the item.
    """

    image_ids: Iterable[str]
    status: str | None = None
    since: str | None = None

    def has(self, item: Item) -> bool:
        """Whether the item is still among them."""
        if self.since is not None and item.updated_at > self.since:
            return False
        return self.status is None or item.status == self.status


@dataclass(frozen=True)
class Restored:
    """A picture as it was before, and whether its original exists. If it does not, or S3 refuses to
    return it, no event was published."""

    item: Item
    there: bool
    refused: bool = False


def in_state(statuses: StatusOrder, status: str, since: datetime | None) -> Chosen:
    """The pictures of a state that did not change after `since`; by default all of them.

    A picture that returns to the state has changed by then, so none is chosen twice. The default is
    the time of the last change, by the functions' clocks: this machine's may differ.
    """
    if since is not None:
        until: str | None = since.astimezone(UTC).isoformat(timespec="milliseconds")
    else:
        until = statuses.newest(status)
    return Chosen(statuses.unchanged(status, since=until) if until else (), status, until)


def restored(
    chosen: Chosen, *, table: Table, originals: Originals, bus: Bus | None, lane: Lane
) -> Iterator[Restored | Malformed]:
    """Publish `Image Restored` on the lane for each picture whose original S3 returns; without a
    bus, publish nothing.

    Yields each picture after its event, in the order chosen; of ten that are looked at together,
    those whose items cannot be read come first. What is restored is the version that the bucket
    shows, ordered just after everything that the item takes into account: whatever happens to the
    picture meanwhile is later, and wins. Memory does not grow with the number of pictures.
    """

    def look(item: Item) -> Current | OriginalForbiddenError | None:
        try:
            return originals.current(replace(item.original, sequencer=item.as_of).just_after())
        except OriginalForbiddenError as error:
            return error

    def read(image_id: str) -> Item | Malformed | None:
        try:
            return table.get(image_id)
        except MalformedItemError as error:
            return error.item

    image_ids = iter(chosen.image_ids)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while batch := list(islice(image_ids, _AT_ONCE)):
            entries = list(pool.map(read, batch))
            yield from (entry for entry in entries if isinstance(entry, Malformed))
            items = [each for each in entries if isinstance(each, Item) and chosen.has(each)]
            found = list(pool.map(look, items))
            shown = [each for each in found if isinstance(each, Current) and not each.refusal]
            if bus is not None:
                bus.publish([ImageRestored(original=each.original, lane=lane) for each in shown])
            for item, current in zip(items, found, strict=True):
                refusal = current.refusal if isinstance(current, Current) else current
                there = isinstance(current, Current)
                yield Restored(item, there=there, refused=refusal is not None)
