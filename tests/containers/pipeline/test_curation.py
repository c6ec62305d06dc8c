"""What people decide holds for the bytes that they decided about, and decides what is shown."""

from dataclasses import replace
from typing import Any

import pytest

from aws.dynamodb import from_attributes, to_attributes
from pipeline.item import Curation, Decision, Failure, Item, PersonsVerdict, Verdict
from pipeline.lifecycle import (
    Deleted,
    Distinguished,
    Received,
    Recovered,
    Rendered,
    advance,
    shown,
)
from pipeline.original import Original
from pipeline.policy import Gate
from proofs.memory import MemoryClock
from tests.containers.found import MEASUREMENT

NOW = MemoryClock().now
FIRST = Original(
    bucket="originals", key="uploads/a.jpg", sequencer="01", etag="e1", bytes=5, version_id="v1"
)
SECOND = replace(FIRST, sequencer="02", etag="e2", version_id="v2")
FILES = {"small": {"jpeg": {"key": "i/x/c/small.jpg"}}}
BEFORE = {"small": {"jpeg": {"key": "i/x/c0/small.jpg"}}}
FAILURE = Failure(stage="resize", code="truncated", message="")
MADE = Curation(
    version_id="v1",
    sha256="5a",
    verdict=PersonsVerdict(decision="accept", by="ann", at="2026-01-01T00:00:00Z", reason="fine"),
    alt_text="a cat",
    focus=(0.25, 0.5),
)


def item(original: Original = FIRST, **known: Any) -> Item:
    return Item(**vars(original), image_id=original.image_id, as_of=original.sequencer, **known)


def verdict(decision: Decision) -> Verdict:
    return Verdict(decision=decision)


@pytest.mark.parametrize(
    ("version_id", "sha256", "holds"),
    [
        ("v1", None, True),
        ("v2", None, False),
        ("v2", "5a", True),
        ("v1", "5b", True),
        ("v2", "5b", False),
        (None, "5a", True),
        (None, None, False),
    ],
)
def test_it_holds_for_the_same_version_or_the_same_bytes(
    version_id: str | None, sha256: str | None, holds: bool
) -> None:
    hashes = {"sha256": sha256} if sha256 else None
    known = replace(item(curations=(MADE,), hashes=hashes), version_id=version_id)
    assert known.curated == (MADE if holds else None)


def test_nothing_is_the_same_where_neither_version_nor_bytes_are_known() -> None:
    unknown = replace(MADE, version_id=None, sha256=None)
    assert replace(item(curations=(unknown,)), version_id=None).curated is None


def test_it_outlives_other_bytes_and_their_deletion_and_holds_again_for_its_own() -> None:
    known: Item | None = item(curations=(MADE,))
    for update in (
        Received(original=SECOND),
        Deleted(original=replace(SECOND, sequencer="03")),
    ):
        known = advance(known, update, NOW)
        assert known
        assert (known.curations, known.curated) == ((MADE,), None)
    known = advance(known, Received(original=replace(FIRST, sequencer="04")), NOW)
    assert known
    assert known.curated == MADE


def test_it_survives_the_table() -> None:
    now = "2026-01-01T00:00:00.000+00:00"
    made = (replace(MADE, blocked=True, distinct=("a", "b")),)
    known = item(curations=made, created_at=now, updated_at=now)
    assert from_attributes(to_attributes(known)) == known


@pytest.mark.parametrize(
    ("policy", "person", "blocked", "decision"),
    [
        (None, None, False, None),
        ("accept", None, False, "accept"),
        ("hold", None, False, "hold"),
        ("hold", "accept", False, "accept"),
        ("reject", "accept", False, "accept"),
        ("accept", "reject", False, "reject"),
        (None, "accept", False, "accept"),
        ("accept", None, True, "reject"),
        ("accept", "accept", True, "reject"),
    ],
)
def test_a_person_outranks_the_policy_and_a_block_outranks_both(
    policy: Decision | None, person: Any, blocked: bool, decision: Decision | None
) -> None:
    decided = PersonsVerdict(decision=person, by="ann", at="") if person else None
    made = replace(MADE, verdict=decided, blocked=blocked)
    known = item(curations=(made,), verdict=verdict(policy) if policy else None)
    assert known.decision == decision


@pytest.mark.parametrize("gate", ["open", "guarded"])
@pytest.mark.parametrize(
    ("known", "in_open", "in_guarded"),
    [
        ({}, {}, {}),
        ({"renditions": FILES}, FILES, FILES),
        ({"verdict": verdict("accept"), "renditions": FILES}, FILES, FILES),
        ({"verdict": verdict("accept"), "renditions": FILES, "previous": BEFORE}, FILES, FILES),
        ({"previous": BEFORE}, BEFORE, BEFORE),
        ({"verdict": verdict("accept"), "previous": BEFORE}, BEFORE, BEFORE),
        ({"verdict": verdict("accept"), "renditions": {}}, {}, {}),
        ({"verdict": verdict("hold"), "renditions": FILES}, FILES, {}),
        ({"verdict": verdict("hold"), "previous": BEFORE}, BEFORE, {}),
        ({"verdict": verdict("reject"), "renditions": FILES, "previous": BEFORE}, {}, {}),
        ({"failure": FAILURE, "renditions": FILES, "previous": BEFORE}, {}, {}),
        ({"deleted": True, "renditions": FILES, "previous": BEFORE}, {}, {}),
        (
            {
                "verdict": verdict("accept"),
                "renditions": FILES,
                "curations": (replace(MADE, blocked=True),),
            },
            {},
            {},
        ),
        (
            {"verdict": verdict("reject"), "renditions": FILES, "curations": (MADE,)},
            FILES,
            FILES,
        ),
    ],
)
def test_what_is_shown_follows_from_the_decision_and_the_gate(
    gate: Gate, known: dict[str, Any], in_open: dict[str, Any], in_guarded: dict[str, Any]
) -> None:
    assert shown(item(**known), gate) == (in_open if gate == "open" else in_guarded)


