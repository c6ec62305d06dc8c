"""People who use the API of a running stack through its front."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from local.people import PASSWORD, People
from local.state import RunningStack

__all__ = ["Visitor", "signed_in", "until", "visitor", "with_token"]


@dataclass(frozen=True)
class Visitor:
    """Somebody with a token."""

    api: httpx.Client

    def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = self.api.request(method, path, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def upload(self, name: str, data: bytes) -> Any:
        file = {
            "name": name,
            "type": "image/jpeg",
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        [upload] = self.ask("POST", "/api/uploads", json={"files": [file]})["uploads"]
        return upload

    def until(self, image: str, status: str) -> None:
        """Wait until the picture has the status."""
        until(
            lambda: self.ask("GET", "/api/status", params={"ids": image})["pictures"][0],
            lambda state: state["status"] == status,
        )

    def decide(self, image: str, decision: str) -> Any:
        revision = self.ask("GET", f"/api/pictures/{image}")["revision"]
        verdict = {"id": image, "revision": revision, "decision": decision, "reason": "trial"}
        [ruled] = self.ask("POST", "/api/verdicts", json={"verdicts": [verdict]})["verdicts"]
        return ruled["result"]

    def quiet(self, image: str) -> Any:
        """The picture once its notice is out, which is the last change of its item."""
        return until(
            lambda: self.ask("GET", f"/api/pictures/{image}"),
            lambda picture: picture["timeline"][-1]["stage"] in ("notified", "cleaned"),
        )


def until(look: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while not wanted(seen := look()):
        assert time.monotonic() < end, seen
        time.sleep(0.3)
    return seen


@contextmanager
def visitor(stack: RunningStack, name: str) -> Iterator[Visitor]:
    """One of the two local users."""
    with with_token(stack, People.of(stack.aws, stack.outputs).tokens(name)["access_token"]) as one:
        yield one


@contextmanager
def signed_in(stack: RunningStack, email: str) -> Iterator[Visitor]:
    """Somebody who has chosen a password."""
    cognito = stack.aws.client("cognito-idp")
    user = {"UserPoolId": stack.outputs["user_pool"], "Username": email}
    cognito.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    token = cognito.admin_initiate_auth(
        UserPoolId=stack.outputs["user_pool"],
        ClientId=stack.outputs["app_client"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]["AccessToken"]
    with with_token(stack, token) as one:
        yield one


@contextmanager
def with_token(stack: RunningStack, token: str) -> Iterator[Visitor]:
    """Somebody with this access token."""
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack.front, headers=headers, timeout=60, trust_env=False) as api:
        yield Visitor(api)
