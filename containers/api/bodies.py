"""What requests and responses hold, as the OpenAPI document describes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from pipeline.item import Item, Status
from pipeline.lifecycle import shown, shown_content
from pipeline.listing import Row
from pipeline.policy import Gate
from pipeline.text import is_unseen

__all__ = [
    "Batch",
    "Body",
    "Day",
    "Days",
    "Decision",
    "Decisions",
    "Download",
    "FocusPoint",
    "ImageId",
    "Parts",
    "Patch",
    "Picture",
    "PictureList",
    "PictureRow",
    "Reason",
    "Receipt",
    "ReviewList",
    "Reviewed",
    "Ruling",
    "Rulings",
    "SignPart",
    "SignedRequest",
    "State",
    "States",
    "Upload",
    "Uploads",
    "name_of",
    "row_of",
]

ImageId = Annotated[
    str, StringConstraints(pattern="^[0-9a-f]{32}$"), Field(description="A picture's id")
]
Digest = Annotated[
    str,
    StringConstraints(pattern="^[0-9a-f]{64}$"),
    Field(description="SHA-256 in hexadecimal digits"),
]
_Fraction = Annotated[float, Field(ge=0, le=1)]


class Body(BaseModel):
    """What a request or a response holds. Its schema is built when a request first needs it, not in
    every cold start."""

    model_config = ConfigDict(defer_build=True)


def _whole(value: Any) -> Any:
    """In JSON, `376.0` is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Whole = Annotated[int, BeforeValidator(_whole)]


class Strict(Body):
    """A body in which nothing is ignored, and nothing converted: `"true"` is no boolean."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FocusPoint(Strict):
    """The point that crops keep, in fractions of the width and height from the top left."""

    x: _Fraction
    y: _Fraction


class NewFile(Strict):
    """A file to be uploaded."""

    name: str = Field(min_length=1, max_length=200, description="Its name, without folders")
    type: Annotated[str, StringConstraints(pattern=r"^image/[a-z0-9.+-]{1,60}$")]
    bytes: _Whole = Field(ge=1, le=80_000_000_000)
    sha256: Digest | None = Field(
        default=None, description="Required up to 20 MB; larger files are compared with it whole"
    )


class Batch(Strict):
    """Files to be uploaded."""

    files: list[NewFile] = Field(min_length=1, max_length=50)


class SignedRequest(Body):
    """A request to S3, good for 15 minutes. Send exactly these headers, and the bytes signed."""

    method: str
    url: str
    headers: dict[str, str]


class SameFile(Body):
    """A picture of the caller's with the same file."""

    id: ImageId
    name: str


class Upload(Body):
    """An upload that may begin, or `error`, why it may not.

    With `url` it is one request; with `part_bytes` it goes in parts of that size.
    """

    id: ImageId | None = None
    method: str | None = None
    url: str | None = None
    headers: dict[str, str] | None = None
    part_bytes: int | None = None
    expires_at: datetime | None = None
    error: str | None = None
    same: SameFile | None = Field(
        default=None, description="What the caller has of the same file already"
    )


class Uploads(Body):
    """One entry for each file, in their order."""

    uploads: list[Upload]


class SignPart(Strict):
    """A part to be uploaded."""

    number: _Whole = Field(ge=1, le=10_000)
    bytes: _Whole = Field(ge=1, le=8 * 1024 * 1024)
    sha256: Digest


class Parts(Body):
    """The numbers of the parts that have arrived."""

    arrived: list[int]


class State(Body):
    """A picture's state; `awaited` if nothing is known that the caller may see."""

    id: ImageId
    status: Status | Literal["awaited"]
    revision: int


class States(Body):
    """One entry for each id, in their order."""

    pictures: list[State]


class PictureRow(Body):
    """A picture in a list. Renditions lie under `address`: `<address><name>`."""

    id: ImageId
    name: str
    status: Status
    date: str = Field(description="When it was taken, else uploaded: ISO 8601")
    address: str | None = None
    width: int | None = None
    height: int | None = None
    alt_text: str | None = Field(
        default=None,
        description="What it shows: its owner's words, else a model's or the analysis's",
    )
    labels: list[str] = Field(default=[], description="The most telling three")
    placeholder: str | None = Field(default=None, description="A ThumbHash in base 64")
    bytes: int | None = Field(default=None, description="Of a picture in the trash")
    deleted_at: str | None = Field(default=None, description="Of a picture in the trash")


class PictureList(Body):
    """Pictures, the newest first. A page may be short: only without `cursor` it is the last."""

    pictures: list[PictureRow]
    cursor: str | None


class ScoredPicture(PictureRow):
    """A picture and how good it is."""

    score: float = Field(description="0 to 100")


