"""What CloudWatch would measure of a running stack, from its queues and its logs.

The local AWS measures no queue, extracts nothing from logs, and counts a function's errors only
where it was invoked directly. Not measured here: throttles by the account's concurrency.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local.state import RunningStack

__all__ = ["Metrics", "Point", "together"]

_DURATION = re.compile(r"^REPORT RequestId: .*?\bDuration: ([0-9.]+) ms")
_CRASH = re.compile(r"^Traceback \(most|^\[ERROR\]|\bTask timed out after")
"""What ends an invocation. The functions' own lines are JSON."""

_OVERLAP_MS = 10_000
"""Lines may be written somewhat after their time."""

_KEPT_SECONDS = 3600

_MEASURED = ("Throttles", "Reputation.BounceRate")
"""Metrics of AWS's own that somebody can put there, as nothing here leads to them."""


@dataclass(frozen=True)
class Point:
    """One value; `at` is in seconds since 1970."""

    at: float
    value: float


@dataclass
class Metrics:
    """The values of the metrics of one stack. `look` takes down what is new."""

    stack: RunningStack
    _points: dict[tuple[str, str, str], list[Point]] = field(default_factory=dict)
    _read_until: dict[str, int] = field(default_factory=dict)
    _known: dict[str, set[tuple[str, int, str]]] = field(default_factory=dict)
    """The lines of the last look, by log group."""
    _waiting_since: dict[str, float] = field(default_factory=dict)

    def look(self) -> None:
        """Sample the queues, and read what the functions have logged."""
        now = time.time()
        sqs = self.stack.aws.client("sqs")
        for kind in ("queues", "dead_letters"):
            for url in self.stack.outputs[kind].values():
                self._sample(sqs, url, now)
        for points in self._points.values():
            points[:] = [point for point in points if point.at > now - _KEPT_SECONDS]
        for label, group in self.stack.outputs["logs"].items():
            for at, line in self._lines(group):
                self._read(label, at, line)

    def points(
        self, namespace: str, name: str, dimensions: Mapping[str, str], since: float
    ) -> list[Point]:
        """The values of a metric, the latest last."""
        [subject] = dimensions.values() or [""]
        known = self._points.get((namespace, name, subject), [])
        found = [point for point in known if point.at >= since]
        if name in _MEASURED:
            found += self._measured(namespace, name, dimensions, since)
        return found

    def _add(self, namespace: str, name: str, subject: str, at: float, value: float) -> None:
        self._points.setdefault((namespace, name, subject), []).append(Point(at, value))

    def _sample(self, sqs: Any, url: str, now: float) -> None:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        visible, in_flight = (int(found[name]) for name in names)
        queue = url.rpartition("/")[2]
        if visible + in_flight == 0:
            self._waiting_since.pop(queue, None)
        since = self._waiting_since.setdefault(queue, now) if visible + in_flight else now
        self._add("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue, now, visible)
        # At most: since when the queue has not been empty.
        self._add("AWS/SQS", "ApproximateAgeOfOldestMessage", queue, now, now - since)

    def _lines(self, group: str) -> Iterator[tuple[float, str]]:
        """The lines of a log that were not read before."""
        since = max(self._read_until.get(group, 0) - _OVERLAP_MS, 0)
        pages = (
            self.stack.aws.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=group, startTime=since)
        )
        before = self._known.get(group, set())
        known = set()
        for page in pages:
            for event in page["events"]:
                line = event["logStreamName"], event["timestamp"], event["message"]
                known.add(line)
                if line not in before:
                    yield event["timestamp"] / 1000, event["message"]
        self._known[group] = known
        self._read_until[group] = max((at for _, at, _ in known), default=since)

    def _read(self, label: str, at: float, line: str) -> None:
        function = self.stack.outputs["functions"][label]
        if duration := _DURATION.search(line):
            self._add("AWS/Lambda", "Duration", function, at, float(duration[1]))
        if _CRASH.search(line):
            self._add("AWS/Lambda", "Errors", function, at, 1)
        if not line.startswith("{"):
            return
        try:
            logged = json.loads(line)
        except ValueError:
            return
        if label == "api" and logged.get("message") == "request":
            self._count_response(at, logged["status"])
        for metrics in logged.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in metrics["Metrics"]:
                for value in logged[metric["Name"]]:
                    self._add(
                        metrics["Namespace"], metric["Name"], logged["service"], at, float(value)
                    )

    def _count_response(self, at: float, status: int) -> None:
        [api] = self.stack.named("aws:apigatewayv2/api:Api")
        self._add("AWS/ApiGateway", "Count", api.id, at, 1)
        if status // 100 in (4, 5):
            self._add("AWS/ApiGateway", f"{status // 100}xx", api.id, at, 1)

    def _measured(
        self, namespace: str, name: str, dimensions: Mapping[str, str], since: float
    ) -> list[Point]:
        """What the local AWS measures itself, or somebody put there."""
        try:
            found = self.stack.aws.client("cloudwatch").get_metric_statistics(
                Namespace=namespace,
                MetricName=name,
                Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
                StartTime=datetime.fromtimestamp(since, UTC),
                EndTime=datetime.fromtimestamp(time.time() + 60, UTC),
                Period=60,
                Statistics=["Sum", "Maximum"],
            )["Datapoints"]
        except ClientError:
            return []
        which = "Sum" if name == "Throttles" else "Maximum"
        return [Point(each["Timestamp"].timestamp(), each[which]) for each in found]


def together(points: list[Point], statistic: str) -> float | None:
    """The values of a period as one; None without any."""
    values = sorted(point.value for point in points)
    if not values:
        return None
    if statistic == "Sum":
        return sum(values)
    if statistic == "Average":
        return sum(values) / len(values)
    if statistic == "Maximum":
        return values[-1]
    share = float(statistic.removeprefix("p")) / 100
    return values[min(int(share * len(values)), len(values) - 1)]
