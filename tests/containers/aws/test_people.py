"""The clients behind the API: the requests that they send, and what becomes of each response."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.stub import Stubber

from aws.clients import client
from aws.cognito_addresses import CognitoAddresses
from aws.dynamodb import DynamoBlocks
from aws.dynamodb_people import DynamoListing, DynamoRecords, DynamoTrail
from aws.s3_people import S3Signer, S3Versions
from aws.ssm import parameter
from pipeline.audit import Entry
from pipeline.blocks import Block
from pipeline.catalog import ConflictError
from pipeline.listing import Filters, Place, Row, State
from pipeline.records import Record
from pipeline.signing import UnfinishedUploadError
from pipeline.storage import Version

Stub = Callable[[str], Stubber]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST = "ab" * 32


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Stubs a service's client for one test, which must ask for all that was prepared."""
    stubs: list[Stubber] = []

    def begin(service: str) -> Stubber:
        stubs.append(Stubber(client(service)))
        stubs[-1].activate()
        return stubs[-1]

    yield begin
    for each in stubs:
        each.deactivate()
        each.assert_no_pending_responses()


# Lists


@pytest.mark.parametrize(
    ("owner", "index", "name", "value"),
    [
        ("ann", "by-owner-month", "owner_month", "ann#2025-05"),
        (None, "by-month", "shown_month", "2025-05"),
    ],
)
def test_a_month_goes_on_after_a_place(
    stub: Stub, owner: str | None, index: str, name: str, value: str
) -> None:
    row = {
        "image_id": {"S": "1"},
        "key": {"S": "uploads/a.jpg"},
        "status": {"S": "ready"},
        "shown_at": {"S": "2025-05-01"},
        "width": {"N": "40"},
        "labels": {
            "L": [
                {"M": {"name": {"S": "Animal"}, "parents": {"L": []}}},
                {"M": {"name": {"S": "Cat"}, "parents": {"L": [{"S": "Animal"}]}}},
            ]
        },
        "alt_text": {"S": "A cat asleep"},
    }
    last = {name: {"S": value}, "shown_at": {"S": "2025-05-01"}, "image_id": {"S": "1"}}
    stub("dynamodb").add_response(
        "query",
        {"Items": [row], "LastEvaluatedKey": last},
        {
            "TableName": "catalog",
            "IndexName": index,
            "KeyConditionExpression": f"{name} = :list AND shown_at BETWEEN :begin AND :end",
            "ExpressionAttributeValues": {
                ":list": {"S": value},
                ":begin": {"S": "2025-05"},
                ":end": {"S": "2025-05-31~"},
            },
            "Limit": 100,
            "ScanIndexForward": False,
            "ExclusiveStartKey": {
                name: {"S": value},
                "shown_at": {"S": "2025-05-02"},
                "image_id": {"S": "2"},
            },
        },
    )
    after = Place(shown_at="2025-05-02", image_id="2")
    part = DynamoListing("catalog").slice(
        owner, "2025-05", after, within=Filters().span("2025-05"), most=100
    )
    assert part.rows == [
        Row(
            image_id="1",
            key="uploads/a.jpg",
            status="ready",
            shown_at="2025-05-01",
            width=40,
            labels=("Cat", "Animal"),
            alt_text="A cat asleep",
        )
    ]
    assert part.rest == Place(shown_at="2025-05-01", image_id="1")


ROW: dict[str, Any] = {
    "image_id": {"S": "1"},
    "key": {"S": "uploads/a.jpg"},
    "status": {"S": "ready"},
    "shown_at": {"S": "2025-05-01"},
}
STATE: dict[str, Any] = {
    "image_id": {"S": "1"},
    "key": {"S": "uploads/a.jpg"},
    "status": {"S": "ready"},
    "revision": {"N": "7"},
}


@pytest.mark.parametrize(
    "damage",
    [
        {"key": None},
        {"shown_at": None},
        {"status": {"S": "pretty"}},
        {"width": {"S": "wide"}},
        {"labels": {"S": "Cat"}},
        {"labels": {"L": [{"S": "Cat"}]}},
        {"labels": {"L": [{"M": {"name": {"S": "Cat"}, "parents": {"N": "1"}}}]}},
        {"alt_text": {"N": "1"}},
        {"exif": {"S": "none"}},
        {"trashed": {"M": {"mood": {"S": "sad"}}}},
    ],
)
def test_a_row_that_was_edited_by_hand_hides_no_other(stub: Stub, damage: dict[str, Any]) -> None:
    edited = {name: value for name, value in (ROW | damage).items() if value}
    stub("dynamodb").add_response("query", {"Items": [edited, ROW]})
    [row] = (
        DynamoListing("catalog")
        .slice("ann", "2025-05", None, within=Filters().span("2025-05"))
        .rows
    )
    assert row == Row(image_id="1", key="uploads/a.jpg", status="ready", shown_at="2025-05-01")