class BestPictures(Body):
    """Pictures, the best first."""

    pictures: list[ScoredPicture]
    compared: int = Field(description="How many were compared: the newest, at most 500")
    more: bool = Field(description="Whether there are older ones, which were not")


class Match(Body):
    """What of a picture has words that were searched for: `text` is a line that can be read in it,
    `description` is of `alt_text`. A long one is cut to a part that has them."""

    kind: Literal["label", "text", "description"]
    value: str = Field(description="At most 80 characters")


class FoundPicture(PictureRow):
    """A picture that a search found."""

    similarity: float = Field(
        description="To what was searched for, -1 to 1: comparable within one response alone"
    )
    why: list[Match] = Field(
        description="What of it has the words, at most five. Empty where it only is similar, was "
        "found by example, or by conditions alone"
    )


class FoundPictures(Body):
    """What a search found, the best first."""

    pictures: list[FoundPicture]
    exact: bool = Field(
        description="Whether words were looked for literally alone: in labels, texts and "
        "descriptions of the newest 5,000 pictures. So it is in a stage without an embedding"
    )


class Example(Strict):
    """A picture to search by."""

    jpeg: str = Field(
        pattern="^/9j/(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
        max_length=240_000,
        description="A JPEG of at most 2,048 pixels a side, in base 64",
    )
    limit: _Whole = Field(default=50, ge=1, le=100, description="Pictures, at most")


class KnownWord(Body):
    """A label or camera, and how many pictures have it."""

    name: str
    pictures: int


class KnownWords(Body):
    """What pictures can be searched by, that of most pictures first."""

    labels: list[KnownWord]
    cameras: list[KnownWord]


class Day(Body):
    """How many pictures a day has."""

    date: str
    pictures: int
    states: dict[Status, int] = Field(description="How many are in each state that any is in")


class Days(Body):
    """Days, the newest first. With `cursor` there are more, and the last day may be one of them."""

    days: list[Day]
    cursor: str | None


class Fact(Body):
    """Something that a stage found out. Later releases may add to it."""

    model_config = ConfigDict(extra="allow")


class Box(Fact):
    """A part of the upright picture, in fractions of its width and height from the top left."""

    left: float
    top: float
    width: float
    height: float


class Label(Fact):
    """Something in the picture; `parents` are the more general labels it belongs to."""

    name: str
    confidence: float
    parents: list[str] = []


class Face(Fact):
    """A face; `quality` has brightness and sharpness, each 0 to 100."""

    confidence: float
    box: Box
    quality: dict[str, float] = {}


class Text(Fact):
    """A line of text."""

    text: str
    confidence: float
    box: Box


class Celebrity(Fact):
    """A person whom Rekognition recognises."""

    name: str
    confidence: float


class Colour(Fact):
    """A dominant colour: `#rrggbb`, its nearest CSS name, and its share in percent."""

    hex: str
    name: str
    percent: float


class Reason(Fact):
    """Why the picture is not shown. A rule of the policy has its limit and the picture's value, and
    of a moderation label also its name. `duplicates` names the picture that has the same file."""

    rule: str
    limit: float | None = None
    value: float | None = None
    name: str | None = None
    other: ImageId | None = None
    note: str | None = Field(default=None, description="What the reviewer wrote")


class Moment(Fact):
    """A line of the timeline; `ms` is how long the stage took."""

    stage: str
    at: str
    ms: float | None = None
    note: str | None = None


class Rendering(Fact):
    """A rendition in one format."""

    address: str
    width: int | None = None
    height: int | None = None
    bytes: int | None = None


class Failed(Fact):
    """Why nothing can be made of the upload."""

    stage: str
    code: str
    message: str


class Exposure(Fact):
    """How the picture was exposed."""

    seconds: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    focal_length_35mm: float | None = None
    bias_ev: float | None = None
    flash: bool | None = None


class Position(Fact):
    """Where the picture was taken, in degrees of WGS 84."""

    latitude: float
    longitude: float
    altitude_m: float | None = None


class Exif(Fact):
    """What the camera wrote."""

    taken_at: str | None = None
    camera: str | None = None
    lens: str | None = None
    exposure: Exposure | None = None
    gps: Position | None = None
    title: str | None = None
    creator: str | None = None
    copyright: str | None = None


class Verdict(Body):
    """A person's decision, as reviewers see it."""

    decision: Literal["approve", "reject"]
    at: str
    reason: str
    by: str
    blocked: bool


