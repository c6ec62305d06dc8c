"""The front and the local AWS answer every request alike."""

import http.client
import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest

from local.pictures import Pictures
from local.state import RunningStack
from tests.end_to_end.journeys import eventually, item, upload

pytestmark = pytest.mark.long

_CONNECTION = ("connection", "keep-alive")


@dataclass(frozen=True)
class Answer:
    """A response, its headers in their order and letter case, without the id of the request."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def but_for(self, names: set[str]) -> "Answer":
        """The same with nothing in the headers of these names."""
        blank = [(name, "" if name in names else value) for name, value in self.headers]
        return replace(self, headers=blank)


def ask(address: str, method: str, target: str, headers: dict[str, str]) -> Answer:
    """The response to a request that has exactly these headers."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders()
        got = connection.getresponse()
        kept = [pair for pair in got.getheaders() if pair[0].lower() not in _CONNECTION]
        body = re.sub(rb"(RequestId>|Request ID: )[^<\n]+", rb"\1", got.read())
        return Answer(got.status, got.reason, kept, body)
    finally:
        connection.close()


def assert_alike(stack: RunningStack, method: str, target: str, headers: dict[str, str]) -> Answer:
    """The front's answer, which is the local AWS's but for what that changes by itself."""
    distribution = str(stack.outputs["pictures_url"]).removeprefix("https://")
    direct = {"Host": distribution, **headers, "X-Forwarded-Proto": "https"}
    once, twice = (ask(stack.endpoint, method, target, direct) for _ in range(2))
    differ = {
        name
        for (name, one), (_, two) in zip(once.headers, twice.headers, strict=True)
        if one != two
    } | {"Date", "date"}
    front = ask(stack.front, method, target, {"Host": "localhost", **headers})
    assert front.but_for(differ) == once.but_for(differ)
    return front


NOWHERE = f"i/{'f' * 32}/{'0' * 16}/"
"""Where a picture's renditions might lie."""


@pytest.fixture(scope="module")
def key(stack: RunningStack) -> str:
    picture = upload(Pictures(stack), "uploads/front.jpg")
    renditions = eventually(lambda: item(picture).renditions)
    return str(renditions["large"]["jpeg"]["key"])


@pytest.fixture(scope="module")
def etag(stack: RunningStack, key: str) -> str:
    return str(
        stack.aws.client("s3").head_object(Bucket=stack.outputs["renditions"], Key=key)["ETag"]
    )


LATER, EARLIER = "Thu, 01 Jan 2037 00:00:00 GMT", "Thu, 01 Jan 1998 00:00:00 GMT"

REQUESTS: list[dict[str, str]] = [
    {},
    {"Accept-Encoding": "gzip, br"},
    {"Accept-Encoding": "identity;q=0"},
    {"Accept": "image/avif,*/*;q=0.1"},
    {"If-None-Match": "ETAG"},
    {"If-None-Match": 'W/"other", ETAG'},
    {"If-None-Match": "*"},
    {"If-Match": '"other"'},
    {"If-Match": "ETAG"},
    {"If-Modified-Since": LATER},
    {"If-Modified-Since": EARLIER},
    {"If-Unmodified-Since": EARLIER},
    {"If-Modified-Since": "yesterday"},
    {"Range": "bytes=0-0"},
    {"Range": "bytes=-10"},
    {"Range": "bytes=5-"},
    {"Range": "bytes=99999999-"},
    {"Range": "bytes=0-1,4-5"},
    {"Range": "lines=1-2"},
    {"Range": "bytes=0-9", "If-Range": "ETAG"},
    {"Range": "bytes=0-9", "If-Range": '"other"'},
    {"Origin": "https://example.org"},
    {"X-Name": "caf\xe9"},
    {"Cookie": "a=1; b=2"},
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", REQUESTS, ids=str)
def test_a_rendition_is_served_alike(
    stack: RunningStack, key: str, etag: str, method: str, headers: dict[str, str]
) -> None:
    asked = {name: value.replace("ETAG", etag) for name, value in headers.items()}
    answer = assert_alike(stack, method, f"/{key}", asked)
    if not headers:
        assert answer.status == 200
        assert int(dict(answer.headers)["Content-Length"]) > 1000


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("target", [f"/{NOWHERE}none.jpg", f"/{NOWHERE}none.jpg?a=%20&b=+"])
def test_what_is_no_rendition_is_refused_alike(
    stack: RunningStack, method: str, target: str
) -> None:
    assert assert_alike(stack, method, target, {}).status >= 400


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("target", ["/i/none.jpg", "/i/%E5%86%99", f"/{NOWHERE}640,glow.jpg"])
def test_what_is_no_address_is_refused_at_the_edge(
    stack: RunningStack, method: str, target: str
) -> None:
    answer = ask(stack.front, method, target, {"Host": "localhost"})
    assert answer.status == 400
    assert dict(answer.headers)["x-content-type-options"] == "nosniff"


def test_a_stored_header_with_bytes_above_127_comes_through(stack: RunningStack) -> None:
    key = f"{NOWHERE}name.jpg"
    stack.aws.client("s3").put_object(
        Bucket=stack.outputs["renditions"],
        Key=key,
        Body=b"odd",
        ContentDisposition='inline; filename="caf\xe9.jpg"',
        CacheControl="no-store",
    )
    assert_alike(stack, "GET", f"/{key}", {})
    stack.aws.client("s3").delete_object(Bucket=stack.outputs["renditions"], Key=key)
