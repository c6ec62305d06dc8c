"""The catalog item: everything known about one picture."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict, TypeVar, get_type_hints

from pipeline.address import content_of, parse_upload, preview_key
from pipeline.alt_text import composed
from pipeline.answers import Answers, Asked
from pipeline.facts import Analysis, Celebrity, Colour, Face, Label, ModerationLabel, Text
from pipeline.original import Original, content_id
from pipeline.score import MEASURES, technical
from pipeline.shape import Shape, ShapeError

__all__ = [
    "NOBODY",
    "SCHEMA",
    "SHARDS",
    "AltText",
    "Curation",
    "Decision",
    "Failure",
    "Item",
    "Malformed",
    "MalformedItemError",
    "PersonsVerdict",
    "Renditions",
    "Status",
    "Trashed",
    "Verdict",
    "preview_of",
    "telling",
]

SCHEMA = 2
"""The version of the stored form. Items without one are of version 1 (release 0.1.0): they lack
`schema` and the attributes for listing. Both versions can be read."""

NOBODY = "none"
"""Who stands in keys for the owner of pictures that were not uploaded through the API."""

SHARDS = "0123456789abcdef"
"""The parts of each status in the index by status, by the first digit of the image id. One part
takes about 200 pictures a second, DynamoDB's limit for one key."""

_TIME = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]T[0-2][0-9](:[0-5][0-9]){2}(\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)

T = TypeVar("T")

Status = Literal["received", "processing", "ready", "held", "rejected", "failed", "deleted"]

Renditions: TypeAlias = dict[str, dict[str, dict[str, Any]]]
"""`{name: {format: {key, width, height, bytes}}}`"""


