"""People find pictures by words and by example over HTTP, and only those that they may see."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.samples import SAMPLES
from local.state import RunningStack
from local.up import LocalStack, Plan
from proofs import PAGE
from tests.end_to_end.commands import Ops
from tests.end_to_end.visitors import Visitor, signed_in, until, visitor

pytestmark = [pytest.mark.long, pytest.mark.models]

SETTINGS = {"page": PAGE, "gate": "guarded", "shared": "true", "embedding": "titan"}
BOB = "bob@example.org"
ENDS = {
    "coffee.jpg": "ready",
    "rocket.jpg": "ready",
    "temple.jpg": "ready",
    "flower.jpg": "ready",
    "hubble.jpg": "held",
}


@dataclass(frozen=True)
class Library:
    """A shared library with five pictures of ann's, and who looks for them."""

    stack: RunningStack
    ann: Visitor
    bob: Visitor
    rita: Visitor
    ids: Mapping[str, str]

    def vectors(self, name: str) -> int:
        """How many vectors are kept of the picture."""
        found = self.stack.aws.client("dynamodb").query(
            TableName=self.stack.outputs["vectors"],
            KeyConditionExpression="image_id = :image",
            ExpressionAttributeValues={":image": {"S": self.ids[name]}},
        )
        return int(found["Count"])

    def until_gone(self, name: str) -> None:
        until(lambda: self.vectors(name), lambda count: count == 0)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A stack of its own, as a search is over everything that is there."""
    plan = Plan(folder=tmp_path_factory.mktemp("searched"), settings=SETTINGS)
    with LocalStack(plan) as local, ExitStack() as people:
        stack = local.up()
        assert Ops(stack)("users", "invite", BOB).status == 0
        ann, rita = (people.enter_context(visitor(stack, name)) for name in ("ann", "rita"))
        bob = people.enter_context(signed_in(stack, BOB))
        ids = {}
        for name in ENDS:
            data = (SAMPLES / name).read_bytes()
            signed = ann.upload(name, data)
            httpx.put(signed["url"], content=data, headers=signed["headers"]).raise_for_status()
            ids[name] = signed["id"]
        for name, status in ENDS.items():
            ann.until(ids[name], status)
        yield Library(stack, ann, bob, rita, ids)


def found(person: Visitor, **query: Any) -> list[str]:
    """The names of the pictures, the best first."""
    pictures = person.ask("GET", "/api/search", params=query)["pictures"]
    return [each["name"] for each in pictures]


READY = {name for name, status in ENDS.items() if status == "ready"}


def test_words_find_the_picture_that_they_describe(library: Library) -> None:
    for words, name in (
        ("a cup of coffee", "coffee.jpg"),
        ("space rocket on its launch pad", "rocket.jpg"),
        ("temple", "temple.jpg"),
    ):
        assert found(library.ann, q=words)[0] == name
        # No similarity is too small: all that may be seen follow.
        assert set(found(library.bob, q=words)) == READY
        assert found(library.bob, q=words)[0] == name
        assert found(library.rita, q=words, limit=1) == [name]


def test_an_example_finds_others_and_not_itself(library: Library) -> None:
    for person in (library.ann, library.bob, library.rita):
        others = found(person, like=library.ids["coffee.jpg"])
        assert set(others) == READY - {"coffee.jpg"}


def test_conditions_leave_out_what_does_not_meet_them(library: Library) -> None:
    labels = library.ann.ask("GET", f"/api/pictures/{library.ids['coffee.jpg']}")["labels"]
    label = labels[0]["name"]
    assert found(library.ann, q=f'temple label:"{label}"')[0] == "coffee.jpg"
    assert "coffee.jpg" not in found(library.ann, q=f'coffee -label:"{label}"')
    assert found(library.ann, q="coffee before:2020") == []


def test_a_held_picture_is_found_by_nobody_until_it_is_approved_and_then_by_all(
    library: Library,
) -> None:
    held = library.ids["hubble.jpg"]
    assert library.vectors("hubble.jpg") == 0
    library.bob.ask("GET", "/api/search", 404, params={"like": held})
    library.ann.quiet(held)
    assert library.rita.decide(held, "approve") == "done"
    library.ann.until(held, "ready")
    assert library.vectors("hubble.jpg") == 1
    for person in (library.ann, library.bob, library.rita):
        assert "hubble.jpg" in found(person, q="galaxies")
    library.ann.quiet(held)
    assert library.rita.decide(held, "reject") == "done"
    library.ann.until(held, "rejected")
    # Whether or not its vector is removed yet.
    assert "hubble.jpg" not in found(library.bob, q="galaxies")
    library.bob.ask("GET", "/api/search", 404, params={"like": held})
    library.until_gone("hubble.jpg")


def test_the_vectors_of_a_deleted_picture_go_and_the_receipt_tells_of_what_was_left(
    library: Library,
) -> None:
    flower = library.ids["flower.jpg"]
    assert library.vectors("flower.jpg") == 1
    library.ann.ask("DELETE", f"/api/pictures/{flower}", 202)
    library.ann.until(flower, "deleted")
    for person in (library.ann, library.bob, library.rita):
        assert "flower.jpg" not in found(person, q="flower")
    library.bob.ask("GET", "/api/search", 404, params={"like": flower})
    library.until_gone("flower.jpg")
    # One that a function wrote and died, as nothing else is left here.
    library.stack.aws.client("dynamodb").put_item(
        TableName=library.stack.outputs["vectors"],
        Item={
            "image_id": {"S": flower},
            "place": {"S": f"{'0' * 16}#titan"},
            "owner": {"S": "nobody"},
            "shown": {"S": "yes"},
            "at": {"S": "2026-01-01T00:00:00+00:00"},
        },
    )
    receipt = library.ann.ask("DELETE", f"/api/pictures/{flower}/versions")
    assert (receipt["versions"], receipt["vectors"]) == (1, 1)
    assert library.vectors("flower.jpg") == 0


def test_who_leaves_takes_the_vectors_with_them(library: Library) -> None:
    ops = Ops(library.stack)
    [ann] = [each for each in ops("users", "list", "--json").lines if "ann@" in each["email"]]
    assert library.vectors("temple.jpg") == 1
    [removed] = ops("users", "remove", "ann@example.org", "--yes", "--json").lines
    assert (removed["id"], removed["vectors"]) == (ann["owner_id"], 3)
    assert found(library.rita, q="temple") == []
