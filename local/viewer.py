"""Runs a distribution's CloudFront functions, in QuickJS instead of Amazon's njs."""

import json
from dataclasses import dataclass, field

import quickjs

from local.http import Reply, Request

__all__ = ["ViewerFunction"]

_MOST_SECONDS = 1
_MOST_BYTES = 2 * 1024 * 1024
"""CloudFront's own limit on a function's memory."""


@dataclass
class ViewerFunction:
    """A function that CloudFront would call with each request of a viewer."""

    code: str
    _function: quickjs.Function = field(init=False)

    def __post_init__(self) -> None:
        self._function = quickjs.Function("handler", self.code)
        self._function.set_time_limit(_MOST_SECONDS)
        self._function.set_memory_limit(_MOST_BYTES)

    def __call__(self, request: Request) -> Reply | str:
        """The target that the function leaves in the request, whose query stays as it is, or the
        response that it makes itself."""
        path, mark, query = request.target.partition("?")
        event = {
            "version": "1.0",
            "context": {"eventType": "viewer-request"},
            "viewer": {"ip": "127.0.0.1"},
            "request": {
                "method": request.method,
                "uri": path,
                "querystring": {},
                "headers": _headers(request),
                "cookies": {},
            },
        }
        # QuickJS counts references and collects cycles by itself once the heap has grown.
        returned = json.loads(json.dumps(self._function(event, run_gc=False)))
        if "statusCode" in returned:
            headers = {name: each["value"] for name, each in returned["headers"].items()}
            content_type = headers.pop("content-type")
            return Reply(
                returned["statusCode"], returned["body"], content_type, tuple(headers.items())
            )
        return f"{returned['uri']}{mark}{query}"


def _headers(request: Request) -> dict[str, object]:
    """The headers as CloudFront hands them over: one that is repeated has each of its values."""
    values: dict[str, list[dict[str, str]]] = {}
    for name, value in request.headers:
        values.setdefault(name, []).append({"value": value})
    return {
        name: {**each[0], **({"multiValue": each} if len(each) > 1 else {})}
        for name, each in values.items()
    }
