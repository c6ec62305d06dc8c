"""Compares bucket, catalog, renditions and looks in constant memory, and repairs what is wrong.

A walk has six parts, each a listing in its own order, compared with the others a hundred entries
at a time:

1. `renditions`: S3 lists a picture's files next to each other. Files that no item claims are
   orphaned; a ready item that claims files that do not exist is incomplete.
2. `previews`: private previews that no item claims are strays.
3. `likeness`: looks of content ids that no item claims are unclaimed.
4. `vectors`: vectors of content ids that no item claims are adrift, where the stage has any.
5. `originals`: each object is compared with its item. One file of each ready item is looked up too,
   so that an item is found even if all its files are gone.
6. `catalog`: each item whose original does not exist, which no bucket listing shows, whose look is
   not listed, or which an embedding model has not placed.

With an inventory of the originals the comparison is divided into shards by image id. A shard has
five parts:

1. `pictures`: the originals that the inventory lists and the files that S3 lists now, picture by
   picture. An inventory is old, so what it makes suspicious is judged again by what S3 shows now.
2. `previews`: as in a walk, those of the shard.
3. `likeness`: as in a walk, a part of the table as large as a shard.
4. `vectors`: likewise.
5. `catalog`: a part of the table as large as a shard. Only items that list no files are looked up,
   as the files of the others are among the pictures, and of those one in sixteen: another sixteenth
   each time. It finds the ready pictures whose original and files are all gone, and the originals
   that S3 denies access to while their pictures are in order. Looks and vectors are compared as in
   a walk.

Orphaned files go first, so that nothing restored later in the same run is taken for one.

Objects are strangers' data: one that S3 denies access to is a finding of its own, and ends nothing.
Nor does an item that cannot be read: the walk through the catalog reports it, and no part judges or
removes anything of its picture.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, islice, takewhile
from typing import TypeAlias, TypeVar

from pipeline.address import PREVIEWS, RENDITIONS, previewed
from pipeline.bus import Bus
from pipeline.clock import Clock, utc
from pipeline.edge import Edge
from pipeline.embedding import Takeover
from pipeline.inventory import Inventories, Items, Listed, Objects
from pipeline.item import Item, Malformed
from pipeline.likeness import Shelved, Shelves
from pipeline.original import BEFORE_ALL, Original, image_id
from pipeline.policy import Gate
from pipeline.storage import OriginalForbiddenError, Originals, Previews, Renditions
from pipeline.vectors import AllVectors
from reconcile.cursor import Cursor, Part
from reconcile.findings import (
    Finding,
    Kind,
    expected_files,
    is_settled,
    judge,
    needs_look,
    needs_vector,
)
from reconcile.repairs import Repairs
from reconcile.shards import Picture, Rows, merged
from reconcile.suspects import (
    Suspect,
    count_files,
    first_file,
    incomplete,
    malformed,
    of_files,
    pictures,
    unlisted,
    unplaced,
    unreadable,
)

__all__ = ["Reconciliation", "Step"]

_BATCH = 100
"""DynamoDB's BatchGetItem takes no more."""

_AT_ONCE = 10
"""As many connections as an AWS client pools."""

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """One batch: how far the run is now, the findings, and whether each was repaired."""

    cursor: Cursor
    findings: tuple[tuple[Finding, bool], ...]


@dataclass(frozen=True)
class _Batch:
    after: str
    seen: int
    suspects: list[Suspect]
    unplaced: int = 0
    """Those of them that the next embedding model has not placed."""


_Walk: TypeAlias = Callable[[Cursor, Executor], Iterator[_Batch]]


