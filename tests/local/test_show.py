"""What a person sees of one picture."""

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from local import show
from local.journal import HeardEvent, HeardNotice
from local.pictures import Followed
from ops.terminal import console
from pipeline.item import Failure, Item, Verdict
from tests.local.stacks import stack

STACK = stack(Path())


def test_what_was_measured_of_a_picture_is_told_in_one_line() -> None:
    item = Item(
        image_id="a" * 32,
        bucket="originals",
        key="uploads/cat.jpg",
        sequencer="01",
        etag="etag",
        bytes=12345,
        measured={
            "sharpness": 50.25,
            "colors": [{"hex": "#102030", "share": 0.75}, {"hex": "#ffffff", "share": 0.0312}],
            "frames": 1,
            "has_alpha": False,
        },
    )
    out = StringIO()
    Console(file=out, width=200).print(show.picture(STACK, item, []))
    (line,) = (line for line in out.getvalue().splitlines() if line.startswith("measured"))
    assert line.split(maxsplit=1)[1].strip() == (
        "sharpness 50.25, colors hex #102030, share 0.75; hex #ffffff, share 0.0312, "
        "frames 1, has_alpha False"
    )


AT = datetime(2026, 1, 1, tzinfo=UTC)
REASON = "the file ends before its picture does: 12 of 345678 bytes are missing"


def followed(name: str, **facts: object) -> Followed:
    picture = Followed(name, f"uploads/{name}", AT)
    base: dict[str, object] = {
        "image_id": "a" * 32,
        "bucket": "originals",
        "key": picture.key,
        "sequencer": "01",
        "etag": "etag",
        "bytes": 123456,
        "width": 6000,
        "height": 4000,
        "updated_at": "2026-01-01T10:11:12.345Z",
        "labels": tuple(
            {"name": name, "confidence": 97.5, "parents": []}
            for name in ("Golden Retriever", "Building", "Person", "Car")
        ),
        "quality": {"brightness": 64.0, "sharpness": 81.0, "contrast": 100.0},
        "timeline": tuple(
            {"stage": stage, "at": AT.replace(second=59).isoformat()}
            for stage in ("received", "analysed", "rendered", "failed")
        ),
    }
    picture.take(Item(**{**base, **facts}))  # type: ignore[arg-type]
    return picture


MADE = {
    name: {
        kind: {"key": "k", "width": width, "height": height, "bytes": 345678}
        for kind in ("avif", "jpeg")
    }
    for name, width, height in (("thumbnail", 128, 128), ("enhanced", 1600, 1067))
}
HELD = Verdict(
    decision="hold",
    reasons=(
        {"rule": "quality.min_brightness", "value": 3.0, "limit": 10.0},
        {"rule": "moderation", "name": "Exposed Male Genitalia", "value": 83.0, "limit": 50.0},
    ),
)
FOLLOWED = [
    followed("a.jpg", renditions=MADE, verdict=Verdict(decision="accept")),
    followed("b.jpg", renditions=MADE, verdict=HELD),
    followed("c.jpg", failure=Failure(stage="resize", code="truncated", message=REASON)),
    followed("x" * 251 + ".jpg", renditions=MADE, verdict=HELD),
    Followed("d.jpg", "uploads/d.jpg", AT),
]


def lines(shown: RenderableType, width: int) -> list[str]:
    out = StringIO()
    Console(file=out, width=width).print(shown)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 81, 100, 149, 150, 151, 200])
def test_the_results_fit_any_width_with_all_their_words_and_borders(width: int) -> None:
    table = lines(show.results(FOLLOWED, ["b.jpg"], width), width)

    assert {len(line) for line in table} == {len(table[0])}
    assert len(table[0]) <= width
    assert {line[-1] for line in table} == {"┓", "┃", "┩", "│", "┤", "┘"}
    words = {word for line in table for word in line.split()}
    rendition = "enhanced 1600x1067 avif 345.7 kB jpeg 345.7 kB"
    assert {*REASON.split(), *rendition.split(), "brightness", "below", "Retriever"} <= words
    assert any(rendition in line for line in table)
    assert sum(line.count("x") - line.count("128x128") for line in table) >= 251


@pytest.mark.parametrize("width", [80, 100, 150])
def test_what_is_followed_and_the_list_fit_too(width: int) -> None:
    progress = lines(show.progress(FOLLOWED, width), width)
    assert len(progress) == 1 + len(FOLLOWED)
    assert all(line.count("59.00 s") == 4 for line in progress[1:-1])

    listed = lines(show.items([each.item for each in FOLLOWED if each.item], width), width)
    assert sum("2026-01-01 10:11:12" in line for line in listed) == len(FOLLOWED) - 1
    assert "\u2026" not in "".join(listed)


def test_events_are_whole_on_the_narrowest_console() -> None:
    key, at = "uploads/holiday/2026/IMG 0001.jpg", "2026-11-21T19:06:00.123+00:00"
    bus = "darkroom-dev-pipeline-c0ffee1"
    event = HeardEvent("1", at, bus, "darkroom", "Renditions Obsolete", key, {})
    text = "\n".join(lines(show.events([event]), 80))
    assert "2026-11-21 19:06:00" in text
    assert "Renditions Obsolete" in text
    assert set("".join((key, bus)).replace(" ", "")) <= set(text)
    assert max(len(line) for line in text.split("\n")) <= 80


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("", 150), ("0", 150), ("wide", 150)])
def test_columns_says_how_wide_a_pipe_is(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert console().width == width


def test_a_newline_in_a_key_or_a_subject_stays_one_line() -> None:
    name = "a\nb[red].jpg"
    picture = followed(name)
    event = HeardEvent("1", "then", "default", "aws.s3", "Object Created", picture.key, {})
    assert picture.item is not None
    for shown in (
        show.results([picture], [], 150),
        show.progress([picture], 150),
        show.items([picture.item], 150),
        show.picture(STACK, picture.item, [event]),
        show.events([event]),
    ):
        assert any(r"a\nb[red].jpg" in line for line in lines(shown, 150))


def test_a_notice_says_to_whom_it_went_or_why_to_nobody() -> None:
    outputs = {"pictures_url": "https://pictures.example"}
    shown = replace(STACK, front="http://127.0.0.1:1", outputs=outputs)
    text = "See https://pictures.example/i/a.jpg"
    heard = [
        HeardNotice("1", "then", "dev-notices", [], "a\nb is ready", text),
        HeardNotice("2", "then", "ses", ["a@b.example", "c@d.example"], "b is ready", text),
    ]

    assert lines(show.notices(shown, heard), 150) == [
        "then  dev-notices to nobody: dev has no subscribers, so it is in the local inbox only",
        r"a\nb is ready",
        "See http://127.0.0.1:1/i/a.jpg",
        "",
        "then  ses to a@b.example, c@d.example",
        "b is ready",
        "See http://127.0.0.1:1/i/a.jpg",
        "",
    ]
