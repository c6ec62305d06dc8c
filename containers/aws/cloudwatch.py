"""Amazon CloudWatch: what AWS measures about the queues, and which alarms are on."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aws.clients import client
from pipeline.clock import Clock
from pipeline.queues import Alarm

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

__all__ = ["CloudWatchAges", "CloudWatchAlarms"]

_AGE = timedelta(minutes=10)
"""SQS measures once a minute and may report some minutes late."""


class CloudWatchAges:
    """Ages as SQS reports them to CloudWatch. The local AWS reports none."""

    def __init__(self, clock: Clock) -> None:
        self._cloudwatch: CloudWatchClient = client("cloudwatch")
        self._clock = clock

    def oldest_seconds(self, url: str) -> float | None:
        now: datetime = self._clock()
        points = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
            StartTime=now - _AGE,
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        newest = max(points, key=lambda point: point["Timestamp"], default=None)
        return newest["Maximum"] if newest else None


class CloudWatchAlarms:
    """The alarms that are reported to one topic."""

    def __init__(self, topic: str) -> None:
        self._cloudwatch: CloudWatchClient = client("cloudwatch")
        self._topic = topic

    def on(self) -> list[Alarm]:
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
            StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        found = [
            Alarm(each["AlarmName"], each.get("AlarmDescription", ""))
            for page in pages
            for each in (*page["MetricAlarms"], *page["CompositeAlarms"])
            if self._topic in each.get("AlarmActions", [])
        ]
        return sorted(found, key=lambda each: each.name)
