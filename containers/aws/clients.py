"""AWS service clients, each created once."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

__all__ = ["client"]

_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=3,
    read_timeout=20,
)


@cache
def client(service: str) -> Any:
    """The client of a service. A call that fails four times is left to the queue to retry."""
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload]
