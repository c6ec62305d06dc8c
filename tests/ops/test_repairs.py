"""Repairs are recorded, each before it is made."""

from collections.abc import Sequence

import pytest

from ops.repairs import Repairs
from pipeline.audit import Entry
from pipeline.bus import Publishable
from pipeline.events import ImageRestored
from pipeline.original import Original
from proofs.memory import MemoryBus, MemoryClock, MemoryTrail

OPERATOR = "arn:aws:iam::123456789012:user/ann"
ORIGINAL = Original(bucket="originals", key="uploads/a.jpg", sequencer="01")
EVENT = ImageRestored(original=ORIGINAL)


class BrokenBus(MemoryBus):
    """A bus that takes nothing."""

    def publish(self, events: Sequence[Publishable]) -> None:
        raise ConnectionError


def repairs(bus: MemoryBus, trail: MemoryTrail) -> Repairs:
    return Repairs(bus, trail, MemoryClock(), OPERATOR, "restore")


ENTRY = Entry(
    at="2026-01-01T00:00:00.000+00:00",
    kind="repair",
    by=OPERATOR,
    subject=ORIGINAL.image_id,
    detail={"command": "restore", "event": "Image Restored"},
)


def test_an_event_is_recorded_with_who_when_and_what() -> None:
    bus, trail = MemoryBus(), MemoryTrail()
    repairs(bus, trail).publish([EVENT])
    assert (bus.published, trail.kept) == ([EVENT], [ENTRY])


def test_a_repair_that_fails_is_on_record_already() -> None:
    trail = MemoryTrail()
    with pytest.raises(ConnectionError):
        repairs(BrokenBus(), trail).publish([EVENT])
    assert trail.kept == [ENTRY]
