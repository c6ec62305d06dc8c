"""The state machine of a picture: which news may change its item, and what is said then.

`advance` is the only way to a new item. It is pure; `pipeline.catalog` makes each step one
conditional write. The rules:

1. A sequencer later than `as_of` starts the item afresh. What its predecessor showed stays as
   `previous` until the new version has come to its end.
2. News of the item's own version add up in any order, and a repeat changes nothing.
3. News of any other version are stale and change nothing.
4. A deletion leaves a tombstone, and at its own sequencer a tombstone is final.
5. Whoever may write files claims their content id first, at every try and however late, so that
   the item knows of every file there may be. Of one version the first content that is complete
   is shown; any other, and any of another version, is obsolete, once and for ever.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from pipeline.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRejected,
    RenditionsObsolete,
)
from pipeline.item import Failure, Item, Renditions, Verdict
from pipeline.original import Original, is_later

__all__ = [
    "TOMBSTONE",
    "Analysed",
    "Cleaned",
    "Deleted",
    "Failed",
    "Kept",
    "News",
    "NoticeClaimed",
    "NoticePublished",
    "NoticeSent",
    "Received",
    "Removing",
    "Rendered",
    "Rendering",
    "Stage",
    "advance",
    "announcements",
    "is_done",
    "is_shown",
    "is_stale",
]

Stage = Literal["resize", "rekognition"]

TOMBSTONE = timedelta(days=30)
"""Longer than an event can be late: EventBridge tries for one day, then its message is kept for 14
days in all, dead letter or not, and for 14 more when it is sent back to its queue."""


@dataclass(frozen=True, kw_only=True)
class News:
    """Something found out about one version of an original; `ms` is how long that took."""

    line: ClassVar[str] = ""
    """Its name in the timeline; empty for what need not stand there."""
    original: Original
    ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Received(News):
    """Work on this version has begun."""


@dataclass(frozen=True, kw_only=True)
class Rendering(News):
    """Files may be going to be written under `content`."""

    content: str


@dataclass(frozen=True, kw_only=True)
class Rendered(News):
    """Every rendition is written under `content`; `facts` are further fields of the item."""

    line = "rendered"
    content: str
    renditions: Renditions
    facts: dict[str, Any] = field(default_factory=dict)
    cost_usd: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Analysed(News):
    """What is in the picture, and whether it may be shown."""

    line = "analysed"
    verdict: Verdict
    facts: dict[str, Any] = field(default_factory=dict)
    cost_usd: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Failed(News):
    """Nothing can be made of this version."""

    line = "failed"
    failure: Failure
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Deleted(News):
    """The original is gone."""

    line = "deleted"


@dataclass(frozen=True, kw_only=True)
class Kept(News):
    """Another version was deleted, and the bucket still shows `current`."""

    current: Original


@dataclass(frozen=True, kw_only=True)
class Removing(News):
    """The files under these keys are about to be removed."""

    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cleaned(News):
    """The files under these content ids are gone, and no cache holds one of `files`."""

    line = "cleaned"
    contents: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NoticeClaimed(News):
    """`by` is about to tell of `outcome`; nobody else should before `until`."""

    outcome: str
    by: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class NoticePublished(News):
    """The subscribers know of `outcome`; the uploader is still to be told."""

    outcome: str


@dataclass(frozen=True, kw_only=True)
class NoticeSent(News):
    """`outcome` has been told to everybody."""

    line = "notified"
    outcome: str


def is_stale(item: Item | None, original: Original) -> bool:
    """Whether the item has moved on from this version, to a later one or to its deletion."""
    if item is None or is_later(original.sequencer, than=item.as_of):
        return False
    return item.deleted or original != item.original


def is_shown(item: Item | None, current: Original) -> bool:
    """Whether the item is about what the bucket shows, whatever became of it."""
    if item is None or item.deleted:
        return False
    if item.version_id and current.version_id:
        return item.version_id == current.version_id
    return item.etag == current.etag


def is_done(item: Item, stage: Stage) -> bool:
    """Whether the stage has nothing more to find out about the item's version."""
    if item.failure and item.failure.stage == stage:
        return True
    if stage == "rekognition":
        return item.verdict is not None
    return item.status == "rejected" or item.content is not None


def advance(item: Item | None, news: News, at: datetime) -> Item | None:
    """The item after the news: the very object given where nothing changes, None for no item."""
    match news:
        case Removing():
            changed = item and _removing(item, news)
        case Cleaned():
            changed = item and _cleaned(item, news)
        case NoticeClaimed() | NoticePublished() | NoticeSent():
            current = item is not None and item.original == news.original
            changed = _noticed(item, news, at) if item and current else item
        case Kept():
            changed = item and _kept(item, news)
        case Rendering() | Rendered() if item and is_stale(item, news.original):
            former = _claim_former(item, news.content)
            return item if former is item else replace(former, updated_at=_iso(at))
        case _ if item and is_stale(item, news.original):
            return item
        case _:
            changed = _apply(_version(item, news, at), news, at)
    if changed is None or changed is item:
        return item
    line = {"stage": news.line, "at": _iso(at), "ms": news.ms}
    lines = ({name: value for name, value in line.items() if value is not None},)
    return replace(
        changed,
        timeline=changed.timeline + (lines if news.line else ()),
        updated_at=_iso(at),
    )


