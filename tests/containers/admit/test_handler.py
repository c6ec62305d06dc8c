"""Which objects of a bucket are admitted, and when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from admit.handler import MOST_WAITING, Admit, as_listed
from pipeline.clock import iso
from pipeline.events import ImageRestored
from pipeline.inventory import Listed
from pipeline.item import Failure, Item, Malformed
from pipeline.original import BEFORE_ALL, Original
from pipeline.spending import Budget, Charge
from pipeline.stale import WHATS
from proofs.memory import (
    MemoryBackfills,
    MemoryBus,
    MemoryClock,
    MemoryLedger,
    MemoryOriginals,
    MemoryQueues,
    MemoryTable,
    MemoryTopic,
)
from tests.containers.pipeline.test_stale import DEPLOYED, READY
from tests.containers.reconcile.memory import MemoryItems, uploads

FAILURE = Failure(stage="resize", code="truncated", message="cut short")


class Stack:
    """A bucket, its catalog, and a budget of ten dollars a day."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.originals = MemoryOriginals(clock=self.clock)
        self.table, self.bus, self.topic = MemoryTable(), MemoryBus(), MemoryTopic()
        self.items = MemoryItems(self.table)
        self.queues, self.backfills, self.ledger = MemoryQueues(), MemoryBackfills(), MemoryLedger()
        self.admit = Admit(
            bucket="originals",
            items=self.items,
            originals=self.originals,
            bus=self.bus,
            queues=self.queues,
            urls=["https://queues/resize-bulk", "https://queues/rekognition-bulk"],
            budget=Budget(10, self.ledger),
            backfills=self.backfills,
            topic=self.topic,
            stage="dev",
            deployed=lambda: self.deployed,
            clock=self.clock,
        )

        self.deployed = DEPLOYED

    def store(self, name: str, **how: Any) -> Original:
        return self.originals.store(f"uploads/{name}", b"good", **how)

    def catalog(self, original: Original, **changes: Any) -> None:
        """Give the original an item, which waits for its functions unless it is changed."""
        item = Item(
            image_id=original.image_id,
            **vars(original),
            as_of=original.sequencer,
            updated_at=iso(self.clock()),
        )
        self.table.items[item.image_id] = replace(item, **changes)

    def batch(
        self,
        *more: Listed,
        since: datetime | None = None,
        before: datetime | None = None,
        again: Sequence[str] = (),
    ) -> dict[str, int]:
        """Hand the whole bucket over, an hour later."""
        self.clock.wait(3600)
        listed = [*uploads(self.originals).after(""), *more]
        before = before or self.clock() - timedelta(minutes=1)
        return self.admit.batch("one", listed, since=since, before=before, again=again)


@pytest.fixture
def stack() -> Stack:
    return Stack()


def test_what_the_catalog_lacks_is_admitted_as_bulk_work_before_every_event(stack: Stack) -> None:
    known, new = stack.store("known.jpg"), stack.store("new.jpg")
    stack.catalog(known, deleted=True, as_of="0055")
    assert stack.batch() == {"wait": 0, "admitted": 2}
    again = replace(known, sequencer="00551")
    assert stack.bus.published == [
        ImageRestored(original=again, lane="backfill"),
        ImageRestored(original=replace(new, sequencer=BEFORE_ALL), lane="backfill"),
    ]
    assert stack.backfills.outcomes == {"admitted": 2}


@pytest.mark.parametrize("changes", [{}, {"deleted": True}, {"failure": FAILURE, "etag": "e"}])
def test_what_has_not_reached_its_end_or_is_of_another_version_is_admitted(
    stack: Stack, changes: dict[str, Any]
) -> None:
    stack.catalog(stack.store("a.jpg"), **changes)
    assert stack.batch() == {"wait": 0, "admitted": 1}


@pytest.mark.parametrize("as_of", ["0055", None])
def test_a_version_under_way_keeps_its_order_so_its_own_events_still_count(
    stack: Stack, as_of: str | None
) -> None:
    waiting = stack.store("a.jpg")
    stack.catalog(waiting, **({"as_of": as_of} if as_of else {}))
    assert stack.batch() == {"wait": 0, "admitted": 1}
    assert stack.bus.published == [ImageRestored(original=waiting, lane="backfill")]


def test_what_is_up_to_date_costs_one_read_and_no_event(stack: Stack) -> None:
    looks: list[str] = []
    stack.originals.pause = looks.append
    stack.catalog(stack.store("a.jpg"), failure=FAILURE)
    assert stack.batch() == {"wait": 0, "current": 1}
    assert looks == []
    assert stack.bus.published == []


def test_what_changed_a_moment_ago_or_long_ago_or_is_empty_is_left(stack: Stack) -> None:
    empty = Listed("uploads/empty.jpg", "e", 0, stack.clock())
    stack.store("old.jpg")
    stack.clock.wait(60)
    early = stack.clock()
    stack.catalog(stack.store("under-way.jpg"))
    stack.store("new.jpg")
    assert stack.batch(empty, since=early, before=early) == {
        "wait": 0,
        "empty": 1,
        "older": 1,
        "recent": 2,
    }
    assert stack.bus.published == []


@pytest.mark.parametrize("refusal", ["forbidden", "archived"])
def test_what_s3_does_not_return_is_counted_and_stops_no_other(stack: Stack, refusal: str) -> None:
    stack.store("refused.jpg", refusal=refusal)
    stack.store("new.jpg")
    assert stack.batch() == {"wait": 0, "admitted": 1, "refused": 1}


