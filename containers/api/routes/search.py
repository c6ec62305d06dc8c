"""Search by words and by example."""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import StringConstraints

from api.bodies import (
    Example,
    FoundPicture,
    FoundPictures,
    ImageId,
    KnownWord,
    KnownWords,
    Match,
    row_of,
)
from api.caller import SignedIn
from api.errors import ConflictError, InvalidError
from api.responses import responses
from api.search import Results
from api.services import Services, Using
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

_LABELS = 500
_CAMERAS = 100


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
    `like`, the id of a picture. Those that have the words as a label or text come first, and
    have it as `why`, then the most similar. No similarity is too small: where the list stops being
    useful is for people to see."""
    if (q is None) == (like is None):
        raise InvalidError("either q or like must be given, and not both")
    with _refusing():
        if q is not None:
            results = using.search.by_words(q, caller, limit)
        else:
            example = using.pictures.see(str(like), caller)
            results = Results(using.search.like(example, caller, limit), exact=False)
    return _body(results, using)


@router.post(
    "/api/search",
    summary="Search by a picture that is not stored",
    tags=["search"],
    responses=responses(200, "The pictures, the most similar first", FoundPictures),
)
def search_by_example(caller: SignedIn, using: Using, example: Example) -> FoundPictures:
    """Find pictures like the one that is sent, among those that the caller may see. What is sent is
    shown to the model and kept nowhere."""
    with _refusing():
        found = using.search.by_example(b64decode(example.jpeg), caller, example.limit)
    return _body(Results(found, exact=False), using)


@router.get(
    "/api/search/words",
    summary="Words to search for",
    tags=["search"],
    responses=responses(200, "Labels and cameras", KnownWords),
)
def known_words(caller: SignedIn, using: Using) -> KnownWords:
    """The labels and cameras of the newest 5,000 pictures that the caller may see, those of most
    pictures first: for suggestions."""
    known = using.search.known(caller)
    return KnownWords(
        labels=_commonest(known.labels, _LABELS), cameras=_commonest(known.cameras, _CAMERAS)
    )


@contextmanager
def _refusing() -> Iterator[None]:
    """What is wrong with a search as errors of the API."""
    try:
        yield
    except (NotEmbeddableError, QueryError) as error:
        raise InvalidError(str(error)) from error
    except NotSearchableYetError as error:
        raise ConflictError("the index is being built; retry in a few minutes") from error


def _body(results: Results, using: Services) -> FoundPictures:
    gate = using.pictures.gate
    return FoundPictures(
        pictures=[
            FoundPicture(
                **row_of(listed(each.item), gate).model_dump(),
                similarity=round(each.similarity, 4),
                why=[Match(**vars(match)) for match in results.query.why(each.item)],
            )
            for each in results.found
        ],
        exact=results.exact,
    )


def _commonest(counted: Counter[str], most: int) -> list[KnownWord]:
    first = sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:most]
    return [KnownWord(name=name, pictures=pictures) for name, pictures in first]
