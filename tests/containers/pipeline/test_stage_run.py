"""One stage's run over a version, and what becomes of an object that cannot be read."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline.catalog import Catalog
from pipeline.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRejected,
    ImageRestored,
    Lane,
    ObjectCreated,
    RenditionsObsolete,
)
from pipeline.facts import Analysis
from pipeline.item import Decision, Item, Verdict
from pipeline.lifecycle import Analysed, Deleted, Received, Rendered, Rendering
from pipeline.original import Original
from pipeline.spending import Budget, BudgetSpentError, Charge
from pipeline.stage_run import PermanentFailureError, StageRun
from pipeline.storage import OriginalForbiddenError, OriginalNotVisibleError, Upload
from proofs.memory import MemoryBus, MemoryClock, MemoryLedger, MemoryOriginals, MemoryTable
from tests.containers.found import MEASUREMENT, SHA256

KEY = "uploads/a.jpg"
RENDITIONS = {"small": {"jpeg": {"key": "i/x/c1/small.jpg", "width": 4, "height": 3, "bytes": 9}}}


@dataclass
class Darkroom:
    """The stage that analyses, with everything around it in memory."""

    decision: Decision = "accept"
    versioned: bool = True
    clock: MemoryClock = field(default_factory=MemoryClock)
    bus: MemoryBus = field(default_factory=MemoryBus)
    worked_on: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.originals = MemoryOriginals(self.clock, self.versioned)
        self.catalog = Catalog(MemoryTable(), self.clock)
        self.ledger = MemoryLedger()
        self.signals: list[str] = []
        self.bus.signal = self.signals.append
        self.stage_run = StageRun(
            "rekognition",
            self.catalog,
            self.originals,
            self.bus,
            self.clock,
            Budget(10, self.ledger),
        )

    def upload(self, data: bytes = b"good", lane: Lane = "live", **how: Any) -> ObjectCreated:
        original = self.originals.store(KEY, data, **how)
        return ObjectCreated(original=original, lane=lane, at=self.clock.now)

    def run(self, event: Event) -> Item | None:
        def work(upload: Upload, _: Item) -> Analysed:
            self.worked_on.append(upload.data)
            if upload.data == b"broken":
                raise PermanentFailureError("truncated", "the file ends too soon")
            verdict = Verdict(decision=self.decision)
            return Analysed(
                original=event.original, verdict=verdict, analysis=Analysis(), sha256=SHA256
            )

        return self.stage_run.run(Received(original=event.original), event, limit=10, work=work)

    def render(self, original: Original) -> None:
        self.catalog.advance(
            Rendered(
                original=original, content="c1", renditions=RENDITIONS, measurement=MEASUREMENT
            )
        )

    @property
    def item(self) -> Item:
        item = self.catalog.get(Original(bucket="b", key=KEY, sequencer="1").image_id)
        assert item is not None
        return item


@pytest.fixture
def darkroom() -> Darkroom:
    return Darkroom()


# Objects that S3 does not find


def test_a_new_object_that_s3_does_not_find_yet_is_retried(darkroom: Darkroom) -> None:
    event = darkroom.upload(visible_from=darkroom.clock.now + timedelta(minutes=10))
    with pytest.raises(OriginalNotVisibleError, match="is not found yet"):
        darkroom.run(event)
    assert (darkroom.item.status, darkroom.bus.published) == ("received", [])
    darkroom.clock.wait(600)
    darkroom.run(event)
    assert darkroom.bus.published == [ImageAccepted(original=event.original)]


@pytest.mark.parametrize("refusal", [None, "customer_key"])
def test_an_object_that_becomes_visible_between_two_looks_is_retried(
    darkroom: Darkroom, refusal: str | None
) -> None:
    visible_from = darkroom.clock.now + timedelta(minutes=10)
    event = darkroom.upload(visible_from=visible_from, refusal=refusal)
    darkroom.originals.pause = lambda _: darkroom.clock.wait(400)
    with pytest.raises(OriginalNotVisibleError, match="has become visible only now"):
        darkroom.run(event)
    assert darkroom.bus.published == []
    darkroom.run(event)
    ended = [each.original for each in darkroom.bus.published]
    assert (ended, darkroom.item.status) == (
        [event.original],
        "failed" if refusal else "processing",
    )


@pytest.mark.parametrize(("age", "status"), [(899, "received"), (900, "deleted")])
def test_an_object_that_is_still_not_found_after_15_minutes_is_gone(
    darkroom: Darkroom, age: int, status: str
) -> None:
    event = darkroom.upload()
    darkroom.originals.versions.clear()
    darkroom.clock.wait(age)
    if status == "received":
        with pytest.raises(OriginalNotVisibleError):
            darkroom.run(event)
    else:
        darkroom.run(event)
    assert darkroom.item.status == status


def test_an_event_without_a_time_is_not_waited_for(darkroom: Darkroom) -> None:
    event = darkroom.upload()
    darkroom.originals.versions.clear()
    darkroom.run(ObjectCreated(original=event.original))
    assert darkroom.item.status == "deleted"


def test_a_deletion_that_the_catalog_has_heard_of_is_not_waited_for(darkroom: Darkroom) -> None:
    event = darkroom.upload()
    gone = darkroom.originals.delete(KEY)
    darkroom.originals.versions.clear()

    def deletion_is_handled(_: str) -> None:
        darkroom.catalog.advance(Deleted(original=gone))

    darkroom.originals.pause = deletion_is_handled
    darkroom.run(event)
    assert (darkroom.item.status, darkroom.worked_on) == ("deleted", [])


def test_a_version_that_was_deleted_gives_way_to_the_one_below(darkroom: Darkroom) -> None:
    below = darkroom.upload(b"below")
    event = darkroom.upload(lane="backfill")
    darkroom.originals.delete_newest(KEY)
    assert darkroom.run(event) is None
    sequencer = event.original.just_after().sequencer
    expected = Original(**{**vars(below.original), "sequencer": sequencer})
    assert darkroom.bus.published == [ImageRestored(original=expected, lane="backfill")]


# Objects that S3 does not return

WORDS = {
    "archived": ("the file is in an archive storage class; restore it, or upload it as standard"),
    "customer_key": "the file is encrypted with a key of its own (SSE-C); upload it without one",
    "key_denied": "the file is encrypted with a KMS key that this stack may not use",
}


@pytest.mark.parametrize("code", list(WORDS))
def test_an_object_that_s3_never_returns_fails_with_words_for_its_owner(
    darkroom: Darkroom, code: str
) -> None:
    event = darkroom.upload(refusal=code, owner="ann@example.org")
    for _ in range(2):
        darkroom.run(event)
    failure = {"stage": "rekognition", "code": code, "message": WORDS[code]}
    assert darkroom.bus.published == [ImageFailed(original=event.original, failure=failure)] * 2
    assert (darkroom.item.status, darkroom.item.owner) == ("failed", "ann@example.org")
    assert darkroom.worked_on == []


def test_a_missing_permission_is_retried(darkroom: Darkroom) -> None:
    event = darkroom.upload(refusal="forbidden")
    with pytest.raises(OriginalForbiddenError):
        darkroom.run(event)
    assert (darkroom.item.status, darkroom.bus.published) == ("received", [])


def test_a_ready_picture_that_is_overwritten_by_an_unreadable_object_is_no_longer_shown(
    darkroom: Darkroom,
) -> None:
    first = darkroom.upload()
    darkroom.render(first.original)
    darkroom.run(first)
    assert ImageReady(original=first.original, renditions=RENDITIONS) in darkroom.bus.published
    second = darkroom.upload(refusal="customer_key")
    darkroom.run(second)
    assert darkroom.item.status == "failed"
    assert darkroom.bus.published[-1] == RenditionsObsolete(
        original=second.original, contents=["c1"]
    )


def test_a_deleted_version_gives_way_to_one_that_cannot_be_read(darkroom: Darkroom) -> None:
    locked = darkroom.upload(refusal="customer_key").original
    event = darkroom.upload()
    darkroom.originals.delete_newest(KEY)
    darkroom.run(event)
    (restored,) = darkroom.bus.published
    unread = replace(locked, sequencer=event.original.sequencer, version_id=None)
    assert restored == ImageRestored(original=unread.just_after())
    darkroom.run(restored)
    assert darkroom.item.status == "failed"


# Lanes


@pytest.mark.parametrize("lane", ["live", "backfill"])
@pytest.mark.parametrize(
    ("data", "decision", "kinds"),
    [
        (b"good", "accept", [ImageAccepted, ImageReady, RenditionsObsolete]),
        (b"good", "hold", [ImageHeld, RenditionsObsolete]),
        (b"good", "reject", [ImageRejected, RenditionsObsolete]),
        (b"broken", "accept", [ImageFailed, RenditionsObsolete]),
    ],
)
def test_every_event_of_a_stage_is_on_the_lane_of_the_event_that_caused_it(
    lane: Lane, data: bytes, decision: Decision, kinds: list[type[Event]]
) -> None:
    darkroom = Darkroom(decision)
    event = darkroom.upload(data, lane)
    darkroom.catalog.advance(Rendering(original=event.original, content="c0"))
    darkroom.render(event.original)
    darkroom.run(event)
    assert [(type(each), each.lane) for each in darkroom.bus.published] == [
        (kind, lane) for kind in kinds
    ]


def test_no_work_begins_once_the_budget_of_the_day_is_spent() -> None:
    darkroom = Darkroom()
    event = darkroom.upload()
    charge = Charge("2026-01-01", "abc", {"labels": 10.0})
    darkroom.ledger.table.charges.append((event.original, charge))
    with pytest.raises(BudgetSpentError, match="the budget of 2026-01-01 is spent"):
        darkroom.run(event)
    assert (darkroom.worked_on, darkroom.signals) == ([], ["Budget Spent"])
    assert darkroom.item.status == "received"
    darkroom.clock.wait(24 * 3600)
    darkroom.run(event)
    assert darkroom.worked_on == [b"good"]


def test_a_version_that_is_done_publishes_its_events_again_whatever_is_spent() -> None:
    darkroom = Darkroom()
    event = darkroom.upload()
    darkroom.run(event)
    charge = Charge("2026-01-01", "abc", {"labels": 10.0})
    darkroom.ledger.table.charges.append((event.original, charge))
    darkroom.bus.published.clear()
    darkroom.run(event)
    assert [each.detail_type for each in darkroom.bus.published] == ["Image Accepted"]
