"""In-memory inventories: over plain sequences, or over the buckets and table of `proofs.memory`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline.inventory import Inventory, Listed, UnknownInventoryError
from pipeline.item import Item, Malformed
from pipeline.original import image_id
from proofs.memory import MemoryOriginals, MemoryPreviews, MemoryRenditions, MemoryTable

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class MemoryObjects:
    """A listing made anew at each call; `key` order is that of the keys' UTF-8 bytes."""

    list_all: Callable[[], Iterable[Listed]]

    def after(self, key: str) -> Iterator[Listed]:
        return (listed for listed in self.list_all() if listed.key.encode() > key.encode())

    def has(self, key: str) -> bool:
        return any(listed.key == key for listed in self.list_all())


def uploads(originals: MemoryOriginals) -> MemoryObjects:
    """What an originals' bucket lists."""

    def list_all() -> Iterator[Listed]:
        for key in sorted(originals.versions, key=str.encode):
            if stored := originals.newest(key):
                yield Listed(key, stored.original.etag, stored.original.bytes, stored.modified)

    return MemoryObjects(list_all)


def files(renditions: MemoryRenditions, written: datetime = LONG_AGO) -> MemoryObjects:
    """What a renditions' bucket lists."""

    def list_all() -> Iterator[Listed]:
        for key in sorted(renditions.files):
            yield Listed(key, "", len(renditions.files[key]), written)

    return MemoryObjects(list_all)


def preview_files(previews: MemoryPreviews, written: datetime = LONG_AGO) -> MemoryObjects:
    """What a bucket of previews lists."""

    def list_all() -> Iterator[Listed]:
        for key in sorted(previews.files):
            yield Listed(key, "", len(previews.files[key]), written)

    return MemoryObjects(list_all)


@dataclass
class MemoryItems:
    """The items of a table, two a page, of which those in `malformed` cannot be read."""

    table: MemoryTable
    page: int = 2
    malformed: Mapping[str, Malformed] = field(default_factory=dict)
    behind: bool = False
    """Whether reads that may be old show no item yet."""

    def find(
        self, image_ids: Sequence[str], *, latest: bool = False
    ) -> dict[str, Item | Malformed]:
        assert len(image_ids) <= 100
        if not latest and self.behind:
            return {}
        items = ((each, self.malformed.get(each) or self.table.get(each)) for each in image_ids)
        return {image_id: item for image_id, item in items if item}

    def after(
        self, image_id: str, *, part: int = 0, parts: int = 1
    ) -> Iterator[Sequence[Item | Malformed]]:
        ids = [each for each in self.table.items if int(each, 16) % parts == part]
        items = [self.malformed.get(each) or self.table.items[each] for each in ids]
        start = ids.index(image_id) + 1 if image_id else 0
        for begin in range(start, len(items), self.page):
            yield items[begin : begin + self.page]


SIXTEEN_SHARDS_BYTES = 100_000_000
"""The size of an inventory that is divided by the first digit of the image ids."""


@dataclass
class MemoryInventories:
    """Snapshots of a bucket of originals."""

    taken: dict[str, tuple[Inventory, Sequence[Listed]]] = field(default_factory=dict)
    read: int = 0
    """How often one was read."""

    def take(
        self, objects: MemoryObjects, now: datetime, size: int = SIXTEEN_SHARDS_BYTES
    ) -> Inventory:
        """List the bucket as it is now."""
        key = f"inventory/{len(self.taken):09}/manifest.json"
        inventory = Inventory(key=key, taken=now, columns=(), files=(), bytes=size)
        self.taken[key] = inventory, list(objects.list_all())
        return inventory

    def newest(self) -> Inventory | None:
        return self.taken[max(self.taken)][0] if self.taken else None

    def get(self, key: str) -> Inventory:
        if key not in self.taken:
            raise UnknownInventoryError(key)
        return self.taken[key][0]

    def objects(self, inventory: Inventory, *, shard: str = "") -> Iterator[Listed]:
        self.read += 1
        rows = self.taken[inventory.key][1]
        return (each for each in rows if image_id(each.key).startswith(shard))
