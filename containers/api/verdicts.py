"""Verdicts: a reviewer approves or rejects pictures, and may block files."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.audit import Entry, Trail
from pipeline.blocks import Block, Blocks
from pipeline.bus import Bus
from pipeline.catalog import Catalog
from pipeline.clock import Clock, iso
from pipeline.item import Curation, Item, PersonsVerdict
from pipeline.lifecycle import Decided, decisions, is_decidable

__all__ = ["Asked", "Outcome", "Ruled", "Verdicts"]

Outcome: TypeAlias = Literal["done", "not_found", "changed", "undecided"]
"""Done; there is no such picture; it is not the revision any more that the reviewer saw; it is not
analysed, or nothing can be made of it."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a reviewer wants, having seen `revision` of the picture."""

    image_id: str
    revision: int
    decision: Literal["approve", "reject"]
    reason: str = ""
    block: bool = False
    """With a rejection: reject the same bytes wherever they turn up. An approval lifts a block."""


@dataclass(frozen=True)
class Ruled:
    """What became of one verdict, and the picture afterwards, if there is one."""

    outcome: Outcome
    item: Item | None = None


@dataclass(frozen=True)
class Verdicts:
    """Records verdicts, and has the pipeline act on them.

    Every step may be repeated: a client that got no answer sends the verdict again.
    """

    catalog: Catalog
    blocks: Blocks
    bus: Bus
    trail: Trail
    clock: Clock

    def decide(self, asked: Asked, *, by: str) -> Ruled:
        """Record one verdict and publish what follows from it."""
        item = self.catalog.get(asked.image_id)
        if item is None or item.purged:
            return Ruled("not_found")
        if not _is_repeat(item, asked, by):
            if item.revision != asked.revision:
                return Ruled("changed", item)
            if not is_decidable(item):
                return Ruled("undecided", item)
            verdict = PersonsVerdict(
                decision="accept" if asked.decision == "approve" else "reject",
                by=by,
                at=iso(self.clock()),
                reason=asked.reason,
            )
            written = self.catalog.advance(
                Decided(
                    original=item.original,
                    revision=asked.revision,
                    verdict=verdict,
                    blocked=asked.block,
                )
            )
            if written is None or _verdict(written) != verdict:
                return Ruled("changed", written)
            item = written
        if item.curated and item.curated.verdict:
            self._follow(item, item.curated, item.curated.verdict)
        return Ruled("done", item)

    def _follow(self, item: Item, made: Curation, verdict: PersonsVerdict) -> None:
        if made.sha256 and made.blocked:
            self.blocks.block(
                Block(sha256=made.sha256, by=verdict.by, at=verdict.at, reason=verdict.reason)
            )
        elif made.sha256 and verdict.decision == "accept":
            self.blocks.lift(made.sha256)
        self.bus.publish(decisions(item))
        detail = {"decision": verdict.decision, "reason": verdict.reason, "blocked": made.blocked}
        version = {"version_id": item.version_id, "sha256": made.sha256, "key": item.key}
        known = {name: value for name, value in {**detail, **version}.items() if value is not None}
        self.trail.append(
            Entry(at=verdict.at, kind="verdict", by=verdict.by, subject=item.image_id, detail=known)
        )


def _verdict(item: Item) -> PersonsVerdict | None:
    return item.curated.verdict if item.curated else None


def _is_repeat(item: Item, asked: Asked, by: str) -> bool:
    """Whether the same verdict by the same person is in the item already."""
    verdict = _verdict(item)
    if verdict is None or item.curated is None:
        return False
    decision = "accept" if asked.decision == "approve" else "reject"
    return (verdict.decision, verdict.by, verdict.reason, item.curated.blocked) == (
        decision,
        by,
        asked.reason,
        asked.block,
    )
