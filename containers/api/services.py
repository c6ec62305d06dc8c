"""What the routes work with: built once for all requests, and replaced as a whole in tests."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from api.settings import Settings
from pipeline.clock import Clock, utc
from runtime.settings import from_environment

__all__ = ["Services", "Using", "services"]


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything outside the function that a route may reach."""

    settings: Settings
    clock: Clock


@cache
def services() -> Services:
    """The services of this process, as its environment describes them."""
    return Services(settings=from_environment(Settings, os.environ), clock=utc)


Using = Annotated[Services, Depends(services)]
"""A route's parameter of this type is the services."""
