"""The same stages as flows, for millions of pictures.

The function of a queue with a million messages handles a constant number per second, and chance
averages out. The discrete model would take hours for ten million pictures; this takes a second. A
test asks both about the same burst and compares their answers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.item import SHARDS
from proofs.scale.graph import Deployed
from proofs.scale.limits import Limits
from proofs.scale.services import REKOGNITION_SECONDS, Services

__all__ = ["Flow", "capacities", "flow", "stage"]

Series = NDArray[np.float64]

INDEX_UNITS = 25.0
"""Write units of one picture in one index: at most its five writes of 5 KB, as docs/cost.md counts
them. Only an index whose hash is a month meets a partition's limit with them."""

CHARGE_UNITS = 4.0
"""Write units of one picture in the table of spending: two charges, each in a transaction."""

DAY = 86400.0

EVENTS = 3.0
"""Events of one picture, the upload's own among them."""


@dataclass(frozen=True)
class Flow:
    """What became of the uploads."""

    times: Series
    """Seconds at the end of each step."""
    waiting: dict[str, Series]
    """Pictures in the queue of each stage."""
    uploaded: Series
    """How many by each time, as `ready`."""
    ready: Series
    seconds: float
    """Of the stages' own work."""

    def ready_after(self, share: float) -> float:
        """Seconds from upload to ready that this share of the pictures does not exceed."""
        waits = np.sort(self._waits())
        return float(waits[min(len(waits) - 1, int(share * len(waits)))]) + self.seconds

    def later_than(self, seconds: float) -> float:
        """The pictures that wait longer than this in the queues."""
        waits = self._waits()
        return float((waits > seconds).mean() * self.uploaded[-1])

    @property
    def done_at(self) -> float:
        """When the last is ready."""
        return float(np.interp(self.uploaded[-1] * (1 - 1e-9), self.ready, self.times))

    def _waits(self) -> Series:
        numbers = np.linspace(0, self.uploaded[-1], 10_001)[1:-1]
        came = np.interp(numbers, self.uploaded, self.times)
        left = np.interp(numbers, self.ready, self.times)
        return np.maximum(0.0, left - came)


def capacities(deployed: Deployed, services: Services, limits: Limits) -> dict[str, float]:
    """The most pictures per second at each place, by its name."""
    analysing = services.seconds["rekognition"] + REKOGNITION_SECONDS * services.operations
    notify = deployed.route("notify")
    budget = deployed.daily_budget_usd / services.picture_usd / DAY
    return {
        "the day's budget": budget or math.inf,
        "rekognition, executions": deployed.route("rekognition").concurrency / analysing,
        "rekognition, its quota": limits.rekognition_calls,
        "resize, executions": deployed.route("resize").concurrency / services.seconds["resize"],
        "notify, executions": notify.concurrency / services.seconds["notify"],
        "Lambda, account": limits.lambda_executions
        / (analysing + services.seconds["resize"] + services.seconds["notify"]),
        "catalog, new table": limits.table_writes
        / (services.write_units - deployed.indexes * INDEX_UNITS),
        "catalog, `by-month`": limits.partition_writes / INDEX_UNITS,
        "catalog, `by-status-shard`": len(SHARDS) * limits.partition_writes / INDEX_UNITS,
        "spending, one day": limits.partition_writes / CHARGE_UNITS,
        "CloudFront, deletions": limits.invalidations
        / limits.invalidation_seconds
        * deployed.route("retire").batch_size,
        "SES, where mails are sent": limits.mails,
        "EventBridge": limits.put_events / EVENTS,
        "SNS": limits.topic_messages,
    }


def stage(arriving: Series, rate: float, step: float) -> tuple[Series, Series]:
    """What leaves a queue in each step, and what waits at its end, at a rate per second."""
    leaving, waiting = np.empty_like(arriving), np.empty_like(arriving)
    left = 0.0
    for number, came in enumerate(arriving):
        left += came
        leaving[number] = min(left, rate * step)
        left -= leaving[number]
        waiting[number] = left
    return leaving, waiting


def flow(
    arriving: Sequence[float] | Series,
    step: float,
    deployed: Deployed,
    services: Services,
    limits: Limits,
) -> Flow:
    """Let the pictures of each step of so many seconds through the stages until all are ready."""
    rates = capacities(deployed, services, limits)
    analysing = min(
        rates["rekognition, executions"],
        rates["rekognition, its quota"],
        rates["Lambda, account"],
        # On average: the queues run until the day's budget is spent, then they are paused.
        rates["the day's budget"],
    )
    slowest = min(analysing, rates["resize, executions"])
    came = np.asarray(arriving, dtype=float)
    more = int(came.sum() / slowest / step) + 2
    came = np.concatenate([came, np.zeros(more)])
    analysed, at_rekognition = stage(came, analysing, step)
    fed = analysed if deployed.gate == "guarded" else came
    rendered, at_resize = stage(fed, rates["resize, executions"], step)
    ready = np.minimum(np.cumsum(analysed), np.cumsum(rendered))
    seconds = services.seconds["rekognition"] + REKOGNITION_SECONDS * services.operations
    if deployed.gate == "guarded":
        seconds += services.seconds["resize"]
    times = np.arange(1, len(came) + 1, dtype=np.float64) * step
    return Flow(
        times, {"rekognition": at_rekognition, "resize": at_resize}, np.cumsum(came), ready, seconds
    )
