"""The catalog: one item per picture, changed only by the rules of `pipeline.lifecycle`."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from pipeline.clock import Clock
from pipeline.item import Item
from pipeline.lifecycle import TOMBSTONE, Update, advance, costs_added, saved_added
from pipeline.spending import Charge, day_of

__all__ = ["Catalog", "ConflictError", "Table"]

_ATTEMPTS = 16
"""More than the functions that can write one item at the same moment."""


class ConflictError(Exception):
    """Another writer changed the item between our read and our write."""


class Table(Protocol):
    """Where items are stored."""

    def get(self, image_id: str) -> Item | None:
        """The item as last written. Raises `MalformedItemError`."""

    def put(self, item: Item, *, replacing: int, charge: Charge | None = None) -> None:
        """Write the item if the stored one's revision is `replacing` (0: there is none), and with
        it, or not at all, add the charge to the sums of its day.

        Raises `ConflictError`, and writes nothing, if it has another revision.
        """


@dataclass(frozen=True)
class Catalog:
    """Applies updates to items."""

    table: Table
    clock: Clock
    remembered: timedelta = TOMBSTONE
    """How long tombstones live."""

    def get(self, image_id: str) -> Item | None:
        """The item as last written."""
        return self.table.get(image_id)

    def advance(self, update: Update, *, known: Item | None = None) -> Item | None:
        """Apply the update to its picture's item, in one conditional write if it changes anything.

        `known`, the item that an earlier `advance` returned, saves a read as long as no other
        writer changed it since. Returns the item as it then stands: None only for an update that
        creates no item, where there is none. Raises `ConflictError` if other writers won every
        attempt.
        """
        for _ in range(_ATTEMPTS):
            item = known or self.table.get(update.original.image_id)
            changed = advance(item, update, self.clock(), remembered=self.remembered)
            if changed is not None and changed is not item:
                written = replace(changed, revision=changed.revision + 1)
                charge = self._charge(item, written)
                try:
                    self.table.put(written, replacing=changed.revision, charge=charge)
                except ConflictError:
                    pass
                else:
                    return written
            elif known is None:
                return item
            known = None
        raise ConflictError(f"item {update.original.image_id} changed {_ATTEMPTS} times meanwhile")

    def _charge(self, before: Item | None, written: Item) -> Charge | None:
        costs = costs_added(before, written)
        if not costs:
            return None
        saved = saved_added(before, written)
        return Charge(day_of(self.clock()), written.image_id, costs, saved)