REJECTED = replace(
    MADE, verdict=PersonsVerdict(decision="reject", by="ann", at="2026-01-01T00:00:00Z")
)


def recovered(known: Item, *made: Curation) -> Item:
    after = advance(known, Recovered(original=FIRST, curations=made), NOW)
    assert after is not None
    return after


def test_a_rejection_that_was_lost_holds_again_once_it_is_recovered() -> None:
    known = item(verdict=verdict("accept"), renditions=FILES, content="c", claimed=("c",))
    after = recovered(known, REJECTED)
    assert (after.status, shown(after, "open"), after.obsolete) == ("rejected", {}, ("c",))
    assert after.timeline[-1]["stage"] == "recovered"
    assert recovered(after, REJECTED) is after


def test_what_was_made_since_the_backup_stays() -> None:
    known = item(curations=(MADE,), verdict=verdict("accept"))
    assert recovered(known, REJECTED) is known
    other = replace(REJECTED, version_id="v0", sha256="50")
    assert recovered(known, other).curations == (other, MADE)


@pytest.mark.parametrize("sha256", ["5a", None])
def test_words_written_since_the_backup_do_not_replace_the_verdict_that_was_lost(
    sha256: str | None,
) -> None:
    words = Curation(version_id="v1", sha256=sha256, alt_text="a dog")
    known = item(curations=(words,), verdict=verdict("accept"), renditions=FILES, content="c")
    after = recovered(known, REJECTED)
    assert after.curations == (replace(REJECTED, alt_text="a dog", focus=None),)
    assert (after.status, shown(after, "open")) == ("rejected", {})
    assert recovered(after, REJECTED) is after


def test_a_recovered_verdict_follows_its_bytes_to_another_version() -> None:
    words = Curation(version_id="v1", sha256=None, alt_text="a dog")
    known = item(curations=(words,), hashes={"sha256": "5a"}, verdict=verdict("accept"))
    after = recovered(replace(known, version_id="v2", renditions=FILES, content="c"), REJECTED)
    assert (after.status, shown(after, "open")) == ("rejected", {})


def test_a_lost_verdict_about_one_version_gives_way_to_a_later_one_about_its_bytes() -> None:
    words = Curation(version_id="v1", sha256=None, alt_text="a dog")
    later = replace(MADE, version_id="v2")
    known = item(curations=(later, words))
    assert recovered(known, REJECTED) is known


def test_a_recovered_approval_of_what_is_rejected_starts_over() -> None:
    known = item(verdict=verdict("reject"), content="c", claimed=("c",), renditions=FILES)
    after = recovered(known, MADE)
    assert (after.status, after.decision, after.former) == ("processing", "accept", ("c",))
    assert after.original == FIRST.just_after()


def test_nothing_is_recovered_about_what_was_deleted_for_good() -> None:
    known = item(deleted=True, purged=True)
    assert recovered(known, MADE) is known


def distinguished(group: str = "g", *, distinct: bool = True) -> Distinguished:
    return Distinguished(original=FIRST, group=group, distinct=distinct)


def test_keeping_a_group_is_remembered_once_and_undone() -> None:
    kept = advance(item(revision=7), distinguished(), NOW)
    assert kept
    assert kept.curated
    assert kept.curated.distinct == ("g",)
    assert advance(kept, distinguished(), NOW) is kept
    undone = advance(kept, distinguished(distinct=False), NOW)
    assert undone
    assert undone.curated
    assert undone.curated.distinct == ()


def test_keeping_a_group_changes_nothing_else_and_is_not_recorded_of_another_version() -> None:
    kept = advance(item(curations=(MADE,)), distinguished(), NOW)
    assert kept
    assert kept.curations == (replace(MADE, distinct=("g",)),)
    later = item(SECOND)
    assert advance(later, distinguished(), NOW) is later
    gone = item(deleted=True)
    assert advance(gone, distinguished(), NOW) is gone


def test_the_oldest_groups_are_forgotten_first() -> None:
    made = replace(MADE, distinct=tuple(f"{number:02}" for number in range(50)))
    kept = advance(item(curations=(made,)), distinguished(), NOW)
    assert kept
    assert kept.curated
    assert kept.curated.distinct == (*made.distinct[1:], "g")


def test_groups_of_the_same_bytes_in_two_versions_are_all_kept() -> None:
    known = replace(MADE, version_id="v0", distinct=("a",))
    unknown = Curation(version_id="v1", sha256=None, distinct=("b",))
    received = item(curations=(known, unknown))
    measured = Rendered(
        original=FIRST,
        ms=1,
        content="c" * 16,
        renditions=FILES,
        recipe="r",
        measurement=replace(MEASUREMENT, hashes={"sha256": "5a"}),
    )
    rendered = advance(received, measured, NOW)
    assert rendered
    assert rendered.curated
    assert rendered.curated.distinct == ("a", "b")
