"""Search by words and by example."""

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import StringConstraints

from api.bodies import FoundPicture, FoundPictures, ImageId, row_of
from api.caller import SignedIn
from api.errors import ConflictError, InvalidError
from api.responses import responses
from api.services import Using
from pipeline.embedding import NotEmbeddableError
from pipeline.listing import row_of as listed
from pipeline.query import QueryError
from pipeline.vectors import NotSearchableYetError

__all__ = ["router"]

router = Router()

_Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]

Words = Annotated[
    _Words | None,
    Query(
        description='Words, and conditions: `label:cat`, `camera:x100v`, `text:"no entry"`, each '
        "also excluded by a minus, `after:2026-05`, `before:2026-05-31`"
    ),
]
Like = Annotated[ImageId | None, Query(description="A picture that others are wanted like")]
Most = Annotated[int, Query(ge=1, le=100, description="Pictures, at most")]


@router.get(
    "/api/search",
    summary="Search pictures",
    tags=["search"],
    responses=responses(200, "The pictures, the best first", FoundPictures),
)
def search(
    caller: SignedIn,
    using: Using,
    q: Words = None,
    like: Like = None,
    limit: Most = 50,
) -> FoundPictures:
    """Find pictures among those that the caller may see: by `q`, what the search field has, or by
    `like`, the id of a picture. Those that have the words as a label or text come first, then the
    most similar. No similarity is too small: where the list stops being useful is for people to
    see."""
    if (q is None) == (like is None):
        raise InvalidError("either q or like must be given, and not both")
    try:
        if q is not None:
            found = using.search.by_words(q, caller, limit)
        else:
            found = using.search.like(using.pictures.see(str(like), caller), caller, limit)
    except (NotEmbeddableError, QueryError) as error:
        raise InvalidError(str(error)) from error
    except NotSearchableYetError as error:
        raise ConflictError("the index is being built; retry in a few minutes") from error
    gate = using.pictures.gate
    return FoundPictures(
        pictures=[
            FoundPicture(
                **row_of(listed(each.item), gate).model_dump(),
                similarity=round(each.similarity, 4),
            )
            for each in found
        ]
    )
