"""Walks through bucket, catalog and renditions in constant memory, and repairs what is wrong.

Five parts, each a listing in its own order, compared with the others a hundred entries at a time:

1. `renditions`: S3 lists a picture's files next to each other. Files that no item claims are
   orphaned; a ready item that claims files that do not exist is incomplete.
2. `previews`: private previews that no item claims are strays.
3. `likeness`: looks of content ids that no item claims are unclaimed.
4. `originals`: each object is compared with its item. One file of each ready item is looked up too,
   so that an item is found even if all its files are gone.
5. `catalog`: each item whose original does not exist, which no bucket listing shows, or whose look
   is not listed.

Orphaned files go first, so that nothing restored later in the same run is taken for one.

Repairs are events, and the functions that consume them look again: a finding that is out of date
changes nothing. Only files and looks without an item are removed here, as there is no item whose
rules could decide and no key to name in an event.

Objects are strangers' data: one that S3 denies access to is a finding of its own, and ends nothing.
Nor does an item that cannot be read: the walk through the catalog reports it, and no part judges or
removes anything of its picture.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from pipeline.address import content_prefix, image_of, parse_rendition, previewed
from pipeline.bus import Bus
from pipeline.edge import Edge
from pipeline.events import Event, ImageRestored, Lane, OriginalMissing, RenditionsObsolete
from pipeline.inventory import Items, Listed, Objects
from pipeline.item import Item, Malformed
from pipeline.lifecycle import Stage, announcements
from pipeline.likeness import Shelves
from pipeline.original import BEFORE_ALL, Original, image_id
from pipeline.policy import Gate
from pipeline.storage import OriginalForbiddenError, Originals, Previews, Renditions
from reconcile.findings import Files, Finding, expected_files, judge, needs_look, orphans

__all__ = ["GRACE", "PARTS", "Cursor", "Part", "Reconciliation", "Step"]

Part = Literal["renditions", "previews", "likeness", "originals", "catalog", "end"]
PARTS: tuple[Part, ...] = get_args(Part)

GRACE = timedelta(hours=2)
"""What changed within this time is not judged. It is longer than all attempts at a message take,
which is an hour: ten, each hidden for six minutes."""

_BATCH = 100
"""DynamoDB's BatchGetItem takes no more."""

_AT_ONCE = 10
"""As many connections as an AWS client pools."""

