"""Pictures are restored once, where they are still there, and never from a listing alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest

from aws.dynamodb import DynamoStatuses
from pipeline.events import ImageRestored
from pipeline.facts import Analysis
from pipeline.item import Item, Malformed, MalformedItemError, Verdict
from pipeline.lifecycle import Analysed, Received, advance, is_stale
from pipeline.restore import Chosen, Restored, in_state, restored
from proofs.memory import MemoryBus, MemoryClock, MemoryOriginals, MemoryTable
from tests.containers.found import SHA256

HOLD = Verdict(decision="hold")


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02}.000+00:00"


@dataclass
class Darkroom:
    """Pictures with their items, and the index by status as it is at every moment."""

    originals: MemoryOriginals = field(default_factory=lambda: MemoryOriginals(MemoryClock()))
    table: MemoryTable = field(default_factory=MemoryTable)
    bus: MemoryBus = field(default_factory=MemoryBus)

    def store(self, name: str, second: int, **values: Any) -> Item:
        original = self.originals.store(f"uploads/{name}", name.encode())
        item = Item(
            **vars(original),
            image_id=original.image_id,
            as_of=original.sequencer,
            updated_at=at(second),
            **values,
        )
        self.table.items[item.image_id] = item
        return item

    def newest(self, status: str) -> str | None:
        changed = [item.updated_at for item in self.of(status)]
        return max(changed, default=None)

    def unchanged(self, status: str, *, since: str) -> Iterator[str]:
        last = ""
        while later := [item for item in self.of(status) if last < item.updated_at <= since]:
            last = later[0].updated_at
            yield later[0].image_id

    def of(self, status: str) -> list[Item]:
        found = [item for item in self.table.items.values() if item.status == status]
        return sorted(found, key=lambda item: item.updated_at)

    def restore(self, chosen: Chosen, *, dry: bool = False) -> list[Restored]:
        bus = None if dry else self.bus
        found = restored(chosen, table=self.table, originals=self.originals, bus=bus, lane="live")
        return [each for each in found if isinstance(each, Restored)]


def test_a_restored_picture_is_a_later_version_of_what_the_bucket_shows() -> None:
    darkroom = Darkroom()
    held = darkroom.store("a.jpg", 1, verdict=HOLD)
    assert darkroom.restore(Chosen([held.image_id])) == [Restored(held, there=True)]
    (published,) = darkroom.bus.published
    assert published == ImageRestored(
        original=replace(held.original, sequencer=f"{held.sequencer}1")
    )
    assert not is_stale(held, published.original)


@dataclass
class PartlyMalformedTable(MemoryTable):
    """A table of which the items in `malformed` cannot be read."""

    malformed: dict[str, Malformed] = field(default_factory=dict)

    def get(self, image_id: str) -> Item | None:
        if broken := self.malformed.get(image_id):
            raise MalformedItemError(broken)
        return super().get(image_id)


def test_an_item_that_cannot_be_read_keeps_no_other_from_being_restored() -> None:
    table = PartlyMalformedTable()
    darkroom = Darkroom(table=table)
    one, two, three = (darkroom.store(f"{name}.jpg", 1, verdict=HOLD) for name in "abc")
    broken = Malformed(two.image_id, two.key, "bytes must be a whole number, got 'ten'")
    table.malformed[two.image_id] = broken
    chosen = Chosen([one.image_id, two.image_id, three.image_id])
    found = restored(
        chosen, table=table, originals=darkroom.originals, bus=darkroom.bus, lane="backfill"
    )
    assert list(found) == [
        broken,
        Restored(one, there=True),
        Restored(three, there=True),
    ]
    assert [said.original.key for said in darkroom.bus.published] == [one.key, three.key]
    assert {said.lane for said in darkroom.bus.published} == {"backfill"}


def test_what_the_item_takes_into_account_comes_before_the_restoring() -> None:
    darkroom = Darkroom()
    held = darkroom.store("a.jpg", 1, verdict=HOLD)
    moved = replace(held, as_of="00000000000000FF")
    darkroom.table.items[held.image_id] = moved
    darkroom.restore(Chosen([held.image_id]))
    assert [said.original.sequencer for said in darkroom.bus.published] == ["00000000000000FF1"]


def test_a_picture_whose_original_is_gone_is_told_and_not_restored() -> None:
    darkroom = Darkroom()
    gone = darkroom.store("gone.jpg", 1, verdict=HOLD)
    there = darkroom.store("there.jpg", 2, verdict=HOLD)
    darkroom.originals.delete(gone.key)
    assert darkroom.restore(Chosen([gone.image_id, there.image_id])) == [
        Restored(gone, there=False),
        Restored(there, there=True),
    ]
    assert [said.original.key for said in darkroom.bus.published] == ["uploads/there.jpg"]


def test_a_picture_whose_original_s3_denies_access_to_ends_nothing() -> None:
    darkroom = Darkroom()
    items = [darkroom.store(name, second, verdict=HOLD) for second, name in enumerate("abc")]
    darkroom.originals.store("uploads/b", b"b", refusal="forbidden")
    done = darkroom.restore(Chosen([item.image_id for item in items]))
    assert [(each.there, each.refused) for each in done] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert [event.original.key for event in darkroom.bus.published] == ["uploads/a", "uploads/c"]


@pytest.mark.parametrize("refusal", ["archived", "customer_key", "key_denied"])
def test_a_picture_whose_original_s3_never_returns_is_refused(refusal: str) -> None:
    darkroom = Darkroom()
    item = darkroom.store("b", 1, verdict=HOLD)
    darkroom.originals.store("uploads/b", b"b", refusal=refusal)
    done = darkroom.restore(Chosen([item.image_id]))
    assert [(each.there, each.refused) for each in done] == [(True, True)]
    assert darkroom.bus.published == []


def test_without_a_bus_the_same_is_told_and_nothing_said() -> None:
    darkroom = Darkroom()
    held = darkroom.store("a.jpg", 1, verdict=HOLD)
    assert darkroom.restore(Chosen([held.image_id]), dry=True) == [Restored(held, there=True)]
    assert darkroom.bus.published == []


def test_all_of_a_state_are_restored_the_longest_unchanged_first_and_no_other() -> None:
    darkroom = Darkroom()
    held = [darkroom.store(f"{second:02}.jpg", second, verdict=HOLD) for second in range(23, 0, -1)]
    darkroom.store("received.jpg", 5)
    found = darkroom.restore(in_state(darkroom, "held", None))
    assert [each.item for each in found] == held[::-1]
    assert len(darkroom.bus.published) == 23


def test_a_state_that_nothing_is_in_has_nothing_to_restore() -> None:
    darkroom = Darkroom()
    chosen = in_state(darkroom, "held", None)
    assert (darkroom.restore(chosen), chosen.since) == ([], None)


def test_a_picture_that_is_held_again_meanwhile_is_not_restored_again() -> None:
    darkroom = Darkroom()
    clock = MemoryClock(datetime(2026, 1, 1, 0, 1, tzinfo=UTC))
    for second in range(1, 31):
        darkroom.store(f"{second}.jpg", second, verdict=HOLD)

    def hold_again(said: Any) -> None:
        clock.wait(0.001)
        for update in (
            Received(original=said.original),
            Analysed(original=said.original, verdict=HOLD, analysis=Analysis(), sha256=SHA256),
        ):
            item = advance(darkroom.table.items[said.original.image_id], update, clock())
            assert item is not None
            darkroom.table.items[item.image_id] = item

    darkroom.bus.deliver = hold_again
    assert len(darkroom.restore(in_state(darkroom, "held", None))) == 30
    assert len(darkroom.of("held")) == 30


def test_a_picture_that_moved_on_since_the_index_was_read_is_passed_over() -> None:
    darkroom = Darkroom()
    changed = darkroom.store("changed.jpg", 2, verdict=HOLD)
    moved = darkroom.store("moved.jpg", 1, verdict=Verdict(decision="reject"))
    kept = darkroom.store("kept.jpg", 1, verdict=HOLD)
    ids = [changed.image_id, moved.image_id, kept.image_id, "0" * 32]
    found = darkroom.restore(Chosen(ids, status="held", since=at(1)))
    assert [each.item for each in found] == [kept]


def test_an_interrupted_run_goes_on_with_those_that_it_left() -> None:
    darkroom = Darkroom()
    for second in (1, 2, 3):
        darkroom.store(f"{second}.jpg", second, verdict=HOLD)
    hours = timezone(timedelta(hours=2))
    for since in (
        datetime(2026, 1, 1, 0, 0, 2),  # noqa: DTZ001 - as an operator may type it
        datetime(2026, 1, 1, 2, 0, 2, tzinfo=hours),
    ):
        chosen = in_state(darkroom, "held", since)
        assert chosen.since == at(2)
        assert [each.item.key for each in darkroom.restore(chosen)] == [
            "uploads/1.jpg",
            "uploads/2.jpg",
        ]


class MemoryIndex:
    """A table's index that answers two entries a page, and keeps what it was asked."""

    def __init__(self, *entries: tuple[str, str]) -> None:
        self.entries = entries
        self.asked: list[dict[str, Any]] = []

    def query(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if asked["ExpressionAttributeValues"][":part"]["S"] != "held#7":
            return {"Items": []}
        start, size = asked.get("ExclusiveStartKey", 0), asked.get("Limit", 2)
        entries = self.entries if asked.get("ScanIndexForward", True) else self.entries[::-1]
        page = [
            {"image_id": {"S": image_id}, "updated_at": {"S": changed}}
            for image_id, changed in entries[start : start + size]
        ]
        more = start + size < len(self.entries)
        return {"Items": page, **({"LastEvaluatedKey": start + size} if more else {})}


def test_the_index_is_read_a_page_at_a_time_and_only_as_far_as_asked() -> None:
    index = MemoryIndex(("a", at(1)), ("b", at(2)), ("c", at(3)))
    statuses = DynamoStatuses("catalog", cast(Any, index))
    ids = statuses.unchanged("held", since=at(3))
    assert next(ids) == "a"
    assert len(index.asked) == 16
    assert list(ids) == ["b", "c"]
    assert len(index.asked) == 17
    assert (
        index.asked[0]["KeyConditionExpression"] == "status_shard = :part AND updated_at <= :since"
    )
    assert index.asked[0]["ExpressionAttributeValues"] == {
        ":part": {"S": "held#0"},
        ":since": {"S": at(3)},
    }
    assert statuses.newest("held") == at(3)
    assert DynamoStatuses("catalog", cast(Any, MemoryIndex())).newest("held") is None
