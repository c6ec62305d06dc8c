"""A catalog that lost items and verdicts is restored from a copy of it."""

from dataclasses import replace

import pytest

from aws.dynamodb import to_attributes
from local.pictures import Followed, Pictures
from local.state import RunningStack
from pipeline.item import Curation, Item, PersonsVerdict
from tests.end_to_end.commands import Ops
from tests.end_to_end.journeys import OTHER_PICTURE, PICTURE, Queues, eventually, item, upload

pytestmark = pytest.mark.operations

COPY = "copy-of-the-catalog"


def put(stack: RunningStack, changed: Item) -> None:
    stack.aws.client("dynamodb").put_item(
        TableName=stack.outputs["catalog"], Item=to_attributes(changed)
    )


def remove(stack: RunningStack, image_id: str) -> None:
    stack.aws.client("dynamodb").delete_item(
        TableName=stack.outputs["catalog"], Key={"image_id": {"S": image_id}}
    )


def reject(stack: RunningStack, picture: Followed) -> Item:
    """As a reviewer would have, before the copy is made."""
    known = item(picture)
    verdict = PersonsVerdict(decision="reject", by="rita", at=known.updated_at, reason="no")
    made = Curation(version_id=known.version_id, sha256=known.sha256, verdict=verdict)
    rejected = replace(known, curations=(made,), revision=known.revision + 1)
    put(stack, rejected)
    return rejected


def files(stack: RunningStack, image_id: str) -> list[str]:
    found = stack.aws.client("s3").list_objects_v2(
        Bucket=stack.outputs["renditions"], Prefix=f"i/{image_id}/"
    )
    return [each["Key"] for each in found.get("Contents", [])]


def test_what_people_made_comes_back_and_nothing_rejected_is_shown_again(
    stack: RunningStack, pictures: Pictures, queues: Queues
) -> None:
    kept, lost, forgotten, gone = (
        upload(pictures, f"uploads/recovery/{name}.jpg", content)
        for name, content in (
            ("kept", PICTURE),
            ("lost", PICTURE),
            ("forgotten", OTHER_PICTURE),
            ("gone", PICTURE),
        )
    )
    rejected = reject(stack, lost)
    reject(stack, forgotten)
    # The local AWS keeps no history: this copy stands for the moment before the loss.
    dynamodb = stack.aws.client("dynamodb")
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=stack.outputs["catalog"],
        TargetTableName=COPY,
        UseLatestRestorableTime=True,
    )

    # The loss: three items, and the verdict on a fourth, which was analysed again since.
    for each in (kept, lost, gone):
        remove(stack, each.image_id)
    put(stack, item(forgotten))
    stack.aws.client("s3").delete_object(Bucket=stack.outputs["originals"], Key=gone.key)
    queues.until_empty()
    remove(stack, gone.image_id)

    [would] = Ops(stack).json("restore-catalog", "--from", COPY, "--dry-run")
    [counts] = Ops(stack).json("restore-catalog", "--from", COPY)
    assert counts == would
    assert (counts["recovered"], counts["merged"], counts["unreadable"]) == (3, 1, 0)
    recorded = [
        each
        for each in Ops(stack).json("audit")
        if each["kind"] == "repair" and each["detail"]["command"] == "restore-catalog"
    ]
    # The newest first: the events about the recovered rejection, after the command itself.
    *events, command = recorded
    assert {each["subject"] for each in events} == {forgotten.image_id}
    assert (command["subject"], command["detail"]["source"]) == (stack.outputs["catalog"], COPY)
    assert Ops(stack).json("restore-catalog", "--from", COPY)[0]["recovered"] == 0

    assert pictures.find(kept.key) == item(kept)
    assert pictures.find(lost.key).decision == rejected.decision == "reject"
    eventually(lambda: pictures.find(forgotten.key).status == "rejected")
    eventually(lambda: not files(stack, forgotten.image_id))

    # What the buckets know better.
    found = {
        (each["image_id"], each["kind"])
        for each in Ops(stack).json("reconcile", "--grace", "0", status=1)[:-1]
    }
    assert (gone.image_id, "gone") in found
    Ops(stack).json("reconcile", "--grace", "0", "--repair")
    eventually(lambda: pictures.find(gone.key).deleted)
    eventually(lambda: not files(stack, lost.image_id))
    assert pictures.find(lost.key).status == pictures.find(forgotten.key).status == "rejected"
    dynamodb.delete_table(TableName=COPY)
