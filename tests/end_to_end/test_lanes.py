"""Uploads and bulk work, each through its own queues."""

from collections.abc import Sequence

from local.journal import Journal
from local.pictures import Pictures
from local.state import RunningStack
from tests.end_to_end.commands import Ops
from tests.end_to_end.journeys import Queues, eventually, follow, upload


def lanes(stack: RunningStack, key: str) -> dict[str, str]:
    """The lane of each of the pipeline's own events about a picture."""
    events = Journal(stack.journal).events(key)
    return {each.type: each.detail["lane"] for each in events if each.source == "darkroom"}


def texts(stack: RunningStack, image_id: str) -> Sequence[str]:
    """The notices about a picture."""
    return [each.text for each in Journal(stack.journal).notices() if image_id in each.text]


def test_a_copy_goes_by_the_bulk_lane_and_nobody_is_told(
    stack: RunningStack, pictures: Pictures
) -> None:
    uploaded = upload(pictures, "uploads/lanes/uploaded.jpg")
    bucket, key = stack.outputs["originals"], "uploads/lanes/copied.jpg"
    stack.aws.client("s3").copy_object(
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": bucket, "Key": uploaded.key},
    )
    copied = eventually(
        lambda: next((each for each in pictures.all() if each.key == key and each.noticed), None)
    )

    assert copied.status == "ready"
    assert set(lanes(stack, uploaded.key).values()) == {"live"}
    assert set(lanes(stack, copied.key).values()) == {"backfill"}
    eventually(lambda: texts(stack, uploaded.image_id))
    assert texts(stack, copied.image_id) == []


def test_all_pictures_of_a_state_are_restored_as_bulk_work(
    stack: RunningStack, pictures: Pictures, queues: Queues
) -> None:
    failed = pictures.upload(b"no picture", "failed.jpg", "uploads/lanes/failed.jpg")
    follow(pictures, failed)
    eventually(lambda: pictures.find(failed.key).noticed)
    queues.until_empty()
    told = len(texts(stack, failed.image_id))

    *restored, _ = Ops(stack).json("restore", "--status", "failed")
    assert failed.image_id in {each["image_id"] for each in restored}
    assert queues.heard(failed, "Image Restored").detail["lane"] == "backfill"
    queues.until_empty()
    assert pictures.find(failed.key).noticed
    assert len(texts(stack, failed.image_id)) == told
