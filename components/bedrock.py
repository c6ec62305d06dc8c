"""Amazon Bedrock, as far as single models of it are invoked."""

from __future__ import annotations

from collections.abc import Sequence

from components.function import Function
from components.policy import Statement, beside

__all__ = ["GEOGRAPHIES", "grant_converse", "grant_invoke"]

GEOGRAPHIES = {"ap": "apac", "ca": "ca", "eu": "eu", "us": "us"}
"""What the ids of inference profiles begin with, by the first part of a Region's name."""


def grant_invoke(grantee: Function, models: Sequence[str], region: str) -> None:
    """Let `grantee` invoke these foundation models in the Region."""
    grantee.allow(
        "embed",
        Statement(
            actions=["bedrock:InvokeModel"],
            resources=[f"arn:aws:bedrock:{region}::foundation-model/{model}" for model in models],
        ),
    )


def grant_converse(grantee: Function, model: str, profile: str) -> None:
    """Let `grantee` converse with a foundation model through an inference profile, which sends each
    request to one of the Regions of its geography."""
    grantee.allow(
        "describe",
        Statement(
            actions=["bedrock:InvokeModel"],
            resources=[
                beside(grantee.arn, "bedrock", f"inference-profile/{profile}"),
                # AWS decides which Region takes a request, and may add to them.
                f"arn:aws:bedrock:*::foundation-model/{model}",
            ],
        ),
    )
