"""A limit on requests per second, so that clients' retries can be tested."""

from __future__ import annotations

import time
from collections.abc import Callable

from local.rekognition.errors import ThrottlingError

__all__ = ["Throttle"]


class Throttle:
    """Admits `tps` requests per second and operation, with bursts of one second's worth.

    The service too counts per operation and Region. None for `tps` is no limit. Not thread-safe:
    call it from the event loop.
    """

    def __init__(
        self, tps: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tps = tps
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def admit(self, operation: str) -> None:
        """Count one request; raises ThrottlingError if it exceeds the limit."""
        if self._tps is None:
            return
        burst = max(1.0, self._tps)
        now = self._clock()
        left, since = self._buckets.get(operation, (burst, now))
        left = min(burst, left + (now - since) * self._tps)
        if left < 1:
            self._buckets[operation] = (left, now)
            raise ThrottlingError
        self._buckets[operation] = (left - 1, now)
