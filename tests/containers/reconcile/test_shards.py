"""Comparing by inventory: what a shard finds, what it looks up, and how large a shard is."""

import json
import tracemalloc
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import pytest

from pipeline.inventory import Inventory, Listed, UnknownInventoryError
from pipeline.item import Malformed
from pipeline.original import Original, image_id
from pipeline.storage import Current, Originals
from proofs.memory import MemoryTakeover
from reconcile.cursor import Cursor
from reconcile.findings import Finding
from reconcile.shards import Rows, is_useful, shards_of, started
from reconcile.walk import Reconciliation, Step
from tests.containers.reconcile.memory import LONG_AGO, MemoryInventories, uploads
from tests.containers.reconcile.test_walk import (
    CONTENT,
    FIRST,
    HELD,
    ID,
    KEY,
    LONE,
    SECOND,
    STRAY,
    Stack,
    look_of_the_picture,
    with_a_look,
)

MB = 1024**2
DAY = 24 * 3600
NOW = datetime(2026, 1, 8, tzinfo=UTC)
SENT = {"held": {"state": "sent"}}


@dataclass
class Divided:
    """A stack that is compared by an inventory of its originals."""

    stack: Stack = field(default_factory=Stack)
    inventories: MemoryInventories = field(default_factory=MemoryInventories)

    def take(self) -> Inventory:
        """Have S3 list the originals as they are now."""
        return self.inventories.take(uploads(self.stack.originals), self.stack.clock.now)

    def cursors(self, repairs: int = 100) -> Sequence[Cursor]:
        """The beginnings of a run by the newest inventory, with an hour of grace."""
        newest = self.inventories.newest()
        assert newest
        return started(newest, repairs=repairs, grace=timedelta(hours=1))

    def steps(self, repairs: int = 100) -> list[Step]:
        """A whole run, one shard after the other."""
        return [s for each in self.cursors(repairs) for s in self.reconciliation.steps(each)]

    def run(self, repairs: int = 100) -> list[Finding]:
        """What a whole run finds."""
        return [found for step in self.steps(repairs) for found, _ in step.findings]

    @property
    def reconciliation(self) -> Reconciliation:
        return replace(self.stack.reconciliation, inventories=self.inventories)


def _lost(stack: Stack) -> None:
    stack.originals.store("uploads/lost.jpg", b"lost")


def _forbidden(stack: Stack) -> None:
    stack.originals.store("uploads/lost.jpg", b"lost", refusal="forbidden")


def _hidden(stack: Stack) -> None:
    stack.renditions.files.clear()
    stack.put(deleted=True)


def _outdated(stack: Stack) -> None:
    stack.originals.store(KEY, b"newer")


def _stuck(stack: Stack) -> None:
    stack.put(content=CONTENT, claimed=(CONTENT,))


def _one_missing(stack: Stack) -> None:
    del stack.renditions.files[SECOND]


def _first_missing(stack: Stack) -> None:
    del stack.renditions.files[FIRST]


def _all_missing(stack: Stack) -> None:
    stack.renditions.files.clear()


def _untold(stack: Stack) -> None:
    stack.change(notices={})


def _leftover(stack: Stack) -> None:
    stack.change(former=("fedcba9876543210",))


def _leftover_of_a_tombstone(stack: Stack) -> None:
    stack.originals.delete(KEY)
    stack.put(deleted=True, claimed=(CONTENT,))


def _gone(stack: Stack) -> None:
    stack.originals.delete(KEY)


def _first_missing_and_gone(stack: Stack) -> None:
    _first_missing(stack)
    _gone(stack)


def _gone_while_held(stack: Stack) -> None:
    stack.originals.delete(KEY)
    stack.renditions.files.clear()
    stack.put(verdict=HELD, notices=SENT)


def _emptied(stack: Stack) -> None:
    stack.originals.store(KEY, b"")


def _orphaned(stack: Stack) -> None:
    stack.renditions.files[f"i/{ID}/fedcba9876543210/small.jpg"] = b"bytes"


