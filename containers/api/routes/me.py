"""Who the caller is, and what they may do."""

from datetime import datetime

from aws_lambda_powertools.event_handler.api_gateway import Response, Router
from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from pydantic import Field

from api.bodies import Body
from api.caller import SignedIn
from api.passes import LASTS, Pass
from api.responses import responses
from api.services import Using
from pipeline.address import RENDITIONS

__all__ = ["router"]

router = Router()


class Amount(Body):
    """Bytes and pictures in one day of UTC."""

    bytes: int
    pictures: int


class Me(Body):
    """The caller."""

    id: str = Field(description="Owner of the caller's pictures")
    groups: list[str]
    reviewer: bool = Field(description="Sees and judges the pictures of everyone")
    shared: bool = Field(description="Everyone who has signed in sees all pictures that are shown")
    embedding: bool = Field(description="Pictures are found by what they are about, and by example")
    limits: Amount = Field(description="What a person may upload in one day of UTC")
    used: Amount = Field(description="What of that is used, uploads under way included")
    paused: bool = Field(description="New pictures wait until midnight UTC: the budget is spent")
    retention_days: int = Field(
        description="Days after its deletion that a picture in the trash can be restored"
    )
    pictures_until: datetime | None = Field(
        description="Until when this response's cookies open the pictures; null if they are public"
    )


@router.get(
    "/api/me",
    summary="The caller",
    tags=["me"],
    responses=responses(200, "The caller", Me),
)
def me(caller: SignedIn, using: Using) -> Response[Me]:
    """Who the caller is, and what they may do.

    Where pictures are delivered to people who have signed in alone, the response sets the cookies
    with which a browser fetches them, for half an hour. Get it again with each new access token.
    """
    settings, used = using.settings, using.uploads.used(caller.owner_id)
    issued = using.passes.issue() if using.passes else None
    body = Me(
        id=caller.owner_id,
        groups=sorted(caller.groups),
        reviewer=caller.is_reviewer,
        shared=settings.shared,
        embedding=using.search.searchable is not None,
        limits=Amount(bytes=settings.quota_bytes, pictures=settings.quota_pictures),
        used=Amount(bytes=used.bytes, pictures=used.pictures),
        paused=using.ledger.paused() is not None,
        retention_days=settings.retention_days,
        pictures_until=issued.until if issued else None,
    )
    return Response(
        status_code=200,
        content_type="application/json",
        body=body,
        cookies=_cookies(issued) if issued else [],
    )


def _cookies(issued: Pass) -> list[Cookie]:
    """Lax, not strict: the address of a picture in a mail is to work for who has signed in."""
    return [
        Cookie(
            name,
            value,
            path=f"/{RENDITIONS}",
            secure=True,
            http_only=True,
            same_site=SameSite.LAX_MODE,
            max_age=int(LASTS.total_seconds()),
        )
        for name, value in issued.cookies.items()
    ]
