"""A model that places pictures is switched on, and another one takes over from it, in a stack with
pictures in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.apply import apply
from local.state import RunningStack, running
from local.up import LocalStack, Plan
from proofs import PAGE
from proofs.photographs import photograph
from tests.end_to_end.commands import Ops
from tests.end_to_end.journeys import Queues
from tests.end_to_end.visitors import Visitor, visitor

pytestmark = pytest.mark.long


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own, as its table changes."""
    folder = tmp_path_factory.mktemp("switched")
    with LocalStack(Plan(folder=folder, models=False, settings={"page": PAGE})) as local:
        yield local.up()


def switched(stack: RunningStack, **settings: str) -> RunningStack:
    """The stack with these settings."""
    given = {f"darkroom:{name}": value for name, value in settings.items()}
    apply(stack, given, lambda _step: None)
    return running(Path(stack.folder))


def uploaded(person: Visitor, number: int) -> str:
    data = photograph(number)
    signed = person.upload(f"{number}.jpg", data)
    httpx.put(signed["url"], content=data, headers=signed["headers"]).raise_for_status()
    person.until(signed["id"], "ready")
    image: str = signed["id"]
    return image


def places(stack: RunningStack, image: str) -> dict[str, str]:
    """Under which key each model has placed the picture, by the table."""
    found = stack.aws.client("dynamodb").query(
        TableName=stack.outputs["vectors"],
        KeyConditionExpression="image_id = :image",
        ExpressionAttributeValues={":image": {"S": image}},
    )
    keys = [each["place"]["S"] for each in found["Items"]]
    return {key.partition("#")[2]: key for key in keys}


def placed(stack: RunningStack, image: str) -> set[str]:
    """The models that have placed the picture."""
    return set(places(stack, image))


def alike(person: Visitor, image: str) -> set[str]:
    found = person.ask("GET", "/api/search", params={"like": image})["pictures"]
    return {each["id"] for each in found}


def reconciled(stack: RunningStack) -> tuple[list[str], dict[str, Any]]:
    """What a run that repairs finds, and its summary."""
    *findings, summary = Ops(stack).json("reconcile", "--repair", "--grace", "0")
    return [each["kind"] for each in findings], summary


def test_a_model_is_switched_on_and_another_takes_over(stack: RunningStack) -> None:
    with visitor(stack, "ann") as ann:
        first, second = uploaded(ann, 1), uploaded(ann, 2)
        Queues(stack).until_empty()

        # Switched on later: a backfill places what is there.
        stack = switched(stack, embedding="titan")
        [plan] = Ops(stack).json("reprocess", "--stale", "--dry-run")
        assert (plan["pictures"], plan["vectors"]) == (2, 2)
        assert plan["vectors_usd"] > 2 * 0.00006
        assert Ops(stack)("reprocess", "--stale", "--what", "vectors", "--follow").status == 0
        Queues(stack).until_empty()
        assert placed(stack, first) == placed(stack, second) == {"titan"}
        assert alike(ann, first) == {second}
        [plan] = Ops(stack).json("reprocess", "--stale", "--dry-run")
        assert plan["pictures"] == 0

        # A next model: another index in the same table, which `reconcile` has filled.
        stack = switched(stack, nextEmbedding="nova")
        third = uploaded(ann, 3)
        assert placed(stack, third) == {"titan", "nova"}
        found, summary = reconciled(stack)
        assert found == ["unplaced", "unplaced"]
        assert (summary["unplaced"], summary["taken_over"]) == (2, False)
        Queues(stack).until_empty()
        assert placed(stack, first) == {"titan", "nova"}
        found, summary = reconciled(stack)
        assert (found, summary["unplaced"], summary["taken_over"]) == ([], 0, True)

        # Without the first model's vector, a picture is found by the next alone.
        stack.aws.client("dynamodb").delete_item(
            TableName=stack.outputs["vectors"],
            Key={"image_id": {"S": first}, "place": {"S": places(stack, first)["titan"]}},
        )
        assert alike(ann, first) == {second, third}

        # The old index goes, and nothing else.
        stack = switched(stack, embedding="nova", nextEmbedding="none")
        table = stack.aws.client("dynamodb").describe_table(TableName=stack.outputs["vectors"])
        indexes = [each["IndexName"] for each in table["Table"]["VectorIndexes"]]
        assert indexes == ["by-nova"]
        assert placed(stack, second) == {"titan", "nova"}
        assert alike(ann, first) == {second, third}
        assert reconciled(stack)[0] == []
