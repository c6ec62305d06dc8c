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

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pipeline.answers import Asked
from pipeline.clock import iso
from pipeline.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRejected,
    ImageRestored,
    Lane,
    RenditionsObsolete,
)
from pipeline.facts import Analysis, Measurement
from pipeline.item import Curation, Failure, Item, PersonsVerdict, Renditions, Trashed, Verdict
from pipeline.original import Original, is_later, is_same_version
from pipeline.policy import Gate

__all__ = [
    "TOMBSTONE",
    "Analysed",
    "Cleaned",
    "Decided",
    "Deleted",
    "Described",
    "Distinguished",
    "Failed",
    "NoticeClaimed",
    "NoticePublished",
    "NoticeSent",
    "NoticeWithheld",
    "OtherVersionDeleted",
    "Placed",
    "Purged",
    "Received",
    "Recovered",
    "Removing",
    "Rendered",
    "Rendering",
    "Stage",
    "Unplaced",
    "Update",
    "advance",
    "announcements",
    "costs_added",
    "decisions",
    "is_about",
    "is_decidable",
    "is_done",
    "is_stale",
    "saved_added",
    "shown",
    "shown_content",
    "tombstone",
]

Stage = Literal["resize", "rekognition"]

_DISTINCT = 50
"""Groups of duplicates that a picture is kept in, at most."""

TOMBSTONE = timedelta(days=30)
"""The least time that a tombstone lives. It is longer than an event can be late: EventBridge
retries for one day, SQS then keeps the message for 14 days, in the queue and the dead-letter queue
together, and for 14 more after a redrive."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """Something learned about one version of an original; `ms` is how long it took to learn, and
    `note` what else the timeline is to say."""

    line: ClassVar[str] = ""
    """Its name in the timeline; empty if it leaves no line there."""
    original: Original
    ms: int | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Received(Update):
    """Work on this version has begun, and its private preview may be written at `preview`."""

    preview: str | None = None


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
    recipe: str | None = None
    """The recipe's fingerprint."""
    placed: Mapping[str, bool] = field(default_factory=dict)
    """Whether each embedding model placed it, by the model's name."""
    owner: str | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    """US dollars by what they were spent on."""


@dataclass(frozen=True, kw_only=True)
class Placed(Update):
    """More embedding models were shown what is written under `content`, and each placed it or
    never will."""

    content: str
    placed: Mapping[str, bool]
    costs: Mapping[str, float] = field(default_factory=dict)
    """US dollars by what they were spent on."""


@dataclass(frozen=True, kw_only=True)
class Unplaced(Update):
    """The vectors that these models made of what is written under `content` are lost."""

    content: str
    models: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Analysed(Update):
    """What is in the picture, and the policy's verdict on it. Its preview lies at `preview`."""

    line = "analysed"
    verdict: Verdict
    analysis: Analysis
    sha256: str
    preview: str | None = None
    owner: str | None = None
    asked: Mapping[str, Asked] = field(default_factory=dict)
    """What Rekognition was asked for the analysis, by operation, now or once before."""
    costs: Mapping[str, float] = field(default_factory=dict)
    """US dollars by what they were spent on."""
    saved: Mapping[str, float] = field(default_factory=dict)
    """`calls` of Rekognition and `usd` that known answers saved."""
    policy: str | None = None
    """The policy's fingerprint."""
    again: bool = False
    """Whether it takes the place of an earlier analysis and verdict."""


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
    """The files under these content ids and these previews are gone, and no cache holds one of
    `files`."""

    line = "cleaned"
    contents: tuple[str, ...]
    files: tuple[str, ...]
    previews: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decided(Update):
    """A reviewer, who had the item's `revision` on screen, approves or rejects the picture.

    With `blocked`, the same bytes are rejected in every picture. An approval after a rejection
    starts the item over, as files that were obsolete once may be gone at any moment.
    """

    line = "decided"
    revision: int
    verdict: PersonsVerdict
    blocked: bool = False


@dataclass(frozen=True, kw_only=True)
class Described(Update):
    """A person, who had the item's `revision` on screen, wrote both of these about the picture.

    Another focus point starts the item over where renditions were made with the one before.
    """

    line = "described"
    revision: int
    alt_text: str | None
    focus: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class Distinguished(Update):
    """The owner keeps all of a group of duplicates that the picture belongs to, or changes that
    back. Nothing else depends on it, so the item may have any revision."""

    group: str
    distinct: bool = True


