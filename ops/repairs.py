"""Operators' repairs, on record in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws.dynamodb_people import DynamoTrail
from aws.eventbridge import EventBridgeBus
from aws.sts import caller_arn
from ops.stack import Stack
from pipeline.audit import Entry, Trail
from pipeline.bus import Bus, Publishable
from pipeline.clock import Clock, iso, utc
from pipeline.events import Event

__all__ = ["Repairs", "repairs_of"]


@dataclass(frozen=True)
class Repairs:
    """A bus on which every event is a repair by one operator."""

    bus: Bus
    trail: Trail
    clock: Clock
    by: str
    command: str

    def publish(self, events: Sequence[Publishable]) -> None:
        """Record the events, then publish them: no repair is off the record."""
        for each in events:
            subject = each.original.image_id if isinstance(each, Event) else "pipeline"
            self.record(subject, event=each.detail_type)
        self.bus.publish(events)

    def record(self, subject: str, **detail: Any) -> None:
        """Record a repair that is no event."""
        detail = {"command": self.command, **detail}
        at = iso(self.clock())
        self.trail.append(Entry(at=at, kind="repair", by=self.by, subject=subject, detail=detail))


def repairs_of(stack: Stack, command: str) -> Repairs:
    """The repairs that `command` makes, by whoever's credentials these are."""
    return Repairs(
        EventBridgeBus(stack.pipeline),
        DynamoTrail(stack.audit, stack.audit_days),
        utc,
        caller_arn(),
        command,
    )
