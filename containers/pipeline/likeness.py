"""Likeness: which pictures of one owner look the same, by two hashes of how they look.

A difference hash and a perceptual hash have 64 bits each. Neither is enough alone: dark, bright and
smooth pictures of different things have difference hashes that differ in 8 bits. The sum of both
distances told all 58,653 pairs of 343 photographs apart on which the limits below were chosen.

Nobody compares a picture with all others. Each hash is cut into five bands. Two pictures within
four bits of each other, in either hash, have a band in common: four bits cannot spoil five bands.
Whoever shares a band is a candidate, and the sum of the distances decides. The SHA-256 of the file
is a band of its own, by which exact duplicates are found, those of flat pictures among them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from pipeline.item import NOBODY, Item

__all__ = [
    "BANDS",
    "ENTRIES",
    "FLATTEST",
    "MOST_ALIKE",
    "SAME",
    "SCENE",
    "Alike",
    "Listed",
    "Look",
    "Looks",
    "Shelved",
    "Shelves",
    "alike",
    "are_distinct",
    "bands",
    "distance",
    "file_band",
    "groups",
    "is_copy",
    "is_same_file",
    "look_of",
    "owner_of",
    "pairs",
]

SAME = 12
"""The largest sum of both distances of two copies of one picture."""

SCENE = 28
"""The largest sum of two pictures of one scene: a tighter crop, a frame, another of a burst. Of
50,721 pairs of photographs that were measured (docs/benchmarks/duplicates.md), one of different
things is as near, of two that are cut out on white."""

FLATTEST = 10.0
"""The least contrast, 0 to 100, of a picture that is compared: bare walls all look alike."""

BANDS = (13, 13, 13, 13, 12)
"""The bits of each band, from the first to the last of a hash."""

MOST_ALIKE = 1000
"""Candidates that are looked at for one band. Measured bands have at most 1.2 % of all pictures."""

ENTRIES = 12
"""What one look is stored as: an entry for each band, one for the file, and one that lists it."""

_BITS = 64

Alike: TypeAlias = Literal["same", "scene"]
"""The same picture, or another one of the same scene."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one picture looks: 64 bits of each hash, and when the camera took it, if it says so.

    A `flat` picture looks like many others, so only the same file is like it.
    """

    dhash: int
    phash: int
    sha256: str | None = None
    """Of the file, in hexadecimal."""
    taken_at: str | None = None
    flat: bool = False


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A picture's look as the store lists it: of which content, of the picture that `image_id`
    names."""

    image_id: str
    content: str
    look: Look


class Looks(Protocol):
    """Where looks are found by their bands, those of each owner apart.

    Each is kept under its picture's content id, so that what an earlier version left neither
    replaces nor removes what a later one wrote. Like a file, a look is added once its content id is
    claimed, and removed before that is let go. An entry is a hint: the item alone says whether its
    picture still has this content.
    """

    def add(self, owner: str, listed: Listed, *, at: datetime) -> None:
        """Add the look; a repeat changes nothing."""

    def remove(self, owner: str, image_id: str, contents: Collection[str] | None = None) -> int:
        """Remove the picture's looks of these contents, or all; returns how many there were."""

    def near(self, owner: str, look: Look) -> Sequence[Listed]:
        """Those of the owner's looks that have a band in common with this one, once each."""

    def same(self, owner: str, digests: Sequence[str]) -> Sequence[Listed]:
        """Those of the owner's looks whose files have one of these SHA-256, once each."""

    def of(self, owner: str) -> Sequence[Listed]:
        """All of the owner's looks."""


@dataclass(frozen=True, kw_only=True)
class Shelved:
    """A look as a walk through all of them meets it; a walk continues after its `place`."""

    place: str
    owner: str
    image_id: str
    content: str
    at: datetime
    """When it was added."""


class Shelves(Looks, Protocol):
    """The looks of everybody, for a comparison with the catalog."""

    def after(self, place: str, *, part: int = 0, parts: int = 1) -> Iterator[Shelved]:
        """Every look, in the store's own order, the contents of a picture next to each other. Start
        with an empty string. Of several `parts`, which have nothing in common, only that one."""

    def known(self, items: Sequence[Item]) -> set[str]:
        """The image ids of those of at most 100 items whose present content has its look."""


