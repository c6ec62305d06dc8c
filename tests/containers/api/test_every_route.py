"""What holds for each route of the description: wrong tokens, other people's ids, broken input."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.containers.api.client import (
    ANN,
    AS_ANN,
    AS_RITA,
    RITA,
    Answer,
    Claims,
    Client,
    Memory,
    claims_of,
)

BOB = "33333333-3333-4333-8333-333333333333"
AS_BOB = claims_of(BOB)
NEVER = "0" * 32
DIGEST = "ab" * 32
PART = {"number": 1, "bytes": 8 * 1024 * 1024, "sha256": DIGEST}
FILE = {"name": "a.jpg", "type": "image/jpeg", "bytes": 100, "sha256": DIGEST}
VERDICT = {"id": NEVER, "revision": 1, "decision": "approve"}


@dataclass(frozen=True)
class Route:
    """A route, and what a valid request to it has."""

    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    reviewers: bool = False

    def ask(self, client: Client, image_id: str = NEVER, **other: Any) -> Answer:
        given = {"body": self.body, "query": self.query, "headers": self.headers} | other
        return client.request(self.method, self.path.format(image_id=image_id), **given)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


ROUTES = [
    Route("GET", "/api/me"),
    Route("POST", "/api/uploads", {"files": [FILE]}),
    Route("GET", "/api/uploads/{image_id}/parts"),
    Route("POST", "/api/uploads/{image_id}/parts", PART),
    Route("POST", "/api/uploads/{image_id}/complete"),
    Route("POST", "/api/uploads/{image_id}/abort"),
    Route("GET", "/api/status", query={"ids": NEVER}),
    Route("GET", "/api/pictures"),
    Route("GET", "/api/pictures/best"),
    Route("GET", "/api/pictures/dates"),
    Route("GET", "/api/pictures/{image_id}"),
    Route("GET", "/api/pictures/{image_id}/alike"),
    Route("GET", "/api/search", query={"q": "boat"}),
    Route("GET", "/api/search", query={"like": NEVER}),
    Route("POST", "/api/search", {"jpeg": "/9j/4AAQ"}),
    Route("GET", "/api/search/words"),
    Route("GET", "/api/duplicates"),
    Route("POST", "/api/duplicates/merge", {"keep": NEVER, "remove": ["0" * 32]}),
    Route("POST", "/api/duplicates/distinct", {"ids": [NEVER, "0" * 32]}),
    Route("PATCH", "/api/pictures/{image_id}", {"alt_text": "a"}, headers={"if-match": '"1"'}),
    Route("GET", "/api/pictures/{image_id}/original"),
    Route("DELETE", "/api/pictures/{image_id}"),
    Route("POST", "/api/pictures/{image_id}/restore"),
    Route("DELETE", "/api/pictures/{image_id}/versions"),
    Route("GET", "/api/review", reviewers=True),
    Route("POST", "/api/review/reviewers", {"id": NEVER}, reviewers=True),
    Route("POST", "/api/verdicts", {"verdicts": [VERDICT]}, reviewers=True),
]
OF_PICTURES = [each for each in ROUTES if each.path.startswith("/api/pictures/{")]
OF_UPLOADS = [each for each in ROUTES if each.path.startswith("/api/uploads/{")]
WITH_BODIES = [each for each in ROUTES if each.body is not None]
LISTS = [each for each in ROUTES if each.path in ("/api/pictures", "/api/pictures/dates")]

every_route = pytest.mark.parametrize("route", ROUTES, ids=str)


@pytest.fixture
def memory() -> Memory:
    return Memory(quota_bytes=10**12)


@pytest.fixture
def client(memory: Memory) -> Client:
    return Client(memory.services)


def test_the_table_has_every_route_of_the_description(client: Client) -> None:
    described = client.get("/api/openapi.json", claims=None).body["paths"]
    routes = {(method.upper(), path) for path, those in described.items() for method in those}
    assert {(each.method, each.path) for each in ROUTES} == routes


# Tokens


@every_route
@pytest.mark.parametrize(
    ("claims", "status"),
    [
        pytest.param(None, 401, id="none"),
        pytest.param({}, 401, id="without claims"),
        pytest.param({**AS_RITA, "token_use": "id"}, 403, id="ID token"),
        pytest.param({**AS_RITA, "sub": "1example23456789"}, 403, id="a program's"),
        pytest.param({**AS_RITA, "sub": f"{ANN}/../{RITA}"}, 403, id="a path for a person"),
        pytest.param({**AS_RITA, "sub": ""}, 403, id="nobody's"),
    ],
)
def test_no_route_lets_another_token_in(
    memory: Memory, client: Client, route: Route, claims: Claims | None, status: int
) -> None:
    mine = memory.picture(RITA)
    answers = {str(route.ask(client, each, claims=claims)) for each in (mine.image_id, NEVER)}
    assert len(answers) == 1
    assert route.ask(client, claims=claims).status == status
    assert memory.table.items == {mine.image_id: mine}


@every_route
def test_a_route_of_reviewers_is_forbidden_to_others_whatever_they_send(
    client: Client, route: Route
) -> None:
    refused = route.ask(client, claims=AS_ANN).status == 403
    assert refused == route.reviewers
    for claims in ({"cognito:groups": "[reviewersofart]"}, {"scope": "reviewers"}):
        assert (route.ask(client, claims=AS_ANN | claims).status == 403) == route.reviewers


# Other people's


@pytest.mark.parametrize("route", OF_PICTURES, ids=str)
def test_a_picture_of_another_owner_is_one_that_never_was_byte_for_byte(
    memory: Memory, client: Client, route: Route
) -> None:
    purged = memory.trashed(memory.picture(ANN))
    assert client.delete(f"/api/pictures/{purged.image_id}/versions").status == 200
    held = memory.picture(BOB, decision="hold")
    unseen = [
        memory.picture(BOB).image_id,
        held.image_id,
        memory.trashed(memory.picture(BOB)).image_id,
        memory.picture(None).image_id,
        purged.image_id,
        NEVER,
    ]
    before = dict(memory.table.items)
    assert len({str(route.ask(client, each)) for each in unseen}) == 1
    assert route.ask(client).status == 404
    assert memory.table.items == before
    assert memory.trail.kept[1:] == []


@pytest.mark.parametrize("route", OF_UPLOADS, ids=str)
def test_an_upload_of_another_owner_is_one_that_never_was_byte_for_byte(
    memory: Memory, client: Client, route: Route
) -> None:
    def begun(claims: Claims) -> str:
        files = [{**FILE, "bytes": 20_000_001}]
        answer = client.post("/api/uploads", body={"files": files}, claims=claims)
        return str(answer.body["uploads"][0]["id"])

    bobs, reviewers, mine = begun(AS_BOB), begun(AS_RITA), begun(AS_ANN)
    assert client.post(f"/api/uploads/{mine}/abort").status == 204
    unseen = [bobs, reviewers, mine, memory.picture(ANN).image_id, NEVER]
    assert len({str(route.ask(client, each)) for each in unseen}) == 1
    assert route.ask(client).status == 404
    # A reviewer judges pictures; an upload belongs to whoever began it.
    assert route.ask(client, bobs, claims=AS_RITA).status == 404


def test_a_verdict_on_nothing_looks_like_one_on_what_was_deleted_for_good(
    memory: Memory, client: Client
) -> None:
    purged = memory.trashed(memory.picture(ANN))
    assert client.delete(f"/api/pictures/{purged.image_id}/versions").status == 200
    rulings = [
        client.post("/api/verdicts", claims=AS_RITA, body={"verdicts": [VERDICT | {"id": each}]})
        for each in (purged.image_id, NEVER)
    ]
    assert [each.body["verdicts"][0] | {"id": ""} for each in rulings] == [
        {"id": "", "result": "not_found", "status": None, "revision": None}
    ] * 2


# Broken input


@pytest.mark.parametrize("route", [*OF_PICTURES, *OF_UPLOADS], ids=str)
@pytest.mark.parametrize(
    "image_id", ["0" * 31, "0" * 33, "A" * 32, "g" * 32, f"{NEVER}\n", "٣" * 32, "-" * 32]
)
def test_a_malformed_id_is_no_picture(client: Client, route: Route, image_id: str) -> None:
    answer = route.ask(client, image_id)
    assert (answer.status, answer.code) in [(400, "invalid"), (404, "not_found")]


@pytest.mark.parametrize("route", WITH_BODIES, ids=str)
def test_a_body_that_is_too_large_is_refused_whatever_it_has(client: Client, route: Route) -> None:
    claims = AS_RITA if route.reviewers else AS_ANN
    text = json.dumps(route.body).ljust(256 * 1024 + 1)
    answer = route.ask(client, claims=claims, body=None, text=text)
    assert (answer.status, answer.code) == (413, "too_large")


def _broken(body: Any) -> list[Any]:
    """The body with each of its values replaced by one of another type, and one that is unknown."""
    if isinstance(body, dict):
        within = [
            {**body, name: broken} for name, value in body.items() for broken in _broken(value)
        ]
        return [*within, {**body, "unknown": 1}, [], "a", 1, None]
    if isinstance(body, list):
        return [*([broken] for broken in _broken(body[0])), [], {}, "a", 1, None]
    return [{}, [], True, 1.5, "" if isinstance(body, int) else 7, "\ud800"]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        pytest.param(route, body, id=f"{route} {json.dumps(body)[:60]}")
        for route in WITH_BODIES
        for body in _broken(route.body)
        # Whoever wants no text removes it.
        if body != {"alt_text": None}
    ],
)
def test_a_body_of_another_form_is_invalid(
    memory: Memory, client: Client, route: Route, body: Any
) -> None:
    claims = AS_RITA if route.reviewers else AS_ANN
    answer = route.ask(client, claims=claims, body=None, text=json.dumps(body))
    assert (answer.status, answer.code) == (400, "invalid")
    assert (memory.table.items, memory.trail.kept) == ({}, [])


@pytest.mark.parametrize("route", LISTS, ids=str)
@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="empty"),
        pytest.param("x", id="cut off"),
        pytest.param("bnVsbA", id="null"),
        pytest.param("W10", id="empty list"),
        pytest.param("e30", id="object"),
        pytest.param("WzFd", id="a number"),
        pytest.param("WyIyMDI1LTAxIiwiJyIsIjAiXQ", id="another place"),
        pytest.param("WyIyMDI1LTAxIiwiMjAyNS0wMS0wMSJd", id="half a place"),
        pytest.param("a b", id="a space"),
        pytest.param("ä", id="not ASCII"),
        pytest.param("W" * 301, id="too long"),
        pytest.param("W1tbW1tbW1tb" * 25, id="nested"),
    ],
)
def test_a_malformed_cursor_is_invalid(client: Client, route: Route, cursor: str) -> None:
    answer = route.ask(client, query={"cursor": cursor})
    assert (answer.status, answer.code) == (400, "invalid")


def test_a_cursor_of_another_owner_shows_ones_own_pictures(memory: Memory, client: Client) -> None:
    for day in (1, 2, 3):
        memory.picture(BOB, name="bob.jpg", taken_at=f"2025-05-0{day}T10:00:00")
    memory.picture(ANN, name="ann.jpg", taken_at="2025-05-01T09:00:00")
    page = client.get("/api/pictures", query={"limit": "1"}, claims=AS_BOB)
    cursor = page.body["cursor"]
    assert cursor
    seen = client.get("/api/pictures", query={"cursor": cursor}).body["pictures"]
    assert [each["name"] for each in seen] == ["ann.jpg"]
