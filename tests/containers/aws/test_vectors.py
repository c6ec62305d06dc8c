"""The table `vectors`: what is asked of DynamoDB, and what is made of it.

`tests/local/test_vectors.py` runs the same client against MiniStack's index."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from aws.clients import client
from aws.dynamodb_vectors import DynamoVectors
from pipeline.likeness import Shelved
from pipeline.vectors import SIZE, Among, Near, NotSearchableYetError, Placed, Vector
from tests.containers.pipeline.test_item import BARE

AT = datetime(2026, 1, 1, tzinfo=UTC)
IMAGE, CONTENT = "8fe884f469150b783791b3789bf754af", "0123456789abcdef"
VECTOR = Vector.of([1.0, 2.0, -2.0, *[0.0] * (SIZE - 3)])
NUMBERS = [{"N": "0.33333"}, {"N": "0.66667"}, {"N": "-0.66667"}, *[{"N": "0"}] * (SIZE - 3)]
PLACE = {"image_id": {"S": IMAGE}, "place": {"S": f"{CONTENT}#titan"}}
SEARCH = {"TableName": "vectors", "IndexName": "by-titan", "SearchVector": NUMBERS, "TopK": 100}


@pytest.fixture
def dynamodb() -> Iterator[Stubber]:
    with Stubber(client("dynamodb")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def vectors() -> DynamoVectors:
    return DynamoVectors("vectors", "titan")


@pytest.mark.parametrize(("shown", "flag"), [(True, "yes"), (False, "no")])
def test_a_vector_is_an_item_with_five_digits_a_number(
    dynamodb: Stubber, vectors: DynamoVectors, shown: bool, flag: str
) -> None:
    item = {
        **PLACE,
        "owner": {"S": "ann"},
        "shown": {"S": flag},
        "at": {"S": "2026-01-01T00:00:00.000+00:00"},
        "titan": {"L": NUMBERS},
    }
    dynamodb.add_response("put_item", {}, {"TableName": "vectors", "Item": item})
    vectors.put(
        Placed(image_id=IMAGE, content=CONTENT, owner="ann", shown=shown, vector=VECTOR), at=AT
    )


def test_the_walk_reads_no_numbers_and_continues_after_a_place(
    dynamodb: Stubber, vectors: DynamoVectors
) -> None:
    item = {**PLACE, "owner": {"S": "ann"}, "at": {"S": "2026-01-01T00:00:00.000+00:00"}}
    dynamodb.add_response(
        "scan",
        {"Items": [item]},
        {
            "TableName": "vectors",
            "ProjectionExpression": "#image_id, #place, #owner, #at",
            "ExpressionAttributeNames": {
                f"#{name}": name for name in ("image_id", "place", "owner", "at")
            },
            "ExclusiveStartKey": {"image_id": {"S": "7"}, "place": {"S": "c#titan"}},
            "Segment": 3,
            "TotalSegments": 16,
        },
    )
    place = f"{IMAGE} {CONTENT}#titan"
    assert list(vectors.after("7 c#titan", part=3, parts=16)) == [
        Shelved(place=place, owner="ann", image_id=IMAGE, content=CONTENT, at=AT)
    ]


def test_a_vector_is_read_by_its_picture_content_and_model(
    dynamodb: Stubber, vectors: DynamoVectors
) -> None:
    asked = {"TableName": "vectors", "Key": PLACE}
    dynamodb.add_response("get_item", {"Item": {**PLACE, "titan": {"L": NUMBERS}}}, asked)
    dynamodb.add_response("get_item", {}, asked)
    read = vectors.of(IMAGE, CONTENT)
    assert read
    assert read.similarity(VECTOR) > 0.9999
    assert vectors.of(IMAGE, CONTENT) is None


def found(*places: str) -> dict[str, Any]:
    return {"Items": [{"place": {"S": each}} for each in places]}


PLACES = {
    "TableName": "vectors",
    "KeyConditionExpression": "image_id = :image",
    "ExpressionAttributeValues": {":image": {"S": IMAGE}},
    "ProjectionExpression": "place",
    "ConsistentRead": True,
}


def test_which_items_are_placed_is_read_by_their_keys(
    dynamodb: Stubber, vectors: DynamoVectors
) -> None:
    items = [replace(BARE, image_id=image, content=CONTENT) for image in (IMAGE, "0" * 32)]
    keys = [{**PLACE, "image_id": {"S": each.image_id}} for each in items]
    asked = {"ProjectionExpression": "image_id"}
    dynamodb.add_response(
        "batch_get_item",
        {"Responses": {"vectors": []}, "UnprocessedKeys": {"vectors": {"Keys": keys[:1], **asked}}},
        {"RequestItems": {"vectors": {"Keys": keys, **asked}}},
    )
    dynamodb.add_response(
        "batch_get_item",
        {"Responses": {"vectors": [{"image_id": {"S": IMAGE}}]}},
        {"RequestItems": {"vectors": {"Keys": keys[:1], **asked}}},
    )
    assert vectors.known(items) == {IMAGE}
    assert vectors.known([]) == set()


def test_what_any_model_made_of_a_content_is_removed(
    dynamodb: Stubber, vectors: DynamoVectors
) -> None:
    places = (f"{CONTENT}#nova", f"{CONTENT}#titan", "another#titan")
    dynamodb.add_response("query", found(*places), PLACES)
    for place in places[:2]:
        key = {"image_id": {"S": IMAGE}, "place": {"S": place}}
        dynamodb.add_response("delete_item", {}, {"TableName": "vectors", "Key": key})
    assert vectors.remove(IMAGE, [CONTENT]) == 2


@pytest.mark.parametrize(
    ("among", "condition"),
    [
        (Among(), {}),
        (
            Among(owner="ann"),
            {
                "SearchConditionExpression": "#owner = :owner",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":owner": {"S": "ann"}},
            },
        ),
        (
            Among(owner="ann", shown=True),
            {
                "SearchConditionExpression": "#owner = :owner AND #shown = :shown",
                "ExpressionAttributeNames": {"#owner": "owner", "#shown": "shown"},
                "ExpressionAttributeValues": {":owner": {"S": "ann"}, ":shown": {"S": "yes"}},
            },
        ),
    ],
)
def test_the_filters_are_in_the_search(
    dynamodb: Stubber, vectors: DynamoVectors, among: Among, condition: dict[str, Any]
) -> None:
    results = {"SearchResults": [{"Item": PLACE, "Score": 0.25}]}
    dynamodb.add_response("search_vectors", results, {**SEARCH, **condition})
    assert vectors.nearest(VECTOR, among) == [
        Near(image_id=IMAGE, content=CONTENT, similarity=0.75)
    ]


@pytest.mark.parametrize(
    "message",
    [
        "The table does not have the specified index: by-titan",
        "Cannot search backfilling vector index: by-titan",
    ],
)
def test_an_index_that_is_being_built_is_no_mistake_of_the_caller(
    dynamodb: Stubber, vectors: DynamoVectors, message: str
) -> None:
    dynamodb.add_client_error("search_vectors", "ValidationException", message)
    with pytest.raises(NotSearchableYetError, match="by-titan is being built"):
        vectors.nearest(VECTOR, Among())


def test_any_other_refusal_is_raised(dynamodb: Stubber, vectors: DynamoVectors) -> None:
    dynamodb.add_client_error("search_vectors", "ThrottlingException", "slow down")
    with pytest.raises(ClientError, match="slow down"):
        vectors.nearest(VECTOR, Among())
