"""Reviewers decide, with who, when and why, and can undo it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.presence import LASTS
from pipeline.blocks import Block
from pipeline.events import ImageAccepted, ImageReady, ImageRejected, ImageRestored
from pipeline.item import Item
from proofs.stack import MemoryStack
from tests.containers.api.client import (
    ANN,
    AS_ANN,
    AS_RITA,
    RITA,
    SETTINGS,
    Claims,
    Client,
    Memory,
    claims_of,
)
from tests.containers.found import SHA256


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def client(memory: Memory) -> Client:
    return Client(memory.services)


def decide(client: Client, item: Item, decision: str, **more: Any) -> Any:
    verdict = {"id": item.image_id, "revision": item.revision, "decision": decision} | more
    answer = client.post("/api/verdicts", claims=AS_RITA, body={"verdicts": [verdict]})
    [ruling] = answer.body["verdicts"]
    return ruling


def now(memory: Memory, item: Item) -> Item:
    return memory.table.items[item.image_id]


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/review"), ("POST", "/api/verdicts")])
def test_only_reviewers_may(client: Client, method: str, path: str) -> None:
    body = None
    if method == "POST":
        body = {"verdicts": [{"id": "0" * 32, "revision": 1, "decision": "approve"}]}
    answer = client.request(method, path, claims=AS_ANN, body=body)
    assert (answer.status, answer.code) == (403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path", "wrong"),
    [
        ("GET", "/api/review", {"query": {"limit": "many"}}),
        ("POST", "/api/verdicts", {"body": {"verdicts": [{}]}}),
        ("POST", "/api/verdicts", {"body": "no list"}),
        ("POST", "/api/review/reviewers", {"body": {"id": 5}}),
    ],
)
def test_others_do_not_learn_what_a_valid_request_is(
    client: Client, method: str, path: str, wrong: dict[str, Any]
) -> None:
    assert client.request(method, path, claims=AS_RITA, **wrong).status == 400
    answer = client.request(method, path, claims=AS_ANN, **wrong)
    assert (answer.status, answer.code) == (403, "forbidden")


def test_held_pictures_wait_oldest_first_with_a_private_preview(
    memory: Memory, client: Client
) -> None:
    first = memory.picture(decision="hold", name="first.jpg")
    memory.clock.wait(10)
    memory.picture(decision="hold", name="second.jpg")
    memory.picture(decision="accept")
    waiting = client.get("/api/review", claims=AS_RITA).body["pictures"]
    assert [each["name"] for each in waiting] == ["first.jpg", "second.jpg"]
    assert waiting[0] | {"reasons": []} == {
        "id": first.image_id,
        "revision": first.revision,
        "name": "first.jpg",
        "held_since": first.updated_at,
        "preview": f"https://s3/{first.preview}?300",
        "alt_text": None,
        "width": 40,
        "height": 30,
        "reasons": [],
        "now": "accept",
    }


def test_an_approval_publishes_and_is_on_the_trail(memory: Memory, client: Client) -> None:
    item = memory.picture(decision="hold")
    ruling = decide(client, item, "approve", reason="it is fine")
    assert ruling == {
        "id": item.image_id,
        "result": "done",
        "status": "ready",
        "revision": item.revision + 1,
    }
    assert [type(event) for event in memory.bus.published] == [ImageAccepted, ImageReady]
    [entry] = memory.trail.kept
    assert (entry.kind, entry.by, entry.subject) == ("verdict", RITA, item.image_id)
    assert (entry.detail["decision"], entry.detail["reason"]) == ("accept", "it is fine")


def test_undo_works_both_ways(memory: Memory, client: Client) -> None:
    item = memory.picture()
    assert decide(client, item, "reject")["status"] == "rejected"
    assert isinstance(memory.bus.published[0], ImageRejected)
    memory.bus.published.clear()
    assert decide(client, now(memory, item), "approve")["status"] == "processing"
    assert [type(event) for event in memory.bus.published] == [ImageRestored]
    assert decide(client, now(memory, item), "reject")["status"] == "rejected"


def test_a_verdict_on_another_revision_changes_nothing(memory: Memory, client: Client) -> None:
    item = memory.picture(decision="hold")
    body = {
        "verdicts": [
            {"id": item.image_id, "revision": 1, "decision": "reject"},
            {"id": "0" * 32, "revision": 1, "decision": "reject"},
        ]
    }
    rulings = client.post("/api/verdicts", claims=AS_RITA, body=body).body["verdicts"]
    assert [each["result"] for each in rulings] == ["changed", "not_found"]
    assert (now(memory, item), memory.bus.published, memory.trail.kept) == (item, [], [])


def test_a_deleted_picture_cannot_be_decided(memory: Memory, client: Client) -> None:
    assert decide(client, memory.trashed(memory.picture()), "approve")["result"] == "undecided"


def test_a_verdict_that_is_sent_again_is_one(memory: Memory, client: Client) -> None:
    item = memory.picture(decision="hold")
    first = decide(client, item, "reject", reason="no")
    memory.clock.wait(5)
    assert decide(client, item, "reject", reason="no") == first
    assert len(memory.trail.kept) == 1
    assert len([event for event in memory.bus.published if isinstance(event, ImageRejected)]) == 2


def test_a_block_is_on_the_bytes_and_an_approval_lifts_it(memory: Memory, client: Client) -> None:
    item = memory.picture()
    decide(client, item, "reject", reason="never", block=True)
    assert memory.blocks.blocked == {
        SHA256: Block(sha256=SHA256, by=RITA, at="2026-01-01T00:00:00.000+00:00", reason="never")
    }
    decide(client, now(memory, item), "approve")
    assert memory.blocks.blocked == {}


def test_an_owner_learns_neither_who_decided_nor_of_a_block(memory: Memory, client: Client) -> None:
    item = memory.picture(ANN)
    decide(client, item, "reject", reason="blurred", block=True)
    seen = client.get(f"/api/pictures/{item.image_id}").body
    [reason] = seen["reasons"]
    assert (reason["rule"], reason["note"], seen["verdict"]) == ("review", "blurred", None)
    assert "decided" not in [line["stage"] for line in seen["timeline"]]
    full = client.get(f"/api/pictures/{item.image_id}", claims=AS_RITA).body
    assert (full["verdict"]["by"], full["verdict"]["blocked"]) == (RITA, True)


@pytest.mark.parametrize(
    "body",
    [
        {"verdicts": []},
        {"verdicts": [{"id": "0" * 32, "revision": 1, "decision": "approve"}] * 101},
        {"verdicts": [{"id": "x", "revision": 1, "decision": "approve"}]},
        {"verdicts": [{"id": "0" * 32, "revision": 1, "decision": "maybe"}]},
        {"verdicts": [{"id": "0" * 32, "revision": -1, "decision": "approve"}]},
        {"verdicts": [{"id": "0" * 32, "decision": "approve"}]},
    ],
)
def test_malformed_verdicts_are_400(client: Client, body: Any) -> None:
    assert client.post("/api/verdicts", claims=AS_RITA, body=body).status == 400


# Who else reviews


SAM = "22222222-0000-4000-8000-000000000000"
AS_SAM = claims_of(SAM, "reviewers")


def others(client: Client, claims: Claims, picture: str | None) -> list[str | None]:
    answer = client.post("/api/review/reviewers", claims=claims, body={"id": picture})
    assert answer.status == 200
    found: list[str | None] = answer.body["others"]
    return found


def test_each_reviewer_learns_what_the_others_look_at(client: Client) -> None:
    first, second = "1" * 32, "2" * 32
    assert others(client, AS_RITA, first) == []
    assert others(client, AS_SAM, second) == [first]
    assert others(client, AS_RITA, None) == [second]
    assert others(client, AS_SAM, second) == [None]


def test_a_reviewer_who_says_nothing_more_has_left(memory: Memory, client: Client) -> None:
    others(client, AS_RITA, "1" * 32)
    memory.clock.now += LASTS - timedelta(seconds=1)
    assert others(client, AS_SAM, None) == ["1" * 32]
    memory.clock.now += timedelta(seconds=1)
    assert others(client, AS_SAM, None) == []


def test_what_is_noted_of_reviewers_expires_by_itself(memory: Memory, client: Client) -> None:
    others(client, AS_RITA, "1" * 32)
    [record] = memory.records.records.values()
    assert record.expires_at == int((memory.clock.now + LASTS).timestamp())


def test_of_two_who_tell_at_once_both_are_noted() -> None:
    def sam_is_first(action: str) -> None:
        if action == "put record" and not told:
            told.append(SAM)
            stack.services.presence.tell(SAM, "2" * 32)

    told: list[str] = []
    stack = MemoryStack(SETTINGS, sam_is_first)
    presence = stack.services.presence
    assert presence.tell(RITA, "1" * 32) == ["2" * 32]
    assert presence.tell(SAM, None) == ["1" * 32]


def test_where_too_many_write_at_once_the_others_are_told_all_the_same() -> None:
    def somebody_writes(action: str) -> None:
        if action == "put record":
            record = stack.records.records["reviewing"]
            stack.records.records["reviewing"] = replace(record, revision=record.revision + 1)

    stack = MemoryStack(SETTINGS)
    stack.services.presence.tell(SAM, "2" * 32)
    stack.records.pause = somebody_writes
    assert stack.services.presence.tell(RITA, "1" * 32) == ["2" * 32]


@pytest.mark.parametrize("body", [{}, {"id": "x"}, {"id": 5}, {"id": None, "who": RITA}])
def test_what_a_reviewer_looks_at_is_a_picture_or_none(client: Client, body: Any) -> None:
    assert client.post("/api/review/reviewers", claims=AS_RITA, body=body).status == 400
