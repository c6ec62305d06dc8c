"""Pictures: lists, one of them, its original, the trash."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Response, Router
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from pydantic import BaseModel, StringConstraints

from api.best import best as best_of
from api.bodies import (
    BestPictures,
    Day,
    Days,
    Download,
    ImageId,
    Patch,
    Picture,
    PictureList,
    Receipt,
    ScoredPicture,
    State,
    States,
    name_of,
    row_of,
)
from api.caller import Caller, SignedIn
from api.cursors import read_cursor, write_cursor
from api.errors import ChangedError, ConflictError, NotFoundError
from api.pictures import ChangedMeanwhileError, NotDescribableError, manages
from api.responses import UNCHANGED, responses
from api.services import Services, Using
from api.trash import NothingToRestoreError, NotInTrashError
from pipeline.audit import Entry
from pipeline.clock import iso
from pipeline.item import Item
from pipeline.listing import Filters

__all__ = ["router"]

router = Router()

DOWNLOAD_SECONDS = 300
"""How long the address of an original or a preview is good for."""

Image = Annotated[ImageId, Path(description="The picture's id")]
_Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]$")]
_Revision = Annotated[str, StringConstraints(pattern='^(W/)?"[0-9]{1,9}"$')]
_Ids = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}(,[0-9a-f]{32}){0,99}$")]
_Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]

Status = Annotated[_Words | None, Query(description="States, with commas between: one of them")]
Label = Annotated[_Words | None, Query(description="Labels, with commas between: all of them")]
Camera = Annotated[_Words | None, Query(description="Cameras, with commas between: one of them")]
NotStatus = Annotated[_Words | None, Query(alias="-status", description="None of these states")]
NotLabel = Annotated[_Words | None, Query(alias="-label", description="None of these labels")]
NotCamera = Annotated[_Words | None, Query(alias="-camera", description="None of these cameras")]
From = Annotated[_Day | None, Query(alias="from", description="The first day")]
To = Annotated[_Day | None, Query(description="The last day")]
Trash = Annotated[bool, Query(description="Pictures in the trash, instead of all others")]
_Cursor = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{1,300}$")]
Next = Annotated[_Cursor | None, Query(description="`cursor` of the page before this one")]
IfMatch = Annotated[
    _Revision, Header(alias="If-Match", description="ETag of the picture that the caller has seen")
]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="An ETag")]


@router.get(
    "/api/pictures",
    summary="List pictures",
    tags=["pictures"],
    responses=responses(200, "A page", PictureList),
)
def pictures(
    caller: SignedIn,
    using: Using,
    status: Status = None,
    label: Label = None,
    camera: Camera = None,
    not_status: NotStatus = None,
    not_label: NotLabel = None,
    not_camera: NotCamera = None,
    begin: From = None,
    to: To = None,
    trash: Trash = False,
    cursor: Next = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Pictures of a page, at most")] = 100,
) -> PictureList:
    """The pictures that the caller may see, the newest first."""
    filters = _filters(
        status, label, camera, not_status, not_label, not_camera, begin, to, trash=trash
    )
    start = read_cursor(cursor) if cursor is not None else None
    page = using.pictures.page(caller, filters, start, limit)
    return PictureList(
        pictures=[row_of(row, using.pictures.gate) for row in page.rows],
        cursor=write_cursor(*page.next) if page.next else None,
    )


@router.get(
    "/api/pictures/dates",
    summary="Count pictures by day",
    tags=["pictures"],
    responses=responses(200, "Days", Days),
)
def dates(
    caller: SignedIn,
    using: Using,
    status: Status = None,
    label: Label = None,
    camera: Camera = None,
    not_status: NotStatus = None,
    not_label: NotLabel = None,
    not_camera: NotCamera = None,
    begin: From = None,
    to: To = None,
    trash: Trash = False,
    cursor: Next = None,
) -> Days:
    """How many of the pictures each day has, in all and of each state, for a scrubber."""
    filters = _filters(
        status, label, camera, not_status, not_label, not_camera, begin, to, trash=trash
    )
    start = read_cursor(cursor) if cursor is not None else None
    found = using.pictures.days(caller, filters, start)
    return Days(
        days=[
            Day(date=date, pictures=states.total(), states=dict(states))
            for date, states in sorted(found.days.items(), reverse=True)
        ],
        cursor=write_cursor(*found.next) if found.next else None,
    )


@router.get(
    "/api/pictures/best",
    summary="The best pictures",
    tags=["pictures"],
    responses=responses(200, "The pictures, the best first", BestPictures),
)
def best(
    caller: SignedIn,
    using: Using,
    label: Label = None,
    camera: Camera = None,
    not_label: NotLabel = None,
    not_camera: NotCamera = None,
    begin: From = None,
    to: To = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Pictures, at most")] = 50,
) -> BestPictures:
    """The best of the newest 500 ready pictures that the caller may see and that the filters leave,
    by their scores. Narrow the days to compare older ones."""
    filters = _filters(None, label, camera, None, not_label, not_camera, begin, to, trash=False)
    pictures = using.pictures
    found = best_of(pictures, pictures.items, caller, filters, limit)
    return BestPictures(
        pictures=[
            ScoredPicture(**row_of(row, pictures.gate).model_dump(), score=score)
            for row, score in found.pictures
        ],
        compared=found.compared,
        more=found.more,
    )


@router.get(
    "/api/status",
    summary="States of pictures",
    tags=["pictures"],
    responses=responses(200, "States", States) | UNCHANGED,
)
def status(
    caller: SignedIn,
    using: Using,
    ids: Annotated[_Ids, Query(description="At most 100 ids, with commas between")],
    if_none_match: IfNoneMatch = None,
) -> Response[States | None]:
    """How far pictures are. Poll this: an unchanged response is a 304."""
    wanted = ids.split(",")
    found = using.pictures.states(wanted, caller)
    states = [
        State(id=each, status=found[each].status, revision=found[each].revision)
        if each in found
        else State(id=each, status="awaited", revision=0)
        for each in wanted
    ]
    return _tagged(States(pictures=states), if_none_match)


@router.get(
    "/api/pictures/<image_id>",
    summary="One picture",
    tags=["pictures"],
    responses=responses(200, "The picture", Picture) | UNCHANGED,
)
def picture(
    image_id: Image, caller: SignedIn, using: Using, if_none_match: IfNoneMatch = None
) -> Response[Picture | None]:
    """Everything known of the picture, and its timeline."""
    item = using.pictures.see(image_id, caller)
    return _tagged(_picture(item, caller, using), if_none_match, f'"{item.revision}"')


@router.patch(
    "/api/pictures/<image_id>",
    summary="Describe a picture",
    tags=["pictures"],
    responses=responses(200, "The picture as it is now", Picture),
)
def describe(
    image_id: Image, patch: Patch, caller: SignedIn, using: Using, if_match: IfMatch
) -> Response[Picture]:
    """Change the text that describes the picture, or the point that crops keep.

    Another point has the renditions made again, at new addresses.
    """
    item = using.pictures.manage(image_id, caller)
    made = item.curated
    alt_text, focus = (made.alt_text, made.focus) if made else (None, None)
    if "alt_text" in patch.model_fields_set:
        alt_text = patch.alt_text
    if "focus" in patch.model_fields_set:
        focus = (patch.focus.x, patch.focus.y) if patch.focus else None
    try:
        item = using.pictures.describe(
            item,
            revision=int(if_match.removeprefix("W/").strip('"')),
            alt_text=alt_text,
            focus=focus,
        )
    except ChangedMeanwhileError as error:
        raise ChangedError("the picture has changed; get it again") from error
    except NotDescribableError as error:
        raise ConflictError(str(error)) from error
    return _tagged(_picture(item, caller, using), None, f'"{item.revision}"')


@router.get(
    "/api/pictures/<image_id>/original",
    summary="Download",
    tags=["pictures"],
    responses=responses(200, "Where the original is", Download),
)
def original(image_id: Image, caller: SignedIn, using: Using) -> Download:
    """The address of the original, which is recorded in the audit trail."""
    item = using.pictures.manage(image_id, caller)
    if item.deleted:
        raise NotFoundError
    now = using.clock()
    using.trail.append(
        Entry(
            at=iso(now),
            kind="download",
            by=caller.owner_id,
            subject=image_id,
            detail={"version_id": item.version_id} if item.version_id else {},
        )
    )
    url = using.signer.download(
        item.key,
        version_id=item.version_id,
        name=name_of(item.key),
        seconds=DOWNLOAD_SECONDS,
    )
    return Download(url=url, expires_at=now + timedelta(seconds=DOWNLOAD_SECONDS))


@router.delete(
    "/api/pictures/<image_id>",
    summary="Move to the trash",
    tags=["trash"],
    responses=responses(202, "It will be in the trash", None),
)
def delete(image_id: Image, caller: SignedIn, using: Using) -> Response[None]:
    """Delete the picture. It can be restored for as long as the stack keeps versions."""
    using.trash.delete(using.pictures.manage(image_id, caller))
    return Response(status_code=202)


@router.post(
    "/api/pictures/<image_id>/restore",
    summary="Restore",
    tags=["trash"],
    responses=responses(202, "It will come back", None),
)
def restore(image_id: Image, caller: SignedIn, using: Using) -> Response[None]:
    """Bring the picture back from the trash. It goes through the pipeline again."""
    try:
        using.trash.restore(using.pictures.manage(image_id, caller))
    except NothingToRestoreError as error:
        raise ConflictError(str(error)) from error
    return Response(status_code=202)


@router.delete(
    "/api/pictures/<image_id>/versions",
    summary="Delete for good",
    tags=["trash"],
    responses=responses(200, "The receipt", Receipt),
)
def purge(image_id: Image, caller: SignedIn, using: Using) -> Receipt:
    """Delete every version of a picture that is in the trash, and all that is known of it."""
    try:
        receipt = using.trash.purge(using.pictures.manage(image_id, caller), by=caller.owner_id)
    except NotInTrashError as error:
        raise ConflictError(str(error)) from error
    return Receipt(
        id=receipt.image_id,
        at=receipt.at,
        versions=receipt.versions,
        bytes=receipt.bytes,
        previews=receipt.previews,
        looks=receipt.looks,
        vectors=receipt.vectors,
        survives=dict(receipt.survives),
    )


def _picture(item: Item, caller: Caller, using: Services) -> Picture:
    return Picture.of(
        item,
        gate=using.pictures.gate,
        manages=manages(item.key, caller),
        reviewer=caller.is_reviewer,
    )


def _tagged(body: BaseModel, seen: str | None, tag: str | None = None) -> Response:  # type: ignore[type-arg]  # a response of any body
    """The body with its ETag, or a 304 if the client has it."""
    plain = body.model_dump(mode="json")
    tag = tag or f'"{sha256(json.dumps(plain).encode()).hexdigest()[:16]}"'
    known = {each.strip().removeprefix("W/") for each in (seen or "").split(",")}
    if tag in known:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(
        status_code=200, content_type="application/json", body=body, headers={"ETag": tag}
    )


def _filters(*given: str | None, trash: bool) -> Filters:
    status, label, camera, not_status, not_label, not_camera, begin, to = given
    return Filters(
        statuses=_words(status),
        labels=_words(label),
        cameras=_words(camera),
        not_statuses=_words(not_status),
        not_labels=_words(not_label),
        not_cameras=_words(not_camera),
        begin=begin or "",
        end=to or "9999-12-31",
        trash=trash,
    )


def _words(text: str | None) -> frozenset[str]:
    return frozenset(each.strip() for each in (text or "").split(",") if each.strip())