def _lone(stack: Stack) -> None:
    stack.renditions.files[f"i/{'e' * 32}/fedcba9876543210/small.jpg"] = b"bytes"


def _stray(stack: Stack) -> None:
    stack.previews.files = {STRAY: b"bytes", LONE: b"bytes"}


def _malformed(stack: Stack) -> None:
    stack.malformed[ID] = Malformed(ID, KEY, "a problem")


def _unlisted(stack: Stack) -> None:
    with_a_look(stack)


def _unplaced(stack: Stack) -> None:
    stack.places = True


def _unclaimed(stack: Stack) -> None:
    with_a_look(stack)
    for content in (CONTENT, "fedcba9876543210"):
        stack.looks.add("none", look_of_the_picture(content), at=LONG_AGO)


def _look_alone(stack: Stack) -> None:
    look = replace(look_of_the_picture(), image_id="e" * 32)
    stack.looks.add("none", look, at=LONG_AGO)


BREAKS: Sequence[Callable[[Stack], None]] = (
    *(_lost, _forbidden, _hidden, _outdated, _stuck, _one_missing, _first_missing, _all_missing),
    *(_untold, _leftover, _leftover_of_a_tombstone, _gone, _gone_while_held, _emptied),
    *(_orphaned, _lone, _stray, _malformed),
    *(_unlisted, _unplaced, _unclaimed, _look_alone),
)


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda each: each.__name__.strip("_"))
def test_a_run_by_inventory_finds_and_repairs_what_a_walk_does(
    breaks: Callable[[Stack], None],
) -> None:
    walked, divided = Stack(), Divided()
    for stack in (walked, divided.stack):
        breaks(stack)
        stack.age()
    divided.take()
    by_walk = [each for step in walked.steps() for each in step.findings]
    in_shards = [each for step in divided.steps() for each in step.findings]
    assert in_shards
    assert sorted(in_shards, key=str) == sorted(by_walk, key=str)
    assert divided.stack.bus.published == walked.bus.published
    assert divided.stack.renditions.files == walked.renditions.files
    assert divided.stack.previews.files == walked.previews.files
    assert divided.stack.looks.listed == walked.looks.listed


def test_where_everything_is_in_order_only_its_sixteenth_is_looked_up() -> None:
    divided = Divided()
    asked = []
    for _ in range(16):
        divided.stack.clock.wait(DAY)
        asked.append(_looked_up(divided))
    assert sorted(asked) == [[]] * 15 + [[KEY]]


def _looked_up(divided: Divided) -> list[str]:
    """The originals that a run by a new inventory looks up; it finds nothing."""
    divided.take()
    counted = _Counted(divided.stack.originals)
    compared = replace(divided.reconciliation, originals=counted, files=_unasked(divided.stack))
    ends = [list(compared.steps(each))[-1].cursor for each in divided.cursors()]
    assert {each.part for each in ends} == {"end"}
    assert [each.found for each in ends] == [{}] * 16
    assert _sum(ends, "pictures") == _sum(ends, "catalog") == 1
    return counted.asked


def _sum(cursors: Sequence[Cursor], part: str) -> int:
    return sum(each.seen.get(part, 0) for each in cursors)


def _unasked(stack: Stack) -> Any:
    """The listing of the renditions, which nobody looks one file up in."""
    listing = stack.reconciliation.files
    return type("Listing", (), {"after": lambda _, key: listing.after(key)})()


@dataclass
class _Counted:
    """Originals, and which keys were looked up."""

    originals: Originals
    asked: list[str] = field(default_factory=list)

    def current(self, original: Original) -> Current | None:
        self.asked.append(original.key)
        return self.originals.current(original)

    def read(self, original: Original, *, limit: int) -> Any:
        raise AssertionError("a comparison reads no bytes")


def test_what_an_old_inventory_makes_suspicious_is_judged_by_what_s3_shows_now() -> None:
    divided = Divided()
    stack = divided.stack
    stack.originals.store("uploads/deleted since.jpg", b"lost")
    stack.age()
    divided.take()
    stack.originals.delete("uploads/deleted since.jpg")
    stack.age()
    assert divided.run() == []


