"""A limit on requests a second, so that a client's retries can be tried."""

from __future__ import annotations

import time
from collections.abc import Callable

from local.rekognition.errors import ThrottlingError

__all__ = ["Throttle"]


class Throttle:
    """Lets through `tps` requests a second for each operation, with a burst of one second's worth.

    The service counts per operation and Region, and so does this. `tps` None lets everything
    through. Not thread-safe: to be called from the event loop.
    """

    def __init__(
        self, tps: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tps = tps
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def admit(self, operation: str) -> None:
        """Counts one request; raises ThrottlingError if it is one too many."""
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
