"""What comes through the front of a running stack: odd addresses, odd files, and what logs keep."""

import http.client
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from local.people import People
from local.state import RunningStack
from proofs.photographs import photograph
from tests.end_to_end.visitors import Visitor, signed_in, until, visitor

pytestmark = pytest.mark.long

EVIL = "https://evil.example.org"


@pytest.fixture(scope="module")
def guest(stack: RunningStack) -> Iterator[Visitor]:
    """Somebody with pictures of their own, which other tests do not count."""
    cognito = stack.aws.client("cognito-idp")
    user = {"UserPoolId": stack.outputs["user_pool"], "Username": "guest@example.org"}
    cognito.admin_create_user(**user, MessageAction="SUPPRESS")
    with signed_in(stack, user["Username"]) as guest:
        yield guest
    cognito.admin_delete_user(**user)


@pytest.fixture(scope="module")
def theirs(stack: RunningStack) -> str:
    """A picture of the reviewer's, which the guest may not see."""
    with visitor(stack, "rita") as rita:
        data = photograph(31)
        signed = rita.upload("secret-name.jpg", data)
        httpx.put(signed["url"], content=data, headers=signed["headers"]).raise_for_status()
        rita.until(signed["id"], "ready")
        return str(signed["id"])


def ask(stack: RunningStack, method: str, target: str, headers: dict[str, str]) -> tuple[int, str]:
    """Send the target as it is, which HTTP libraries would tidy up."""
    url = urlsplit(stack.front)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    try:
        connection.putrequest(method, target, skip_host="host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace")
    finally:
        connection.close()


# Addresses

PATHS = [
    "/api/{path}",
    "/API/{path}",
    "/api//{path}",
    "//api/{path}",
    "/api/./{path}",
    "/api/openapi.json/../{path}",
    "/api/openapi.json/%2e%2e/{path}",
    "/api/openapi.json%2f..%2f{path}",
    "/api/openapi.json;/../{path}",
    "/api/openapi.json?/../{path}",
    "/api/openapi.json#/{path}",
    "/api%2f{path}",
    "/%61pi/{path}",
    "/api/%2e/{path}",
    "/api/..%2fapi/{path}",
    "/api/%252e%252e/{path}",
    "/i/../api/{path}",
    "/i/..%2fapi/{path}",
    "/_local/oauth2/../../api/{path}",
    "/api/{path}/",
    "/api/{path}%00",
    "/api/{path}%20",
    "/api/{path}%0A",
    "/api/{path};a=b",
    "/api/{path}?access_token=x",
    "/_aws/execute-api/x/api/{path}",
    "http://evil.example.org/api/{path}",
]


@pytest.mark.parametrize("form", PATHS)
def test_no_way_of_writing_a_path_stands_for_a_token(stack: RunningStack, form: str) -> None:
    status, text = ask(stack, "GET", form.format(path="me"), {})
    public = '"openapi"' in text[:20] or text.startswith("<!doctype html>\n<title>A page")
    assert status in (301, 400, 401, 403, 404, 502) or public, (status, text)
    # What the description has of it is no value.
    assert re.search(r'"reviewer": ?(true|false)', text) is None


def test_a_line_break_in_a_path_takes_it_nowhere_else(stack: RunningStack, guest: Visitor) -> None:
    headers = {"authorization": guest.api.headers["authorization"]}
    status, text = ask(stack, "DELETE", "/api/pictures/%0A/versions", headers)
    assert status == 404
    assert json.loads(text)["message"]


