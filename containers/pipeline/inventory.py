"""Listings: the objects of a bucket and the items of the catalog, a page at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.item import Item, Malformed

__all__ = ["Items", "Listed", "Objects", "TableBusyError"]


class TableBusyError(Exception):
    """The table kept leaving keys unread."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a bucket's listing shows it; `bytes` is its size."""

    key: str
    etag: str
    bytes: int
    modified: datetime


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

    def after(self, image_id: str) -> Iterator[Sequence[Item | Malformed]]:
        """Every item, a page at a time, in the table's own order. Start with an empty string, or
        continue after a page with the image id of its last item."""
