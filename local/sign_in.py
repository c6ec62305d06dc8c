"""Stands in for the user pool's pages, where the local users sign in with one click.

It keeps Cognito's contract with an app that has no secret: an authorization code that is good once,
bound by PKCE to the page that asked for it, and sent to no address but one of the app's own. The
tokens are the pool's. It takes the place of MiniStack's own pages, which ask for a password each
time and lose a person's groups when tokens are renewed. No stack on AWS has it.
"""

import hmac
import json
import re
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from local.http import Reply, Request
from local.people import PEOPLE, People, TokenError

__all__ = ["SIGN_IN", "App", "Pool", "SignIn", "app"]

SIGN_IN = "/_local"
"""The path that the pages are below; they are where a pool's are below its domain."""

_COOKIE = "darkroom-session"
_SESSION_SECONDS = 60 * 60
_CODE_SECONDS = 5 * 60
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")

T = TypeVar("T")


class Pool(Protocol):
    """The people who can sign in; `local.people` has those of a stack."""

    def tokens(self, name: str) -> dict[str, Any]:
        """New tokens of a person, as an OAuth token endpoint returns them."""

    def renewed(self, refresh_token: str) -> dict[str, Any]:
        """New tokens of the person whose `refresh_token` it is; raises `TokenError`."""

    def revoke(self, refresh_token: str) -> None:
        """Make `refresh_token` useless; raises `TokenError`."""


@dataclass(frozen=True)
class App:
    """An app client of the pool."""

    client: str
    callbacks: frozenset[str]
    """Where people may be sent after signing in; compared exactly."""
    logouts: frozenset[str]
    """Where people may be sent after signing out; compared exactly."""


def app(people: People) -> App:
    """The client of the stack's page, as it is now."""
    described = people.aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=people.pool, ClientId=people.client
    )["UserPoolClient"]
    return App(
        people.client,
        frozenset(described.get("CallbackURLs", [])),
        frozenset(described.get("LogoutURLs", [])),
    )


@dataclass(frozen=True)
class _Code:
    """What an authorization code stands for."""

    person: str
    callback: str
    challenge: str


class _Kept(Generic[T]):
    """Values by unguessable keys, for some seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._values: dict[str, tuple[float, T]] = {}
        self._lock = threading.Lock()

    def add(self, value: T) -> str:
        """Keep `value`; returns its key."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            now = self._clock()
            self._values = {k: kept for k, kept in self._values.items() if kept[0] > now}
            self._values[key] = (now + self._seconds, value)
        return key

    def get(self, key: str) -> T | None:
        """The value of `key`, if it is still kept."""
        with self._lock:
            until, value = self._values.get(key, (0.0, None))
            return value if until > self._clock() else None

    def take(self, key: str) -> T | None:
        """The value of `key`, once."""
        value = self.get(key)
        with self._lock:
            return value if self._values.pop(key, None) is not None else None


class _InvalidError(Exception):
    """A request that OAuth refuses; `code` is OAuth's name of the reason."""

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code


