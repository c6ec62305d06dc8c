"""Every event that the pipeline consumes or publishes, one class per type.

`parse` reads an EventBridge event into its class; `Event.detail()` is what goes on the bus. Keys in
S3's events are taken as they are: on EventBridge they are not URL-encoded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from pipeline.original import Original

__all__ = [
    "FOUND_BY",
    "SCHEMA",
    "SOURCE",
    "Event",
    "ImageAccepted",
    "ImageFailed",
    "ImageHeld",
    "ImageReady",
    "ImageRejected",
    "ImageRestored",
    "ImageRetired",
    "Lane",
    "ObjectCreated",
    "ObjectDeleted",
    "ObjectRestored",
    "OriginalMissing",
    "RenditionsObsolete",
    "UnexpectedEventError",
    "parse",
]

SOURCE = "darkroom"

SCHEMA = 2
"""The version of every detail below. Events without one are of version 1 (release 0.1.0), which had
no `lane`. Consumers ignore names that they do not know."""

FOUND_BY = frozenset({"likeness", "vectors"})
"""What `stale` may name that changes nothing about a picture: it only is found again."""

Lane = Literal["live", "backfill"]
"""What an event belongs to: somebody's upload, or bulk work, which must not delay uploads. Every
follow-up event is on the lane of the event that caused it."""


class UnexpectedEventError(Exception):
    """An event that no rule should have sent here; the message names the field at fault."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to one version of one original."""

    detail_type: ClassVar[str]
    source: ClassVar[str] = SOURCE
    original: Original
    lane: Lane = "live"
    at: datetime | None = field(default=None, compare=False)
    """When it was published, by the envelope; None until then. Two events that differ in nothing
    else are equal."""

    def detail(self) -> dict[str, Any]:
        """The event's `detail`: `schema`, `lane`, `image_id`, the original's fields, and those
        that the type adds."""
        added = {
            name: value for name, value in vars(self).items() if name not in ("original", "at")
        }
        image_id = self.original.image_id
        return {"schema": SCHEMA, "image_id": image_id, **vars(self.original), **added}


@dataclass(frozen=True, kw_only=True)
class ObjectCreated(Event):
    """S3: an object was uploaded or overwritten, perhaps by an empty one."""

    detail_type = "Object Created"
    source = "aws.s3"


@dataclass(frozen=True, kw_only=True)
class ObjectDeleted(Event):
    """S3: an object or one version of it was deleted, hidden by a delete marker, or shown again
    by the removal of one. S3 gives no etag and no size."""

    detail_type = "Object Deleted"
    source = "aws.s3"
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ObjectRestored(Event):
    """S3: a copy of an archived object can be read for some days. S3 gives no sequencer."""

    detail_type = "Object Restore Completed"
    source = "aws.s3"


@dataclass(frozen=True, kw_only=True)
class ImageAccepted(Event):
    """The picture may be shown. `rendering` is whether `resize` has begun on this version."""

    detail_type = "Image Accepted"
    rendering: bool = False


@dataclass(frozen=True, kw_only=True)
class ImageHeld(Event):
    """A person should decide; `reasons` say why. `rendering` is whether `resize` has begun on this
    version."""

    detail_type = "Image Held"
    reasons: list[dict[str, Any]] = field(default_factory=list)
    rendering: bool = False


@dataclass(frozen=True, kw_only=True)
class ImageRejected(Event):
    """The picture must not be shown; `reasons` say why."""

    detail_type = "Image Rejected"
    reasons: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ImageReady(Event):
    """The picture is accepted and rendered; `renditions` is `{name: {format: rendition}}`, and
    `alt_text` what it shows, empty where nothing is known."""

    detail_type = "Image Ready"
    alt_text: str = ""
    renditions: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ImageFailed(Event):
    """Nothing can be made of the upload; `failure` is `{stage, code, message}`."""

    detail_type = "Image Failed"
    failure: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ImageRetired(Event):
    """Renditions were removed: `removed` holds their key prefixes, `reason` the item's status."""

    detail_type = "Image Retired"
    reason: str
    removed: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ImageRestored(Event):
    """The current version is not the one in the catalog: process it as if it were new. With
    `stale`, it is, and these results are made again: `renditions` of a version that starts over,
    `verdicts` and `analysis` in place. With `likeness`, its look is listed again; with `vectors`,
    it is placed by the models that have not placed it."""

    detail_type = "Image Restored"
    stale: list[str] = field(default_factory=list)

    @property
    def is_only_to_be_found(self) -> bool:
        """Whether everything that `stale` names has the picture found, and nothing is analysed."""
        return bool(self.stale) and FOUND_BY.issuperset(self.stale)


@dataclass(frozen=True, kw_only=True)
class OriginalMissing(Event):
    """The catalog shows this version, but nothing lies under its key any more."""

    detail_type = "Original Missing"


