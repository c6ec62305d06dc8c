"""What a person learns about themselves."""

from tests.containers.api.client import ANN, AS_ANN, AS_RITA, RITA, Client


def test_a_person_sees_who_they_are_and_what_they_may_do() -> None:
    answer = Client().get("/api/me", claims=AS_ANN)
    assert (answer.status, answer.body) == (
        200,
        {
            "id": ANN,
            "groups": [],
            "reviewer": False,
            "shared": False,
            "limits": {"bytes": 1000, "pictures": 10},
            "paused": False,
        },
    )


def test_a_reviewer_is_one() -> None:
    body = Client().get("/api/me", claims=AS_RITA).body
    assert (body["id"], body["groups"], body["reviewer"]) == (RITA, ["reviewers"], True)


def test_a_person_sees_that_new_pictures_wait() -> None:
    client = Client()
    client.services.ledger.note_pause("2026-01-01T10:00:00+00:00", "a stamp")
    assert client.get("/api/me", claims=AS_ANN).body["paused"] is True
