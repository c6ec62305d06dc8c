"""Pictures for the attack to find: in every state that a person can bring one into."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from local.people import People
from local.state import RunningStack
from proofs.photographs import photograph

__all__ = ["Seeds", "seed"]

_READY_SECONDS = 120.0
_LARGE = 20_000_001
"""One byte more than goes in one request."""


@dataclass(frozen=True)
class Seeds:
    """The ids of what exists."""

    pictures: Sequence[str]
    uploads: Sequence[str]
    """Of files that are uploaded in parts, which never arrive."""


def seed(stack: RunningStack, name: str) -> Seeds:
    """Upload pictures as the local user `name`: half of them end up in the trash."""
    token = People.of(stack.aws, stack.outputs).tokens(name)["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack.front, headers=headers, timeout=60, trust_env=False) as api:
        pictures = [_upload(api, photograph(number)) for number in range(8)]
        _wait(api, pictures)
        for each in pictures[::2]:
            api.delete(f"/api/pictures/{each}").raise_for_status()
        begun = [_begin(api, _LARGE, "0" * 64)["id"] for _ in range(30)]
    return Seeds(pictures, begun)


def _upload(api: httpx.Client, data: bytes) -> str:
    signed = _begin(api, len(data), hashlib.sha256(data).hexdigest())
    httpx.put(signed["url"], content=data, headers=signed["headers"]).raise_for_status()
    return str(signed["id"])


def _begin(api: httpx.Client, size: int, digest: str) -> dict[str, Any]:
    file = {"name": "a.jpg", "type": "image/jpeg", "bytes": size, "sha256": digest}
    answer = api.post("/api/uploads", json={"files": [file]}).raise_for_status()
    begun: dict[str, Any] = answer.json()["uploads"][0]
    return begun


def _wait(api: httpx.Client, pictures: Sequence[str]) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        states = api.get("/api/status", params={"ids": ",".join(pictures)}).raise_for_status()
        if all(each["status"] == "ready" for each in states.json()["pictures"]):
            return
        time.sleep(0.5)
    raise TimeoutError("the pictures must be ready after two minutes")
