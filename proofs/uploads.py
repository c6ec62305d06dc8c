"""Uploads through the API of a running stack, as one of its people makes them."""

import time
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any

import httpx

__all__ = ["ENDS", "begin", "followed", "upload"]

ENDS = frozenset({"ready", "held", "rejected", "failed"})
"""The states in which the pipeline has nothing left to do."""

_SECONDS = 120.0
_PAUSE_SECONDS = 0.5


def begin(api: httpx.Client, name: str, size: int, digest: str) -> dict[str, Any]:
    """Ask for an upload. The stated type matters to nobody: the pipeline reads the bytes."""
    file = {"name": name, "type": "image/jpeg", "bytes": size, "sha256": digest}
    answer = api.post("/api/uploads", json={"files": [file]}).raise_for_status()
    begun: dict[str, Any] = answer.json()["uploads"][0]
    return begun


def upload(api: httpx.Client, name: str, data: bytes) -> str:
    """Upload a file of up to 20 MB; returns the picture's id."""
    begun = begin(api, name, len(data), sha256(data).hexdigest())
    httpx.put(begun["url"], content=data, headers=begun["headers"]).raise_for_status()
    return str(begun["id"])


def followed(api: httpx.Client, ids: Sequence[str], ends: Collection[str] = ENDS) -> dict[str, str]:
    """The states of at most 100 pictures, once each is among `ends`. Raises `TimeoutError` after
    two minutes."""
    deadline = time.monotonic() + _SECONDS
    while True:
        answer = api.get("/api/status", params={"ids": ",".join(ids)}).raise_for_status()
        states = {each["id"]: each["status"] for each in answer.json()["pictures"]}
        if set(states.values()) <= set(ends):
            return states
        if time.monotonic() > deadline:
            raise TimeoutError(f"pictures must be {' or '.join(sorted(ends))}, got {states}")
        time.sleep(_PAUSE_SECONDS)
