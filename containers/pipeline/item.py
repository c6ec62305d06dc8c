"""The catalogue item: all that is known of one picture."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from pipeline.original import Original

__all__ = ["Failure", "Item", "Renditions", "Status", "Verdict"]

Status = Literal["received", "processing", "ready", "held", "rejected", "failed", "deleted"]

Renditions: TypeAlias = dict[str, dict[str, dict[str, Any]]]
"""`{name: {format: {key, width, height, bytes}}}`"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """May the picture be shown, and why not: each reason is `{rule, limit, value, name?}`."""

    decision: Literal["accept", "hold", "reject"]
    reasons: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why nothing can be made of the upload: `code` for programs, `message` for its owner."""

    stage: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """One picture of the catalogue, as of its version with the latest `sequencer`.

    Times are ISO 8601 in UTC. What a stage has not found out yet is None or empty. `status` is
    never set: it follows from what is known.
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
    labels: tuple[dict[str, Any], ...] = ()
    moderation: tuple[dict[str, Any], ...] = ()
    faces: tuple[dict[str, Any], ...] = ()
    text: tuple[dict[str, Any], ...] = ()
    celebrities: tuple[dict[str, Any], ...] = ()
    quality: dict[str, float] | None = None
    colors: tuple[dict[str, Any], ...] = ()
    verdict: Verdict | None = None
    measured: dict[str, Any] | None = None
    """What the renditions' maker found in the pixels: `{sharpness, brightness, contrast, shadows,
    highlights}`, each 0 to 100; `colors: [{hex, share}]`, the commonest first, each `share` of the
    visible area 0 to 1; `frames`, 1 for a still; `has_alpha`."""
    hashes: dict[str, str] | None = None
    placeholder: str | None = None
    exif: dict[str, Any] | None = None
    owner: str | None = None
    failure: Failure | None = None
    deleted: bool = False

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
    """Keys of files that are being removed, until the caches have forgotten them."""
    previous: Renditions | None = None
    """What an earlier version of the key shows until this one has come to its end."""
    previous_content: str | None = None
    """The content id that `previous` lies under."""
    notices: dict[str, dict[str, str]] | None = None
    """`{outcome: {state: sending, by, until, published?} | {state: sent, at}}`"""

    timeline: tuple[dict[str, Any], ...] = ()
    """What happened, oldest first: `{stage, at, ms?}`."""
    cost_usd: float = 0.0
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
    def status(self) -> Status:
        decision = self.verdict and self.verdict.decision
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
    def telling_labels(self) -> tuple[dict[str, Any], ...]:
        """The labels, those first that are no other's parent, then from special to general:
        `Cat` tells more than `Animal`."""
        parents = {parent for label in self.labels for parent in label["parents"]}
        special = [label for label in self.labels if label["name"] not in parents]
        general = [label for label in self.labels if label["name"] in parents]
        general.sort(key=lambda label: -len(label["parents"]))
        return (*special, *general)

    @property
    def settled(self) -> bool:
        """Whether this version has come to its end, so that an earlier one's files may go."""
        return self.status in ("ready", "rejected", "failed", "deleted")

    @property
    def obsolete(self) -> tuple[str, ...]:
        """The content ids whose files are to be removed: nothing shows them again, ever."""
        kept = {self.previous_content}
        if self.status not in ("rejected", "failed", "deleted"):
            # Of several recipes' files those that were done first are shown.
            kept |= {self.content} if self.content else {*self.claimed}
        removing = (key.split("/")[2] for key in self.removing)
        known = dict.fromkeys((*self.former, *self.claimed, *removing))
        return tuple(content for content in known if content not in kept)

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, without what is unknown; `status` is included for queries."""
        known = {
            name: _plain(value)
            for name, value in vars(self).items()
            if value is not None and value is not False and value != ()
        }
        return {**known, "status": self.status}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Item":
        """The inverse of `to_dict`. Names that this version does not know are left out."""
        names = {each.name for each in fields(cls)}
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if name in names
        }
        if verdict := known.get("verdict"):
            known["verdict"] = Verdict(
                decision=verdict["decision"], reasons=tuple(verdict["reasons"])
            )
        if failure := known.get("failure"):
            known["failure"] = Failure(**failure)
        return cls(**known)


def _plain(value: Any) -> Any:
    if isinstance(value, Verdict):
        return {"decision": value.decision, "reasons": list(value.reasons)}
    if isinstance(value, Failure):
        return dict(vars(value))
    return list(value) if isinstance(value, tuple) else value
