"""The shards of a comparison by inventory, which run beside each other.

A shard holds the pictures whose image ids begin with the same digits. Its originals are picked from
the whole inventory, which is in the order of keys, and held in the order of image ids; the
renditions are listed in that order already.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import TypeGuard

from pipeline.inventory import Inventory, Listed
from pipeline.original import image_id
from reconcile.cursor import GRACE, SHARD_PARTS, Cursor
from reconcile.findings import Files

__all__ = ["Picture", "Rows", "is_useful", "merged", "shards_of", "started"]

_SHARD_BYTES = 32 * 1024**2
"""The compressed inventory of about 400,000 objects, which are compared in some minutes."""

_MOST_DIGITS = 2

_MOST_BYTES = 10 * 1024**3
"""The compressed inventory of about 145 million objects. Each shard reads all of it, at 250,000
objects a second, and needs time for the comparison in the same invocation (`python -m
proofs.scale.rates` measures both)."""

_OLDEST = timedelta(days=9)
"""A weekly inventory is older only if S3 stopped writing them: it may take two days for one."""


def is_useful(inventory: Inventory | None, now: datetime) -> TypeGuard[Inventory]:
    """Whether a run should compare by this inventory, in place of a walk."""
    if inventory is None:
        return False
    return now - inventory.taken < _OLDEST and inventory.bytes <= _MOST_BYTES


def shards_of(inventory: Inventory) -> Sequence[str]:
    """What the image ids of each shard begin with: 1, 16 or 256 shards by the inventory's size."""
    digits = 0
    while digits < _MOST_DIGITS and inventory.bytes > _SHARD_BYTES * 16**digits:
        digits += 1
    return [f"{number:0{digits}x}" if digits else "" for number in range(16**digits)]


def started(inventory: Inventory, *, repairs: int, grace: timedelta = GRACE) -> Sequence[Cursor]:
    """Where the shards of a run begin. Together they make at most so many repairs, and judge
    nothing that changed after the grace period before the inventory."""
    shards = shards_of(inventory)
    return [
        Cursor(
            before=inventory.taken - grace,
            repairs=(repairs + number) // len(shards),
            part=SHARD_PARTS[0],
            shard=shard,
            inventory=inventory.key,
        )
        for number, shard in enumerate(shards)
    ]


class Rows:
    """The originals of a shard in the order of their image ids, empty objects left out.

    Each is one text of bytes, which takes a third of the memory that an object would."""

    def __init__(self, listed: Iterable[Listed]) -> None:
        self._rows = [_packed(each) for each in listed if each.bytes]
        self._rows.sort()

    def after(self, image: str) -> Iterator[Listed]:
        """Those whose image ids sort after `image`."""
        first = bisect(self._rows, f"{image}~".encode()) if image else 0
        return (_unpacked(self._rows[each]) for each in range(first, len(self._rows)))


@dataclass(frozen=True)
class Picture:
    """What is known of one picture without its item: the original that the inventory lists, and
    the files that the bucket lists now."""

    image_id: str
    listed: Listed | None
    files: Files


def merged(originals: Iterable[Listed], files: Iterable[Files]) -> Iterator[Picture]:
    """Everything known of each picture. Both are in the order of image ids."""
    entries: Iterator[tuple[str, Listed | Files]] = merge(
        ((image_id(each.key), each) for each in originals),
        ((each.image_id, each) for each in files),
        key=itemgetter(0),
    )
    for image, group in groupby(entries, itemgetter(0)):
        known = [each for _, each in group]
        listed = next((each for each in known if isinstance(each, Listed)), None)
        none = Files(image_id=image, keys={}, written={})
        yield Picture(
            image, listed, next((each for each in known if isinstance(each, Files)), none)
        )


def _packed(listed: Listed) -> bytes:
    # The key comes last: it may contain anything.
    parts = (image_id(listed.key), listed.etag, str(listed.bytes), f"{listed.modified}", listed.key)
    return "\n".join(parts).encode()


def _unpacked(row: bytes) -> Listed:
    _, etag, size, modified, key = row.decode().split("\n", 4)
    return Listed(key, etag, int(size), datetime.fromisoformat(modified))
