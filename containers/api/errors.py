"""The errors of the API. Each becomes a response with its status and `{code, message}`.

A code is part of the API and stays; a message is for people and may change.
"""

from typing import ClassVar

__all__ = [
    "ApiError",
    "ChangedError",
    "ConflictError",
    "ForbiddenError",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "TooLargeError",
    "TooManyError",
    "UnauthorizedError",
    "UnsupportedTypeError",
]


class ApiError(Exception):
    """A request that is refused; the message is sent to the client."""

    status: ClassVar[int]
    code: ClassVar[str]


class InvalidError(ApiError):
    """The request breaks a rule that its sender can know."""

    status = 400
    code = "invalid"


class UnauthorizedError(ApiError):
    """The request has no token that the API accepts."""

    status = 401
    code = "unauthorized"


class ForbiddenError(ApiError):
    """The caller may not use this route at all. It never depends on a picture: see
    `NotFoundError`."""

    status = 403
    code = "forbidden"


class NotFoundError(ApiError):
    """Nothing is there that this caller may see. What belongs to somebody else and what never
    existed get the same response, byte for byte, so the message is not a parameter."""

    status = 404
    code = "not_found"

    def __init__(self) -> None:
        super().__init__("nothing is there that you may see")


class ConflictError(ApiError):
    """The request does not fit the present state, whichever revision the caller has seen."""

    status = 409
    code = "conflict"


class ChangedError(ApiError):
    """The revision in `If-Match` is no longer the present one."""

    status = 412
    code = "changed"


class TooLargeError(ApiError):
    """The request has more bytes than the API reads."""

    status = 413
    code = "too_large"


class UnsupportedTypeError(ApiError):
    """The body is not of the one media type that the API reads."""

    status = 415
    code = "unsupported_type"


class TooManyError(ApiError):
    """A quota is used up."""

    status = 429
    code = "too_many"


class InternalError(ApiError):
    """The function failed; the log has the cause, and the response nothing of it."""

    status = 500
    code = "internal"

    def __init__(self) -> None:
        super().__init__("the request failed; retry")