@dataclass(frozen=True)
class Reconciliation:
    """Compares the originals, the catalog, the renditions, the previews and the looks."""

    bucket: str
    gate: Gate
    uploads: Objects
    files: Objects
    preview_files: Objects
    """The private previews."""
    items: Items
    originals: Originals
    renditions: Renditions
    previews: Previews
    looks: Shelves
    edge: Edge
    bus: Bus
    inventories: Inventories | None = None
    """Those of the originals; None if no cursor names one."""
    vectors: tuple[AllVectors, ...] = ()
    """Those of each model of the stage, all in one table."""
    takeover: Takeover | None = None
    """What is known about the next model, in a stage whose pictures have vectors."""
    noting: bool = True
    """Whether to note what is found about it."""
    clock: Clock = utc

    def steps(self, cursor: Cursor) -> Iterator[Step]:
        """Continue from the cursor, one batch per step; the last step's cursor is at `end`.

        Stopping between two steps loses nothing: a run that continues from the last cursor sees
        every object and item that existed throughout at least once.
        """
        walks: dict[Part, _Walk] = {
            "renditions": self._walk_renditions,
            "previews": self._walk_previews,
            "likeness": self._walk_looks,
            "vectors": self._walk_vectors,
            "originals": self._walk_originals,
            "catalog": self._walk_catalog,
            "pictures": self._walk_pictures,
        }
        parts = cursor.parts
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for part in parts[parts.index(cursor.part) : -1]:
                after = cursor.after if part == cursor.part else ""
                cursor = replace(cursor, part=part, after=after)
                if part == "catalog" and not after:
                    names = self.takeover.names if self.takeover else ""
                    cursor = replace(cursor, takeover=names, unplaced=0)
                for batch in walks[part](cursor, pool):
                    cursor, done = self._book(batch, cursor)
                    yield Step(cursor, done)
        self._note_takeover(cursor)
        yield Step(replace(cursor, part="end", after=""), ())

    def _note_takeover(self, cursor: Cursor) -> None:
        """Have searches go by the next model, if this was the last that the run had to see."""
        if self.takeover is None or not self.noting:
            return
        self.takeover.forget_others()
        same = cursor.takeover == self.takeover.names
        if self.takeover.next and same and not cursor.unplaced:
            run = cursor.before.isoformat()
            self.takeover.report(run, cursor.shard, cursor.shards, at=self.clock())

    def _book(
        self, batch: _Batch, cursor: Cursor
    ) -> tuple[Cursor, tuple[tuple[Finding, bool], ...]]:
        """Repair a batch's findings within the budget, and count them."""
        done = tuple(self._repairs.make(batch.suspects, cursor))
        repaired = [finding.kind for finding, repaired in done if repaired]
        cursor = replace(
            cursor,
            after=batch.after,
            repairs=cursor.repairs - len(repaired),
            seen={**cursor.seen, cursor.part: cursor.seen.get(cursor.part, 0) + batch.seen},
            found=_count_up(cursor.found, (finding.kind for finding, _ in done)),
            repaired=_count_up(cursor.repaired, repaired),
            unplaced=cursor.unplaced + batch.unplaced,
        )
        return cursor, done

    @property
    def _repairs(self) -> Repairs:
        return Repairs(
            self.bucket,
            self.items,
            self.originals,
            self.renditions,
            self.previews,
            self.looks,
            self.edge,
            self.bus,
            self.vectors[0] if self.vectors else None,
        )

    def _walk_renditions(self, cursor: Cursor, _pool: Executor) -> Iterator[_Batch]:
        for batch in _batches(pictures(self.files.after(cursor.after))):
            items = self.items.find([files.image_id for files, _ in batch])
            suspects: list[Suspect] = []
            for files, _ in batch:
                item = items.get(files.image_id)
                if not isinstance(item, Malformed):
                    suspects += of_files(item, files, cursor.before)
            yield _Batch(batch[-1][1], sum(count_files(files) for files, _ in batch), suspects)

    def _walk_previews(self, cursor: Cursor, _pool: Executor) -> Iterator[_Batch]:
        for batch in _batches(
            _under(f"{PREVIEWS}{cursor.shard}", self.preview_files, cursor.after)
        ):
            # A preview is claimed before it is written, so an item that is read after the listing
            # claims every one that is still needed.
            listed = [(image, each) for each in batch if (image := previewed(each.key))]
            items = self.items.find(sorted({image for image, _ in listed}))
            suspects: list[Suspect] = []
            for image, entries in groupby(listed, lambda entry: entry[0]):
                item = items.get(image)
                if isinstance(item, Malformed):
                    continue
                claimed = item.previews if item else ()
                keys = tuple(
                    each.key
                    for _, each in entries
                    if each.key not in claimed and each.modified < cursor.before
                )
                if keys:
                    key = item.key if item else None
                    finding = Finding(kind="stray", image_id=image, key=key, detail=", ".join(keys))
                    suspects.append(Suspect(finding, item, files=keys))
            yield _Batch(batch[-1].key, len(batch), suspects)

    def _walk_looks(self, cursor: Cursor, _pool: Executor) -> Iterator[_Batch]:
        part = int(cursor.shard or "0", 16)
        listed = self.looks.after(cursor.after, part=part, parts=cursor.shards)
        return self._walk_claims("unclaimed", listed, cursor)

    def _walk_vectors(self, cursor: Cursor, _pool: Executor) -> Iterator[_Batch]:
        part = int(cursor.shard or "0", 16)
        # What every model made is in the table, and is listed whichever it is asked for.
        listed = (
            each
            for vectors in self.vectors[:1]
            for each in vectors.after(cursor.after, part=part, parts=cursor.shards)
        )
        return self._walk_claims("adrift", listed, cursor)

    def _walk_claims(
        self, kind: Kind, listed: Iterable[Shelved], cursor: Cursor
    ) -> Iterator[_Batch]:
        for batch in _batches(listed):
            # As with a preview: whatever is still needed was claimed before it was listed.
            items = self.items.find(sorted({each.image_id for each in batch}))
            suspects: list[Suspect] = []
            for (owner, image), entries in groupby(batch, lambda each: (each.owner, each.image_id)):
                item = items.get(image)
                if isinstance(item, Malformed):
                    continue
                claimed = {*item.claimed, *item.former} if item else set()
                # Two models place a content under one name.
                contents = tuple(
                    dict.fromkeys(
                        each.content
                        for each in entries
                        if each.content not in claimed and each.at < cursor.before
                    )
                )
                if contents:
                    finding = Finding(
                        kind=kind,
                        image_id=image,
                        key=item.key if item else None,
                        detail=", ".join(contents),
                    )
                    suspects.append(Suspect(finding, item, contents=contents, owner=owner))
            yield _Batch(batch[-1].place, len(batch), suspects)

    def _walk_originals(self, cursor: Cursor, pool: Executor) -> Iterator[_Batch]:
        for batch in _batches(self.uploads.after(cursor.after)):
            there = [listed for listed in batch if listed.bytes]
            items = self.items.find([image_id(listed.key) for listed in there])
            suspects: list[Suspect] = []
            shown: list[tuple[Item, str]] = []
            for listed in there:
                item = items.get(image_id(listed.key))
                if isinstance(item, Malformed):
                    continue
                if finding := judge(item, listed, gate=self.gate, before=cursor.before):
                    suspects.append(Suspect(finding, item))
                elif item and (first := first_file(item, cursor.before)):
                    shown.append((item, first))
            found = pool.map(self.files.has, [first for _, first in shown])
            suspects += [
                Suspect(incomplete(item, [first]), item)
                for (item, first), exists in zip(shown, found, strict=True)
                if not exists
            ]
            yield _Batch(batch[-1].key, len(batch), suspects)

    def _walk_pictures(self, cursor: Cursor, pool: Executor) -> Iterator[_Batch]:
        originals = self._rows(cursor).after(cursor.after)
        # Keys continue with a slash, which sorts before the zero.
        after = f"{RENDITIONS}{cursor.after}0" if cursor.after else ""
        listed = _under(f"{RENDITIONS}{cursor.shard}", self.files, after)
        for batch in _batches(merged(originals, (files for files, _ in pictures(listed)))):
            items = self.items.find([picture.image_id for picture in batch])
            suspects: list[Suspect] = []
            doubtful: list[tuple[Picture, Item | None]] = []
            for picture in batch:
                item = items.get(picture.image_id)
                if isinstance(item, Malformed):
                    continue
                suspects += of_files(item, picture.files, cursor.before)
                if self._by_inventory(picture, item, picture.listed, cursor.before):
                    doubtful.append((picture, item))
            for (picture, item), (listed_now, exists) in zip(
                doubtful, pool.map(self._shown, doubtful), strict=True
            ):
                shown = picture.listed if exists is None else listed_now
                finding = self._by_inventory(picture, item, shown, cursor.before)
                if finding:
                    finding = unreadable(finding) if exists is None else finding
                    suspects.append(Suspect(finding, item))
            yield _Batch(batch[-1].image_id, len(batch), suspects)

    def _rows(self, cursor: Cursor) -> Rows:
        if self.inventories is None:
            raise ValueError(f"a run by the inventory {cursor.inventory} must have inventories")
        inventory = self.inventories.get(cursor.inventory)
        return Rows(self.inventories.objects(inventory, shard=cursor.shard))

    def _by_inventory(
        self, picture: Picture, item: Item | None, listed: Listed | None, before: datetime
    ) -> Finding | None:
        """What is wrong with a picture if `listed` is its original. An item without an original and
        without files is left to the walk through the catalog."""
        if listed is None and not (item and expected_files(item)):
            return None
        if finding := judge(item, listed, gate=self.gate, before=before):
            return finding
        first = first_file(item, before)
        if item and listed and first and first not in picture.files.all_keys:
            return incomplete(item, [first])
        return None

    def _shown(self, suspected: tuple[Picture, Item | None]) -> tuple[Listed | None, bool | None]:
        """The original that the bucket shows now, and whether it exists; None if S3 does not
        tell."""
        picture, item = suspected
        if item:
            original = item.original
        else:
            assert picture.listed  # noqa: S101 - without an item only an original is suspicious
            original = Original(bucket=self.bucket, key=picture.listed.key, sequencer=BEFORE_ALL)
        try:
            current = self.originals.current(original)
        except OriginalForbiddenError:
            return None, None
        if current is None:
            return None, False
        now = current.original
        return Listed(now.key, now.etag, now.bytes, current.modified), True

    def _walk_catalog(self, cursor: Cursor, pool: Executor) -> Iterator[_Batch]:
        part = int(cursor.shard or "0", 16)
        for page in self.items.after(cursor.after, part=part, parts=cursor.shards):
            readable = [item for item in page if isinstance(item, Item)]
            asked = [item for item in readable if _is_looked_up(item, cursor)]
            suspects = [
                Suspect(malformed(item), None) for item in page if isinstance(item, Malformed)
            ]
            suspects += [
                Suspect(finding, item)
                for item, exists in zip(asked, pool.map(self._exists, asked), strict=True)
                if (finding := self._missing(item, exists, cursor.before))
                and not (exists is False and self._is_among_pictures(item, cursor))
            ]
            wrong = {each.finding.image_id for each in suspects}
            suspects += [
                Suspect(unlisted(item), item)
                for some in _batches(each for each in readable if needs_look(each, cursor.before))
                for item in self._unlisted(some)
                if item.image_id not in wrong
            ]
            missing = self._unplaced(readable)
            suspects += [
                Suspect(unplaced(item, models), item)
                for item, models in missing
                if item.image_id not in wrong and is_settled(item, cursor.before)
            ]
            following = self.takeover.next if self.takeover else ""
            count = sum(following in models for _, models in missing)
            yield _Batch(page[-1].image_id, len(page), suspects, count)

    def _unplaced(self, items: Sequence[Item]) -> list[tuple[Item, list[str]]]:
        """Those of the items that models have not placed, with the names of these."""
        missing: defaultdict[str, list[str]] = defaultdict(list)
        for vectors in self.vectors:
            for some in _batches(each for each in items if needs_vector(each, vectors.model)):
                known = vectors.known(some)
                for item in some:
                    if item.image_id not in known:
                        missing[item.image_id].append(vectors.model)
        return [(item, missing[item.image_id]) for item in items if item.image_id in missing]

    def _unlisted(self, items: Sequence[Item]) -> list[Item]:
        known = self.looks.known(items)
        return [item for item in items if item.image_id not in known]

    def _exists(self, item: Item) -> bool | None:
        """Whether the item's original exists; None if S3 does not tell."""
        try:
            return self.originals.current(item.original) is not None
        except OriginalForbiddenError:
            return None

    def _is_among_pictures(self, item: Item, cursor: Cursor) -> bool:
        """Whether the item is judged by the files that are listed for it."""
        if not cursor.inventory or not expected_files(item):
            return False
        return any(_under(f"{RENDITIONS}{item.image_id}/", self.files, ""))

    def _missing(self, item: Item, exists: bool | None, before: datetime) -> Finding | None:
        if exists:
            return None
        finding = judge(item, None, gate=self.gate, before=before)
        return finding if finding is None or exists is False else unreadable(finding)


def _is_looked_up(item: Item, cursor: Cursor) -> bool:
    if item.deleted and not item.obsolete:
        return False
    if cursor.inventory and expected_files(item):
        return item.image_id.endswith(cursor.sixteenth)
    return True


def _under(prefix: str, objects: Objects, after: str) -> Iterator[Listed]:
    """The objects whose keys begin with the prefix, which is no key itself."""
    return takewhile(
        lambda listed: listed.key.startswith(prefix), objects.after(max(prefix, after))
    )


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(things)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _count_up(counts: Mapping[str, int], more: Iterable[str]) -> dict[str, int]:
    return dict(Counter(counts) + Counter(more))