@pytest.mark.parametrize(
    "damage", [{"key": None}, {"revision": {"S": "7"}}, {"content": {"N": "1"}}]
)
def test_a_state_that_was_edited_by_hand_hides_no_other(stub: Stub, damage: dict[str, Any]) -> None:
    edited = {name: value for name, value in (STATE | damage).items() if value}
    whole = STATE | {"image_id": {"S": "2"}}
    stub("dynamodb").add_response("batch_get_item", {"Responses": {"catalog": [edited, whole]}})
    assert set(DynamoListing("catalog").states(["1", "2"])) == {"2"}


def test_states_are_read_with_nothing_that_they_do_not_need(stub: Stub) -> None:
    names = ("image_id", "key", "status", "content", "previous_content", "revision", "purged")
    wanted = {
        "ProjectionExpression": "#0, #1, #2, #3, #4, #5, #6",
        "ExpressionAttributeNames": {f"#{number}": name for number, name in enumerate(names)},
    }
    ready = {
        "image_id": {"S": "1"},
        "key": {"S": "uploads/a.jpg"},
        "status": {"S": "ready"},
        "revision": {"N": "7"},
        "content": {"S": "c"},
    }
    left = {"catalog": {"Keys": [{"image_id": {"S": "2"}}], **wanted}}
    dynamodb = stub("dynamodb")
    dynamodb.add_response(
        "batch_get_item",
        {"Responses": {"catalog": [ready]}, "UnprocessedKeys": left},
        {
            "RequestItems": {
                "catalog": {"Keys": [{"image_id": {"S": each}} for each in "12"], **wanted}
            }
        },
    )
    dynamodb.add_response("batch_get_item", {"Responses": {}}, {"RequestItems": left})
    assert DynamoListing("catalog").states(["1", "2"]) == {
        "1": State(image_id="1", key="uploads/a.jpg", status="ready", revision=7, content="c")
    }


# Records, blocks and the trail


def test_a_record_is_written_on_the_condition_that_nobody_else_did(stub: Stub) -> None:
    dynamodb = stub("dynamodb")
    item = {
        "id": {"S": "x"},
        "expires_at": {"N": "9"},
        "values": {"M": {"bytes": {"N": "5"}}},
        "revision": {"N": "4"},
    }
    condition = {
        "ConditionExpression": "revision = :revision",
        "ExpressionAttributeValues": {":revision": {"N": "3"}},
    }
    dynamodb.add_response("put_item", {}, {"TableName": "uploads", "Item": item, **condition})
    record = Record(id="x", expires_at=9, values={"bytes": 5}, revision=3)
    DynamoRecords("uploads").put(record)
    dynamodb.add_client_error("put_item", "ConditionalCheckFailedException")
    with pytest.raises(ConflictError):
        DynamoRecords("uploads").put(record)


def test_a_lifted_block_is_none(stub: Stub) -> None:
    dynamodb = stub("dynamodb")
    blocks = DynamoBlocks("catalog")
    name = {"image_id": {"S": f"#block/{DIGEST}"}}
    asked = {"TableName": "catalog", "Key": name, "ConsistentRead": True}
    block = {"sha256": {"S": DIGEST}, "by": {"S": "rita"}, "at": {"S": "now"}, "reason": {"S": ""}}
    lifted = {**name, "sha256": {"S": DIGEST}, "lifted": {"BOOL": True}}
    dynamodb.add_response("get_item", {}, asked)
    dynamodb.add_response("put_item", {}, {"TableName": "catalog", "Item": {**name, **block}})
    dynamodb.add_response("get_item", {"Item": {**name, **block}}, asked)
    dynamodb.add_response("put_item", {}, {"TableName": "catalog", "Item": lifted})
    dynamodb.add_response("get_item", {"Item": lifted}, asked)
    assert not blocks.has(DIGEST)
    blocks.block(Block(sha256=DIGEST, by="rita", at="now"))
    blocks.lift(DIGEST)
    assert not blocks.has(DIGEST)