@pytest.mark.parametrize("form", PATHS)
def test_no_way_of_writing_a_path_shows_anothers_picture(
    stack: RunningStack, guest: Visitor, theirs: str, form: str
) -> None:
    headers = {"authorization": guest.api.headers["authorization"]}
    for path in (f"pictures/{theirs}", f"pictures/{theirs}/original"):
        _, text = ask(stack, "GET", form.format(path=path), headers)
        assert "secret-name" not in text
        assert "X-Amz-Signature" not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example.org"},
        {"host": "127.0.0.1:1@evil.example.org"},
        {"x-forwarded-host": "evil.example.org"},
        {"forwarded": "host=evil.example.org;proto=http"},
        {"x-original-url": "/api/review", "x-rewrite-url": "/api/review"},
        {"x-http-method-override": "DELETE", "x-method-override": "DELETE"},
        {"x-cognito-groups": "[reviewers]", "x-amzn-oidc-data": "reviewers"},
        {"authorization ": "Bearer x"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_no_header_changes_who_asks_or_for_what(
    stack: RunningStack, guest: Visitor, headers: dict[str, str]
) -> None:
    sent = {"authorization": guest.api.headers["authorization"], **headers}
    status, text = ask(stack, "GET", "/api/me", sent)
    assert "evil" not in text
    if status == 200:
        assert json.loads(text) == guest.ask("GET", "/api/me")
    assert ask(stack, "GET", "/api/review", sent)[0] in (400, 403)


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1:1"])
def test_another_origin_may_read_nothing(stack: RunningStack, guest: Visitor, origin: str) -> None:
    answers = [
        guest.api.get("/api/me", headers={"origin": origin}),
        guest.api.options(
            "/api/me",
            headers={
                "origin": origin,
                "access-control-request-method": "GET",
                "access-control-request-headers": "authorization",
            },
        ),
        httpx.post(f"{stack.front}/_local/oauth2/token", headers={"origin": origin}),
    ]
    for answer in answers:
        allowed = {
            value for name, value in answer.headers.items() if name.startswith("access-control-")
        }
        assert not {origin, "*", "true"} & allowed


# Files

HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><circle r="9"/></svg>'


@pytest.mark.parametrize(
    ("name", "media_type", "data"),
    [
        ("page.html", "image/jpeg", HTML),
        ("drawing.svg", "image/svg+xml", SVG),
        ('a"; filename="evil.html', "image/png", HTML),
        ("script.js", "image/gif", b"GIF89a=alert(1);//"),
    ],
    ids=["HTML", "SVG", "a name that ends the header", "a script that begins like a GIF"],
)
def test_what_is_no_picture_comes_back_as_a_download_alone(
    stack: RunningStack, guest: Visitor, name: str, media_type: str, data: bytes
) -> None:
    image = _upload(guest, name, media_type, data)
    picture = until(
        lambda: guest.api.get(f"/api/pictures/{image}"), lambda answer: answer.status_code == 200
    )
    until(
        lambda: guest.ask("GET", f"/api/pictures/{image}")["status"],
        lambda status: status == "failed",
    )
    assert picture.headers["content-type"] == "application/json"
    assert guest.ask("GET", f"/api/pictures/{image}")["renditions"] == {}
    original = httpx.get(guest.ask("GET", f"/api/pictures/{image}/original")["url"])
    assert original.content == data
    assert original.headers["content-type"] == "application/octet-stream"
    disposition = original.headers["content-disposition"]
    assert disposition.startswith("attachment; ")
    assert disposition.count('"') == 2
    stored = stack.aws.client("s3").list_objects_v2(
        Bucket=stack.outputs["renditions"], Prefix=f"i/{image}/"
    )
    assert stored["KeyCount"] == 0


def test_whatever_the_front_delivers_is_never_guessed_at(
    stack: RunningStack, guest: Visitor, theirs: str
) -> None:
    with visitor(stack, "rita") as rita:
        renditions = rita.ask("GET", f"/api/pictures/{theirs}")["renditions"]
    [first, *_] = [file["address"] for kinds in renditions.values() for file in kinds.values()]
    for path in (first, f"/i/{theirs}/none/small", "/api/me", "/api/none", "/api/openapi.json"):
        answer = guest.api.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert not answer.headers["content-type"].startswith("text/html"), path


def _upload(person: Visitor, name: str, media_type: str, data: bytes) -> str:
    file = {
        "name": name,
        "type": media_type,
        "bytes": len(data),
        "sha256": sha256(data).hexdigest(),
    }
    [upload] = person.ask("POST", "/api/uploads", json={"files": [file]})["uploads"]
    httpx.put(upload["url"], content=data, headers=upload["headers"]).raise_for_status()
    image: str = upload["id"]
    return image


# Logs


def test_no_log_keeps_a_token_or_a_signed_address(stack: RunningStack) -> None:
    secrets = []
    for name in ("ann", "rita"):
        tokens = People.of(stack.aws, stack.outputs).tokens(name)
        secrets += [tokens[kind] for kind in ("access_token", "id_token", "refresh_token")]
    with visitor(stack, "rita") as rita:
        secrets.append(rita.api.headers["authorization"].removeprefix("Bearer "))
        data = photograph(32)
        signed = rita.upload("logged.jpg", data)
        httpx.put(signed["url"], content=data, headers=signed["headers"]).raise_for_status()
        rita.until(signed["id"], "ready")
        addresses = [
            signed["url"],
            rita.ask("GET", f"/api/pictures/{signed['id']}/original")["url"],
            *(each["preview"] for each in rita.ask("GET", "/api/review")["pictures"]),
        ]
        httpx.get(addresses[1]).raise_for_status()
        rita.api.get("/api/me", params={"access_token": secrets[-1]})
    for address in addresses:
        [signature] = [part for part in urlsplit(address).query.split("&") if "Signature=" in part]
        secrets.append(signature.partition("=")[2])
    kept = {name: text for name, text in _logs(stack) if any(each in text for each in secrets)}
    assert list(kept) == []


def _logs(stack: RunningStack) -> Iterator[tuple[str, str]]:
    """Every log of the functions, of the local AWS, and the journal of what crossed the buses."""
    pages = stack.aws.client("logs").get_paginator("filter_log_events")
    for group in stack.outputs["logs"].values():
        events: list[Any] = [
            event for page in pages.paginate(logGroupName=group) for event in page["events"]
        ]
        assert events or group != stack.outputs["logs"]["api"]
        yield group, "\n".join(event["message"] for event in events)
    for file in Path(stack.folder).iterdir():
        if file.suffix in (".log", ".sqlite", ".sqlite-wal", ".jsonl", ".json"):
            yield file.name, file.read_bytes().decode("utf-8", "replace")
