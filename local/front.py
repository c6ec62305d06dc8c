"""Serves the CloudFront distribution to a browser on this machine.

MiniStack recognises a distribution by its host name, which no browser here could resolve. The front
passes every request on under that name, as one that came by HTTPS.

It works on raw bytes. A message is parsed only to find its end; what is passed on is what arrived,
so that conditions, ranges, encodings and header bytes of any kind come through. Only the headers of
one connection, which RFC 9110 tells every proxy to replace, are its own, and the page's texts are
compressed as CloudFront does it.
"""

import asyncio
import re
import threading
import zlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import h11

from local.children import HOST
from local.edge import Edge
from local.failover import Elsewhere
from local.http import Reply, Request

_CHUNK = 64 * 1024
_IDLE_SECONDS = 60.0
_CONNECTION = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"}
"""Headers about one connection; `transfer-encoding` is kept, as h11 frames the body by it again."""

_OURS = {b"host", b"x-forwarded-proto"}

_GZIP = re.compile(r"\s*(gzip|\*)\s*(;\s*q\s*=\s*(1(\.0*)?|0?\.\d*[1-9]\d*)\s*)?")
"""A coding that an Accept-Encoding header accepts: of a quality above zero."""

_GZIP_FORMAT = 31

_COMPRESSED_SIZES = range(1_000, 10_000_001)
_COMPRESSED_TYPES = {
    *(b"application/json", b"application/wasm", b"image/svg+xml"),
    *(b"text/css", b"text/html", b"text/javascript", b"text/plain"),
}
"""What CloudFront compresses, of what a page's build consists of."""

Headers: TypeAlias = list[tuple[bytes, bytes]]


