"""The wire: JSON 1.1 over HTTP POST, the operation named by X-Amz-Target; of Bedrock, its path."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.rekognition import bedrock, responses
from local.rekognition.aws import Objects, Rights, require_rights
from local.rekognition.errors import (
    InternalError,
    MissingAuthenticationTokenError,
    RekognitionError,
    SerializationError,
    UnknownOperationError,
    ValidationError,
)
from local.rekognition.memory import Memory, RememberingSight
from local.rekognition.pictures import READING_SIDE, SEEING_SIDE, Picture, decode, digest
from local.rekognition.requests import (
    CelebritiesRequest,
    FacesRequest,
    LabelsRequest,
    ModerationRequest,
    S3Object,
    TextRequest,
)
from local.rekognition.sight import Meaning, Sight
from local.rekognition.throttle import Throttle

__all__ = ["OPERATIONS", "create_app"]

logger = logging.getLogger("rekognition")

TARGET_PREFIX = "RekognitionService."
JSON_TYPE = "application/x-amz-json-1.1"
# 5 MB of picture are 7 MB of base64; anything far larger is refused without reading it.
MAX_BODY_BYTES = 32 * 1024 * 1024
# Decoded pictures kept for the next request about them, at most 5 MB each.
PICTURES = 8

Answer = Callable[[Picture, Any, Sight | None], dict[str, Any]]
# For each operation its request parser, its implementation, and the size it needs of the picture.
OPERATIONS: Mapping[str, tuple[Callable[[Mapping[str, Any]], Any], Answer, int]] = {
    "DetectLabels": (LabelsRequest.parse, responses.labels, SEEING_SIDE),
    "DetectModerationLabels": (ModerationRequest.parse, responses.moderation, SEEING_SIDE),
    "DetectFaces": (FacesRequest.parse, responses.faces, SEEING_SIDE),
    "DetectText": (TextRequest.parse, responses.text, READING_SIDE),
    "RecognizeCelebrities": (CelebritiesRequest.parse, responses.celebrities, SEEING_SIDE),
}


def create_app(
    *,
    objects: Objects,
    rights: Rights,
    sight: Sight | None = None,
    meaning: Meaning | None = None,
    throttle: Throttle | None = None,
    workers: int = 2,
) -> Starlette:
    """The stand-in as an ASGI application.

    `POST /` checks no rights, `POST /role/<name>` those of the role with that name; likewise for
    Bedrock's `POST /model/<id>/invoke` and `/converse`. At most `workers` requests are processed
    at once. `GET /health` returns 200 once requests are served.
    """
    throttle = throttle or Throttle()
    limiter = anyio.CapacityLimiter(workers)
    seen = RememberingSight(sight) if sight else None
    pictures: Memory[Picture] = Memory(PICTURES)

    def work(operation: str, body: Mapping[str, Any], role: str | None) -> dict[str, Any]:
        parse, respond, longest = OPERATIONS[operation]
        request = parse(body)
        if role is not None:
            require_rights(rights, role, operation, request.image)
        image = request.image
        content = objects.read(image) if isinstance(image, S3Object) else image
        picture = pictures.recall((digest(content), longest), lambda: decode(content, longest))
        return respond(picture, request, seen)

    async def post(request: Request) -> Response:
        request_id = str(uuid.uuid4())
        try:
            operation = _operation(request)
            throttle.admit(operation)
            body = await _body(request)
            response = await anyio.to_thread.run_sync(
                work, operation, body, request.path_params.get("role"), limiter=limiter
            )
            status = 200
        except RekognitionError as error:
            status = error.status
            response = {"__type": error.code, "Code": error.code, "Message": str(error)}
        except Exception:
            logger.exception("request %s failed", request_id)
            status = InternalError.status
            response = {
                "__type": InternalError.code,
                "Code": InternalError.code,
                "Message": InternalError.default,
            }
        return Response(
            json.dumps(response),
            status,
            headers={"x-amzn-RequestId": request_id},
            media_type=JSON_TYPE,
        )

    def invoke(
        model: str, body: Mapping[str, Any], role: str | None, authorization: str
    ) -> dict[str, Any]:
        if role is not None:
            bedrock.require_right(rights, role, model, authorization)
        if model not in (bedrock.TITAN, bedrock.NOVA):
            raise ValidationError("The provided model identifier is invalid.")
        nova = model == bedrock.NOVA
        asked = bedrock.parse_nova(body) if nova else bedrock.Embedding.parse(body)
        content = asked.image
        picture = (
            pictures.recall((digest(content), SEEING_SIDE), lambda: decode(content, SEEING_SIDE))
            if content is not None
            else None
        )
        respond = bedrock.embed_with_nova if nova else bedrock.embed
        return respond(asked, picture, seen, meaning)

    def converse(
        model: str, body: Mapping[str, Any], role: str | None, authorization: str
    ) -> dict[str, Any]:
        if role is not None:
            bedrock.require_right(rights, role, model, authorization)
        if not bedrock.describes(model):
            raise ValidationError("The provided model identifier is invalid.")
        asked = bedrock.Conversation.parse(body)
        content = asked.image
        picture = pictures.recall(
            (digest(content), SEEING_SIDE), lambda: decode(content, SEEING_SIDE)
        )
        return bedrock.describe(asked, picture, seen)

    async def post_model(request: Request) -> Response:
        headers = {"x-amzn-RequestId": str(uuid.uuid4())}
        invoked = request.url.path.endswith("/invoke")
        try:
            throttle.admit("InvokeModel" if invoked else "Converse")
            body = await _body(request)
            response = await anyio.to_thread.run_sync(
                invoke if invoked else converse,
                request.path_params["model"],
                body,
                request.path_params.get("role"),
                request.headers.get("authorization", ""),
                limiter=limiter,
            )
        except RekognitionError as error:
            code, status = bedrock.error_of(error)
            return JSONResponse(
                {"message": str(error)}, status, headers={**headers, "x-amzn-ErrorType": code}
            )
        return JSONResponse(response, headers=headers)

    async def health(_: Request) -> Response:
        return JSONResponse(
            {"status": "ok", "models": sight is not None, "operations": sorted(OPERATIONS)}
        )

    return Starlette(
        routes=[
            Route("/", post, methods=["POST"]),
            Route("/role/{role}", post, methods=["POST"]),
            Route("/role/{role}/", post, methods=["POST"]),
            Route("/model/{model}/invoke", post_model, methods=["POST"]),
            Route("/role/{role}/model/{model}/invoke", post_model, methods=["POST"]),
            Route("/model/{model}/converse", post_model, methods=["POST"]),
            Route("/role/{role}/model/{model}/converse", post_model, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
        ]
    )


def _operation(request: Request) -> str:
    target = request.headers.get("x-amz-target", "")
    operation = target.removeprefix(TARGET_PREFIX)
    if not target.startswith(TARGET_PREFIX) or operation not in OPERATIONS:
        raise UnknownOperationError(
            f"{target or 'a request without X-Amz-Target'} is not among "
            f"{', '.join(sorted(OPERATIONS))}"
        )
    if "authorization" not in request.headers:
        raise MissingAuthenticationTokenError
    return operation


async def _body(request: Request) -> Mapping[str, Any]:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_BODY_BYTES:
            raise SerializationError(f"a request must not exceed {MAX_BODY_BYTES} bytes")
    try:
        body = json.loads(content)
    except ValueError as error:
        raise SerializationError("the request must be JSON") from error
    if not isinstance(body, dict):
        raise SerializationError("the request must be a JSON structure")
    return body