@dataclass
class SignIn:
    """Serves the pages under `SIGN_IN` to browsers on this machine."""

    port: int
    """The front's own."""
    people: Pool
    app: Callable[[], App]
    clock: Callable[[], float] = time.monotonic
    _codes: _Kept[_Code] = field(init=False)
    _sessions: _Kept[str] = field(init=False)

    def __post_init__(self) -> None:
        self._codes = _Kept(_CODE_SECONDS, self.clock)
        self._sessions = _Kept(_SESSION_SECONDS, self.clock)

    def __call__(self, request: Request) -> Reply:
        """The response to a request for a path under `SIGN_IN`."""
        # A page of another site may resolve its own name to this machine.
        if request.header("host") not in self._hosts:
            return Reply(403, "signing in needs the front's own address\n")
        match request.method, request.path.removeprefix(SIGN_IN):
            case "GET" | "POST", "/oauth2/authorize":
                return self._authorize(request)
            case "POST", "/oauth2/token":
                return self._answer(request, self._token)
            case "POST", "/oauth2/revoke":
                return self._answer(request, self._revoke)
            case "GET", "/logout":
                return self._logout(request)
            case _:
                return Reply(404, "the pages to sign in have nothing at this path\n")

    @property
    def _hosts(self) -> tuple[str, str]:
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    def _authorize(self, request: Request) -> Reply:
        """Ask who signs in, unless the browser's session knows, and send them back with a code."""
        asked = _form(request.query)
        own = self.app()
        callback = asked.get("redirect_uri", "")
        # Nobody is sent to an address that is not the app's, not even with an error.
        if asked.get("client_id") != own.client:
            return _refused("client_id must be the page's")
        if callback not in own.callbacks:
            return _refused(f"redirect_uri must be one of {', '.join(sorted(own.callbacks))}")
        try:
            challenge = _challenge(asked)
        except _InvalidError as error:
            return _sent(callback, asked, error=error.code, error_description=str(error))
        chosen = _form(request.body.decode("latin-1")).get("person")
        if chosen and request.header("origin") not in {f"http://{each}" for each in self._hosts}:
            return Reply(403, "signing in needs a click on the front's own page\n")
        person = chosen or self._sessions.get(_session(request)) or ""
        if person not in PEOPLE:
            return _choice(request, callback)
        code = self._codes.add(_Code(person, callback, challenge))
        sent = _sent(callback, asked, code=code)
        return sent.having(_cookie(self._sessions.add(person))) if chosen else sent

    def _token(self, form: Mapping[str, str]) -> dict[str, Any]:
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form)
            case "refresh_token":
                return self._renewed(form)
        raise _InvalidError(
            "unsupported_grant_type", "grant_type must be authorization_code or refresh_token"
        )

    def _exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        # It is used up by the attempt, so that nobody can try verifiers.
        code = self._codes.take(form.get("code", ""))
        if code is None:
            raise _InvalidError("invalid_grant", "code must be new and unused")
        if form.get("redirect_uri") != code.callback:
            raise _InvalidError("invalid_grant", "redirect_uri must be the code's")
        verifier = form.get("code_verifier", "")
        if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(
            _hashed(verifier), code.challenge
        ):
            raise _InvalidError("invalid_grant", "code_verifier must be the challenge's")
        return self.people.tokens(code.person)

    def _renewed(self, form: Mapping[str, str]) -> dict[str, Any]:
        try:
            return self.people.renewed(form.get("refresh_token", ""))
        except TokenError as error:
            raise _InvalidError("invalid_grant", "refresh_token must be a valid one") from error

    def _revoke(self, form: Mapping[str, str]) -> dict[str, Any]:
        try:
            self.people.revoke(form.get("token", ""))
        except TokenError as error:
            raise _InvalidError("invalid_request", "token must be a refresh token") from error
        return {}

    def _answer(
        self, request: Request, answer: Callable[[Mapping[str, str]], dict[str, Any]]
    ) -> Reply:
        """A response for scripts, of the app's own pages alone."""
        form = _form(request.body.decode("latin-1"))
        own = self.app()
        try:
            if form.get("client_id") != own.client:
                raise _InvalidError("invalid_client", "client_id must be the page's")
            status, body = 200, answer(form)
        except _InvalidError as error:
            status, body = 400, {"error": error.code, "error_description": str(error)}
        origin = request.header("origin")
        allowed = origin in {_origin(each) for each in own.callbacks}
        headers = (("Access-Control-Allow-Origin", origin), ("Vary", "Origin")) if allowed else ()
        return Reply(status, json.dumps(body), "application/json", headers)

    def _logout(self, request: Request) -> Reply:
        asked = _form(request.query)
        own = self.app()
        back = asked.get("logout_uri", "")
        if asked.get("client_id") != own.client or back not in own.logouts:
            return _refused(f"logout_uri must be one of {', '.join(sorted(own.logouts))}")
        self._sessions.take(_session(request))
        return Reply(302, "", headers=(("Location", back),)).having(_cookie("", 0))


