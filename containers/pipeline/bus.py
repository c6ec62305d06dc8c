"""The pipeline's own event bus."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.aws import client
from pipeline.events import SOURCE, Event

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

__all__ = ["Bus", "EventBridgeBus", "Said", "Unpublished"]


class Unpublished(Exception):
    """The bus did not take every event."""


class Said(Protocol):
    """Something to be said: an event of a picture, or of the pipeline itself."""

    @property
    def detail_type(self) -> str:
        """What rules match."""

    def detail(self) -> dict[str, Any]:
        """What whoever hears it needs to know, as plain values."""


class Bus(Protocol):
    """Where the pipeline says what happened to pictures."""

    def publish(self, events: Sequence[Event]) -> None:
        """Say them all, or raise `Unpublished`; some may have been said then."""


class EventBridgeBus:
    """An EventBridge bus."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._events: EventBridgeClient = client("events")

    def publish(self, events: Sequence[Said]) -> None:
        if not events:
            return
        # PutEvents takes ten entries a call; a stage says at most three things.
        answer = self._events.put_events(
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
        if answer["FailedEntryCount"]:
            refused = [entry for entry in answer["Entries"] if "ErrorCode" in entry]
            raise Unpublished(f"{refused[0]['ErrorCode']}: {refused[0].get('ErrorMessage', '')}")
