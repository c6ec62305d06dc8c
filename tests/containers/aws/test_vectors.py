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
from aws.dynamodb_vectors import DynamoTakeover, DynamoVectors
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


def test_the_walk_leaves_out_what_is_noted_about_a_next_model(
    dynamodb: Stubber, vectors: DynamoVectors
) -> None:
    dynamodb.add_response("scan", {"Items": [note("complete")]})
    assert list(vectors.after("")) == []


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


# What is noted about a next model.

RUN = "2026-01-01T00:00:00+00:00"


def note(place: str) -> dict[str, Any]:
    return {
        "image_id": {"S": "#takeover/titan>nova"},
        "place": {"S": place},
        "at": {"S": "2026-01-01T00:00:00.000+00:00"},
    }


def noted(dynamodb: Stubber, names: str, *places: str) -> None:
    """Expect a query for the notes about two models, and answer with those under these places."""
    dynamodb.add_response(
        "query",
        {"Items": [{"place": {"S": each}} for each in places]},
        {
            "TableName": "vectors",
            "KeyConditionExpression": "image_id = :note",
            "ExpressionAttributeValues": {":note": {"S": f"#takeover/{names}"}},
            "ProjectionExpression": "place",
            "ConsistentRead": True,
        },
    )


def asked_whether_complete(dynamodb: Stubber, *, complete: bool) -> None:
    key = {each: note("complete")[each] for each in ("image_id", "place")}
    found = {"Item": note("complete")} if complete else {}
    dynamodb.add_response("get_item", found, {"TableName": "vectors", "Key": key})


def put(dynamodb: Stubber, place: str) -> None:
    dynamodb.add_response("put_item", {}, {"TableName": "vectors", "Item": note(place)})


@pytest.fixture
def takeover() -> DynamoTakeover:
    return DynamoTakeover("vectors", "titan", "nova")


def test_a_shard_is_noted_until_all_of_its_run_are(
    dynamodb: Stubber, takeover: DynamoTakeover
) -> None:
    asked_whether_complete(dynamodb, complete=False)
    put(dynamodb, f"{RUN} 3")
    noted(dynamodb, "titan>nova", f"{RUN} 3", "2025-12-31T00:00:00+00:00 4")
    assert takeover.report(RUN, "3", 2, at=AT) is False


def test_the_last_shard_of_a_run_has_the_model_take_over_if_its_index_responds(
    dynamodb: Stubber, takeover: DynamoTakeover
) -> None:
    for building in (True, False):
        asked_whether_complete(dynamodb, complete=False)
        put(dynamodb, f"{RUN} 4")
        noted(dynamodb, "titan>nova", f"{RUN} 3", f"{RUN} 4")
        if building:
            message = "Cannot search backfilling index by-nova"
            dynamodb.add_client_error("search_vectors", "ValidationException", message)
            assert takeover.report(RUN, "4", 2, at=AT) is False
    dynamodb.add_response("search_vectors", {"SearchResults": []})
    put(dynamodb, "complete")
    assert takeover.report(RUN, "4", 2, at=AT) is True


def test_a_model_that_has_taken_over_is_looked_up_once(
    dynamodb: Stubber, takeover: DynamoTakeover
) -> None:
    asked_whether_complete(dynamodb, complete=False)
    assert takeover.is_complete() is False
    asked_whether_complete(dynamodb, complete=True)
    assert takeover.is_complete() is takeover.is_complete() is True
    assert takeover.report(RUN, "", 1, at=AT) is True


def test_without_a_next_model_nothing_is_looked_up_and_everything_is_forgotten(
    dynamodb: Stubber,
) -> None:
    takeover = DynamoTakeover("vectors", "nova", "none")
    assert (takeover.next, takeover.is_complete()) == ("", False)
    noted(dynamodb, "titan>nova", "complete")
    dynamodb.add_response(
        "delete_item",
        {},
        {
            "TableName": "vectors",
            "Key": {"image_id": {"S": "#takeover/titan>nova"}, "place": {"S": "complete"}},
        },
    )
    noted(dynamodb, "nova>titan")
    takeover.forget_others()


def test_what_is_noted_about_these_two_models_is_kept(
    dynamodb: Stubber, takeover: DynamoTakeover
) -> None:
    noted(dynamodb, "nova>titan")
    takeover.forget_others()
