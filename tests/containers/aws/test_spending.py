"""The sums of the days in DynamoDB: a charge and its item are written together or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from aws.clients import client
from aws.dynamodb import DynamoTable
from aws.dynamodb_spending import DynamoLedger
from pipeline.catalog import ConflictError
from pipeline.spending import Charge, Day, Paused, Saved
from tests.containers.pipeline.test_item import BARE

CHARGE = Charge("2026-01-01", "abc", {"labels": 0.001, "rekognition": 0.0000406})


@pytest.fixture
def dynamodb() -> Iterator[Stubber]:
    with Stubber(client("dynamodb")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def table(dynamodb: Stubber) -> DynamoTable:
    # The note of the picture's month.
    for _ in range(2):
        dynamodb.add_response("put_item", {})
    return DynamoTable("catalog", spending="spending")


def test_a_charge_is_written_in_one_transaction_with_its_item(
    dynamodb: Stubber, table: DynamoTable
) -> None:
    put = {"TableName": "catalog", "Item": ANY, "ConditionExpression": ANY}
    update = {
        "TableName": "spending",
        "Key": {"day": {"S": "2026-01-01"}, "part": {"S": "a"}},
        "UpdateExpression": "ADD #0 :0, #1 :1 SET expires_at = :expires_at",
        "ExpressionAttributeNames": {"#0": "labels", "#1": "rekognition"},
        "ExpressionAttributeValues": {
            ":0": {"N": "0.001000000"},
            ":1": {"N": "0.000040600"},
            ":expires_at": {"N": "1801785600"},
        },
    }
    dynamodb.add_response(
        "transact_write_items",
        {},
        {"TransactItems": [{"Put": put}, {"Update": update}]},
    )
    table.put(BARE, replacing=0, charge=CHARGE)


def test_what_known_answers_saved_is_under_a_day_of_its_own(
    dynamodb: Stubber, table: DynamoTable
) -> None:
    saved = {
        "Update": {
            "TableName": "spending",
            "Key": {"day": {"S": "saved/2026-01-01"}, "part": {"S": "a"}},
            "UpdateExpression": "ADD #0 :0, #1 :1 SET expires_at = :expires_at",
            "ExpressionAttributeNames": {"#0": "calls", "#1": "usd"},
            "ExpressionAttributeValues": {
                ":0": {"N": "2.000000000"},
                ":1": {"N": "0.002750000"},
                ":expires_at": {"N": "1801785600"},
            },
        }
    }
    dynamodb.add_response("transact_write_items", {}, {"TransactItems": [ANY, ANY, saved]})
    charge = replace(CHARGE, saved={"calls": 2, "usd": 0.00275})
    table.put(BARE, replacing=0, charge=charge)


@pytest.mark.parametrize(
    ("parts", "saved"),
    [
        ([], Saved()),
        ([("2", "0.00275"), ("1", "0.001")], Saved(3, 0.00375)),
    ],
)
def test_savings_are_added_up_over_the_parts_of_a_day(
    dynamodb: Stubber, parts: list[tuple[str, str]], saved: Saved
) -> None:
    found: list[Any] = [{"calls": {"N": calls}, "usd": {"N": usd}} for calls, usd in parts]
    dynamodb.add_response(
        "query",
        {"Items": found},
        {
            "TableName": "spending",
            "KeyConditionExpression": "#day = :day",
            "ExpressionAttributeNames": {"#day": "day"},
            "ExpressionAttributeValues": {":day": {"S": "saved/2026-01-01"}},
        },
    )
    assert DynamoLedger("spending").saved("2026-01-01") == saved


@pytest.mark.parametrize("reason", ["ConditionalCheckFailed", "TransactionConflict"])
def test_whoever_comes_second_is_told_so(
    dynamodb: Stubber, table: DynamoTable, reason: str
) -> None:
    cancel(dynamodb, reason)
    with pytest.raises(ConflictError):
        table.put(BARE, replacing=0, charge=CHARGE)


def test_another_reason_is_an_error_as_any(dynamodb: Stubber, table: DynamoTable) -> None:
    cancel(dynamodb, "ThrottlingError")
    with pytest.raises(client("dynamodb").exceptions.TransactionCanceledException):
        table.put(BARE, replacing=0, charge=CHARGE)


def cancel(dynamodb: Stubber, reason: str) -> None:
    dynamodb.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": reason}, {"Code": "None"}]},
    )


@pytest.mark.usefixtures("dynamodb")
def test_a_charge_without_a_table_of_sums_is_refused() -> None:
    table = DynamoTable("catalog")
    with pytest.raises(ValueError, match="must have a table"):
        table._put_charged({}, CHARGE)


def test_the_parts_of_a_day_are_added_up(dynamodb: Stubber) -> None:
    def part(name: str, **sums: str) -> dict[str, Any]:
        keys = {"day": {"S": "2026-01-01"}, "part": {"S": name}, "expires_at": {"N": "9"}}
        return {**keys, **{each: {"N": usd} for each, usd in sums.items()}}

    dynamodb.add_response(
        "query",
        {
            "Items": [
                part("0", labels="0.1", resize="0.01"),
                part("a", labels="0.2"),
                part("extra", usd="5"),
            ]
        },
        {
            "TableName": "spending",
            "KeyConditionExpression": "#day = :day",
            "ExpressionAttributeNames": {"#day": "day"},
            "ExpressionAttributeValues": {":day": {"S": "2026-01-01"}},
            "ConsistentRead": True,
        },
    )
    day = DynamoLedger("spending").day("2026-01-01")
    assert day == Day("2026-01-01", {"labels": 0.3, "resize": 0.01}, 5.0)


def test_a_pause_that_was_noted_again_is_not_taken_away(dynamodb: Stubber) -> None:
    item = {"since": {"S": "2026-01-01T10:00:00Z"}, "stamp": {"S": "x"}}
    dynamodb.add_response("get_item", {"Item": item})
    dynamodb.add_client_error("delete_item", "ConditionalCheckFailedException")
    ledger = DynamoLedger("spending")
    assert ledger.paused() == Paused("2026-01-01T10:00:00Z", "x")
    ledger.note_resumption("w")
