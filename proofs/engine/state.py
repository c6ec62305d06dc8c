"""What the engine's state has in the clear."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from local.aws import LocalAws
from policies.rules import SECRET_VALUE
from proofs.engine.stacks import Stage

__all__ = ["exposed"]

_CIPHERTEXT = "ciphertext"


def exposed(stage: Stage, aws: LocalAws, client_secret: str) -> Iterator[str]:
    """What is wrong about the secrets in the state of a stage that is up.

    `client_secret` is the one of its identity provider.
    """
    # As the backend stores it; the Automation API decrypts what it exports.
    [file] = (stage.engine.home / ".pulumi" / "stacks").rglob(f"{stage.name}.json")
    state = json.loads(file.read_text())
    encrypted = sum(_CIPHERTEXT in each for each in _objects(state))
    if not encrypted:
        yield f"{stage.name}: the registry's password must be in the state, encrypted"
    password = _password(aws)
    for text in _texts(state):
        if password in text:
            yield f"{stage.name}: the registry's password must be encrypted in the state"
        elif client_secret in text:
            yield f"{stage.name}: the client secret must be encrypted in the state"
        elif SECRET_VALUE.search(text):
            yield f"{stage.name}: the state must have no secret in the clear, got {text[:40]}"


def _password(aws: LocalAws) -> str:
    """Of the registry, which the program passes to Docker's provider."""
    [data] = aws.client("ecr").get_authorization_token()["authorizationData"]
    return base64.b64decode(data["authorizationToken"]).decode().partition(":")[2]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in _members(value):
        yield from _objects(each)


def _texts(value: Any) -> Iterator[str]:
    """Every text in the state, and those of JSON within it."""
    if isinstance(value, str):
        yield value
        if value.startswith(("{", "[")):
            try:
                yield from _texts(json.loads(value))
            except ValueError:
                return
    for each in _members(value):
        yield from _texts(each)


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
