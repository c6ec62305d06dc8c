"""Amazon Rekognition, as far as it analyses single pictures."""

from __future__ import annotations

from collections.abc import Iterable

from components.function import Function
from components.policy import Statement

__all__ = ["grant_call"]


def grant_call(grantee: Function, operations: Iterable[str]) -> None:
    """Let `grantee` call each of `operations`, by boto3's names such as `detect_labels`."""
    grantee.allow(
        "detect",
        Statement(
            actions=sorted({f"rekognition:{_action(each)}" for each in operations}),
            resources=["*"],  # these actions get a picture's bytes: there is no resource to name
        ),
    )


def _action(operation: str) -> str:
    """`DetectLabels` for `detect_labels`."""
    return operation.title().replace("_", "")
