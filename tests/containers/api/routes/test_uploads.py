"""Uploads within a quota, signed for exactly one file of exactly these bytes."""

from typing import Any

import pytest

from pipeline.lifecycle import Received
from pipeline.original import Original
from pipeline.signing import Part
from tests.containers.api.client import ANN, AS_ANN, Client, Memory, claims_of

AS_BOB = claims_of("33333333-3333-4333-8333-333333333333")
DIGEST = "ab" * 32
LARGE = 20_000_001
PART = 8 * 1024 * 1024


@pytest.fixture
def memory() -> Memory:
    return Memory(quota_bytes=100_000_000, quota_pictures=10)


@pytest.fixture
def client(memory: Memory) -> Client:
    return Client(memory.services)


def file(name: str = "a.jpg", size: int = 100, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "image/jpeg", "bytes": size, "sha256": DIGEST} | more


def begin(client: Client, *files: dict[str, Any], **how: Any) -> Any:
    return client.post("/api/uploads", body={"files": list(files)}, **how)


def test_a_file_is_signed_under_a_key_of_its_owner(memory: Memory, client: Client) -> None:
    [upload] = begin(client, file("ä b.jpg")).body["uploads"]
    key = f"uploads/{ANN}/00000001-0000-4000-8000-000000000000/ä b.jpg"
    assert upload == {
        "id": Original(bucket="", key=key, sequencer="").image_id,
        "method": "PUT",
        "url": f"https://s3/{key}?100&900",
        "headers": {"content-type": "image/jpeg", "x-amz-checksum-sha256": DIGEST},
        "expires_at": "2026-01-01T00:15:00Z",
        "part_bytes": None,
        "error": None,
        "same": None,
    }


@pytest.mark.parametrize(
    "bad",
    [
        file("a/b.jpg"),
        file(".."),
        file("a\n.jpg"),
        file("a\u202e.jpg"),
        file("ü" * 200, sha256=None),
        file(size=100_000_001),
        file(sha256=None),
    ],
)
def test_a_file_that_cannot_be_uploaded_does_not_keep_the_others_from_it(
    client: Client, bad: dict[str, Any]
) -> None:
    refused, signed = begin(client, bad, file()).body["uploads"]
    assert (refused["id"], bool(refused["error"]), signed["error"]) == (None, True, None)


@pytest.mark.parametrize(
    "bad",
    [
        {"files": []},
        {"files": [file()] * 51},
        {"files": [file(type="text/html")]},
        {"files": [file(size=0)]},
        {"files": [file(sha256="xyz")]},
        {"files": [file(key="uploads/other")]},
        {"files": [file("")]},
        {"files": "a"},
        [],
    ],
)
def test_malformed_requests_are_400(client: Client, bad: Any) -> None:
    assert client.post("/api/uploads", body=bad).status == 400


def test_a_quota_is_reserved_when_signed(memory: Memory, client: Client) -> None:
    assert begin(client, *[file()] * 9).status == 200
    assert begin(client, *[file()] * 2).status == 429
    assert begin(client, file()).status == 200
    refused = begin(client, file())
    assert (refused.status, refused.code) == (429, "too_many")
    assert begin(client, file(), claims=AS_BOB).status == 200
    used = memory.services.uploads.used(ANN)
    assert (used.pictures, used.bytes) == (10, 1000)


def test_bytes_count_too_and_a_new_day_begins_at_zero(memory: Memory, client: Client) -> None:
    big = file(size=60_000_000)
    assert [begin(client, big).status, begin(client, big).status] == [200, 429]
    memory.clock.wait(24 * 3600)
    assert begin(client, big).status == 200