Decision = Literal["accept", "hold", "reject"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """May the picture be shown, and why not: each reason is `{rule, limit, value, name?}`, or
    `{rule: duplicates, other}` with the id of another picture, or just `{rule: blocked}`."""

    decision: Decision
    reasons: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why nothing can be made of the upload: `code` for programs, `message` for its owner."""

    stage: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class PersonsVerdict:
    """A reviewer's decision. It outranks the policy's. `by` is the reviewer's id, `at` ISO 8601."""

    decision: Literal["accept", "reject"]
    by: str
    at: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Curation:
    """What people decided and wrote about a picture; it exists nowhere else than in the catalog.

    It holds for the bytes that it was made about, known by their version id or their SHA-256.
    """

    version_id: str | None
    sha256: str | None
    verdict: PersonsVerdict | None = None
    blocked: bool = False
    """Whether these bytes are rejected wherever they turn up in the stack."""
    alt_text: str | None = None
    focus: tuple[float, float] | None = None
    """The point that crops keep, in fractions of the width and height from the top left."""
    distinct: tuple[str, ...] = ()
    """The groups of duplicates that their owner keeps all of, the latest last: two pictures with
    one in common are not proposed again."""


@dataclass(frozen=True, kw_only=True)
class Trashed:
    """What a tombstone remembers of the picture, so that its owner can recognise it in the trash.

    `at` is when the picture was deleted; `taken_at` and `decision` are those that it had last.
    """

    bytes: int
    at: str | None = None
    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    taken_at: str | None = None
    decision: Decision | None = None


@dataclass(frozen=True, kw_only=True)
class AltText:
    """What stands for the picture where it cannot be seen, and whose words these are."""

    text: str
    by: Literal["owner", "model", "analysis"]
    """`owner` for a person who may change the picture."""


def telling(labels: Sequence[Label]) -> tuple[Label, ...]:
    """The labels from specific to general, those first that are no other's parent: `Cat` says more
    than `Animal`."""
    parents = {parent for label in labels for parent in label.get("parents", ())}
    special = [label for label in labels if label["name"] not in parents]
    general = [label for label in labels if label["name"] in parents]
    general.sort(key=lambda label: -len(label.get("parents", ())))
    return (*special, *general)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One picture of the catalog, as of its version with the latest `sequencer`.

    Times are ISO 8601 in UTC. What no stage has found out yet is None or empty. `status` is never
    set: it follows from the other fields.
    """

    # Which version this is about.
    image_id: str
    bucket: str
    key: str
    sequencer: str
    etag: str
    bytes: int
    version_id: str | None = None

    # What the stages found.
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    renditions: Renditions | None = None
    recipe: str | None = None
    """The fingerprint of the recipe that `renditions` were made by. Older items have none."""
    placed: dict[str, bool] | None = None
    """The embedding models that were shown the present content, and whether each placed it: one
    that did not never will. Older items have none."""
    labels: tuple[Label, ...] = ()
    moderation: tuple[ModerationLabel, ...] = ()
    faces: tuple[Face, ...] = ()
    text: tuple[Text, ...] = ()
    celebrities: tuple[Celebrity, ...] = ()
    quality: dict[str, float] | None = None
    colors: tuple[Colour, ...] = ()
    caption: str | None = None
    """What a model wrote that the picture shows, in a stage that has one."""
    appeal: float | None = None
    """How appealing it found the picture, 0 to 100."""
    asked: dict[str, Asked] | None = None
    """What Rekognition was asked about these bytes, by operation. Older items have none."""
    verdict: Verdict | None = None
    """The policy's."""
    policy: str | None = None
    """The fingerprint of the policy that the verdict follows. Older items have none."""
    measured: dict[str, Any] | None = None
    hashes: dict[str, str] | None = None
    placeholder: str | None = None
    exif: dict[str, Any] | None = None
    owner: str | None = None
    failure: Failure | None = None
    deleted: bool = False

    # What people made.
    curations: tuple[Curation, ...] = ()
    """One for each version or content that somebody curated, the latest last. Kept for as long as
    the item, even while the key holds other bytes; `curated` is what holds now."""
    trashed: Trashed | None = None
    """Of a tombstone: what was deleted."""
    purged: bool = False
    """Whether every version was deleted for good: the tombstone keeps none of the facts then."""

    # What the rules need to keep order.
    as_of: str = ""
    """The sequencer of the latest event of the key that this item takes into account."""
    content: str | None = None
    """The content id that `renditions` lie under."""
    claimed: tuple[str, ...] = ()
    """Every content id of this version that may have files. A content id is claimed before its
    first file is written, and let go after its last is removed."""
    former: tuple[str, ...] = ()
    """The same of the key's other versions."""
    removing: tuple[str, ...] = ()
    """Keys of files that are being removed, until the caches have dropped them."""
    previews: tuple[str, ...] = ()
    """Keys of private previews that may exist. Each is claimed before it is written, and let go
    after it is removed."""
    previous: Renditions | None = None
    """What an earlier version of the key shows until this one has reached an end state."""
    previous_content: str | None = None
    """The content id that `previous` lies under."""
    kept: Answers | None = None
    """What Rekognition answered about the bytes that the item had last, until they are analysed or
    others are; a tombstone keeps it for as long as the picture can be brought back."""
    notices: dict[str, dict[str, str]] | None = None
    """`{outcome: {state: sending, by, until, published?} | {state: sent, at}}`"""

    timeline: tuple[dict[str, Any], ...] = ()
    """What happened, oldest first: `{stage, at, ms?, note?}`."""
    costs: dict[str, float] | None = None
    """US dollars for this version, at list prices: by analysis, by function, and for writing the
    renditions. Older items have only the sum."""
    cost_usd: float = 0.0
    """The sum of `costs`."""
    saved: dict[str, float] | None = None
    """What known answers saved for this version: `calls` of Rekognition, and `usd`."""
    created_at: str = ""
    updated_at: str = ""
    expires_at: int | None = None
    """When a tombstone may be forgotten, in seconds since 1970: DynamoDB's time to live."""
    revision: int = 0
    """Counts the writes; each is conditional on the one it read."""

    @property
    def original(self) -> Original:
        return Original(
            bucket=self.bucket,
            key=self.key,
            sequencer=self.sequencer,
            etag=self.etag,
            bytes=self.bytes,
            version_id=self.version_id,
        )

    @property
    def curated(self) -> Curation | None:
        """What people made about exactly these bytes: the latest, if several hold for them."""
        for made in reversed(self.curations):
            same_version = made.version_id is not None and made.version_id == self.version_id
            if same_version or (made.sha256 is not None and made.sha256 == self.sha256):
                return made
        return None

    @property
    def sha256(self) -> str | None:
        """Of the original's bytes, once a stage has read them."""
        return (self.hashes or {}).get("sha256")

    @property
    def answers(self) -> Answers | None:
        """What Rekognition answered about this version's bytes, or, until it is analysed, about
        those before."""
        if self.verdict is None or self.sha256 is None:
            return self.kept
        analysed = (each.get("ms") for each in self.timeline if each["stage"] == "analysed")
        return Answers(
            sha256=self.sha256,
            asked=self.asked or {},
            analysis=Analysis(**{each.name: getattr(self, each.name) for each in fields(Analysis)}),
            ms=next(analysed, None),
        )

    @property
    def decision(self) -> Decision | None:
        """Whether the picture may be shown: a person's decision, else the policy's."""
        made = self.curated
        if made and made.blocked:
            return "reject"
        if made and made.verdict:
            return made.verdict.decision
        return self.verdict.decision if self.verdict else None

    @property
    def reasons(self) -> tuple[dict[str, Any], ...]:
        """Why the decision is what it is: the policy's reasons, or that a person decided."""
        made = self.curated
        if made and made.verdict:
            note = made.verdict.reason
            return ({"rule": "review", "note": note} if note else {"rule": "review"},)
        return self.verdict.reasons if self.verdict else ()

    @property
    def alt(self) -> AltText | None:
        """The text alternative: a person's, else a model's, else one composed from the analysis of
        these bytes. A tombstone has that of what was deleted."""
        if self.curated and self.curated.alt_text:
            return AltText(text=self.curated.alt_text, by="owner")
        found = self.kept.analysis if self.deleted and self.kept else self
        if found.caption:
            return AltText(text=found.caption, by="model")
        text = composed(telling(found.labels), found.faces, found.text)
        return AltText(text=text, by="analysis") if text else None

    @property
    def score(self) -> float | None:
        """By which the better pictures come first, 0 to 100: how appealing a model found it, else
        how well it is made."""
        if self.appeal is not None:
            return self.appeal
        if not self.measured or not self.width or not self.height:
            return None
        if not self.measured.keys() >= MEASURES:
            return None
        return technical(self.measured, self.width, self.height)

    @property
    def owner_id(self) -> str | None:
        """The id of the signed-in person who uploaded the picture, from the key alone."""
        upload = parse_upload(self.key)
        return upload.owner_id if upload else None

    @property
    def shown_at(self) -> str:
        """The moment that lists sort the picture under: when it was taken, else first uploaded.

        What a camera wrote is an index key only if it is a time; DynamoDB would refuse others.
        """
        return self.taken_at or self.created_at

    @property
    def taken_at(self) -> str | None:
        """When the picture was taken, if the camera wrote a time."""
        if self.trashed:
            return self.trashed.taken_at
        taken_at = (self.exif or {}).get("taken_at")
        return taken_at if isinstance(taken_at, str) and _TIME.fullmatch(taken_at) else None

    @property
    def owner_month(self) -> str:
        """The list that the picture is in: its owner's, of one month."""
        return f"{self.owner_id or 'none'}#{self.month}"

    @property
    def month(self) -> str:
        """The list of everyone's pictures that the picture is in: that of a month."""
        return self.shown_at[:7]

    @property
    def status(self) -> Status:
        decision = self.decision
        if self.deleted:
            return "deleted"
        if decision == "reject":
            return "rejected"
        if self.failure:
            return "failed"
        if decision == "hold":
            return "held"
        if decision == "accept" and self.renditions is not None:
            return "ready"
        return "received" if decision is None and self.renditions is None else "processing"

    @property
    def status_shard(self) -> str:
        """The part of the index by status that the picture is in."""
        return f"{self.status}#{self.image_id[:1]}"

    @property
    def telling_labels(self) -> tuple[Label, ...]:
        """The labels from specific to general."""
        return telling(self.labels)

    @property
    def noticed(self) -> bool:
        """Whether the notice about the present status has been sent, or bulk work withholds it."""
        return self.notified or self.notice.get("state") == "withheld"

    @property
    def notified(self) -> bool:
        """Whether the notice about the present status has been sent."""
        return self.notice.get("state") == "sent"

    @property
    def notice(self) -> dict[str, str]:
        """What is known of the notice about the present status."""
        return (self.notices or {}).get(self.status, {})

    @property
    def settled(self) -> bool:
        """Whether this version has reached an end state, so an earlier one's files may go."""
        return self.status in ("ready", "rejected", "failed", "deleted")

    @property
    def obsolete(self) -> tuple[str, ...]:
        """The content ids whose files are to be removed: nothing will ever show them again."""
        kept = {self.previous_content}
        if self.status not in ("rejected", "failed", "deleted"):
            # If several recipes made files, the first complete set is shown.
            kept |= {self.content} if self.content else {*self.claimed}
        removing = map(content_of, self.removing)
        known = dict.fromkeys((*self.former, *self.claimed, *removing))
        return tuple(content for content in known if content not in kept)

    @property
    def preview(self) -> str:
        """The key of this version's private preview, whether or not one is needed."""
        return preview_of(self.original)

    @property
    def obsolete_previews(self) -> tuple[str, ...]:
        """The private previews that are to be removed: of earlier versions, and this one's once it
        is decided. Nothing will ever show them again."""
        undecided = self.verdict is None and not self.settled
        needed = self.preview if undecided or self.status == "held" else None
        return tuple(key for key in self.previews if key != needed)

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, without what is unknown; with `status` and others for queries."""
        known = {
            name: _plain(value)
            for name, value in vars(self).items()
            if value is not None and value is not False and value != ()
        }
        derived = {
            "schema": SCHEMA,
            "status": self.status,
            "status_shard": self.status_shard,
            "owner_id": self.owner_id,
            # Not in any list: what is deleted for good looks like what never was.
            "owner_month": None if self.purged else self.owner_month,
            "shown_month": None if self.purged else self.month or None,
            "shown_at": self.shown_at,
            "alt_text": self.alt.text if self.alt else None,
            "answers_title": self.answers.title if self.answers else None,
        }
        return known | {name: value for name, value in derived.items() if value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Item":
        """The inverse of `to_dict`, for items of any schema. Unknown names are ignored.

        Raises `ShapeError` for values that `to_dict` would not have written.
        """
        if lacking := [name for name in _REQUIRED if name not in values]:
            raise ShapeError(f"item must have {', '.join(lacking)}, got none")
        names = {each.name for each in fields(cls)}
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if name in names
        }
        for name, read in _NESTED.items():
            if known.get(name) is not None:
                known[name] = _read(name, known[name], read)
        known["curations"] = tuple(
            _read("curations", each, _curation) for each in known.get("curations", ())
        )
        item = cls(**known)
        _shape().check(vars(item))
        _check_moment("created_at", item.created_at)
        _check_moment("updated_at", item.updated_at)
        for position, line in enumerate(item.timeline):
            _check_moment(f"timeline[{position}].at", line["at"])
        return item


@dataclass(frozen=True)
class Malformed:
    """A stored item that cannot be read, as one that was edited by hand. `key` is None where even
    that cannot be read."""

    image_id: str
    key: str | None
    problem: str

    def __str__(self) -> str:
        named = f"{self.image_id} of {self.key}" if self.key else self.image_id
        return f"item {named} cannot be read: {self.problem}"


class MalformedItemError(ValueError):
    """A stored item cannot be read; the message names it and what is wrong."""

    def __init__(self, item: Malformed) -> None:
        super().__init__(str(item))
        self.item = item


_REQUIRED = ("image_id", "bucket", "key", "sequencer", "etag", "bytes")


class _File(TypedDict):
    key: str
    width: int
    height: int
    bytes: int


class _Reason(TypedDict):
    rule: str
    limit: NotRequired[float]
    value: NotRequired[float]
    note: NotRequired[str]
    name: NotRequired[str]


class _Line(TypedDict):
    stage: str
    at: str
    ms: NotRequired[int]
    note: NotRequired[str]


@cache
def _shape() -> Shape:
    """The types of an item's fields; the maps that the rules look into are declared in full."""
    files = dict[str, dict[str, _File]] | None
    return Shape(
        get_type_hints(Item)
        | {"renditions": files, "previous": files, "timeline": tuple[_Line, ...]}
    )


def _check_moment(name: str, at: str) -> None:
    try:
        aware = datetime.fromisoformat(at).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise ShapeError(f"{name} must be ISO 8601 with its zone, got {at or 'nothing'}")


def _read(name: str, values: Any, read: Callable[[Any], T]) -> T:
    Shape({name: dict[str, Any]}).check({name: values})
    try:
        return read(values)
    except (IndexError, KeyError, TypeError) as error:
        raise ShapeError(f"{name} must have its fields and no others, got {error}") from error


_REASONS = Shape({"verdict.reasons": tuple[_Reason, ...]})


def _verdict(values: Mapping[str, Any]) -> Verdict:
    _REASONS.check({"verdict.reasons": values["reasons"]})
    return Verdict(decision=values["decision"], reasons=tuple(values["reasons"]))


def _failure(values: Mapping[str, Any]) -> Failure:
    return Failure(**values)


def _answers(values: Mapping[str, Any]) -> Answers:
    analysis: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values["analysis"].items()
    }
    return Answers(**{**values, "analysis": Analysis(**analysis)})


