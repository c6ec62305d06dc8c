"""The front changes nothing of what it passes on."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from local.children import HOST, free_port
from local.edge import Edge
from local.failover import Elsewhere
from local.front import Front
from local.http import Reply, Request

DISTRIBUTION = "d111111abcdef8.cloudfront.net"


class Origin:
    """A server that answers every connection with the same bytes, and keeps what it was asked."""

    def __init__(self, response: bytes) -> None:
        self.response = response
        self.asked: list[bytes] = []
        self.socket = socket.create_server((HOST, 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.socket.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                asked = b""
                while b"\r\n\r\n" not in asked or not _whole(asked):
                    asked += connection.recv(65536)
                self.asked.append(asked)
                connection.sendall(self.response)


def _whole(asked: bytes) -> bool:
    head, _, body = asked.partition(b"\r\n\r\n")
    if b"chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return not lines or len(body) == int(lines[0].partition(b":")[2])


@contextmanager
def front(origin: Origin) -> Iterator[int]:
    port = free_port()
    edge = Edge(sign_in=lambda request: Reply(200, request.body.decode()), page=unchanged)
    served = Front.serve(origin.endpoint, DISTRIBUTION, port, edge)
    try:
        yield port
    finally:
        served.stop()
        origin.socket.close()


def unchanged(request: Request) -> str:
    """What the distribution's function does to a file of the page."""
    return request.target


def exchange(port: int, request: bytes) -> bytes:
    """All bytes that the front sends until it closes the connection."""
    with socket.create_connection((HOST, port), timeout=10) as browser:
        browser.sendall(request)
        received = b""
        while data := browser.recv(65536):
            received += data
        return received


