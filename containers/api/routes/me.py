"""Who the caller is, and what they may do."""

from aws_lambda_powertools.event_handler.api_gateway import Router
from pydantic import BaseModel, Field

from api.caller import SignedIn
from api.services import Using

__all__ = ["router"]

router = Router()


class Limits(BaseModel):
    """What a person may upload in one day of UTC."""

    bytes: int
    pictures: int


class Me(BaseModel):
    """The caller."""

    id: str = Field(description="Owner of the caller's pictures")
    groups: list[str]
    reviewer: bool = Field(description="Sees and judges the pictures of everyone")
    shared: bool = Field(description="Everyone who has signed in sees all pictures that are shown")
    limits: Limits
    paused: bool = Field(description="New pictures wait until midnight UTC: the budget is spent")


@router.get("/api/me", summary="The caller", tags=["me"])
def me(caller: SignedIn, using: Using) -> Me:
    """Who the caller is, and what they may do."""
    settings = using.settings
    return Me(
        id=caller.owner_id,
        groups=sorted(caller.groups),
        reviewer=caller.is_reviewer,
        shared=settings.shared,
        limits=Limits(bytes=settings.quota_bytes, pictures=settings.quota_pictures),
        paused=using.ledger.paused() is not None,
    )