@dataclass(frozen=True, kw_only=True)
class Recovered(Update):
    """What people made of the picture is read back from a backup. What the item has of the same
    version or bytes is newer and stays; without a verdict, it gets the one that was lost."""

    line = "recovered"
    curations: tuple[Curation, ...]


@dataclass(frozen=True, kw_only=True)
class Purged(Update):
    """Every version of the original was deleted for good, and nothing is to be known of it."""


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


@dataclass(frozen=True, kw_only=True)
class NoticeWithheld(Update):
    """Bulk work reached `outcome`, of which nobody gets a notice. One that is being sent stays, and
    a claim takes it back: the upload's own events may come later."""

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
    if not _is_shown(item.status, gate):
        return {}
    return item.renditions if item.renditions is not None else item.previous or {}


def shown_content(
    status: str, content: str | None, previous_content: str | None, gate: Gate
) -> str | None:
    """The content id that `shown` lies under, from the attributes that lists carry."""
    return (content or previous_content) if _is_shown(status, gate) else None


def _is_shown(status: str, gate: Gate) -> bool:
    if status in ("rejected", "failed", "deleted"):
        return False
    return not (status == "held" and gate == "guarded")


def is_decidable(item: Item) -> bool:
    """Whether a person may approve or reject the picture: once it is analysed."""
    return item.decision is not None and item.status not in ("failed", "deleted")


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
        case Placed() | Unplaced():
            changed = item and _placed(item, update)
        case NoticeClaimed() | NoticePublished() | NoticeSent() | NoticeWithheld():
            current = item is not None and item.original == update.original
            changed = _noticed(item, update, at) if item and current else item
        case OtherVersionDeleted():
            changed = item and _other_version_deleted(item, update)
        case Recovered():
            changed = item and _recovered(item, update, at)
        case Decided() | Described() | Distinguished() | Purged():
            changed = item and _curated(item, update, at)
        case _ if item and is_stale(item, update.original):
            claimed = _claim_stale(item, update)
            return item if claimed is item else replace(claimed, updated_at=iso(at))
        case _:
            changed = _apply(_version(item, update, at), update, at, at + remembered)
    if changed is None or changed is item:
        return item
    line = {"stage": update.line, "at": iso(at), "ms": update.ms, "note": update.note}
    lines = ({name: value for name, value in line.items() if value is not None},)
    return replace(
        changed,
        timeline=changed.timeline + (lines if update.line else ()),
        updated_at=iso(at),
    )


def announcements(
    item: Item, original: Original, stage: Stage, lane: Lane = "live"
) -> tuple[Event, ...]:
    """The events that a stage publishes once its work on this version is in the item.

    A repeat publishes them again: that recovers from a crash between writing and publishing, and
    every consumer tolerates it. Only `Image Ready` is left out once its notice is sent, which shows
    that it was published: under a backlog many pictures have two messages. Bulk work leaves it out
    as well once the notice is withheld.
    """
    published = item.noticed if lane == "backfill" else item.notified
    events: list[Event] = []
    if not is_stale(item, original):
        if item.status == "failed":
            if item.failure and item.failure.stage == stage:
                failure = dict(vars(item.failure))
                events.append(ImageFailed(original=original, lane=lane, failure=failure))
        elif stage == "rekognition" and item.verdict:
            events.append(_outcome(original, item, lane))
        if item.status == "ready" and not published:
            renditions = item.renditions or {}
            alt_text = item.alt.text if item.alt else ""
            events.append(
                ImageReady(original=original, lane=lane, renditions=renditions, alt_text=alt_text)
            )
    if item.obsolete or item.obsolete_previews:
        events.append(
            RenditionsObsolete(
                original=item.original,
                lane=lane,
                contents=list(item.obsolete),
                previews=list(item.obsolete_previews),
            )
        )
    return tuple(events)


def costs_added(before: Item | None, after: Item) -> dict[str, float]:
    """What the step from `before` to `after` adds to the costs of its version.

    Each cost of a version is added once, however often its events are delivered; what is made
    again adds to it.
    """
    same = before if before and before.original == after.original else None
    return _more(same.costs if same else None, after.costs)


def saved_added(before: Item | None, after: Item) -> dict[str, float]:
    """What the step saved of its version, likewise."""
    same = before if before and before.original == after.original else None
    return _more(same.saved if same else None, after.saved)


