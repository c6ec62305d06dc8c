"""Requests as the HTTP API hands them to the function `api`, in its format 2.0."""

import json
from typing import Any
from urllib.parse import parse_qsl

__all__ = ["request_event"]


def request_event(
    method: str, path: str, *, caller: str, groups: str = "", body: Any = None
) -> dict[str, Any]:
    """The event of a request by the person with the id `caller`, whose access token the authorizer
    has verified. `path` may have a query, `groups` has spaces between, `body` becomes JSON."""
    path, _, query = path.partition("?")
    claims = {"token_use": "access", "sub": caller}
    if groups:
        claims["cognito:groups"] = f"[{groups}]"
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": dict(parse_qsl(query)),
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            "authorizer": {"jwt": {"claims": claims}},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