def test_a_picture_that_the_inventory_does_not_show_is_in_order_if_its_original_is_there() -> None:
    divided = Divided()
    stored = divided.stack.originals.versions
    divided.stack.originals.versions = {}
    divided.take()
    divided.stack.originals.versions = stored
    assert divided.run() == []


def test_what_changed_after_the_inventory_or_an_hour_before_is_not_judged() -> None:
    divided = Divided()
    stack = divided.stack
    stack.originals.store("uploads/new.jpg", b"lost")
    stack.clock.wait(3500)
    divided.take()
    stack.originals.store("uploads/newer.jpg", b"lost")
    stack.put(verdict=HELD, claimed=(CONTENT,))
    stack.age()
    assert divided.run() == []


@pytest.mark.parametrize("days", [1, 7])
def test_what_no_listing_shows_is_found_once_by_sixteen_inventories(days: int) -> None:
    for breaks, kind in ((_nothing_left, "gone"), (_denied, "unreadable")):
        divided = Divided()
        breaks(divided.stack)
        divided.stack.age()
        found: list[Finding] = []
        for _ in range(16):
            divided.stack.clock.wait(days * DAY)
            divided.take()
            found += divided.run(repairs=0)
        assert [each.kind for each in found] == [kind]


@pytest.mark.parametrize("breaks", [_gone, _first_missing_and_gone])
def test_a_picture_that_is_judged_by_its_files_is_not_found_twice(
    breaks: Callable[[Stack], None],
) -> None:
    divided = Divided()
    breaks(divided.stack)
    divided.stack.age()
    for _ in range(16):
        divided.stack.clock.wait(DAY)
        divided.take()
        assert [each.kind for each in divided.run(repairs=0)] == ["gone"]


def _nothing_left(stack: Stack) -> None:
    stack.originals.delete(KEY)
    stack.renditions.files.clear()


def _denied(stack: Stack) -> None:
    stack.originals.versions.clear()
    stack.originals.store(KEY, b"good", refusal="forbidden")
    stack.change(etag=stack.originals.versions[KEY][0].original.etag)


def _many() -> Divided:
    divided = Divided()
    stack = divided.stack
    for number in range(300):
        stack.originals.store(f"uploads/{number}.jpg", b"good")
        image = f"0{number:031x}"
        stack.renditions.files[f"i/{image}/fedcba9876543210/small.jpg"] = b"bytes"
        stack.previews.files[f"previews/{image}/fedcba9876543210.jpg"] = b"bytes"
        stack.table.items[image] = replace(stack.table.items[ID], image_id=image, claimed=())
    stack.age()
    divided.take()
    return divided


def test_every_shard_goes_on_from_any_of_its_steps_and_finds_the_same() -> None:
    divided = _many()
    for begin in divided.cursors(repairs=0):
        steps = list(divided.reconciliation.steps(begin))
        for step in steps[:-1]:
            cursor = Cursor.from_dict(json.loads(json.dumps(step.cursor.to_dict())))
            *_, last = divided.reconciliation.steps(cursor)
            assert last.cursor == steps[-1].cursor


def test_the_inventory_is_read_once_by_each_shard_and_not_for_its_other_parts() -> None:
    divided = _many()
    [*cursors] = divided.cursors(repairs=0)
    ends = [list(divided.reconciliation.steps(each))[-1] for each in cursors]
    assert divided.inventories.read == len(ends) == 16
    for part in ("previews", "catalog"):
        list(divided.reconciliation.steps(replace(cursors[0], part=part)))
    assert divided.inventories.read == 16


def test_the_shards_of_a_run_share_its_repairs_and_its_hundred_notices() -> None:
    divided = _many()
    assert sum(each.repairs for each in divided.cursors(repairs=100)) == 100
    steps = divided.steps(repairs=1600)
    repaired = sum(done for step in steps for _, done in step.findings)
    assert repaired > 300
    live = [each for each in divided.stack.bus.published if each.lane == "live"]
    assert 16 <= len(live) <= 100