def test_what_expires_unused_is_given_back_and_what_arrived_is_not(
    memory: Memory, client: Client
) -> None:
    uploads = begin(client, *[file()] * 10).body["uploads"]
    key = uploads[0]["url"].removeprefix("https://s3/").partition("?")[0]
    arrived = Original(bucket="originals", key=key, sequencer="1", etag="e", bytes=100)
    memory.catalog.advance(Received(original=arrived))
    memory.clock.wait(19 * 60)
    assert begin(client, file()).status == 429
    memory.clock.wait(60)
    assert begin(client, *[file()] * 9).status == 200
    assert begin(client, file()).status == 429


def test_reservations_at_the_same_time_never_exceed_the_quota(memory: Memory) -> None:
    client = Client(memory.services)
    answers: list[int] = []

    def pause(step: str) -> None:
        if step == "put record" and len(answers) < 1:
            answers.append(0)
            answers[0] = begin(client, *[file()] * 6).status

    memory.records.pause = pause
    assert (begin(client, *[file()] * 6).status, answers) == (429, [200])


# In parts


def large(client: Client, size: int = LARGE) -> str:
    [upload] = begin(client, file(size=size)).body["uploads"]
    assert (upload["url"], upload["part_bytes"]) == (None, PART)
    image: str = upload["id"]
    return image


def arrive(memory: Memory, *numbers: int) -> None:
    [parts] = memory.signer.uploads.values()
    parts |= {each: Part(number=each, etag=f"e{each}", sha256=DIGEST) for each in numbers}


def test_a_large_file_goes_in_parts_that_can_go_on_later(memory: Memory, client: Client) -> None:
    image = large(client)
    part = {"number": 3, "bytes": LARGE - 2 * PART, "sha256": DIGEST}
    signed = client.post(f"/api/uploads/{image}/parts", body=part)
    assert signed.status == 200
    assert f"upload 0&3&{LARGE - 2 * PART}&900" in signed.body["url"]
    arrive(memory, 1, 3)
    assert client.get(f"/api/uploads/{image}/parts").body == {"arrived": [1, 3]}
    assert client.post(f"/api/uploads/{image}/complete").status == 409
    arrive(memory, 2)
    assert client.post(f"/api/uploads/{image}/complete").status == 204
    assert len(memory.signer.completed) == 1
    assert client.post(f"/api/uploads/{image}/complete").status == 404


@pytest.mark.parametrize(
    ("number", "size"), [(1, PART - 1), (3, PART), (4, 1), (0, PART), (10_001, PART)]
)
def test_a_part_has_exactly_its_place_and_size(client: Client, number: int, size: int) -> None:
    part = {"number": number, "bytes": size, "sha256": DIGEST}
    assert client.post(f"/api/uploads/{large(client)}/parts", body=part).status == 400


def test_an_upload_can_be_given_up(memory: Memory, client: Client) -> None:
    image = large(client)
    assert client.post(f"/api/uploads/{image}/abort").status == 204
    assert (len(memory.signer.aborted), memory.records.get(image)) == (1, None)


def test_what_is_given_up_is_given_back_and_nothing_else(client: Client) -> None:
    image, _ = large(client), large(client)
    both = client.get("/api/me").body["used"]
    client.post(f"/api/uploads/{image}/abort")
    used = client.get("/api/me").body["used"]
    assert (both["pictures"], used["pictures"]) == (2, 1)
    assert used["bytes"] * 2 == both["bytes"]


@pytest.mark.parametrize("tail", ["parts", "complete", "abort"])
def test_anothers_upload_is_one_that_never_was(memory: Memory, client: Client, tail: str) -> None:
    body = {"number": 1, "bytes": PART, "sha256": DIGEST} if tail == "parts" else None
    image, never = large(client), "0" * 32
    answers = [
        client.post(f"/api/uploads/{each}/{tail}", body=body, claims=who)
        for each, who in ((image, AS_BOB), (never, AS_BOB), (never, AS_ANN))
    ]
    assert len({(answer.status, answer.text) for answer in answers}) == 1
    memory.clock.wait(24 * 3600 + 1)
    expired = client.post(f"/api/uploads/{image}/{tail}", body=body)
    assert (expired.status, expired.text) == (404, answers[0].text)
