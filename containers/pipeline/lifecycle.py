"""The state machine of a picture: which updates may change its item, and what is published then.

`advance` is the only way to a new item. It is pure; `pipeline.catalog` makes each step one
conditional write. The rules:

1. A sequencer later than `as_of` starts the item over. What its predecessor showed stays as
   `previous` until the new version has reached an end state.
2. Updates about the item's own version add up in any order, and a repeat changes nothing.
3. Updates about any other version are stale and change nothing.
4. A deletion leaves a tombstone, and at its own sequencer a tombstone is final.
5. A function claims a content id before it writes files under it, on every attempt and however
   late, so the item knows of every file that may exist. Of one version the first complete content
   is shown; any other, and any of another version, is obsolete for ever.
6. What people decided follows the bytes it was decided about, and never passes to others.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal

from pipeline.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRejected,
    Lane,
    RenditionsObsolete,
)
from pipeline.facts import Analysis, Measurement
from pipeline.item import Failure, Item, Renditions, Verdict
from pipeline.original import Original, is_later, is_same_version
from pipeline.policy import Gate

__all__ = [
    "TOMBSTONE",
    "Analysed",
    "Cleaned",
    "Deleted",
    "Failed",
    "NoticeClaimed",
    "NoticePublished",
    "NoticeSent",
    "OtherVersionDeleted",
    "Received",
    "Removing",
    "Rendered",
    "Rendering",
    "Stage",
    "Update",
    "advance",
    "announcements",
    "is_about",
    "is_done",
    "is_stale",
    "shown",
    "tombstone",
]

Stage = Literal["resize", "rekognition"]

TOMBSTONE = timedelta(days=30)
"""The least time that a tombstone lives. It is longer than an event can be late: EventBridge
retries for one day, SQS then keeps the message for 14 days, in the queue and the dead-letter queue
together, and for 14 more after a redrive."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """Something learned about one version of an original; `ms` is how long it took to learn."""

    line: ClassVar[str] = ""
    """Its name in the timeline; empty if it leaves no line there."""
    original: Original
    ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Received(Update):
    """Work on this version has begun."""


@dataclass(frozen=True, kw_only=True)
class Rendering(Update):
    """Files may be written under `content` from now on."""

    content: str


@dataclass(frozen=True, kw_only=True)
class Rendered(Update):
    """Every rendition is written under `content`."""

    line = "rendered"
    content: str
    renditions: Renditions
    measurement: Measurement
    owner: str | None = None
    cost_usd: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Analysed(Update):
    """What is in the picture, and the policy's verdict on it."""

    line = "analysed"
    verdict: Verdict
    analysis: Analysis
    owner: str | None = None
    cost_usd: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Failed(Update):
    """Nothing can be made of this version."""

    line = "failed"
    failure: Failure
    owner: str | None = None


@dataclass(frozen=True, kw_only=True)
class Deleted(Update):
    """The original is gone."""

    line = "deleted"


@dataclass(frozen=True, kw_only=True)
class OtherVersionDeleted(Update):
    """A version was deleted that the bucket does not show; it still shows `current`."""

    current: Original


@dataclass(frozen=True, kw_only=True)
class Removing(Update):
    """The files under these keys are about to be removed."""

    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cleaned(Update):
    """The files under these content ids are gone, and no cache holds one of `files`."""

    line = "cleaned"
    contents: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NoticeClaimed(Update):
    """The invocation `by` is about to send the notice of `outcome`; no other may before `until`."""

    outcome: str
    by: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class NoticePublished(Update):
    """The subscribers have the notice of `outcome`; the uploader's mail is still to be sent."""

    outcome: str


@dataclass(frozen=True, kw_only=True)
class NoticeSent(Update):
    """Everybody has the notice of `outcome`."""

    line = "notified"
    outcome: str


def is_stale(item: Item | None, original: Original) -> bool:
    """Whether the item has moved on from this version, to a later one or to its deletion."""
    if item is None or is_later(original.sequencer, than=item.as_of):
        return False
    return item.deleted or original != item.original


def is_about(item: Item | None, current: Original) -> bool:
    """Whether the item is about the version that the bucket shows."""
    if item is None or item.deleted:
        return False
    return is_same_version(item.original, current)


