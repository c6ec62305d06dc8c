"""Pictures for the attack to find: in every state that a person can bring one into."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from local.people import People
from local.state import RunningStack
from proofs.photographs import photograph
from proofs.uploads import begin, followed, upload

__all__ = ["Seeds", "seed"]

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
        pictures = [upload(api, "a.jpg", photograph(number % 6)) for number in range(8)]
        followed(api, pictures, {"ready"})
        for each in pictures[::2]:
            api.delete(f"/api/pictures/{each}").raise_for_status()
        begun = [begin(api, "a.jpg", _LARGE, "0" * 64)["id"] for _ in range(30)]
    return Seeds(pictures, begun)
