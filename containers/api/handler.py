"""The function that serves `/api/*`, behind the HTTP API and its authorizer."""

import json
from base64 import b64decode
from collections.abc import Mapping
from functools import cache
from time import perf_counter
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.typing import LambdaContext

from api.caller import caller_of, refuse_others
from api.description import PATH as DESCRIPTION_PATH
from api.description import describe
from api.errors import (
    ApiError,
    InternalError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnsupportedTypeError,
)
from api.routes import ROUTERS
from api.routes.review import FOR_REVIEWERS
from api.settings import Settings
from runtime.logging import logger

__all__ = ["Settings", "application", "handler", "respond"]

MOST_BYTES = 256 * 1024
"""Of a request's body. The largest valid one, a hundred verdicts with reasons, has half of it."""

_LONGEST_LOGGED = 200
_JSON = "application/json"


def application() -> APIGatewayHttpResolver:
    """The routes, with what they raise turned into responses."""
    app = APIGatewayHttpResolver(enable_validation=True)
    for router in ROUTERS:
        app.include_router(router)
    app.exception_handler(ApiError)(_refused)
    app.exception_handler(NoRouteError)(_without_route)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(Exception)(_failed)

    @app.get(DESCRIPTION_PATH, include_in_schema=False)
    def description() -> Response[str]:
        return Response(status_code=200, content_type=_JSON, body=describe(app))

    return app


def _refused(error: ApiError) -> Response[str]:
    body = json.dumps({"code": error.code, "message": str(error)})
    return Response(status_code=error.status, content_type=_JSON, body=body)


def _without_route(_: NoRouteError) -> Response[str]:
    return _refused(NotFoundError())


def _invalid(error: RequestValidationError) -> Response[str]:
    return _refused(InvalidError("; ".join(_broken_rule(each) for each in error.errors())))


def _broken_rule(problem: dict[str, Any]) -> str:
    """The place of the value and the rule; the value itself is not repeated."""
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}"


def _failed(_: Exception) -> Response[str]:
    logger.exception("failed")
    return _refused(InternalError())


def respond(
    app: APIGatewayHttpResolver, event: dict[str, Any], context: LambdaContext
) -> dict[str, Any]:
    """The response to one request, which is logged without its query, headers and bodies.

    Every route needs a caller but the one of the description, so a route cannot forget to ask for
    one, and the gateway could not let one through unverified.
    """
    began = perf_counter()
    http = event["requestContext"]["http"]
    caller = None
    try:
        if http["path"] != DESCRIPTION_PATH:
            caller = caller_of(event)
            if http["path"] in FOR_REVIEWERS:
                refuse_others(caller)
        _check_body(event)
        response = app.resolve(event, context)
    except ApiError as error:
        refused = _refused(error)
        response = {
            "statusCode": refused.status_code,
            "body": refused.body,
            "headers": refused.headers,
        }
    headers = {name.lower(): value for name, value in response["headers"].items()}
    headers.setdefault("cache-control", "private, no-cache" if "etag" in headers else "no-store")
    logger.info(
        "request",
        extra={
            "method": http["method"],
            "path": http["path"][:_LONGEST_LOGGED],
            "status": response["statusCode"],
            "caller": caller.owner_id if caller else None,
            "ms": round((perf_counter() - began) * 1000, 1),
        },
    )
    # The gateway does not pass on a response whose body is null.
    return {**response, "headers": headers, "body": response.get("body") or ""}


def _check_body(event: Mapping[str, Any]) -> None:
    """Refuse what is no JSON here, as Powertools would fail over some of it and read forms too."""
    body = event.get("body") or ""
    if not body:
        return
    if len(body) > MOST_BYTES:
        raise TooLargeError(f"the body must have at most {MOST_BYTES} bytes")
    kind = event["headers"].get("content-type", _JSON).partition(";")[0].strip()
    if kind != _JSON:
        raise UnsupportedTypeError(f"the body must be {_JSON}")
    try:
        json.loads(b64decode(body).decode() if event.get("isBase64Encoded") else body)
    except (ValueError, RecursionError) as error:
        raise InvalidError("body: must be JSON in UTF-8") from error


@cache
def _application() -> APIGatewayHttpResolver:
    return application()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point."""
    return respond(_application(), event, context)
