"""What was lost, found by S3's inventory of the originals and repaired shard by shard."""

import json
from collections.abc import Iterator
from hashlib import md5
from typing import Any

import pytest

from local.pictures import Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from pipeline.address import INVENTORIES, INVENTORY
from pipeline.original import image_id
from proofs.unheard import no_events
from tests.end_to_end.commands import Ops
from tests.end_to_end.conftest import SETTINGS
from tests.end_to_end.journeys import OTHER_PICTURE, PICTURE, Queues, eventually, upload
from tests.end_to_end.test_backfill import take_inventory

CONTENT = "0123456789abcdef"
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


@pytest.fixture
def inventoried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack whose originals S3 lists by itself."""
    folder = tmp_path_factory.mktemp("inventoried")
    settings = {**SETTINGS, "inventory": "daily"}
    with LocalStack(Plan(folder=folder, models=False, settings=settings)) as local:
        yield local.up()


def taken_later(stack: RunningStack, hours: int) -> None:
    """Move the newest inventory ahead, as the schedule judges nothing of the last two hours."""
    s3: Any = stack.aws.client("s3")
    bucket = stack.outputs["exports"]
    folder = f"{INVENTORIES}{stack.outputs['originals']}/{INVENTORY}/"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=folder)["Contents"]
    key = max(each["Key"] for each in listed if each["Key"].endswith("manifest.json"))
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    later = int(manifest["creationTimestamp"]) + hours * 3_600_000
    written = json.dumps({**manifest, "creationTimestamp": str(later)}).encode()
    checksum = md5(written, usedforsecurity=False).hexdigest().encode()
    s3.put_object(Bucket=bucket, Key=key, Body=written)
    s3.put_object(Bucket=bucket, Key=key.replace(".json", ".checksum"), Body=checksum)


@pytest.mark.long
def test_what_was_lost_is_found_by_inventory_and_repaired_on_schedule(
    inventoried: RunningStack,
) -> None:
    stack = inventoried
    ops, pictures, queues = Ops(stack), Pictures(stack), Queues(stack)
    s3: Any = stack.aws.client("s3")
    originals, renditions = stack.outputs["originals"], stack.outputs["renditions"]
    kept = upload(pictures, "uploads/shards/kept, +ü.jpg", PICTURE)
    gone = upload(pictures, "uploads/shards/gone.jpg", OTHER_PICTURE)
    queues.until_empty()
    lost, lone = "uploads/shards/lost.jpg", "e" * 32
    with no_events(stack):
        s3.put_object(Bucket=originals, Key=lost, Body=OTHER_PICTURE)
        s3.delete_object(Bucket=originals, Key=gone.key)
    for image in (kept.image_id, lone):
        orphan = f"i/{image}/{CONTENT}/small.jpg"
        s3.put_object(Bucket=renditions, Key=orphan, Body=b"orphaned")
    take_inventory(stack)
    taken_later(stack, 1)

    expected = {
        (image_id(lost), "uncatalogued"),
        (gone.image_id, "gone"),
        (kept.image_id, "orphaned"),
        (lone, "orphaned"),
    }
    *findings, counts = ops.json("reconcile", "--inventory", "--grace", "0", status=1)
    assert {(each["image_id"], each["kind"]) for each in findings} == expected
    assert counts["seen"]["pictures"] == 4
    assert counts["repaired"] == {}
    assert ops.found(*(image for image, _ in expected)) == expected

    taken_later(stack, 3)
    stack.aws.client("sqs").send_message(
        QueueUrl=stack.outputs["queues"]["reconcile"], MessageBody=json.dumps(SCHEDULED)
    )
    eventually(lambda: ops.found(*(image for image, _ in expected)) == set())
    queues.until_empty()
    assert pictures.find(lost).status == "ready"
    assert pictures.find(gone.key).status == "deleted"
    assert pictures.find(kept.key).status == "ready"
    assert queues.dead("reconcile") == []
    pages = stack.aws.client("logs").filter_log_events(
        logGroupName=stack.outputs["logs"]["reconcile"]
    )
    log = "".join(each["message"] for each in pages["events"])
    assert '"message":"divided"' in log
    assert '"shard":""' in log
