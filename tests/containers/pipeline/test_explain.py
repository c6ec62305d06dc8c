"""A picture's story reads as what happened."""

from typing import Any

import pytest

from pipeline.explain import story
from pipeline.item import Failure, Item, Verdict

AT = [f"2026-01-01T00:00:0{second}.000+00:00" for second in range(6)]
LOGS = {"rekognition": "/logs/rekognition", "resize": "/logs/resize"}


def item(**values: Any) -> Item:
    given: dict[str, Any] = {
        "image_id": "a" * 32,
        "bucket": "originals",
        "key": "uploads/cat.jpg",
        "sequencer": "01",
        "etag": "etag",
        "bytes": 12345,
        "updated_at": AT[5],
    }
    return Item(**given | values)


def words(found: Item, gate: str = "open") -> list[tuple[str, str]]:
    return [(line.at, line.words) for line in story(found, gate=gate, logs=LOGS)]


def test_a_held_picture_is_told_from_its_arrival_to_its_notice() -> None:
    held = item(
        verdict=Verdict(
            decision="hold",
            reasons=({"rule": "quality.min_sharpness", "limit": 40, "value": 31.0},),
        ),
        labels=({"name": "Cat", "confidence": 93.4, "parents": ["Animal"]},),
        quality={"sharpness": 31.0, "brightness": 60.2},
        renditions={"small": {"jpeg": {"bytes": 1000}, "avif": {"bytes": 500}}},
        notices={"held": {"state": "sent", "at": AT[3]}},
        timeline=(
            {"stage": "received", "at": AT[0]},
            {"stage": "analysed", "at": AT[1], "ms": 410},
            {"stage": "rendered", "at": AT[2], "ms": 250},
            {"stage": "notified", "at": AT[3]},
        ),
    )
    assert words(held) == [
        (AT[0], "received uploads/cat.jpg, 12,345 bytes"),
        (AT[1], "analysed in 410 ms: Cat 93; sharpness 31, brightness 60"),
        (AT[1], "held because sharpness 31 is below 40"),
        (AT[2], "rendered in 250 ms: small as avif, jpeg, 2 files, 1,500 bytes"),
        (AT[3], "notice sent: it is held for review"),
        ("", f"now held since {AT[5]}"),
    ]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("too_many_frames", "a still: 612 frames are too many to keep it moving"),
        ("too_many_pixels", "a still: its frames have too many pixels to keep it moving"),
        ("too_much_memory", "a still: its frames need too much memory to keep it moving"),
    ],
)
def test_an_animation_that_became_a_still_is_explained(reason: str, told: str) -> None:
    still = item(
        renditions={"small": {"jpeg": {"bytes": 1500}}},
        measured={"frames": 612, "stilled": reason},
        timeline=({"stage": "rendered", "at": AT[2], "ms": 250},),
    )
    assert words(still)[0] == (
        AT[2],
        f"rendered in 250 ms: small as jpeg, 1 files, 1,500 bytes; {told}",
    )


def test_of_two_stages_that_failed_the_one_is_told_that_the_item_keeps() -> None:
    failed = item(
        failure=Failure(stage="resize", code="truncated", message="the file ends early"),
        timeline=({"stage": "failed", "at": AT[0]}, {"stage": "failed", "at": AT[1]}),
    )
    assert words(failed) == [
        (AT[1], "failed in resize: the file ends early (truncated)"),
        ("", f"now failed since {AT[5]}"),
        ("", "no notice has been sent yet"),
    ]


def test_a_notice_that_bulk_work_withholds_is_explained() -> None:
    failed = item(
        failure=Failure(stage="resize", code="truncated", message="the file ends early"),
        notices={"failed": {"state": "withheld", "at": AT[3]}},
    )
    assert words(failed)[-1] == ("", "no notice, as bulk work processed it")


def test_whose_mail_waits_while_the_subscribers_know_is_told() -> None:
    told = {"state": "sending", "by": "x", "until": AT[4], "published": AT[3]}
    failed = item(
        failure=Failure(stage="resize", code="truncated", message="the file ends early"),
        notices={"failed": told},
    )
    assert words(failed)[-1] == ("", "the uploader has not been written to yet")


@pytest.mark.parametrize(
    ("gate", "verdict", "waits", "groups"),
    [
        ("open", None, "the analysis and the renditions", "/logs/rekognition and /logs/resize"),
        ("guarded", None, "the analysis, and then for the renditions", "/logs/rekognition"),
        ("guarded", Verdict(decision="accept"), "the renditions", "/logs/resize"),
    ],
)
def test_a_picture_under_way_tells_what_it_waits_for_and_where_to_look(
    gate: str, verdict: Verdict | None, waits: str, groups: str
) -> None:
    status = "processing" if verdict else "received"
    hint = (
        f"if that lasts, the log of each try is in {groups}, and python -m ops status shows "
        "what waits and what has died"
    )
    assert words(item(verdict=verdict), gate) == [
        ("", f"now {status}, waiting for {waits} since {AT[5]}"),
        ("", hint),
    ]


def test_a_tombstone_says_what_it_is_for() -> None:
    [(_, last)] = words(item(deleted=True))
    assert last == f"now deleted since {AT[5]}; a tombstone keeps late events from bringing it back"


def test_a_deleted_picture_tells_what_happened_and_nothing_that_is_forgotten() -> None:
    deleted = item(
        bytes=0,
        deleted=True,
        timeline=(
            {"stage": "received", "at": AT[0]},
            {"stage": "analysed", "at": AT[1], "ms": 225},
            {"stage": "rendered", "at": AT[1], "ms": 80},
            {"stage": "failed", "at": AT[1], "ms": 9},
            {"stage": "failed", "at": AT[2]},
            {"stage": "notified", "at": AT[3]},
            {"stage": "deleted", "at": AT[4]},
            {"stage": "cleaned", "at": AT[5]},
        ),
    )
    assert words(deleted)[:-1] == [
        (AT[0], "received"),
        (AT[1], "analysed in 225 ms"),
        (AT[1], "rendered in 80 ms"),
        (AT[1], "failed in 9 ms"),
        (AT[2], "failed"),
        (AT[3], "notice sent"),
        (AT[4], "deleted: the original is gone"),
        (AT[5], "cleaned: no file is left that is not shown any more"),
    ]
