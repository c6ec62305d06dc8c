"""What a person learns about themselves."""

from dataclasses import replace

from api.passes import Passes
from ops.signing_key import new_pair
from tests.containers.api.client import ANN, AS_ANN, AS_RITA, RITA, Client, Memory

FILE = {"name": "a.jpg", "type": "image/jpeg", "bytes": 300, "sha256": "ab" * 32}


def test_a_person_sees_who_they_are_and_what_they_may_do() -> None:
    answer = Client().get("/api/me", claims=AS_ANN)
    assert (answer.status, answer.body, answer.cookies) == (
        200,
        {
            "id": ANN,
            "groups": [],
            "reviewer": False,
            "shared": False,
            "embedding": True,
            "limits": {"bytes": 1000, "pictures": 10},
            "used": {"bytes": 0, "pictures": 0},
            "paused": False,
            "retention_days": 7,
            "pictures_until": None,
        },
        [],
    )


def test_a_reviewer_is_one() -> None:
    body = Client().get("/api/me", claims=AS_RITA).body
    assert (body["id"], body["groups"], body["reviewer"]) == (RITA, ["reviewers"], True)


def test_a_person_sees_that_new_pictures_wait() -> None:
    client = Client()
    client.services.ledger.note_pause("2026-01-01T10:00:00+00:00", "a stamp")
    assert client.get("/api/me", claims=AS_ANN).body["paused"] is True


def test_what_is_used_is_what_was_signed_less_what_expired_unused() -> None:
    memory = Memory()
    client = Client(memory.services)
    client.post("/api/uploads", body={"files": [FILE, {**FILE, "bytes": 200}]})
    assert client.get("/api/me").body["used"] == {"bytes": 500, "pictures": 2}
    assert client.get("/api/me", claims=AS_RITA).body["used"] == {"bytes": 0, "pictures": 0}

    memory.clock.wait(21 * 60)
    assert client.get("/api/me").body["used"] == {"bytes": 0, "pictures": 0}


def test_where_delivery_is_signed_a_browser_gets_cookies_for_the_pictures_alone() -> None:
    memory = Memory()
    passes = Passes("https://d1.example.org/i/", "K1", lambda: new_pair()[0], memory.clock)
    answer = Client(replace(memory.services, passes=passes)).get("/api/me")

    assert answer.body["pictures_until"] == "2026-01-01T00:30:00Z"
    names = [cookie.partition("=")[0] for cookie in answer.cookies]
    assert names == ["CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"]
    assert {cookie.partition(";")[2] for cookie in answer.cookies} == {
        " Path=/i/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax"
    }