def announcements(item: Item, original: Original, stage: Stage) -> tuple[Event, ...]:
    """What a stage has to say when its work on this version stands in the item.

    A repeat says the same again: that helps one that fell between writing and saying, and every
    listener bears it.
    """
    said: list[Event] = []
    if not is_stale(item, original):
        if item.status == "failed":
            if item.failure and item.failure.stage == stage:
                said.append(ImageFailed(original=original, failure=dict(vars(item.failure))))
        elif stage == "rekognition" and item.verdict:
            said.append(_decided(original, item.verdict))
        if item.status == "ready":
            said.append(ImageReady(original=original, renditions=item.renditions or {}))
    if item.obsolete:
        said.append(RenditionsObsolete(original=item.original, contents=list(item.obsolete)))
    return tuple(said)


def _decided(original: Original, verdict: Verdict) -> Event:
    match verdict.decision:
        case "accept":
            return ImageAccepted(original=original)
        case "hold":
            return ImageHeld(original=original, reasons=list(verdict.reasons))
        case "reject":
            return ImageRejected(original=original, reasons=list(verdict.reasons))


def _version(item: Item | None, news: News, at: datetime) -> Item:
    """The item of the news' own version: the one given, or a fresh one in its place."""
    if item and not is_later(news.original.sequencer, than=item.as_of):
        return item
    received = ({"stage": "received", "at": _iso(at)},)
    fresh = Item(
        image_id=news.original.image_id,
        **vars(news.original),
        as_of=news.original.sequencer,
        timeline=() if isinstance(news, Deleted) else received,
        created_at=_iso(at),
    )
    if item is None:
        return fresh
    return replace(
        fresh,
        timeline=item.timeline if isinstance(news, Deleted) else received,
        created_at=item.created_at,
        former=(*item.former, *item.claimed),
        removing=item.removing,
        previous=item.renditions if item.status == "ready" else item.previous,
        previous_content=item.content if item.status == "ready" else item.previous_content,
        revision=item.revision,
    )


def _apply(item: Item, news: News, at: datetime) -> Item:
    match news:
        case Rendering():
            return _claim(item, news.content)
        case Rendered() if item.content is None:
            rendered = replace(
                _claim(item, news.content),
                **news.facts,
                renditions=news.renditions,
                content=news.content,
                cost_usd=item.cost_usd + news.cost_usd,
            )
            return _settle(rendered)
        case Rendered():
            return _claim(item, news.content)
        case Analysed() if item.verdict is None:
            analysed = replace(
                item,
                **news.facts,
                verdict=news.verdict,
                cost_usd=item.cost_usd + news.cost_usd,
            )
            return _settle(analysed)
        case Failed() if item.failure is None or _precedes(news.failure, item.failure):
            return _settle(replace(item, **news.facts, failure=news.failure))
        case Deleted() if not item.deleted:
            return Item(
                **vars(news.original),
                image_id=item.image_id,
                as_of=item.as_of,
                deleted=True,
                former=(*item.former, *item.claimed),
                removing=item.removing,
                timeline=item.timeline,
                created_at=item.created_at,
                expires_at=int((at + TOMBSTONE).timestamp()),
                revision=item.revision,
            )
        case _:
            return item


def _kept(item: Item, news: Kept) -> Item:
    if not is_shown(item, news.current) or not is_later(news.original.sequencer, than=item.as_of):
        return item
    return replace(item, as_of=news.original.sequencer)


def _claim(item: Item, content: str) -> Item:
    return item if content in item.claimed else replace(item, claimed=(*item.claimed, content))


def _claim_former(item: Item, content: str) -> Item:
    if content in (*item.claimed, *item.former):
        return item
    return replace(item, former=(*item.former, content))


def _settle(item: Item) -> Item:
    return replace(item, previous=None, previous_content=None) if item.settled else item


def _removing(item: Item, news: Removing) -> Item:
    fresh = tuple(key for key in news.files if key not in item.removing)
    return replace(item, removing=(*item.removing, *fresh)) if fresh else item


def _cleaned(item: Item, news: Cleaned) -> Item:
    claimed, former = (
        tuple(content for content in contents if content not in news.contents)
        for contents in (item.claimed, item.former)
    )
    removing = tuple(key for key in item.removing if key not in news.files)
    if (claimed, former, removing) == (item.claimed, item.former, item.removing):
        return item
    cleaned = replace(item, claimed=claimed, former=former, removing=removing)
    if item.content in news.contents:
        return replace(cleaned, renditions=None, content=None)
    return cleaned


def _noticed(item: Item, news: NoticeClaimed | NoticePublished | NoticeSent, at: datetime) -> Item:
    told = item.notices or {}
    now = told.get(news.outcome, {})
    if now.get("state") == "sent":
        return item
    match news:
        case NoticeSent():
            entry = {"state": "sent", "at": _iso(at)}
        case NoticePublished() if "published" not in now:
            entry = {**now, "state": "sending", "published": _iso(at)}
        case NoticeClaimed() if now.get("until", "") <= _iso(at):
            entry = {**now, "state": "sending", "by": news.by, "until": _iso(news.until)}
        case _:
            return item
    return replace(item, notices={**told, news.outcome: entry})


def _precedes(failure: Failure, other: Failure) -> bool:
    """Of two stages' failures that of `resize` is kept, whichever came first."""
    return failure.stage == "resize" and other.stage != "resize"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