def _more(
    before: Mapping[str, float] | None, after: Mapping[str, float] | None
) -> dict[str, float]:
    known = before or {}
    return {
        name: each - known.get(name, 0)
        for name, each in (after or {}).items()
        if each != known.get(name)
    }


def decisions(item: Item) -> tuple[Event, ...]:
    """The events that follow what a person decided or wrote about the item's version.

    A version that is not analysed yet, or that starts over, goes through every stage again.
    """
    if item.verdict is None and not item.deleted:
        return (ImageRestored(original=item.original),)
    return announcements(item, item.original, "rekognition")


def _outcome(original: Original, item: Item, lane: Lane) -> Event:
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
    received = ({"stage": "received", "at": iso(at)},)
    fresh = Item(
        image_id=update.original.image_id,
        **vars(update.original),
        as_of=update.original.sequencer,
        timeline=() if isinstance(update, Deleted) else received,
        created_at=iso(at),
    )
    if item is None:
        return fresh
    deleted = isinstance(update, Deleted)
    return replace(
        fresh,
        timeline=item.timeline if deleted else received,
        created_at=item.created_at,
        former=(*item.former, *item.claimed),
        removing=item.removing,
        previews=item.previews,
        curations=item.curations,
        trashed=_trashed(item, at) if deleted else None,
        purged=item.purged and deleted,
        kept=None if item.purged else item.answers,
        previous=item.renditions if item.status == "ready" else item.previous,
        previous_content=item.content if item.status == "ready" else item.previous_content,
        revision=item.revision,
    )


def _owner(item: Item, stated: str | None) -> str | None:
    """The address that an upload's metadata states; the API's uploads have an owner id instead."""
    return None if item.owner_id else stated or item.owner


def _apply(item: Item, update: Update, at: datetime, expires: datetime) -> Item:
    match update:
        case Received() if update.preview:
            return _claim_preview(item, update.preview)
        case Rendering():
            return _claim(item, update.content)
        case Rendered() if item.content is None:
            rendered = replace(
                _claim(item, update.content),
                **vars(update.measurement),
                owner=_owner(item, update.owner),
                renditions=update.renditions,
                recipe=update.recipe,
                placed=dict(update.placed) or None,
                content=update.content,
                **_charged(item, update.costs),
            )
            return _settle(_with_known_bytes(rendered))
        case Rendered():
            return _claim(item, update.content)
        case Analysed() if item.verdict is None:
            return _settle(_with_known_bytes(_analysed(item, update)))
        case Analysed() if update.again:
            return _analysed_again(item, update, at)
        case Analysed():
            return _claim_preview(item, update.preview)
        case Failed():
            return _failed(item, update)
        case Deleted() if not item.deleted:
            return Item(
                **vars(update.original),
                image_id=item.image_id,
                as_of=item.as_of,
                deleted=True,
                former=(*item.former, *item.claimed),
                removing=item.removing,
                previews=item.previews,
                curations=item.curations,
                trashed=None if item.purged else _trashed(item, at),
                purged=item.purged,
                kept=None if item.purged else item.answers,
                timeline=item.timeline,
                created_at=item.created_at,
                expires_at=int(expires.timestamp()),
                revision=item.revision,
            )
        case _:
            return item


def _placed(item: Item, update: Placed | Unplaced) -> Item:
    """Nothing changes about another version or content, or where all of it is known."""
    known = item.placed or {}
    if (item.original, item.content) != (update.original, update.content):
        return item
    if isinstance(update, Unplaced):
        left = {model: done for model, done in known.items() if model not in update.models}
        return item if left == known else replace(item, placed=left or None)
    placed = {**known, **update.placed}
    return item if placed == known else replace(item, placed=placed, **_charged(item, update.costs))


def _analysed(item: Item, update: Analysed) -> Item:
    return replace(
        _claim_preview(item, update.preview),
        **vars(update.analysis),
        hashes={"sha256": update.sha256} | (item.hashes or {}),
        owner=_owner(item, update.owner),
        asked=dict(update.asked) or None,
        kept=None,
        verdict=update.verdict,
        policy=update.policy,
        saved=_sums(item.saved, update.saved) or None,
        **_charged(item, update.costs),
    )


