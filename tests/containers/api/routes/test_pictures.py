"""Who sees which pictures, and what they may do with them."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from pipeline.clock import iso
from pipeline.events import ImageRestored
from pipeline.item import Trashed
from tests.containers.api.client import (
    ANN,
    AS_ANN,
    AS_RITA,
    CONTENT,
    RITA,
    Client,
    Memory,
    claims_of,
)
from tests.containers.vectors import placed, toward

BOB = "33333333-3333-4333-8333-333333333333"
AS_BOB = claims_of(BOB)
NEVER = "0" * 32


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def client(memory: Memory) -> Client:
    return Client(memory.services)


def names(body: Any) -> list[str]:
    return [row["name"] for row in body["pictures"]]


# Lists


def test_an_owner_lists_their_own_and_a_reviewer_all(memory: Memory, client: Client) -> None:
    memory.picture(ANN, name="ann.jpg")
    memory.picture(BOB, name="bob.jpg")
    memory.picture(None, name="nobody.jpg")
    assert names(client.get("/api/pictures", claims=AS_ANN).body) == ["ann.jpg"]
    everyone = client.get("/api/pictures", claims=AS_RITA).body
    assert sorted(names(everyone)) == ["ann.jpg", "bob.jpg", "nobody.jpg"]


def test_a_row_has_what_a_grid_needs(memory: Memory, client: Client) -> None:
    item = memory.picture(taken_at="2025-05-01T10:00:00")
    assert client.get("/api/pictures").body == {
        "pictures": [
            {
                "id": item.image_id,
                "name": "a.jpg",
                "status": "ready",
                "date": "2025-05-01T10:00:00",
                "address": f"/i/{item.image_id}/{CONTENT}/",
                "width": 40,
                "height": 30,
                "placeholder": "cGxhY2Vob2xkZXI=",
                "alt_text": None,
                "labels": [],
                "bytes": None,
                "deleted_at": None,
            }
        ],
        "cursor": None,
    }


def test_a_row_has_what_was_written_about_the_picture_and_three_labels(
    memory: Memory, client: Client
) -> None:
    item = memory.picture(labels=["Cat", "Sofa", "Sleep", "Pet"])
    client.patch(
        f"/api/pictures/{item.image_id}",
        headers={"If-Match": f'"{item.revision}"'},
        body={"alt_text": "A cat asleep"},
    )
    [row] = client.get("/api/pictures").body["pictures"]
    assert (row["alt_text"], row["labels"]) == ("A cat asleep", ["Cat", "Sofa", "Sleep"])


def test_a_picture_says_what_it_shows_and_whose_words_these_are(
    memory: Memory, client: Client
) -> None:
    path = f"/api/pictures/{memory.picture(labels=['Cat', 'Sofa']).image_id}"

    def said(alt_text: str | None) -> tuple[str, str]:
        seen = {"If-Match": client.get(path).headers["etag"]}
        picture = client.patch(path, headers=seen, body={"alt_text": alt_text}).body
        return picture["alt_text"], picture["alt_by"]

    picture = client.get(path).body
    assert (picture["alt_text"], picture["alt_by"]) == ("A cat and a sofa", "analysis")
    assert said("Tom, asleep") == ("Tom, asleep", "owner")
    assert said(None) == ("A cat and a sofa", "analysis")


def test_what_a_held_picture_shows_is_for_its_owner_and_reviewers_alone() -> None:
    memory = Memory(shared=True, gate="guarded")
    client = Client(memory.services)
    held = memory.picture(BOB, decision="hold", labels=["Cat"])
    path = f"/api/pictures/{held.image_id}"
    assert client.get(path).status == 404
    assert client.get(path, claims=AS_RITA).body["alt_text"] == "A cat"
    [waiting] = client.get("/api/review", claims=AS_RITA).body["pictures"]
    assert waiting["alt_text"] == "A cat"


def test_shared_stacks_show_everybody_what_is_shown() -> None:
    memory = Memory(shared=True, gate="guarded")
    client = Client(memory.services)
    shown = memory.picture(BOB, name="shown.jpg")
    held = memory.picture(BOB, name="held.jpg", decision="hold")
    mine = memory.picture(ANN, name="mine.jpg", decision="reject")
    assert sorted(names(client.get("/api/pictures").body)) == ["mine.jpg", "shown.jpg"]
    paths = [f"/api/pictures/{each.image_id}" for each in (shown, held, mine)]
    assert [client.get(path).status for path in paths] == [200, 404, 200]
    assert client.get(f"/api/pictures/{shown.image_id}/original").status == 404


def test_others_see_neither_position_nor_reasons_nor_timeline_nor_costs() -> None:
    memory = Memory(shared=True)
    item = memory.picture(BOB, taken_at="2025-05-01T10:00:00")
    memory.table.items[item.image_id] = replace(item, costs={"labels": 0.001})
    path = f"/api/pictures/{item.image_id}"
    seen = Client(memory.services).get(path).body
    assert (seen["exif"]["taken_at"], seen["timeline"]) == ("2025-05-01T10:00:00", [])
    assert (seen["exif"]["gps"], seen["costs"], seen["manages"]) == (None, None, False)
    mine = Client(memory.services).get(path, claims=AS_BOB).body
    assert (mine["exif"]["gps"]["latitude"], mine["exif"]["gps"]["longitude"]) == (47.0, 8.5)
    assert (mine["costs"], mine["manages"]) == ({"labels": 0.001}, True)


@pytest.mark.parametrize("rows", [1, 2, 1000])
def test_pages_have_every_picture_once_with_two_reads_each(rows: int) -> None:
    memory = Memory()
    memory.listing.rows = rows
    client = Client(memory.services)
    days = [f"2025-{month:02}-{day:02}" for month, day in product((1, 3), range(1, 6))]
    for day in days:
        memory.picture(name=f"{day}.jpg", taken_at=f"{day}T10:00:00")
    found: list[str] = []
    cursor = None
    for _ in range(20):
        memory.listing.reads = 0
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        body = client.get("/api/pictures", query=query).body
        assert (len(body["pictures"]) <= 2, memory.listing.reads <= 2) == (True, True)
        found += names(body)
        cursor = body["cursor"]
        if cursor is None:
            break
    assert found == [f"{day}.jpg" for day in reversed(days)]


@pytest.mark.parametrize(("query", "read"), [({}, 2), ({"label": "Cat"}, 5)])
def test_a_page_without_filters_reads_no_rows_in_vain(
    memory: Memory, client: Client, query: dict[str, str], read: int
) -> None:
    for day in range(1, 6):
        memory.picture(taken_at=f"2025-05-0{day}T10:00:00")
    client.get("/api/pictures", query={"limit": "2"} | query)
    assert memory.listing.read == read


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"label": "cat"}, ["cat.jpg"]),
        ({"-label": "Cat"}, ["dog.jpg"]),
        ({"label": "Animal,Dog"}, ["dog.jpg"]),
        ({"status": "ready,held"}, ["dog.jpg", "cat.jpg"]),
        ({"-status": "ready"}, []),
        ({"from": "2025-05-02"}, ["dog.jpg"]),
        ({"to": "2025-05-01"}, ["cat.jpg"]),
        ({"from": "2025-05-02", "to": "2025-05-01"}, []),
        ({"from": "2025-06-01", "to": "2025-04-01"}, []),
        ({"from": "2025-05-39"}, []),
        ({"camera": "Nikon"}, []),
        ({"-camera": "Nikon"}, ["dog.jpg", "cat.jpg"]),
        ({"trash": "true"}, []),
    ],
)
def test_filters_include_and_exclude(
    memory: Memory, client: Client, query: dict[str, str], expected: list[str]
) -> None:
    memory.picture(name="cat.jpg", taken_at="2025-05-01T10:00:00", labels=["Cat", "Animal"])
    memory.picture(name="dog.jpg", taken_at="2025-05-02T10:00:00", labels=["Dog", "Animal"])
    assert names(client.get("/api/pictures", query=query).body) == expected


def test_days_are_counted_with_the_same_filters(memory: Memory, client: Client) -> None:
    for day in ("2025-05-01", "2025-05-01", "2024-01-31"):
        memory.picture(taken_at=f"{day}T10:00:00", labels=["Cat"])
    memory.picture(taken_at="2025-05-01T10:00:00")
    memory.picture(taken_at="2025-05-01T11:00:00", labels=["Cat"], decision="hold")
    assert client.get("/api/pictures/dates", query={"label": "Cat"}).body == {
        "days": [
            {"date": "2025-05-01", "pictures": 3, "states": {"ready": 2, "held": 1}},
            {"date": "2024-01-31", "pictures": 1, "states": {"ready": 1}},
        ],
        "cursor": None,
    }


@pytest.mark.parametrize("path", ["/api/pictures", "/api/pictures/dates"])
def test_pictures_of_other_days_are_not_even_read(
    memory: Memory, client: Client, path: str
) -> None:
    for day in range(1, 29):
        memory.picture(taken_at=f"2025-05-{day:02}T23:59:59.999")
    before = memory.listing.read
    response = client.get(path, query={"from": "2025-05-03", "to": "2025-05-04"})
    assert response.body["cursor"] is None
    assert memory.listing.read - before == 2


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"cursor": "bnVsbA"},
        {"cursor": "WzFd"},
        {"cursor": "WyIyMDI1LTAxIiwiJyIsIjAiXQ"},
        {"cursor": ""},
        {"cursor": "ä"},
        {"limit": "0"},
        {"limit": "1001"},
        {"from": "yesterday"},
        {"to": "2025-13-01"},
    ],
)
def test_malformed_questions_are_400(client: Client, query: dict[str, str]) -> None:
    answer = client.get("/api/pictures", query=query)
    assert (answer.status, answer.code) == (400, "invalid")


@pytest.mark.parametrize("path", ["/api/pictures", "/api/pictures/dates"])
def test_a_cursor_of_other_dates_is_400(memory: Memory, client: Client, path: str) -> None:
    for day in ("2025-05-01", "2025-05-02", "2025-05-03"):
        memory.picture(taken_at=f"{day}T10:00:00")
    cursor = client.get("/api/pictures", query={"limit": "1"}).body["cursor"]
    for dates in ({"to": "2025-05-02"}, {"from": "2025-05-04"}):
        answer = client.get(path, query={"cursor": cursor, **dates})
        assert (answer.status, answer.code) == (400, "invalid")
    assert client.get(path, query={"cursor": cursor, "from": "2025-05-02"}).status == 200


# One picture


@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"alt_text": "a"}),
        ("DELETE", "", None),
        ("GET", "/original", None),
        ("POST", "/restore", None),
        ("DELETE", "/versions", None),
    ],
)
def test_what_belongs_to_another_is_what_never_was(
    memory: Memory, client: Client, method: str, tail: str, body: Any
) -> None:
    purged = memory.trashed(memory.picture(ANN))
    assert client.delete(f"/api/pictures/{purged.image_id}/versions").status == 200
    bobs, nobodys = memory.picture(BOB), memory.picture(None)
    headers = {"if-match": '"1"'}
    answers = {
        (answer.status, answer.text)
        for each in (bobs.image_id, nobodys.image_id, NEVER, purged.image_id)
        for answer in [
            client.request(method, f"/api/pictures/{each}{tail}", body=body, headers=headers)
        ]
    }
    [(status, text)] = answers
    assert (status, "not_found" in text) == (404, True)


def test_a_picture_has_its_revision_as_etag_and_is_sent_once(
    memory: Memory, client: Client
) -> None:
    item = memory.picture()
    first = client.get(f"/api/pictures/{item.image_id}")
    tag = first.headers["etag"]
    assert (first.status, tag, first.body["id"]) == (200, f'"{item.revision}"', item.image_id)
    again = client.get(f"/api/pictures/{item.image_id}", headers={"if-none-match": tag})
    assert (again.status, again.headers["etag"]) == (304, tag)


def test_states_are_told_for_ones_own_and_awaited_for_all_others(
    memory: Memory, client: Client
) -> None:
    mine, bobs = memory.picture(ANN), memory.picture(BOB)
    query = {"ids": f"{mine.image_id},{bobs.image_id},{NEVER}"}
    answer = client.get("/api/status", query=query)
    assert answer.body["pictures"] == [
        {"id": mine.image_id, "status": "ready", "revision": mine.revision},
        {"id": bobs.image_id, "status": "awaited", "revision": 0},
        {"id": NEVER, "status": "awaited", "revision": 0},
    ]
    seen = {"if-none-match": answer.headers["etag"]}
    assert client.get("/api/status", query=query, headers=seen).status == 304


@pytest.mark.parametrize("ids", ["", "x", ",", ",".join([NEVER] * 101)])
def test_states_are_asked_for_by_at_most_a_hundred_ids(client: Client, ids: str) -> None:
    assert client.get("/api/status", query={"ids": ids}).status == 400


def test_a_text_is_kept_for_the_revision_that_was_seen(memory: Memory, client: Client) -> None:
    item = memory.picture()
    path, seen = f"/api/pictures/{item.image_id}", {"if-match": f'"{item.revision}"'}
    answer = client.patch(path, body={"alt_text": "a cat"}, headers=seen)
    assert (answer.status, answer.body["alt_text"]) == (200, "a cat")
    assert answer.headers["etag"] == f'"{item.revision + 1}"'
    assert client.patch(path, body={"alt_text": "a dog"}, headers=seen).status == 412
    assert client.patch(path, body={"alt_text": "a dog"}).status == 400
    assert memory.bus.published == []


def test_another_focus_point_has_the_picture_rendered_again(memory: Memory, client: Client) -> None:
    item = memory.picture()
    answer = client.patch(
        f"/api/pictures/{item.image_id}",
        body={"focus": {"x": 0.25, "y": 0.5}},
        headers={"if-match": f'"{item.revision}"'},
    )
    assert (answer.body["focus"], answer.body["status"]) == ({"x": 0.25, "y": 0.5}, "received")
    assert [type(event) for event in memory.bus.published] == [ImageRestored]


def test_a_picture_in_the_trash_keeps_what_it_has(memory: Memory, client: Client) -> None:
    gone = memory.trashed(memory.picture())

    answer = client.patch(
        f"/api/pictures/{gone.image_id}",
        body={"alt_text": "a mill"},
        headers={"if-match": f'"{gone.revision}"'},
    )

    assert (answer.status, answer.body) == (
        409,
        {
            "code": "conflict",
            "message": "the picture is in the trash; restore it before you change it",
        },
    )
    assert memory.catalog.get(gone.image_id) == gone


@pytest.mark.parametrize(
    "body", [{"alt_text": "x" * 1001}, {"focus": {"x": 2, "y": 0}}, {"name": "b.jpg"}, [], None]
)
def test_a_malformed_change_is_400(memory: Memory, client: Client, body: Any) -> None:
    path = f"/api/pictures/{memory.picture().image_id}"
    text = None if body is not None else "{"
    answer = client.patch(path, body=body, text=text, headers={"if-match": '"1"'})
    assert answer.status == 400


def test_an_original_is_downloaded_and_the_trail_has_it(memory: Memory, client: Client) -> None:
    item = memory.picture(name="ä b.jpg")
    answer = client.get(f"/api/pictures/{item.image_id}/original", claims=AS_RITA)
    assert answer.body == {
        "url": f"https://s3/{item.key}?{item.version_id}&300&attachment=ä b.jpg",
        "expires_at": "2026-01-01T00:05:00Z",
    }
    [entry] = memory.trail.kept
    assert (entry.kind, entry.by, entry.subject) == ("download", RITA, item.image_id)


# The trash


def test_a_deleted_picture_is_in_the_trash_as_it_was(memory: Memory, client: Client) -> None:
    item = memory.picture()
    assert client.delete(f"/api/pictures/{item.image_id}").status == 202
    assert memory.originals.newest(item.key) is None
    gone = memory.trashed(item)
    assert gone.trashed == Trashed(
        bytes=7,
        at=iso(memory.clock()),
        width=40,
        height=30,
        placeholder="cGxhY2Vob2xkZXI=",
        decision="accept",
    )
    assert names(client.get("/api/pictures").body) == []
    [row] = client.get("/api/pictures", query={"trash": "true"}).body["pictures"]
    assert (row["status"], row["bytes"], row["placeholder"]) == ("deleted", 7, "cGxhY2Vob2xkZXI=")
    assert row["deleted_at"] == iso(memory.clock())


def test_a_picture_is_deleted_once_however_often_it_is_asked(
    memory: Memory, client: Client
) -> None:
    item = memory.picture()
    for _ in range(2):
        assert client.delete(f"/api/pictures/{item.image_id}").status == 202
    assert len(memory.originals.versions[item.key]) == 2


def test_a_picture_comes_back_from_the_trash(memory: Memory, client: Client) -> None:
    item = memory.picture()
    path = f"/api/pictures/{item.image_id}/restore"
    assert client.post(path).status == 409
    memory.trashed(item)
    memory.originals.delete(item.key)
    assert client.post(path).status == 202
    newest = memory.originals.newest(item.key)
    assert newest
    assert newest.original == item.original


def test_deleting_for_good_leaves_a_receipt_and_nothing_else(
    memory: Memory, client: Client
) -> None:
    item = memory.picture(decision="hold")
    path = f"/api/pictures/{item.image_id}/versions"
    assert client.delete(path).status == 409
    memory.trashed(item)
    memory.vectors.put(replace(placed(0, toward(1)), image_id=item.image_id), at=memory.clock())
    answer = client.delete(path)
    assert {name: answer.body[name] for name in ("id", "versions", "bytes")} == {
        "id": item.image_id,
        "versions": 1,
        "bytes": 7,
    }
    assert memory.originals.versions[item.key] == []
    [entry] = memory.trail.kept
    assert (entry.kind, entry.by, entry.detail["versions"]) == ("deletion", ANN, 1)
    assert (entry.detail["vectors"], memory.vectors.placed) == (1, {})
    assert sorted(entry.detail["survives"]) == [
        "backups of the tables",
        "copies in browsers that showed the picture",
        "the tombstone without facts",
        "which sizes were made on demand",
    ]
    assert client.delete(path).status == 404
    assert names(client.get("/api/pictures", query={"trash": "true"}).body) == []


def test_a_deletion_that_the_catalog_has_not_heard_of_is_not_made_permanent(
    memory: Memory, client: Client
) -> None:
    item = memory.picture()
    memory.trashed(item)
    memory.originals.delete_newest(item.key)
    memory.originals.delete(item.key)
    memory.table.items[item.image_id] = memory.trashed(item)
    assert client.delete(f"/api/pictures/{item.image_id}/versions").status == 200
