"""People sign in with accounts of an identity provider, here one of the test's own."""

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from local.state import RunningStack
from tests.end_to_end.commands import Ops
from tests.end_to_end.visitors import Visitor, with_token

pytestmark = pytest.mark.long

EMAIL = "clara@example.org"
CLARA = {"sub": "00u1clara", "email": EMAIL, "email_verified": True}


@pytest.fixture
def ops(stack: RunningStack) -> Ops:
    return Ops(stack)


@pytest.fixture(autouse=True)
def provider(stack: RunningStack) -> Iterator[None]:
    """The stack's provider, with endpoints that exist: nothing discovers them without TLS."""
    cognito = stack.aws.client("cognito-idp")
    named = {"UserPoolId": stack.outputs["user_pool"], "ProviderName": "Okta"}
    found = cognito.describe_identity_provider(**named)["IdentityProvider"]["ProviderDetails"]
    with _tokens_for(CLARA) as address:
        endpoints = {"authorize_url": f"{address}/authorize", "token_url": f"{address}/token"}
        cognito.update_identity_provider(**named, ProviderDetails={**found, **endpoints})
        yield
        cognito.update_identity_provider(**named, ProviderDetails=found)


@contextmanager
def _tokens_for(claims: dict[str, Any]) -> Iterator[str]:
    """The token endpoint of a provider at which one person has signed in; yields its address."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            known = form["client_secret"] == ["a-client-secret"]
            payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(json.dumps({"id_token": f"e30.{payload}."}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def _arrives(stack: RunningStack) -> Iterator[Visitor]:
    """The provider's person, through its sign-in and back to the page."""
    request = {
        "client_id": str(stack.outputs["app_client"]),
        "response_type": "code",
        "scope": "openid email",
        "redirect_uri": f"{stack.front}/",
    }
    with httpx.Client(base_url=stack.endpoint, trust_env=False) as browser:
        chosen = {**request, "identity_provider": "Okta"}
        sent_there = browser.get("/oauth2/authorize", params=chosen)
        [state] = parse_qs(urlsplit(sent_there.headers["location"]).query)["state"]
        returned = {"code": secrets.token_hex(8), "state": state}
        sent_back = browser.get("/oauth2/idpresponse", params=returned)
        [code] = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"]
        exchange = {**request, "grant_type": "authorization_code", "code": code}
        tokens = browser.post("/oauth2/token", data=exchange).json()
    with with_token(stack, tokens["access_token"]) as person:
        yield person


def test_a_person_of_a_provider_needs_no_invitation_and_can_become_a_reviewer(
    stack: RunningStack, ops: Ops
) -> None:
    with _arrives(stack) as clara:
        known = clara.ask("GET", "/api/me")
    assert known["reviewer"] is False
    [listed] = _listed(ops)
    assert (listed["owner_id"], listed["status"]) == (known["id"], "external_provider")

    assert ops("users", "promote", EMAIL).status == 0
    with _arrives(stack) as clara:
        again = clara.ask("GET", "/api/me")
    assert (again["id"], again["reviewer"]) == (known["id"], True)

    removed = ops("users", "remove", EMAIL, "--yes")
    assert removed.status == 0
    assert removed.error == "their identity provider may let them in again: withdraw access there\n"
    assert _listed(ops) == []


def test_an_address_of_an_invited_person_and_of_a_providers_is_refused_with_both_ids(
    stack: RunningStack, ops: Ops
) -> None:
    assert ops("users", "invite", EMAIL).status == 0
    with _arrives(stack):
        invited, federated = sorted(_listed(ops), key=lambda each: each["status"], reverse=True)
    refused = ops("users", "promote", EMAIL)
    assert refused.status == 2
    for each in (invited, federated):
        assert f"{each['owner_id']} ({each['username']})" in refused.error

    for each in (invited, federated):
        assert ops("users", "remove", each["owner_id"], "--yes").status == 0
    assert _listed(ops) == []


def _listed(ops: Ops) -> list[dict[str, Any]]:
    return [each for each in ops("users", "list", "--json").lines if each["email"] == EMAIL]