def asked(target: bytes = b"/i/a.jpg", method: bytes = b"GET", *headers: bytes) -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: localhost", *headers]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def passed_on(response: bytes, request: bytes) -> bytes:
    with front(Origin(response)) as port:
        return exchange(port, request)


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 2\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\nServer: origin",
        b"content-length: 2\r\nX-Amz-Meta-Name: caf\xe9 \xff\xc3\xa9",
        b"Content-Length: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nVARY: Accept",
        b"Content-Length: 2\r\nContent-Encoding: gzip\r\nContent-Type: image/jpeg",
        b'Content-Length: 2\r\nETag: "a"\r\nAccept-Ranges: bytes\r\nX-Cache: Miss\r\nx-empty:',
    ],
)
def test_a_response_arrives_with_the_headers_that_were_sent_in_their_order_and_case(
    headers: bytes,
) -> None:
    received = passed_on(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\nhi", asked())
    head, _, body = received.partition(b"\r\n\r\n")
    lines = [line.rstrip() for line in head.split(b"\r\n")]
    expected = headers.split(b"\r\n")
    assert lines == [b"HTTP/1.1 200 OK", *expected, b"Connection: close"]
    assert body == b"hi"


def test_head_keeps_the_length_of_a_body_that_does_not_come() -> None:
    received = passed_on(
        b"HTTP/1.1 200 OK\r\nContent-Length: 54869\r\n\r\n", asked(b"/i/a.jpg", b"HEAD")
    )
    assert received == (b"HTTP/1.1 200 OK\r\nContent-Length: 54869\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    "response",
    [
        b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 54869\r\n\r\n',
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: a 0-1/9\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: a */9\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 Gone Elsewhere\r\n\r\n",
        b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_any_status_and_reason_come_through(response: bytes) -> None:
    received = passed_on(response, asked())
    assert received.replace(b"Connection: close\r\n", b"") == response


def test_a_request_arrives_as_it_was_sent_under_the_distributions_name() -> None:
    origin = Origin(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    headers = [
        b'If-None-Match: "a", W/"b"',
        b"if-modified-since: Mon, 01 Jan 2026 00:00:00 GMT",
        b"Range: bytes=0-1,5-",
        b"ACCEPT-ENCODING: br;q=1, *;q=0",
        b"X-Name: caf\xe9",
        b"Cookie: a=1",
        b"Cookie: b=2",
    ]
    target = b"/i/%E5%86%99%2f..//a.jpg?b=%20+&a=?&=;"
    with front(origin) as port:
        exchange(port, asked(target, b"GET", *headers, b"X-Forwarded-Proto: http"))
    lines = origin.asked[0].split(b"\r\n")
    assert lines == [
        b"GET " + target + b" HTTP/1.1",
        b"Host: " + DISTRIBUTION.encode(),
        *headers,
        b"X-Forwarded-Proto: https",
        b"Connection: close",
        b"",
        b"",
    ]


@pytest.mark.parametrize("frame", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_a_request_body_comes_through(frame: bytes) -> None:
    origin = Origin(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    body = b"5\r\nhello\r\n0\r\n\r\n" if b"chunked" in frame else b"hello"
    with front(origin) as port:
        exchange(port, asked(b"/api/x", b"POST", frame) + body)
    assert origin.asked[0].endswith(b"\r\n\r\n" + body)


def test_a_body_whose_length_nobody_knows_comes_through() -> None:
    body = bytes(range(256)) * 1000
    received = passed_on(b"HTTP/1.1 200 OK\r\n\r\n" + body, asked().replace(b"1.1", b"1.0", 1))
    assert received.partition(b"\r\n\r\n")[2] == body


def test_one_connection_takes_several_requests() -> None:
    with (
        front(Origin(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")) as port,
        socket.create_connection((HOST, port), timeout=10) as browser,
    ):
        for _ in range(3):
            browser.sendall(b"GET /i/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
            received = b""
            while not received.endswith(b"\r\n\r\nhi"):
                received += browser.recv(65536) or pytest.fail("the front closed the connection")


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (b"", b"502"),
        (b"nonsense\r\n\r\n", b"502"),
        (b"HTTP/1.1 200 OK\r\nA\x00: b\r\n\r\n", b"502"),
    ],
)
def test_an_origin_that_does_not_answer_is_a_502_with_the_reason(
    response: bytes, status: bytes
) -> None:
    received = passed_on(response, asked())
    assert received.startswith(b"HTTP/1.1 " + status)
    assert b"the local AWS did not answer: " in received
    assert not received.endswith(b"answer: \n")


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n"]
)
def test_what_is_no_request_is_a_400(request_: bytes) -> None:
    origin = Origin(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    with front(origin) as port:
        assert exchange(port, request_).startswith(b"HTTP/1.1 400")
    assert origin.asked == []


SCRIPT = bytes(range(256)) * 8
GZIP = b"Accept-Encoding: gzip, deflate, br"


def page_file(kind: bytes = b"text/javascript", *headers: bytes, body: bytes = SCRIPT) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: " + kind, b'ETag: "a"', *headers]
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([*lines, length, b"", body])


def unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        whole, body = whole + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return whole


def test_a_file_of_the_page_is_compressed_as_cloudfront_does_it() -> None:
    received = passed_on(
        page_file(b"text/javascript; charset=utf-8"), asked(b"/assets/a.js", b"GET", GZIP)
    )
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/javascript; charset=utf-8",
        b'ETag: W/"a"',
        b"Content-Encoding: gzip",
        b"Vary: Accept-Encoding",
        b"Transfer-Encoding: chunked",
        b"Connection: close",
    ]
    assert gzip.decompress(unchunked(body)) == SCRIPT


@pytest.mark.parametrize(
    ("response", "request_"),
    [
        (page_file(), asked(b"/api/me", b"GET", GZIP)),
        (page_file(), asked(b"/i/a", b"GET", GZIP)),
        (page_file(), asked(b"/a.js", b"GET")),
        (page_file(), asked(b"/a.js", b"GET", b"Accept-Encoding: br, gzip;q=0.0")),
        (page_file(), asked(b"/a.js", b"GET", b"Accept-Encoding: gzipped, identity")),
        (page_file(b"image/png"), asked(b"/a.png", b"GET", GZIP)),
        (page_file(b"text/css", b"Content-Encoding: br"), asked(b"/a.css", b"GET", GZIP)),
        (page_file(body=b"short"), asked(b"/a.js", b"GET", GZIP)),
        (page_file().replace(b"200 OK", b"206 Partial Content"), asked(b"/a.js", b"GET", GZIP)),
    ],
)
def test_everything_else_comes_through_uncompressed(response: bytes, request_: bytes) -> None:
    assert passed_on(response, request_).replace(b"Connection: close\r\n", b"") == response


@pytest.mark.parametrize("accepted", [b"gzip", b"br;q=1, GZIP;q=0.5", b"*", b"gzip ; q=1.0"])
def test_a_viewer_may_accept_gzip_in_many_ways(accepted: bytes) -> None:
    received = passed_on(page_file(), asked(b"/a.js", b"GET", b"Accept-Encoding: " + accepted))
    assert b"Content-Encoding: gzip" in received


def test_a_form_to_sign_in_is_read_by_the_front_itself() -> None:
    origin = Origin(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    with front(origin) as port:
        form = asked(b"/_local/oauth2/token", b"POST", b"Content-Length: 6") + b"code=1"
        assert exchange(port, form).endswith(b"\r\n\r\ncode=1")
        long = asked(b"/_local/oauth2/token", b"POST", b"Content-Length: 70000") + b"x" * 70_000
        assert exchange(port, long).startswith(b"HTTP/1.1 413")
    assert origin.asked == []


def test_of_requests_at_once_for_one_picture_the_first_alone_finds_it_missing() -> None:
    origin = Origin(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    missed: list[int] = []

    def make(_request: Request, target: str, status: int) -> Elsewhere | None:
        if status == 200:
            return None
        missed.append(status)
        time.sleep(0.2)
        origin.response = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmade"
        return Elsewhere("second", target, [("Host", "second")])

    port = free_port()
    served = Front.serve(origin.endpoint, DISTRIBUTION, port, Edge(failover=make))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: exchange(port, asked(b"/i/a/b/640.jpg")), range(10)))
    served.stop()
    origin.socket.close()
    assert {each.partition(b"\r\n\r\n")[2] for each in answers} == {b"made"}
    assert missed == [404]
