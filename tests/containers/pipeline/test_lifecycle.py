"""The rules by which a picture's item moves, one by one.

`test_interleavings` holds them together.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations
from typing import Any

import pytest

from pipeline.answers import Answers, Asked
from pipeline.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRejected,
    RenditionsObsolete,
)
from pipeline.facts import Analysis, Label
from pipeline.item import Failure, Item, Status, Trashed, Verdict
from pipeline.lifecycle import (
    TOMBSTONE,
    Analysed,
    Cleaned,
    Deleted,
    Failed,
    NoticeClaimed,
    NoticePublished,
    NoticeSent,
    NoticeWithheld,
    OtherVersionDeleted,
    Placed,
    Purged,
    Received,
    Removing,
    Rendered,
    Rendering,
    Stage,
    Unplaced,
    Update,
    advance,
    announcements,
    is_about,
    is_done,
    is_stale,
    saved_added,
    tombstone,
)
from pipeline.original import Original
from tests.containers.found import MEASUREMENT, SHA256

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)
STAMP, LATER_STAMP = "2026-01-01T12:00:00.000+00:00", "2026-01-01T12:00:05.000+00:00"

FIRST = Original(
    bucket="originals", key="uploads/a.jpg", sequencer="01", etag="e1", bytes=10, version_id="v1"
)
SECOND = replace(FIRST, sequencer="02", etag="e2", version_id="v2")
THIRD = replace(FIRST, sequencer="03", etag="e3", version_id="v3")

ACCEPT = Verdict(decision="accept")
HOLD = Verdict(decision="hold", reasons=({"rule": "quality.min_sharpness"},))
REJECT = Verdict(decision="reject", reasons=({"rule": "moderation.reject"},))


def files(content: str) -> dict[str, Any]:
    return {"small": {"jpeg": {"key": f"i/{FIRST.image_id}/{content}/small.jpg"}}}


def rendering(original: Original, content: str) -> Rendering:
    return Rendering(original=original, content=content)


def rendered(original: Original, content: str, **added: Any) -> Rendered:
    known = {"measurement": MEASUREMENT} | added
    return Rendered(original=original, content=content, renditions=files(content), **known)


def analysed(original: Original, verdict: Verdict, **added: Any) -> Analysed:
    known: dict[str, Any] = {"analysis": Analysis(), "sha256": SHA256} | added
    return Analysed(original=original, verdict=verdict, **known)


NOTHING_FOUND = Answers(sha256=SHA256, asked={}, analysis=Analysis())


def failed(original: Original, stage: str) -> Failed:
    failure = Failure(stage=stage, code=f"code of {stage}", message="no picture")
    return Failed(original=original, failure=failure)


def claimed(original: Original, outcome: str, by: str, seconds: float = 60) -> NoticeClaimed:
    until = NOW + timedelta(seconds=seconds)
    return NoticeClaimed(original=original, outcome=outcome, by=by, until=until)


def item_after(*update: Update, start: Item | None = None) -> Item:
    item = reduce(lambda item, each: advance(item, each, NOW), update, start)
    assert item is not None
    return item


def ready(original: Original = FIRST, content: str = "c1") -> tuple[Update, ...]:
    return (
        rendering(original, content),
        rendered(original, content),
        analysed(original, ACCEPT),
    )


# One version, from nothing.


@pytest.mark.parametrize(
    ("update", "status"),
    [
        ([Received(original=FIRST)], "received"),
        ([rendering(FIRST, "c1")], "received"),
        ([rendered(FIRST, "c1")], "processing"),
        ([analysed(FIRST, ACCEPT)], "processing"),
        ([analysed(FIRST, HOLD)], "held"),
        ([analysed(FIRST, REJECT)], "rejected"),
        ([failed(FIRST, "resize")], "failed"),
        ([failed(FIRST, "rekognition")], "failed"),
        ([Deleted(original=FIRST)], "deleted"),
        ([analysed(FIRST, ACCEPT), rendered(FIRST, "c1")], "ready"),
        ([analysed(FIRST, HOLD), rendered(FIRST, "c1")], "held"),
        ([analysed(FIRST, REJECT), rendered(FIRST, "c1")], "rejected"),
        ([analysed(FIRST, REJECT), failed(FIRST, "resize")], "rejected"),
        ([analysed(FIRST, ACCEPT), failed(FIRST, "resize")], "failed"),
        ([failed(FIRST, "rekognition"), rendered(FIRST, "c1")], "failed"),
    ],
)
def test_news_of_one_version_lead_to_the_same_status_in_any_order(
    update: Sequence[Update], status: Status
) -> None:
    assert {item_after(*order).status for order in permutations(update)} == {status}


@pytest.mark.parametrize(
    "update",
    [
        (*ready(), Received(original=FIRST)),
        (rendering(FIRST, "c1"), rendered(FIRST, "c1"), analysed(FIRST, REJECT)),
        (rendering(FIRST, "c1"), failed(FIRST, "resize"), failed(FIRST, "rekognition")),
        (rendering(FIRST, "c1"), analysed(FIRST, HOLD, owner="ann", costs={"rekognition": 0.5})),
    ],
)
def test_in_any_order_they_lead_to_the_same_item_but_for_its_timeline(
    update: Sequence[Update],
) -> None:
    items = {
        str(replace(item_after(*order), timeline=()).to_dict()) for order in permutations(update)
    }
    assert len(items) == 1


@pytest.mark.parametrize(
    "repeated",
    [
        Received(original=FIRST),
        rendering(FIRST, "c1"),
        rendered(FIRST, "c1", costs={"resize": 1.0}),
        analysed(FIRST, ACCEPT, costs={"rekognition": 1.0}),
        analysed(FIRST, REJECT),
        OtherVersionDeleted(original=FIRST, current=FIRST),
        Cleaned(original=FIRST, contents=("unknown",), files=()),
    ],
)
def test_a_repeat_gives_the_very_same_item(repeated: Update) -> None:
    item = item_after(*ready())
    assert advance(item, repeated, LATER) is item


@pytest.mark.parametrize("update", [failed(FIRST, "resize"), Deleted(original=FIRST)])
def test_a_repeated_end_gives_the_very_same_item(update: Update) -> None:
    item = item_after(update)
    assert advance(item, update, LATER) is item


def test_the_first_news_make_an_item_of_their_version() -> None:
    assert advance(None, Received(original=FIRST), NOW) == Item(
        image_id="8fe884f469150b783791b3789bf754af",
        bucket="originals",
        key="uploads/a.jpg",
        sequencer="01",
        etag="e1",
        bytes=10,
        version_id="v1",
        as_of="01",
        timeline=({"stage": "received", "at": STAMP},),
        created_at=STAMP,
        updated_at=STAMP,
    )


@pytest.mark.parametrize(
    "update",
    [
        Cleaned(original=FIRST, contents=("c1",), files=()),
        OtherVersionDeleted(original=FIRST, current=FIRST),
        claimed(FIRST, "ready", "x"),
        NoticePublished(original=FIRST, outcome="ready"),
        NoticeSent(original=FIRST, outcome="ready"),
    ],
)
def test_news_that_presuppose_an_item_make_none(update: Update) -> None:
    assert advance(None, update, NOW) is None


def test_facts_costs_and_times_add_up() -> None:
    item = item_after(
        rendered(FIRST, "c1", ms=120, measurement=MEASUREMENT, costs={"resize": 0.25}),
        analysed(FIRST, ACCEPT, ms=80, owner="ann", costs={"rekognition": 0.5}),
    )
    assert (item.width, item.height, item.owner, item.cost_usd) == (40, 30, "ann", 0.75)
    assert item.costs == {"resize": 0.25, "rekognition": 0.5}
    assert item.timeline == (
        {"stage": "received", "at": STAMP},
        {"stage": "rendered", "at": STAMP, "ms": 120},
        {"stage": "analysed", "at": STAMP, "ms": 80},
    )


def test_the_failure_of_resize_is_kept_of_two() -> None:
    for order in permutations([failed(FIRST, "resize"), failed(FIRST, "rekognition")]):
        failure = item_after(*order).failure
        assert failure == Failure(stage="resize", code="code of resize", message="no picture")


def test_an_item_says_when_it_was_last_changed() -> None:
    item = advance(item_after(Received(original=FIRST)), analysed(FIRST, ACCEPT), LATER)
    assert item is not None
    assert (item.created_at, item.updated_at) == (STAMP, LATER_STAMP)


# Several versions.


def test_a_later_version_starts_afresh_and_keeps_what_was_shown() -> None:
    before = item_after(*ready(), NoticeSent(original=FIRST, outcome="ready"))
    item = advance(before, Received(original=SECOND), LATER)
    assert item == Item(
        **vars(SECOND),
        image_id=FIRST.image_id,
        as_of="02",
        former=("c1",),
        previous=files("c1"),
        previous_content="c1",
        kept=NOTHING_FOUND,
        timeline=({"stage": "received", "at": LATER_STAMP},),
        created_at=STAMP,
        updated_at=LATER_STAMP,
    )


def test_what_was_shown_outlives_any_number_of_versions_that_never_got_ready() -> None:
    item = item_after(*ready(), rendering(SECOND, "c2"), Received(original=THIRD))
    assert item.previous == files("c1")
    assert item.former == ("c1", "c2")
    assert item.obsolete == ("c2",)


def test_a_held_version_leaves_the_one_before_it_in_place() -> None:
    item = item_after(*ready(), *ready(SECOND, "c2")[:2], analysed(SECOND, HOLD))
    assert (item.previous, item.obsolete) == (files("c1"), ())


@pytest.mark.parametrize(
    ("update", "obsolete"),
    [
        (ready(SECOND, "c2"), ("c1",)),
        ((rendering(SECOND, "c2"), analysed(SECOND, REJECT)), ("c1", "c2")),
        ((rendering(SECOND, "c2"), failed(SECOND, "resize")), ("c1", "c2")),
        ((rendering(SECOND, "c2"), Deleted(original=THIRD)), ("c1", "c2")),
    ],
)
def test_when_a_version_comes_to_its_end_the_files_before_it_may_go(
    update: Sequence[Update], obsolete: tuple[str, ...]
) -> None:
    item = item_after(*ready(), *update)
    assert (item.previous, item.previous_content) == (None, None)
    assert item.obsolete == obsolete


def test_the_files_of_a_rejected_version_go_even_while_the_next_is_held() -> None:
    item = item_after(rendering(FIRST, "c1"), analysed(FIRST, REJECT), analysed(SECOND, HOLD))
    assert item.obsolete == ("c1",)


@pytest.mark.parametrize(
    "late",
    [
        Received(original=FIRST),
        analysed(FIRST, REJECT),
        failed(FIRST, "resize"),
        Deleted(original=FIRST),
        claimed(FIRST, "ready", "x"),
        NoticePublished(original=FIRST, outcome="ready"),
        NoticeSent(original=FIRST, outcome="ready"),
        OtherVersionDeleted(original=FIRST, current=SECOND),
    ],
)
def test_news_of_an_earlier_version_change_nothing(late: Update) -> None:
    item = item_after(*ready(SECOND, "c2"))
    assert advance(item, late, LATER) is item


@pytest.mark.parametrize("late", [rendering(FIRST, "c1"), rendered(FIRST, "c1")])
def test_files_of_an_earlier_version_are_claimed_so_that_they_go(late: Update) -> None:
    before = item_after(*ready(SECOND, "c2"))
    item = advance(before, late, LATER)
    assert item == replace(before, former=("c1",), updated_at=LATER_STAMP)
    assert item.obsolete == ("c1",)
    assert advance(item, late, LATER) is item


def test_another_version_of_the_same_sequencer_is_stale() -> None:
    item = item_after(*ready())
    other = replace(FIRST, etag="e9", version_id="v9")
    assert is_stale(item, other)
    assert advance(item, analysed(other, REJECT), LATER) is item


def test_stale_is_what_is_neither_the_items_version_nor_a_later_one() -> None:
    item = item_after(Received(original=SECOND))
    assert [is_stale(item, original) for original in (FIRST, SECOND, THIRD)] == [True, False, False]
    assert not is_stale(None, FIRST)


# Deletion.


def test_a_deletion_leaves_a_tombstone_that_knows_of_every_file() -> None:
    item = advance(item_after(*ready(), rendering(SECOND, "c2")), Deleted(original=THIRD), LATER)
    assert item == Item(
        **vars(THIRD),
        image_id=FIRST.image_id,
        as_of="03",
        deleted=True,
        former=("c1", "c2"),
        trashed=Trashed(bytes=10, at=LATER_STAMP),
        kept=NOTHING_FOUND,
        timeline=(
            {"stage": "received", "at": STAMP},
            {"stage": "deleted", "at": LATER_STAMP},
        ),
        created_at=STAMP,
        updated_at=LATER_STAMP,
        expires_at=int((LATER + TOMBSTONE).timestamp()),
    )
    assert item.obsolete == ("c1", "c2")


def test_a_tombstone_outlives_every_queue_an_event_can_wait_in() -> None:
    waiting = timedelta(days=1) + 2 * timedelta(days=14)
    assert waiting < TOMBSTONE


@pytest.mark.parametrize(("retention_days", "days"), [(1, 30), (28, 30), (29, 31), (400, 402)])
def test_a_tombstone_lives_as_long_as_a_version_that_can_be_brought_back(
    retention_days: int, days: int
) -> None:
    remembered = tombstone(retention_days)
    item = advance(None, Deleted(original=FIRST), NOW, remembered=remembered)
    assert item
    assert item.expires_at == int((NOW + timedelta(days=days)).timestamp())


def test_a_picture_deleted_before_anything_was_known_of_it_has_a_tombstone_too() -> None:
    item = item_after(Deleted(original=FIRST))
    assert (item.status, item.timeline) == ("deleted", ({"stage": "deleted", "at": STAMP},))


@pytest.mark.parametrize("original", [FIRST, SECOND])
@pytest.mark.parametrize("kind", ["received", "analysed", "failed"])
def test_a_late_created_event_does_not_bring_a_picture_back(original: Original, kind: str) -> None:
    update = {
        "received": Received(original=original),
        "analysed": analysed(original, ACCEPT),
        "failed": failed(original, "resize"),
    }[kind]
    tombstone = item_after(*ready(), Deleted(original=SECOND))
    assert advance(tombstone, update, LATER) is tombstone


def test_files_written_after_the_deletion_are_claimed_by_the_tombstone() -> None:
    tombstone = item_after(Deleted(original=SECOND))
    assert item_after(rendering(FIRST, "c1"), start=tombstone).obsolete == ("c1",)


def test_a_later_upload_lives_and_forgets_its_tombstones_expiry() -> None:
    item = item_after(*ready(), Deleted(original=SECOND), *ready(THIRD, "c3"))
    assert (item.status, item.deleted, item.expires_at) == ("ready", False, None)
    assert item.obsolete == ("c1",)


def test_a_version_that_is_about_outranks_the_deletions_of_others() -> None:
    item = item_after(*ready(), OtherVersionDeleted(original=THIRD, current=FIRST))
    assert item == replace(item_after(*ready()), as_of="03")
    assert advance(item, Deleted(original=SECOND), LATER) is item
    assert is_stale(item, SECOND)
    assert not is_stale(item, FIRST)


def test_a_version_that_is_not_shown_does_not_outrank_them() -> None:
    item = item_after(*ready())
    assert advance(item, OtherVersionDeleted(original=THIRD, current=SECOND), LATER) is item
    tombstone = item_after(Deleted(original=SECOND))
    assert (
        advance(tombstone, OtherVersionDeleted(original=THIRD, current=FIRST), LATER) is tombstone
    )


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({}, True),
        ({"version_id": "v9"}, False),
        ({"etag": "e9"}, True),
        ({"version_id": None}, True),
        ({"version_id": None, "etag": "e9"}, False),
    ],
)
def test_a_version_is_known_by_its_id_and_without_one_by_its_etag(
    change: dict[str, Any], shown: bool
) -> None:
    assert is_about(item_after(*ready()), replace(FIRST, **change)) is shown


def test_nothing_is_about_of_a_deleted_or_unknown_picture() -> None:
    assert not is_about(None, FIRST)
    assert not is_about(item_after(Deleted(original=FIRST)), FIRST)


# Files.


def test_of_two_contents_of_a_version_the_first_complete_one_is_about() -> None:
    begun = (rendering(FIRST, "c1"), rendering(FIRST, "c2"), analysed(FIRST, ACCEPT))
    assert item_after(*begun).obsolete == ()
    item = item_after(*begun, rendered(FIRST, "c2"))
    assert (item.content, item.obsolete) == ("c2", ("c1",))
    cleaned = item_after(Cleaned(original=FIRST, contents=("c1",), files=()), start=item)
    late = item_after(rendered(FIRST, "c1"), start=cleaned)
    assert (late.content, late.renditions, late.obsolete) == ("c2", files("c2"), ("c1",))


@pytest.mark.parametrize("end", [analysed(FIRST, REJECT), failed(FIRST, "rekognition")])
@pytest.mark.parametrize("late", [rendering(FIRST, "c1"), rendered(FIRST, "c1")])
def test_files_written_after_the_end_and_its_cleaning_are_claimed_again(
    end: Update, late: Update
) -> None:
    cleaned = item_after(*ready()[:2], end, Cleaned(original=FIRST, contents=("c1",), files=()))
    assert (cleaned.claimed, cleaned.content, cleaned.renditions) == ((), None, None)
    assert item_after(late, start=cleaned).obsolete == ("c1",)


def test_cleaning_lets_go_of_the_claims_and_of_nothing_else() -> None:
    before = item_after(*ready(), *ready(SECOND, "c2"))
    item = advance(before, Cleaned(original=SECOND, contents=("c1",), files=()), LATER)
    cleaned = {"stage": "cleaned", "at": LATER_STAMP}
    assert item == replace(
        before, former=(), timeline=(*before.timeline, cleaned), updated_at=LATER_STAMP
    )


def test_files_being_removed_are_known_until_the_caches_have_forgotten_them() -> None:
    item = item_after(
        *ready(),
        Removing(original=FIRST, files=("i/x/c1/a", "i/x/c1/b")),
        Removing(original=FIRST, files=("i/x/c1/b", "i/x/c2/a")),
    )
    assert item.removing == ("i/x/c1/a", "i/x/c1/b", "i/x/c2/a")
    later = item_after(Received(original=SECOND), start=item)
    gone = item_after(Deleted(original=SECOND), start=item)
    assert (later.removing, gone.removing) == (item.removing, item.removing)
    forgotten = Cleaned(original=FIRST, contents=(), files=("i/x/c1/a", "i/x/c2/a"))
    assert item_after(forgotten, start=item).removing == ("i/x/c1/b",)


def test_files_already_known_as_being_removed_change_nothing() -> None:
    item = item_after(*ready(), Removing(original=FIRST, files=("i/x/c1/a",)))
    assert advance(item, Removing(original=FIRST, files=("i/x/c1/a",)), LATER) is item


@pytest.mark.parametrize(
    ("update", "resize", "rekognition"),
    [
        ([Received(original=FIRST)], False, False),
        ([rendering(FIRST, "c1")], False, False),
        ([rendered(FIRST, "c1")], True, False),
        ([analysed(FIRST, ACCEPT)], False, True),
        ([analysed(FIRST, HOLD)], False, True),
        ([analysed(FIRST, REJECT)], True, True),
        ([failed(FIRST, "resize")], True, False),
        ([failed(FIRST, "rekognition")], False, True),
    ],
)
def test_a_stage_is_done_when_it_has_nothing_more_to_find_out(
    update: Sequence[Update], resize: bool, rekognition: bool
) -> None:
    item = item_after(*update)
    assert (is_done(item, "resize"), is_done(item, "rekognition")) == (resize, rekognition)


# What is said.


READY = ImageReady(original=FIRST, renditions=files("c1"))
ACCEPTED = ImageAccepted(original=FIRST, rendering=True)
REJECTED = ImageRejected(original=FIRST, reasons=[{"rule": "moderation.reject"}])
HELD = ImageHeld(original=FIRST, reasons=[{"rule": "quality.min_sharpness"}], rendering=True)


def image_failed(stage: str) -> ImageFailed:
    failure = {"stage": stage, "code": f"code of {stage}", "message": "no picture"}
    return ImageFailed(original=FIRST, failure=failure)


@pytest.mark.parametrize(
    ("update", "stage", "said"),
    [
        ([rendered(FIRST, "c1")], "resize", []),
        ([analysed(FIRST, ACCEPT)], "rekognition", [ImageAccepted(original=FIRST)]),
        ([analysed(FIRST, HOLD)], "rekognition", [replace(HELD, rendering=False)]),
        (
            [rendering(FIRST, "c1"), analysed(FIRST, ACCEPT)],
            "rekognition",
            [ACCEPTED],
        ),
        (ready(), "rekognition", [ACCEPTED, READY]),
        (ready(), "resize", [READY]),
        ([*ready()[:2], analysed(FIRST, HOLD)], "rekognition", [HELD]),
        ([*ready()[:2], analysed(FIRST, HOLD)], "resize", []),
        (
            [*ready()[:2], analysed(FIRST, REJECT)],
            "rekognition",
            [REJECTED, RenditionsObsolete(original=FIRST, contents=["c1"])],
        ),
        (
            [*ready()[:2], analysed(FIRST, REJECT)],
            "resize",
            [RenditionsObsolete(original=FIRST, contents=["c1"])],
        ),
        ([failed(FIRST, "resize")], "resize", [image_failed("resize")]),
        ([failed(FIRST, "resize")], "rekognition", []),
        ([failed(FIRST, "resize"), analysed(FIRST, ACCEPT)], "rekognition", []),
        ([failed(FIRST, "rekognition")], "rekognition", [image_failed("rekognition")]),
        ([failed(FIRST, "rekognition")], "resize", []),
        ([Deleted(original=FIRST)], "resize", []),
    ],
)
def test_a_stage_says_what_its_work_completed(
    update: Sequence[Update], stage: Stage, said: Sequence[Event]
) -> None:
    assert announcements(item_after(*update), FIRST, stage) == tuple(said)


@pytest.mark.parametrize("stage", ["resize", "rekognition"])
def test_of_a_stale_version_only_its_files_are_spoken_of(stage: Stage) -> None:
    item = item_after(*ready(SECOND, "c2"), rendering(FIRST, "c1"))
    assert announcements(item, FIRST, stage) == (
        RenditionsObsolete(original=SECOND, contents=["c1"]),
    )


# Notices.


def test_a_picture_whose_notice_is_sent_is_not_announced_as_ready_again() -> None:
    claim = item_after(*ready(), claimed(FIRST, "ready", "one"))
    sent = item_after(*ready(), NoticeSent(original=FIRST, outcome="ready"))
    assert announcements(claim, FIRST, "resize") == (READY,)
    assert announcements(sent, FIRST, "resize") == ()
    assert announcements(sent, FIRST, "rekognition") == (ACCEPTED,)


def test_a_notice_that_bulk_work_withholds_is_published_on_the_live_lane_alone() -> None:
    withheld = item_after(*ready(), NoticeWithheld(original=FIRST, outcome="ready"))
    assert withheld.notices == {"ready": {"state": "withheld", "at": STAMP}}
    assert withheld.timeline[-1]["stage"] != "notified"
    assert (withheld.noticed, withheld.notified) == (True, False)
    assert announcements(withheld, FIRST, "resize", "backfill") == ()
    assert announcements(withheld, FIRST, "resize") == (READY,)


def test_only_a_notice_that_nobody_began_to_send_is_withheld() -> None:
    claim = item_after(*ready(), claimed(FIRST, "ready", "one"))
    sent = item_after(*ready(), NoticeSent(original=FIRST, outcome="ready"))
    withhold = NoticeWithheld(original=FIRST, outcome="ready")
    assert advance(claim, withhold, LATER) is claim
    assert advance(sent, withhold, LATER) is sent


def test_whoever_claims_a_notice_first_has_it() -> None:
    item = item_after(*ready(), claimed(FIRST, "ready", "one"))
    assert item.notices == {
        "ready": {"state": "sending", "by": "one", "until": "2026-01-01T12:01:00.000+00:00"}
    }
    assert advance(item, claimed(FIRST, "ready", "two"), LATER) is item
    assert advance(item, claimed(FIRST, "ready", "one"), LATER) is item


@pytest.mark.parametrize(("seconds", "by"), [(59.999, "one"), (60, "two"), (61, "two")])
def test_a_claim_lapses_at_its_end(seconds: float, by: str) -> None:
    item = item_after(*ready(), claimed(FIRST, "ready", "one"))
    then = NOW + timedelta(seconds=seconds)
    item = advance(item, claimed(FIRST, "ready", "two", 200), then) or item
    assert (item.notices or {})["ready"]["by"] == by


def test_a_notice_that_was_sent_is_never_claimed_again() -> None:
    sent = NoticeSent(original=FIRST, outcome="ready")
    item = item_after(*ready(), claimed(FIRST, "ready", "one"), sent)
    assert item.notices == {"ready": {"state": "sent", "at": STAMP}}
    assert item.timeline[-1] == {"stage": "notified", "at": STAMP}
    much_later = NOW + timedelta(days=30)
    assert advance(item, claimed(FIRST, "ready", "two", 10**7), much_later) is item
    assert advance(item, sent, much_later) is item


def test_that_the_subscribers_know_outlives_the_claim() -> None:
    published = NoticePublished(original=FIRST, outcome="ready")
    item = item_after(*ready(), claimed(FIRST, "ready", "one"), published)
    until = "2026-01-01T12:01:00.000+00:00"
    told = {"state": "sending", "by": "one", "until": until, "published": STAMP}
    assert item.notices == {"ready": told}
    assert item.timeline[-1]["stage"] != "notified"
    assert advance(item, published, LATER) is item
    again = advance(item, claimed(FIRST, "ready", "two", 120), NOW + timedelta(seconds=60))
    assert again is not None
    assert again.notices == {
        "ready": {**told, "by": "two", "until": "2026-01-01T12:02:00.000+00:00"}
    }
    assert advance(again, NoticeSent(original=FIRST, outcome="ready"), NOW) == replace(
        again,
        notices={"ready": {"state": "sent", "at": STAMP}},
        timeline=(*again.timeline, {"stage": "notified", "at": STAMP}),
        updated_at=STAMP,
    )


def test_each_outcome_has_a_notice_of_its_own() -> None:
    item = item_after(
        analysed(FIRST, HOLD), NoticeSent(original=FIRST, outcome="held"), *ready()[:2]
    )
    item = item_after(claimed(FIRST, "ready", "one"), start=item)
    assert {outcome: entry["state"] for outcome, entry in (item.notices or {}).items()} == {
        "held": "sent",
        "ready": "sending",
    }


def test_a_new_version_is_told_of_again() -> None:
    told = item_after(*ready(), NoticeSent(original=FIRST, outcome="ready"))
    assert item_after(*ready(SECOND, "c2"), start=told).notices is None


# What Rekognition answered.

CAT: Label = {"name": "Cat", "confidence": 98, "parents": []}
ASKED: dict[str, Asked] = {"detect_labels": {"question": "q1", "least": 55, "model": "3.0"}}
CATS = Answers(sha256=SHA256, asked=ASKED, analysis=Analysis(labels=(CAT,)))


def analysed_with_cats(original: Original) -> Analysed:
    return analysed(original, ACCEPT, analysis=CATS.analysis, asked=ASKED)


def test_an_analysed_item_has_the_answers_about_its_bytes() -> None:
    item = item_after(analysed_with_cats(FIRST))
    assert (item.answers, item.kept) == (CATS, None)
    assert item.to_dict()["answers_title"] == CATS.title


@pytest.mark.parametrize("next_", [Received(original=SECOND), Deleted(original=SECOND)])
def test_what_starts_over_or_is_deleted_keeps_the_answers(next_: Update) -> None:
    item = item_after(analysed_with_cats(FIRST), next_, Received(original=THIRD))
    assert (item.answers, item.kept, item.labels) == (CATS, CATS, ())
    assert item.to_dict()["answers_title"] == CATS.title
    assert Item.from_dict(item.to_dict()) == item


@pytest.mark.parametrize("end", [analysed(SECOND, ACCEPT), failed(SECOND, "rekognition")])
@pytest.mark.parametrize("before", [[], [failed(SECOND, "resize")]])
def test_answers_about_other_bytes_go_once_these_have_theirs(
    before: list[Update], end: Update
) -> None:
    item = item_after(analysed_with_cats(FIRST), Received(original=SECOND), *before, end)
    assert item.kept is None
    assert item.answers != CATS


@pytest.mark.parametrize(
    "order",
    [
        (Deleted(original=SECOND), Purged(original=SECOND)),
        (Purged(original=SECOND), Deleted(original=SECOND)),
        (Received(original=SECOND), Deleted(original=THIRD), Purged(original=THIRD)),
    ],
)
def test_what_is_deleted_for_good_keeps_no_answers(order: tuple[Update, ...]) -> None:
    item = item_after(analysed_with_cats(FIRST), *order)
    assert (item.status, item.answers) == ("deleted", None)
    assert "answers_title" not in item.to_dict()


def test_what_known_answers_saved_is_counted_once_for_a_version() -> None:
    saved = {"calls": 2, "usd": 0.00275}
    before = item_after(Received(original=FIRST))
    after = item_after(Received(original=FIRST), analysed(FIRST, ACCEPT, saved=saved))
    assert saved_added(before, after) == saved
    assert saved_added(after, replace(after, revision=1)) == {}


# Which models have placed it.

PLACED = Placed(original=FIRST, content="c1", placed={"nova": True}, costs={"embedding": 0.5})


def test_a_rendered_item_tells_which_models_placed_it() -> None:
    done = rendered(FIRST, "c1", placed={"titan": True, "nova": False})
    item = item_after(rendering(FIRST, "c1"), done)
    assert item.placed == {"titan": True, "nova": False}
    assert (
        item_after(rendered(FIRST, "c2", placed={"other": True}), start=item).placed == item.placed
    )


def test_another_model_adds_to_what_is_known_and_its_costs_once() -> None:
    item = item_after(*ready())
    assert item.placed is None
    placed = item_after(PLACED, PLACED, start=item)
    assert (placed.placed, (placed.costs or {})["embedding"]) == ({"nova": True}, 0.5)
    assert placed.timeline == item.timeline
    more = item_after(replace(PLACED, placed={"titan": False}), start=placed)
    assert (more.placed, (more.costs or {})["embedding"]) == ({"nova": True, "titan": False}, 1.0)


@pytest.mark.parametrize(
    "update", [replace(PLACED, content="c2"), replace(PLACED, original=SECOND), PLACED]
)
def test_what_is_known_of_another_content_changes_nothing(update: Placed) -> None:
    item = item_after(*ready(FIRST, "c9" if update is PLACED else "c1"))
    assert advance(item, update, LATER) is item


def test_a_place_that_is_lost_is_forgotten() -> None:
    lost = Unplaced(original=FIRST, content="c1", models=("nova", "other"))
    item = item_after(*ready(), PLACED, replace(PLACED, placed={"titan": True}, costs={}))
    forgotten = item_after(lost, lost, start=item)
    assert (forgotten.placed, forgotten.costs) == ({"titan": True}, item.costs)
    assert item_after(replace(lost, models=("titan",)), start=forgotten).placed is None


def test_a_place_goes_with_its_content() -> None:
    item = item_after(*ready(), PLACED)
    cleaned = item_after(Cleaned(original=FIRST, contents=("c1",), files=()), start=item)
    assert (cleaned.content, cleaned.placed) == (None, None)
    assert item_after(*ready(), PLACED, Received(original=SECOND)).placed is None
