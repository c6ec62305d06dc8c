"""Listings: the objects of a bucket and the items of the catalog, a page at a time.

S3 itself lists a bucket once a day or week, as an inventory: gzipped CSV files without a header,
and a manifest that names the files and their columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import unquote_plus

from pipeline.item import Item, Malformed

__all__ = [
    "Inventories",
    "Inventory",
    "Items",
    "Listed",
    "Objects",
    "TableBusyError",
    "UnknownInventoryError",
    "inventoried",
]


class TableBusyError(Exception):
    """The table kept leaving keys unread."""


class UnknownInventoryError(Exception):
    """There is no inventory under the key of the manifest: it may have expired."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a bucket's listing shows it; `bytes` is its size."""

    key: str
    etag: str
    bytes: int
    modified: datetime


def inventoried(row: Mapping[str, str]) -> Listed:
    """An object as a row of an inventory shows it, by the columns' names. Keys are encoded there
    as in a URL, and every value is a text."""
    return Listed(
        key=unquote_plus(row["Key"]),
        etag=row["ETag"],
        bytes=int(row["Size"]),
        modified=datetime.fromisoformat(row["LastModifiedDate"]),
    )


@dataclass(frozen=True)
class Inventory:
    """One inventory of a bucket, by the key of its manifest; `taken` is when S3 began to list."""

    key: str
    taken: datetime
    columns: Sequence[str]
    files: Sequence[str]
    """The keys of its data."""
    bytes: int
    """The size of its data, compressed."""


class Inventories(Protocol):
    """The inventories of one bucket."""

    def newest(self) -> Inventory | None:
        """The latest one that is complete, or None if there is none."""

    def get(self, key: str) -> Inventory:
        """The one whose manifest has that key. Raises `UnknownInventoryError`."""

    def objects(self, inventory: Inventory, *, shard: str = "") -> Iterator[Listed]:
        """Every object in it whose image id begins with `shard`, in no order. Memory does not grow
        with it."""


class Objects(Protocol):
    """The objects of a bucket under one prefix."""

    def after(self, key: str) -> Iterator[Listed]:
        """Every object whose key sorts after `key`, in the order of the keys' UTF-8 bytes."""

    def has(self, key: str) -> bool:
        """Whether an object lies under the key."""


class Items(Protocol):
    """The catalog's items, without labels, faces, text and other large attributes."""

    def find(
        self, image_ids: Sequence[str], *, latest: bool = False
    ) -> Mapping[str, Item | Malformed]:
        """Those of at most 100 items that exist: perhaps as they were a second ago, unless
        `latest`, which costs twice as much. May raise `TableBusyError`."""

    def after(
        self, image_id: str, *, part: int = 0, parts: int = 1
    ) -> Iterator[Sequence[Item | Malformed]]:
        """Every item, a page at a time, in the table's own order. Start with an empty string, or
        continue after a page with the image id of its last item.

        A table is read by many at once in `parts` of about the same size, of which `part` counts
        from 0. They follow from the table's hashes, not from the digits of image ids."""