@dataclass(frozen=True, kw_only=True)
class RenditionsObsolete(Event):
    """Renditions under these content ids of the image are to be removed, and these previews."""

    detail_type = "Renditions Obsolete"
    contents: list[str] = field(default_factory=list)
    previews: list[str] = field(default_factory=list)


_DARKROOM: dict[str, type[Event]] = {
    kind.detail_type: kind
    for kind in (
        ImageAccepted,
        ImageHeld,
        ImageRejected,
        ImageReady,
        ImageFailed,
        ImageRetired,
        ImageRestored,
        OriginalMissing,
        RenditionsObsolete,
    )
}

_SINCE: Mapping[str, Any] = {"alt_text": "", "previews": [], "stale": []}
"""Fields that were added later, with what they are in events that lack them."""

_S3 = "aws.s3"

COPY = "CopyObject"
"""S3's reason for an object that was copied within S3. Few copy by hand, and who copies a bucket
must not delay uploads."""

_OBJECT: dict[str, type[Event]] = {
    kind.detail_type: kind for kind in (ObjectCreated, ObjectDeleted, ObjectRestored)
}


def parse(event: Any) -> Event:
    """Read one EventBridge event.

    Raises `UnexpectedEventError`, naming the field, for anything that is not one of this module's
    types in full.
    """
    source = _text(event, "source")
    detail_type = _text(event, "detail-type")
    detail = _get(event, "detail", dict)
    if source == SOURCE and detail_type in _DARKROOM:
        return _darkroom(_DARKROOM[detail_type], detail, _time(event))
    if source == _S3 and detail_type in _OBJECT:
        return _OBJECT[detail_type](
            original=_s3_original(detail, detail_type),
            lane="backfill" if detail.get("reason") == COPY else "live",
            at=_time(event),
        )
    raise UnexpectedEventError(
        "source and detail-type must be ones that this pipeline consumes, "
        f"got {source!r}, {detail_type!r}"
    )


def _darkroom(kind: type[Event], detail: Mapping[str, Any], at: datetime) -> Event:
    version_id = detail.get("version_id")
    if version_id is not None and not isinstance(version_id, str):
        raise UnexpectedEventError(f"version_id must be str or null, got {version_id!r}")
    original = Original(
        bucket=_text(detail, "bucket"),
        key=_text(detail, "key"),
        sequencer=_text(detail, "sequencer"),
        etag=_get(detail, "etag", str),
        bytes=_get(detail, "bytes", int),
        version_id=version_id,
    )
    lane: Lane = "backfill" if detail.get("lane") == "backfill" else "live"
    return kind(original=original, lane=lane, at=at, **_added(kind, detail))


def _added(kind: type[Event], detail: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the type adds; unknown names are ignored."""
    added: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        if name in ("original", "lane", "at") or get_origin(hint) is ClassVar:
            continue
        if hint is bool:
            added[name] = _flag(detail, name)
            continue
        value = _get(detail, name, get_origin(hint) or hint, _SINCE.get(name))
        if get_origin(hint) is list:
            entry = get_origin(get_args(hint)[0]) or get_args(hint)[0]
            if not all(isinstance(each, entry) for each in value):
                raise UnexpectedEventError(
                    f"{name} must hold {entry.__name__} only, got {value!r:.200}"
                )
        added[name] = value
    return added


def _s3_original(detail: Mapping[str, Any], detail_type: str) -> Original:
    bucket = _get(detail, "bucket", dict)
    entry = _get(detail, "object", dict)
    return Original(
        bucket=_text(bucket, "name"),
        key=_text(entry, "key"),
        sequencer="" if detail_type == ObjectRestored.detail_type else _text(entry, "sequencer"),
        etag=_get(entry, "etag", str, ""),
        bytes=_get(entry, "size", int, 0),
        version_id=_get(entry, "version-id", str, "") or None,
    )


def _time(event: Mapping[str, Any]) -> datetime:
    text = _text(event, "time")
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise UnexpectedEventError(
            f"time must be ISO 8601 with an offset from UTC, got {text!r:.200}"
        )
    return time


def _flag(source: Mapping[str, Any], name: str) -> bool:
    """A truth value, false where an older release did not write it."""
    value = source.get(name, False)
    if not isinstance(value, bool):
        raise UnexpectedEventError(f"{name} must be true or false, got {value!r:.200}")
    return value


def _text(source: Any, name: str) -> str:
    value: str = _get(source, name, str)
    if not value:
        raise UnexpectedEventError(f"{name} must not be empty")
    return value


def _get(source: Any, name: str, kind: type, default: Any = None) -> Any:
    if not isinstance(source, dict):
        raise UnexpectedEventError(f"{name} must be in an object, got {source!r:.200}")
    value = source.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UnexpectedEventError(f"{name} must be {kind.__name__}, got {value!r:.200}")
    return value
