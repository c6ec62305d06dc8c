"""A proxy between the functions and the local AWS that fails calls as AWS fails them.

It keeps the Host header, so that signatures stay valid, and every byte that it forwards. Each
function has a port of its own, so a fault can be limited to one function's calls.
"""

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from local.children import HOST

__all__ = ["Call", "Effect", "Fault", "Proxy"]

_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_OWN_HOP = {"connection", "keep-alive", "transfer-encoding", "content-encoding", "expect"}


class Effect(Enum):
    """What happens to a call."""

    THROTTLED = "throttled"
    ERROR = "server error"
    DOWN = "service down"
    """503 from an intermediary, without an AWS error code."""
    CUT = "response cut short"
    """Half of the response's body arrives, then the connection is closed."""
    LOST = "response lost"
    """The call is carried out, and its response never arrives."""
    REFUSED = "refused for good"
    PARTLY = "partly refused"
    """200, with a body that reports every entry as failed."""
    HELD = "held"
    """The call waits until the fault is lifted, then is forwarded unless its caller has died."""


_CODES: Mapping[Effect, Mapping[str, tuple[int, str]]] = {
    Effect.THROTTLED: {
        "s3": (503, "SlowDown"),
        "dynamodb": (400, "ProvisionedThroughputExceededException"),
        "events": (400, "ThrottlingException"),
        "sns": (400, "Throttling"),
        "ses": (400, "Throttling"),
        "cloudfront": (400, "Throttling"),
        "rekognition": (400, "ThrottlingException"),
    },
    Effect.ERROR: {
        "s3": (500, "InternalError"),
        "dynamodb": (500, "InternalServerError"),
        "events": (500, "InternalException"),
        "sns": (500, "InternalError"),
        "cloudfront": (500, "InternalError"),
        "rekognition": (500, "InternalServerError"),
        "lambda": (500, "ServiceException"),
        "sqs": (500, "InternalError"),
        "ses": (500, "InternalFailure"),
    },
    Effect.REFUSED: {"ses": (400, "MessageRejected")},
}


@dataclass(frozen=True)
class Call:
    """One call of a function: `name` is `service:Operation`, `about` is its path and body."""

    function: str
    name: str
    about: bytes = field(repr=False)


@dataclass(eq=False)
class Fault:
    """Fails calls of these names until it is lifted or has failed `times` of them.

    A call matches if its path or body contains one of `about` (any call if that is empty) and also
    `holding`. The first `after` matching calls are forwarded.
    """

    names: Sequence[str]
    effect: Effect
    about: Sequence[str] = ()
    function: str | None = None
    times: int | None = None
    after: int = 0
    holding: str = ""
    passed: int = 0
    hit: int = 0
    lifted: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def takes(self, call: Call) -> bool:
        """Whether this call must fail; counts it if so."""
        if self.lifted.is_set() or (self.times is not None and self.hit >= self.times):
            return False
        if call.name not in self.names or self.function not in (None, call.function):
            return False
        if self.about and not any(text.encode() in call.about for text in self.about):
            return False
        if self.holding.encode() not in call.about:
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        self.hit += 1
        self.reached.set()
        return True


