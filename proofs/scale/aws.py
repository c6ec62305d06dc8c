"""AWS as a host: unlimited machines, limited calls."""

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import simpy

from proofs.scale.graph import Route
from proofs.scale.limits import Limits
from proofs.scale.services import REKOGNITION_SECONDS, Services
from proofs.scale.simulation import Message, Picture, Steps

__all__ = ["Aws"]

_EVENT_SECONDS = 0.5
"""From an upload to its message: S3's event and EventBridge, a typical value."""
_PATIENCE_SECONDS = 45.0
"""How long `rekognition` waits while it is throttled (`containers/aws/rekognition.py`)."""
_OUTAGE_SECONDS = 4.0
"""The SDK's four attempts at a call that fails."""
_KILLED_SECONDS = 60.0
"""The functions' timeout: the worst that a picture can do to one."""
_SIGMA = 0.35
"""Spread of the functions' own times: a log-normal distribution."""


@dataclass(eq=False)
class Aws:
    """Functions under the account's limits, in one Region."""

    env: simpy.Environment
    services: Services
    limits: Limits
    outage: tuple[float, float] = (0.0, 0.0)
    """When Rekognition fails every call."""
    seed: int = 1
    executions: int = 0
    most_executions: int = 0
    throttled: int = 0
    """Calls that had to wait for Rekognition's quota."""
    billed_seconds: dict[str, float] = field(default_factory=dict)
    analysed: int = 0
    """Pictures that Rekognition billed."""
    invalidating: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._next = 0.0

    def upload(self, picture: Picture) -> Steps:
        """S3's event on its way."""
        yield self.env.timeout(_EVENT_SECONDS)

    def accepts(self, function: str) -> bool:
        """Below the account's concurrent executions."""
        return self.executions < self.limits.lambda_executions

    def invoke(
        self, route: Route, batch: Sequence[Message]
    ) -> Generator[simpy.Event, Any, set[Message]]:
        """Own work, then what the function asks of Rekognition or CloudFront."""
        began = self.env.now
        self.executions += 1
        self.most_executions = max(self.most_executions, self.executions)
        failed: set[Message] = set()
        if route.function == "rekognition":
            failed = yield from self._analyse(batch[0])
        elif route.function == "resize":
            failed = yield from self._render(batch[0])
        else:
            own = self.services.seconds[route.function]
            yield self.env.timeout(sum(self._spread(own) for _ in batch))
            if route.function == "retire":
                failed = yield from self._invalidate(batch)
        self.executions -= 1
        spent = self.billed_seconds.get(route.function, 0.0)
        self.billed_seconds[route.function] = spent + self.env.now - began
        return failed

    def _spread(self, seconds: float) -> float:
        return seconds * self._chance.lognormvariate(-_SIGMA * _SIGMA / 2, _SIGMA)

    def _doomed(self, message: Message) -> Generator[simpy.Event, Any, bool]:
        """Whether this attempt fails, as pictures do that kill or fail their function."""
        kind = message.picture.kind
        if kind == "killing" and message.deliveries == 1:
            yield self.env.timeout(_KILLED_SECONDS)
            return True
        if kind == "killing":
            # From the second attempt a child process decodes it, and its death is a result.
            message.picture.kind = "broken"
        return kind == "erring"

    def _render(self, message: Message) -> Generator[simpy.Event, Any, set[Message]]:
        if (yield from self._doomed(message)):
            return {message}
        seconds = (
            self.services.repeat_seconds if message.repeats else self.services.seconds["resize"]
        )
        yield self.env.timeout(self._spread(seconds))
        return set()

    def _analyse(self, message: Message) -> Generator[simpy.Event, Any, set[Message]]:
        if (yield from self._doomed(message)):
            return {message}
        yield self.env.timeout(self._spread(self.services.seconds["rekognition"]))
        if message.picture.kind == "broken":
            return set()
        if self.outage[0] <= self.env.now < self.outage[1]:
            yield self.env.timeout(_OUTAGE_SECONDS)
            return {message}
        # Each operation has the same quota and is called once a picture: one queue is enough.
        turn = max(self.env.now, self._next)
        wait = turn - self.env.now
        if wait > 0:
            self.throttled += 1
        if wait > _PATIENCE_SECONDS:
            yield self.env.timeout(_PATIENCE_SECONDS)
            return {message}
        self._next = turn + 1 / self.limits.rekognition_calls
        seconds = self._spread(REKOGNITION_SECONDS * self.services.operations)
        yield self.env.timeout(wait + seconds)
        self.analysed += 1
        return set()

    def _invalidate(self, batch: Sequence[Message]) -> Generator[simpy.Event, Any, set[Message]]:
        """A batch of more than 15 pictures is one path; CloudFront works on 15 at a time."""
        paths = len(batch) if len(batch) <= self.limits.invalidations else 1
        waited = 0.0
        while True:
            now = self.env.now
            self.invalidating = [end for end in self.invalidating if end > now]
            if len(self.invalidating) + paths <= self.limits.invalidations:
                break
            if waited >= 40:
                return set(batch)
            waited += 5
            yield self.env.timeout(5)
        self.invalidating += [now + self.limits.invalidation_seconds] * paths
        return set()