def shown(item: Item, gate: Gate) -> Renditions:
    """The renditions that people other than the owner and reviewers may see; empty for none.

    That is the current content, or the previous content until this version has its own; nothing of
    what is rejected, failed, deleted or blocked, nor, with the gate guarded, of what is held.
    """
    if item.status in ("rejected", "failed", "deleted"):
        return {}
    if item.status == "held" and gate == "guarded":
        return {}
    return item.renditions if item.renditions is not None else item.previous or {}


def is_done(item: Item, stage: Stage) -> bool:
    """Whether the stage has nothing more to find out about the item's version."""
    if item.failure and item.failure.stage == stage:
        return True
    if stage == "rekognition":
        return item.verdict is not None
    return item.status == "rejected" or item.content is not None


def tombstone(retention_days: int) -> timedelta:
    """How long a tombstone lives where earlier versions stay recoverable for `retention_days`.

    It holds what people made of the picture, which a version that is brought back needs. S3 expires
    versions at the midnight after their last day, and may take another day.
    """
    return max(TOMBSTONE, timedelta(days=retention_days + 2))


def advance(
    item: Item | None, update: Update, at: datetime, *, remembered: timedelta = TOMBSTONE
) -> Item | None:
    """The item after the update: the same object if nothing changes, None if there is no item.

    A tombstone may be forgotten `remembered` after its deletion.
    """
    match update:
        case Removing():
            changed = item and _removing(item, update)
        case Cleaned():
            changed = item and _cleaned(item, update)
        case NoticeClaimed() | NoticePublished() | NoticeSent():
            current = item is not None and item.original == update.original
            changed = _noticed(item, update, at) if item and current else item
        case OtherVersionDeleted():
            changed = item and _other_version_deleted(item, update)
        case Rendering() | Rendered() if item and is_stale(item, update.original):
            former = _claim_former(item, update.content)
            return item if former is item else replace(former, updated_at=_iso(at))
        case _ if item and is_stale(item, update.original):
            return item
        case _:
            changed = _apply(_version(item, update, at), update, at + remembered)
    if changed is None or changed is item:
        return item
    line = {"stage": update.line, "at": _iso(at), "ms": update.ms}
    lines = ({name: value for name, value in line.items() if value is not None},)
    return replace(
        changed,
        timeline=changed.timeline + (lines if update.line else ()),
        updated_at=_iso(at),
    )


def announcements(
    item: Item, original: Original, stage: Stage, lane: Lane = "live"
) -> tuple[Event, ...]:
    """The events that a stage publishes once its work on this version is in the item.

    A repeat publishes them again: that recovers from a crash between writing and publishing, and
    every consumer tolerates it.
    """
    events: list[Event] = []
    if not is_stale(item, original):
        if item.status == "failed":
            if item.failure and item.failure.stage == stage:
                failure = dict(vars(item.failure))
                events.append(ImageFailed(original=original, lane=lane, failure=failure))
        elif stage == "rekognition" and item.verdict:
            events.append(_decided(original, item, lane))
        if item.status == "ready":
            renditions = item.renditions or {}
            events.append(ImageReady(original=original, lane=lane, renditions=renditions))
    if item.obsolete:
        contents = list(item.obsolete)
        events.append(RenditionsObsolete(original=item.original, lane=lane, contents=contents))
    return tuple(events)


def _decided(original: Original, item: Item, lane: Lane) -> Event:
    rendering = bool(item.claimed)
    match item.decision:
        case "hold":
            reasons = list(item.reasons)
            return ImageHeld(original=original, lane=lane, reasons=reasons, rendering=rendering)
        case "reject":
            return ImageRejected(original=original, lane=lane, reasons=list(item.reasons))
        case _:
            return ImageAccepted(original=original, lane=lane, rendering=rendering)


