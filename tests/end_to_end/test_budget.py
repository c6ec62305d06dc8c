"""A day whose budget is spent: pictures wait, everything else goes on, and nothing is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.pictures import Pictures
from local.state import RunningStack
from pipeline.prices import analyses_usd
from proofs.photographs import photograph
from tests.end_to_end.commands import Ops
from tests.end_to_end.conftest import BUDGET_USD
from tests.end_to_end.journeys import Queues, eventually, follow, upload

pytestmark = pytest.mark.operations

PAUSED = ("rekognition", "resize", "rekognition-bulk", "resize-bulk")
DEAREST_USD = analyses_usd(("labels", "properties", "moderation")) + 0.001


def today(stack: RunningStack) -> dict[str, Any]:
    *_, day, sums = Ops(stack).json("cost", "--days", "1")
    return {**sums, "day": day["day"]}


def states(stack: RunningStack) -> dict[str, str]:
    """Whether messages are taken from each queue."""
    client = stack.aws.client("lambda")
    mappings = client.list_event_source_mappings()["EventSourceMappings"]
    queues = {url.rpartition("/")[2]: name for name, url in stack.outputs["queues"].items()}
    return {queues[each["EventSourceArn"].rpartition(":")[2]]: each["State"] for each in mappings}


@pytest.fixture
def nearly_spent(stack: RunningStack) -> Iterator[None]:
    """Leaves two pictures' worth of the budget, and raises it for the other tests at the end."""
    left = BUDGET_USD - today(stack)["usd"] - 2 * DEAREST_USD
    stack.aws.client("dynamodb").update_item(
        TableName=stack.outputs["spending"],
        Key={"day": {"S": f"{datetime.now(UTC):%Y-%m-%d}"}, "part": {"S": "f"}},
        UpdateExpression="ADD labels :usd",
        ExpressionAttributeValues={":usd": {"N": f"{left:.9f}"}},
    )
    yield
    Ops(stack).json("resume", "--usd", "1000")


@pytest.mark.usefixtures("nearly_spent")
def test_pictures_wait_when_the_budget_is_spent_and_none_is_lost(
    stack: RunningStack, pictures: Pictures, queues: Queues
) -> None:
    earlier = upload(pictures, "uploads/budget/earlier.jpg")
    with queues.quick_retries("rekognition"), queues.quick_retries("resize"):
        uploaded = [
            pictures.upload(photograph(number), f"{number}.jpg", f"uploads/budget/{number}.jpg")
            for number in range(12)
        ]
        eventually(lambda: all(states(stack)[each] == "Disabled" for each in PAUSED))
        assert {each for each, state in states(stack).items() if state == "Disabled"} == {*PAUSED}
        sums = today(stack)
        assert sums["paused_since"] is not None
        assert BUDGET_USD <= sums["usd"] <= BUDGET_USD + 10 * DEAREST_USD

        # Deletions, notices and repairs go on.
        stack.aws.client("s3").delete_object(
            Bucket=stack.outputs["originals"], Key="uploads/budget/earlier.jpg"
        )
        eventually(lambda: pictures.find(earlier.key).deleted)

        [resumed] = Ops(stack).json("resume")
        assert (resumed["paused"], resumed["limit_usd"]) == (
            False,
            pytest.approx(sums["usd"] + BUDGET_USD, abs=0.05),
        )
        assert set(states(stack).values()) == {"Enabled"}
        follow(pictures, *uploaded)
    assert [each.status for each in uploaded] == ["ready"] * len(uploaded)
    spent = today(stack)["usd"] - sums["usd"]
    assert spent <= len(uploaded) * DEAREST_USD
