"""Known answers in DynamoDB: found by the index, read from the item."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from aws.clients import client
from aws.dynamodb import _ITEM_LIMIT, from_attributes, to_attributes
from aws.dynamodb_answers import DynamoAnswers
from pipeline.facts import Text
from pipeline.item import Item, Verdict
from tests.containers.pipeline.test_item import BARE

ANALYSED = replace(
    BARE,
    verdict=Verdict(decision="accept"),
    hashes={"sha256": "d1"},
    asked={"detect_labels": {"question": "q1", "least": 55, "model": "3.0"}},
    labels=({"name": "Cat", "confidence": 98, "parents": []},),
)
TITLE = ANALYSED.to_dict()["answers_title"]


@pytest.fixture
def dynamodb() -> Iterator[Stubber]:
    with Stubber(client("dynamodb")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def expect_listed(dynamodb: Stubber, *image_ids: str) -> None:
    dynamodb.add_response(
        "query",
        {"Items": [{"image_id": {"S": each}} for each in image_ids]},
        {
            "TableName": "catalog",
            "IndexName": "by-answers",
            "KeyConditionExpression": "answers_title = :title",
            "ExpressionAttributeValues": {":title": {"S": TITLE}},
            "Limit": 3,
        },
    )


def expect_read(dynamodb: Stubber, *items: Item) -> None:
    keys: list[Any] = [{"image_id": {"S": each.image_id}} for each in items]
    dynamodb.add_response(
        "batch_get_item",
        {"Responses": {"catalog": [to_attributes(each) for each in items]}},
        {"RequestItems": {"catalog": {"Keys": keys, "ConsistentRead": True}}},
    )


def test_answers_are_read_from_an_item_that_has_them(dynamodb: Stubber) -> None:
    expect_listed(dynamodb, BARE.image_id, BARE.image_id)
    # The index is a moment behind: the first has been deleted since.
    expect_read(dynamodb, replace(BARE, deleted=True), ANALYSED)
    assert DynamoAnswers("catalog").find(TITLE) == ANALYSED.answers


def test_unknown_bytes_cost_one_query(dynamodb: Stubber) -> None:
    expect_listed(dynamodb)
    assert DynamoAnswers("catalog").find(TITLE) is None


def test_the_models_are_noted_in_an_entry_of_their_own(dynamodb: Stubber) -> None:
    key: dict[str, Any] = {"image_id": {"S": "#models"}}
    entry = {**key, "models": {"M": {"detect_labels": {"S": "3.0"}}}}
    asked = {"RequestItems": {"catalog": {"Keys": [key]}}}
    dynamodb.add_response("batch_get_item", {"Responses": {}}, asked)
    dynamodb.add_response("put_item", {}, {"TableName": "catalog", "Item": entry})
    dynamodb.add_response("batch_get_item", {"Responses": {"catalog": [entry]}}, asked)
    answers = DynamoAnswers("catalog")
    assert answers.models() == {}
    answers.note({"detect_labels": "3.0"})
    assert answers.models() == {"detect_labels": "3.0"}


def test_answers_that_are_too_large_to_store_are_not_found_in_part() -> None:
    line: Text = {
        "text": "x" * _ITEM_LIMIT,
        "confidence": 99,
        "box": {"left": 0, "top": 0, "width": 1, "height": 1},
    }
    stored = to_attributes(replace(ANALYSED, text=(line,)))
    assert "answers_title" not in stored
    assert from_attributes(stored) == replace(ANALYSED, asked=None)
