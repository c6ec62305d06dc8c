"""`GET /api/search`, by words and by example."""

from base64 import b64encode
from dataclasses import dataclass, replace

import pytest

from pipeline.embedding import NotEmbeddableError, Placing, Searchable
from pipeline.vectors import (
    MOST_NEAR,
    Among,
    Near,
    NotSearchableYetError,
    Placed,
    Vector,
)
from proofs.memory import MemoryEmbedder, MemoryVectors
from tests.containers.api.client import ANN, AS_RITA, CONTENT, RITA, Client, Memory


def placed(memory: Memory, about: str | bytes) -> str:
    """A picture that is about a word, or like another picture; returns its id."""
    item = memory.picture()
    embedder = MemoryEmbedder()
    vector = embedder.of_words(about) if isinstance(about, str) else embedder.of_picture(about)
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


def test_each_picture_has_why_it_matches_and_none_that_only_is_similar(
    memory: Memory, client: Client
) -> None:
    boat = memory.picture(labels=["Boat", "Lake"])
    memory.vectors.put(
        Placed(
            image_id=boat.image_id,
            content=CONTENT,
            owner=ANN,
            shown=True,
            vector=MemoryEmbedder().of_words("zebra"),
        ),
        at=memory.clock(),
    )
    similar = placed(memory, "boat")

    def whys(query: dict[str, str]) -> dict[str, list[dict[str, str]]]:
        found = client.get("/api/search", query=query).body["pictures"]
        return {each["id"]: each["why"] for each in found}

    why = [{"kind": "label", "value": "Boat"}]
    assert whys({"q": "a boat"}) == {boat.image_id: why, similar: []}
    assert whys({"q": "label:boat"}) == {boat.image_id: []}
    assert whys({"like": similar}) == {boat.image_id: []}
    body = {"jpeg": b64encode(bytes.fromhex("ffd8ffe000104a46")).decode()}
    for each in client.post("/api/search", body=body).body["pictures"]:
        assert each["why"] == []


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


def test_pictures_are_found_by_one_that_is_not_stored(memory: Memory, client: Client) -> None:
    jpeg = bytes.fromhex("ffd8ffe000104a46")
    far = placed(memory, "boat")
    near = placed(memory, jpeg)
    found = client.post("/api/search", body={"jpeg": b64encode(jpeg).decode()}).body
    assert ([each["id"] for each in found["pictures"]], found["exact"]) == ([near, far], False)
    body = {"jpeg": b64encode(jpeg).decode(), "limit": 1}
    [first] = client.post("/api/search", body=body).body["pictures"]
    assert first["id"] == near
    assert len(memory.originals.versions) == len(memory.table.items) == 2


@pytest.mark.parametrize("jpeg", ["", "iVBORw0KGgo=", "/9j/4", "/9j/" + "A" * 240_000])
def test_what_is_no_jpeg_in_base_64_or_too_large_is_refused(client: Client, jpeg: str) -> None:
    answer = client.post("/api/search", body={"jpeg": jpeg})
    assert (answer.status, answer.code) == (400, "invalid")
    assert answer.body["message"].startswith("body.jpeg: ")


class Picky(MemoryEmbedder):
    """Takes no picture."""

    def of_picture(self, jpeg: bytes) -> Vector:
        raise NotEmbeddableError("the picture is odd")


def test_a_picture_that_the_model_refuses_is_invalid(memory: Memory) -> None:
    search = replace(
        memory.services.search, searchable=Searchable(Placing(Picky(), memory.vectors))
    )
    client = Client(replace(memory.services, search=search))
    answer = client.post("/api/search", body={"jpeg": "/9j/4AAQ"})
    assert (answer.status, answer.body["message"]) == (400, "the picture is odd")


@dataclass
class UnbuiltVectors(MemoryVectors):
    """Vectors whose index is being built."""

    def nearest(self, vector: Vector, among: Among, most: int = MOST_NEAR) -> list[Near]:
        raise NotSearchableYetError("the index is being built")


def test_while_the_index_is_built_words_are_found_literally_and_examples_have_to_wait(
    memory: Memory,
) -> None:
    boat = memory.picture(labels=["Boat"]).image_id
    memory.picture(labels=["Zebra"])
    unbuilt = UnbuiltVectors()
    search = replace(
        memory.services.search, searchable=Searchable(Placing(MemoryEmbedder(), unbuilt))
    )
    client = Client(replace(memory.services, search=search))
    found = client.get("/api/search", query={"q": "a boat"}).body
    assert ([each["id"] for each in found["pictures"]], found["exact"]) == ([boat], True)
    answer = client.post("/api/search", body={"jpeg": "/9j/4AAQ"})
    assert (answer.status, answer.code) == (409, "conflict")
    assert answer.body["message"] == "the index is being built; retry in a few minutes"


def test_the_commonest_words_of_the_pictures_one_sees_come_first(
    memory: Memory, client: Client
) -> None:
    memory.picture(labels=["Boat", "Lake"])
    memory.picture(labels=["Lake"])
    memory.picture(RITA, labels=["Cat"])
    own = [{"name": "Lake", "pictures": 2}, {"name": "Boat", "pictures": 1}]
    known = client.get("/api/search/words").body
    assert known == {"labels": own, "cameras": []}
    everybodys = client.get("/api/search/words", claims=AS_RITA).body["labels"]
    assert everybodys == [*own, {"name": "Cat", "pictures": 1}]


def test_a_stage_without_an_embedding_finds_words_literally_alone() -> None:
    memory = Memory(vectors_table="", embedding="none")
    client = Client(memory.services)
    boat = memory.picture(labels=["Boat"]).image_id
    memory.picture(labels=["Zebra"])
    for q, exact in (("a boat", True), ("boat after:2020", True), ("label:boat", False)):
        found = client.get("/api/search", query={"q": q}).body
        assert ([each["id"] for each in found["pictures"]], found["exact"]) == ([boat], exact)
    assert client.get("/api/me").body["embedding"] is False
    for refused in (
        client.get("/api/search", query={"like": boat}),
        client.post("/api/search", body={"jpeg": "/9j/4AAQ"}),
    ):
        assert (refused.status, refused.code) == (409, "conflict")
        expected = "pictures are not found by example here: the stage has no embedding"
        assert refused.body["message"] == expected
