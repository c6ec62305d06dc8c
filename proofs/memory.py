"""In-memory stand-ins for the pipeline's own protocols.

Each calls `pause` with a word for what it is about to do, so that a test can stop the caller, or
let it die, between any two steps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any, Literal

from pipeline.catalog import ConflictError
from pipeline.events import Event
from pipeline.item import Item
from pipeline.notices import MailMessage, MailRefusedError, Notice
from pipeline.original import Original
from pipeline.storage import (
    Current,
    OriginalChangedError,
    OriginalForbiddenError,
    OriginalGoneError,
    OriginalRefusedError,
    OriginalTooLargeError,
    Refusal,
    Upload,
)
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

    def get(self, image_id: str) -> Item | None:
        self.pause("get item")
        return self.items.get(image_id)

    def put(self, item: Item, *, replacing: int) -> None:
        self.pause("put item")
        stored = self.items.get(item.image_id)
        if (stored.revision if stored else 0) != replacing:
            raise ConflictError(item.image_id)
        self.items[item.image_id] = item
        if self.stutters:
            self.stutters = False
            raise ConflictError(item.image_id)


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
        salt = original.sequencer.encode() if how.get("refusal") else b""
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
class MemoryBus:
    """Keeps what was published, and passes it on."""

    pause: Pause = no_pause
    deliver: Callable[[Event], None] = lambda _: None
    published: list[Event] = field(default_factory=list)

    def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            self.pause(f"publish {event.detail_type}")
            self.published.append(event)
            self.deliver(event)


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