@dataclass
class _Peer:
    """One connection and where h11 is in its messages."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    state: h11.Connection

    async def receive(self) -> h11.Event:
        """The next part of a message. Raises `TimeoutError` if the peer is silent for too long."""
        while not isinstance(event := self.state.next_event(), h11.Event):
            if self.state.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            data = await asyncio.wait_for(self.reader.read(_CHUNK), _IDLE_SECONDS)
            self.state.receive_data(data)
        return event

    async def send(self, event: h11.Event) -> None:
        if data := self.state.send(event):
            self.writer.write(data)
            await self.writer.drain()

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


@dataclass(frozen=True)
class _Forwarder:
    """Passes requests on to the local AWS, each on a connection of its own."""

    host: str
    port: int
    distribution: bytes
    edge: Edge
    turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """Of the requests for each target."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of a browser until either side ends it."""
        browser = _Peer(reader, writer, h11.Connection(h11.SERVER))
        try:
            while await self._exchange(browser):
                browser.state.start_next_cycle()
        except (OSError, TimeoutError, h11.ProtocolError):
            pass  # the browser went away, or speaks no HTTP
        finally:
            await browser.close()

    async def _exchange(self, browser: _Peer) -> bool:
        """Pass one request and its response on; returns whether the connection can take another."""
        try:
            request = await browser.receive()
        except h11.RemoteProtocolError as error:
            await _refuse(browser, error.error_status_hint, "the request must be HTTP/1.1")
            return False
        if not isinstance(request, h11.Request):
            return False
        seen = _seen(request)
        if self.edge.answers(seen):
            try:
                seen = replace(seen, body=await _body(browser))
            except ValueError as error:
                await _refuse(browser, 413, str(error))
                return False
        decided = await asyncio.to_thread(self.edge, seen)
        if isinstance(decided, Reply):
            await _reply(browser, decided)
            return False
        origins: list[_Peer] = []
        try:
            async with self._turn(seen, decided):
                origins.append(await self._connect())
                await self._ask(browser, origins[-1], request, decided.encode("latin-1"))
                head = await _head(origins[-1])
                then = await asyncio.to_thread(self.edge.failover, seen, decided, head.status_code)
                if isinstance(then, Reply):
                    await _reply(browser, then)
                    return False
                if then:
                    origins.append(await self._connect())
                    await _ask_elsewhere(origins[-1], request.method, then)
                    head = await _head(origins[-1])
            await _answer(
                origins[-1], browser, head, self.edge.compresses(seen) and takes_gzip(seen)
            )
        except (OSError, TimeoutError, h11.RemoteProtocolError) as error:
            if browser.state.our_state is not h11.SEND_RESPONSE:
                raise
            problem = getattr(error, "strerror", "") or str(error) or "it closed the connection"
            await _refuse(browser, 502, f"the local AWS did not answer: {problem}")
            return False
        finally:
            for origin in origins:
                await origin.close()
        return browser.state.our_state is h11.DONE and browser.state.their_state is h11.DONE

    @asynccontextmanager
    async def _turn(self, request: Request, target: str) -> AsyncIterator[None]:
        """One request at a time for one target, where CloudFront collapses them: while it waits for
        an origin, further requests for the same object wait with it. Here they ask the origin next,
        which has by then what was made for the first."""
        if not self.edge.collapses(request):
            yield
            return
        async with self.turns.setdefault(target, asyncio.Lock()):
            yield

    async def _connect(self) -> _Peer:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        return _Peer(reader, writer, h11.Connection(h11.CLIENT))

    async def _ask(
        self, browser: _Peer, origin: _Peer, request: h11.Request, target: bytes
    ) -> None:
        kept = _end_to_end(request.headers.raw_items(), _CONNECTION | _OURS)
        headers = [
            (b"Host", self.distribution),
            *kept,
            (b"X-Forwarded-Proto", b"https"),
            (b"Connection", b"close"),
        ]
        await origin.send(h11.Request(method=request.method, target=target, headers=headers))
        while not isinstance(event := await browser.receive(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise h11.RemoteProtocolError("the browser closed the connection")
            await origin.send(h11.Data(data=event.data))
        await origin.send(h11.EndOfMessage(headers=event.headers))


def _seen(request: h11.Request) -> Request:
    """The request for the edge to decide about; Latin-1 keeps each byte."""
    return Request(
        request.method.decode("latin-1"),
        request.target.decode("latin-1"),
        [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers],
    )


async def _body(browser: _Peer) -> bytes:
    """The body of the request that the browser has begun; raises `ValueError` if it is long."""
    body = b""
    while not isinstance(event := await browser.receive(), h11.EndOfMessage):
        if not isinstance(event, h11.Data):
            raise h11.RemoteProtocolError("the browser closed the connection")
        body += event.data
        if len(body) > _CHUNK:
            raise ValueError(f"the body must have at most {_CHUNK} bytes")
    return body


def takes_gzip(request: Request) -> bool:
    """Whether a viewer asks for a whole response and accepts it compressed."""
    codings = request.header("accept-encoding").lower().split(",")
    return request.method == "GET" and any(_GZIP.fullmatch(each) for each in codings)


def _compressed(response: h11.Response) -> h11.Response | None:
    """The head of the response once its body is compressed; None where CloudFront leaves it."""
    named = dict(response.headers)
    size = int(named.get(b"content-length", b"0"))
    kind = named.get(b"content-type", b"").partition(b";")[0].strip()
    if (
        response.status_code != 200
        or b"content-encoding" in named
        or kind not in _COMPRESSED_TYPES
        or size not in _COMPRESSED_SIZES
    ):
        return None
    headers = [
        (name, b"W/" + value if name.lower() == b"etag" and value[:1] == b'"' else value)
        for name, value in response.headers.raw_items()
        if name.lower() != b"content-length"
    ]
    added = [(b"Content-Encoding", b"gzip"), (b"Vary", b"Accept-Encoding")]
    return h11.Response(
        status_code=response.status_code, reason=response.reason, headers=[*headers, *added]
    )


async def _ask_elsewhere(origin: _Peer, method: bytes, request: Elsewhere) -> None:
    """Send a request without a body that is not the browser's own."""
    headers = [(name.encode(), value.encode()) for name, value in request.headers]
    target = request.target.encode("latin-1")
    await origin.send(
        h11.Request(method=method, target=target, headers=[*headers, (b"Connection", b"close")])
    )
    await origin.send(h11.EndOfMessage())


async def _head(origin: _Peer) -> h11.Response:
    """The beginning of a response."""
    while isinstance(response := await origin.receive(), h11.InformationalResponse):
        pass
    if not isinstance(response, h11.Response):
        raise h11.RemoteProtocolError("it closed the connection")
    return response


async def _answer(
    origin: _Peer, browser: _Peer, response: h11.Response, compressible: bool
) -> None:
    """Pass the response that has begun on, a piece at a time."""
    smaller = _compressed(response) if compressible else None
    packer = zlib.compressobj(wbits=_GZIP_FORMAT) if smaller else None
    head = smaller or response
    await browser.send(
        h11.Response(
            status_code=head.status_code,
            reason=head.reason,
            headers=_end_to_end(head.headers.raw_items(), _CONNECTION),
        )
    )
    while not isinstance(event := await origin.receive(), h11.EndOfMessage):
        if not isinstance(event, h11.Data):
            raise h11.RemoteProtocolError("it closed the connection")
        await browser.send(h11.Data(data=packer.compress(event.data) if packer else event.data))
    if packer:
        await browser.send(h11.Data(data=packer.flush()))
    await browser.send(h11.EndOfMessage(headers=event.headers))


def _end_to_end(headers: Iterable[tuple[bytes, bytes]], dropped: set[bytes]) -> Headers:
    """The headers that are not about one connection, in their order and letter case."""
    listed = list(headers)
    named = {
        token.strip().lower()
        for name, value in listed
        if name.lower() == b"connection"
        for token in value.split(b",")
    }
    return [(name, value) for name, value in listed if name.lower() not in dropped | named]


async def _refuse(browser: _Peer, status: int, problem: str) -> None:
    await _reply(browser, Reply(status, f"{problem}\n"))


async def _reply(browser: _Peer, reply: Reply) -> None:
    """Respond without an origin, and end the connection."""
    body = reply.text.encode()
    headers = [
        ("Content-Type", reply.content_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
        *reply.headers,
    ]
    with suppress(h11.LocalProtocolError):
        await browser.send(h11.Response(status_code=reply.status, headers=headers))
        await browser.send(h11.Data(data=body))
        await browser.send(h11.EndOfMessage())


@dataclass
class Front:
    """A front that is being served by a thread of this process."""

    loop: asyncio.AbstractEventLoop
    server: asyncio.Server
    thread: threading.Thread

    @classmethod
    def serve(cls, endpoint: str, distribution: str, port: int, edge: Edge) -> "Front":
        """Serve the distribution (a CloudFront host name) on `port` of this machine only.

        Returns once it accepts requests. Raises `OSError` if the port is taken.
        """
        target = urlsplit(endpoint)
        forwarder = _Forwarder(
            target.hostname or HOST, target.port or 80, distribution.encode(), edge
        )
        loop = asyncio.new_event_loop()
        try:
            server = loop.run_until_complete(asyncio.start_server(forwarder.serve, HOST, port))
        except OSError:
            loop.close()
            raise
        thread = threading.Thread(target=loop.run_forever, name="front", daemon=True)
        thread.start()
        return cls(loop, server, thread)

    def stop(self) -> None:
        """Stop serving, whatever is under way."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.server.close()
        self.loop.run_until_complete(_end(asyncio.all_tasks(self.loop)))
        self.loop.close()


async def _end(served: set[asyncio.Task[None]]) -> None:
    for task in served:
        task.cancel()
    await asyncio.gather(*served, return_exceptions=True)
