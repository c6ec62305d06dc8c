"""The items that release 0.1.0 wrote are in no list until they are migrated, and then in all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.state import RunningStack
from pipeline.original import image_id
from tests.end_to_end.commands import Ops
from tests.end_to_end.visitors import Visitor, visitor

pytestmark = pytest.mark.long

ITEMS = Path(__file__).parent.parent / "releases" / "0.1.0" / "items.json"


@pytest.fixture
def old(stack: RunningStack) -> Iterator[dict[str, str]]:
    """The items of the release in the catalog: their ids with their states."""
    recorded: dict[str, dict[str, Any]] = json.loads(ITEMS.read_text())
    client, table = stack.aws.client("dynamodb"), stack.outputs["catalog"]
    states = {}
    for name, each in recorded.items():
        # They are states of one picture: here each is a picture of its own.
        key = f"uploads/0.1.0/{name}.jpg"
        own = {"key": {"S": key}, "image_id": {"S": image_id(key)}}
        client.put_item(TableName=table, Item=each["attributes"] | own)
        states[image_id(key)] = each["status"]
    yield states
    for image in states:
        client.delete_item(TableName=table, Key={"image_id": {"S": image}})


def listed(rita: Visitor, **query: str) -> dict[str, str]:
    """Every picture of the list, page by page, with its state."""
    found: dict[str, str] = {}
    cursor = None
    while True:
        page = rita.ask("GET", "/api/pictures", params={**query, **(cursor or {})})
        found |= {each["id"]: each["status"] for each in page["pictures"]}
        if page["cursor"] is None:
            return found
        cursor = {"cursor": page["cursor"]}


def test_an_upgraded_stack_lists_the_pictures_that_it_had(
    stack: RunningStack, old: dict[str, str]
) -> None:
    shown = {image: status for image, status in old.items() if status != "deleted"}
    gone = old.keys() - shown.keys()
    assert shown
    assert gone
    with visitor(stack, "rita") as rita:
        for image in shown:
            rita.ask("GET", f"/api/pictures/{image}")
        assert not listed(rita).keys() & old.keys()

        done = Ops(stack)("migrate", "--json")
        assert (done.status, done.lines[-1]["migrated"]) == (0, len(old)), done

        assert {image: status for image, status in listed(rita).items() if image in old} == shown
        assert listed(rita, trash="true").keys() & old.keys() == gone
        days = rita.ask("GET", "/api/pictures/dates")["days"]
        assert sum(each["pictures"] for each in days) == len(listed(rita))
        assert Ops(stack)("migrate").text.startswith("0 migrated of ")
