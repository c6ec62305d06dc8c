"""Amazon CloudWatch Logs: the lines of the functions' logs."""

from collections.abc import Iterator
from typing import Any

from aws.clients import client
from pipeline.trace import LogLine

__all__ = ["CloudWatchLogs"]


class CloudWatchLogs:
    """Log groups by their name."""

    def __init__(self) -> None:
        self._logs: Any = client("logs")

    def lines(self, function: str, group: str, *, containing: str, since: float) -> list[LogLine]:
        """The lines that contain a word, since then in seconds since 1970, in order."""
        return [
            LogLine(function, event["logStreamName"], event["message"])
            for event in self._events(group, containing, since)
        ]

    def _events(self, group: str, containing: str, since: float) -> Iterator[Any]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern=f'"{containing}"', startTime=int(since * 1000)
        )
        for page in pages:
            yield from page["events"]