def preview_of(original: Original) -> str:
    """The key of a version's private preview."""
    return preview_key(original.image_id, content_id(original, "preview"))


def _curation(values: Mapping[str, Any]) -> Curation:
    names = {each.name for each in fields(Curation)}
    known = {name: value for name, value in values.items() if name in names}
    if verdict := known.get("verdict"):
        known["verdict"] = PersonsVerdict(**verdict)
    if focus := known.get("focus"):
        known["focus"] = (focus[0], focus[1])
    known["distinct"] = tuple(known.get("distinct", ()))
    return Curation(**known)


_NESTED: Mapping[str, Callable[[Any], Any]] = {
    "verdict": _verdict,
    "failure": _failure,
    "kept": _answers,
    "trashed": lambda values: Trashed(**values),
}
"""How each field that is a class of its own is read from its plain values."""


def _plain(value: Any) -> Any:
    if isinstance(value, Verdict):
        return {"decision": value.decision, "reasons": list(value.reasons)}
    if isinstance(value, Failure):
        return dict(vars(value))
    if isinstance(value, Trashed):
        return {name: each for name, each in vars(value).items() if each is not None}
    if isinstance(value, Answers):
        return {name: _plain(each) for name, each in vars(value).items() if each is not None}
    if isinstance(value, Analysis):
        return {name: _plain(each) for name, each in vars(value).items() if each or each == 0}
    if isinstance(value, Curation):
        focus = list(value.focus) if value.focus else None
        return asdict(value) | {"focus": focus, "distinct": list(value.distinct)}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
