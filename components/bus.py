"""An event bus of the program's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.function import Function
from components.policy import Statement
from components.route import Source

__all__ = ["Bus", "BusArgs"]


@dataclass(frozen=True, kw_only=True)
class BusArgs:
    """What a bus carries."""

    source: str
    """The `source` of all its events."""


class Bus(pulumi.ComponentResource):
    """A custom EventBridge bus that carries the events of one source."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: BusArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Bus", name, None, opts)
        self._label = name
        self._source = args.source

        bus = cloudwatch.EventBus(name, opts=pulumi.ResourceOptions(parent=self))
        self.name = bus.name
        self.arn = bus.arn

        self.register_outputs({"name": self.name, "arn": self.arn})

    def events(self, *kinds: str, detail: Mapping[str, Any] | None = None) -> Source:
        """Every event on the bus whose detail type is one of `kinds`, and whose detail matches the
        pattern `detail` if there is one."""
        pattern = {"source": [self._source], "detail-type": list(kinds)}
        return Source(pattern={**pattern, **({"detail": detail} if detail else {})}, bus=self.name)

    def grant_put(self, grantee: Function) -> None:
        """Let `grantee` put events on the bus."""
        grantee.allow(
            f"put-{self._label}", Statement(actions=["events:PutEvents"], resources=[self.arn])
        )