def owner_of(item: Item) -> str:
    """Whose pictures the item's is compared with; those that nobody owns are reviewers'."""
    return item.owner_id or NOBODY


def look_of(item: Item) -> Look | None:
    """How the item's picture looks; None of an older item that lacks a hash."""
    hashes = item.hashes or {}
    if "dhash" not in hashes or "phash" not in hashes:
        return None
    flat = (item.measured or {}).get("contrast", 0.0) < FLATTEST
    if flat and not item.sha256:
        return None
    return Look(
        dhash=int(hashes["dhash"], 16),
        phash=int(hashes["phash"], 16),
        sha256=item.sha256,
        taken_at=item.taken_at,
        flat=flat,
    )


def is_same_file(one: Look, other: Look) -> bool:
    """Whether the files are the same to the byte."""
    return one.sha256 is not None and one.sha256 == other.sha256


def distance(one: Look, other: Look) -> int:
    """The bits that differ in both hashes together, 0 to 128."""
    return (one.dhash ^ other.dhash).bit_count() + (one.phash ^ other.phash).bit_count()


def alike(one: Look, other: Look) -> Alike | None:
    """Whether the pictures are the same, or of one scene; None if neither.

    Two that the camera took at different times are different pictures, however alike they look:
    frames of a burst.
    """
    if is_same_file(one, other):
        return "same"
    apart = distance(one, other)
    if apart > SCENE or one.flat or other.flat:
        return None
    burst = bool(one.taken_at and other.taken_at and one.taken_at != other.taken_at)
    return "same" if apart <= SAME and not burst else "scene"


def is_copy(item: Item, *, of: Item, file: str) -> bool:
    """Whether the item's picture is a later copy of the other's, which is shown or may be: both
    have this file, by its SHA-256, and nobody keeps both. Of two copies one is never the later, so
    not both can be rejected for the other's sake."""
    earlier = (of.created_at, of.image_id) < (item.created_at, item.image_id)
    stays = of.status in ("ready", "held") and of.sha256 == file
    return earlier and stays and not are_distinct(item, of)


def are_distinct(one: Item, other: Item) -> bool:
    """Whether their owner keeps both on purpose."""
    return bool(_distinct(one) & _distinct(other))


def _distinct(item: Item) -> set[str]:
    return set(item.curated.distinct) if item.curated else set()


def bands(look: Look) -> tuple[str, ...]:
    """The ten bands of a look, each as `<hash><position>-<value>`, and that of its file; a flat
    picture has this one alone."""
    hashes = () if look.flat else (("d", look.dhash), ("p", look.phash))
    return (
        *((file_band(look.sha256),) if look.sha256 else ()),
        *(
            f"{name}{position}-{value:04x}"
            for name, bits in hashes
            for position, value in enumerate(_cut(bits))
        ),
    )


def file_band(sha256: str) -> str:
    """The band of all copies of a file."""
    return f"s-{sha256}"


def pairs(listed: Sequence[Listed]) -> Iterator[tuple[Listed, Listed, Alike]]:
    """Every two pictures that are alike and have a band in common, each pair once."""
    shelves: dict[str, list[int]] = {}
    for position, each in enumerate(listed):
        seen: set[int] = set()
        for band in bands(each.look):
            shelf = shelves.setdefault(band, [])
            seen.update(shelf[-MOST_ALIKE:])
            shelf.append(position)
        for before in sorted(seen):
            other = listed[before]
            if other.image_id != each.image_id and (how := alike(other.look, each.look)):
                yield other, each, how


def groups(ids: Iterable[str], linked: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The ids in groups of at least two that the links connect, each in the order of `ids`."""
    parents: dict[str, str] = {each: each for each in ids}

    def root(name: str) -> str:
        while parents[name] != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

    for one, other in linked:
        parents[root(other)] = root(one)
    found: dict[str, list[str]] = {}
    for name in parents:
        found.setdefault(root(name), []).append(name)
    return [group for group in found.values() if len(group) > 1]


def _cut(bits: int) -> Iterator[int]:
    left = _BITS
    for width in BANDS:
        left -= width
        yield bits >> left & ((1 << width) - 1)
