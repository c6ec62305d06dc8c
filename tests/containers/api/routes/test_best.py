"""The best pictures among those that a caller may see."""

from typing import Any

import pytest

from api.best import best
from api.caller import Caller
from pipeline.listing import Filters
from tests.containers.api.client import ANN, AS_ANN, Client, Memory

BOB = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def client(memory: Memory) -> Client:
    return Client(memory.services)


def made(sharpness: float) -> dict[str, Any]:
    exposed = {"brightness": 50, "contrast": 50, "shadows": 0, "highlights": 0}
    return {"width": 4000, "height": 3000, "measured": {**exposed, "sharpness": sharpness}}


def found(client: Client, **query: str) -> list[tuple[str, float]]:
    body = client.get("/api/pictures/best", query=query, claims=AS_ANN).body
    return [(each["name"], each["score"]) for each in body["pictures"]]


def test_the_sharpest_of_otherwise_equal_pictures_comes_first(
    memory: Memory, client: Client
) -> None:
    memory.picture(name="soft.jpg", found=made(25))
    memory.picture(name="crisp.jpg", found=made(50), taken_at="2025-05-01T10:00:00")
    memory.picture(name="blurred.jpg", found=made(5))
    assert found(client) == [("crisp.jpg", 100.0), ("soft.jpg", 75.8), ("blurred.jpg", 39.8)]
    assert found(client, limit="1") == [("crisp.jpg", 100.0)]
    assert found(client, to="2025-05-01") == [("crisp.jpg", 100.0)]
    [*_, last] = client.get("/api/pictures/best").body["pictures"]
    assert client.get(f"/api/pictures/{last['id']}").body["score"] == last["score"]


def test_only_ready_pictures_that_the_caller_may_see_are_compared(
    memory: Memory, client: Client
) -> None:
    memory.picture(ANN, name="ann.jpg", found=made(50))
    memory.picture(ANN, name="held.jpg", decision="hold", found=made(50))
    memory.picture(BOB, name="bob.jpg", found=made(50))
    memory.trashed(memory.picture(ANN, name="gone.jpg", found=made(50)))
    assert found(client) == [("ann.jpg", 100.0)]


def test_a_picture_that_was_not_measured_has_no_score(memory: Memory, client: Client) -> None:
    item = memory.picture(found={"measured": {"frames": 1}})
    assert client.get(f"/api/pictures/{item.image_id}").body["score"] is None
    assert client.get("/api/pictures/best").body == {"pictures": [], "compared": 1, "more": False}


def test_the_newest_500_are_compared(memory: Memory) -> None:
    for number in range(501):
        memory.picture(
            name=f"{number}.jpg", taken_at=f"2025-05-01T10:{number // 60:02}:{number % 60:02}"
        )
    pictures = memory.services.pictures
    caller = Caller(ANN)
    compared = best(pictures, pictures.items, caller, Filters(), 1)
    assert (compared.compared, compared.more) == (500, True)