def _form(text: str) -> dict[str, str]:
    """The fields of a query or a form; of one that is repeated, the last."""
    return dict(parse_qsl(text, keep_blank_values=True))


def _challenge(asked: Mapping[str, str]) -> str:
    if asked.get("response_type") != "code":
        raise _InvalidError("unsupported_response_type", "response_type must be code")
    challenge = asked.get("code_challenge", "")
    if asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise _InvalidError("invalid_request", "code_challenge must be of the method S256")
    return challenge


def _hashed(verifier: str) -> str:
    digest = sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _sent(callback: str, asked: Mapping[str, str], **answer: str) -> Reply:
    """A redirection back to the page; its address has no query of its own."""
    state = {"state": asked["state"]} if "state" in asked else {}
    target = f"{callback}?{urlencode({**answer, **state})}"
    return Reply(303, "", headers=(("Location", target),))


def _refused(problem: str) -> Reply:
    return Reply(400, f"{problem}\n")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _session(request: Request) -> str:
    try:
        found = SimpleCookie(request.header("cookie")).get(_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _cookie(value: str, seconds: int = _SESSION_SECONDS) -> tuple[str, str]:
    attributes = f"Path={SIGN_IN}; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    return "Set-Cookie", f"{_COOKIE}={value}; {attributes}"


_ABOUT = {"ann": "uploads pictures and sees her own", "rita": "reviews everyone's pictures"}

# The colours are those of gallery/src/styles/tokens.css.
_STYLE = """
:root { color-scheme: light dark; --page: #f6f6f4; --card: #fff; --ink: 27 27 26;
  --accent: #b23c0a; }
@media (prefers-color-scheme: dark) { :root { --page: #111110; --card: #1b1b1a;
  --ink: 246 246 244; --accent: #ff9f5a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px;
  background: var(--page); color: rgb(var(--ink) / 0.92); font: 15px/1.4 system-ui, sans-serif; }
main { width: 100%; max-width: 360px; padding: 24px; border-radius: 8px; background: var(--card); }
h1 { margin: 0 0 8px; font-size: 20px; }
p { margin: 0 0 20px; color: rgb(var(--ink) / 0.7); }
button { display: block; width: 100%; min-height: 44px; margin-top: 8px; padding: 12px 16px;
  border: 1px solid rgb(var(--ink) / 0.3); border-radius: 8px; background: none; color: inherit;
  font: inherit; text-align: start; overflow-wrap: anywhere; cursor: pointer;
  transition: border-color 150ms ease-out; }
button:hover { border-color: var(--accent); }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button span { display: block; color: rgb(var(--ink) / 0.7); font-size: 13px; }
@media (prefers-reduced-motion: reduce) { button { transition: none; } }
"""


def _choice(request: Request, callback: str) -> Reply:
    """The page with a button for each local user."""
    buttons = "".join(
        f'<button name="person" value="{escape(each.name)}">{escape(each.email)}'
        f"<span>{escape(_ABOUT[each.name])}</span></button>"
        for each in PEOPLE.values()
    )
    digest = urlsafe_b64encode(sha256(_STYLE.encode()).digest()).decode()
    digest = digest.translate(str.maketrans("-_", "+/"))
    # Chromium holds the form's redirection to its policy as well.
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self' {_origin(callback)}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style></head>"
        "<body><main><h1>Sign in</h1><p>Two people exist on this machine. Who are you?</p>"
        f'<form method="post" action="{escape(request.target)}">{buttons}</form>'
        "</main></body></html>"
    )
    return Reply(
        200,
        page,
        "text/html; charset=utf-8",
        (
            ("Content-Security-Policy", policy),
            # As the page's own, so that a window which returns to it stays the same.
            ("Cross-Origin-Opener-Policy", "same-origin"),
            # With none at all the form would be sent from the origin `null`.
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
        ),
    )
