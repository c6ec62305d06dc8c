"""What the rekognition function makes of each upload and each mishap."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pictures.limits import UnreadableError
from pipeline.analyses import Analyses, AnalysisName
from pipeline.blocks import Block
from pipeline.catalog import Catalog
from pipeline.description import Description, NotDescribedError
from pipeline.events import (
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRejected,
    ImageRestored,
    ObjectCreated,
    RenditionsObsolete,
)
from pipeline.explain import because
from pipeline.item import AltText, Item, PersonsVerdict, Verdict, preview_of
from pipeline.lifecycle import Decided, Deleted, Distinguished, Purged, Rendered
from pipeline.likeness import Listed, Look
from pipeline.original import Original
from pipeline.policy import Copies, Moderation, Policy, Quality
from pipeline.spending import Saved
from pipeline.stage_run import StageRun
from pipeline.vision import PictureRefusedError
from proofs.memory import (
    MemoryAnswers,
    MemoryBlocks,
    MemoryBus,
    MemoryClock,
    MemoryLedger,
    MemoryLooks,
    MemoryOriginals,
    MemoryPreviews,
    MemoryTable,
    MemoryVision,
)
from rekognition.describing import Describing
from rekognition.handler import Analyse
from tests.containers.found import MEASUREMENT
from tests.containers.rekognition.answers import LABELS, MODERATION

KEY = "uploads/a.jpg"
CLEAN = {"ModerationLabels": [], "ModerationModelVersion": "7.0"}
POLICY = Policy(
    min_confidence=55,
    quality=Quality(min_sharpness=40, min_brightness=10, max_brightness=97, min_contrast=10),
    moderation=Moderation(hold=50, reject=90),
)


@dataclass
class Canonical:
    """Takes a picture for its own canonical form, and keeps how it was asked to."""

    clock: MemoryClock
    asked: list[bool] = field(default_factory=list)
    error: Exception | None = None

    def __call__(self, data: bytes, *, isolated: bool) -> bytes:
        self.asked.append(isolated)
        self.clock.wait(0.25)
        if self.error:
            raise self.error
        return b"canonical " + data


@dataclass
class Darkroom:
    """The function with everything around it in memory."""

    answers: dict[str, Any] = field(
        default_factory=lambda: {"detect_labels": LABELS, "detect_moderation_labels": CLEAN}
    )

    def __post_init__(self) -> None:
        self.clock = MemoryClock()
        self.originals = MemoryOriginals(self.clock)
        self.bus = MemoryBus()
        self.table = MemoryTable()
        self.catalog = Catalog(self.table, self.clock)
        self.canonical = Canonical(self.clock)
        self.vision = MemoryVision(self.answers)
        self.known = MemoryAnswers(self.table)
        self.blocks = MemoryBlocks()
        self.looks = MemoryLooks()
        self.previews = MemoryPreviews()
        self.analyse = Analyse(
            StageRun("rekognition", self.catalog, self.originals, self.bus),
            self.canonical,
            self.vision,
            self.known,
            self.blocks,
            self.looks,
            self.previews,
            Analyses(("labels", "properties", "moderation")),
            POLICY,
            5_000_000,
            1769,
            self.clock,
        )

    def upload(self, data: bytes = b"good", key: str = KEY, **more: Any) -> Original:
        return self.originals.store(key, data, **more)

    def analysed(self, data: bytes = b"good", key: str = KEY) -> Item:
        """The item of a picture once it is uploaded and analysed."""
        original = self.upload(data, key)
        self.analyse(ObjectCreated(original=original), 1)
        return self.item_of(original)

    def item_of(self, original: Original) -> Item:
        item = self.catalog.get(original.image_id)
        assert item is not None
        return item

    @property
    def item(self) -> Item:
        return self.item_of(Original(bucket="b", key=KEY, sequencer="1"))


@pytest.fixture
def darkroom() -> Darkroom:
    return Darkroom()


def maybe_previewed(original: Original) -> RenditionsObsolete:
    """What follows a second attempt: the first may have written a preview that nobody needs."""
    return RenditionsObsolete(original=original, previews=[preview_of(original)])


def test_an_upload_gets_labels_quality_colours_and_a_verdict(darkroom: Darkroom) -> None:
    original = darkroom.upload(owner="ann@example.org")
    darkroom.analyse(ObjectCreated(original=original), 1)
    item = darkroom.item
    assert [label["name"] for label in item.labels] == ["Cat", "Animal"]
    assert item.quality == {"brightness": 62.12, "sharpness": 87.65, "contrast": 71.5}
    assert [color["name"] for color in item.colors] == ["darkslategrey", "darkgrey"]
    assert (item.moderation, item.owner) == ((), "ann@example.org")
    assert item.verdict is not None
    assert (item.verdict.decision, item.status) == ("accept", "processing")
    assert item.timeline[-1] == {
        "stage": "analysed",
        "at": "2026-01-01T00:00:00.250+00:00",
        "ms": 250,
    }
    assert item.cost_usd == pytest.approx(0.00275 + 0.0000166667 * 0.25 * 1769 / 1024)
    assert darkroom.bus.published == [ImageAccepted(original=original)]


def test_rekognition_is_asked_about_the_canonical_picture(darkroom: Darkroom) -> None:
    darkroom.analyse(ObjectCreated(original=darkroom.upload()), 1)
    features = ["GENERAL_LABELS", "IMAGE_PROPERTIES"]
    assert darkroom.vision.asked == [
        ("detect_labels", {"Features": features, "MinConfidence": 55, "MaxLabels": 50}),
        ("detect_moderation_labels", {"MinConfidence": 50}),
    ]
    assert darkroom.vision.images == [b"canonical good"] * 2


def test_a_violent_picture_is_rejected_with_its_reasons() -> None:
    darkroom = Darkroom({"detect_labels": LABELS, "detect_moderation_labels": MODERATION})
    original = darkroom.upload()
    darkroom.analyse(ObjectCreated(original=original), 1)
    reasons = [
        {"rule": "moderation.reject", "limit": 90, "value": 97.61, "name": name}
        for name in ("Weapon Violence", "Graphic Violence", "Violence")
    ]
    assert darkroom.bus.published == [ImageRejected(original=original, reasons=reasons)]
    assert darkroom.item.status == "rejected"


def test_a_blurred_picture_is_held_with_its_reason() -> None:
    quality = {"Brightness": 60.0, "Sharpness": 12.0, "Contrast": 70.0}
    blurred = {**LABELS, "ImageProperties": {"Quality": quality}}
    darkroom = Darkroom({"detect_labels": blurred, "detect_moderation_labels": CLEAN})
    original = darkroom.upload()
    darkroom.analyse(ObjectCreated(original=original), 1)
    reasons = [{"rule": "quality.min_sharpness", "limit": 40, "value": 12.0}]
    assert darkroom.bus.published == [ImageHeld(original=original, reasons=reasons)]
    assert darkroom.item.status == "held"


def test_the_last_of_two_stages_says_that_the_picture_is_ready(darkroom: Darkroom) -> None:
    original = darkroom.upload()
    darkroom.catalog.advance(
        Rendered(original=original, content="c", renditions={}, measurement=MEASUREMENT)
    )
    darkroom.analyse(ObjectCreated(original=original), 1)
    assert darkroom.bus.published == [
        ImageAccepted(original=original, rendering=True),
        ImageReady(original=original, alt_text="A cat"),
    ]


def test_a_restored_version_is_analysed_like_an_upload(darkroom: Darkroom) -> None:
    restored = darkroom.upload().just_after()
    darkroom.analyse(ImageRestored(original=restored), 1)
    assert darkroom.bus.published == [ImageAccepted(original=restored)]


def test_a_picture_whose_look_is_listed_again_keeps_its_verdict_and_nothing_is_said(
    darkroom: Darkroom,
) -> None:
    original = darkroom.originals.store(KEY, b"good")
    darkroom.analyse(ObjectCreated(original=original), 1)
    item, said = darkroom.item, list(darkroom.bus.published)
    darkroom.analyse(ImageRestored(original=original, stale=["likeness"]), 1)
    assert (darkroom.item, darkroom.bus.published) == (item, said)


def test_a_repeat_asks_nothing_and_says_the_same_again(darkroom: Darkroom) -> None:
    original = darkroom.upload()
    for attempt in (1, 2):
        darkroom.analyse(ObjectCreated(original=original), attempt)
    assert len(darkroom.vision.asked) == 2
    accepted, maybe = ImageAccepted(original=original), maybe_previewed(original)
    assert darkroom.bus.published == [accepted, accepted, maybe]


@pytest.mark.parametrize(("attempt", "isolated"), [(1, False), (2, True)])
def test_a_picture_that_was_tried_before_is_read_in_isolation(
    darkroom: Darkroom, attempt: int, isolated: bool
) -> None:
    darkroom.analyse(ObjectCreated(original=darkroom.upload()), attempt)
    assert darkroom.canonical.asked == [isolated]


@pytest.mark.parametrize("data", [b"not a picture", b""])
def test_what_is_not_a_picture_fails_for_good_and_says_why(darkroom: Darkroom, data: bytes) -> None:
    darkroom.canonical.error = UnreadableError("not_an_image", "this is no picture")
    original = darkroom.upload(data)
    darkroom.analyse(ObjectCreated(original=original), 1)
    failure = {"stage": "rekognition", "code": "not_an_image", "message": "this is no picture"}
    assert darkroom.bus.published == [ImageFailed(original=original, failure=failure)]
    assert darkroom.vision.asked == []


def test_what_rekognition_refuses_fails_for_good_and_says_why() -> None:
    refused = PictureRefusedError("InvalidImageFormatException", "Request has invalid image format")
    darkroom = Darkroom({"detect_labels": refused})
    original = darkroom.upload()
    darkroom.analyse(ObjectCreated(original=original), 1)
    failure = {
        "stage": "rekognition",
        "code": "refused_by_rekognition",
        "message": "InvalidImageFormatException: Request has invalid image format",
    }
    assert darkroom.bus.published == [ImageFailed(original=original, failure=failure)]


def test_a_throttled_rekognition_leaves_the_event_on_its_queue() -> None:
    error = ClientError(
        {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "DetectLabels"
    )
    darkroom = Darkroom({"detect_labels": error})
    original = darkroom.upload()
    with pytest.raises(ClientError):
        darkroom.analyse(ObjectCreated(original=original), 1)
    assert (darkroom.item.status, darkroom.bus.published) == ("received", [])
    darkroom.vision.answers = {"detect_labels": LABELS, "detect_moderation_labels": CLEAN}
    darkroom.analyse(ObjectCreated(original=original), 2)
    assert darkroom.bus.published == [ImageAccepted(original=original), maybe_previewed(original)]


def test_too_large_an_upload_fails_and_its_owner_is_known(darkroom: Darkroom) -> None:
    original = darkroom.originals.store(KEY, b"x" * 5_000_001, owner="ann@example.org")
    darkroom.analyse(ObjectCreated(original=original), 1)
    assert darkroom.item.failure is not None
    assert darkroom.item.failure.code == "too_large"
    assert (darkroom.item.owner, darkroom.vision.asked) == ("ann@example.org", [])


def test_an_upload_that_vanished_leaves_a_tombstone_and_asks_nothing(darkroom: Darkroom) -> None:
    original = darkroom.upload()
    darkroom.originals.versions.clear()
    darkroom.analyse(ObjectCreated(original=original), 1)
    assert (darkroom.item.status, darkroom.vision.asked) == ("deleted", [])


def test_a_late_event_of_a_deleted_picture_asks_nothing(darkroom: Darkroom) -> None:
    original = darkroom.upload()
    darkroom.catalog.advance(Deleted(original=darkroom.originals.delete(KEY)))
    darkroom.analyse(ObjectCreated(original=original), 1)
    assert (darkroom.vision.asked, darkroom.bus.published) == ([], [])


def test_a_held_picture_has_a_private_preview_that_the_item_knows_of(darkroom: Darkroom) -> None:
    doubtful = [{"Name": "Violence", "Confidence": 60.0, "ParentName": ""}]
    darkroom.answers["detect_moderation_labels"] = {"ModerationLabels": doubtful}
    darkroom.analyse(ObjectCreated(original=darkroom.upload()), 1)
    assert darkroom.item.status == "held"
    assert darkroom.previews.files == {darkroom.item.preview: b"canonical good"}
    assert (darkroom.item.previews, darkroom.item.obsolete_previews) == (
        (darkroom.item.preview,),
        (),
    )


def test_a_blocked_file_is_rejected_like_any_other(darkroom: Darkroom) -> None:
    digest = sha256(b"good").hexdigest()
    darkroom.blocks.block(Block(sha256=digest, by="rita", at="2026-01-01T00:00:00Z"))
    original = darkroom.upload()
    darkroom.analyse(ObjectCreated(original=original), 1)
    assert (darkroom.item.status, darkroom.item.labels != ()) == ("rejected", True)
    assert darkroom.previews.files == {}
    assert darkroom.bus.published == [
        ImageRejected(original=original, reasons=[{"rule": "blocked"}])
    ]


# Duplicates.

OWN = "uploads/11111111-1111-4111-8111-111111111111"
FIRST_KEY = f"{OWN}/33333333-3333-4333-8333-333333333333/a.jpg"
SECOND_KEY = f"{OWN}/44444444-4444-4444-8444-444444444444/b.jpg"
OTHERS_KEY = (
    "uploads/22222222-2222-4222-8222-222222222222/55555555-5555-4555-8555-555555555555/c.jpg"
)


def judging(darkroom: Darkroom, duplicates: Copies) -> None:
    """Have the policy say this of duplicates from now on."""
    darkroom.analyse = replace(
        darkroom.analyse, policy=replace(POLICY, duplicates=duplicates), looks=darkroom.looks
    )


def shown(darkroom: Darkroom, key: str, data: bytes = b"good") -> Item:
    """A picture that is analysed, rendered and listed."""
    item = darkroom.analysed(data, key)
    original = item.original
    darkroom.catalog.advance(
        Rendered(
            original=original,
            ms=1,
            content="c" * 16,
            renditions={"small": {}},
            recipe="r",
            measurement=replace(MEASUREMENT, hashes={"sha256": item.sha256 or ""}),
        )
    )
    look = Look(dhash=1, phash=1, sha256=item.sha256)
    listed = Listed(image_id=item.image_id, content="c" * 16, look=look)
    darkroom.looks.add(item.owner_id or "none", listed, at=darkroom.clock.now)
    darkroom.clock.wait(1)
    return item


@pytest.mark.parametrize(
    ("duplicates", "decision"), [("allow", "accept"), ("hold", "hold"), ("reject", "reject")]
)
def test_a_copy_of_an_owner_s_picture_is_judged_by_the_policy(
    darkroom: Darkroom, duplicates: Copies, decision: str
) -> None:
    judging(darkroom, duplicates)
    first = shown(darkroom, FIRST_KEY)
    copy = darkroom.analysed(b"good", SECOND_KEY)
    assert copy.verdict
    assert copy.verdict.decision == decision
    named = [{"rule": "duplicates", "other": first.image_id}]
    assert list(copy.verdict.reasons) == ([] if duplicates == "allow" else named)


def test_nobody_learns_that_somebody_else_has_the_file(darkroom: Darkroom) -> None:
    judging(darkroom, "reject")
    shown(darkroom, OTHERS_KEY)
    shown(darkroom, KEY)
    verdict = darkroom.analysed(b"good", FIRST_KEY).verdict
    assert verdict == Verdict(decision="accept")


def test_the_earlier_of_two_copies_is_never_the_duplicate(darkroom: Darkroom) -> None:
    first, second = shown(darkroom, FIRST_KEY), shown(darkroom, SECOND_KEY)
    judging(darkroom, "reject")
    for each in (first, second):
        darkroom.analyse(again(each, "verdicts"), 1)
    assert [darkroom.item_of(each.original).status for each in (first, second)] == [
        "ready",
        "rejected",
    ]


def test_a_copy_of_a_picture_that_is_gone_is_no_duplicate(darkroom: Darkroom) -> None:
    judging(darkroom, "reject")
    shown(darkroom, FIRST_KEY)
    darkroom.catalog.advance(Deleted(original=darkroom.originals.delete(FIRST_KEY)))
    verdict = darkroom.analysed(b"good", SECOND_KEY).verdict
    assert verdict == Verdict(decision="accept")


def test_a_copy_that_its_owner_keeps_on_purpose_is_no_duplicate(darkroom: Darkroom) -> None:
    first, second = shown(darkroom, FIRST_KEY), shown(darkroom, SECOND_KEY)
    for each in (first, second):
        darkroom.catalog.advance(Distinguished(original=each.original, group="g"))
    judging(darkroom, "reject")
    darkroom.analyse(again(second, "verdicts"), 1)
    assert darkroom.item_of(second.original).status == "ready"


# What is known already.

FOUND = ("labels", "moderation", "faces", "text", "celebrities", "quality", "colors", "verdict")
OTHER_KEY = (
    "uploads/11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222/b.jpg"
)


def found(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in (*FOUND, "asked", "sha256")}


def test_nobody_pays_twice_for_the_same_bytes_under_any_key(darkroom: Darkroom) -> None:
    first = darkroom.analysed()
    darkroom.canonical.asked.clear()
    second = darkroom.analysed(key=OTHER_KEY)
    assert len(darkroom.vision.asked) == 2
    assert darkroom.canonical.asked == []
    assert found(second) == found(first)
    assert second.saved == {"calls": 2, "usd": pytest.approx(0.00275)}
    assert (first.saved, set(second.costs or {})) == (None, {"rekognition"})
    assert MemoryLedger(darkroom.table).saved("2026-01-01") == Saved(2, 0.00275)


def test_its_timeline_does_not_show_that_the_bytes_were_known(darkroom: Darkroom) -> None:
    first, second = darkroom.analysed(), darkroom.analysed(key=OTHER_KEY)
    assert first.timeline[-1]["ms"] == second.timeline[-1]["ms"] == 250


def test_known_bytes_that_are_held_have_a_preview_of_their_own(darkroom: Darkroom) -> None:
    doubtful = [{"Name": "Violence", "Confidence": 60.0, "ParentName": ""}]
    darkroom.answers["detect_moderation_labels"] = {"ModerationLabels": doubtful}
    first, second = darkroom.analysed(), darkroom.analysed(key=OTHER_KEY)
    assert darkroom.previews.files == {
        first.preview: b"canonical good",
        second.preview: b"canonical good",
    }
    assert len(darkroom.vision.asked) == 2


def test_deleting_one_of_two_keeps_the_answers_of_the_other(darkroom: Darkroom) -> None:
    first = darkroom.analysed()
    darkroom.analysed(key=OTHER_KEY)
    darkroom.catalog.advance(Deleted(original=darkroom.originals.delete(KEY)))
    darkroom.catalog.advance(Purged(original=first.original))
    assert darkroom.analysed(key="uploads/third.jpg").saved == {"calls": 2, "usd": 0.00275}
    assert len(darkroom.vision.asked) == 2


def test_bytes_that_nobody_has_any_more_leave_no_answers(darkroom: Darkroom) -> None:
    first = darkroom.analysed()
    darkroom.catalog.advance(Deleted(original=darkroom.originals.delete(KEY)))
    assert darkroom.known.find(str(first.answers and first.answers.title)) is not None
    darkroom.catalog.advance(Purged(original=first.original))
    assert darkroom.known.find(str(first.answers and first.answers.title)) is None
    assert darkroom.analysed(key=OTHER_KEY).saved is None
    assert len(darkroom.vision.asked) == 4


def test_a_picture_that_is_processed_again_asks_nothing(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    again = before.original.just_after()
    darkroom.analyse(ImageRestored(original=again), 1)
    assert len(darkroom.vision.asked) == 2
    assert found(darkroom.item) == found(before)
    assert (darkroom.item.original, darkroom.item.kept) == (again, None)


def test_other_bytes_under_the_same_key_are_asked_about(darkroom: Darkroom) -> None:
    darkroom.analysed()
    assert darkroom.analysed(b"another").saved is None
    assert len(darkroom.vision.asked) == 4


def test_an_analysis_that_is_added_is_all_that_is_asked_for(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    darkroom.answers["detect_text"] = {"TextDetections": [], "TextModelVersion": "3.0"}
    more = Analyses(("labels", "properties", "moderation", "text"))
    analyse = replace(darkroom.analyse, analyses=more)
    analyse(ImageRestored(original=before.original.just_after()), 1)
    assert darkroom.vision.asked[2:] == [("detect_text", {})]
    assert set(darkroom.item.costs or {}) == {"text", "rekognition"}
    assert darkroom.item.saved == {"calls": 2, "usd": pytest.approx(0.00275)}


def test_another_policy_may_need_what_was_never_asked_for(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    looser = replace(POLICY, moderation=Moderation(hold=60, reject=90))
    stricter = replace(POLICY, moderation=Moderation(hold=40, reject=90))
    again = before.original.just_after()
    replace(darkroom.analyse, policy=looser)(ImageRestored(original=again), 1)
    assert len(darkroom.vision.asked) == 2
    replace(darkroom.analyse, policy=stricter)(ImageRestored(original=again.just_after()), 1)
    assert darkroom.vision.asked[2:] == [("detect_moderation_labels", {"MinConfidence": 40})]


def test_a_newer_model_is_asked_about_bytes_that_an_older_one_knew(darkroom: Darkroom) -> None:
    darkroom.analysed()
    assert darkroom.known.noted == {"detect_labels": "3.0", "detect_moderation_labels": "7.0"}
    darkroom.answers["detect_moderation_labels"] = {**CLEAN, "ModerationModelVersion": "8.0"}
    assert darkroom.analysed(key=OTHER_KEY).saved == {"calls": 2, "usd": pytest.approx(0.00275)}
    darkroom.analysed(b"another", key="uploads/another.jpg")
    assert darkroom.known.noted["detect_moderation_labels"] == "8.0"
    assert darkroom.analysed(key="uploads/third.jpg").saved is None
    assert darkroom.analysed(key="uploads/fourth.jpg").saved is not None


# What is made again.

STRICT = replace(POLICY, quality=replace(POLICY.quality, min_sharpness=90))
ALWAYS: tuple[AnalysisName, ...] = ("labels", "properties", "moderation")


def again(item: Item, *stale: str) -> ImageRestored:
    return ImageRestored(original=item.original, lane="backfill", stale=list(stale))


def test_a_verdict_is_made_again_in_place_and_asks_nothing(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    darkroom.canonical.asked.clear()
    tolerant = replace(POLICY, quality=replace(POLICY.quality, min_sharpness=1))
    replace(darkroom.analyse, policy=tolerant)(again(before, "verdicts"), 1)
    assert (len(darkroom.vision.asked), darkroom.canonical.asked) == (2, [])
    item = darkroom.item
    assert (item.policy, item.original) == (tolerant.fingerprint, before.original)
    assert found(item) == found(before)
    accepted = ImageAccepted(original=before.original, lane="backfill")
    assert darkroom.bus.published[1:] == [accepted]


def test_what_is_held_from_now_on_starts_over_for_its_preview(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    analyse = replace(darkroom.analyse, policy=STRICT)
    analyse(again(before, "verdicts"), 1)
    later = before.original.just_after()
    restored = ImageRestored(original=later, lane="backfill", stale=["renditions", "verdicts"])
    assert darkroom.bus.published[1:] == [restored]
    # The first attempt may die before it has published that.
    analyse(again(before, "verdicts"), 2)
    assert darkroom.bus.published[2:] == [restored]
    analyse(restored, 1)
    assert (darkroom.item.status, len(darkroom.vision.asked)) == ("held", 2)
    assert set(darkroom.previews.files) == {darkroom.item.preview}


def test_a_rejected_picture_that_is_rejected_no_more_starts_over() -> None:
    darkroom = Darkroom({"detect_labels": LABELS, "detect_moderation_labels": MODERATION})
    before = darkroom.analysed()
    tolerant = replace(POLICY, moderation=Moderation(hold=99, reject=99))
    analyse = replace(darkroom.analyse, policy=tolerant)
    analyse(again(before, "verdicts"), 1)
    assert darkroom.item.status == "received"
    analyse(darkroom.bus.published[-1], 1)
    assert (darkroom.item.decision, len(darkroom.vision.asked)) == ("accept", 2)


def test_an_analysis_that_is_made_again_asks_what_is_missing(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    darkroom.answers["detect_text"] = {"TextDetections": [], "TextModelVersion": "3.0"}
    analyse = replace(darkroom.analyse, analyses=Analyses((*ALWAYS, "text")))
    for attempt in (1, 2):
        analyse(again(before, "analysis"), attempt)
    assert darkroom.vision.asked[2:] == [("detect_text", {})]
    assert set(darkroom.item.asked or {}) == {*(before.asked or {}), "detect_text"}
    charged = MemoryLedger(darkroom.table).sums("2026-01-01").costs
    assert darkroom.item.costs == pytest.approx(charged)
    assert charged["labels"] == 0.001


def test_what_cannot_be_asked_again_keeps_what_it_has(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    darkroom.answers["detect_text"] = PictureRefusedError("InvalidImageFormatException", "no")
    analyse = replace(darkroom.analyse, analyses=Analyses((*ALWAYS, "text")))
    analyse(again(before, "analysis"), 1)
    assert darkroom.item == before


def test_new_renditions_ask_nothing_even_where_the_analysis_is_stale(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    event = replace(again(before, "renditions"), original=before.original.just_after())
    replace(darkroom.analyse, analyses=Analyses((*ALWAYS, "text")))(event, 1)
    assert len(darkroom.vision.asked) == 2
    assert found(darkroom.item) == found(before)


def test_a_persons_verdict_outlasts_a_new_policy(darkroom: Darkroom) -> None:
    before = darkroom.analysed()
    decided = Decided(
        original=before.original,
        revision=before.revision,
        verdict=PersonsVerdict(decision="reject", by="rita", at="2026-01-01T00:00:00Z"),
    )
    darkroom.catalog.advance(decided)
    replace(darkroom.analyse, policy=replace(POLICY, min_confidence=60))(
        again(before, "verdicts"), 1
    )
    assert (darkroom.item.status, darkroom.item.original) == ("rejected", before.original)


@dataclass
class Describer:
    """Describes every picture alike, unless it fails."""

    error: str | None = None
    seen: list[bytes] = field(default_factory=list)

    def describe(self, jpeg: bytes) -> Description:
        self.seen.append(jpeg)
        if self.error:
            raise NotDescribedError(self.error)
        return Description(text="A cat asleep", appeal=31.0)


@dataclass(frozen=True)
class Described:
    """The function in a stage that has pictures described."""

    darkroom: Darkroom
    describer: Describer = field(default_factory=Describer)
    reported: list[str] = field(default_factory=list)

    def analyse(self, policy: Policy = POLICY) -> Analyse:
        return replace(
            self.darkroom.analyse,
            vision=Describing(self.darkroom.vision, self.describer, self.reported.append),
            analyses=Analyses((*ALWAYS, "nova-lite")),
            policy=policy,
        )


def test_a_model_describes_and_scores_what_rekognition_sees(darkroom: Darkroom) -> None:
    stage = Described(darkroom)
    stage.analyse()(ObjectCreated(original=darkroom.upload()), 1)
    item = darkroom.item
    assert (item.caption, item.appeal, item.score) == ("A cat asleep", 31.0, 31.0)
    assert item.alt == AltText(text="A cat asleep", by="model")
    assert stage.describer.seen == [b"canonical good"]
    assert (item.costs or {})["nova-lite"] == 0.00022
    assert "note" not in item.timeline[-1]
    assert [operation for operation, _ in darkroom.vision.asked] == [
        *("detect_labels", "detect_moderation_labels")
    ]


def test_nobody_pays_twice_for_the_description_of_a_file(darkroom: Darkroom) -> None:
    stage = Described(darkroom)
    for key in (KEY, "uploads/copy.jpg"):
        original = darkroom.upload(key=key)
        stage.analyse()(ObjectCreated(original=original), 1)
        assert darkroom.item_of(original).caption == "A cat asleep"
    assert len(stage.describer.seen) == 1


def test_a_model_that_fails_costs_its_description_alone_until_it_is_asked_again(
    darkroom: Darkroom,
) -> None:
    stage = Described(darkroom, Describer(error="ThrottlingException"))
    original = darkroom.upload()
    stage.analyse()(ObjectCreated(original=original), 1)
    before = darkroom.item
    assert (before.decision, before.caption, before.score) == ("accept", None, None)
    assert before.alt == AltText(text="A cat", by="analysis")
    assert before.timeline[-1]["note"] == "the model gave no description"
    assert stage.reported == ["ThrottlingException"]
    assert "nova-lite" not in (before.costs or {})
    stage.describer.error = None
    stage.analyse()(again(before, "analysis"), 1)
    assert darkroom.item.caption == "A cat asleep"
    assert len(darkroom.vision.asked) == 2


def test_a_rule_about_the_score_holds_what_the_model_finds_less_appealing(
    darkroom: Darkroom,
) -> None:
    stage = Described(darkroom)
    original = darkroom.upload()
    stage.analyse(replace(POLICY, min_score=40))(ObjectCreated(original=original), 1)
    reason = {"rule": "quality.min_score", "limit": 40, "value": 31.0}
    assert darkroom.bus.published == [ImageHeld(original=original, reasons=[reason])]
    assert because(reason) == "score 31 is below 40"
    assert Item.from_dict(darkroom.item.to_dict()) == darkroom.item
