"""AWS STS: who runs a command."""

from aws.clients import client

__all__ = ["caller_arn"]


def caller_arn() -> str:
    """The ARN of whoever these credentials belong to."""
    arn: str = client("sts").get_caller_identity()["Arn"]
    return arn