class Picture(Body):
    """Everything that the caller may know of a picture."""

    id: ImageId
    revision: int
    name: str
    status: Status
    date: str
    uploaded_at: str
    type: str | None
    bytes: int
    width: int | None
    height: int | None
    placeholder: str | None
    alt_text: str | None = Field(description="What it shows, for whoever cannot see it")
    alt_by: Literal["owner", "model", "analysis"] | None = Field(
        description="Whose words `alt_text` is"
    )
    focus: FocusPoint | None
    renditions: dict[str, dict[str, Rendering]]
    labels: list[Label]
    faces: list[Face]
    text: list[Text]
    celebrities: list[Celebrity]
    colors: list[Colour]
    measured: dict[str, Any] | None
    score: float | None = Field(
        description="0 to 100: how appealing a model found it, else how well it is made"
    )
    score_by: Literal["model", "measures"] | None = Field(description="What `score` is made of")
    exif: Exif | None
    reasons: list[Reason]
    verdict: Verdict | None
    failure: Failed | None
    timeline: list[Moment]
    costs: dict[str, float] | None = Field(
        description="US dollars at list prices, by what they were paid for"
    )
    manages: bool = Field(description="Whether the caller may change and delete the picture")

    @classmethod
    def of(cls, item: Item, *, gate: Gate, manages: bool, reviewer: bool) -> "Picture":
        """The picture for an owner or reviewer; for others only what is shown, and no position."""
        made = item.curated
        trashed = item.trashed
        known = item.renditions if manages and item.renditions else shown(item, gate)
        exif = dict(item.exif or {})
        if not manages:
            exif.pop("gps", None)
        return cls(
            id=item.image_id,
            revision=item.revision,
            name=name_of(item.key),
            status=item.status,
            date=item.shown_at,
            uploaded_at=item.created_at,
            type=item.content_type,
            bytes=trashed.bytes if trashed else item.bytes,
            width=trashed.width if trashed else item.width,
            height=trashed.height if trashed else item.height,
            placeholder=trashed.placeholder if trashed else item.placeholder,
            alt_text=item.alt.text if item.alt else None,
            alt_by=item.alt.by if item.alt else None,
            focus=FocusPoint(x=made.focus[0], y=made.focus[1]) if made and made.focus else None,
            renditions=_addressed(known),
            labels=[Label(**each) for each in item.labels],
            faces=[Face.model_validate(each) for each in item.faces],
            text=[Text.model_validate(each) for each in item.text],
            celebrities=[Celebrity(**each) for each in item.celebrities],
            colors=[Colour(**each) for each in item.colors],
            measured=item.measured,
            score=item.score,
            score_by=None if item.score is None else "measures" if item.appeal is None else "model",
            exif=Exif(**exif) if exif else None,
            reasons=_reasons(item, reviewer=reviewer) if manages else [],
            verdict=_verdict(item) if reviewer else None,
            failure=Failed(**vars(item.failure)) if item.failure and manages else None,
            # To its owner, a rejection of a blocked file must look like one by a person.
            timeline=[
                Moment(**each)
                for each in item.timeline
                if reviewer or (manages and each["stage"] != "decided")
            ],
            costs=dict(item.costs) if item.costs and manages else None,
            manages=manages,
        )


class Duplicate(Body):
    """A picture that looks like another one of the same owner."""

    id: ImageId
    name: str
    status: Status
    uploaded_at: str
    bytes: int
    width: int | None
    height: int | None
    sharpness: float | None
    alt_text: str | None
    address: str | None = Field(description="Renditions lie under it: `<address><name>`")
    identical: bool = Field(description="Whether its file is the same to the byte")

    @classmethod
    def facts(cls, item: Item, other: Item, gate: Gate) -> dict[str, Any]:
        """What is told of the item beside the other."""
        content = shown_content(item.status, item.content, None, gate)
        return {
            "id": item.image_id,
            "name": name_of(item.key),
            "status": item.status,
            "uploaded_at": item.created_at,
            "bytes": item.bytes,
            "width": item.width,
            "height": item.height,
            "sharpness": (item.measured or {}).get("sharpness"),
            "alt_text": item.alt.text if item.alt else None,
            "address": f"/i/{item.image_id}/{content}/" if content else None,
            "identical": item.sha256 is not None and item.sha256 == other.sha256,
        }


class AlikePicture(Duplicate):
    """Another picture of the owner's that is like the one asked about."""

    alike: Literal["same", "scene"] = Field(
        description="`same` for the same picture, `scene` for another one of the same scene"
    )


class AlikePictures(Body):
    """What else the owner has that looks like a picture, the nearest first."""

    pictures: list[AlikePicture]


class DuplicateGroup(Body):
    """Pictures that look the same, the best first."""

    best: ImageId
    pictures: list[Duplicate]


class DuplicateGroups(Body):
    """Groups of pictures that look the same."""

    groups: list[DuplicateGroup]
    more: bool = Field(description="Whether there are more groups than were asked for")


