"""A stack in memory, with the services of the API over it."""

from itertools import count
from typing import cast

from api.duplicates import Duplicates
from api.pictures import Pictures
from api.presence import Presence
from api.search import Search
from api.services import Services
from api.settings import Settings
from api.trash import Trash
from api.uploads import Uploads
from api.verdicts import Verdicts
from pipeline.catalog import Catalog
from pipeline.embedding import Placing, Searchable
from pipeline.policy import Gate
from pipeline.quota import Limits
from proofs.memory import (
    MemoryBlocks,
    MemoryBus,
    MemoryClock,
    MemoryEmbedder,
    MemoryItems,
    MemoryLedger,
    MemoryListing,
    MemoryLooks,
    MemoryOriginals,
    MemoryPreviews,
    MemoryRecords,
    MemorySigner,
    MemoryStatuses,
    MemoryTable,
    MemoryTrail,
    MemoryVectors,
    MemoryVersions,
    Pause,
    no_pause,
)

__all__ = ["MemoryStack"]


class MemoryStack:
    """What the function `api` works with. `pause` is called with each call of AWS that it makes."""

    def __init__(self, settings: Settings, pause: Pause = no_pause) -> None:
        self.settings = settings
        self.clock = MemoryClock()
        self.table = MemoryTable(pause)
        self.catalog = Catalog(self.table, self.clock)
        self.originals = MemoryOriginals(self.clock, pause=pause)
        self.previews = MemoryPreviews(pause)
        self.looks = MemoryLooks(pause)
        self.vectors = MemoryVectors(pause)
        self.blocks = MemoryBlocks(pause)
        self.bus = MemoryBus(pause)
        self.trail = MemoryTrail()
        self.ledger = MemoryLedger(self.table, pause)
        self.listing = MemoryListing(self.table)
        self.records = MemoryRecords(pause)
        self.signer = MemorySigner()
        self.versions = MemoryVersions(self.originals)
        self.services = self._services()

    def _services(self) -> Services:
        items = MemoryItems(self.table)
        limits = Limits(bytes=self.settings.quota_bytes, pictures=self.settings.quota_pictures)
        uuids = (f"{number:08x}-0000-4000-8000-000000000000" for number in count(1))
        pictures = Pictures(
            self.catalog,
            items,
            self.listing,
            MemoryStatuses(self.table),
            self.bus,
            cast(Gate, self.settings.gate),
            self.settings.shared,
        )
        placing = Placing(MemoryEmbedder(), self.vectors)
        searchable = Searchable(placing) if self.settings.vectors_table else None
        return Services(
            settings=self.settings,
            clock=self.clock,
            pictures=pictures,
            duplicates=Duplicates(self.looks, items, self.catalog),
            search=Search(searchable, items, pictures),
            uploads=Uploads(
                self.records, items, self.signer, self.clock, limits, lambda: next(uuids)
            ),
            trash=Trash(
                self.catalog,
                self.versions,
                self.previews,
                self.looks,
                self.trail,
                self.clock,
                self.settings.retention_days,
                self.vectors,
            ),
            verdicts=Verdicts(self.catalog, self.blocks, self.bus, self.trail, self.clock),
            presence=Presence(self.records, self.clock),
            signer=self.signer,
            trail=self.trail,
            ledger=self.ledger,
            passes=None,
        )
