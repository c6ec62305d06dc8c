"""One visit from the first upload to permanent deletion, on a running stack."""

import hashlib
from collections.abc import Iterator
from functools import partial

import httpx
import pytest

from local.state import RunningStack
from proofs.photographs import photograph
from tests.end_to_end.visitors import Visitor, until, visitor

DATA = photograph(7)


@pytest.fixture(scope="module")
def ann(stack: RunningStack) -> Iterator[Visitor]:
    with visitor(stack, "ann") as ann:
        yield ann


@pytest.fixture(scope="module")
def rita(stack: RunningStack) -> Iterator[Visitor]:
    with visitor(stack, "rita") as rita:
        yield rita


def test_a_visit(ann: Visitor, rita: Visitor) -> None:
    data = DATA
    signed = ann.upload("ä visit.jpg", data)
    image = signed["id"]
    put = {"content": data, "headers": signed["headers"]}
    assert httpx.put(signed["url"], content=data[:-1], headers=signed["headers"]).is_error
    assert httpx.put(signed["url"], **put).status_code == 200
    assert httpx.put(signed["url"], **put).status_code == 412
    ann.until(image, "ready")

    [row] = ann.ask("GET", "/api/pictures")["pictures"]
    assert (row["id"], row["name"]) == (image, "ä visit.jpg")
    assert image in [each["id"] for each in rita.ask("GET", "/api/pictures")["pictures"]]
    [day] = ann.ask("GET", "/api/pictures/dates")["days"]
    assert day["pictures"] == 1
    ann.quiet(image)
    answer = ann.api.get(f"/api/pictures/{image}")
    seen = {"if-match": answer.headers["etag"]}
    again = {"if-none-match": answer.headers["etag"]}
    unchanged = ann.api.get(f"/api/pictures/{image}", headers=again)
    assert unchanged.status_code == 304, (again, unchanged.headers, unchanged.text[:300])
    ann.ask("PATCH", f"/api/pictures/{image}", json={"alt_text": "a view"}, headers=seen)
    url = ann.ask("GET", f"/api/pictures/{image}/original")["url"]
    original = httpx.get(url)
    assert original.content == data
    assert original.headers["content-type"] == "application/octet-stream"
    assert original.headers["content-disposition"].startswith("attachment")

    for decision, status in (("reject", "rejected"), ("approve", "ready")):
        until(partial(rita.decide, image, decision), lambda result: result == "done")
        ann.until(image, status)
    assert ann.ask("GET", f"/api/pictures/{image}")["alt_text"] == "a view"

    ann.ask("DELETE", f"/api/pictures/{image}", 202)
    ann.until(image, "deleted")
    ann.ask("POST", f"/api/pictures/{image}/restore", 202)
    ann.until(image, "ready")
    ann.ask("DELETE", f"/api/pictures/{image}", 202)
    ann.until(image, "deleted")
    [row] = ann.ask("GET", "/api/pictures", params={"trash": "true"})["pictures"]
    assert (row["id"], row["bytes"]) == (image, len(data))
    receipt = ann.ask("DELETE", f"/api/pictures/{image}/versions")
    assert (receipt["versions"], receipt["bytes"]) == (1, len(data))
    ann.ask("GET", f"/api/pictures/{image}", 404)
    assert ann.ask("GET", "/api/pictures", params={"trash": "true"})["pictures"] == []


def test_a_large_file_goes_in_parts_and_is_compared_whole(ann: Visitor) -> None:
    data = DATA + bytes(20_000_001 - len(DATA))
    upload = ann.upload("large.jpg", data)
    size = upload["part_bytes"]
    for number, start in enumerate(range(0, len(data), size), 1):
        part = data[start : start + size]
        wanted = {
            "number": number,
            "bytes": len(part),
            "sha256": hashlib.sha256(part).hexdigest(),
        }
        signed = ann.ask("POST", f"/api/uploads/{upload['id']}/parts", json=wanted)
        httpx.put(signed["url"], content=part, headers=signed["headers"]).raise_for_status()
    assert ann.ask("GET", f"/api/uploads/{upload['id']}/parts")["arrived"] == [1, 2, 3]
    ann.ask("POST", f"/api/uploads/{upload['id']}/complete", 204)
    ann.until(upload["id"], "ready")