class Merge(Strict):
    """A picture to keep, and its copies, which go to the trash."""

    keep: ImageId
    remove: list[ImageId] = Field(min_length=1, max_length=100)


class Merged(Body):
    """The pictures that are in the trash or will be. Restoring each of them undoes it."""

    removed: list[ImageId]


class Distinct(Strict):
    """Pictures that look the same, and whether their owner keeps all of them."""

    ids: list[ImageId] = Field(min_length=2, max_length=100)
    distinct: bool = True


class Patch(Strict):
    """What to change: a name that is absent stays as it is, and null removes it. Without a text of
    its owner's, a picture has the analysis's again."""

    alt_text: str | None = Field(default=None, max_length=1000)
    focus: FocusPoint | None = None


class Download(Body):
    """The address of an original, good for five minutes. Browsers save it and never show it."""

    url: str
    expires_at: datetime


class Receipt(Body):
    """What was removed for good, and what may survive where and until when."""

    id: ImageId
    at: str
    versions: int
    bytes: int
    previews: int
    looks: int = Field(description="Entries by which near duplicates of it were found")
    vectors: int = Field(description="Entries by which it was found by what it is about")
    survives: dict[str, str]


class Reviewed(Body):
    """A picture that waits for a reviewer."""

    id: ImageId
    revision: int
    name: str
    held_since: str
    preview: str = Field(description="The address of a private preview, good for five minutes")
    alt_text: str | None
    width: int | None
    height: int | None
    reasons: list[Reason]
    now: str = Field(description="What the stack's policy would decide today")


class ReviewList(Body):
    """The pictures that wait, the longest waiting first."""

    pictures: list[Reviewed]


class InView(Strict):
    """What a reviewer looks at."""

    id: ImageId | None = Field(description="The picture; null for none in particular")


class Reviewers(Body):
    """Who else reviews."""

    others: list[ImageId | None] = Field(description="What each of the others looks at")


class Decision(Strict):
    """A verdict on the revision that the reviewer saw."""

    id: ImageId
    revision: _Whole = Field(ge=0)
    decision: Literal["approve", "reject"]
    reason: str = Field(default="", max_length=500)
    block: bool = Field(
        default=False, description="With a rejection: reject these bytes wherever they turn up"
    )


class Decisions(Strict):
    """Verdicts."""

    verdicts: list[Decision] = Field(min_length=1, max_length=100)


class Ruling(Body):
    """What became of one verdict. `changed`: look at the picture again."""

    id: ImageId
    result: Literal["done", "not_found", "changed", "undecided"]
    status: Status | None = None
    revision: int | None = None


class Rulings(Body):
    """One entry for each verdict, in their order."""

    verdicts: list[Ruling]


def name_of(key: str) -> str:
    """The file name in a key, without what would control a terminal or a page."""
    name = key.rstrip("/").rpartition("/")[2]
    return "".join("?" if is_unseen(letter) else letter for letter in name)


def row_of(row: Row, gate: Gate) -> PictureRow:
    """The row as a response has it."""
    content = row.shown(gate)
    trashed = row.trashed
    return PictureRow(
        id=row.image_id,
        name=name_of(row.key),
        status=row.status,
        date=row.shown_at,
        address=f"/i/{row.image_id}/{content}/" if content else None,
        width=trashed.width if trashed else row.width,
        height=trashed.height if trashed else row.height,
        alt_text=row.alt_text,
        labels=list(row.labels[:3]),
        placeholder=trashed.placeholder if trashed else row.placeholder,
        bytes=trashed.bytes if trashed else None,
        deleted_at=trashed.at if trashed else None,
    )


def _addressed(
    renditions: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> dict[str, dict[str, Rendering]]:
    return {
        name: {
            kind: Rendering(
                address=f"/{file['key']}",
                **{each: file[each] for each in ("width", "height", "bytes") if each in file},
            )
            for kind, file in formats.items()
        }
        for name, formats in renditions.items()
    }


def _reasons(item: Item, *, reviewer: bool) -> list[Reason]:
    """To its owner a block looks like a reviewer's decision, as others may have the file."""
    if item.decision == "accept":
        return []
    blocked = {"rule": "blocked"}
    return [
        Reason(rule="review") if each == blocked and not reviewer else Reason(**each)
        for each in item.reasons
    ]


def _verdict(item: Item) -> Verdict | None:
    made = item.curated
    if made is None or made.verdict is None:
        return None
    return Verdict(
        decision="approve" if made.verdict.decision == "accept" else "reject",
        at=made.verdict.at,
        reason=made.verdict.reason,
        by=made.verdict.by,
        blocked=made.blocked,
    )
