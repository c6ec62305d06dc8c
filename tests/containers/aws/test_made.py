"""What is made on demand, as DynamoDB and S3 keep it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from aws.clients import client
from aws.dynamodb_claims import DynamoClaims
from aws.dynamodb_spending import DynamoLedger
from aws.s3_made import S3Made

AT = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = AT + timedelta(seconds=60)
KEY = "i/0/1/640.avif"


@pytest.fixture
def dynamodb() -> Iterator[Stubber]:
    with Stubber(client("dynamodb")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def s3() -> Iterator[Stubber]:
    with Stubber(client("s3")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def claim() -> str:
    return DynamoClaims("claims").claim("i/0/1/", "640.avif", at=AT, until=UNTIL, most=100)


@pytest.mark.parametrize(
    ("before", "outcome"), [({}, "first"), ({"640.avif": {"N": "1"}}, "again")]
)
def test_one_write_counts_and_grants_a_claim(
    dynamodb: Stubber, before: dict[str, Any], outcome: str
) -> None:
    dynamodb.add_response(
        "update_item",
        {"Attributes": before},
        {
            "TableName": "claims",
            "Key": {"content": {"S": "i/0/1/"}},
            "UpdateExpression": "SET #file = :until, expires_at = :expires_at ADD granted :one",
            "ConditionExpression": (
                "(attribute_not_exists(#file) OR #file <= :now)"
                " AND (attribute_not_exists(granted) OR granted < :most)"
            ),
            "ExpressionAttributeNames": {"#file": "640.avif"},
            "ExpressionAttributeValues": {
                ":now": {"N": "1767225600000"},
                ":until": {"N": "1767225660000"},
                ":expires_at": {"N": "1801785600"},
                ":one": {"N": "1"},
                ":most": {"N": "100"},
            },
            "ReturnValues": "UPDATED_OLD",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    )
    assert claim() == outcome


@pytest.mark.parametrize(
    ("item", "outcome"),
    [
        ({"640.avif": {"N": "1767225600001"}, "granted": {"N": "1"}}, "taken"),
        ({"640.avif": {"N": "1767225600000"}, "granted": {"N": "100"}}, "full"),
        ({"320.avif": {"N": "1767225600001"}, "granted": {"N": "100"}}, "full"),
    ],
)
def test_a_claim_that_is_refused_says_why(
    dynamodb: Stubber, item: dict[str, Any], outcome: str
) -> None:
    dynamodb.add_client_error(
        "update_item", "ConditionalCheckFailedException", modeled_fields={"Item": item}
    )
    assert claim() == outcome


@pytest.mark.parametrize(("counts", "added"), [(True, "0"), (False, "-1")])
def test_a_claim_that_is_given_up_has_ended(dynamodb: Stubber, counts: bool, added: str) -> None:
    dynamodb.add_response(
        "update_item",
        {},
        {
            "TableName": "claims",
            "Key": {"content": {"S": "i/0/1/"}},
            "UpdateExpression": "SET #file = :now ADD granted :added",
            "ExpressionAttributeNames": {"#file": "640.avif"},
            "ExpressionAttributeValues": {":now": {"N": "1767225600000"}, ":added": {"N": added}},
        },
    )
    DynamoClaims("claims").release("i/0/1/", "640.avif", at=AT, counts=counts)


def test_what_is_made_on_demand_costs_nothing_of_the_day_s_budget(dynamodb: Stubber) -> None:
    dynamodb.add_response(
        "update_item",
        {},
        {
            "TableName": "spending",
            "Key": {"day": {"S": "demand/2026-01-01"}, "part": {"S": "a"}},
            "UpdateExpression": "ADD usd :usd SET expires_at = :expires_at",
            "ExpressionAttributeValues": {
                ":usd": {"N": "0.000010000"},
                ":expires_at": {"N": "1801785600"},
            },
        },
    )
    dynamodb.add_response(
        "query",
        {"Items": [{"usd": {"N": "0.25"}}, {"usd": {"N": "0.5"}}]},
        {
            "TableName": "spending",
            "KeyConditionExpression": "#day = :day",
            "ExpressionAttributeNames": {"#day": "day"},
            "ExpressionAttributeValues": {":day": {"S": "demand/2026-01-01"}},
            "ConsistentRead": True,
        },
    )
    ledger = DynamoLedger("spending")
    ledger.add_demand("2026-01-01", "abc", 0.00001)
    assert ledger.demand("2026-01-01") == 0.75


WRITTEN = {
    "Bucket": "renditions",
    "Key": KEY,
    "Body": b"picture",
    "ContentType": "image/avif",
    "CacheControl": "public, max-age=86400, s-maxage=31536000",
    "IfNoneMatch": "*",
}


def test_a_file_is_written_where_there_is_none(s3: Stubber) -> None:
    s3.add_response("put_object", {}, WRITTEN)
    assert S3Made("renditions").write(KEY, b"picture", "image/avif") is True


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_a_file_that_is_there_stays(s3: Stubber, code: str) -> None:
    s3.add_client_error("put_object", code, expected_params=WRITTEN)
    assert S3Made("renditions").write(KEY, b"picture", "image/avif") is False


def test_a_missing_file_is_none_and_a_missing_right_is_an_error(s3: Stubber) -> None:
    s3.add_client_error("get_object", "NoSuchKey")
    assert S3Made("renditions").read(KEY) is None
    s3.add_client_error("get_object", "AccessDenied")
    with pytest.raises(client("s3").exceptions.ClientError, match="AccessDenied"):
        S3Made("renditions").read(KEY)


def test_a_file_is_taken_back_by_its_key(s3: Stubber) -> None:
    s3.add_response("delete_object", {}, {"Bucket": "renditions", "Key": KEY})
    S3Made("renditions").remove(KEY)
