"""Amazon Bedrock, as far as single models of it are invoked."""

from __future__ import annotations

from components.function import Function
from components.policy import Statement

__all__ = ["grant_invoke"]


def grant_invoke(grantee: Function, model: str, region: str) -> None:
    """Let `grantee` invoke one foundation model in the Region."""
    grantee.allow(
        "embed",
        Statement(
            actions=["bedrock:InvokeModel"],
            resources=[f"arn:aws:bedrock:{region}::foundation-model/{model}"],
        ),
    )
