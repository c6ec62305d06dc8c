"""In-memory stand-ins for the pipeline's own protocols.

Each calls `pause` with a word for what it is about to do, so that a test can stop the caller, or
let it die, between any two steps.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any, Literal

from pipeline.answers import Answers, Models
from pipeline.audit import Entry
from pipeline.backfill import Backfill, Outcome
from pipeline.backfill import State as Wanted
from pipeline.blocks import Block
from pipeline.bus import Publishable
from pipeline.catalog import ConflictError
from pipeline.claims import Claim
from pipeline.embedding import NotEmbeddableError
from pipeline.events import Event
from pipeline.item import Item
from pipeline.likeness import Listed, Look, Shelved, bands, file_band, owner_of
from pipeline.listing import Place, Slice, Span, State, row_of
from pipeline.notices import MailMessage, MailRefusedError, Notice
from pipeline.original import Original
from pipeline.queues import Depth
from pipeline.records import Record
from pipeline.signing import Part, Signed, UnfinishedUploadError
from pipeline.spending import Charge, Day, Paused, Saved
from pipeline.storage import (
    Current,
    OriginalChangedError,
    OriginalForbiddenError,
    OriginalGoneError,
    OriginalRefusedError,
    OriginalTooLargeError,
    Refusal,
    Upload,
    Version,
)
from pipeline.vectors import MOST_NEAR, SIZE, Among, Near, Placed, Vector
from pipeline.vision import Questions

Pause = Callable[[str], None]


def no_pause(_: str) -> None:
    """Goes straight on."""


@dataclass
class MemoryClock:
    """Stands still until told to go on."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class MemoryTable:
    """Items as DynamoDB would keep them: one condition a write.

    With `stutters` set, the answer to the next write is lost on its way and the client writes
    again, which the condition then refuses.
    """

    pause: Pause = no_pause
    items: dict[str, Item] = field(default_factory=dict)
    stutters: bool = False
    charges: list[tuple[Original, Charge]] = field(default_factory=list)
    """What was charged for each version, in order."""

    def get(self, image_id: str) -> Item | None:
        self.pause("get item")
        return self.items.get(image_id)

    def put(self, item: Item, *, replacing: int, charge: Charge | None = None) -> None:
        self.pause("put charged item" if charge else "put item")
        stored = self.items.get(item.image_id)
        if (stored.revision if stored else 0) != replacing:
            raise ConflictError(item.image_id)
        self.items[item.image_id] = item
        if charge:
            self.charges.append((item.original, charge))
        if self.stutters:
            self.stutters = False
            raise ConflictError(item.image_id)


@dataclass
class MemoryLedger:
    """The sums of the days, from what a table was charged."""

    table: MemoryTable = field(default_factory=MemoryTable)
    pause: Pause = no_pause
    allowed: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    noted: Paused | None = None
    demanded: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def demand(self, day: str) -> float:
        self.pause("add up the demand")
        return self.demanded[day]

    def add_demand(self, day: str, image_id: str, usd: float) -> None:
        self.pause("charge the demand")
        self.demanded[day] += usd

    def day(self, day: str) -> Day:
        self.pause("add up the day")
        return self.sums(day)

    def sums(self, day: str) -> Day:
        """The same for the test itself."""
        costs: dict[str, float] = defaultdict(float)
        for _, charge in self.table.charges:
            for name, usd in charge.costs.items() if charge.day == day else ():
                costs[name] += usd
        return Day(day, dict(costs), self.allowed[day])

    def saved(self, day: str) -> Saved:
        saved = [charge.saved for _, charge in self.table.charges if charge.day == day]
        calls, usd = (sum(each.get(name, 0) for each in saved) for name in ("calls", "usd"))
        return Saved(int(calls), usd)

    def allow(self, day: str, usd: float) -> None:
        self.allowed[day] += usd

    def paused(self) -> Paused | None:
        self.pause("look for a pause")
        return self.noted

    def note_pause(self, at: str, stamp: str) -> None:
        self.pause("note a pause")
        self.noted = Paused(self.noted.since if self.noted else at, stamp)

    def note_resumption(self, stamp: str) -> None:
        self.pause("note a resumption")
        if self.noted and self.noted.stamp == stamp:
            self.noted = None


