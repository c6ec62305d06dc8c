"""What CloudFront does to a request before it asks an origin, as far as MiniStack does not do it.

The distribution's paths alone are passed on: MiniStack answers others itself, whatever the host.
The distribution's function runs here, as MiniStack needs Node.js for it, and signed cookies are
verified here. Beside the distribution lie the pages with which the local users sign in; no stack
on AWS has them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from posixpath import normpath
from typing import Any
from urllib.parse import unquote

from local.people import PEOPLE

__all__ = ["SIGN_IN", "Edge", "Reply", "Request"]

SIGN_IN = "/_local/sign-in"
"""The page with the local users; a user's tokens are below it."""

API = "/api/"
DELIVERED = ("/i/", API)
"""The beginnings of the distribution's paths; of `/` itself it has a page or an error."""

Tokens = Callable[[str], dict[str, Any]]


@dataclass(frozen=True)
class Request:
    """A request's first line and headers; names of headers are in lower case."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]

    @property
    def path(self) -> str:
        """The path as it was sent, without the query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str:
        """The values of a header, separated by commas; empty if there is none."""
        return ", ".join(value for each, value in self.headers if each == name)


@dataclass(frozen=True)
class Reply:
    """A response that no origin was asked for."""

    status: int
    text: str
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Edge:
    """Decides about each request."""

    port: int
    tokens: Tokens
    """A local user's tokens, by name."""
    rewrite: Callable[[Request], str] = field(default=lambda request: request.target)
    """The target that a request for a rendition is passed on with."""
    refusal: Callable[[Request], str | None] = field(default=lambda _: None)
    """Why the distribution lets a request for anything but the API in no further, or None."""

    def __call__(self, request: Request) -> Reply | str:
        """The target to pass the request on with, or the reply to it."""
        # MiniStack decodes a path before it looks at it; CloudFront compares what was sent.
        path = normpath(unquote(request.path, errors="replace"))
        if path == SIGN_IN or path.startswith(f"{SIGN_IN}/"):
            return self._sign_in(request, path)
        if path != "/" and not (
            request.path.startswith(DELIVERED) and f"{path}/".startswith(DELIVERED)
        ):
            return Reply(404, "the distribution has nothing at this path\n")
        if not (request.path.startswith(API) and path.startswith(API)) and (
            problem := self.refusal(request)
        ):
            return Reply(403, f"{problem}\n")
        return self.rewrite(request) if path.startswith("/i/") else request.target

    def _sign_in(self, request: Request, path: str) -> Reply:
        # A page of another site may resolve its own name to this machine.
        own = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        if request.header("host") not in own:
            return Reply(403, "signing in needs the front's own address\n")
        name = path.removeprefix(SIGN_IN).strip("/")
        if not name:
            return Reply(200, _page(), "text/html; charset=utf-8")
        if name not in PEOPLE:
            return Reply(404, f"the local users are {', '.join(PEOPLE)}\n")
        return Reply(200, json.dumps(self.tokens(name)), "application/json")


def _page() -> str:
    links = "".join(
        f'<li><a href="{SIGN_IN}/{escape(each.name)}">{escape(each.email)}</a> '
        f"{escape(', '.join(each.groups))}</li>"
        for each in PEOPLE.values()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sign in</title>"
        '<meta name=viewport content="width=device-width">'
        '<meta name=color-scheme content="light dark">'
        "<style>body{font:15px/1.4 system-ui,sans-serif;max-width:40rem;margin:auto;padding:16px}"
        "a{display:inline-block;padding:12px 0}</style>"
        f"<h1>Local users</h1><p>Each link signs in and shows the tokens.</p><ul>{links}</ul>"
    )
