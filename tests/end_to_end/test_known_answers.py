"""Bytes that Rekognition has answered about are not asked about again, whoever uploads them."""

from typing import Any

from local.pictures import Pictures
from local.state import RunningStack
from proofs.photographs import photograph
from tests.end_to_end.commands import Ops
from tests.end_to_end.journeys import Queues, upload

FOUND = ("labels", "moderation", "quality", "colors", "verdict", "asked", "hashes", "status")


def saved(stack: RunningStack) -> tuple[int, float]:
    sums: dict[str, Any] = Ops(stack).json("cost", "--days", "2")[-1]
    return sums["saved_calls"], sums["saved_usd"]


def test_the_same_bytes_are_paid_for_once_and_deleting_one_keeps_the_others_answers(
    stack: RunningStack, pictures: Pictures, queues: Queues
) -> None:
    data = photograph(171)
    first = pictures.find(upload(pictures, "uploads/known/first.jpg", data).key)
    calls, usd = saved(stack)
    second = pictures.find(upload(pictures, "uploads/known/second.jpg", data).key)
    assert {name: getattr(second, name) for name in FOUND} == {
        name: getattr(first, name) for name in FOUND
    }
    assert set(second.costs or {}) == {"rekognition", "resize", "renditions"}
    assert second.saved == {"calls": 2, "usd": 0.00275}
    assert saved(stack) == (calls + 2, round(usd + 0.00275, 6))

    stack.aws.client("s3").delete_object(Bucket=stack.outputs["originals"], Key=first.key)
    queues.until_empty()
    assert pictures.find(first.key).deleted
    assert pictures.find(upload(pictures, "uploads/known/third.jpg", data).key).saved == (
        second.saved
    )