@dataclass
class MemoryFeeds:
    """Which feeds are stopped."""

    pause: Pause = no_pause
    stopped: set[str] = field(default_factory=set)

    def stop(self, feed: str) -> None:
        self.pause(f"stop {feed}")
        self.stopped.add(feed)

    def start(self, feed: str) -> None:
        self.pause(f"start {feed}")
        self.stopped.discard(feed)


@dataclass(frozen=True)
class Stored:
    """One version of an object; `data` None for a delete marker."""

    original: Original
    data: bytes | None
    modified: datetime
    owner: str | None = None
    refusal: Refusal | Literal["forbidden"] | None = None
    """Why its bytes are not returned, if they are not."""
    visible_from: datetime | None = None
    """Before this moment, it is not found."""


@dataclass
class MemoryOriginals:
    """A bucket that keeps every version of a key, or with `versioned=False` the last alone."""

    clock: MemoryClock
    versioned: bool = True
    pause: Pause = no_pause
    versions: dict[str, list[Stored]] = field(default_factory=dict)
    _count: int = 0

    def store(self, key: str, data: bytes, *, owner: str | None = None, **how: Any) -> Original:
        """Upload; returns what its event describes. `how` has the other fields of `Stored`."""
        original = self._next(key)
        # The etag of an object that is encrypted with a key of its own is no digest of its bytes.
        encrypted = how.get("refusal") in ("customer_key", "key_denied")
        salt = original.sequencer.encode() if encrypted else b""
        etag = md5(data + salt, usedforsecurity=False).hexdigest()
        original = replace(original, etag=etag, bytes=len(data))
        self._push(Stored(original, data, self.clock.now, owner, **how))
        return original

    def delete(self, key: str) -> Original:
        """Delete without naming a version: a delete marker, or the end of the object."""
        original = self._next(key)
        if self.versioned:
            self._push(Stored(original, None, self.clock.now))
        else:
            del self.versions[key]
        return original

    def delete_newest(self, key: str) -> Original:
        """Delete the newest version or delete marker for good."""
        gone = self.versions[key].pop()
        return replace(self._next(key), version_id=gone.original.version_id)

    def reveal(self, key: str) -> None:
        """Find every version of the key from now on."""
        versions = self.versions.get(key, [])
        versions[:] = [replace(stored, visible_from=None) for stored in versions]

    def delete_version(self, original: Original) -> Original:
        """Delete one version for good, wherever it lies."""
        versions = self.versions[original.key]
        versions[:] = [stored for stored in versions if stored.original != original]
        return replace(self._next(original.key), version_id=original.version_id)

    def newest(self, key: str) -> Stored | None:
        """What the bucket shows under the key; None for a delete marker or an empty object."""
        versions = self.versions.get(key)
        return versions[-1] if versions and versions[-1].data else None

    def _found(self, stored: Stored | None) -> Stored | None:
        late = stored and stored.visible_from and stored.visible_from > self.clock.now
        return None if late else stored

    def read(self, original: Original, *, limit: int) -> Upload:
        self.pause("read original")
        found = self.newest(original.key)
        if original.version_id:
            same = [
                stored
                for stored in self.versions.get(original.key, [])
                if stored.original.version_id == original.version_id
            ]
            found = same[0] if same else None
        found = self._found(found)
        if found is None or found.data is None:
            raise OriginalGoneError(original.key)
        _check(found)
        if original.etag != found.original.etag:
            raise OriginalChangedError(original.key)
        if len(found.data) > limit:
            raise OriginalTooLargeError(f"{len(found.data)} bytes", found.owner)
        return Upload(found.data, found.owner)

    def current(self, original: Original) -> Current | None:
        self.pause("look at original")
        found = self._found(self.newest(original.key))
        if found is None:
            return None
        if found.refusal == "forbidden":
            raise OriginalForbiddenError(original.key)
        shown = replace(found.original, sequencer=original.sequencer)
        if found.refusal in ("customer_key", "key_denied"):
            shown = replace(shown, version_id=None)
        return Current(shown, found.modified, found.refusal)

    def _next(self, key: str) -> Original:
        self._count += 1
        version_id = f"v{self._count}" if self.versioned else None
        return Original(
            bucket="originals", key=key, sequencer=f"{self._count:016X}", version_id=version_id
        )

    def _push(self, stored: Stored) -> None:
        # S3 tells times in whole seconds.
        stored = replace(stored, modified=stored.modified.replace(microsecond=0))
        versions = self.versions.setdefault(stored.original.key, [])
        if not self.versioned:
            versions.clear()
        versions.append(stored)


