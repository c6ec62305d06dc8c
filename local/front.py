"""Serves the CloudFront distribution to a browser on this machine.

MiniStack recognises a distribution by its host name, which no browser here could resolve. The front
passes every request on under that name, as one that came by HTTPS.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local.children import HOST

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_OWN_HOP = {"connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length"}


def application(endpoint: str, distribution: str) -> Starlette:
    """The front of `distribution` (a CloudFront host name) at the local AWS `endpoint`."""
    http = httpx.AsyncClient(
        base_url=endpoint,
        trust_env=False,
        follow_redirects=False,
        timeout=60,
        limits=httpx.Limits(max_connections=50),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with http:
            yield

    async def forward(request: Request) -> Response:
        target = request.scope["raw_path"].decode()
        if request.url.query:
            target += f"?{request.url.query}"
        headers = [
            (name, value)
            for name, value in request.headers.items()
            if name not in ("host", "connection")
        ]
        try:
            answer = await http.request(
                request.method,
                target,
                content=await request.body(),
                headers=[*headers, ("host", distribution), ("x-forwarded-proto", "https")],
            )
        except httpx.TransportError as error:
            return PlainTextResponse(f"the local AWS did not answer: {error}", 502)
        response = Response(answer.content, answer.status_code)
        for name, value in answer.headers.multi_items():
            if name not in _OWN_HOP:
                response.headers.append(name, value)
        return response

    return Starlette(routes=[Route("/{path:path}", forward, methods=_METHODS)], lifespan=lifespan)


@dataclass
class Front:
    """A front that is being served by a thread of this process."""

    server: uvicorn.Server
    thread: threading.Thread

    @classmethod
    def serve(cls, endpoint: str, distribution: str, port: int) -> "Front":
        """Serve on `port` of this machine only; returns once it accepts requests."""
        config = uvicorn.Config(
            application(endpoint, distribution),
            host=HOST,
            port=port,
            log_level="error",
            access_log=False,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, name="front", daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.01)
        if not server.started:
            raise OSError(f"port {port} must be free")
        return cls(server, thread)

    def stop(self) -> None:
        """Stop serving."""
        self.server.should_exit = True
        self.thread.join(5)
