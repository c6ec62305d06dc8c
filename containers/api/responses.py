"""The responses of a route, as the OpenAPI document describes them."""

from typing import Any

from pydantic import BaseModel

__all__ = ["UNCHANGED", "responses"]


def responses(status: int, description: str, body: type[BaseModel] | None) -> dict[int, Any]:
    """What a route returns when all is well. Errors are described for all routes alike."""
    described: dict[str, Any] = {"description": description}
    if body:
        described["content"] = {"application/json": {"model": body}}
    return {status: described}


UNCHANGED = {304: {"description": "The client has it already"}}
"""For routes that send an ETag."""