def _check(stored: Stored) -> None:
    """Raise what S3 does in place of returning the bytes."""
    if stored.refusal == "forbidden":
        raise OriginalForbiddenError(stored.original.key)
    if stored.refusal:
        raise OriginalRefusedError(stored.refusal, stored.owner)


@dataclass
class MemoryVersions:
    """The versions of a bucket that keeps them; `deliver` gets what S3's event describes."""

    originals: MemoryOriginals
    deliver: Callable[[Original], None] = lambda _: None

    def of(self, key: str) -> Sequence[Version]:
        self.originals.pause("list versions")
        return [
            Version(
                version_id=stored.original.version_id or "null",
                bytes=len(stored.data or b""),
                modified=stored.modified,
                hides=stored.data is None,
            )
            for stored in reversed(self.originals.versions.get(key, []))
        ]

    def under(self, prefix: str) -> Iterator[tuple[str, Sequence[Version]]]:
        for key in sorted(self.originals.versions):
            if key.startswith(prefix):
                yield key, self.of(key)

    def hide(self, key: str) -> None:
        self.originals.pause("write delete marker")
        self.deliver(self.originals.delete(key))

    def remove(self, key: str, version_ids: Sequence[str]) -> None:
        for version_id in version_ids:
            self.originals.pause("delete version")
            self.originals.reveal(key)
            for stored in list(self.originals.versions.get(key, [])):
                if stored.original.version_id == version_id:
                    self.deliver(self.originals.delete_version(stored.original))


@dataclass
class MemoryTrail:
    """Keeps the audit trail."""

    pause: Pause = no_pause
    kept: list[Entry] = field(default_factory=list)

    def append(self, entry: Entry) -> None:
        self.pause("append to the trail")
        if entry not in self.kept:
            self.kept.append(entry)

    def entries(self, *, since: datetime, until: datetime) -> Iterator[Entry]:
        between = [
            entry for entry in self.kept if since <= datetime.fromisoformat(entry.at) < until
        ]
        yield from sorted(between, key=lambda entry: entry.at, reverse=True)


