"""Signing in on this machine keeps the contract of a pool's own pages."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from local.http import Reply, Request
from local.people import TokenError
from local.sign_in import App, SignIn

HOST = "127.0.0.1:8080"
HOME = f"http://{HOST}/"
DEVELOPED = "http://localhost:5173/"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": "app",
    "response_type": "code",
    "redirect_uri": HOME,
    "scope": "openid email",
    "state": "a state & more",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@dataclass
class MemoryPool:
    """A pool whose tokens say whose they are."""

    revoked: list[str] = field(default_factory=list)

    def tokens(self, name: str) -> dict[str, Any]:
        return {"access_token": f"access of {name}", "refresh_token": f"refresh of {name}"}

    def renewed(self, refresh_token: str) -> dict[str, Any]:
        if not refresh_token.startswith("refresh of ") or refresh_token in self.revoked:
            raise TokenError
        return {"access_token": refresh_token.replace("refresh", "renewed")}

    def revoke(self, refresh_token: str) -> None:
        if not refresh_token.startswith("refresh of "):
            raise TokenError
        self.revoked.append(refresh_token)


@dataclass
class Browser:
    """A browser that keeps the one cookie."""

    now: float = 0
    cookie: str = ""
    host: str = HOST

    def __post_init__(self) -> None:
        app = App("app", frozenset({HOME, DEVELOPED}), frozenset({HOME}))
        self.sign_in = SignIn(8080, MemoryPool(), lambda: app, clock=lambda: self.now)

    def ask(
        self,
        method: str,
        target: str,
        form: Mapping[str, str] | None = None,
        origin: str = HOME[:-1],
    ) -> Reply:
        headers = [("host", self.host), ("origin", origin), ("cookie", self.cookie)]
        reply = self.sign_in(Request(method, target, headers, urlencode(form or {}).encode()))
        for name, value in reply.headers:
            if name == "Set-Cookie":
                self.cookie = value.partition(";")[0]
        return reply

    def authorize(self, **changed: str) -> Reply:
        return self.ask("GET", f"/_local/oauth2/authorize?{urlencode({**ASKED, **changed})}")

    def click(self, person: str = "rita", origin: str = HOME[:-1], **changed: str) -> Reply:
        target = f"/_local/oauth2/authorize?{urlencode({**ASKED, **changed})}"
        return self.ask("POST", target, {"person": person}, origin)

    def token(self, **form: str) -> Reply:
        return self.ask("POST", "/_local/oauth2/token", {"client_id": "app", **form})

    def exchange(self, code: str, **changed: str) -> Reply:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": HOME,
            "code_verifier": VERIFIER,
        }
        return self.token(**{**form, **changed})


def header(reply: Reply, name: str) -> str:
    return next((value for each, value in reply.headers if each == name), "")


def answer(reply: Reply) -> dict[str, list[str]]:
    """What the page is sent back with."""
    assert reply.status == 303
    target = urlsplit(header(reply, "Location"))
    assert f"{target.scheme}://{target.netloc}{target.path}" in (HOME, DEVELOPED)
    return parse_qs(target.query)


def code(reply: Reply) -> str:
    [one] = answer(reply)["code"]
    return one


def holder(reply: Reply) -> str:
    """Whose the tokens are."""
    assert reply.status == 200
    return str(json.loads(reply.text)["access_token"])


def refused(reply: Reply) -> str:
    assert reply.status == 400
    return str(json.loads(reply.text)["error"])


def test_two_buttons_say_whom_one_becomes() -> None:
    page = Browser().authorize()
    assert re.findall('<button name="person" value="(.*?)">(.*?)<span>(.*?)</span>', page.text) == [
        ("ann", "ann@example.org", "uploads pictures and sees her own"),
        ("rita", "rita@example.org", "reviews everyone&#x27;s pictures"),
    ]
    policy = header(page, "Content-Security-Policy")
    assert "unsafe" not in policy
    assert "form-action 'self' http://127.0.0.1:8080;" in policy


def test_one_click_signs_in_and_returns_the_state() -> None:
    browser = Browser()
    returned = browser.click("rita")
    assert answer(returned)["state"] == ["a state & more"]
    assert holder(browser.exchange(code(returned))) == "access of rita"


def test_a_browser_that_has_signed_in_is_not_asked_again_for_an_hour() -> None:
    browser = Browser()
    browser.click("rita")
    browser.now = 3599
    again = browser.authorize()
    assert holder(browser.exchange(code(again))) == "access of rita"
    browser.now = 3600
    assert browser.authorize().status == 200


def test_the_session_is_kept_from_scripts_and_from_other_sites() -> None:
    cookie = header(Browser().click(), "Set-Cookie")
    assert re.fullmatch(
        r"darkroom-session=[\w-]{43}; Path=/_local; Max-Age=3600; HttpOnly; SameSite=Lax", cookie
    )


def test_signing_out_forgets_the_session_in_the_browser_and_here() -> None:
    browser = Browser()
    browser.click()
    before = browser.cookie
    sent = browser.ask(
        "GET", f"/_local/logout?{urlencode({'client_id': 'app', 'logout_uri': HOME})}"
    )
    assert (sent.status, header(sent, "Location")) == (302, HOME)
    assert "Max-Age=0" in header(sent, "Set-Cookie")
    browser.cookie = before
    assert browser.authorize().status == 200


@pytest.mark.parametrize(
    "callback",
    [
        *("https://evil.example.org/", HOME[:-1], f"{HOME}?a=b", f"{HOME}#a", f"{HOME}trash", ""),
        *(HOME.upper(), "http://localhost:8080/", f"http://{HOST}@evil.example.org/"),
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_exactly_the_apps(callback: str) -> None:
    browser = Browser()
    for reply in (browser.authorize(redirect_uri=callback), browser.click(redirect_uri=callback)):
        assert (reply.status, reply.headers) == (400, ())
        assert reply.text == f"redirect_uri must be one of {HOME}, {DEVELOPED}\n"
    out = {"client_id": "app", "logout_uri": callback}
    sent = browser.ask("GET", f"/_local/logout?{urlencode(out)}")
    assert (sent.status, sent.headers) == (400, ())


def test_another_apps_people_are_not_signed_in() -> None:
    assert Browser().authorize(client_id="other") == Reply(400, "client_id must be the page's\n")
    assert (
        refused(Browser().token(client_id="other", grant_type="refresh_token")) == "invalid_client"
    )


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_page_without_pkce_is_sent_back_with_the_reason(
    changed: dict[str, str], error: str
) -> None:
    found = answer(Browser().authorize(**changed))
    assert (found["error"], found["state"]) == ([error], ["a state & more"])
    assert "code" not in found


def test_a_code_is_good_once() -> None:
    browser = Browser()
    used = code(browser.click())
    assert browser.exchange(used).status == 200
    assert refused(browser.exchange(used)) == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": DEVELOPED},
    ],
)
def test_a_code_is_used_up_by_an_exchange_that_does_not_match(changed: dict[str, str]) -> None:
    browser = Browser()
    stolen = code(browser.click())
    assert refused(browser.exchange(stolen, **changed)) == "invalid_grant"
    assert refused(browser.exchange(stolen)) == "invalid_grant"


def test_a_code_is_good_for_five_minutes() -> None:
    browser = Browser()
    late = code(browser.click())
    browser.now = 300
    assert refused(browser.exchange(late)) == "invalid_grant"


def test_tokens_are_renewed_until_they_are_revoked() -> None:
    browser = Browser()
    token = {"grant_type": "refresh_token", "refresh_token": "refresh of rita"}
    assert holder(browser.token(**token)) == "renewed of rita"
    form = {"client_id": "app", "token": "refresh of rita"}
    assert browser.ask("POST", "/_local/oauth2/revoke", form).status == 200
    assert refused(browser.token(**token)) == "invalid_grant"


def test_what_is_no_grant_is_refused() -> None:
    assert refused(Browser().token(grant_type="password")) == "unsupported_grant_type"
    unknown = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert refused(Browser().token(**unknown)) == "invalid_grant"
    form = {"client_id": "app", "token": "x"}
    assert refused(Browser().ask("POST", "/_local/oauth2/revoke", form)) == "invalid_request"


@pytest.mark.parametrize("host", ["evil.example.org:8080", "127.0.0.1:9", "127.0.0.1", ""])
def test_nobody_signs_in_by_another_name_of_this_machine(host: str) -> None:
    browser = Browser(host=host)
    for reply in (browser.authorize(), browser.click(), browser.exchange("x")):
        assert (reply.status, reply.headers) == (403, ())


@pytest.mark.parametrize("origin", ["https://evil.example.org", "null", "http://127.0.0.1:9", ""])
def test_no_other_site_signs_a_person_in(origin: str) -> None:
    browser = Browser()
    assert browser.click(origin=origin).status == 403
    assert browser.cookie == ""


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (HOME[:-1], True),
        (DEVELOPED[:-1], True),
        ("https://evil.example.org", False),
        ("null", False),
    ],
)
def test_only_the_apps_own_pages_read_tokens(origin: str, allowed: bool) -> None:
    form = {"client_id": "app", "grant_type": "refresh_token", "refresh_token": "refresh of ann"}
    reply = Browser().ask("POST", "/_local/oauth2/token", form, origin)
    assert header(reply, "Access-Control-Allow-Origin") == (origin if allowed else "")


@pytest.mark.parametrize("person", ["mallory", "", "ann@example.org"])
def test_nobody_else_can_be_chosen(person: str) -> None:
    reply = Browser().click(person)
    assert (reply.status, "Set-Cookie" in dict(reply.headers)) == (200, False)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        *(("GET", "/_local/oauth2/token"), ("GET", "/_local/oauth2/revoke")),
        *(("POST", "/_local/logout"), ("GET", "/_local/x"), ("GET", "/_local/oauth2/../logout")),
    ],
)
def test_there_is_nothing_else(method: str, target: str) -> None:
    assert Browser().ask(method, target).status == 404
