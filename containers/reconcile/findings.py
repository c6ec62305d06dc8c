"""The inconsistencies between bucket, catalog and renditions, one picture at a time.

Nothing that changed within the grace period is judged: it may still be in the queues.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.inventory import Listed
from pipeline.item import Item
from pipeline.likeness import look_of
from pipeline.original import image_id
from pipeline.policy import Gate
from pipeline.prices import analyses_usd, embeddings_usd, invalidations_usd

__all__ = [
    "MEANINGS",
    "Files",
    "Finding",
    "Kind",
    "expected_files",
    "is_settled",
    "judge",
    "needs_look",
    "needs_vector",
    "orphans",
    "repair_usd",
]

Kind = Literal[
    "uncatalogued",
    "hidden",
    "outdated",
    "stuck",
    "incomplete",
    "untold",
    "leftover",
    "gone",
    "orphaned",
    "stray",
    "unclaimed",
    "adrift",
    "unlisted",
    "unplaced",
    "unreadable",
    "malformed",
]

MEANINGS: dict[Kind, str] = {
    "uncatalogued": "the original exists, but the catalog has no item for it",
    "hidden": "the original exists, but the catalog says it was deleted",
    "outdated": "the catalog describes another version than the bucket shows",
    "stuck": "the picture reached no end state",
    "incomplete": "the catalog lists renditions that do not exist",
    "untold": "the picture reached an end state, but its notice was not sent",
    "leftover": "files that should have been removed are still claimed",
    "gone": "the catalog shows a picture whose original no longer exists",
    "orphaned": "files exist that no item of the catalog claims",
    "stray": "private previews exist that no item of the catalog claims",
    "unclaimed": "looks are listed that no item of the catalog claims",
    "adrift": "vectors are kept that no item of the catalog claims",
    "unlisted": "the picture's look is not listed, so that nothing finds it alike",
    "unplaced": "the picture's vector is missing, so that no search finds it by what it is about",
    "unreadable": "S3 denies access to the original, so nothing else is known about it",
    "malformed": "the catalog's item cannot be read, as if edited by hand",
}
"""Every kind of finding, and what it means."""

_PROCESSED: frozenset[Kind] = frozenset(
    ("uncatalogued", "hidden", "outdated", "stuck", "incomplete")
)
"""The kinds whose repair processes the picture again, Rekognition's analyses included."""

_INVALIDATED: frozenset[Kind] = frozenset(
    ("outdated", "incomplete", "leftover", "gone", "orphaned")
)
"""The kinds whose repair removes files, which the caches then have to drop."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong with one picture; `key` is None if nothing records it any more."""

    kind: Kind
    image_id: str
    key: str | None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Files:
    """The rendition files of one picture: keys by content id, and when the newest was written."""

    image_id: str
    keys: dict[str, set[str]]
    written: dict[str, datetime]

    @property
    def all_keys(self) -> set[str]:
        """The keys of every content."""
        return set().union(*self.keys.values())


def judge(
    item: Item | None, listed: Listed | None, *, gate: Gate, before: datetime
) -> Finding | None:
    """The worst inconsistency between an item and the object under its key, or None.

    Neither is judged if it changed after `before`. Where both are given, they are of one key.
    """
    if listed is not None and listed.modified >= before:
        return None
    if item is None:
        return _uncatalogued(listed) if listed is not None else None
    if _changed(item) >= before:
        return None
    kind, detail = _worst(item, listed, gate)
    if kind is None:
        return None
    return Finding(kind=kind, image_id=item.image_id, key=item.key, detail=detail)


def expected_files(item: Item) -> list[str]:
    """The keys of the files that the item lists, sorted; none unless it is ready."""
    if item.status != "ready":
        return []
    formats = (item.renditions or {}).values()
    return sorted(file["key"] for each in formats for file in each.values())


def needs_look(item: Item, before: datetime) -> bool:
    """Whether the item, unchanged since `before`, is one that likeness should find by its look."""
    found = item.status in ("ready", "held") and item.content is not None
    return found and look_of(item) is not None and _changed(item) < before


def needs_vector(item: Item, model: str) -> bool:
    """Whether searches by this model should find the item: one that may be shown, unless the model
    never takes it."""
    found = item.status in ("ready", "held") and item.content is not None
    return found and (item.placed or {}).get(model, True)


def is_settled(item: Item, before: datetime) -> bool:
    """Whether the item has not changed since `before`."""
    return _changed(item) < before


def orphans(item: Item | None, files: Files, before: datetime) -> tuple[str, ...]:
    """The content ids with files that the item, read after the listing, does not claim.

    A content id is claimed before its first file is written, so such files cannot belong to
    anything that is still being made.
    """
    claimed = {*item.claimed, *item.former} if item else set()
    return tuple(
        content
        for content in sorted(files.keys)
        if content not in claimed and files.written[content] < before
    )


def repair_usd(
    counts: Mapping[str, int], analyses: Collection[str], embeddings: Collection[str] = ()
) -> float:
    """About what it costs, at list prices, to repair so many findings of each kind: Rekognition's
    analyses, what the models charge that place pictures, and one path for CloudFront to invalidate
    where files go. `retire` needs fewer paths where many pictures come together."""
    processed = sum(counts.get(kind, 0) for kind in _PROCESSED)
    invalidated = sum(counts.get(kind, 0) for kind in _INVALIDATED)
    placed = processed + counts.get("unplaced", 0)
    return (
        processed * analyses_usd(analyses)
        + placed * embeddings_usd(embeddings)
        + invalidations_usd(invalidated)
    )


def _worst(item: Item, listed: Listed | None, gate: Gate) -> tuple[Kind | None, str]:
    if listed is None and not item.deleted:
        return "gone", f"the catalog says {item.status}"
    if listed is not None and item.deleted:
        return "hidden", f"deleted at {item.updated_at}"
    if listed is not None and listed.etag != item.etag:
        return "outdated", f"catalog {item.etag or 'none'}, bucket {listed.etag}"
    if _is_unfinished(item, gate):
        return "stuck", f"{item.status} since {item.updated_at}"
    if item.status != "deleted" and not item.noticed:
        return "untold", f"{item.status} since {item.updated_at}"
    if obsolete := (*item.obsolete, *item.obsolete_previews):
        return "leftover", f"{item.status}: {', '.join(obsolete)}"
    return None, ""


def _uncatalogued(listed: Listed) -> Finding:
    detail = f"{listed.bytes} bytes since {listed.modified.isoformat(timespec='seconds')}"
    return Finding(
        kind="uncatalogued", image_id=image_id(listed.key), key=listed.key, detail=detail
    )


def _is_unfinished(item: Item, gate: Gate) -> bool:
    if item.status == "held":
        return gate == "open" and item.renditions is None
    return item.status in ("received", "processing")


def _changed(item: Item) -> datetime:
    return datetime.fromisoformat(item.updated_at)
