"""The table `likeness`: what is asked of DynamoDB, in which order, and what is made of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from aws.clients import client
from aws.dynamodb_likeness import DynamoLooks
from pipeline.inventory import TableBusyError
from pipeline.likeness import Listed, Look, Shelved, bands

AT = datetime(2026, 1, 1, tzinfo=UTC)
IMAGE, CONTENT = "8fe884f469150b783791b3789bf754af", "0123456789abcdef"
LOOK = Look(dhash=255, phash=1 << 63, sha256="5" * 64, taken_at="2025-12-30T16:41:07")
LISTED = Listed(image_id=IMAGE, content=CONTENT, look=LOOK)
PICTURE = {"S": f"{IMAGE}/{CONTENT}"}
HASHES = {
    "dhash": {"S": "00000000000000ff"},
    "phash": {"S": "8000000000000000"},
    "sha256": {"S": "5" * 64},
    "taken_at": {"S": "2025-12-30T16:41:07"},
}
LIST = {"S": "ann#list-8"}
LISTING = {
    **HASHES,
    "shelf": LIST,
    "picture": PICTURE,
    "at": {"S": "2026-01-01T00:00:00.000+00:00"},
}


@pytest.fixture
def dynamodb() -> Iterator[Stubber]:
    with Stubber(client("dynamodb")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def looks() -> DynamoLooks:
    return DynamoLooks("likeness")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aws.dynamodb_likeness.sleep", lambda _: None)


def put(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"TransactItems": [{"Put": {"TableName": "likeness", "Item": each}} for each in entries]}


def deleted(*shelves: str) -> dict[str, Any]:
    keys = [{"shelf": {"S": each}, "picture": PICTURE} for each in shelves]
    return {"TransactItems": [{"Delete": {"TableName": "likeness", "Key": key}} for key in keys]}


SHELVES = [f"ann#{band}" for band in bands(LOOK)]
ENTRIES_OF_BANDS = [{**HASHES, "shelf": {"S": each}, "picture": PICTURE} for each in SHELVES]


def test_a_look_is_listed_and_on_the_shelf_of_each_band_at_once(
    dynamodb: Stubber, looks: DynamoLooks
) -> None:
    dynamodb.add_response("transact_write_items", {}, put(LISTING, *ENTRIES_OF_BANDS))
    looks.add("ann", LISTED, at=AT)


def cancelled(dynamodb: Stubber, reason: str) -> None:
    dynamodb.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": "None"}, {"Code": reason}]},
    )


@pytest.mark.parametrize(
    "reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
)
def test_what_dynamodb_cancels_is_asked_for_again(
    dynamodb: Stubber, looks: DynamoLooks, reason: str
) -> None:
    cancelled(dynamodb, reason)
    dynamodb.add_response("transact_write_items", {})
    looks.add("ann", LISTED, at=AT)


def test_a_table_that_stays_busy_leaves_the_message_on_its_queue(
    dynamodb: Stubber, looks: DynamoLooks
) -> None:
    for _ in range(8):
        cancelled(dynamodb, "TransactionConflict")
    with pytest.raises(TableBusyError, match="looks not written in 8 attempts"):
        looks.add("ann", LISTED, at=AT)


def test_what_can_never_be_written_is_raised_at_once(dynamodb: Stubber, looks: DynamoLooks) -> None:
    cancelled(dynamodb, "ValidationError")
    with pytest.raises(ClientError, match="TransactionCanceled"):
        looks.add("ann", LISTED, at=AT)


def test_a_flat_picture_is_on_the_shelf_of_its_file_alone(
    dynamodb: Stubber, looks: DynamoLooks
) -> None:
    look = replace(LOOK, flat=True)
    flat = {**HASHES, "flat": {"BOOL": True}, "picture": PICTURE}
    listing = {**flat, "shelf": LIST, "at": LISTING["at"]}
    shelved = {**flat, "shelf": {"S": f"ann#s-{LOOK.sha256}"}}
    dynamodb.add_response("transact_write_items", {}, put(listing, shelved))
    looks.add("ann", replace(LISTED, look=look), at=AT)


def found(*contents: str) -> dict[str, Any]:
    return {"Items": [{**LISTING, "picture": {"S": f"{IMAGE}/{each}"}} for each in contents]}


LISTED_OF_THE_PICTURE = {
    "TableName": "likeness",
    "KeyConditionExpression": "shelf = :shelf AND begins_with(picture, :begins)",
    "ExpressionAttributeValues": {":shelf": LIST, ":begins": {"S": f"{IMAGE}/"}},
    "ConsistentRead": True,
}


def test_a_look_leaves_the_list_and_the_shelves_at_once(
    dynamodb: Stubber, looks: DynamoLooks
) -> None:
    dynamodb.add_response("query", found(CONTENT, "another"), LISTED_OF_THE_PICTURE)
    dynamodb.add_response("transact_write_items", {}, deleted("ann#list-8", *SHELVES))
    assert looks.remove("ann", IMAGE, [CONTENT]) == 1


def test_all_looks_of_a_picture_go_if_no_content_is_named(
    dynamodb: Stubber, looks: DynamoLooks
) -> None:
    dynamodb.add_response("query", found(CONTENT, "another"), LISTED_OF_THE_PICTURE)
    for _ in range(2):
        dynamodb.add_response("transact_write_items", {})
    assert looks.remove("ann", IMAGE) == 2


def test_nothing_is_written_where_nothing_is_listed(dynamodb: Stubber, looks: DynamoLooks) -> None:
    dynamodb.add_response("query", found("another"), LISTED_OF_THE_PICTURE)
    assert looks.remove("ann", IMAGE, [CONTENT]) == 0


def test_the_alike_are_looked_for_on_the_owner_s_own_shelves_alone(
    monkeypatch: pytest.MonkeyPatch, looks: DynamoLooks
) -> None:
    asked: list[dict[str, Any]] = []

    def query(**options: Any) -> dict[str, Any]:
        asked.append(options)
        return {"Items": [{**HASHES, "picture": PICTURE}], "LastEvaluatedKey": {"more": "there is"}}

    # Ten at once, in no order that a stub could expect.
    monkeypatch.setattr(looks._dynamodb, "query", query)
    assert looks.near("ann", LOOK) == [LISTED]
    shelves = sorted(each["ExpressionAttributeValues"][":shelf"]["S"] for each in asked)
    assert shelves == sorted(f"ann#{band}" for band in bands(LOOK))
    assert {each["Limit"] for each in asked} == {1000}


def test_the_same_file_is_looked_for_on_its_own_shelf(
    dynamodb: Stubber, looks: DynamoLooks
) -> None:
    dynamodb.add_response(
        "query",
        {"Items": [{**HASHES, "picture": PICTURE}]},
        {
            "TableName": "likeness",
            "KeyConditionExpression": "shelf = :shelf",
            "ExpressionAttributeValues": {":shelf": {"S": f"ann#s-{LOOK.sha256}"}},
            "Limit": 1000,
        },
    )
    assert looks.same("ann", ["5" * 64]) == [LISTED]


def test_the_walk_reads_the_lists_and_continues_after_a_place(
    dynamodb: Stubber, looks: DynamoLooks
) -> None:
    dynamodb.add_response(
        "scan",
        {"Items": [LISTING]},
        {
            "TableName": "likeness",
            "FilterExpression": "attribute_exists(#at)",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExclusiveStartKey": {"shelf": {"S": "ann#list-7"}, "picture": {"S": "7/c"}},
        },
    )
    place = f"ann#list-8 {IMAGE}/{CONTENT}"
    assert list(looks.after("ann#list-7 7/c")) == [
        Shelved(place=place, owner="ann", image_id=IMAGE, content=CONTENT, at=AT)
    ]


def test_a_shard_reads_a_part_of_the_table(dynamodb: Stubber, looks: DynamoLooks) -> None:
    dynamodb.add_response(
        "scan",
        {"Items": []},
        {
            "TableName": "likeness",
            "FilterExpression": "attribute_exists(#at)",
            "ExpressionAttributeNames": {"#at": "at"},
            "Segment": 3,
            "TotalSegments": 16,
        },
    )
    assert list(looks.after("", part=3, parts=16)) == []