def test_what_an_old_inventory_lists_is_judged_as_the_bucket_is_now(stack: Stack) -> None:
    gone = Listed("uploads/gone.jpg", "e", 5, stack.clock())
    done, changed = stack.store("done.jpg"), stack.store("changed.jpg")
    stale = [replace(each, etag="earlier") for each in uploads(stack.originals).after("")]
    stack.catalog(done, failure=FAILURE)
    stack.clock.wait(7200)
    stack.store("changed.jpg")
    before = stack.clock() - timedelta(seconds=1)
    result = stack.admit.batch("one", [gone, *stale], since=None, before=before)
    # What was uploaded again a moment ago is left to its own events.
    assert result == {"wait": 0, "refused": 1, "current": 1, "recent": 1}
    assert stack.bus.published == []
    assert changed.key == "uploads/changed.jpg"


def test_an_entry_is_of_a_listing_or_of_an_inventory() -> None:
    listed = Listed("uploads/ä +%.jpg", "abc-2", 1234, datetime(2026, 11, 28, 22, 5, 6, tzinfo=UTC))
    of_a_listing = {
        "Etag": '"abc-2"',
        "Key": "uploads/ä +%.jpg",
        "LastModified": 1795903506,
        "Size": 1234,
        "StorageClass": "STANDARD",
    }
    of_an_inventory = {
        "Bucket": "originals",
        "Key": "uploads/%C3%A4+%2B%25.jpg",
        "Size": "1234",
        "LastModifiedDate": "2026-11-28T22:05:06.000Z",
        "ETag": "abc-2",
    }
    assert [as_listed(of_a_listing), as_listed(of_an_inventory)] == [listed, listed]


def test_an_item_that_cannot_be_read_is_counted_and_stops_no_other(stack: Stack) -> None:
    broken, _ = stack.store("broken.jpg"), stack.store("new.jpg")
    problem = Malformed(broken.image_id, broken.key, "bytes must be a whole number, got 'ten'")
    stack.items.malformed = {broken.image_id: problem}
    assert stack.batch() == {"wait": 0, "malformed": 1, "admitted": 1}


@pytest.mark.parametrize("url", ["https://queues/resize-bulk", "https://queues/rekognition-bulk"])
def test_a_full_queue_of_either_function_admits_nothing(stack: Stack, url: str) -> None:
    stack.store("new.jpg")
    stack.queues.messages[url] = MOST_WAITING
    assert stack.batch() == {"wait": 30}
    stack.queues.messages[url] = MOST_WAITING - 1
    assert stack.batch() == {"wait": 0, "admitted": 1}


def test_a_pause_a_spent_budget_and_a_cancellation_admit_nothing(stack: Stack) -> None:
    stack.store("new.jpg")
    stack.backfills.state = "paused"
    assert stack.batch() == {"wait": 300}
    stack.backfills.state = "cancelled"
    assert stack.batch() == {"wait": 0}
    stack.backfills.state = "running"
    original = Original(bucket="b", key="k", sequencer="1")
    day = f"{stack.clock():%Y-%m-%d}"
    stack.ledger.table.charges.append((original, Charge(day, "abc", {"labels": 10})))
    assert stack.batch() == {"wait": 300}
    assert stack.bus.published == []
    assert stack.backfills.outcomes == {}


def test_one_notice_follows_once_no_message_is_left(stack: Stack) -> None:
    stack.store("new.jpg")
    stack.batch()
    stack.queues.messages["https://queues/resize-bulk"] = 1
    assert stack.admit.finish("one") == {"wait": 120}
    assert stack.topic.notices == []
    stack.queues.messages.clear()
    assert stack.admit.finish("one") == {"wait": 0, "admitted": 1}
    [notice] = stack.topic.notices
    assert notice.subject == "Backfill one has finished (dev)"
    assert notice.text.splitlines()[2:] == ["Of 1 objects:", "1 are processed"]


def test_stale_renditions_start_over_and_other_results_are_made_in_place(stack: Stack) -> None:
    for name, stale in (("a", {"recipe": "old"}), ("b", {"policy": "old"}), ("c", {})):
        stack.catalog(stack.store(name), **made(**stale))
    stack.store("unheard")
    assert stack.batch(again=WHATS) == {"wait": 0, "admitted": 2, "current": 1, "recent": 1}
    first, second = (stack.originals.newest(f"uploads/{name}") for name in "ab")
    assert first is not None
    assert second is not None
    assert stack.bus.published == [
        ImageRestored(original=first.original.just_after(), lane="backfill", stale=["renditions"]),
        ImageRestored(original=second.original, lane="backfill", stale=["verdicts"]),
    ]


def test_what_is_not_asked_for_stays_stale(stack: Stack) -> None:
    stack.catalog(stack.store("a"), **made(recipe="old"))
    assert stack.batch(again=["verdicts", "analysis"]) == {"wait": 0, "current": 1}


def test_an_original_that_s3_does_not_return_keeps_its_renditions(stack: Stack) -> None:
    stack.catalog(stack.store("a", refusal="archived"), **made(recipe="old"))
    assert stack.batch(again=WHATS) == {"wait": 0, "refused": 1}
    assert stack.bus.published == []


def made(**stale: Any) -> dict[str, Any]:
    """What makes an item ready, with fingerprints of what is deployed unless some are given."""
    names = ("verdict", "policy", "asked", "renditions", "content", "recipe", "notices")
    return {name: getattr(READY, name) for name in names} | stale
