"""Near duplicates among the pictures of one owner."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from api.caller import Caller
from api.errors import ConflictError, InvalidError
from pipeline.catalog import Catalog
from pipeline.inventory import Items
from pipeline.item import NOBODY, Item
from pipeline.lifecycle import Distinguished
from pipeline.likeness import (
    Alike,
    Listed,
    Looks,
    alike,
    are_distinct,
    distance,
    groups,
    look_of,
    owner_of,
    pairs,
)

__all__ = ["Copy", "Duplicates", "Group", "keepable"]

_PRESENT = ("ready", "held", "processing")

_FOUND = 100
"""Items that are found at once."""

_MOST = 100
"""Pictures of a group that are told; the others come once these are dealt with."""

_AS_DETAILED = 0.85
"""The share of the most detail from which a picture has as much: the noise of compression looks
like up to 12 % of detail (docs/decisions/0066-the-best-copy-has-the-most-detail.md)."""


@dataclass(frozen=True)
class Copy:
    """A picture that is like another, and how much."""

    item: Item
    how: Alike


@dataclass(frozen=True)
class Group:
    """Copies of one picture, every two of them the same: a copy between two frames of a burst makes
    none of them go for the other's sake. `best` is the one to keep."""

    best: Item
    items: Sequence[Item]


@dataclass(frozen=True)
class Duplicates:
    """Finds pictures that look the same. Nobody's are compared with another owner's."""

    looks: Looks
    items: Items
    catalog: Catalog

    def of(self, item: Item, most: int) -> list[Copy]:
        """The owner's other pictures that are like this one, the nearest first."""
        look = look_of(item)
        if look is None or item.content is None or item.deleted:
            return []
        near = (
            (distance(look, each.look), each, how)
            for each in self.looks.near(owner_of(item), look)
            if each.image_id != item.image_id and (how := alike(look, each.look))
        )
        nearest = sorted(near, key=lambda each: (each[0], each[1].image_id))
        now = self._now([listed for _, listed, _ in nearest])
        copies = (
            Copy(other, how)
            for _, listed, how in nearest
            if (other := now.get(listed.image_id)) and other.content == listed.content
        )
        return list(islice(copies, most))

    def groups(self, caller: Caller) -> list[Group]:
        """The groups of the same picture among the caller's own, and for reviewers among those that
        nobody owns."""
        owners = (caller.owner_id, *([NOBODY] if caller.is_reviewer else []))
        return [group for owner in owners for group in self._groups(owner)]

    def of_files(self, owner: str, digests: Iterable[str]) -> Mapping[str, Item]:
        """The owner's pictures with these files, the oldest of each, by SHA-256."""
        listed = self.looks.same(owner, sorted(set(digests)))
        found = sorted(self._now(listed).values(), key=_age, reverse=True)
        return {item.sha256: item for item in found if item.sha256}

    def distinguish(self, items: Sequence[Item], *, distinct: bool) -> None:
        """Keep all of these, so that no two of them are proposed again, or change that back. A
        repeat changes nothing."""
        _refuse_strangers(items)
        names = sorted({item.image_id for item in items})
        group = sha256(" ".join(names).encode()).hexdigest()[:16]
        for item in items:
            self.catalog.advance(
                Distinguished(original=item.original, group=group, distinct=distinct)
            )

    def _groups(self, owner: str) -> Iterable[Group]:
        listed = sorted(self.looks.of(owner), key=lambda each: (each.image_id, each.content))
        linked = [(one, other) for one, other, how in pairs(listed) if how == "same"]
        now = self._now([each for pair in linked for each in pair])
        shown = {(item.image_id, item.content) for item in now.values()}
        links = [
            (one.image_id, other.image_id)
            for one, other in linked
            if {(one.image_id, one.content), (other.image_id, other.content)} <= shown
            and not are_distinct(now[one.image_id], now[other.image_id])
        ]
        beside: defaultdict[str, set[str]] = defaultdict(set)
        for one, other in links:
            beside[one].add(other)
            beside[other].add(one)
        looks = {
            each.image_id: each.look
            for pair in linked
            for each in pair
            if (each.image_id, each.content) in shown
        }
        for names in groups(sorted(now), links):
            best, *others = _best_first([now[name] for name in names])
            told = [best]
            # Else those that are kept beside the best would be told again and again.
            others.sort(key=lambda each: each.image_id not in beside[best.image_id])
            for each in others:
                if len(told) < _MOST and all(
                    alike(looks[each.image_id], looks[one.image_id]) == "same" for one in told
                ):
                    told.append(each)
            yield Group(best, [best, *sorted(told[1:], key=_worth, reverse=True)])

    def _now(self, listed: Sequence[Listed]) -> dict[str, Item]:
        """The items of these pictures that their owner may look at. A look is a hint: its picture
        may be deleted, rejected or have other content by now."""
        names = sorted({each.image_id for each in listed})
        found: dict[str, Item] = {}
        for begin in range(0, len(names), _FOUND):
            items = self.items.find(names[begin : begin + _FOUND])
            found |= {
                name: item
                for name, item in items.items()
                if isinstance(item, Item) and item.status in _PRESENT
            }
        return found


def keepable(item: Item, copies: Sequence[Item]) -> None:
    """Raise `ConflictError` or `InvalidError` if the copies may not go for the item's sake: one
    that is gone itself, or somebody else's, keeps nothing."""
    _refuse_strangers([item, *copies])
    if item.status not in ("ready", "held"):
        raise ConflictError("the picture to keep must be ready or held")
    if item.image_id in {each.image_id for each in copies}:
        raise InvalidError("remove must not contain the picture to keep")


def _refuse_strangers(items: Sequence[Item]) -> None:
    if len({owner_of(item) for item in items}) > 1:
        raise InvalidError("ids must be of one owner's pictures")


def _age(item: Item) -> tuple[str, str]:
    return item.created_at, item.image_id


def _best_first(items: Sequence[Item]) -> list[Item]:
    """The one to keep, then the others, the most detailed first: of those with as much detail as
    any, the largest, of those the oldest original."""
    ordered = sorted(items, key=_worth, reverse=True)
    enough = _AS_DETAILED * _detail(ordered[0])
    best = max((each for each in items if _detail(each) >= enough), key=_size)
    return [best, *(each for each in ordered if each is not best)]


def _worth(item: Item) -> tuple[float, int, list[int], str]:
    return _detail(item), *_size(item)


def _detail(item: Item) -> float:
    """Sharpness times pixels. Sharpness alone is measured on at most 512 pixels a side, where a
    smaller copy of a picture always looks sharper."""
    sharpness = float((item.measured or {}).get("sharpness", 0.0))
    return sharpness * _pixels(item)


def _size(item: Item) -> tuple[int, list[int], str]:
    # Later times count less; an image id decides between what is equal in all.
    return _pixels(item), [-ord(letter) for letter in item.created_at], item.image_id


def _pixels(item: Item) -> int:
    return (item.width or 0) * (item.height or 0)
