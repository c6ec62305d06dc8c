"""Pictures that look the same."""

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from api.bodies import (
    AlikePicture,
    AlikePictures,
    Duplicate,
    DuplicateGroup,
    DuplicateGroups,
    ImageId,
)
from api.caller import SignedIn
from api.responses import responses
from api.services import Using

__all__ = ["router"]

router = Router()

Image = Annotated[ImageId, Path(description="The picture's id")]

_MOST = 100


@router.get(
    "/api/pictures/<image_id>/alike",
    summary="What looks like a picture",
    tags=["duplicates"],
    responses=responses(200, "The pictures that look like it", AlikePictures),
)
def alike(image_id: Image, caller: SignedIn, using: Using) -> AlikePictures:
    """The owner's other pictures that are the same one, or of the same scene, at most 100. Only the
    owner and reviewers may ask."""
    item = using.pictures.manage(image_id, caller)
    copies = using.duplicates.of(item, _MOST)
    return AlikePictures(
        pictures=[
            AlikePicture(alike=each.how, **AlikePicture.facts(each.item, item)) for each in copies
        ]
    )


@router.get(
    "/api/duplicates",
    summary="Groups of duplicates",
    tags=["duplicates"],
    responses=responses(200, "The groups", DuplicateGroups),
)
def duplicates(
    caller: SignedIn,
    using: Using,
    limit: Annotated[int, Query(ge=1, le=100, description="Groups, at most")] = 20,
) -> DuplicateGroups:
    """The caller's pictures that look the same, in groups. The first of each is the best: the
    sharpest, of equals the largest, of those the oldest. To merge a group, move the others to the
    trash; restoring them undoes it. Reviewers also get those that nobody owns."""
    found = using.duplicates.groups(caller)
    return DuplicateGroups(
        groups=[
            DuplicateGroup(
                best=group.best.image_id,
                pictures=[Duplicate(**Duplicate.facts(each, group.best)) for each in group.items],
            )
            for group in found[:limit]
        ],
        more=len(found) > limit,
    )