def test_an_entry_is_added_and_never_replaced(stub: Stub) -> None:
    dynamodb = stub("dynamodb")
    stored: dict[str, Any] = {
        "at": {"S": "2026-01-01T00:00:00+00:00"},
        "kind": {"S": "role"},
        "by": {"S": "op"},
        "subject": {"S": "ann"},
        "detail": {"M": {}},
        "pk": {"S": "2026-01-01"},
        "sk": {"S": "2026-01-01T00:00:00+00:00#role#ann#op"},
        "expires_at": {"N": "1767312000"},
    }
    expected = {
        "TableName": "audit",
        "Item": stored,
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    entry = Entry(at="2026-01-01T00:00:00+00:00", kind="role", by="op", subject="ann")
    dynamodb.add_response("put_item", {}, expected)
    dynamodb.add_client_error("put_item", "ConditionalCheckFailedException")
    trail = DynamoTrail("audit", 1)
    trail.append(entry)
    trail.append(entry)
    dynamodb.add_response("query", {"Items": [stored]})
    assert list(trail.entries(since=NOW, until=NOW.replace(hour=1))) == [entry]


# S3


def test_the_versions_of_a_key_are_those_of_exactly_this_key(stub: Stub) -> None:
    older, newer = NOW, NOW.replace(minute=1)
    answer = {
        "Versions": [
            {"Key": "a", "VersionId": "1", "IsLatest": False, "Size": 3, "LastModified": older},
            {"Key": "ab", "VersionId": "9", "IsLatest": True, "Size": 3, "LastModified": newer},
        ],
        "DeleteMarkers": [{"Key": "a", "VersionId": "2", "IsLatest": True, "LastModified": newer}],
    }
    stub("s3").add_response("list_object_versions", answer, {"Bucket": "b", "Prefix": "a"})
    assert S3Versions("b").of("a") == [
        Version(version_id="2", bytes=0, modified=newer, hides=True),
        Version(version_id="1", bytes=3, modified=older),
    ]


def query(url: str) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}


@pytest.fixture
def signer(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Signer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    client.cache_clear()
    yield S3Signer("originals", "previews")
    client.cache_clear()


def test_size_type_hash_and_novelty_are_signed(signer: S3Signer) -> None:
    signed = signer.put(
        "uploads/a b.jpg", content_type="image/jpeg", size=5, sha256=DIGEST, seconds=900
    )
    assert urlsplit(signed.url).netloc == "originals.s3.eu-west-1.amazonaws.com"
    assert query(signed.url)["X-Amz-Expires"] == "900"
    assert query(signed.url)["X-Amz-SignedHeaders"].split(";") == [
        "content-length",
        "content-type",
        "host",
        "if-none-match",
        "x-amz-checksum-sha256",
    ]
    assert set(signed.headers) == {"content-type", "if-none-match", "x-amz-checksum-sha256"}


def test_an_original_is_saved_under_its_name_and_never_shown(signer: S3Signer) -> None:
    url = signer.download("uploads/x", version_id="v1", name='ä"\r\n.svg', seconds=300)
    asked = query(url)
    assert asked["response-content-type"] == "application/octet-stream"
    assert asked["response-content-disposition"] == (
        "attachment; filename=\"____.svg\"; filename*=UTF-8''%C3%A4%22%0D%0A.svg"
    )
    assert (asked["versionId"], asked["X-Amz-Expires"]) == ("v1", "300")


def test_an_upload_that_is_over_is_unfinished(stub: Stub) -> None:
    s3 = stub("s3")
    s3.add_client_error("list_parts", "NoSuchUpload")
    with pytest.raises(UnfinishedUploadError):
        S3Signer("originals", "previews").parts("k", "u")
    s3.add_client_error("abort_multipart_upload", "NoSuchUpload")
    S3Signer("originals", "previews").abort("k", "u")


# Parameters


def test_a_parameter_is_decrypted(stub: Stub) -> None:
    asked = {"Name": "/darkroom/dev/key", "WithDecryption": True}
    stub("ssm").add_response("get_parameter", {"Parameter": {"Value": "secret"}}, asked)
    assert parameter("/darkroom/dev/key") == "secret"


# Addresses


def person(*, enabled: bool = True, verified: str = "true") -> dict[str, Any]:
    attributes = {"email": "ann@example.org", "email_verified": verified}
    return {
        "Username": "somebody",
        "Enabled": enabled,
        "Attributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
    }


@pytest.mark.parametrize(
    ("users", "address"),
    [
        ([person()], "ann@example.org"),
        ([person(enabled=False)], None),
        ([person(verified="True")], "ann@example.org"),
        ([person(verified="false")], None),
        ([], None),
    ],
)
def test_a_person_has_the_verified_address_of_the_pool(
    stub: Stub, users: list[dict[str, Any]], address: str | None
) -> None:
    asked = {
        "UserPoolId": "pool",
        "Filter": 'sub = "11111111-1111-4111-8111-111111111111"',
        "AttributesToGet": ["email", "email_verified"],
        "Limit": 1,
    }
    stub("cognito-idp").add_response("list_users", {"Users": users}, asked)
    assert CognitoAddresses("pool").of("11111111-1111-4111-8111-111111111111") == address