_MANY = 100
"""The repairs of a run after which the others are bulk work: uploads do not wait behind them, and
nobody gets a thousand notices."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far a run is; another process can continue from here.

    Nothing that changed after `before` is judged. `repairs` is how many more may be made, `after`
    the last key or image id of `part` that is done.
    """

    before: datetime
    repairs: int
    part: Part = PARTS[0]
    after: str = ""
    seen: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)
    repaired: Mapping[str, int] = field(default_factory=dict)

    @property
    def left(self) -> dict[str, int]:
        """How many findings of each kind were not repaired."""
        return {kind: count - self.repaired.get(kind, 0) for kind, count in self.found.items()}

    @property
    def unrepaired(self) -> int:
        """How many findings were not repaired."""
        return sum(self.left.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return {**vars(self), "before": self.before.isoformat()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Cursor":
        """The inverse of `to_dict`."""
        part = "catalog" if values["part"] == "catalogue" else values["part"]  # 0.1.0 wrote it so
        before = datetime.fromisoformat(values["before"])
        return cls(**{**values, "part": part, "before": before})


@dataclass(frozen=True)
class Step:
    """One batch: how far the run is now, the findings, and whether each was repaired."""

    cursor: Cursor
    findings: tuple[tuple[Finding, bool], ...]


@dataclass(frozen=True)
class _Suspect:
    finding: Finding
    item: Item | None
    contents: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Every key under `contents`, or of each stray preview."""
    owner: str = ""
    """Whose looks these are, where they are unclaimed."""

    @property
    def is_lone(self) -> bool:
        """Whether these are files or looks without an item."""
        return self.item is None and self.finding.kind in ("orphaned", "stray", "unclaimed")


@dataclass(frozen=True)
class _Batch:
    after: str
    seen: int
    suspects: list[_Suspect]


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

    def steps(self, cursor: Cursor) -> Iterator[Step]:
        """Continue from the cursor, one batch per step; the last step's cursor is at `end`.

        Stopping between two steps loses nothing: a run that continues from the last cursor sees
        every object and item that existed throughout at least once.
        """
        walks: dict[Part, _Walk] = {
            "renditions": self._walk_renditions,
            "previews": self._walk_previews,
            "likeness": self._walk_looks,
            "originals": self._walk_originals,
            "catalog": self._walk_catalog,
        }
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for part in PARTS[PARTS.index(cursor.part) : -1]:
                after = cursor.after if part == cursor.part else ""
                cursor = replace(cursor, part=part, after=after)
                for batch in walks[part](cursor, pool):
                    cursor, done = self._book(batch, cursor)
                    yield Step(cursor, done)
        yield Step(replace(cursor, part="end", after=""), ())

    def _book(
        self, batch: _Batch, cursor: Cursor
    ) -> tuple[Cursor, tuple[tuple[Finding, bool], ...]]:
        """Repair a batch's findings within the budget, and count them."""
        done = tuple(self._deal_with(batch.suspects, cursor))
        repaired = [finding.kind for finding, repaired in done if repaired]
        cursor = replace(
            cursor,
            after=batch.after,
            repairs=cursor.repairs - len(repaired),
            seen={**cursor.seen, cursor.part: cursor.seen.get(cursor.part, 0) + batch.seen},
            found=_count_up(cursor.found, (finding.kind for finding, _ in done)),
            repaired=_count_up(cursor.repaired, repaired),
        )
        return cursor, done

    def _walk_renditions(self, cursor: Cursor, _pool: Executor) -> Iterator[_Batch]:
        for batch in _batches(_pictures(self.files.after(cursor.after))):
            items = self.items.find([files.image_id for files, _ in batch])
            suspects: list[_Suspect] = []
            for files, _ in batch:
                item = items.get(files.image_id)
                if isinstance(item, Malformed):
                    continue
                key = item.key if item else None
                if contents := orphans(item, files, cursor.before):
                    detail = f"{', '.join(contents)}: {_count(files, contents)} files"
                    finding = Finding(
                        kind="orphaned", image_id=files.image_id, key=key, detail=detail
                    )
                    keys = tuple(key for each in contents for key in sorted(files.keys[each]))
                    suspects.append(_Suspect(finding, item, contents=contents, files=keys))
                if item and (missing := _missing_some(item, files, cursor.before)):
                    suspects.append(_Suspect(_incomplete(item, missing), item))
            yield _Batch(batch[-1][1], sum(_count(files) for files, _ in batch), suspects)

    def _walk_previews(self, cursor: Cursor, _pool: Executor) -> Iterator[_Batch]:
        for batch in _batches(self.preview_files.after(cursor.after)):
            # A preview is claimed before it is written, so an item that is read after the listing
            # claims every one that is still needed.
            listed = [(image, each) for each in batch if (image := previewed(each.key))]
            items = self.items.find(sorted({image for image, _ in listed}))
            suspects: list[_Suspect] = []
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
                    suspects.append(_Suspect(finding, item, files=keys))
            yield _Batch(batch[-1].key, len(batch), suspects)

    def _walk_looks(self, cursor: Cursor, _pool: Executor) -> Iterator[_Batch]:
        for batch in _batches(self.looks.after(cursor.after)):
            # As with a preview: whatever is still needed was claimed before it was listed.
            items = self.items.find(sorted({each.image_id for each in batch}))
            suspects: list[_Suspect] = []
            for (owner, image), entries in groupby(batch, lambda each: (each.owner, each.image_id)):
                item = items.get(image)
                if isinstance(item, Malformed):
                    continue
                claimed = {*item.claimed, *item.former} if item else set()
                contents = tuple(
                    each.content
                    for each in entries
                    if each.content not in claimed and each.at < cursor.before
                )
                if contents:
                    finding = Finding(
                        kind="unclaimed",
                        image_id=image,
                        key=item.key if item else None,
                        detail=", ".join(contents),
                    )
                    suspects.append(_Suspect(finding, item, contents=contents, owner=owner))
            yield _Batch(batch[-1].place, len(batch), suspects)

    def _walk_originals(self, cursor: Cursor, pool: Executor) -> Iterator[_Batch]:
        for batch in _batches(self.uploads.after(cursor.after)):
            pictures = [listed for listed in batch if listed.bytes]
            items = self.items.find([image_id(listed.key) for listed in pictures])
            suspects: list[_Suspect] = []
            shown: list[Item] = []
            for listed in pictures:
                item = items.get(image_id(listed.key))
                if isinstance(item, Malformed):
                    continue
                if finding := judge(item, listed, gate=self.gate, before=cursor.before):
                    suspects.append(_Suspect(finding, item))
                elif item and _is_settled_before(item, cursor.before) and expected_files(item):
                    shown.append(item)
            first = [expected_files(item)[0] for item in shown]
            suspects += [
                _Suspect(_incomplete(item, [key]), item)
                for item, key, there in zip(
                    shown, first, pool.map(self.files.has, first), strict=True
                )
                if not there
            ]
            yield _Batch(batch[-1].key, len(batch), suspects)

    def _walk_catalog(self, cursor: Cursor, pool: Executor) -> Iterator[_Batch]:
        for page in self.items.after(cursor.after):
            readable = [item for item in page if isinstance(item, Item)]
            asked = [item for item in readable if not item.deleted or item.obsolete]
            suspects = [
                _Suspect(_malformed(item), None) for item in page if isinstance(item, Malformed)
            ]
            suspects += [
                _Suspect(finding, item)
                for item, exists in zip(asked, pool.map(self._exists, asked), strict=True)
                if (finding := self._missing(item, exists, cursor.before))
            ]
            wrong = {each.finding.image_id for each in suspects}
            suspects += [
                _Suspect(_unlisted(item), item)
                for some in _batches(each for each in readable if needs_look(each, cursor.before))
                for item in self._unlisted(some)
                if item.image_id not in wrong
            ]
            yield _Batch(page[-1].image_id, len(page), suspects)

    def _deal_with(
        self, suspects: Sequence[_Suspect], cursor: Cursor
    ) -> Iterator[tuple[Finding, bool]]:
        lone = self._confirmed([each for each in suspects if each.is_lone][: cursor.repairs])
        self._remove(lone, cursor.before)
        removed = {(each.finding.kind, each.finding.image_id) for each in lone}
        left = cursor.repairs - len(lone)
        made = sum(cursor.repaired.values()) + len(lone)
        for suspect in suspects:
            if suspect.is_lone:
                finding = suspect.finding
                yield finding, (finding.kind, finding.image_id) in removed
                continue
            try:
                lane: Lane = "live" if made < _MANY else "backfill"
                repaired = left > 0 and self._repair(suspect, lane)
            except OriginalForbiddenError:
                yield _unreadable(suspect.finding), False
                continue
            left -= repaired
            made += repaired
            yield suspect.finding, repaired

    def _repair(self, suspect: _Suspect, lane: Lane) -> bool:
        """Repair one finding; returns whether there was still something to repair."""
        events = [replace(each, lane=lane) for each in self._repairs(suspect)]
        self.bus.publish(events)
        return bool(events)

    def _repairs(self, suspect: _Suspect) -> Sequence[Event]:
        finding, item = suspect.finding, suspect.item
        if finding.kind in ("unreadable", "malformed"):
            return []
        if item is None:
            assert finding.key is not None  # noqa: S101 - only files without an item have no key
            return self._restored(
                Original(bucket=self.bucket, key=finding.key, sequencer=BEFORE_ALL)
            )
        match finding.kind:
            case "stuck":
                # The same version again: each stage does what is still missing.
                return [ImageRestored(original=item.original)]
            case "untold" | "leftover":
                by_resize = (
                    item.status == "failed" and item.failure and item.failure.stage == "resize"
                )
                stage: Stage = "resize" if by_resize else "rekognition"
                events = announcements(item, item.original, stage)
                if finding.kind == "untold":
                    return events
                # Another event on the lane `live` would send a notice that bulk work withholds.
                return [each for each in events if isinstance(each, RenditionsObsolete)]
            case "gone":
                return [OriginalMissing(original=item.original)]
            case "unlisted":
                return [ImageRestored(original=item.original, stale=["likeness"])]
            case "orphaned" | "unclaimed":
                return [RenditionsObsolete(original=item.original, contents=list(suspect.contents))]
            case "stray":
                return [RenditionsObsolete(original=item.original, previews=list(suspect.files))]
            case _:
                latest = replace(item.original, sequencer=item.as_of).just_after()
                return self._restored(latest)

    def _restored(self, original: Original) -> Sequence[Event]:
        current = self.originals.current(original)
        return [ImageRestored(original=current.original)] if current else []

    def _confirmed(self, lone: Sequence[_Suspect]) -> list[_Suspect]:
        """Those that have no item now: the first read may be a second old, and no other function
        looks again before these files are removed."""
        if not lone:
            return []
        items = self.items.find([each.finding.image_id for each in lone], latest=True)
        return [each for each in lone if each.finding.image_id not in items]

    def _remove(self, lone: Sequence[_Suspect], before: datetime) -> None:
        """Remove files and looks without an item; the files together: CloudFront bills every
        path."""
        for each in lone:
            if each.finding.kind == "unclaimed":
                self.looks.remove(each.owner, each.finding.image_id, each.contents)
        lone = [each for each in lone if each.finding.kind != "unclaimed"]
        if strays := [key for each in lone if not each.contents for key in each.files]:
            self.previews.remove(strays)
        if not any(each.contents for each in lone):
            return
        prefixes = [
            content_prefix(each.finding.image_id, content)
            for each in lone
            for content in each.contents
        ]
        files = tuple(key for each in lone if each.contents for key in each.files)
        # The caches first, which takes seconds: once the files are gone, nothing would tell a run
        # that continues after a failure what the caches may still hold.
        self.edge.forget(prefixes, files, reference=f"{before}")
        self.renditions.remove(files)

    def _unlisted(self, items: Sequence[Item]) -> list[Item]:
        known = self.looks.known(items)
        return [item for item in items if item.image_id not in known]

    def _exists(self, item: Item) -> bool | None:
        """Whether the item's original exists; None if S3 does not tell."""
        try:
            return self.originals.current(item.original) is not None
        except OriginalForbiddenError:
            return None

    def _missing(self, item: Item, exists: bool | None, before: datetime) -> Finding | None:
        if exists:
            return None
        finding = judge(item, None, gate=self.gate, before=before)
        return finding if finding is None or exists is False else _unreadable(finding)


def _unreadable(finding: Finding) -> Finding:
    return replace(finding, kind="unreadable", detail="S3 denies access to the original")


def _unlisted(item: Item) -> Finding:
    detail = f"{item.status}: {item.content}"
    return Finding(kind="unlisted", image_id=item.image_id, key=item.key, detail=detail)


def _malformed(item: Malformed) -> Finding:
    return Finding(kind="malformed", image_id=item.image_id, key=item.key, detail=item.problem)


def _pictures(listed: Iterable[Listed]) -> Iterator[tuple[Files, str]]:
    """The files of each picture, and its last key; keys of another form are skipped."""
    for image, entries in groupby(listed, lambda entry: image_of(entry.key) or ""):
        files = Files(image_id=image, keys={}, written={})
        last = ""
        for entry in entries:
            last = entry.key
            if parsed := parse_rendition(entry.key):
                content = parsed.content_id
                files.keys.setdefault(content, set()).add(entry.key)
                files.written[content] = max(
                    entry.modified, files.written.get(content, entry.modified)
                )
        if last and files.keys:
            yield files, last


def _missing_some(item: Item, files: Files, before: datetime) -> list[str]:
    """The item's files that were not listed, unless the first of them is missing: the walk through
    the originals looks that one up, which also finds pictures that have no files at all."""
    expected = expected_files(item)
    if not expected or not _is_settled_before(item, before):
        return []
    listed = set().union(*files.keys.values())
    return [key for key in expected if key not in listed] if expected[0] in listed else []


def _incomplete(item: Item, missing: Sequence[str]) -> Finding:
    return Finding(
        kind="incomplete",
        image_id=item.image_id,
        key=item.key,
        detail=f"missing: {', '.join(missing)}",
    )


def _is_settled_before(item: Item, before: datetime) -> bool:
    return item.settled and datetime.fromisoformat(item.updated_at) < before


def _count(files: Files, contents: Iterable[str] | None = None) -> int:
    return sum(len(files.keys[content]) for content in contents or files.keys)


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(things)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _count_up(counts: Mapping[str, int], more: Iterable[str]) -> dict[str, int]:
    return dict(Counter(counts) + Counter(more))