@pytest.mark.parametrize(
    ("size", "shards", "last"),
    [(0, 1, ""), (32 * MB, 1, ""), (33 * MB, 16, "f"), (512 * MB, 16, "f"), (513 * MB, 256, "ff")],
)
def test_an_inventory_is_divided_by_its_size(size: int, shards: int, last: str) -> None:
    divided = shards_of(inventory_of(size))
    assert (len(divided), divided[-1]) == (shards, last)
    assert {len(each) for each in divided} == {len(last)}


def inventory_of(size: int = 0, taken: datetime = NOW) -> Inventory:
    return Inventory(key="manifest.json", taken=taken, columns=(), files=(), bytes=size)


def test_an_inventory_is_useful_while_it_is_young_and_can_be_read_in_one_invocation() -> None:
    assert not is_useful(None, NOW)
    assert is_useful(inventory_of(taken=NOW - timedelta(days=8, hours=23)), NOW)
    assert not is_useful(inventory_of(taken=NOW - timedelta(days=9)), NOW)
    assert is_useful(inventory_of(10 * 1024 * MB), NOW)
    assert not is_useful(inventory_of(10 * 1024 * MB + 1), NOW)


def test_an_inventory_that_has_expired_ends_the_shard_and_a_run_without_any_is_refused() -> None:
    divided = Divided()
    divided.take()
    [cursor, *_] = divided.cursors()
    divided.inventories.taken.clear()
    with pytest.raises(UnknownInventoryError, match="inventory/0"):
        list(divided.reconciliation.steps(cursor))
    with pytest.raises(ValueError, match="must have inventories"):
        list(divided.stack.reconciliation.steps(cursor))


def test_a_cursor_of_an_earlier_release_is_a_walk() -> None:
    cursor = Cursor(before=NOW, repairs=3, part="originals", after="a")
    written = cursor.to_dict()
    del written["shard"], written["inventory"]
    assert Cursor.from_dict(written) == cursor
    assert (cursor.shards, cursor.parts[0]) == (1, "renditions")


def test_rows_are_in_the_order_of_image_ids_and_keep_any_key() -> None:
    keys = ["uploads/a\nb.jpg", "uploads/ü +%.jpg", "uploads/c.jpg"]
    listed = [Listed(each, "e-2", 7, NOW) for each in keys]
    rows = Rows([*listed, Listed("uploads/folder/", "e", 0, NOW)])
    ordered = sorted(listed, key=lambda each: image_id(each.key))
    assert list(rows.after("")) == ordered
    assert list(rows.after(image_id(ordered[0].key))) == ordered[1:]


def row_bytes(count: int) -> float:
    """The memory of one of so many rows, whose keys are as long as those that the API gives."""
    tracemalloc.start()
    owner = "0f8fad5b-d9cb-469f-a165-70867728950e"
    rows = Rows(
        Listed(f"uploads/{owner}/{owner}/IMG_{number:09}.jpg", f"{number:032x}", 5_000_000, NOW)
        for number in range(count)
    )
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert next(rows.after(""))
    return taken / count


def test_a_shard_of_100_million_objects_takes_less_than_150_mb() -> None:
    # A process of its own: tracemalloc counts what every thread of this one allocates meanwhile.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        each = alone.submit(row_bytes, 20_000).result()
    assert each * 100_000_000 / 256 < 150_000_000


def test_a_model_takes_over_once_every_shard_of_one_run_finds_its_pictures_placed() -> None:
    takeover = MemoryTakeover()
    divided = Divided(Stack(places=True, takeover=takeover))
    divided.stack.change(placed={"titan": False, "nova": False})
    divided.take()
    *first, last = divided.cursors()
    for each in first:
        list(divided.reconciliation.steps(each))
    assert (len(takeover.reported), takeover.complete) == (len(first), False)
    list(divided.reconciliation.steps(last))
    assert {run for run, _ in takeover.reported} == {last.before.isoformat()}
    assert takeover.complete
