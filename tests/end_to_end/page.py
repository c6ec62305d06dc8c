"""Signing in as the page does, without a browser."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from local.state import RunningStack

__all__ = ["clicked", "config", "token"]


def config(stack: RunningStack) -> Any:
    """What the page knows of its stack."""
    return httpx.get(f"{stack.front}/config.json").raise_for_status().json()


def clicked(stack: RunningStack, person: str) -> Any:
    """The tokens that the page gets after a click on the person's button."""
    known = config(stack)
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    home = f"{stack.front}/"
    asked = {
        "client_id": known["client"],
        "response_type": "code",
        "scope": "openid email",
        "redirect_uri": home,
        "state": "s",
        "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    sent_back = httpx.post(
        f"{known['signIn']}/oauth2/authorize",
        params=asked,
        data={"person": person},
        headers={"origin": stack.front},
    )
    location = sent_back.headers["location"]
    assert location.startswith(f"{home}?")
    [code] = parse_qs(urlsplit(location).query)["code"]
    return token(
        stack,
        grant_type="authorization_code",
        code=code,
        code_verifier=verifier,
        redirect_uri=home,
    )


def token(stack: RunningStack, **form: str) -> Any:
    """The response to a request for tokens."""
    known = config(stack)
    data = {"client_id": known["client"], **form}
    return httpx.post(f"{known['signIn']}/oauth2/token", data=data).raise_for_status().json()
