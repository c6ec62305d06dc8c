"""Each kind of finding, what is said about it, and that a walk takes no more memory for more."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import pytest

from pipeline.events import Event, ImageReady, ImageRestored, OriginalMissing, RenditionsObsolete
from pipeline.inventory import Listed
from pipeline.item import Failure, Item, Malformed, Verdict
from pipeline.likeness import Listed as ListedLook
from pipeline.likeness import Look
from pipeline.original import Original, image_id, is_later
from pipeline.policy import Gate
from pipeline.vectors import Placed
from proofs.memory import (
    MemoryBus,
    MemoryClock,
    MemoryEdge,
    MemoryLooks,
    MemoryOriginals,
    MemoryPreviews,
    MemoryRenditions,
    MemoryTable,
    MemoryTakeover,
    MemoryVectors,
)
from reconcile.cursor import Cursor
from reconcile.walk import Reconciliation, Step
from tests.containers.reconcile.memory import LONG_AGO, MemoryItems, files, preview_files, uploads
from tests.containers.vectors import placed, toward

KEY = "uploads/ä b.jpg"
ID = image_id(KEY)
CONTENT = "0123456789abcdef"
FIRST, SECOND = (f"i/{ID}/{CONTENT}/small.{extension}" for extension in ("jpg", "webp"))
RENDITIONS = {
    "small": {
        "jpeg": {"key": FIRST, "width": 4, "height": 3, "bytes": 5},
        "webp": {"key": SECOND, "width": 4, "height": 3, "bytes": 5},
    }
}
ACCEPTED, HELD, REJECTED = (Verdict(decision=word) for word in ("accept", "hold", "reject"))


@dataclass
class Stack:
    """A stack with one picture in it, in perfect order, an hour and a day old."""

    gate: Gate = "open"
    clock: MemoryClock = field(default_factory=MemoryClock)
    edge: MemoryEdge = field(default_factory=MemoryEdge)
    bus: MemoryBus = field(default_factory=MemoryBus)
    behind: bool = False
    previews: MemoryPreviews = field(default_factory=MemoryPreviews)
    looks: MemoryLooks = field(default_factory=MemoryLooks)
    vectors: MemoryVectors = field(default_factory=MemoryVectors)
    places: bool = False
    """Whether the stage has a model that places pictures."""
    takeover: MemoryTakeover | None = None
    """What is known about a next model; None if there is none."""
    previewed: datetime = LONG_AGO
    """When the previews were written."""

    def __post_init__(self) -> None:
        self.originals = MemoryOriginals(self.clock)
        self.table = MemoryTable()
        self.malformed: dict[str, Malformed] = {}
        self.renditions = MemoryRenditions()
        self.original = self.originals.store(KEY, b"good")
        self.renditions.files = {FIRST: b"bytes", SECOND: b"bytes"}
        self.put(
            verdict=ACCEPTED,
            renditions=RENDITIONS,
            content=CONTENT,
            claimed=(CONTENT,),
            notices={"ready": {"state": "sent"}},
        )
        self.clock.wait(86_400 + 3600)

    def put(self, **values: Any) -> Item:
        """Have the catalog say this about the picture, since now."""
        now = self.clock.now.isoformat()
        named = {"image_id": ID, **vars(self.original), "as_of": self.original.sequencer}
        item = Item(**{**named, "created_at": now, "updated_at": now, **values})
        self.table.items[ID] = item
        return item

    def change(self, **values: Any) -> None:
        """Have the catalog say this as well, since ever."""
        self.table.items[ID] = replace(self.table.items[ID], **values)

    def age(self) -> None:
        """Let the grace period pass."""
        self.clock.wait(7201)

    def steps(self, repairs: int = 100) -> list[Step]:
        """A whole run, with an hour of grace."""
        cursor = Cursor(before=self.clock.now - timedelta(hours=1), repairs=repairs)
        return list(self.reconciliation.steps(cursor))

    @property
    def reconciliation(self) -> Reconciliation:
        return Reconciliation(
            "originals",
            self.gate,
            uploads(self.originals),
            files(self.renditions),
            preview_files(self.previews, self.previewed),
            MemoryItems(self.table, malformed=self.malformed, behind=self.behind),
            self.originals,
            self.renditions,
            self.previews,
            self.looks,
            self.edge,
            self.bus,
            vectors=self._vectors,
            takeover=self.takeover,
            clock=self.clock,
        )

    @property
    def _vectors(self) -> tuple[MemoryVectors, ...]:
        following = MemoryVectors(model="nova", table=self.vectors.table)
        both = (self.vectors, *((following,) if self.takeover else ()))
        return both if self.places else ()

    def run(self, repairs: int = 100) -> tuple[list[str], list[Event]]:
        """The kinds that a run finds, and what it says."""
        found = [finding.kind for step in self.steps(repairs) for finding, _ in step.findings]
        return [str(kind) for kind in found], self.bus.published


def test_nothing_is_found_where_everything_is_in_order() -> None:
    stack = Stack()
    last = stack.steps()[-1].cursor
    assert (last.part, last.found, last.repaired) == ("end", {}, {})
    assert last.seen == {"renditions": 2, "originals": 1, "catalog": 1}
    assert stack.bus.published == []


def look_of_the_picture(content: str = CONTENT) -> ListedLook:
    return ListedLook(image_id=ID, content=content, look=Look(dhash=255, phash=1))


def with_a_look(stack: Stack) -> None:
    """Have the picture be one that its look should find."""
    stack.change(hashes={"dhash": f"{255:016x}", "phash": f"{1:016x}"}, measured={"contrast": 50})


def test_a_look_that_its_item_claims_is_in_order() -> None:
    stack = Stack()
    with_a_look(stack)
    stack.looks.add("none", look_of_the_picture(), at=LONG_AGO)
    last = stack.steps()[-1].cursor
    assert (last.found, last.seen["likeness"]) == ({}, 1)


def test_a_picture_whose_look_is_missing_has_it_listed_again() -> None:
    stack = Stack()
    with_a_look(stack)
    assert stack.run() == (
        ["unlisted"],
        [ImageRestored(original=stack.original, stale=["likeness"])],
    )


def test_a_picture_without_a_look_misses_none() -> None:
    stack = Stack()
    stack.change(hashes={"dhash": f"{255:016x}"}, measured={"contrast": 50})
    assert stack.run() == ([], [])
    stack.change(hashes={"dhash": f"{255:016x}", "phash": "0" * 16}, measured={"contrast": 5})
    assert stack.run() == ([], [])


def test_a_look_that_its_item_does_not_claim_is_removed_by_an_event() -> None:
    stack = Stack()
    with_a_look(stack)
    for content in (CONTENT, "fedcba9876543210"):
        stack.looks.add("none", look_of_the_picture(content), at=LONG_AGO)
    assert stack.run() == (
        ["unclaimed"],
        [RenditionsObsolete(original=stack.original, contents=["fedcba9876543210"])],
    )


def test_a_look_without_an_item_is_removed_at_once_once_nobody_may_be_writing() -> None:
    stack = Stack()
    del stack.table.items[ID]
    stack.originals.versions.clear()
    stack.renditions.files.clear()
    owner = "11111111-1111-4111-8111-111111111111"
    stack.looks.add(owner, look_of_the_picture(), at=stack.clock.now)
    assert stack.run() == ([], [])
    stack.age()
    assert stack.run() == (["unclaimed"], [])
    assert (stack.looks.listed, any(stack.looks.shelves.values())) == ({}, False)


def vector_of_the_picture(content: str = CONTENT) -> Placed:
    return replace(placed(0, toward(1), content=content), image_id=ID)


def test_a_vector_that_its_item_claims_is_in_order() -> None:
    stack = Stack(places=True)
    stack.vectors.put(vector_of_the_picture(), at=LONG_AGO)
    last = stack.steps()[-1].cursor
    assert (last.found, last.seen["vectors"]) == ({}, 1)


def test_a_vector_that_its_item_does_not_claim_is_removed_by_an_event() -> None:
    stack = Stack(places=True)
    for content in (CONTENT, "fedcba9876543210"):
        stack.vectors.put(vector_of_the_picture(content), at=LONG_AGO)
    assert stack.run() == (
        ["adrift"],
        [RenditionsObsolete(original=stack.original, contents=["fedcba9876543210"])],
    )


def test_a_vector_without_an_item_is_removed_at_once_once_nobody_may_be_writing() -> None:
    stack = Stack(places=True)
    del stack.table.items[ID]
    stack.originals.versions.clear()
    stack.renditions.files.clear()
    stack.vectors.put(vector_of_the_picture(), at=stack.clock.now)
    assert stack.run() == ([], [])
    stack.age()
    assert stack.run() == (["adrift"], [])
    assert stack.vectors.placed == {}


def test_a_stage_without_vectors_misses_none() -> None:
    stack = Stack()
    stack.vectors.put(vector_of_the_picture("fedcba9876543210"), at=LONG_AGO)
    assert stack.run() == ([], [])


def test_a_picture_whose_vector_is_missing_is_placed_again() -> None:
    stack = Stack(places=True)
    stack.vectors.put(vector_of_the_picture("fedcba9876543210"), at=stack.clock.now)
    [(finding, repaired)] = [each for step in stack.steps() for each in step.findings]
    assert (finding.kind, finding.detail, repaired) == (
        "unplaced",
        f"ready: {CONTENT} by titan",
        True,
    )
    assert stack.bus.published == [ImageRestored(original=stack.original, stale=["vectors"])]


def test_a_vector_that_was_lost_is_missed_whatever_its_item_says() -> None:
    stack = Stack(places=True)
    stack.change(placed={"titan": True})
    assert stack.run()[0] == ["unplaced"]


def test_a_picture_that_the_model_never_takes_misses_no_vector() -> None:
    stack = Stack(places=True)
    stack.change(placed={"titan": False})
    assert stack.run() == ([], [])


@pytest.mark.parametrize("kept", [{"content": None}, {"verdict": REJECTED, "content": CONTENT}])
def test_a_picture_that_shows_nothing_misses_no_vector(kept: dict[str, Any]) -> None:
    stack = Stack(places=True)
    stack.change(**kept)
    assert "unplaced" not in stack.run()[0]


def test_a_picture_that_changed_a_moment_ago_misses_no_vector_yet() -> None:
    stack = Stack(places=True)
    stack.change(updated_at=stack.clock.now.isoformat())
    assert stack.run() == ([], [])
    stack.age()
    assert stack.run()[0] == ["unplaced"]


def moving(**known: Any) -> Stack:
    """A stack whose picture only the first of two models has placed, as far as it is known."""
    stack = Stack(places=True, takeover=MemoryTakeover())
    stack.vectors.put(vector_of_the_picture(), at=LONG_AGO)
    stack.change(**known)
    return stack


def taken_over(stack: Stack) -> bool:
    """Whether a run that does nothing else finds that the next model has taken over."""
    stack.steps(repairs=0)
    assert stack.takeover
    return stack.takeover.complete


def test_a_model_takes_over_once_a_run_finds_every_picture_placed_by_it() -> None:
    stack = moving()
    [(finding, _)] = [each for step in stack.steps() for each in step.findings]
    assert (finding.kind, finding.detail) == ("unplaced", f"ready: {CONTENT} by nova")
    assert not taken_over(stack)
    nova = MemoryVectors(model="nova", table=stack.vectors.table)
    nova.put(vector_of_the_picture(), at=stack.clock.now)
    assert taken_over(stack)


def test_a_run_that_is_to_note_nothing_counts_what_is_left_alone() -> None:
    stack = moving()
    walk = replace(stack.reconciliation, noting=False)
    *_, last = walk.steps(Cursor(before=stack.clock.now, repairs=0))
    assert last.cursor.unplaced == 1
    stack.change(placed={"nova": False})
    *_, last = walk.steps(Cursor(before=stack.clock.now, repairs=0))
    assert stack.takeover
    assert (last.cursor.unplaced, stack.takeover.complete, stack.takeover.forgotten) == (
        0,
        False,
        0,
    )


def test_what_two_models_made_of_a_content_is_removed_as_one() -> None:
    stack = moving(placed={"nova": False})
    for model in ("titan", "nova"):
        vectors = MemoryVectors(model=model, table=stack.vectors.table)
        vectors.put(vector_of_the_picture("fedcba9876543210"), at=LONG_AGO)
    assert stack.run() == (
        ["adrift"],
        [RenditionsObsolete(original=stack.original, contents=["fedcba9876543210"])],
    )


def test_what_the_next_model_never_takes_does_not_keep_it_from_taking_over() -> None:
    assert taken_over(moving(placed={"nova": False}))


def test_what_changed_a_moment_ago_is_no_finding_but_keeps_a_model_from_taking_over() -> None:
    stack = moving()
    stack.change(updated_at=stack.clock.now.isoformat())
    last = stack.steps()[-1].cursor
    assert (last.found, last.unplaced) == ({}, 1)
    assert stack.takeover
    assert not stack.takeover.complete


def test_a_run_that_began_before_there_was_a_next_model_tells_nothing_about_it() -> None:
    stack = moving(placed={"nova": False})
    walk, before = stack.reconciliation, replace(stack.reconciliation, takeover=None)
    begun = next(
        step.cursor
        for step in before.steps(Cursor(before=stack.clock.now, repairs=0))
        if step.cursor.part == "catalog"
    )
    list(walk.steps(Cursor.from_dict(begun.to_dict())))
    assert stack.takeover
    assert (stack.takeover.reported, stack.takeover.forgotten) == (set(), 1)


def test_every_run_forgets_what_was_noted_about_other_models() -> None:
    stack = moving()
    stack.takeover = MemoryTakeover(names="titan>", next="")
    stack.steps()
    assert (stack.takeover.reported, stack.takeover.forgotten) == (set(), 1)


def test_an_item_that_cannot_be_read_is_reported_once_and_its_files_stay() -> None:
    stack = Stack()
    problem = "bytes must be a whole number, got 'ten'"
    stack.malformed[ID] = Malformed(ID, KEY, problem)
    lost = stack.originals.store("uploads/lost.jpg", b"lost")
    stack.age()
    done = [each for step in stack.steps() for each in step.findings]
    assert [(found.kind, found.key, found.detail, repaired) for found, repaired in done] == [
        ("uncatalogued", lost.key, done[0][0].detail, True),
        ("malformed", KEY, problem, False),
    ]
    assert set(stack.renditions.files) == {FIRST, SECOND}
    assert [said.original.key for said in stack.bus.published] == [lost.key]


def test_an_original_that_nobody_announced_is_processed_as_if_it_were_the_first() -> None:
    stack = Stack()
    stack.table.items.clear()
    stack.renditions.files.clear()
    found, (said,) = stack.run()
    assert found == ["uncatalogued"]
    assert said == ImageRestored(original=replace(stack.original, sequencer="0" * 16))


def test_whatever_s3_says_of_an_upload_is_later_than_what_reconciling_says() -> None:
    first = Original(bucket="originals", key=KEY, sequencer="0" * 16)
    for sequencer in ("0055AED6DCD90281E5", "000065D2B1A4C3F210", "00612F8B1C0B5A7E5D01"):
        assert is_later(sequencer, than=first.sequencer)
        assert is_later(sequencer, than=first.just_after().just_after().sequencer)


def test_a_deletion_that_was_not_the_last_word_is_taken_back() -> None:
    stack = Stack()
    stack.put(deleted=True)
    stack.age()
    found, said = stack.run()
    assert "hidden" in found
    assert ImageRestored(original=stack.original.just_after()) in said


def test_an_overwriting_that_nobody_announced_is_processed_after_what_is_known() -> None:
    stack = Stack()
    stack.change(as_of="00000000000000FF")
    overwriting = stack.originals.store(KEY, b"good too")
    stack.age()
    found, said = stack.run()
    assert found == ["outdated"]
    after = "00000000000000FF1"
    assert said == [ImageRestored(original=replace(overwriting, sequencer=after))]


@pytest.mark.parametrize("known", [{}, {"verdict": ACCEPTED}, {"renditions": RENDITIONS}])
def test_a_picture_that_came_to_no_end_gets_its_own_event_again(known: dict[str, Any]) -> None:
    stack = Stack()
    stack.put(content=CONTENT, claimed=(CONTENT,), **known)
    stack.age()
    assert stack.run() == (["stuck"], [ImageRestored(original=stack.original)])


@pytest.mark.parametrize(("gate", "found"), [("open", ["stuck"]), ("guarded", [])])
def test_a_held_picture_lacks_its_renditions_only_where_every_upload_gets_them(
    gate: Gate, found: list[str]
) -> None:
    stack = Stack(gate)
    stack.renditions.files.clear()
    stack.put(verdict=HELD, notices={"held": {"state": "sent"}})
    stack.age()
    assert stack.run()[0] == found


@pytest.mark.parametrize("lost", [(FIRST,), (SECOND,), (FIRST, SECOND)])
def test_renditions_that_are_gone_are_made_again(lost: tuple[str, ...]) -> None:
    stack = Stack()
    for key in lost:
        del stack.renditions.files[key]
    assert stack.run() == (["incomplete"], [ImageRestored(original=stack.original.just_after())])


def test_an_outcome_that_nobody_was_told_is_said_again() -> None:
    stack = Stack()
    until = "2026-01-01T00:01:00.000+00:00"
    stack.change(notices={"ready": {"state": "sending", "until": until}})
    found, said = stack.run()
    assert found == ["untold"]
    assert said[-1] == ImageReady(original=stack.original, renditions=RENDITIONS)


def test_a_failure_that_nobody_was_told_is_said_by_the_stage_that_failed() -> None:
    stack = Stack()
    stack.renditions.files.clear()
    failure = Failure(stage="resize", code="truncated", message="the file ends early")
    stack.put(failure=failure, verdict=ACCEPTED)
    stack.age()
    found, said = stack.run()
    assert found == ["untold"]
    assert [(event.detail_type, event.detail()["failure"]["code"]) for event in said] == [
        ("Image Failed", "truncated")
    ]


def test_a_rejection_is_said_again_even_if_the_picture_also_failed() -> None:
    stack = Stack()
    stack.renditions.files.clear()
    failure = Failure(stage="resize", code="truncated", message="the file ends early")
    stack.put(failure=failure, verdict=REJECTED)
    stack.age()
    found, said = stack.run()
    assert (found, [event.detail_type for event in said]) == (["untold"], ["Image Rejected"])


def test_files_that_were_to_be_removed_are_named_again() -> None:
    stack = Stack()
    stack.change(former=("fedcba9876543210",))
    expected = RenditionsObsolete(original=stack.original, contents=["fedcba9876543210"])
    assert stack.run() == (["leftover"], [expected])


def test_files_that_the_caches_may_still_hold_are_named_again() -> None:
    stack = Stack()
    stack.originals.delete(KEY)
    stack.renditions.files.clear()
    stack.put(deleted=True, removing=(f"i/{ID}/fedcba9876543210/small.jpg",))
    stack.age()
    expected = RenditionsObsolete(original=stack.original, contents=["fedcba9876543210"])
    assert stack.run() == (["leftover"], [expected])


def test_a_tombstone_over_files_has_them_removed() -> None:
    stack = Stack()
    stack.originals.delete(KEY)
    stack.put(deleted=True, claimed=(CONTENT,))
    stack.age()
    expected = RenditionsObsolete(original=stack.original, contents=[CONTENT])
    assert stack.run() == (["leftover"], [expected])


def test_retire_is_told_of_a_picture_whose_original_is_gone() -> None:
    stack = Stack()
    stack.originals.delete(KEY)
    assert stack.run() == (["gone"], [OriginalMissing(original=stack.original)])


def test_files_that_an_item_does_not_claim_are_named_to_retire() -> None:
    stack = Stack()
    stack.renditions.files[f"i/{ID}/fedcba9876543210/small.jpg"] = b"bytes"
    expected = RenditionsObsolete(original=stack.original, contents=["fedcba9876543210"])
    assert stack.run() == (["orphaned"], [expected])


def test_files_without_an_item_are_removed_from_bucket_and_caches() -> None:
    stack = Stack()
    lone = f"i/{'e' * 32}/fedcba9876543210/"
    stack.renditions.files[f"{lone}small.jpg"] = b"bytes"
    assert stack.run() == (["orphaned"], [])
    assert set(stack.renditions.files) == {FIRST, SECOND}
    assert stack.edge.forgotten == [([lone], (f"{lone}small.jpg",))]


def test_files_without_an_item_are_forgotten_by_the_caches_together() -> None:
    stack = Stack()
    lone = [f"i/{digit * 32}/fedcba9876543210/" for digit in "ef"]
    stack.renditions.files |= {f"{prefix}small.jpg": b"bytes" for prefix in lone}
    assert stack.run() == (["orphaned", "orphaned"], [])
    assert stack.edge.forgotten == [(lone, tuple(f"{prefix}small.jpg" for prefix in lone))]
    assert set(stack.renditions.files) == {FIRST, SECOND}


def test_files_stay_whose_item_only_the_latest_read_shows() -> None:
    stack = Stack(behind=True)
    steps = stack.steps()
    assert steps[-1].cursor.found["orphaned"] == 1
    assert "orphaned" not in steps[-1].cursor.repaired
    assert set(stack.renditions.files) == {FIRST, SECOND}
    assert stack.edge.forgotten == []


STRAY = f"previews/{ID}/fedcba9876543210.jpg"
LONE = f"previews/{'e' * 32}/fedcba9876543210.jpg"


def test_previews_that_an_item_does_not_claim_are_named_to_retire() -> None:
    stack = Stack()
    claimed = stack.table.items[ID].preview
    stack.change(verdict=HELD, previews=(claimed,), notices={"held": {"state": "sent"}})
    stack.previews.files = {STRAY: b"bytes", claimed: b"bytes"}
    expected = RenditionsObsolete(original=stack.original, contents=[], previews=[STRAY])
    assert stack.run() == (["stray"], [expected])
    assert set(stack.previews.files) == {STRAY, claimed}


def test_previews_without_an_item_are_removed_and_no_cache_is_asked() -> None:
    stack = Stack()
    stack.previews.files = {LONE: b"bytes"}
    done = [each for step in stack.steps() for each in step.findings]
    assert [(found.kind, found.key, found.detail, repaired) for found, repaired in done] == [
        ("stray", None, LONE, True)
    ]
    assert (stack.previews.files, stack.edge.forgotten, stack.bus.published) == ({}, [], [])


def test_a_dry_run_reports_strays_and_removes_none() -> None:
    stack = Stack()
    stack.previews.files = {LONE: b"bytes", STRAY: b"bytes"}
    last = stack.steps(repairs=0)[-1].cursor
    assert (last.found, last.repaired) == ({"stray": 2}, {})
    assert (set(stack.previews.files), stack.bus.published) == ({LONE, STRAY}, [])


def test_a_preview_within_the_grace_and_a_key_of_another_form_stay() -> None:
    stack = Stack()
    stack.previewed = stack.clock.now - timedelta(minutes=59)
    stack.previews.files = {LONE: b"bytes"}
    assert stack.run() == ([], [])
    stack.previewed = LONG_AGO
    stack.previews.files = {"previews/readme.txt": b"bytes"}
    assert stack.run() == ([], [])


def test_previews_stay_whose_item_only_the_latest_read_shows_or_cannot_be_read() -> None:
    stack = Stack(behind=True)
    stack.previews.files = {STRAY: b"bytes"}
    assert "stray" not in stack.steps()[-1].cursor.repaired
    stack = Stack()
    stack.malformed[ID] = Malformed(ID, KEY, "a problem")
    stack.previews.files = {STRAY: b"bytes"}
    assert stack.run() == (["malformed"], [])
    assert set(stack.previews.files) == {STRAY}


def test_no_more_files_without_an_item_are_removed_than_repairs_are_allowed() -> None:
    stack = Stack()
    lone = [f"i/{digit * 32}/fedcba9876543210/" for digit in "ef"]
    stack.renditions.files |= {f"{prefix}small.jpg": b"bytes" for prefix in lone}
    last = stack.steps(repairs=1)[-1].cursor
    assert (last.found, last.repaired) == ({"orphaned": 2}, {"orphaned": 1})
    assert f"{lone[0]}small.jpg" not in stack.renditions.files
    assert f"{lone[1]}small.jpg" in stack.renditions.files


def test_nothing_young_is_judged() -> None:
    stack = Stack()
    stack.originals.store("uploads/new.jpg", b"good")
    stack.put(claimed=(CONTENT,))
    stack.originals.store(KEY, b"good too")
    assert stack.run() == ([], [])


def test_empty_objects_and_keys_of_another_form_are_passed_over() -> None:
    stack = Stack()
    stack.originals.store("uploads/folder/", b"")
    stack.renditions.files["i/readme.txt"] = b"not a rendition"
    stack.age()
    assert stack.run() == ([], [])


def test_a_picture_overwritten_by_an_empty_object_has_no_original_any_more() -> None:
    stack = Stack()
    stack.originals.store(KEY, b"")
    stack.age()
    assert stack.run() == (["gone"], [OriginalMissing(original=stack.original)])


@pytest.mark.parametrize("refusal", ["customer_key", "key_denied", "archived"])
def test_an_object_that_s3_never_returns_is_repaired_like_any_other_and_ends_nothing(
    refusal: str,
) -> None:
    stack = Stack()
    unread = stack.originals.store("uploads/a first.jpg", b"good", refusal=refusal)
    stack.originals.store("uploads/z last.jpg", b"good")
    stack.age()
    found, said = stack.run()
    assert found == ["uncatalogued", "uncatalogued"]
    assert [event.original.key for event in said] == ["uploads/a first.jpg", "uploads/z last.jpg"]
    assert (said[0].original.etag, said[0].original.bytes) == (unread.etag, 4)


def test_a_failed_picture_whose_original_cannot_be_read_is_in_order() -> None:
    stack = Stack()
    unread = stack.originals.store(KEY, b"good", refusal="customer_key")
    stack.renditions.files.clear()
    failure = Failure(stage="resize", code="customer_key", message="")
    sent = {"failed": {"state": "sent"}}
    stack.put(etag=unread.etag, version_id=None, failure=failure, notices=sent)
    stack.age()
    assert stack.run() == ([], [])


def test_an_object_that_s3_denies_access_to_is_a_finding_and_ends_nothing() -> None:
    stack = Stack()
    stack.originals.store("uploads/a first.jpg", b"good", refusal="forbidden")
    stack.originals.store("uploads/z last.jpg", b"good")
    stack.age()
    last = stack.steps()[-1].cursor
    assert last.found == {"unreadable": 1, "uncatalogued": 1}
    assert last.repaired == {"uncatalogued": 1}


def test_an_item_whose_original_s3_denies_access_to_is_not_taken_for_missing() -> None:
    stack = Stack()
    stack.originals.versions.clear()
    stack.originals.store(KEY, b"good", refusal="forbidden")
    stack.change(etag=stack.originals.versions[KEY][0].original.etag)
    stack.age()
    assert stack.run() == (["unreadable"], [])


def test_a_run_without_repairs_only_says_what_it_found() -> None:
    stack = Stack()
    stack.originals.delete(KEY)
    stack.renditions.files[f"i/{'e' * 32}/fedcba9876543210/small.jpg"] = b"bytes"
    last = stack.steps(repairs=0)[-1].cursor
    assert (last.found, last.repaired, last.unrepaired) == ({"orphaned": 1, "gone": 1}, {}, 2)
    assert stack.bus.published == []
    assert len(stack.renditions.files) == 3


def test_a_run_repairs_no_more_than_it_may() -> None:
    stack = Stack()
    for number in range(250):
        stack.originals.store(f"uploads/{number}.jpg", b"good")
    stack.age()
    last = stack.steps(repairs=120)[-1].cursor
    assert last.found == {"uncatalogued": 250}
    assert last.repaired == {"uncatalogued": 120}
    assert len(stack.bus.published) == 120


def test_after_a_hundred_repairs_the_others_are_bulk_work() -> None:
    stack = Stack()
    for number in range(120):
        stack.originals.store(f"uploads/{number}.jpg", b"good")
    stack.age()
    stack.steps(repairs=1000)
    assert [each.lane for each in stack.bus.published] == ["live"] * 100 + ["backfill"] * 20


def test_a_run_goes_on_from_any_of_its_steps_and_finds_the_same() -> None:
    stack = Stack()
    for number in range(250):
        stack.originals.store(f"uploads/{number}.jpg", b"good")
        image = f"{number:032x}"
        stack.renditions.files[f"i/{image}/fedcba9876543210/small.jpg"] = b"bytes"
        stack.table.items[image] = replace(stack.table.items[ID], image_id=image)
    stack.age()
    steps = stack.steps(repairs=0)
    for step in steps[:-1]:
        cursor = Cursor.from_dict(step.cursor.to_dict())
        *_, last = stack.reconciliation.steps(cursor)
        assert last.cursor == steps[-1].cursor


OLD = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Endless:
    """`count` objects, named and made as they are asked for, and all there."""

    count: int
    name: Callable[[int], str]

    def after(self, key: str) -> Iterator[Listed]:
        names = (self.name(number) for number in range(self.count))
        return (Listed(name, "etag", 5, OLD) for name in names if name > key)

    def has(self, key: str) -> bool:
        return bool(key)


@dataclass(frozen=True)
class EndlessItems:
    """`count` tombstones, a hundred a page; looked for by name, every item is like `item`."""

    count: int
    item: Item

    def find(self, image_ids: Sequence[str], *, latest: bool = False) -> dict[str, Item]:
        return dict.fromkeys(image_ids, self.item)

    def after(self, image_id: str, *, part: int = 0, parts: int = 1) -> Iterator[Sequence[Item]]:
        assert image_id == ""
        for start in range(0, self.count, 100):
            yield [replace(self.item, deleted=True, claimed=())] * min(100, self.count - start)


def peak(count: int) -> int:
    """The most bytes that a walk over `count` objects of each kind holds at a time."""
    stack = Stack()
    item = replace(stack.table.items[ID], etag="etag")
    walk = replace(
        stack.reconciliation,
        uploads=Endless(count, lambda number: f"uploads/{number:09}.jpg"),
        files=Endless(count, lambda number: f"i/{number // 4:032x}/{CONTENT}/{number % 4}.jpg"),
        items=EndlessItems(count, item),
    )
    cursor = Cursor(before=stack.clock.now, repairs=0)
    most = 0
    gc.freeze()  # what was there before need not be looked through after every step
    tracemalloc.start()
    for number, step in enumerate(walk.steps(cursor)):
        last = step.cursor
        if number % 10 == 0:
            gc.collect()
            most = max(most, tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    gc.unfreeze()
    assert last.seen == {"renditions": count, "originals": count, "catalog": count}
    return most


@pytest.mark.long
def test_forty_thousand_objects_take_no_more_memory_than_two_thousand() -> None:
    # A process of its own: tracemalloc counts what every thread of this one allocates meanwhile.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        small, large = alone.map(peak, (2_000, 40_000))
    # Less than one byte for each further object.
    assert large < small + 38_000
