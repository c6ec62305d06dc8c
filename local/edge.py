"""What CloudFront does to a request before it asks an origin, as far as MiniStack does not do it.

The distribution's paths alone are passed on: MiniStack answers others itself, whatever the host.
The distribution's functions run here, as MiniStack needs Node.js for them, and signed cookies are
verified here. Beside the distribution lie the pages with which the local users sign in; no stack
on AWS has them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from posixpath import normpath
from urllib.parse import unquote

from local.failover import Elsewhere
from local.http import Reply, Request
from local.sign_in import SIGN_IN

__all__ = ["Edge"]

API = "/api/"
RENDITIONS = "/i/"

_PAGE_FILE = re.compile(r"/(assets/)?[\w-][\w.-]*", re.ASCII)
"""Where the files of a page's build are. None of MiniStack's own paths is alike: those that have no
dot are rewritten to the page's document before."""


def _unchanged(request: Request) -> str:
    return request.target


def _passed_on(_request: Request, _target: str, _status: int) -> None:
    return None


def _nobody(_request: Request) -> Reply:
    return Reply(404, "nobody signs in here\n")


@dataclass(frozen=True)
class Edge:
    """Decides about each request."""

    port: int = 0
    """The front's own, to which people are led who call this machine `localhost`."""
    sign_in: Callable[[Request], Reply] = field(default=_nobody)
    """Responds under `SIGN_IN`."""
    rendition: Callable[[Request], Reply | str] = field(default=_unchanged)
    """The target that a request for a rendition is passed on with, or the reply to it."""
    page: Callable[[Request], Reply | str] = field(default=_unchanged)
    """The same of a request for the page."""
    refusal: Callable[[Request], str | None] = field(default=lambda _: None)
    """Why the distribution lets a request for a rendition in no further, or None."""
    failover: Callable[[Request, str, int], Elsewhere | Reply | None] = field(default=_passed_on)
    """What is asked next once an origin has responded to a request for this target with this
    status; None passes its response on."""

    def answers(self, request: Request) -> bool:
        """Whether the request never reaches the distribution, so that its body is needed here."""
        return _path(request).startswith(f"{SIGN_IN}/")

    def collapses(self, request: Request) -> bool:
        """Whether requests at the same time become one: of what CloudFront may keep."""
        return request.method == "GET" and request.path.startswith(RENDITIONS)

    def compresses(self, request: Request) -> bool:
        """Whether CloudFront compresses the response, if its kind and the viewer allow it."""
        return not request.path.startswith((API, RENDITIONS))

    def __call__(self, request: Request) -> Reply | str:
        """The target to pass the request on with, or the reply to it."""
        if self.answers(request):
            return self.sign_in(request)
        # MiniStack decodes a path before it looks at it; CloudFront compares what was sent.
        for prefix in (API, RENDITIONS):
            if request.path.startswith(prefix):
                if not f"{_path(request)}/".startswith(prefix):
                    return _NOTHING
                return request.target if prefix == API else self._rendition(request)
        if request.header("host") == f"localhost:{self.port}" and request.path.startswith("/"):
            return self._moved(request)
        target = self.page(request) if request.path.startswith("/") else "*"
        if isinstance(target, Reply):
            return target
        return target if _PAGE_FILE.fullmatch(target.partition("?")[0]) else _NOTHING

    def _moved(self, request: Request) -> Reply:
        """Signing in and uploading are for one origin alone."""
        address = f"http://127.0.0.1:{self.port}{request.target}"
        return Reply(307, "", headers=(("Location", address),))

    def _rendition(self, request: Request) -> Reply | str:
        if problem := self.refusal(request):
            return Reply(403, f"{problem}\n")
        return self.rendition(request)


_NOTHING = Reply(404, "the distribution has nothing at this path\n")


def _path(request: Request) -> str:
    """The path as MiniStack reads it."""
    return normpath(unquote(request.path, errors="replace"))
