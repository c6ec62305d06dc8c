"""Who sent a request, by the claims that the gateway has verified."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Depends, Request

from api.errors import ForbiddenError, UnauthorizedError

__all__ = ["Caller", "Reviewer", "SignedIn", "caller_of", "refuse_others"]

REVIEWERS = "reviewers"

# The form of an owner's segment in a key: see `pipeline.address`.
_OWNER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Caller:
    """One person who has signed in."""

    owner_id: str
    """Cognito's `sub`: the owner of what the caller uploads."""
    groups: frozenset[str] = frozenset()

    @property
    def is_reviewer(self) -> bool:
        """Whether the caller sees and judges the pictures of everyone."""
        return REVIEWERS in self.groups


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller of a request in the gateway's format 2.0.

    The gateway's authorizer accepts any token of the pool's client; access tokens are the only ones
    meant for an API. Raises `UnauthorizedError` where the gateway has verified no token, and
    `ForbiddenError` for another kind of token or one without a person.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    claims: Mapping[str, str] = authorizer.get("jwt", {}).get("claims") or {}
    if not claims:
        raise UnauthorizedError("the request must carry an access token: Authorization: Bearer ...")
    if (use := claims.get("token_use")) != "access":
        raise ForbiddenError(f"the token must be an access token, got {use}")
    owner_id = claims.get("sub", "")
    if not _OWNER_ID.fullmatch(owner_id):
        raise ForbiddenError("the token must be a person's")
    # The gateway hands a list over as text, in brackets; no group's name has a space.
    groups = claims.get("cognito:groups", "").strip("[]").split()
    return Caller(owner_id, frozenset(groups))


def _signed_in(request: Request) -> Caller:
    return caller_of(request.resolved_event.raw_event)


def refuse_others(caller: Caller) -> None:
    """Raise `ForbiddenError` for anyone but reviewers."""
    if not caller.is_reviewer:
        raise ForbiddenError("only reviewers may do this")


def _reviewer(caller: Annotated[Caller, Depends(_signed_in)]) -> Caller:
    refuse_others(caller)
    return caller


SignedIn = Annotated[Caller, Depends(_signed_in)]
"""A route's parameter of this type is the caller."""

Reviewer = Annotated[Caller, Depends(_reviewer)]
"""A route's parameter of this type is the caller; anyone but reviewers gets a 403."""