def _analysed_again(item: Item, update: Analysed, at: datetime) -> Item:
    """With the new analysis and verdict in place of those that it has.

    What needs files that may be going starts over instead, with the new answers: a rejected picture
    that is rejected no more, and one that needs a preview, as it is held now.
    """
    if (item.policy, item.asked) == (update.policy, dict(update.asked) or None):
        return item
    again = _analysed(item, update)
    before = item.verdict.decision if item.verdict else None
    shown_again = item.status == "rejected" and again.decision != "reject"
    if shown_again or (update.verdict.decision == "hold" and before != "hold"):
        return replace(
            _start_over(item, at),
            kept=again.answers,
            saved=dict(update.saved) or None,
            **_charged(_start_over(item, at), update.costs),
        )
    return _settle(again)


def _sums(before: Mapping[str, float] | None, added: Mapping[str, float]) -> dict[str, float]:
    known = before or {}
    return {name: known.get(name, 0) + added.get(name, 0) for name in (*known, *added)}


def _failed(item: Item, update: Failed) -> Item:
    """With the failure. Other bytes that Rekognition is never asked about leave no answers about
    those before."""
    if update.failure.stage == "rekognition" and item.kept:
        item = replace(item, kept=None)
    if item.failure and not _precedes(update.failure, item.failure):
        return item
    return _settle(replace(item, owner=_owner(item, update.owner), failure=update.failure))


def _charged(item: Item, costs: Mapping[str, float]) -> dict[str, Any]:
    if not costs:
        return {}
    return {
        "costs": _sums(item.costs, costs),
        "cost_usd": item.cost_usd + sum(costs.values()),
    }


def _other_version_deleted(item: Item, update: OtherVersionDeleted) -> Item:
    if not is_about(item, update.current) or not is_later(
        update.original.sequencer, than=item.as_of
    ):
        return item
    return replace(item, as_of=update.original.sequencer)


def _trashed(item: Item, at: datetime) -> Trashed | None:
    """What a tombstone in the place of the item remembers; None if nothing was known."""
    if item.trashed or not item.bytes:
        return item.trashed
    return Trashed(
        bytes=item.bytes,
        at=iso(at),
        width=item.width,
        height=item.height,
        placeholder=item.placeholder,
        taken_at=item.taken_at,
        decision=item.decision,
    )


def _curated(
    item: Item, update: Decided | Described | Distinguished | Purged, at: datetime
) -> Item:
    if isinstance(update, Purged):
        return item if item.purged else _purged(item)
    if item.original != update.original:
        return item
    made = item.curated or Curation(version_id=None, sha256=None)
    made = replace(made, version_id=item.version_id, sha256=item.sha256 or made.sha256)
    if made.version_id is None and made.sha256 is None:
        return item
    if isinstance(update, Distinguished):
        return _distinguished(item, update, made)
    if item.revision != update.revision:
        return item
    match update:
        case Decided() if is_decidable(item):
            made = replace(made, verdict=update.verdict, blocked=update.blocked)
            again = item.status == "rejected" and update.verdict.decision == "accept"
        case Described() if not item.deleted and not item.purged:
            rendered = item.claimed and item.status in ("processing", "ready", "held", "received")
            again = bool(rendered) and update.focus != made.focus
            made = replace(made, alt_text=update.alt_text, focus=update.focus)
        case _:
            return item
    # Over from the item as it was: what a rejected one had is never shown again.
    item = _start_over(item, at) if again else item
    return _settle(replace(item, curations=_with_curation(item.curations, made)))


def _distinguished(item: Item, update: Distinguished, made: Curation) -> Item:
    if item.deleted or item.purged or (update.group in made.distinct) == update.distinct:
        return item
    others = tuple(each for each in made.distinct if each != update.group)
    distinct = (*others, update.group)[-_DISTINCT:] if update.distinct else others
    return replace(item, curations=_with_curation(item.curations, replace(made, distinct=distinct)))


def _recovered(item: Item, update: Recovered, at: datetime) -> Item:
    versions = {each.version_id for each in item.curations} - {None}
    digests = {each.sha256 for each in item.curations} - {None}
    lost = tuple(
        each
        for each in update.curations
        if each.version_id not in versions and each.sha256 not in digests
    )
    # Newer words do not replace a verdict.
    own = tuple(_with_lost_verdict(each, update.curations, digests) for each in item.curations)
    if item.purged or (*lost, *own) == item.curations:
        return item
    # The item's own are the latest.
    recovered = replace(item, curations=(*lost, *own))
    if item.status == "rejected" and recovered.decision == "accept":
        # As after an approval: its files may be gone at any moment.
        recovered = replace(_start_over(item, at), curations=recovered.curations)
    return _settle(recovered)


