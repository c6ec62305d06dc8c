"""`GET /api/search`, by words and by example."""

import pytest

from pipeline.vectors import Placed
from proofs.memory import MemoryEmbedder
from tests.containers.api.client import ANN, CONTENT, Client, Memory


def placed(memory: Memory, about: str) -> str:
    """A picture that is about a word; returns its id."""
    item = memory.picture()
    vector = MemoryEmbedder().of_words(about)
    memory.vectors.put(
        Placed(image_id=item.image_id, content=CONTENT, owner=ANN, shown=True, vector=vector),
        at=memory.clock(),
    )
    return item.image_id


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def client(memory: Memory) -> Client:
    return Client(memory.services)


def test_pictures_are_found_by_words_with_their_similarity(memory: Memory, client: Client) -> None:
    far, near = placed(memory, "zebra"), placed(memory, "boat")
    found = client.get("/api/search", query={"q": "boat"}).body["pictures"]
    assert [each["id"] for each in found] == [near, far]
    assert found[0]["similarity"] == 1
    assert found[0]["address"] == f"/i/{near}/{CONTENT}/"
    [first] = client.get("/api/search", query={"q": "boat", "limit": "1"}).body["pictures"]
    assert first["id"] == near


def test_pictures_are_found_by_example(memory: Memory, client: Client) -> None:
    example, near = placed(memory, "boat"), placed(memory, "boar")
    [found] = client.get("/api/search", query={"like": example}).body["pictures"]
    assert found["id"] == near


@pytest.mark.parametrize("query", [{}, {"q": "boat", "like": "0" * 32}])
def test_one_of_words_and_an_example_must_be_given(client: Client, query: dict[str, str]) -> None:
    answer = client.get("/api/search", query=query)
    assert (answer.status, answer.body["message"]) == (
        400,
        "either q or like must be given, and not both",
    )


def test_a_date_that_is_none_is_refused(client: Client) -> None:
    answer = client.get("/api/search", query={"q": "boat after:may"})
    assert (answer.status, answer.code) == (400, "invalid")
    assert answer.body["message"].startswith("after must be a day, month or year")


@pytest.mark.parametrize("query", [{"q": "boat"}, {"q": "after:2026"}])
def test_a_stage_without_an_embedding_is_not_searched(query: dict[str, str]) -> None:
    client = Client(Memory(vectors_table="", embedding="none").services)
    answer = client.get("/api/search", query=query)
    assert (answer.status, answer.code) == (409, "conflict")
    assert answer.body["message"] == "pictures are not searched here: the stage has no embedding"
