"""What the resize function makes of each upload and each mishap."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pictures.limits import UnreadableError
from pictures.measures import Scores
from pipeline.bus import PublishError
from pipeline.catalog import Catalog
from pipeline.embedding import Placing
from pipeline.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRestored,
    ObjectCreated,
    RenditionsObsolete,
)
from pipeline.facts import Analysis
from pipeline.item import Item, Verdict
from pipeline.lifecycle import Analysed, Cleaned, Deleted, Received, Unplaced
from pipeline.likeness import Listed, Look
from pipeline.original import Original, content_id
from pipeline.spending import Budget, BudgetSpentError
from pipeline.stage_run import StageRun
from proofs.interleavings.developing import develop
from proofs.memory import (
    MemoryBus,
    MemoryClock,
    MemoryEmbedder,
    MemoryLedger,
    MemoryLooks,
    MemoryOriginals,
    MemoryRenditions,
    MemoryTable,
    MemoryVectors,
)
from rendering.framing import Area, Focus
from rendering.renditions import Developed
from resize.handler import Resize
from tests.containers.found import SHA256

KEY = "uploads/a.jpg"
FACE = {"left": 0.25, "top": 0.1, "width": 0.5, "height": 0.5}


@dataclass
class Developing:
    """Makes renditions in no time, and keeps how it was asked to."""

    clock: MemoryClock
    asked: list[tuple[bool, Focus | None]] = field(default_factory=list)
    error: Exception | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    def __call__(self, data: bytes, *, isolated: bool, focus: Focus | None) -> Developed:
        self.asked.append((isolated, focus))
        self.clock.wait(0.5)
        if self.error:
            raise self.error
        return replace(develop(data, isolated=isolated), **self.changes)


@dataclass
class Sampling:
    """Makes samples in no time, and keeps whether each was made in a child process."""

    clock: MemoryClock
    asked: list[bool] = field(default_factory=list)
    error: Exception | None = None

    def __call__(self, data: bytes, *, isolated: bool) -> bytes:
        self.asked.append(isolated)
        self.clock.wait(0.25)
        if self.error:
            raise self.error
        return data


@dataclass
class Darkroom:
    """The function with everything around it in memory."""

    versioned: bool = True
    analysed_first: bool = False
    clock: MemoryClock = field(default_factory=MemoryClock)

    def __post_init__(self) -> None:
        self.originals = MemoryOriginals(self.clock, self.versioned)
        self.renditions = MemoryRenditions()
        self.looks = MemoryLooks()
        self.embedder = MemoryEmbedder()
        self.vectors = MemoryVectors()
        self.bus = MemoryBus()
        self.table = MemoryTable()
        self.catalog = Catalog(self.table, self.clock)
        self.develop = Developing(self.clock)
        self.sample = Sampling(self.clock)
        self.resize = Resize(
            stage_run=StageRun("resize", self.catalog, self.originals, self.bus),
            renditions=self.renditions,
            looks=self.looks,
            develop=self.develop,
            analysed_first=self.analysed_first,
            fingerprint="recipe",
            recipe="recipe",
            limit=5_000_000,
            memory_mb=1769,
            clock=self.clock,
            sample=self.sample,
            placings=(Placing(self.embedder, self.vectors),),
        )

    def item(self, key: str = KEY) -> Item:
        item = self.catalog.get(Original(bucket="b", key=key, sequencer="1").image_id)
        assert item is not None
        return item

    def analysed(self, original: Original, decision: Any, **found: Any) -> None:
        verdict = Verdict(decision=decision)
        self.catalog.advance(
            Analysed(original=original, verdict=verdict, analysis=Analysis(**found), sha256=SHA256)
        )


@pytest.fixture
def darkroom() -> Darkroom:
    return Darkroom()


def test_results_that_are_made_again_in_place_need_no_renditions(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.resize(ImageRestored(original=original, stale=["verdicts", "analysis"]), 1)
    assert darkroom.develop.asked == []
    assert darkroom.bus.published == []


def throttled() -> ClientError:
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "PutObject")


def test_an_upload_gets_its_renditions_and_its_facts(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good", owner="ann@example.org")
    darkroom.resize(ObjectCreated(original=original), 1)
    content = content_id(original, "recipe")
    folder = f"i/{original.image_id}/{content}"
    assert darkroom.renditions.files == {
        f"{folder}/small.jpg": b"good",
        f"{folder}/small.webp": b"good",
    }
    item = darkroom.item()
    assert item.renditions == {
        "small": {
            "jpeg": {"key": f"{folder}/small.jpg", "width": 4, "height": 3, "bytes": 4},
            "webp": {"key": f"{folder}/small.webp", "width": 4, "height": 3, "bytes": 4},
        }
    }
    assert (item.content, item.claimed) == (content, (content,))
    assert (item.content_type, item.width, item.height) == ("image/jpeg", 40, 30)
    assert item.hashes == {
        "sha256": sha256(b"good").hexdigest(),
        "dhash": "0123456789abcdef",
        "phash": "fedcba9876543210",
    }
    assert (item.placeholder, item.owner) == ("cGxhY2Vob2xkZXI=", "ann@example.org")
    assert item.measured == {
        "sharpness": 50,
        "brightness": 50,
        "contrast": 50,
        "shadows": 0,
        "highlights": 0,
        "colors": [{"hex": "#102030", "share": 0.75}, {"hex": "#ffffff", "share": 0.2031}],
        "frames": 1,
        "has_alpha": False,
    }
    assert item.exif is None
    assert item.timeline[-1] == {
        "stage": "rendered",
        "at": "2026-01-01T00:00:00.500+00:00",
        "ms": 500,
    }
    # 0.5 s at 1,769 MB, two files and an embedding.
    function = 0.0000166667 * 0.5 * 1769 / 1024
    assert item.cost_usd == pytest.approx(function + 2 * 0.000005 + 0.00006)
    assert (item.status, darkroom.bus.published) == ("processing", [])


def test_why_an_animation_became_a_still_is_kept_with_what_was_measured(
    darkroom: Darkroom,
) -> None:
    darkroom.develop.changes = {"frames": 612, "stilled": "too_many_frames"}
    darkroom.resize(ObjectCreated(original=darkroom.originals.store(KEY, b"good")), 1)
    measured = darkroom.item().measured
    assert measured is not None
    assert (measured["frames"], measured["stilled"]) == (612, "too_many_frames")


def test_the_last_of_two_stages_says_that_the_picture_is_ready(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.analysed(original, "accept")
    darkroom.resize(ObjectCreated(original=original), 1)
    renditions = darkroom.item().renditions or {}
    assert darkroom.bus.published == [ImageReady(original=original, renditions=renditions)]


def test_a_rejection_that_came_meanwhile_takes_the_renditions_away(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.originals.pause = lambda _: darkroom.analysed(original, "reject")
    darkroom.resize(ObjectCreated(original=original), 1)
    content = content_id(original, "recipe")
    assert darkroom.bus.published == [RenditionsObsolete(original=original, contents=[content])]


def test_a_rejected_picture_is_not_developed(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.analysed(original, "reject")
    darkroom.resize(ObjectCreated(original=original), 1)
    assert (darkroom.develop.asked, darkroom.renditions.files) == ([], {})


def test_a_repeat_develops_nothing_and_says_the_same_again(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.analysed(original, "accept")
    for attempt in (1, 2):
        darkroom.resize(ObjectCreated(original=original), attempt)
    assert len(darkroom.develop.asked) == 1
    published = darkroom.bus.published
    assert len(published) == 2
    assert published[0] == published[1]


@pytest.mark.parametrize(("attempt", "isolated"), [(1, False), (2, True), (5, True)])
def test_a_picture_that_was_tried_before_is_developed_in_isolation(
    darkroom: Darkroom, attempt: int, isolated: bool
) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.resize(ObjectCreated(original=original), attempt)
    assert darkroom.develop.asked == [(isolated, None)]


def test_an_accepted_picture_is_framed_around_its_faces() -> None:
    darkroom = Darkroom(analysed_first=True)
    original = darkroom.originals.store(KEY, b"good")
    darkroom.analysed(original, "accept", faces=({"confidence": 99.5, "box": FACE},))
    darkroom.resize(ImageAccepted(original=original), 1)
    face = Area(0.25, 0.1, 0.5, 0.5)
    assert darkroom.develop.asked == [(False, Focus(faces=(face,)))]


@pytest.mark.parametrize(
    ("analysed_first", "event"),
    [
        (True, ObjectCreated),
        (True, ImageRestored),
        (False, ImageAccepted),
        (False, ImageHeld),
        (False, ObjectCreated),
    ],
)
def test_faces_count_only_where_every_run_knows_the_same(
    analysed_first: bool, event: type[Event]
) -> None:
    darkroom = Darkroom(analysed_first=analysed_first)
    original = darkroom.originals.store(KEY, b"good")
    darkroom.analysed(original, "accept", faces=({"confidence": 99.5, "box": FACE},))
    darkroom.resize(event(original=original), 1)
    assert darkroom.develop.asked == [(False, None)]


@pytest.mark.parametrize("data", [b"broken", b""])
def test_what_is_not_a_picture_fails_for_good_and_says_why(darkroom: Darkroom, data: bytes) -> None:
    darkroom.develop.error = UnreadableError("truncated", "the file ends too soon")
    original = darkroom.originals.store(KEY, data, owner="ann@example.org")
    darkroom.resize(ObjectCreated(original=original), 1)
    failure = {"stage": "resize", "code": "truncated", "message": "the file ends too soon"}
    assert vars(darkroom.item().failure) == failure
    assert darkroom.bus.published[0] == ImageFailed(original=original, failure=failure)
    assert (darkroom.item().status, darkroom.item().owner) == ("failed", "ann@example.org")


def test_too_large_an_upload_fails_and_its_owner_is_known(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"x" * 5_000_001, owner="ann@example.org")
    darkroom.resize(ObjectCreated(original=original), 1)
    assert vars(darkroom.item().failure) == {
        "stage": "resize",
        "code": "too_large",
        "message": "the file is larger than the 5 MB that can be read",
    }
    assert darkroom.item().owner == "ann@example.org"
    assert darkroom.develop.asked == []


@pytest.mark.parametrize(
    "key",
    [
        "uploads/../../etc/passwd",
        "uploads/..",
        "uploads/a\x00b\x1f\x7f\n.jpg",
        "uploads/👩‍👩‍👧 \N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
        "uploads/" + "ü" * 508,
        "uploads/a b+c%20&'\"<>{}|\\^~[]`#?.jpg",
    ],
)
def test_no_key_has_a_say_in_where_files_are_written(darkroom: Darkroom, key: str) -> None:
    original = darkroom.originals.store(key, b"good")
    darkroom.resize(ObjectCreated(original=original), 1)
    folder = f"i/{original.image_id}/{content_id(original, 'recipe')}"
    assert sorted(darkroom.renditions.files) == [f"{folder}/small.jpg", f"{folder}/small.webp"]
    assert darkroom.item(key).key == key


def test_an_object_that_vanished_leaves_a_tombstone(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.originals.versions.clear()
    darkroom.resize(ObjectCreated(original=original), 1)
    assert (darkroom.item().status, darkroom.item().sequencer) == ("deleted", original.sequencer)
    content = content_id(original, "recipe")
    assert darkroom.bus.published == [RenditionsObsolete(original=original, contents=[content])]


def test_a_version_that_vanished_from_over_another_restores_that(darkroom: Darkroom) -> None:
    below = darkroom.originals.store(KEY, b"good")
    original = darkroom.originals.store(KEY, b"better")
    darkroom.originals.delete_newest(KEY)
    darkroom.resize(ObjectCreated(original=original), 1)
    restored = replace(below, sequencer=original.sequencer + "1")
    assert darkroom.bus.published == [ImageRestored(original=restored)]


def test_an_object_overwritten_meanwhile_is_left_to_its_own_event() -> None:
    darkroom = Darkroom(versioned=False)
    original = darkroom.originals.store(KEY, b"good")
    darkroom.originals.store(KEY, b"better")
    darkroom.resize(ObjectCreated(original=original), 1)
    assert (darkroom.item().status, darkroom.bus.published) == ("received", [])
    assert darkroom.renditions.files == {}


def test_a_late_event_of_a_deleted_picture_writes_nothing(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.catalog.advance(Deleted(original=darkroom.originals.delete(KEY)))
    darkroom.resize(ObjectCreated(original=original), 1)
    assert (darkroom.item().status, darkroom.renditions.files) == ("deleted", {})


def test_a_throttled_write_leaves_the_event_on_its_queue(darkroom: Darkroom) -> None:
    def pause(_: str) -> None:
        raise throttled()

    original = darkroom.originals.store(KEY, b"good")
    darkroom.renditions.pause = pause
    with pytest.raises(ClientError):
        darkroom.resize(ObjectCreated(original=original), 1)
    item = darkroom.item()
    assert (item.status, item.claimed) == ("received", (content_id(original, "recipe"),))
    darkroom.renditions.pause = lambda _: None
    darkroom.resize(ObjectCreated(original=original), 2)
    assert darkroom.item().content == content_id(original, "recipe")


def test_a_bus_that_takes_nothing_leaves_the_event_on_its_queue(darkroom: Darkroom) -> None:
    def pause(step: str) -> None:
        raise PublishError(step)

    original = darkroom.originals.store(KEY, b"good")
    darkroom.analysed(original, "accept")
    darkroom.bus.pause = pause
    with pytest.raises(PublishError):
        darkroom.resize(ObjectCreated(original=original), 1)
    darkroom.bus.pause = lambda _: None
    darkroom.resize(ObjectCreated(original=original), 2)
    assert [type(event) for event in darkroom.bus.published] == [ImageReady]
    assert len(darkroom.develop.asked) == 1


def test_the_content_is_claimed_before_the_first_file_is_written(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    claims: list[tuple[str, ...]] = []
    darkroom.renditions.pause = lambda _: claims.append(darkroom.item().claimed)
    darkroom.resize(ObjectCreated(original=original), 1)
    assert claims == [(content_id(original, "recipe"),)] * 2


def looks(darkroom: Darkroom) -> list[tuple[str, str]]:
    return [(each.image_id, each.content) for each in darkroom.looks.of("none")]


def test_a_picture_is_listed_by_how_it_looks_before_its_item_says_that_it_is_done(
    darkroom: Darkroom,
) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.resize(ObjectCreated(original=original), 1)
    item = darkroom.item()
    digest = sha256(b"good").hexdigest()
    look = Look(dhash=0x0123456789ABCDEF, phash=0xFEDCBA9876543210, sha256=digest)
    assert item.content
    [found] = darkroom.looks.near("none", look)
    assert found == Listed(image_id=item.image_id, content=item.content, look=look)


def test_a_flat_picture_is_found_by_its_file_alone(darkroom: Darkroom) -> None:
    scores = Scores(sharpness=0, brightness=50, contrast=9, shadows=0, highlights=0)
    darkroom.develop.changes = {"scores": scores}
    darkroom.resize(ObjectCreated(original=darkroom.originals.store(KEY, b"good")), 1)
    [listed] = darkroom.looks.same("none", [sha256(b"good").hexdigest()])
    assert listed.look.flat
    assert darkroom.looks.near("none", replace(listed.look, sha256=None, flat=False)) == []


def test_a_look_that_was_lost_is_listed_again_without_work_on_the_picture(
    darkroom: Darkroom,
) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.resize(ObjectCreated(original=original), 1)
    listed = looks(darkroom)
    darkroom.looks.listed.clear()
    darkroom.resize(ImageRestored(original=original, stale=["likeness"]), 1)
    assert looks(darkroom) == listed
    assert len(darkroom.develop.asked) == 1


def test_a_look_is_not_listed_again_of_a_version_that_is_gone(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.resize(ObjectCreated(original=original), 1)
    darkroom.looks.listed.clear()
    darkroom.catalog.advance(Received(original=darkroom.originals.store(KEY, b"other")))
    darkroom.resize(ImageRestored(original=original, stale=["likeness"]), 1)
    assert looks(darkroom) == []


def test_a_look_that_is_listed_while_the_picture_goes_is_removed_with_its_files(
    darkroom: Darkroom,
) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.resize(ObjectCreated(original=original), 1)
    content = darkroom.item().content
    assert content

    def overtake(step: str) -> None:
        if step == "list look":
            darkroom.catalog.advance(Deleted(original=darkroom.originals.delete(KEY)))
            gone = darkroom.item().original
            darkroom.catalog.advance(Cleaned(original=gone, contents=(content,), files=()))

    darkroom.looks.pause = overtake
    darkroom.resize(ImageRestored(original=original, stale=["likeness"]), 1)
    assert darkroom.bus.published[-1] == RenditionsObsolete(
        original=darkroom.item().original, contents=[content]
    )


def test_a_picture_is_placed_before_its_item_says_that_it_is_done(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    done: list[str | None] = []
    darkroom.vectors.pause = lambda _: done.append(darkroom.item().content)
    darkroom.resize(ObjectCreated(original=original), 1)
    item = darkroom.item()
    assert done == [None]
    [(placed, at)] = darkroom.vectors.placed.values()
    assert (placed.image_id, placed.content, placed.owner) == (item.image_id, item.content, "none")
    assert placed.vector == darkroom.embedder.of_picture(b"good")
    assert at == darkroom.clock.now
    assert item.placed == {"titan": True}
    assert (item.costs or {})["embedding"] == 0.00006


def test_a_picture_that_the_model_does_not_take_is_done_without_a_place(
    darkroom: Darkroom,
) -> None:
    darkroom.resize(ObjectCreated(original=darkroom.originals.store(KEY, b"odd")), 1)
    assert darkroom.item().content
    assert darkroom.vectors.placed == {}
    assert darkroom.item().placed == {"titan": False}
    assert "embedding" not in (darkroom.item().costs or {})


def test_a_picture_waits_for_a_model_that_is_busy(darkroom: Darkroom) -> None:
    def busy(_: str) -> None:
        raise throttled()

    darkroom.embedder.pause = busy
    original = darkroom.originals.store(KEY, b"good")
    with pytest.raises(ClientError):
        darkroom.resize(ObjectCreated(original=original), 1)
    assert darkroom.item().content is None
    darkroom.embedder.pause = lambda _: None
    darkroom.resize(ObjectCreated(original=original), 2)
    assert len(darkroom.vectors.placed) == 1


def test_nothing_is_placed_in_a_stage_without_a_model(darkroom: Darkroom) -> None:
    resize = replace(darkroom.resize, placings=())
    resize(ObjectCreated(original=darkroom.originals.store(KEY, b"good")), 1)
    assert darkroom.item().content
    assert darkroom.item().placed is None


def with_nova(darkroom: Darkroom) -> MemoryVectors:
    """Have another model place pictures too; returns what it places."""
    vectors = MemoryVectors(model="nova", table=darkroom.vectors.table)
    more = Placing(MemoryEmbedder(name="nova"), vectors)
    placings = (*darkroom.resize.placings, more)
    darkroom.resize = replace(darkroom.resize, placings=placings)
    return vectors


def unplaced(darkroom: Darkroom, data: bytes = b"good") -> ImageRestored:
    """A picture without a place; returns what `reconcile` says about it."""
    original = darkroom.originals.store(KEY, data)
    replace(darkroom.resize, placings=())(ObjectCreated(original=original), 1)
    return ImageRestored(original=original, stale=["vectors"])


def test_each_model_of_the_stage_places_a_picture(darkroom: Darkroom) -> None:
    nova = with_nova(darkroom)
    darkroom.resize(ObjectCreated(original=darkroom.originals.store(KEY, b"good")), 1)
    assert len(darkroom.vectors.placed) == len(nova.placed) == 1
    assert darkroom.item().placed == {"titan": True, "nova": True}
    assert (darkroom.item().costs or {})["embedding"] == pytest.approx(0.00012)


def test_a_picture_without_a_place_gets_one_and_keeps_its_renditions(darkroom: Darkroom) -> None:
    event = unplaced(darkroom)
    before, files = darkroom.item(), dict(darkroom.renditions.files)
    darkroom.resize(event, 1)
    item = darkroom.item()
    assert list(darkroom.vectors.placed) == [(item.image_id, item.content)]
    assert (item.placed, item.renditions) == ({"titan": True}, before.renditions)
    assert (darkroom.renditions.files, len(darkroom.develop.asked)) == (files, 1)
    function = 0.0000166667 * 0.25 * 1769 / 1024
    assert item.cost_usd - before.cost_usd == pytest.approx(function + 0.00006)
    assert darkroom.bus.published == []


def test_a_picture_is_placed_by_the_model_alone_that_has_not_placed_it(darkroom: Darkroom) -> None:
    darkroom.resize(ObjectCreated(original=darkroom.originals.store(KEY, b"good")), 1)
    before = darkroom.item()
    nova = with_nova(darkroom)
    shown: list[str] = []
    darkroom.embedder.pause = shown.append
    event = ImageRestored(original=before.original, stale=["vectors"])
    darkroom.resize(event, 1)
    darkroom.resize(event, 1)
    assert (len(nova.placed), shown, darkroom.sample.asked) == (1, [], [False])
    assert darkroom.item().placed == {"titan": True, "nova": True}
    assert (darkroom.item().costs or {})["embedding"] == pytest.approx(0.00012)


def test_a_place_that_no_item_tells_of_is_noted_without_asking_the_model(
    darkroom: Darkroom,
) -> None:
    darkroom.resize(ObjectCreated(original=darkroom.originals.store(KEY, b"good")), 1)
    item = darkroom.item()
    darkroom.catalog.advance(
        Unplaced(original=item.original, content=item.content or "", models=("titan",))
    )
    assert darkroom.item().placed is None
    darkroom.resize(ImageRestored(original=item.original, stale=["vectors"]), 1)
    assert (darkroom.item().placed, darkroom.sample.asked) == ({"titan": True}, [])
    assert darkroom.item().costs == item.costs


def test_a_place_that_was_lost_is_paid_for_again(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.resize(ObjectCreated(original=original), 1)
    darkroom.vectors.table.clear()
    darkroom.resize(ImageRestored(original=original, stale=["vectors"]), 1)
    assert len(darkroom.vectors.placed) == 1
    assert darkroom.item().placed == {"titan": True}
    assert (darkroom.item().costs or {})["embedding"] == pytest.approx(0.00012)


def test_a_picture_that_the_model_refused_is_not_shown_to_it_again(darkroom: Darkroom) -> None:
    event = unplaced(darkroom, b"odd")
    darkroom.resize(event, 1)
    assert darkroom.item().placed == {"titan": False}
    assert "embedding" not in (darkroom.item().costs or {})
    darkroom.resize(event, 1)
    assert (darkroom.sample.asked, darkroom.vectors.placed) == ([False], {})


def test_a_picture_that_cannot_be_read_any_more_is_not_shown_to_the_model_again(
    darkroom: Darkroom,
) -> None:
    event = unplaced(darkroom)
    darkroom.sample.error = UnreadableError("truncated", "the file ends early")
    darkroom.resize(event, 2)
    assert (darkroom.item().placed, darkroom.item().failure) == ({"titan": False}, None)
    assert darkroom.sample.asked == [True]


def test_a_picture_waits_for_its_place_while_the_budget_is_spent(darkroom: Darkroom) -> None:
    event = unplaced(darkroom)
    # Rendering has cost more than that already.
    budget = Budget(0.000001, MemoryLedger(darkroom.table))
    spent = replace(darkroom.resize.stage_run, clock=darkroom.clock, budget=budget)
    with pytest.raises(BudgetSpentError):
        replace(darkroom.resize, stage_run=spent)(event, 1)
    assert (darkroom.sample.asked, darkroom.item().placed) == ([], None)


def test_a_version_that_is_gone_gets_no_place(darkroom: Darkroom) -> None:
    event = unplaced(darkroom)
    darkroom.catalog.advance(Received(original=darkroom.originals.store(KEY, b"other")))
    darkroom.resize(event, 1)
    assert darkroom.vectors.placed == {}


def test_a_version_that_is_overwritten_is_left_to_its_own_event(darkroom: Darkroom) -> None:
    event = unplaced(darkroom)
    darkroom.originals.store(KEY, b"other")
    darkroom.originals.versions[KEY].pop(0)
    darkroom.resize(event, 1)
    assert (darkroom.vectors.placed, darkroom.item().placed) == ({}, None)


def test_a_place_that_is_taken_while_the_picture_goes_is_removed_with_its_files(
    darkroom: Darkroom,
) -> None:
    event = unplaced(darkroom)
    content = darkroom.item().content
    assert content

    def overtake(step: str) -> None:
        if step == "put vector":
            darkroom.catalog.advance(Deleted(original=darkroom.originals.delete(KEY)))
            gone = darkroom.item().original
            darkroom.catalog.advance(Cleaned(original=gone, contents=(content,), files=()))

    darkroom.vectors.pause = overtake
    darkroom.resize(event, 1)
    assert darkroom.bus.published[-1] == RenditionsObsolete(
        original=darkroom.item().original, contents=[content]
    )


def test_with_the_gate_guarded_what_is_to_be_found_again_is_not_rendered_before_its_verdict() -> (
    None
):
    darkroom = Darkroom(analysed_first=True)
    original = darkroom.originals.store(KEY, b"good")
    darkroom.resize(ImageRestored(original=original, stale=["renditions", "vectors"]), 1)
    assert (darkroom.develop.asked, darkroom.sample.asked) == ([], [])