def _version(item: Item | None, update: Update, at: datetime) -> Item:
    """The item of the update's own version: the one given, or a fresh one in its place."""
    if item and not is_later(update.original.sequencer, than=item.as_of):
        return item
    received = ({"stage": "received", "at": _iso(at)},)
    fresh = Item(
        image_id=update.original.image_id,
        **vars(update.original),
        as_of=update.original.sequencer,
        timeline=() if isinstance(update, Deleted) else received,
        created_at=_iso(at),
    )
    if item is None:
        return fresh
    return replace(
        fresh,
        timeline=item.timeline if isinstance(update, Deleted) else received,
        created_at=item.created_at,
        former=(*item.former, *item.claimed),
        removing=item.removing,
        curation=item.curation,
        previous=item.renditions if item.status == "ready" else item.previous,
        previous_content=item.content if item.status == "ready" else item.previous_content,
        revision=item.revision,
    )


def _apply(item: Item, update: Update, expires: datetime) -> Item:
    match update:
        case Rendering():
            return _claim(item, update.content)
        case Rendered() if item.content is None:
            rendered = replace(
                _claim(item, update.content),
                **vars(update.measurement),
                owner=update.owner or item.owner,
                renditions=update.renditions,
                content=update.content,
                cost_usd=item.cost_usd + update.cost_usd,
            )
            return _settle(rendered)
        case Rendered():
            return _claim(item, update.content)
        case Analysed() if item.verdict is None:
            analysed = replace(
                item,
                **vars(update.analysis),
                owner=update.owner or item.owner,
                verdict=update.verdict,
                cost_usd=item.cost_usd + update.cost_usd,
            )
            return _settle(analysed)
        case Failed() if item.failure is None or _precedes(update.failure, item.failure):
            return _settle(replace(item, owner=update.owner or item.owner, failure=update.failure))
        case Deleted() if not item.deleted:
            return Item(
                **vars(update.original),
                image_id=item.image_id,
                as_of=item.as_of,
                deleted=True,
                former=(*item.former, *item.claimed),
                removing=item.removing,
                curation=item.curation,
                timeline=item.timeline,
                created_at=item.created_at,
                expires_at=int(expires.timestamp()),
                revision=item.revision,
            )
        case _:
            return item


def _other_version_deleted(item: Item, update: OtherVersionDeleted) -> Item:
    if not is_about(item, update.current) or not is_later(
        update.original.sequencer, than=item.as_of
    ):
        return item
    return replace(item, as_of=update.original.sequencer)


def _claim(item: Item, content: str) -> Item:
    return item if content in item.claimed else replace(item, claimed=(*item.claimed, content))


def _claim_former(item: Item, content: str) -> Item:
    if content in (*item.claimed, *item.former):
        return item
    return replace(item, former=(*item.former, content))


def _settle(item: Item) -> Item:
    return replace(item, previous=None, previous_content=None) if item.settled else item


def _removing(item: Item, update: Removing) -> Item:
    fresh = tuple(key for key in update.files if key not in item.removing)
    return replace(item, removing=(*item.removing, *fresh)) if fresh else item


def _cleaned(item: Item, update: Cleaned) -> Item:
    claimed, former = (
        tuple(content for content in contents if content not in update.contents)
        for contents in (item.claimed, item.former)
    )
    removing = tuple(key for key in item.removing if key not in update.files)
    if (claimed, former, removing) == (item.claimed, item.former, item.removing):
        return item
    cleaned = replace(item, claimed=claimed, former=former, removing=removing)
    if item.content in update.contents:
        return replace(cleaned, renditions=None, content=None)
    return cleaned


def _noticed(
    item: Item, update: NoticeClaimed | NoticePublished | NoticeSent, at: datetime
) -> Item:
    notices = item.notices or {}
    now = notices.get(update.outcome, {})
    if now.get("state") == "sent":
        return item
    match update:
        case NoticeSent():
            entry = {"state": "sent", "at": _iso(at)}
        case NoticePublished() if "published" not in now:
            entry = {**now, "state": "sending", "published": _iso(at)}
        case NoticeClaimed() if now.get("until", "") <= _iso(at):
            entry = {**now, "state": "sending", "by": update.by, "until": _iso(update.until)}
        case _:
            return item
    return replace(item, notices={**notices, update.outcome: entry})


def _precedes(failure: Failure, other: Failure) -> bool:
    """Of two stages' failures that of `resize` is kept, whichever came first."""
    return failure.stage == "resize" and other.stage != "resize"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
