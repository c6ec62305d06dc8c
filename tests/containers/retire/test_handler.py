"""What goes when a picture, or a version of one, is deleted or replaced."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from pipeline.address import content_prefix
from pipeline.bus import PublishError
from pipeline.catalog import Catalog
from pipeline.events import (
    Event,
    ImageRestored,
    ImageRetired,
    Lane,
    ObjectCreated,
    ObjectDeleted,
    ObjectRestored,
    OriginalMissing,
    RenditionsObsolete,
    UnexpectedEventError,
)
from pipeline.facts import Analysis
from pipeline.item import Failure, Item, Verdict
from pipeline.lifecycle import Analysed, Failed, Received, Rendered, Rendering
from pipeline.likeness import Listed, Look
from pipeline.original import Original
from pipeline.storage import OriginalForbiddenError
from proofs.memory import (
    MemoryBus,
    MemoryClock,
    MemoryEdge,
    MemoryLooks,
    MemoryOriginals,
    MemoryPreviews,
    MemoryRenditions,
    MemoryTable,
    MemoryVectors,
    no_pause,
)
from retire.handler import Retire
from tests.containers.found import MEASUREMENT, SHA256
from tests.containers.vectors import placed, toward

KEY = "uploads/a.jpg"


@dataclass
class Darkroom:
    """The function with everything around it in memory."""

    versioned: bool = True
    steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = MemoryClock()
        self.originals = MemoryOriginals(self.clock, self.versioned)
        self.renditions = MemoryRenditions(self.steps.append)
        self.edge = MemoryEdge(self.steps.append)
        self.bus = MemoryBus(self.steps.append)
        self.catalog = Catalog(MemoryTable(), self.clock)
        self.previews = MemoryPreviews(self.steps.append)
        self.looks = MemoryLooks(self.steps.append)
        self.vectors = MemoryVectors(self.steps.append)
        self.work = Retire(
            self.catalog,
            self.originals,
            self.renditions,
            self.previews,
            self.looks,
            self.edge,
            self.bus,
            self.vectors,
        )

    def ready(
        self, data: bytes, content: str, decision: str = "accept", key: str = KEY
    ) -> Original:
        """Upload a picture and bring it to its end."""
        original = self.originals.store(key, data)
        file = f"i/{original.image_id}/{content}/small.jpg"
        self.catalog.advance(Rendering(original=original, content=content))
        self.renditions.files[file] = data
        small = {"small": {"jpeg": {"key": file}}}
        self.catalog.advance(
            Rendered(original=original, content=content, renditions=small, measurement=MEASUREMENT)
        )
        verdict = Verdict(decision=decision)  # type: ignore[arg-type]  # one of three words
        self.catalog.advance(
            Analysed(original=original, verdict=verdict, analysis=Analysis(), sha256=SHA256)
        )
        self.clock.wait(100)
        return original

    def retire(self, *events: Event) -> None:
        """Work through a batch of these events."""
        begun = [part for event in events if (part := self.work.begin(event))]
        self.work.share(begun)
        for part in begun:
            self.work.finish(part)

    def deleted(self, original: Original, at: datetime | None = None) -> ObjectDeleted:
        return ObjectDeleted(original=original, at=at or self.clock.now)

    def prefix(self, content: str) -> str:
        return f"i/{self.item.image_id}/{content}/"

    @property
    def item(self) -> Item:
        item = self.catalog.get(Original(bucket="b", key=KEY, sequencer="1").image_id)
        assert item is not None
        return item


def retired(darkroom: Darkroom) -> list[ImageRetired]:
    return [event for event in darkroom.bus.published if isinstance(event, ImageRetired)]


def broken(step: str) -> None:
    """What a service does in place of a step when it is down."""
    raise PublishError(step)


@pytest.fixture
def darkroom() -> Darkroom:
    return Darkroom()


@pytest.fixture(params=[True, False], ids=["versioned", "unversioned"])
def any_darkroom(request: pytest.FixtureRequest) -> Darkroom:
    return Darkroom(versioned=request.param)


def test_a_deleted_picture_leaves_a_tombstone_and_nothing_else(any_darkroom: Darkroom) -> None:
    darkroom = any_darkroom
    darkroom.ready(b"one", "c1")
    gone = darkroom.originals.delete(KEY)
    darkroom.retire(darkroom.deleted(gone))
    item = darkroom.item
    assert (item.status, item.sequencer, item.claimed, item.former) == (
        "deleted",
        gone.sequencer,
        (),
        (),
    )
    assert darkroom.renditions.files == {}
    prefix = darkroom.prefix("c1")
    assert darkroom.edge.forgotten == [([prefix], [f"{prefix}small.jpg"])]
    assert darkroom.bus.published == [
        ImageRetired(original=gone, reason="deleted", removed=[darkroom.prefix("c1")])
    ]


def test_files_go_before_the_caches_are_told_and_that_before_anybody_hears(
    darkroom: Darkroom,
) -> None:
    darkroom.ready(b"one", "c1")
    darkroom.retire(darkroom.deleted(darkroom.originals.delete(KEY)))
    assert [step.split()[0] for step in darkroom.steps] == [
        "list",
        "remove",
        "find",
        "find",
        "invalidate",
        "publish",
    ]


def test_a_repeated_deletion_removes_nothing_more_and_says_so(darkroom: Darkroom) -> None:
    darkroom.ready(b"one", "c1")
    gone = darkroom.originals.delete(KEY)
    for _ in range(2):
        darkroom.retire(darkroom.deleted(gone))
    assert [event.removed for event in retired(darkroom)] == [[darkroom.prefix("c1")], []]
    assert len(darkroom.edge.forgotten) == 1


def test_a_later_try_names_the_files_that_an_earlier_one_removed(darkroom: Darkroom) -> None:
    darkroom.ready(b"one", "c1")
    gone = darkroom.originals.delete(KEY)
    darkroom.edge.pause = broken
    with pytest.raises(PublishError):
        darkroom.retire(darkroom.deleted(gone))
    prefix = darkroom.prefix("c1")
    file = f"{prefix}small.jpg"
    assert (darkroom.renditions.files, darkroom.item.removing) == ({}, (file,))
    darkroom.edge.pause = no_pause
    darkroom.retire(darkroom.deleted(gone))
    assert darkroom.edge.forgotten == [([prefix], [file])]
    assert darkroom.item.removing == ()


def test_a_picture_deleted_before_it_was_processed_has_a_tombstone_too(
    darkroom: Darkroom,
) -> None:
    darkroom.originals.store(KEY, b"one")
    gone = darkroom.originals.delete(KEY)
    darkroom.retire(darkroom.deleted(gone))
    assert darkroom.item.status == "deleted"
    assert darkroom.bus.published == [ImageRetired(original=gone, reason="deleted", removed=[])]


def test_a_removal_that_stops_halfway_is_finished_by_the_next_try(darkroom: Darkroom) -> None:
    darkroom.ready(b"one", "c1")
    gone = darkroom.originals.delete(KEY)
    darkroom.bus.pause = broken
    with pytest.raises(PublishError):
        darkroom.retire(darkroom.deleted(gone))
    before = darkroom.item.former
    darkroom.bus.pause = no_pause
    darkroom.retire(darkroom.deleted(gone))
    assert (before, darkroom.item.former) == (("c1",), ())
    assert darkroom.bus.published == [
        ImageRetired(original=gone, reason="deleted", removed=[darkroom.prefix("c1")])
    ]
    # The same reference again, so that CloudFront does the work once.
    references = [step for step in darkroom.steps if step.startswith("invalidate")]
    assert len(references) == 2
    assert len(set(references)) == 1


def test_a_picture_whose_original_is_missing_is_retired(darkroom: Darkroom) -> None:
    original = darkroom.ready(b"one", "c1")
    darkroom.originals.versions.clear()
    darkroom.retire(OriginalMissing(original=original))
    assert (darkroom.item.status, darkroom.renditions.files) == ("deleted", {})
    assert darkroom.bus.published == [
        ImageRetired(original=original, reason="deleted", removed=[darkroom.prefix("c1")])
    ]


def test_an_original_that_is_there_again_is_left_to_its_own_event(darkroom: Darkroom) -> None:
    original = darkroom.ready(b"one", "c1")
    darkroom.retire(OriginalMissing(original=original))
    assert (darkroom.item.status, darkroom.bus.published) == ("ready", [])


def test_the_deletion_of_an_older_version_changes_nothing_shown(darkroom: Darkroom) -> None:
    first = darkroom.ready(b"one", "c1")
    darkroom.ready(b"two", "c2")
    before = darkroom.item
    gone = darkroom.originals.delete_version(first)
    darkroom.retire(darkroom.deleted(gone))
    assert darkroom.item == replace(
        before,
        as_of=gone.sequencer,
        revision=before.revision + 1,
        updated_at=darkroom.item.updated_at,
    )
    assert darkroom.bus.published == []


def test_a_removed_delete_marker_brings_the_picture_back(darkroom: Darkroom) -> None:
    first = darkroom.ready(b"one", "c1")
    darkroom.retire(darkroom.deleted(darkroom.originals.delete(KEY)))
    darkroom.clock.wait(100)
    undone = darkroom.originals.delete_newest(KEY)
    darkroom.retire(darkroom.deleted(undone))
    restored = replace(first, sequencer=undone.sequencer + "1")
    assert darkroom.bus.published[-1] == ImageRestored(original=restored)


def test_the_deletion_of_the_newest_version_brings_the_one_below_back(darkroom: Darkroom) -> None:
    first = darkroom.ready(b"one", "c1")
    darkroom.ready(b"two", "c2")
    gone = darkroom.originals.delete_newest(KEY)
    darkroom.retire(darkroom.deleted(gone))
    restored = replace(first, sequencer=gone.sequencer + "1")
    assert darkroom.bus.published == [ImageRestored(original=restored)]
    assert darkroom.item.status == "ready"


def test_a_picture_uploaded_again_is_left_to_its_own_event(any_darkroom: Darkroom) -> None:
    darkroom = any_darkroom
    darkroom.ready(b"one", "c1")
    event = darkroom.deleted(darkroom.originals.delete(KEY))
    darkroom.clock.wait(61)
    darkroom.originals.store(KEY, b"two")
    darkroom.retire(event)
    assert darkroom.bus.published == []


@pytest.mark.parametrize("ahead", [-59, 59])
def test_clocks_that_are_a_little_apart_hide_no_restored_version(
    darkroom: Darkroom, ahead: int
) -> None:
    darkroom.originals.store(KEY, b"one")
    darkroom.ready(b"two", "c2")
    darkroom.clock.wait(-100)
    at = darkroom.clock.now + timedelta(seconds=ahead)
    darkroom.retire(darkroom.deleted(darkroom.originals.delete_newest(KEY), at))
    assert [type(event) for event in darkroom.bus.published] == [ImageRestored]


def test_obsolete_renditions_go_and_the_shown_ones_stay(darkroom: Darkroom) -> None:
    darkroom.ready(b"one", "c1")
    second = darkroom.ready(b"two", "c2")
    darkroom.retire(RenditionsObsolete(original=second, contents=["c1"]))
    assert list(darkroom.renditions.files) == [f"{darkroom.prefix('c2')}small.jpg"]
    superseded = darkroom.prefix("c1")
    assert darkroom.edge.forgotten == [([superseded], [f"{superseded}small.jpg"])]
    assert (darkroom.item.claimed, darkroom.item.former) == (("c2",), ())
    assert darkroom.bus.published == [
        ImageRetired(original=second, reason="ready", removed=[darkroom.prefix("c1")])
    ]


def test_all_renditions_of_a_rejected_picture_go(darkroom: Darkroom) -> None:
    darkroom.ready(b"one", "c1")
    second = darkroom.ready(b"two", "c2", "reject")
    darkroom.retire(RenditionsObsolete(original=second, contents=["c1", "c2"]))
    assert darkroom.renditions.files == {}
    assert (darkroom.item.status, darkroom.item.renditions) == ("rejected", None)


def test_an_event_that_names_what_is_in_use_removes_nothing(darkroom: Darkroom) -> None:
    darkroom.ready(b"one", "c1")
    second = darkroom.originals.store(KEY, b"two")
    darkroom.catalog.advance(Rendering(original=second, content="c2"))
    darkroom.retire(RenditionsObsolete(original=second, contents=["c1", "c2"]))
    assert list(darkroom.renditions.files) == [f"{darkroom.prefix('c1')}small.jpg"]
    assert (darkroom.item.claimed, darkroom.item.former) == (("c2",), ("c1",))
    assert darkroom.bus.published == []


def test_files_that_a_dead_run_left_go_though_nothing_claims_them(darkroom: Darkroom) -> None:
    original = darkroom.ready(b"one", "c1")
    left = f"{darkroom.prefix('c0')}small.jpg"
    darkroom.renditions.files[left] = b"late"
    darkroom.retire(RenditionsObsolete(original=original, contents=["c0"]))
    assert left not in darkroom.renditions.files


@pytest.mark.parametrize("content", ["", "..", "../../other", "*", "c"])
def test_an_odd_content_id_reaches_no_other_picture(darkroom: Darkroom, content: str) -> None:
    original = darkroom.ready(b"one", "c1")
    darkroom.renditions.files["i/other/c1/small.jpg"] = b"other"
    before = dict(darkroom.renditions.files)
    darkroom.retire(RenditionsObsolete(original=original, contents=[content]))
    assert darkroom.renditions.files == before


def test_obsolete_renditions_of_an_unknown_picture_are_nobodys(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"one")
    darkroom.retire(RenditionsObsolete(original=original, contents=["c1"]))
    assert (darkroom.steps, darkroom.catalog.get(original.image_id)) == ([], None)


def test_a_late_deletion_event_does_not_touch_a_later_upload(darkroom: Darkroom) -> None:
    darkroom.ready(b"one", "c1")
    event = darkroom.deleted(darkroom.originals.delete(KEY))
    darkroom.ready(b"two", "c2")
    darkroom.retire(event)
    assert darkroom.item.status == "ready"
    assert f"{darkroom.prefix('c2')}small.jpg" in darkroom.renditions.files


def test_a_tombstone_does_not_outrank_an_upload_in_flight(darkroom: Darkroom) -> None:
    gone = darkroom.originals.store(KEY, b"one")
    gone = darkroom.originals.delete(KEY)
    later = Original(**{**vars(gone), "sequencer": "FF", "etag": "e"})
    darkroom.catalog.advance(Received(original=later))
    darkroom.retire(darkroom.deleted(gone))
    assert darkroom.item.status == "received"
    assert darkroom.bus.published == []


# Batches


def other(darkroom: Darkroom, key: str, content: str) -> tuple[ObjectDeleted, str]:
    """A ready picture of another key, deleted: the event, and the prefix of its files."""
    original = darkroom.ready(b"one", content, key=key)
    return darkroom.deleted(darkroom.originals.delete(key)), content_prefix(
        original.image_id, content
    )


def test_the_pictures_of_a_batch_share_one_invalidation(darkroom: Darkroom) -> None:
    first, one = other(darkroom, "uploads/1.jpg", "c1")
    second, two = other(darkroom, "uploads/2.jpg", "c2")
    darkroom.retire(first, second)
    files = [f"{one}small.jpg", f"{two}small.jpg"]
    assert darkroom.edge.forgotten == [([one, two], files)]
    assert [event.removed for event in retired(darkroom)] == [[one], [two]]
    assert darkroom.renditions.files == {}


def test_a_path_of_two_messages_is_invalidated_once(darkroom: Darkroom) -> None:
    event, prefix = other(darkroom, KEY, "c1")
    darkroom.retire(event, event)
    assert darkroom.edge.forgotten == [([prefix], [f"{prefix}small.jpg"])]
    assert (darkroom.item.former, darkroom.item.removing) == ((), ())


def test_the_caches_are_not_asked_where_no_file_went(darkroom: Darkroom) -> None:
    darkroom.originals.store(KEY, b"one")
    darkroom.retire(darkroom.deleted(darkroom.originals.delete(KEY)))
    assert darkroom.edge.forgotten == []


def test_a_batch_whose_invalidation_fails_is_finished_by_a_retry(darkroom: Darkroom) -> None:
    first, one = other(darkroom, "uploads/1.jpg", "c1")
    second, two = other(darkroom, "uploads/2.jpg", "c2")
    darkroom.edge.pause = broken
    with pytest.raises(PublishError):
        darkroom.retire(first, second)
    darkroom.edge.pause = no_pause
    assert retired(darkroom) == []
    darkroom.retire(second)
    darkroom.retire(first)
    files = ([f"{two}small.jpg"], [f"{one}small.jpg"])
    assert darkroom.edge.forgotten == [([two], files[0]), ([one], files[1])]
    assert [event.removed for event in retired(darkroom)] == [[two], [one]]


def test_different_batches_have_different_references(darkroom: Darkroom) -> None:
    events = [other(darkroom, f"uploads/{number}.jpg", "c1")[0] for number in range(3)]
    darkroom.retire(events[0], events[1])
    darkroom.retire(events[2])
    references = [step for step in darkroom.steps if step.startswith("invalidate")]
    assert len(set(references)) == 2


# Empty objects


def test_an_empty_object_over_a_picture_retires_it(any_darkroom: Darkroom) -> None:
    darkroom = any_darkroom
    darkroom.ready(b"one", "c1")
    empty = darkroom.originals.store(KEY, b"")
    darkroom.retire(ObjectCreated(original=empty))
    assert (darkroom.item.status, darkroom.item.sequencer) == ("deleted", empty.sequencer)
    assert darkroom.renditions.files == {}
    prefix = darkroom.prefix("c1")
    assert darkroom.bus.published == [
        ImageRetired(original=empty, reason="deleted", removed=[prefix])
    ]


def test_an_empty_object_keeps_a_late_event_of_the_version_below_from_showing_it(
    darkroom: Darkroom,
) -> None:
    below = darkroom.originals.store(KEY, b"one")
    empty = darkroom.originals.store(KEY, b"")
    darkroom.retire(ObjectCreated(original=empty))
    darkroom.catalog.advance(Received(original=below))
    assert darkroom.item.status == "deleted"


def test_a_folder_of_the_console_leaves_no_item(darkroom: Darkroom) -> None:
    folder = darkroom.originals.store("uploads/folder/", b"")
    darkroom.retire(ObjectCreated(original=folder))
    assert darkroom.catalog.get(folder.image_id) is None
    assert darkroom.bus.published == []


def test_an_object_with_bytes_does_not_belong_on_this_queue(darkroom: Darkroom) -> None:
    original = darkroom.ready(b"one", "c1")
    with pytest.raises(UnexpectedEventError, match="bytes must be 0 for retire, got 3"):
        darkroom.retire(ObjectCreated(original=original))
    assert darkroom.item.status == "ready"


def test_the_deletion_of_a_version_over_an_empty_object_retires_the_picture(
    darkroom: Darkroom,
) -> None:
    darkroom.originals.store(KEY, b"")
    darkroom.ready(b"two", "c2")
    darkroom.retire(darkroom.deleted(darkroom.originals.delete_newest(KEY)))
    assert (darkroom.item.status, darkroom.renditions.files) == ("deleted", {})


# Objects that cannot be read


def test_a_deletion_that_uncovers_an_unreadable_version_has_that_one_processed(
    darkroom: Darkroom,
) -> None:
    locked = darkroom.originals.store(KEY, b"one", refusal="customer_key")
    darkroom.ready(b"two", "c2")
    gone = darkroom.originals.delete_newest(KEY)
    darkroom.retire(darkroom.deleted(gone))
    unread = replace(locked, sequencer=gone.sequencer, version_id=None).just_after()
    assert darkroom.bus.published == [ImageRestored(original=unread)]


def test_the_deletion_of_another_version_leaves_an_unreadable_one_as_it_is(
    darkroom: Darkroom,
) -> None:
    first = darkroom.ready(b"one", "c1")
    second = darkroom.originals.store(KEY, b"two", refusal="customer_key")
    failure = Failure(stage="resize", code="customer_key", message="")
    darkroom.catalog.advance(Failed(original=second, failure=failure))
    gone = darkroom.originals.delete_version(first)
    darkroom.retire(darkroom.deleted(gone))
    item = darkroom.item
    assert (item.original, item.failure, item.as_of) == (second, failure, gone.sequencer)
    assert darkroom.bus.published == []


def test_a_late_event_of_an_empty_object_does_not_retire_the_unreadable_version_below_it(
    darkroom: Darkroom,
) -> None:
    below = darkroom.originals.store(KEY, b"one", refusal="customer_key")
    failure = Failure(stage="resize", code="customer_key", message="")
    darkroom.catalog.advance(Failed(original=below, failure=failure))
    empty = darkroom.originals.store(KEY, b"")
    darkroom.retire(darkroom.deleted(darkroom.originals.delete_newest(KEY)))
    darkroom.retire(ObjectCreated(original=empty))
    assert darkroom.item.status == "failed"


def test_an_unreadable_original_is_not_missing(darkroom: Darkroom) -> None:
    original = darkroom.ready(b"one", "c1")
    darkroom.originals.store(KEY, b"two", refusal="customer_key")
    darkroom.retire(OriginalMissing(original=original))
    assert darkroom.item.status == "ready"


def test_a_missing_permission_leaves_a_deletion_on_its_queue(darkroom: Darkroom) -> None:
    first = darkroom.originals.store(KEY, b"one")
    darkroom.originals.store(KEY, b"two", refusal="forbidden")
    with pytest.raises(OriginalForbiddenError):
        darkroom.retire(darkroom.deleted(darkroom.originals.delete_version(first)))


# Copies from the archive


def archived(darkroom: Darkroom, code: str = "archived") -> Original:
    original = darkroom.originals.store(KEY, b"one", refusal="archived")
    failure = Failure(stage="resize", code=code, message="")
    darkroom.catalog.advance(Failed(original=original, failure=failure))
    return original


def unarchived(original: Original, lane: Lane = "live") -> ObjectRestored:
    return ObjectRestored(original=replace(original, sequencer=""), lane=lane)


@pytest.mark.parametrize("lane", ["live", "backfill"])
def test_an_archived_picture_that_can_be_read_again_is_processed(
    darkroom: Darkroom, lane: Lane
) -> None:
    original = archived(darkroom)
    darkroom.retire(unarchived(original, lane))
    assert darkroom.bus.published == [ImageRestored(original=original.just_after(), lane=lane)]


def test_a_picture_that_failed_otherwise_gains_nothing_from_the_archive(
    darkroom: Darkroom,
) -> None:
    darkroom.retire(unarchived(archived(darkroom, "truncated")))
    assert darkroom.bus.published == []


def test_a_copy_of_another_version_or_of_an_unknown_picture_starts_nothing(
    darkroom: Darkroom,
) -> None:
    original = archived(darkroom)
    darkroom.originals.store(KEY, b"two")
    darkroom.retire(unarchived(original))
    darkroom.retire(unarchived(replace(original, key="uploads/unknown.jpg")))
    assert darkroom.bus.published == []


def test_the_deletion_of_another_version_does_not_outdate_the_event_of_the_archive(
    darkroom: Darkroom,
) -> None:
    original = archived(darkroom)
    darkroom.originals.store(KEY, b"two")
    gone = darkroom.originals.delete_newest(KEY)
    darkroom.retire(unarchived(original))
    darkroom.retire(darkroom.deleted(gone))
    restored = replace(original, sequencer=gone.sequencer).just_after()
    assert darkroom.bus.published[-1] == ImageRestored(original=restored)


def test_a_repeated_event_of_the_archive_processes_the_picture_once(darkroom: Darkroom) -> None:
    original = archived(darkroom)
    darkroom.retire(unarchived(original))
    darkroom.catalog.advance(Received(original=original.just_after()))
    darkroom.retire(unarchived(original))
    assert len(darkroom.bus.published) == 1


@pytest.mark.parametrize("lane", ["live", "backfill"])
def test_what_retire_publishes_is_on_the_lane_of_the_event_that_caused_it(lane: Lane) -> None:
    darkroom = Darkroom()
    darkroom.ready(b"one", "c1")
    darkroom.ready(b"two", "c2")
    event = replace(darkroom.deleted(darkroom.originals.delete_newest(KEY)), lane=lane)
    darkroom.retire(event)
    event = replace(darkroom.deleted(darkroom.originals.delete_newest(KEY)), lane=lane)
    darkroom.retire(event)
    published = [(type(each), each.lane) for each in darkroom.bus.published]
    assert published == [(ImageRestored, lane), (ImageRetired, lane)]


def test_a_deleted_picture_is_found_by_no_look_any_more() -> None:
    darkroom = Darkroom()
    original = darkroom.ready(b"good", "c1")
    other = Listed(image_id="f" * 32, content="c1", look=Look(dhash=1, phash=2))
    own = Listed(image_id=original.image_id, content="c1", look=Look(dhash=1, phash=2))
    for listed in (own, other):
        darkroom.looks.add("none", listed, at=darkroom.clock.now)
    darkroom.originals.delete(KEY)
    darkroom.retire(darkroom.deleted(original))
    assert darkroom.looks.near("none", other.look) == [other]
    assert [each.image_id for each in darkroom.looks.of("none")] == [other.image_id]


def test_an_obsolete_content_takes_its_look_along_and_leaves_that_of_the_present_one() -> None:
    darkroom = Darkroom()
    look = Look(dhash=1, phash=2)
    for content, data in (("c1", b"good"), ("c2", b"good too")):
        original = darkroom.ready(data, content)
        listed = Listed(image_id=original.image_id, content=content, look=look)
        darkroom.looks.add("none", listed, at=darkroom.clock.now)
    darkroom.retire(RenditionsObsolete(original=original, contents=["c1"]))
    assert [each.content for each in darkroom.looks.near("none", look)] == ["c2"]


def test_an_obsolete_content_takes_its_vector_along_before_its_content_id_is_released() -> None:
    darkroom = Darkroom()
    for content, data in (("c1", b"good"), ("c2", b"good too")):
        original = darkroom.ready(data, content)
        darkroom.vectors.put(
            replace(placed(0, toward(1), content=content), image_id=original.image_id),
            at=darkroom.clock.now,
        )
    claimed: list[tuple[str, ...]] = []
    darkroom.vectors.pause = lambda _: claimed.append((*darkroom.item.former,))
    darkroom.retire(RenditionsObsolete(original=original, contents=["c1"]))
    assert list(darkroom.vectors.placed) == [(original.image_id, "c2")]
    assert claimed == [("c1",), ("c1",)]
    assert darkroom.item.former == ()


def test_a_deleted_picture_has_no_place_any_more() -> None:
    darkroom = Darkroom()
    original = darkroom.ready(b"good", "c1")
    own = replace(placed(0, toward(1), content="c1"), image_id=original.image_id)
    for each in (own, placed(7, toward(1), content="c1")):
        darkroom.vectors.put(each, at=darkroom.clock.now)
    darkroom.originals.delete(KEY)
    darkroom.retire(darkroom.deleted(original))
    assert [image for image, _ in darkroom.vectors.placed] == [f"{7:032x}"]
