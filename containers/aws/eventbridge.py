"""Amazon EventBridge: the pipeline's bus."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws.clients import client
from pipeline.bus import Publishable, PublishError
from pipeline.events import SOURCE

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

__all__ = ["EventBridgeBus"]

_AT_ONCE = 10
"""PutEvents accepts no more."""


class EventBridgeBus:
    """An EventBridge bus."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def _events(self) -> "EventBridgeClient":
        # Made when it is needed: the function `api` publishes in few of its requests.
        events: EventBridgeClient = client("events")
        return events

    def publish(self, events: Sequence[Publishable]) -> None:
        for first in range(0, len(events), _AT_ONCE):
            self._put(events[first : first + _AT_ONCE])

    def _put(self, events: Sequence[Publishable]) -> None:
        response = self._events.put_events(
            Entries=[
                {
                    "EventBusName": self._name,
                    "Source": SOURCE,
                    "DetailType": event.detail_type,
                    "Detail": json.dumps(event.detail()),
                }
                for event in events
            ]
        )
        if response["FailedEntryCount"]:
            refused = [entry for entry in response["Entries"] if "ErrorCode" in entry]
            raise PublishError(f"{refused[0]['ErrorCode']}: {refused[0].get('ErrorMessage', '')}")
