"""The responses of a route, as the OpenAPI document describes them."""

from typing import Any

from pydantic import BaseModel

from api import errors

__all__ = ["Problem", "responses"]


class Problem(BaseModel):
    """Why a request was refused: `code` for programs, `message` for people."""

    code: str
    message: str


_ERRORS = {
    kind.status: (kind.__doc__ or "").partition(". ")[0].rstrip(".").replace("\n    ", " ")
    for kind in (
        errors.InvalidError,
        errors.UnauthorizedError,
        errors.ForbiddenError,
        errors.NotFoundError,
        errors.ConflictError,
        errors.ChangedError,
        errors.TooLargeError,
        errors.TooManyError,
        errors.InternalError,
    )
}
_ALWAYS = (400, 401, 403, 413, 500)


def responses(
    status: int, description: str, body: type[BaseModel] | None, *others: int
) -> dict[int, Any]:
    """What a route returns when all is well, and the errors it can return besides those of every
    route; 304 is none of them."""
    described: dict[int, Any] = {status: {"description": description}}
    if body:
        described[status]["content"] = {"application/json": {"model": body}}
    for code in sorted({*_ALWAYS, *others}):
        if code == 304:
            described[code] = {"description": "The client has it already"}
        else:
            content = {"application/json": {"model": Problem}}
            described[code] = {"description": _ERRORS[code], "content": content}
    return described