@dataclass
class MemoryRenditions:
    """A bucket of renditions."""

    pause: Pause = no_pause
    files: dict[str, bytes] = field(default_factory=dict)

    def write(self, key: str, data: bytes, content_type: str) -> None:
        self.pause(f"write {content_type}")
        self.files[key] = data

    def under(self, prefix: str) -> Sequence[str]:
        self.pause("list renditions")
        return [key for key in self.files if key.startswith(prefix)]

    def remove(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.pause("remove rendition")
            self.files.pop(key, None)


@dataclass
class MemoryMade:
    """Files made on demand, in the bucket of the renditions."""

    renditions: MemoryRenditions

    def read(self, key: str) -> bytes | None:
        self.renditions.pause("read rendition")
        return self.renditions.files.get(key)

    def write(self, key: str, data: bytes, content_type: str) -> bool:
        self.renditions.pause(f"write {content_type}")
        if key in self.renditions.files:
            return False
        self.renditions.files[key] = data
        return True

    def remove(self, key: str) -> None:
        self.renditions.pause("remove rendition")
        self.renditions.files.pop(key, None)


@dataclass
class MemoryClaims:
    """Claims as DynamoDB would keep them: one condition a write."""

    pause: Pause = no_pause
    until: dict[tuple[str, str], datetime] = field(default_factory=dict)
    granted: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def claim(self, content: str, file: str, *, at: datetime, until: datetime, most: int) -> Claim:
        self.pause("claim file")
        before = self.until.get((content, file))
        if before is not None and before > at:
            return "taken"
        if self.granted[content] >= most:
            return "full"
        self.granted[content] += 1
        self.until[content, file] = until
        return "again" if before else "first"

    def release(self, content: str, file: str, *, at: datetime, counts: bool) -> None:
        self.pause("release file")
        self.until[content, file] = at
        self.granted[content] -= not counts


@dataclass
class MemoryPreviews:
    """A bucket of private previews."""

    pause: Pause = no_pause
    files: dict[str, bytes] = field(default_factory=dict)

    def write(self, key: str, data: bytes) -> None:
        self.pause("write preview")
        self.files[key] = data

    def remove(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.pause("remove preview")
            self.files.pop(key, None)


@dataclass
class MemoryLooks:
    """The looks of everybody's pictures. Each is listed and shelved at once."""

    pause: Pause = no_pause
    listed: dict[tuple[str, str, str], tuple[Listed, datetime]] = field(default_factory=dict)
    """By owner, image id and content id, with the time it was added."""
    shelves: dict[tuple[str, str], dict[tuple[str, str], Listed]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """By owner and band."""

    def add(self, owner: str, listed: Listed, *, at: datetime) -> None:
        self.pause("list look")
        self.listed[owner, listed.image_id, listed.content] = (listed, at)
        for band in bands(listed.look):
            self.shelves[owner, band][listed.image_id, listed.content] = listed

    def remove(self, owner: str, image_id: str, contents: Collection[str] | None = None) -> int:
        self.pause("find looks")
        found = [
            listed
            for (whose, image, content), (listed, _) in self.listed.items()
            if (whose, image) == (owner, image_id) and (contents is None or content in contents)
        ]
        for listed in found:
            self.pause("unlist look")
            for band in bands(listed.look):
                self.shelves[owner, band].pop((image_id, listed.content), None)
            self.listed.pop((owner, image_id, listed.content), None)
        return len(found)

    def near(self, owner: str, look: Look) -> list[Listed]:
        self.pause("look for the alike")
        return self._on(owner, bands(look))

    def same(self, owner: str, digests: Sequence[str]) -> list[Listed]:
        self.pause("look for the same file")
        return self._on(owner, [file_band(each) for each in digests])

    def _on(self, owner: str, shelves: Sequence[str]) -> list[Listed]:
        found: dict[tuple[str, str], Listed] = {}
        for shelf in shelves:
            found |= self.shelves.get((owner, shelf), {})
        return list(found.values())

    def of(self, owner: str) -> list[Listed]:
        return [listed for (whose, *_), (listed, _) in self.listed.items() if whose == owner]

    def after(self, place: str, *, part: int = 0, parts: int = 1) -> Iterator[Shelved]:
        for key in sorted(self.listed):
            owner, image_id, content = key
            here = " ".join(key)
            if here > place and int(image_id, 16) % parts == part:
                yield Shelved(
                    place=here,
                    owner=owner,
                    image_id=image_id,
                    content=content,
                    at=self.listed[key][1],
                )

    def known(self, items: Sequence[Item]) -> set[str]:
        return {
            item.image_id
            for item in items
            if (owner_of(item), item.image_id, item.content) in self.listed
        }


@dataclass
class MemoryVectors:
    """The vectors that one model made of everybody's pictures; a search compares all of them."""

    pause: Pause = no_pause
    model: str = "titan"
    table: dict[tuple[str, str, str], tuple[Placed, datetime]] = field(default_factory=dict)
    """By image id, content id and model, with the time it was put; of several models in common."""

    @property
    def placed(self) -> dict[tuple[str, str], tuple[Placed, datetime]]:
        """The model's own, by image id and content id."""
        return {key[:2]: each for key, each in self.table.items() if key[2] == self.model}

    def put(self, placed: Placed, *, at: datetime) -> None:
        self.pause("put vector")
        self.table[placed.image_id, placed.content, self.model] = (placed, at)

    def remove(self, image_id: str, contents: Collection[str] | None = None) -> int:
        self.pause("find vectors")
        found = [
            key
            for key in self.table
            if key[0] == image_id and (contents is None or key[1] in contents)
        ]
        for key in found:
            self.pause("remove vector")
            self.table.pop(key, None)
        return len(found)

    def after(self, place: str, *, part: int = 0, parts: int = 1) -> Iterator[Shelved]:
        for key in sorted(self.table):
            placed, at = self.table[key]
            here = " ".join(key)
            if here > place and int(placed.image_id, 16) % parts == part:
                yield Shelved(
                    place=here,
                    owner=placed.owner,
                    image_id=placed.image_id,
                    content=placed.content,
                    at=at,
                )

    def known(self, items: Sequence[Item]) -> set[str]:
        placed = self.placed
        return {item.image_id for item in items if (item.image_id, item.content) in placed}

    def of(self, image_id: str, content: str) -> Vector | None:
        self.pause("get vector")
        found = self.placed.get((image_id, content))
        return found[0].vector if found else None

    def nearest(self, vector: Vector, among: Among, most: int = MOST_NEAR) -> list[Near]:
        self.pause("look for the nearest")
        near = [
            Near(
                image_id=each.image_id,
                content=each.content,
                similarity=vector.similarity(each.vector),
            )
            for each, _ in self.placed.values()
            if (among.owner is None or each.owner == among.owner)
            and (each.shown or not among.shown)
        ]
        return sorted(near, key=lambda each: -each.similarity)[:most]


@dataclass
class MemoryTakeover:
    """What is noted about a next model."""

    names: str = "titan>nova"
    next: str = "nova"
    searchable: bool = True
    """Whether the next model's index responds."""
    reported: set[tuple[str, str]] = field(default_factory=set)
    """The runs and their shards."""
    forgotten: int = 0
    complete: bool = False

    def report(self, run: str, shard: str, shards: int, *, at: datetime) -> bool:
        self.reported.add((run, shard))
        known = sum(each == run for each, _ in self.reported)
        self.complete |= self.searchable and known >= shards
        return self.complete

    def forget_others(self) -> None:
        self.forgotten += 1

    def is_complete(self) -> bool:
        return self.complete


@dataclass
class MemoryEmbedder:
    """Places what begins alike in one direction; it takes nothing that begins with `odd`."""

    pause: Pause = no_pause
    name: str = "titan"

    def of_picture(self, jpeg: bytes) -> Vector:
        self.pause("embed picture")
        if jpeg.startswith(b"odd"):
            raise NotEmbeddableError("the picture is odd")
        return self._of(jpeg)

    def of_words(self, text: str) -> Vector:
        self.pause("embed words")
        if text.startswith("odd"):
            raise NotEmbeddableError("the words are odd")
        return self._of(text.encode())

    def _of(self, data: bytes) -> Vector:
        return Vector.of([float(each) + 1 for each in data[:8].ljust(SIZE, b"\0")])


@dataclass
class MemoryBlocks:
    """The blocked files."""

    pause: Pause = no_pause
    blocked: dict[str, Block] = field(default_factory=dict)

    def has(self, sha256: str) -> bool:
        self.pause("look for a block")
        return sha256 in self.blocked

    def block(self, block: Block) -> None:
        self.pause("block")
        self.blocked[block.sha256] = block

    def lift(self, sha256: str) -> None:
        self.pause("lift a block")
        self.blocked.pop(sha256, None)


@dataclass
class MemoryBus:
    """Keeps what was published, and passes it on."""

    pause: Pause = no_pause
    deliver: Callable[[Event], None] = lambda _: None
    published: list[Event] = field(default_factory=list)
    signal: Callable[[str], None] = lambda _: None
    """Gets the detail type of each event that is about no picture."""

    def publish(self, events: Sequence[Publishable]) -> None:
        for event in events:
            self.pause(f"publish {event.detail_type}")
            if isinstance(event, Event):
                self.published.append(event)
                self.deliver(event)
            else:
                self.signal(event.detail_type)


@dataclass
class MemoryEdge:
    """Keeps what was to be forgotten: each prefix with the files that were named."""

    pause: Pause = no_pause
    forgotten: list[tuple[Sequence[str], Sequence[str]]] = field(default_factory=list)

    def forget(self, prefixes: Sequence[str], files: Sequence[str], *, reference: str) -> None:
        self.pause(f"invalidate {reference}")
        self.forgotten.append((prefixes, files))


@dataclass
class MemoryTopic:
    """Keeps the notices."""

    pause: Pause = no_pause
    notices: list[Notice] = field(default_factory=list)

    def publish(self, notice: Notice) -> None:
        self.pause("notify subscribers")
        self.notices.append(notice)


@dataclass
class MemoryMail:
    """Keeps the mails, `(address, message)`; refuses those to one of `refuses`."""

    pause: Pause = no_pause
    refuses: frozenset[str] = frozenset()
    sent: list[tuple[str, MailMessage]] = field(default_factory=list)

    def send(self, address: str, message: MailMessage) -> None:
        self.pause("mail uploader")
        if address in self.refuses:
            raise MailRefusedError("MessageRejected", f"{address} is not verified")
        self.sent.append((address, message))


@dataclass
class MemoryAddresses:
    """The addresses of people, by owner id."""

    pause: Pause = no_pause
    known: dict[str, str] = field(default_factory=dict)

    def of(self, owner_id: str) -> str | None:
        self.pause("find address")
        return self.known.get(owner_id)


@dataclass
class MemoryVision:
    """Answers by operation, whatever the picture; keeps what it was asked."""

    answers: Mapping[str, Mapping[str, Any] | Exception] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    images: list[bytes] = field(default_factory=list)

    def ask(self, image: bytes, questions: Questions) -> dict[str, dict[str, Any]]:
        given: dict[str, dict[str, Any]] = {}
        for operation, options in questions.items():
            self.asked.append((operation, dict(options)))
            self.images.append(image)
            answer = self.answers[operation]
            if isinstance(answer, Exception):
                raise answer
            given[operation] = dict(answer)
        return given


@dataclass
class MemoryAnswers:
    """The answers that the items of a table have."""

    table: MemoryTable
    pause: Pause = no_pause
    noted: dict[str, str] = field(default_factory=dict)

    def find(self, title: str) -> Answers | None:
        self.pause("look for answers")
        answers = (item.answers for item in self.table.items.values())
        return next((each for each in answers if each and each.title == title), None)

    def models(self) -> Models:
        self.pause("get models")
        return dict(self.noted)

    def note(self, models: Models) -> None:
        self.pause("note models")
        self.noted = dict(models)


@dataclass
class MemoryItems:
    """The items of a table, many at once."""

    table: MemoryTable

    def find(self, image_ids: Sequence[str], *, latest: bool = False) -> dict[str, Item]:
        self.table.pause("find items")
        return {each: self.table.items[each] for each in image_ids if each in self.table.items}

    def after(self, image_id: str, *, part: int = 0, parts: int = 1) -> Iterator[Sequence[Item]]:
        items = [self.table.items[each] for each in sorted(self.table.items) if each > image_id]
        items = [each for each in items if int(each.image_id, 16) % parts == part]
        if items:
            yield items


@dataclass
class MemoryQueues:
    """Queues with so many messages each."""

    messages: dict[str, int] = field(default_factory=dict)

    def depth(self, url: str) -> Depth:
        return Depth(self.messages.get(url, 0), 0, 0)


@dataclass
class MemoryBackfills:
    """The record of one backfill, whatever its name."""

    state: Wanted = "running"
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    pause: Pause = no_pause

    def get(self, name: str) -> Backfill:
        self.pause("read record")
        return Backfill(name, self.state, self.outcomes)

    def want(self, name: str, state: Wanted) -> None:
        self.state = state

    def add(self, name: str, outcomes: Mapping[Outcome, int]) -> None:
        self.pause("add to record")
        for outcome, number in outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + number


@dataclass
class MemoryStatuses:
    """The index by status of a table."""

    table: MemoryTable

    def newest(self, status: str) -> str | None:
        return max((item.updated_at for item in self._of(status)), default=None)

    def unchanged(self, status: str, *, since: str) -> Iterator[str]:
        oldest = sorted(self._of(status), key=lambda item: item.updated_at)
        yield from (item.image_id for item in oldest if item.updated_at <= since)

    def _of(self, status: str) -> list[Item]:
        return [item for item in self.table.items.values() if item.status == status]


@dataclass
class MemoryListing:
    """The lists of a table; one read returns at most `rows` rows."""

    table: MemoryTable
    rows: int = 1000
    reads: int = 0
    read: int = 0
    """Rows that all reads have returned."""

    def states(self, image_ids: Sequence[str]) -> dict[str, State]:
        self.table.pause("find states")
        items = (self.table.items[each] for each in image_ids if each in self.table.items)
        return {
            item.image_id: State(
                image_id=item.image_id,
                key=item.key,
                status=item.status,
                revision=item.revision,
                content=item.content,
                previous_content=item.previous_content,
                purged=item.purged,
            )
            for item in items
        }

    def months(self, owner_id: str | None) -> list[str]:
        self.reads += 1
        return sorted({item.month for item in self._of(owner_id)}, reverse=True)

    def slice(
        self,
        owner_id: str | None,
        month: str,
        after: Place | None,
        *,
        within: Span,
        most: int | None = None,
    ) -> Slice:
        if within.begin > within.end:
            raise ValueError(f"DynamoDB refuses a span from {within.begin} to {within.end}")
        if after and not within.begin <= after.shown_at <= within.end:
            raise ValueError(f"DynamoDB refuses to go on outside of the span, at {after.shown_at}")
        self.reads += 1
        items = sorted(
            (
                item
                for item in self._of(owner_id)
                if item.month == month and within.begin <= item.shown_at <= within.end
            ),
            key=lambda item: (item.shown_at, item.image_id),
            reverse=True,
        )
        if after:
            place = (after.shown_at, after.image_id)
            items = [item for item in items if (item.shown_at, item.image_id) < place]
        count = min(self.rows, most or self.rows)
        rows = [row_of(item) for item in items[:count]]
        self.read += len(rows)
        last = rows[-1] if len(items) > count else None
        rest = Place(shown_at=last.shown_at, image_id=last.image_id) if last else None
        return Slice(rows=rows, rest=rest)

    def _of(self, owner_id: str | None) -> list[Item]:
        return [
            item
            for item in self.table.items.values()
            if not item.purged and owner_id in (None, item.owner_id)
        ]


@dataclass
class MemoryRecords:
    """Records, each changed on the condition of its revision."""

    pause: Pause = no_pause
    records: dict[str, Record] = field(default_factory=dict)

    def get(self, record_id: str) -> Record | None:
        self.pause("get record")
        return self.records.get(record_id)

    def put(self, record: Record) -> None:
        self.pause("put record")
        stored = self.records.get(record.id)
        if (stored.revision if stored else 0) != record.revision:
            raise ConflictError(record.id)
        self.records[record.id] = replace(record, revision=record.revision + 1)

    def remove(self, record_id: str) -> None:
        self.records.pop(record_id, None)


@dataclass
class MemorySigner:
    """Signs nothing, and has the parts of uploads in `uploads`, by upload id and number."""

    uploads: dict[str, dict[int, Part]] = field(default_factory=dict)
    completed: list[str] = field(default_factory=list)
    aborted: list[str] = field(default_factory=list)

    def put(self, key: str, *, content_type: str, size: int, sha256: str, seconds: int) -> Signed:
        headers = {"content-type": content_type, "x-amz-checksum-sha256": sha256}
        return Signed(method="PUT", url=f"https://s3/{key}?{size}&{seconds}", headers=headers)

    def start(self, key: str, *, content_type: str, sha256: str | None) -> str:
        upload_id = f"upload {len(self.uploads)}"
        self.uploads[upload_id] = {}
        return upload_id

    def part(
        self, key: str, upload_id: str, number: int, *, size: int, sha256: str, seconds: int
    ) -> Signed:
        url = f"https://s3/{key}?{upload_id}&{number}&{size}&{seconds}"
        return Signed(method="PUT", url=url, headers={"x-amz-checksum-sha256": sha256})

    def parts(self, key: str, upload_id: str) -> list[Part]:
        if upload_id not in self.uploads:
            raise UnfinishedUploadError("NoSuchUpload")
        return [part for _, part in sorted(self.uploads[upload_id].items())]

    def complete(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        del self.uploads[upload_id]
        self.completed.append(key)

    def abort(self, key: str, upload_id: str) -> None:
        self.uploads.pop(upload_id, None)
        self.aborted.append(key)

    def download(self, key: str, *, version_id: str | None, name: str, seconds: int) -> str:
        return f"https://s3/{key}?{version_id}&{seconds}&attachment={name}"

    def preview(self, key: str, *, seconds: int) -> str:
        return f"https://s3/{key}?{seconds}"