def _with_lost_verdict(
    made: Curation, lost: tuple[Curation, ...], digests: set[str | None]
) -> Curation:
    """With the verdict that was lost about the same version or bytes, if it has none of its own."""
    if made.verdict:
        return made
    for each in reversed(lost):
        same_bytes = each.sha256 is not None and each.sha256 == made.sha256
        same_version = each.version_id is not None and each.version_id == made.version_id
        if each.verdict and (same_bytes or (same_version and each.sha256 not in digests)):
            digest = made.sha256 or each.sha256
            return replace(made, verdict=each.verdict, blocked=each.blocked, sha256=digest)
    return made


def _start_over(item: Item, at: datetime) -> Item:
    """The same version, ordered just after everything that the item takes into account."""
    original = replace(item.original, sequencer=item.as_of).just_after()
    fresh = _version(item, Received(original=original), at)
    return replace(fresh, hashes={"sha256": item.sha256} if item.sha256 else None)


def _purged(item: Item) -> Item:
    """Without the facts if it is a tombstone; a live item loses them with its `Deleted`."""
    purged = replace(item, purged=True, curations=(), trashed=None, kept=None)
    return replace(purged, timeline=()) if item.deleted else purged


def _with_known_bytes(item: Item) -> Item:
    """What was written about a version before its bytes were known follows these bytes from now
    on, together with what was made about them in an earlier version."""
    made = item.curated
    if made is None or made.sha256 is not None:
        return item
    same = [each for each in item.curations if each.sha256 == item.sha256]
    known = replace(made, sha256=item.sha256)
    if same:
        known = replace(
            same[-1],
            version_id=made.version_id,
            alt_text=made.alt_text or same[-1].alt_text,
            focus=made.focus or same[-1].focus,
            distinct=tuple(dict.fromkeys((*same[-1].distinct, *made.distinct)))[-_DISTINCT:],
        )
    return replace(item, curations=_with_curation(item.curations, known))


def _with_curation(curations: tuple[Curation, ...], made: Curation) -> tuple[Curation, ...]:
    """One for each version; those of the same bytes hold the same."""
    known = made.sha256 is not None
    others = [
        replace(made, version_id=each.version_id) if known and each.sha256 == made.sha256 else each
        for each in curations
        if each.version_id != made.version_id
        or (made.version_id is None and each.sha256 != made.sha256)
    ]
    return (*others, made)


def _claim_stale(item: Item, update: Update) -> Item:
    """What may be written for a version that the item has moved on from, so that it is removed."""
    match update:
        case Rendering() | Rendered():
            return _claim_former(item, update.content)
        case Received() | Analysed():
            return _claim_preview(item, update.preview)
        case _:
            return item


def _claim_preview(item: Item, key: str | None) -> Item:
    if key is None or key in item.previews:
        return item
    return replace(item, previews=(*item.previews, key))


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
    previews = tuple(key for key in item.previews if key not in update.previews)
    left = {"claimed": claimed, "former": former, "removing": removing, "previews": previews}
    if all(getattr(item, name) == value for name, value in left.items()):
        return item
    cleaned = replace(item, **left)  # type: ignore[arg-type]  # each a tuple of text
    if item.content in update.contents:
        return replace(cleaned, renditions=None, placed=None, content=None)
    return cleaned


def _noticed(
    item: Item,
    update: NoticeClaimed | NoticePublished | NoticeSent | NoticeWithheld,
    at: datetime,
) -> Item:
    notices = item.notices or {}
    now = notices.get(update.outcome, {})
    if now.get("state") == "sent":
        return item
    match update:
        case NoticeSent():
            entry = {"state": "sent", "at": iso(at)}
        case NoticeWithheld() if not now:
            entry = {"state": "withheld", "at": iso(at)}
        case NoticePublished() if "published" not in now:
            entry = {**now, "state": "sending", "published": iso(at)}
        case NoticeClaimed() if now.get("until", "") <= iso(at):
            entry = {**now, "state": "sending", "by": update.by, "until": iso(update.until)}
        case _:
            return item
    return replace(item, notices={**notices, update.outcome: entry})


def _precedes(failure: Failure, other: Failure) -> bool:
    """Of two stages' failures that of `resize` is kept, whichever came first."""
    return failure.stage == "resize" and other.stage != "resize"