class Proxy:
    """A proxy, served by a thread of this process."""

    def __init__(self, endpoint: str, rekognition: str, functions: Sequence[str]) -> None:
        self._endpoint = endpoint
        self._rekognition = rekognition
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._sockets = {function: _listening() for function in functions}
        self._functions = {s.getsockname()[1]: name for name, s in self._sockets.items()}
        config = uvicorn.Config(self._app(), log_level="critical", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=(list(self._sockets.values()),), name="proxy", daemon=True
        )

    def __enter__(self) -> "Proxy":
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            self._thread.join(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        for fault in self._faults:
            fault.lifted.set()
        self._server.should_exit = True
        self._thread.join(5)

    def address(self, function: str) -> str:
        """The address for the function's calls."""
        return f"http://{HOST}:{self._sockets[function].getsockname()[1]}"

    def add(self, fault: Fault) -> Fault:
        """Fail calls from now on."""
        with self._lock:
            self._faults.append(fault)
        return fault

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[Fault]:
        """Fail calls while the block runs."""
        try:
            yield self.add(fault)
        finally:
            fault.lifted.set()

    def _app(self) -> Starlette:
        client = httpx.AsyncClient(
            trust_env=False, timeout=60, limits=httpx.Limits(max_connections=100)
        )

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with client:
                yield

        async def answer(request: Request) -> Response:
            body = await request.body()
            call = self._call(request, body)
            with self._lock:
                fault = next((each for each in self._faults if each.takes(call)), None)
            effect = fault.effect if fault else None
            if fault and effect is Effect.HELD:
                while not fault.lifted.is_set():
                    if await request.is_disconnected():
                        return Response("the caller is gone", 499)
                    await asyncio.sleep(0.02)
            elif effect is not None and effect in _CODES:
                return _refusal(call, *_CODES[effect][call.name.partition(":")[0]], request.method)
            elif effect is Effect.DOWN:
                return Response("upstream is down", 503, media_type="text/plain")
            elif effect is Effect.PARTLY:
                return _partly(call, body)
            passed = await self._forward(client, request, body)
            if effect in (Effect.CUT, Effect.LOST):
                return _broken(passed, passed.body if effect is Effect.CUT else b"")
            return passed

        return Starlette(
            routes=[Route("/{path:path}", answer, methods=_METHODS)], lifespan=lifespan
        )

    def _call(self, request: Request, body: bytes) -> Call:
        found = _SCOPE.search(request.headers.get("authorization", ""))
        service = found.group(1) if found else "unknown"
        function = self._functions[request.scope["server"][1]]
        path = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        return Call(
            function, f"{service}:{_operation(service, request, body)}", path + b"\n" + body
        )

    async def _forward(self, client: httpx.AsyncClient, request: Request, body: bytes) -> Response:
        target = request.scope["raw_path"].decode()
        base = self._rekognition if target.startswith("/role/") else self._endpoint
        if request.url.query:
            target += f"?{request.url.query}"
        sent = [(k, v) for k, v in request.headers.items() if k not in _OWN_HOP]
        try:
            got = await client.request(request.method, base + target, content=body, headers=sent)
        except httpx.TransportError as error:
            return Response(f"the local AWS did not respond: {error}", 502)
        response = Response(got.content, got.status_code)
        for name, value in got.headers.multi_items():
            if name not in _OWN_HOP and (name != "content-length" or request.method == "HEAD"):
                response.headers[name] = value
        return response


def _operation(service: str, request: Request, body: bytes) -> str:
    """The call's name in the API, for the calls that the functions make."""
    if target := request.headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if service in ("sns", "ses"):
        return parse_qs(body.decode())["Action"][0]
    if service == "cloudfront":
        return "CreateInvalidation"
    if service == "lambda":
        return "UpdateEventSourceMapping"
    has_key = "/" in request.path_params["path"].strip("/")
    match request.method, has_key:
        case "POST", _:
            return "DeleteObjects"
        case "GET", False:
            return "ListObjectsV2"
        case method, _:
            return f"{method.capitalize()}Object"


def _refusal(call: Call, status: int, code: str, method: str) -> Response:
    """The error in the service's own form: JSON, or XML in one of two envelopes."""
    service = call.name.partition(":")[0]
    text = "injected by a proof"
    if service in ("dynamodb", "events", "lambda", "rekognition", "sqs"):
        body = f'{{"__type": "{code}", "message": "{text}"}}'
        return Response(body, status, media_type="application/x-amz-json-1.1")
    error = f"<Code>{code}</Code><Message>{text}</Message>"
    if service == "s3":
        body = f"<Error>{error}</Error>"
    else:
        body = f"<ErrorResponse><Error><Type>Receiver</Type>{error}</Error></ErrorResponse>"
    return Response("" if method == "HEAD" else body, status, media_type="application/xml")


def _partly(call: Call, body: bytes) -> Response:
    if call.name == "events:PutEvents":
        count = body.count(b'"DetailType"')
        entry = '{"ErrorCode": "InternalFailure", "ErrorMessage": "injected by a proof"}'
        text = f'{{"FailedEntryCount": {count}, "Entries": [{", ".join([entry] * count)}]}}'
        return Response(text, media_type="application/x-amz-json-1.1")
    keys = re.findall(r"<Key>([^<]*)</Key>", body.decode())
    errors = "".join(
        f"<Error><Key>{key}</Key><Code>InternalError</Code><Message>injected</Message></Error>"
        for key in keys
    )
    return Response(f"<DeleteResult>{errors}</DeleteResult>", media_type="application/xml")


def _broken(whole: Response, body: bytes | memoryview) -> Response:
    """A response that ends before its announced length."""

    async def half() -> AsyncIterator[bytes]:
        yield bytes(body[: len(body) // 2])
        raise ConnectionError("cut by a proof")

    response = StreamingResponse(half(), whole.status_code, dict(whole.headers))
    response.headers["content-length"] = str(max(len(whole.body), 2))
    return response


def _listening() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.bind((HOST, 0))
    made.listen(256)
    return made
