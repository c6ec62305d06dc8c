"""What reviewers do: look at held pictures, and decide."""

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from api.bodies import (
    Decision,
    Decisions,
    InView,
    Reason,
    Reviewed,
    Reviewers,
    ReviewList,
    Ruling,
    Rulings,
    name_of,
)
from api.caller import Reviewer
from api.responses import responses
from api.routes.pictures import DOWNLOAD_SECONDS
from api.services import Using
from api.verdicts import Asked
from pipeline.facts import Analysis
from pipeline.policy import Policy, known_twin

__all__ = ["FOR_REVIEWERS", "router"]

router = Router()

_REVIEW, _REVIEWERS, _VERDICTS = "/api/review", "/api/review/reviewers", "/api/verdicts"
FOR_REVIEWERS = (_REVIEW, _REVIEWERS, _VERDICTS)
"""Others are refused before their request is validated, which Powertools does before anything that
a route depends on."""


@router.get(
    _REVIEW,
    summary="Pictures that wait",
    tags=["review"],
    responses=responses(200, "The pictures", ReviewList),
)
def review(
    caller: Reviewer,  # noqa: ARG001 - refuses everybody else
    using: Using,
    limit: Annotated[int, Query(ge=1, le=100, description="Pictures, at most")] = 50,
) -> ReviewList:
    """The held pictures, the longest waiting first, each with a private preview."""
    policy: Policy = using.settings.policy
    return ReviewList(
        pictures=[
            Reviewed(
                id=item.image_id,
                revision=item.revision,
                name=name_of(item.key),
                held_since=item.updated_at,
                preview=using.signer.preview(item.preview, seconds=DOWNLOAD_SECONDS),
                alt_text=item.alt.text if item.alt else None,
                width=item.width,
                height=item.height,
                reasons=[Reason(**each) for each in item.reasons],
                now=policy.judge(
                    Analysis(moderation=item.moderation, quality=item.quality, appeal=item.appeal),
                    known_twin(item.verdict),
                ).decision,
            )
            for item in using.pictures.held(limit)
        ]
    )


@router.post(
    _REVIEWERS,
    summary="Who else reviews",
    tags=["review"],
    responses=responses(200, "The other reviewers", Reviewers),
)
def reviewers(seen: InView, caller: Reviewer, using: Using) -> Reviewers:
    """Tell the others which picture the caller looks at, and learn which they look at.

    It holds for 75 seconds. Who has left the page says so with null, or says nothing.
    """
    return Reviewers(others=list(using.presence.tell(caller.owner_id, seen.id)))


@router.post(
    _VERDICTS,
    summary="Decide",
    tags=["review"],
    responses=responses(200, "One entry for each verdict", Rulings),
)
def verdicts(wanted: Decisions, caller: Reviewer, using: Using) -> Rulings:
    """Approve or reject pictures. Each verdict is recorded with who, when and why.

    A verdict holds for the same bytes, outranks the policy, and is undone by the opposite one.
    """

    def rule(each: Decision) -> Ruling:
        ruled = using.verdicts.decide(
            Asked(
                image_id=each.id,
                revision=each.revision,
                decision=each.decision,
                reason=each.reason,
                block=each.block and each.decision == "reject",
            ),
            by=caller.owner_id,
        )
        item = ruled.item
        return Ruling(
            id=each.id,
            result=ruled.outcome,
            status=item.status if item else None,
            revision=item.revision if item else None,
        )

    return Rulings(verdicts=[rule(each) for each in wanted.verdicts])
