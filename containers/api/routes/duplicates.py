"""Pictures that look the same."""

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Response, Router
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from api.bodies import (
    AlikePicture,
    AlikePictures,
    Distinct,
    Duplicate,
    DuplicateGroup,
    DuplicateGroups,
    ImageId,
    Merge,
    Merged,
)
from api.caller import SignedIn
from api.duplicates import keepable
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
            AlikePicture(alike=each.how, **AlikePicture.facts(each.item, item, using.pictures.gate))
            for each in copies
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
    """The caller's pictures that look the same, in groups. The first of each is the best: the one
    with the most detail, which is sharpness times pixels, of equals the largest, of those the
    oldest. Pictures that their owner keeps on purpose are left out. Reviewers also get those that
    nobody owns."""
    found = using.duplicates.groups(caller)
    return DuplicateGroups(
        groups=[
            DuplicateGroup(
                best=group.best.image_id,
                pictures=[
                    Duplicate(**Duplicate.facts(each, group.best, using.pictures.gate))
                    for each in group.items
                ],
            )
            for group in found[:limit]
        ],
        more=len(found) > limit,
    )


@router.post(
    "/api/duplicates/merge",
    summary="Merge duplicates",
    tags=["duplicates"],
    responses=responses(200, "The copies will be in the trash", Merged),
)
def merge(wanted: Merge, caller: SignedIn, using: Using) -> Merged:
    """Keep one picture, and move its copies to the trash. Restoring them undoes it."""
    keep = using.pictures.manage(wanted.keep, caller)
    copies = [using.pictures.manage(each, caller) for each in dict.fromkeys(wanted.remove)]
    keepable(keep, copies)
    for each in copies:
        using.trash.delete(each)
    return Merged(removed=[each.image_id for each in copies])


@router.post(
    "/api/duplicates/distinct",
    summary="Keep all of a group",
    tags=["duplicates"],
    responses=responses(204, "Kept", None),
)
def distinct(wanted: Distinct, caller: SignedIn, using: Using) -> Response[None]:
    """Keep pictures that look the same: no two of them are proposed again. With `distinct` false
    they are, which undoes it."""
    items = [using.pictures.manage(each, caller) for each in dict.fromkeys(wanted.ids)]
    using.duplicates.distinguish(items, distinct=wanted.distinct)
    return Response(status_code=204)
