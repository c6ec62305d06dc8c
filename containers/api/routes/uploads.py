"""Uploads, which go straight to S3."""

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Response, Router
from aws_lambda_powertools.event_handler.openapi.params import Path

from api.bodies import (
    Batch,
    ImageId,
    NewFile,
    Parts,
    SameFile,
    SignedRequest,
    SignPart,
    Upload,
    Uploads,
    name_of,
)
from api.caller import SignedIn
from api.responses import responses
from api.services import Services, Using
from api.uploads import LARGEST_PUT, Begun, File
from pipeline.item import Item
from pipeline.text import is_unseen

__all__ = ["router"]

router = Router()

Image = Annotated[ImageId, Path(description="The picture's id")]


@router.post(
    "/api/uploads",
    summary="Begin uploads",
    tags=["uploads"],
    responses=responses(200, "One entry for each file", Uploads),
)
def begin(batch: Batch, caller: SignedIn, using: Using) -> Uploads:
    """Sign a request to S3 for each file, within the day's quota of the caller. A file that the
    caller has already is named, and may be uploaded all the same."""
    refused = [_refusal(each, using) for each in batch.files]
    files = [
        File(name=each.name, content_type=each.type, bytes=each.bytes, sha256=each.sha256)
        for each, problem in zip(batch.files, refused, strict=True)
        if problem is None
    ]
    begun = iter(using.uploads.begin(caller.owner_id, files) if files else ())
    digests = [each.sha256 for each in files if each.sha256]
    same = using.duplicates.of_files(caller.owner_id, digests) if digests else {}
    return Uploads(
        uploads=[
            Upload(error=problem) if problem else _upload(next(begun), same.get(each.sha256 or ""))
            for each, problem in zip(batch.files, refused, strict=True)
        ]
    )


@router.post(
    "/api/uploads/<image_id>/parts",
    summary="Sign a part",
    tags=["uploads"],
    responses=responses(200, "The request to send", SignedRequest),
)
def part(image_id: Image, part: SignPart, caller: SignedIn, using: Using) -> SignedRequest:
    """Sign the upload of one part of a large file."""
    signed = using.uploads.part(
        caller.owner_id, image_id, part.number, size=part.bytes, sha256=part.sha256
    )
    return SignedRequest(method=signed.method, url=signed.url, headers=dict(signed.headers))


@router.get(
    "/api/uploads/<image_id>/parts",
    summary="The parts that arrived",
    tags=["uploads"],
    responses=responses(200, "The parts", Parts),
)
def parts(image_id: Image, caller: SignedIn, using: Using) -> Parts:
    """Which parts have arrived, so that an interrupted upload can go on."""
    arrived = using.uploads.parts(caller.owner_id, image_id)
    return Parts(arrived=[each.number for each in arrived])


@router.post(
    "/api/uploads/<image_id>/complete",
    summary="Complete an upload",
    tags=["uploads"],
    responses=responses(204, "Complete", None),
)
def complete(image_id: Image, caller: SignedIn, using: Using) -> Response[None]:
    """Put the parts together: the picture begins its way through the pipeline."""
    using.uploads.complete(caller.owner_id, image_id)
    return Response(status_code=204)


@router.post(
    "/api/uploads/<image_id>/abort",
    summary="Give an upload up",
    tags=["uploads"],
    responses=responses(204, "Given up", None),
)
def abort(image_id: Image, caller: SignedIn, using: Using) -> Response[None]:
    """Remove the parts that have arrived."""
    using.uploads.abort(caller.owner_id, image_id)
    return Response(status_code=204)


def _refusal(file: NewFile, using: Services) -> str | None:
    """Why the file cannot be uploaded at all."""
    if any(letter == "/" or is_unseen(letter) for letter in file.name) or file.name in (".", ".."):
        return "name must be a file name without folders or control characters"
    if len(file.name.encode(errors="replace")) > _NAME_BYTES:
        return f"name must have at most {_NAME_BYTES} bytes"
    if file.bytes <= LARGEST_PUT and file.sha256 is None:
        return f"sha256 must be given for files of up to {LARGEST_PUT} bytes"
    if file.bytes > using.uploads.limits.bytes:
        return f"bytes must be at most {using.uploads.limits.bytes}, the limit of a day"
    return None


_NAME_BYTES = 800
"""A key has 1,024 at most, of which 82 precede the name."""


def _upload(begun: Begun, same: Item | None) -> Upload:
    signed = begun.signed
    return Upload(
        id=begun.image_id,
        expires_at=begun.expires_at,
        part_bytes=begun.part_bytes,
        method=signed.method if signed else None,
        url=signed.url if signed else None,
        headers=dict(signed.headers) if signed else None,
        same=SameFile(id=same.image_id, name=name_of(same.key)) if same else None,
    )
