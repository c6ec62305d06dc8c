"""An original that S3 returns to nobody without its key ends with words, and stops no command."""

import json
import os
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.journal import Journal
from local.pictures import Pictures
from local.state import RunningStack
from pipeline.item import Item
from tests.end_to_end.commands import Ops
from tests.end_to_end.journeys import PICTURE, Queues, eventually, upload

pytestmark = pytest.mark.long

KEY = "uploads/withheld/own key.jpg"
BEFORE, AFTER = "uploads/withheld/a.jpg", "uploads/withheld/z.jpg"
WORDS = "the file is encrypted with a key of its own (SSE-C); upload it without one"


@pytest.fixture(scope="module")
def ops(stack: RunningStack) -> Ops:
    return Ops(stack)


def found(pictures: Pictures, key: str, status: str) -> Item:
    """The picture's item, once it has the status and its notice is out."""

    def look() -> Item | None:
        for item in pictures.all():
            if item.key == key and item.status == status:
                told = (item.notices or {}).get(status, {}).get("state") == "sent"
                return item if told or status == "deleted" else None
        return None

    return eventually(look)


@pytest.fixture(scope="module")
def withheld(stack: RunningStack) -> Item:
    """An original with the uploader's own key, between two that anybody can read."""
    pictures = Pictures(stack)
    upload(pictures, BEFORE)
    upload(pictures, AFTER)
    stack.aws.client("s3").put_object(
        Bucket=stack.outputs["originals"],
        Key=KEY,
        Body=PICTURE,
        SSECustomerAlgorithm="AES256",
        SSECustomerKey=os.urandom(32),
        Metadata={"owner": "ann@example.org"},
    )
    return found(pictures, KEY, "failed")


def test_the_uploader_and_the_subscribers_are_told_why(stack: RunningStack, withheld: Item) -> None:
    assert withheld.failure is not None
    assert (withheld.failure.code, withheld.failure.message) == ("customer_key", WORDS)

    def told() -> set[str]:
        """Where a notice about it went that has the words."""
        notices = Journal(stack.journal).notices()
        return {each.channel for each in notices if KEY in each.text and WORDS in each.text}

    assert eventually(lambda: told() or None)
    assert [Queues(stack).dead(function) for function in ("resize", "rekognition")] == [[], []]


@pytest.mark.parametrize("operation", ["head_object", "get_object"])
def test_without_the_key_s3_refuses_the_object(
    stack: RunningStack, withheld: Item, operation: str
) -> None:
    call = getattr(stack.aws.client("s3"), operation)
    with pytest.raises(ClientError) as refused:
        call(Bucket=stack.outputs["originals"], Key=withheld.key)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_restoring_goes_past_it(stack: RunningStack, ops: Ops, withheld: Item) -> None:
    pictures = Pictures(stack)
    before = [pictures.find(key).as_of for key in (BEFORE, AFTER)]
    done = ops("restore", BEFORE, KEY, AFTER, "--json")
    assert done.status == 1
    *lines, _ = done.lines
    assert {line["key"]: line["outcome"] for line in lines} == {
        BEFORE: "restored",
        KEY: "refused",
        AFTER: "restored",
    }
    Queues(stack).until_empty()
    assert [pictures.find(key).as_of for key in (BEFORE, AFTER)] == [f"{each}1" for each in before]
    assert found(pictures, KEY, "failed").as_of == withheld.as_of


def test_reconciling_goes_past_it(stack: RunningStack, ops: Ops, withheld: Item) -> None:
    lost = upload(Pictures(stack), "uploads/withheld/zz.jpg")
    table, key = stack.outputs["catalog"], {"image_id": {"S": lost.image_id}}
    ops.client("dynamodb").delete_item(TableName=table, Key=key)

    done = ops("reconcile", "--grace", "0", "--json")
    kinds: dict[str, set[str]] = {}
    for line in done.lines[:-1]:
        kinds.setdefault(line["key"], set()).add(line["kind"])
    assert kinds.get(lost.key) == {"uncatalogued"}
    assert withheld.key not in kinds

    assert ops("reconcile", "--grace", "0", "--repair").status == 0
    ops.wait_until_nothing_is_found(lost.image_id)


def test_its_deletion_is_seen(stack: RunningStack, withheld: Item) -> None:
    stack.aws.client("s3").delete_object(Bucket=stack.outputs["originals"], Key=withheld.key)
    assert found(Pictures(stack), KEY, "deleted").status == "deleted"
    assert Queues(stack).dead("retire") == []


def test_an_item_that_was_edited_by_hand_is_named_and_passed(stack: RunningStack, ops: Ops) -> None:
    pictures = Pictures(stack)
    picture = upload(pictures, "uploads/withheld/edited.jpg")
    Queues(stack).until_empty()
    table, key = stack.outputs["catalog"], {"image_id": {"S": picture.image_id}}
    dynamodb: Any = ops.client("dynamodb")
    stored = dynamodb.get_item(TableName=table, Key=key)["Item"]
    dynamodb.put_item(TableName=table, Item={**stored, "renditions": {"S": "all"}})
    problem = f"item {picture.image_id} of {picture.key} cannot be read: renditions must be a map"
    try:
        done = ops("reconcile", "--grace", "0", "--json")
        ours = [line for line in done.lines[:-1] if line["key"] == picture.key]
        assert [line["kind"] for line in ours] == ["malformed"]
        for words in (
            ("explain", picture.key),
            ("restore", picture.key, BEFORE, "--dry-run"),
            ("restore", "--status", "ready", "--dry-run"),
            ("policy", "try", "Pulumi.dev.yaml"),
        ):
            done = ops(*words)
            assert (done.status, problem in done.error) == (1, True), (words, done)
    finally:
        dynamodb.put_item(TableName=table, Item=stored)
    assert json.loads(ops("explain", picture.key, "--json").text)["item"]["status"] == "ready"
