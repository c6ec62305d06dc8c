"""One visit from the first upload to permanent deletion, on a running stack."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from local.people import People
from local.state import RunningStack
from proofs.photographs import photograph

DATA = photograph(7)


@dataclass(frozen=True)
class Visitor:
    """Somebody with a token."""

    api: httpx.Client

    def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = self.api.request(method, path, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def upload(self, name: str, data: bytes) -> Any:
        file = {
            "name": name,
            "type": "image/jpeg",
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        [upload] = self.ask("POST", "/api/uploads", json={"files": [file]})["uploads"]
        return upload

    def until(self, image: str, status: str) -> None:
        """Wait until the picture has the status."""
        _until(
            lambda: self.ask("GET", "/api/status", params={"ids": image})["pictures"][0],
            lambda state: state["status"] == status,
        )

    def decide(self, image: str, decision: str) -> Any:
        revision = self.ask("GET", f"/api/pictures/{image}")["revision"]
        verdict = {"id": image, "revision": revision, "decision": decision, "reason": "trial"}
        [ruled] = self.ask("POST", "/api/verdicts", json={"verdicts": [verdict]})["verdicts"]
        return ruled["result"]

    def quiet(self, image: str) -> Any:
        """The picture once its notice is out, which is the last change of its item."""
        return _until(
            lambda: self.ask("GET", f"/api/pictures/{image}"),
            lambda picture: picture["timeline"][-1]["stage"] in ("notified", "cleaned"),
        )


def _until(look: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while not wanted(seen := look()):
        assert time.monotonic() < end, seen
        time.sleep(0.3)
    return seen


@contextmanager
def visitor(stack: RunningStack, name: str) -> Iterator[Visitor]:
    token = People.of(stack.aws, stack.outputs).tokens(name)["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack.front, headers=headers, timeout=60, trust_env=False) as api:
        yield Visitor(api)


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
        _until(partial(rita.decide, image, decision), lambda result: result == "done")
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
