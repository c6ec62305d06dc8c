"""Objects that the pipeline never heard of, processed by the state machine."""

import re
from typing import Any

import pytest

from local.journal import Journal
from local.pictures import NoPictureError, Pictures
from local.state import RunningStack
from pipeline.address import INVENTORIES, INVENTORY, UPLOADS
from proofs.unheard import no_events
from tests.end_to_end.commands import Ops
from tests.end_to_end.journeys import OTHER_PICTURE, PICTURE, Queues, eventually, upload

pytestmark = pytest.mark.long


@pytest.fixture
def ops(stack: RunningStack) -> Ops:
    return Ops(stack)


def unheard(stack: RunningStack, *keys: str) -> None:
    """Store pictures while the bucket publishes no events."""
    s3, bucket = stack.aws.client("s3"), stack.outputs["originals"]
    with no_events(stack):
        for key in keys:
            s3.put_object(Bucket=bucket, Key=key, Body=OTHER_PICTURE)


def test_a_backfill_processes_what_is_missing_and_sends_one_notice(
    stack: RunningStack, pictures: Pictures, queues: Queues, ops: Ops
) -> None:
    known = upload(pictures, "uploads/backfill/known.jpg", PICTURE)
    queues.until_empty()
    before = pictures.find(known.key)
    missing = [f"uploads/backfill/{number}.jpg" for number in range(3)]
    unheard(stack, *missing)

    [planned] = ops.json("backfill", "--prefix", "backfill/", "--grace", "0", "--dry-run")
    assert (planned["objects"], planned["lacking"], planned["name"]) == (4, 3, None)
    assert ops.json("backfills") == []

    started, ended = ops.json("backfill", "--prefix", "backfill/", "--grace", "0", "--follow")
    assert (ended["status"], ended["name"]) == ("succeeded", started["name"])
    assert (ended["seen"], ended["admitted"], ended["current"]) == (4, 3, 1)
    assert {pictures.find(key).status for key in missing} == {"ready"}
    assert pictures.find(known.key) == before
    notices = [each.text for each in Journal(stack.journal).notices()]
    told = eventually(lambda: [text for text in notices if started["name"] in text])
    assert len(told) == 1
    assert not [text for text in notices if "uploads/backfill/0.jpg" in text]


def take_inventory(stack: RunningStack) -> None:
    """Have S3 write an inventory of the originals, as the setting `inventory` does."""
    outputs = stack.outputs
    place = {
        "Bucket": f"arn:aws:s3:::{outputs['exports']}",
        "Format": "CSV",
        "Prefix": INVENTORIES.rstrip("/"),
    }
    configuration: dict[str, Any] = {
        "Id": INVENTORY,
        "IsEnabled": True,
        "IncludedObjectVersions": "Current",
        "Filter": {"Prefix": UPLOADS},
        "OptionalFields": ["Size", "LastModifiedDate", "ETag"],
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": place},
    }
    stack.aws.client("s3").put_bucket_inventory_configuration(
        Bucket=outputs["originals"], Id=INVENTORY, InventoryConfiguration=configuration
    )


@pytest.mark.long
def test_a_backfill_by_inventory_processes_what_it_lists_and_the_bucket_still_has(
    stack: RunningStack, pictures: Pictures, queues: Queues, ops: Ops
) -> None:
    for command in ("backfill", "reconcile"):
        none = ops(command, "--inventory")
        assert none.status == 2
        assert "--inventory needs one that S3 has completed" in none.error
    both = ops("backfill", "--inventory", "--prefix", "backfill/")
    assert both.status == 2
    assert "give --inventory or --prefix" in both.error

    upload(pictures, "uploads/inventory/known.jpg", PICTURE)
    queues.until_empty()
    missing = "uploads/inventory/a, b+c ü%.jpg"
    unheard(stack, missing, "uploads/inventory/gone.jpg")
    take_inventory(stack)
    stack.aws.client("s3").delete_object(
        Bucket=stack.outputs["originals"], Key="uploads/inventory/gone.jpg"
    )
    unheard(stack, "uploads/inventory/later.jpg")

    told = ops("backfill", "--inventory", "--grace", "0", "--dry-run").text
    assert re.search(r"reading the inventory of \d{4}-\d\d-\d\d \d\d:\d\d UTC, 0\.\d h old", told)
    [started, ended] = ops.json("backfill", "--inventory", "--grace", "0", "--follow")
    assert ended["given"]["manifest"].startswith(f"{INVENTORIES}{stack.outputs['originals']}/")
    assert (ended["status"], ended["seen"]) == ("succeeded", started["objects"])
    # Other tests leave objects behind that lack processing, too.
    assert started["lacking"] == ended["admitted"] + ended["refused"]
    assert min(ended["admitted"], ended["refused"], ended["current"]) >= 1
    assert pictures.find(missing).status == "ready"
    with pytest.raises(NoPictureError):
        pictures.find("uploads/inventory/later.jpg")


def test_a_paused_backfill_admits_nothing_until_it_is_resumed_and_a_cancelled_one_never(
    stack: RunningStack, pictures: Pictures, queues: Queues, ops: Ops
) -> None:
    unheard(stack, "uploads/paused/0.jpg")
    lambdas, mapping = stack.aws.client("lambda"), queues.feed("rekognition-bulk")
    lambdas.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        [started] = ops.json("backfill", "--prefix", "paused/", "--grace", "0")
        eventually(lambda: ops.json("backfills", "--last", "1")[0]["seen"] == 1)
        [paused, *_] = ops.json("backfills", "--pause", started["name"])
        assert paused["status"] == "paused"
        [resumed, *_] = ops.json("backfills", "--resume", started["name"])
        assert resumed["status"] == "running"
        [cancelled, *_] = ops.json("backfills", "--cancel", started["name"])
        assert cancelled["status"] == "aborted"
    finally:
        lambdas.update_event_source_mapping(UUID=mapping, Enabled=True)
    # What was admitted before is processed all the same.
    eventually(lambda: pictures.find("uploads/paused/0.jpg").status == "ready")
    done = ops("backfills", "--pause", started["name"])
    assert done.status == 2
    assert f"NAME must be one that is under way, {started['name']} has ended" in done.error


def test_a_backfill_that_never_was_is_named(ops: Ops) -> None:
    done = ops("backfills", "--cancel", "never")
    assert done.status == 2
    assert "NAME must be that of a backfill, got never" in done.error
