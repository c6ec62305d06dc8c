"""What people decide and write moves a picture through the state machine like any other update."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Literal

import pytest

from aws.dynamodb import from_attributes, to_attributes
from pipeline.blocks import BLOCKED
from pipeline.clock import iso
from pipeline.events import ImageAccepted, ImageReady, ImageRejected, ImageRestored
from pipeline.explain import because, story
from pipeline.facts import Analysis
from pipeline.item import Curation, Failure, Item, PersonsVerdict, Trashed, Verdict
from pipeline.lifecycle import (
    Analysed,
    Cleaned,
    Decided,
    Deleted,
    Described,
    Failed,
    Purged,
    Received,
    Rendered,
    Rendering,
    Update,
    advance,
    decisions,
    is_decidable,
)
from pipeline.original import Original
from tests.containers.found import MEASUREMENT, SHA256

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
FIRST = Original(
    bucket="originals", key="uploads/a.jpg", sequencer="01", etag="e1", bytes=10, version_id="v1"
)
SECOND = replace(FIRST, sequencer="02", version_id="v2")
OTHER = replace(FIRST, sequencer="02", etag="e2", bytes=20, version_id="v2")
FILES = {"small": {"jpeg": {"key": f"i/{FIRST.image_id}/c1/small.jpg"}}}


def analysed(
    decision: Literal["accept", "hold", "reject"], original: Original = FIRST, sha256: str = SHA256
) -> Analysed:
    return Analysed(
        original=original, verdict=Verdict(decision=decision), analysis=Analysis(), sha256=sha256
    )


def rendered(original: Original = FIRST, content: str = "c1") -> tuple[Update, ...]:
    return (
        Rendering(original=original, content=content),
        Rendered(original=original, content=content, renditions=FILES, measurement=MEASUREMENT),
    )


def after(*updates: Update, start: Item | None = None) -> Item:
    item = reduce(lambda item, each: advance(item, each, NOW), updates, start)
    assert item is not None
    return item


def verdict(decision: Literal["accept", "reject"]) -> PersonsVerdict:
    return PersonsVerdict(decision=decision, by="rita", at="2026-01-01T12:00:00Z", reason="seen")


def decided(item: Item, decision: Literal["accept", "reject"], **more: Any) -> Item:
    update = Decided(
        original=item.original, revision=item.revision, verdict=verdict(decision), **more
    )
    return after(update, start=item)


def described(item: Item, **made: Any) -> Item:
    known: dict[str, Any] = {"alt_text": None, "focus": None} | made
    update = Described(original=item.original, revision=item.revision, **known)
    return after(update, start=item)


def test_a_held_picture_that_is_approved_goes_on_to_be_rendered() -> None:
    item = decided(after(analysed("hold")), "accept")
    assert (item.status, item.original) == ("processing", FIRST)
    assert decisions(item) == (ImageAccepted(original=FIRST),)


def test_one_that_is_rendered_is_ready_at_once() -> None:
    item = decided(after(*rendered(), analysed("hold")), "accept")
    assert item.status == "ready"
    assert decisions(item) == (
        ImageAccepted(original=FIRST, rendering=True),
        ImageReady(original=FIRST, renditions=FILES),
    )


def test_a_rejection_makes_its_files_obsolete() -> None:
    item = decided(after(*rendered(), analysed("accept")), "reject")
    assert (item.status, item.obsolete) == ("rejected", ("c1",))
    reasons = [{"rule": "review", "note": "seen"}]
    assert decisions(item)[0] == ImageRejected(original=FIRST, reasons=reasons)


@pytest.mark.parametrize("cleaned", [True, False])
def test_an_approval_after_a_rejection_starts_the_version_over(cleaned: bool) -> None:
    rejected = decided(after(*rendered(), analysed("accept")), "reject")
    if cleaned:
        gone = Cleaned(original=FIRST, contents=("c1",), files=())
        rejected = after(gone, start=rejected)
    item = decided(rejected, "accept")
    again = replace(FIRST, sequencer="011")
    assert (item.status, item.original) == ("processing", again)
    assert item.obsolete == (() if cleaned else ("c1",))
    assert decisions(item) == (ImageRestored(original=again),)
    undone = decided(item, "reject")
    assert (undone.status, undone.original) == ("rejected", again)


def test_a_verdict_holds_whatever_the_policy_finds_later() -> None:
    item = decided(decided(after(analysed("reject")), "accept"), "accept")
    again = item.original
    item = after(analysed("reject", again), *rendered(again, "c2"), start=item)
    assert item.status == "ready"


def test_a_verdict_follows_the_same_bytes_into_another_version_and_back() -> None:
    item = decided(after(analysed("accept")), "reject")
    item = after(analysed("accept", SECOND), start=item)
    assert item.status == "rejected"
    item = decided(item, "accept")
    first = replace(FIRST, sequencer="03")
    item = after(Received(original=first), start=item)
    assert item.decision == "accept"


def test_a_verdict_never_passes_to_other_bytes() -> None:
    item = decided(after(analysed("accept")), "reject")
    item = after(analysed("accept", OTHER, "11" * 32), start=item)
    assert (item.decision, item.curated) == ("accept", None)


def test_what_was_made_of_one_version_survives_what_is_made_of_another() -> None:
    item = decided(after(analysed("accept")), "reject")
    item = described(after(analysed("accept", OTHER, "11" * 32), start=item), alt_text="a dog")
    item = after(Received(original=replace(FIRST, sequencer="03")), start=item)
    assert item.status == "rejected"


def test_a_text_of_before_the_analysis_joins_the_verdict_on_the_same_bytes() -> None:
    item = decided(after(analysed("accept")), "reject")
    item = described(after(Received(original=SECOND), start=item), alt_text="a cat")
    item = after(analysed("accept", SECOND), start=item)
    assert item.curated == Curation(
        version_id="v2", sha256=SHA256, verdict=verdict("reject"), alt_text="a cat"
    )


def test_a_decision_about_another_revision_or_version_changes_nothing() -> None:
    item = after(analysed("hold"))
    for update in (
        Decided(original=FIRST, revision=7, verdict=verdict("accept")),
        Decided(original=OTHER, revision=0, verdict=verdict("accept")),
        Described(original=FIRST, revision=7, alt_text="a", focus=None),
    ):
        assert advance(item, update, NOW) is item


@pytest.mark.parametrize(
    "updates",
    [
        (Received(original=FIRST),),
        (Failed(original=FIRST, failure=Failure(stage="resize", code="c", message="m")),),
        (analysed("hold"), Deleted(original=OTHER)),
    ],
)
def test_only_an_analysed_picture_can_be_decided(updates: tuple[Update, ...]) -> None:
    item = after(*updates)
    assert not is_decidable(item)
    assert decided(item, "accept") is item


def test_nothing_can_be_written_about_bytes_that_have_no_identity_yet() -> None:
    item = after(Received(original=replace(FIRST, version_id=None)))
    assert described(item, alt_text="a cat") is item


def test_a_text_changes_no_status_and_another_focus_point_renders_again() -> None:
    ready = after(*rendered(), analysed("accept"))
    worded = described(ready, alt_text="a cat")
    assert (worded.status, worded.original) == ("ready", FIRST)
    focused = described(worded, alt_text="a cat", focus=(0.25, 0.5))
    assert (focused.sequencer, focused.previous) == ("011", FILES)
    assert focused.curated
    assert focused.curated.focus == (0.25, 0.5)


def test_a_block_outranks_an_earlier_approval_and_an_approval_lifts_it() -> None:
    item = decided(after(analysed("hold")), "accept")
    item = decided(item, "reject", blocked=True)
    assert (item.status, item.curated and item.curated.blocked) == ("rejected", True)
    item = decided(item, "accept")
    assert (item.decision, item.curated and item.curated.blocked) == ("accept", False)


def test_a_block_reads_like_a_rejection_by_a_person() -> None:
    [reason] = BLOCKED.reasons
    assert because(reason) == because({"rule": "review"}) == "a reviewer decided so"


def test_a_duplicate_is_told_with_the_other_picture() -> None:
    assert because({"rule": "duplicates", "other": "a" * 32}) == (
        f"picture {'a' * 32} is the same file"
    )


def test_the_story_has_who_decided_when_and_why() -> None:
    item = decided(after(analysed("hold")), "accept")
    words = [line.words for line in story(item, gate="guarded", logs={"resize": "log"})]
    assert "approved by rita at 2026-01-01T12:00:00Z: seen" in words


def test_a_tombstone_remembers_the_picture_until_it_is_purged() -> None:
    ready = decided(after(*rendered(), analysed("hold")), "accept")
    gone = after(Deleted(original=replace(OTHER, etag="", bytes=0)), start=ready)
    assert gone.trashed == Trashed(
        bytes=10,
        at=iso(NOW),
        width=40,
        height=30,
        placeholder="cGxhY2Vob2xkZXI=",
        decision="accept",
    )
    again = Deleted(original=replace(OTHER, sequencer="03", bytes=0))
    later = advance(gone, again, NOW + timedelta(days=1))
    assert later is not None
    assert (later.trashed, later.curations) == (gone.trashed, gone.curations)
    purged = after(Purged(original=later.original), start=later)
    assert (purged.trashed, purged.curations, purged.timeline) == (None, (), ())
    assert not {"owner_month", "shown_month"} & purged.to_dict().keys()


def test_a_live_item_that_is_purged_leaves_a_bare_tombstone() -> None:
    item = after(*rendered(), analysed("accept"), Purged(original=FIRST))
    gone = after(Deleted(original=OTHER), start=item)
    assert (gone.purged, gone.trashed, gone.obsolete) == (True, None, ("c1",))


def test_a_new_upload_after_a_purge_is_a_picture_like_any_other() -> None:
    item = after(*rendered(), Deleted(original=OTHER), Purged(original=OTHER))
    item = after(Received(original=replace(FIRST, sequencer="03", version_id="v3")), start=item)
    assert (item.purged, item.owner_month) == (False, "none#2026-01")


def test_a_preview_is_needed_until_the_verdict() -> None:
    started = after(Received(original=FIRST))
    key = started.preview
    held = after(Received(original=FIRST, preview=key), analysed("hold"), start=started)
    assert (held.previews, held.obsolete_previews) == ((key,), ())
    approved = decided(held, "accept")
    assert approved.obsolete_previews == (key,)
    gone = Cleaned(original=FIRST, contents=(), files=(), previews=(key,))
    assert after(gone, start=approved).previews == ()


def test_a_preview_of_a_version_that_was_replaced_is_claimed_so_that_it_goes() -> None:
    item = after(analysed("accept", OTHER))
    item = after(replace(analysed("hold"), preview="previews/x"), start=item)
    assert item.obsolete_previews == ("previews/x",)


def test_a_tombstone_survives_the_table() -> None:
    gone = after(
        Deleted(original=OTHER), start=decided(after(*rendered(), analysed("hold")), "reject")
    )
    assert from_attributes(to_attributes(gone)) == gone
