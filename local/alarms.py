"""Evaluates a running stack's alarms, which the local AWS does only when a metric is put.

The state of each alarm is set on the local AWS, which notifies its topic and evaluates composite
alarms. A period is a window that ends now; one window decides, however many periods are configured.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.metrics import Metrics, together
from local.state import RunningStack

__all__ = ["Alarms"]

_SECONDS = 3.0

_COMPARISONS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
}


class Alarms:
    """Evaluates every few seconds, from the first look on."""

    def __init__(self, stack: RunningStack) -> None:
        self._stack = stack
        self._metrics = Metrics(stack)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def start(self) -> None:
        """Begin to evaluate."""
        self._thread.start()

    def stop(self) -> None:
        """End with the evaluation under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.wait(_SECONDS):
            try:
                self.evaluate()
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.is_set():
                    logging.getLogger(__name__).warning("alarms are evaluated later: %s", error)

    def evaluate(self) -> None:
        """Look once, and set the states that differ."""
        self._metrics.look()
        cloudwatch = self._stack.aws.client("cloudwatch")
        for page in cloudwatch.get_paginator("describe_alarms").paginate():
            for alarm in page["MetricAlarms"]:
                self._set(cloudwatch, alarm)

    def _set(self, cloudwatch: Any, alarm: dict[str, Any]) -> None:
        since = time.time() - alarm["Period"]
        dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])}
        points = self._metrics.points(alarm["Namespace"], alarm["MetricName"], dimensions, since)
        if alarm["Namespace"] == "AWS/SQS":
            # A sample replaces the one before: the sampler is denser than CloudWatch's.
            points = points[-1:]
        value = together(points, alarm["Statistic"])
        breaches = value is not None and _COMPARISONS[alarm["ComparisonOperator"]](
            value, alarm["Threshold"]
        )
        state = "ALARM" if breaches else "OK"
        if state == alarm["StateValue"]:
            return
        reason = f"{alarm['MetricName']} is {'none' if value is None else f'{value:g}'}"
        cloudwatch.set_alarm_state(
            AlarmName=alarm["AlarmName"], StateValue=state, StateReason=reason
        )
