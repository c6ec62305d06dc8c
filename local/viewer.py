"""Runs a distribution's CloudFront functions, in QuickJS instead of Amazon's njs."""

import hmac
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import quickjs

from local.http import Reply, Request

__all__ = ["LiveFunction", "ViewerFunction"]

_KEPT_SECONDS = 2.0
"""How late a change by `make apply` may be noticed."""

_MOST_SECONDS = 1
_MOST_BYTES = 2 * 1024 * 1024
"""CloudFront's own limit on a function's memory."""

_THREAD = ThreadPoolExecutor(1, "viewer-functions")
"""QuickJS's contexts belong to the thread that made them."""

_IMPORT = re.compile(r"^import (\w+) from '(cloudfront|crypto)';$", re.MULTILINE)

_RUNTIME = """
var modules = {
    cloudfront: { kvs: function () { return { get: async function (key) {
        var found = value(key);
        if (found === null) throw new Error('the key value store has no ' + key);
        return found;
    } }; } },
    crypto: { createHmac: function (name, key) { return { update: function (text) {
        return { digest: function (encoding) { return digest(name, key, text, encoding); } };
    } }; } }
};
var settled, thrown;
function run(event) {
    settled = thrown = null;
    new Promise(function (resolve) { resolve(handler(JSON.parse(event))); }).then(
        function (returned) { settled = JSON.stringify(returned); },
        function (error) { thrown = String(error); }
    );
}
"""
"""What Amazon's runtime has and the functions use. A handler may return a promise."""


@dataclass
class ViewerFunction:
    """A function that CloudFront would call with each request of a viewer."""

    code: str
    values: Callable[[str], str | None] | None = None
    """Reads the key value store that is associated with the function, if one is."""
    _context: quickjs.Context = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._context = _THREAD.submit(self._load).result()

    def _load(self) -> quickjs.Context:
        context = quickjs.Context()
        context.eval(_RUNTIME + _IMPORT.sub(r"var \1 = modules.\2;", self.code))
        context.set_memory_limit(_MOST_BYTES)
        if self.values is None:
            # QuickJS calls no Python within a time limit.
            context.set_time_limit(_MOST_SECONDS)
        else:
            context.add_callable("value", self.values)
            context.add_callable("digest", _digest)
        return context

    def __call__(self, request: Request) -> Reply | str:
        """The target that the function leaves in the request, whose query stays as it is, or the
        response that it makes itself. Raises `quickjs.JSException` if it throws."""
        path, mark, query = request.target.partition("?")
        event = {
            "version": "1.0",
            "context": {"eventType": "viewer-request"},
            "viewer": {"ip": "127.0.0.1"},
            "request": {
                "method": request.method,
                "uri": path,
                "querystring": {name: {"value": value} for name, value in parse_qsl(query, True)},
                "headers": _headers(request),
                "cookies": {},
            },
        }
        returned = _THREAD.submit(self._run, json.dumps(event)).result()
        if "statusCode" in returned:
            headers = {name: each["value"] for name, each in returned["headers"].items()}
            content_type = headers.pop("content-type")
            return Reply(
                returned["statusCode"], returned["body"], content_type, tuple(headers.items())
            )
        return f"{returned['uri']}{mark}{query}"

    def _run(self, event: str) -> dict[str, Any]:
        # QuickJS counts references and collects cycles by itself once the heap has grown.
        self._context.get("run")(event)
        while self._context.execute_pending_job():
            pass
        if thrown := self._context.get("thrown"):
            raise quickjs.JSException(thrown)
        returned: dict[str, Any] = json.loads(self._context.get("settled"))
        return returned


@dataclass
class LiveFunction:
    """A function as it is published, also after a change by `make apply`."""

    version: Callable[[], str]
    """Differs after every change."""
    load: Callable[[], ViewerFunction]
    clock: Callable[[], float] = time.monotonic
    _known: tuple[float, str, ViewerFunction] | None = field(default=None, init=False, repr=False)

    def __call__(self, request: Request) -> Reply | str:
        """What the function makes of the request."""
        return self._function()(request)

    def _function(self) -> ViewerFunction:
        now, known = self.clock(), self._known
        if known is not None and now - known[0] <= _KEPT_SECONDS:
            return known[2]
        version = self.version()
        function = known[2] if known and known[1] == version else self.load()
        self._known = (now, version, function)
        return function


def _digest(name: str, key: str, text: str, encoding: str) -> str:
    if encoding != "hex":
        raise ValueError(f"encoding must be hex, got {encoding}")
    return hmac.new(key.encode(), text.encode(), name).hexdigest()


def _headers(request: Request) -> dict[str, object]:
    """The headers as CloudFront hands them over: one that is repeated has each of its values."""
    values: dict[str, list[dict[str, str]]] = {}
    for name, value in request.headers:
        values.setdefault(name, []).append({"value": value})
    return {
        name: {**each[0], **({"multiValue": each} if len(each) > 1 else {})}
        for name, each in values.items()
    }
