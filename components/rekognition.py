"""Amazon Rekognition, as far as it analyses single pictures."""

from __future__ import annotations

from collections.abc import Iterable

from components.function import Function
from components.policy import Statement

__all__ = ["REGIONS", "grant_call"]

REGIONS = (
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    *("ap-southeast-5", "ap-southeast-7", "ca-central-1", "eu-central-1", "eu-south-2"),
    *("eu-west-1", "eu-west-2", "il-central-1", "sa-east-1", "us-east-1", "us-east-2"),
    *("us-west-1", "us-west-2"),
)
"""The Regions of the `aws` partition that have Rekognition, as botocore's endpoints list them."""


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
