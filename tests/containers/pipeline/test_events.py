"""What crosses the buses, read and written."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import events
from pipeline.events import (
    SOURCE,
    Event,
    ImageFailed,
    ImageReady,
    ObjectCreated,
    ObjectDeleted,
    ObjectRestored,
    RenditionsObsolete,
    UnexpectedEventError,
    parse,
)
from pipeline.original import Original
from tests.events import NAMES, sample

CREATED = Original(
    bucket="darkroom-dev-originals-4f2a91",
    key="uploads/Zürich Hbf, 7+8 % (2).jpg",
    sequencer="0068F1C2A59329D189",
    etag="b1946ac92492d2347c6235b4d2611184",
    bytes=2_481_734,
    version_id="IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
)


OWN = [name for name in NAMES if not name.startswith("object-")]
"""The samples that functions publish."""


def with_changes(name: str, **changes: Any) -> dict[str, Any]:
    """The sample with values replaced by dotted path; `...` takes one away."""
    event = sample(name)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = event
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return event


def test_an_upload_is_read_with_its_key_as_it_is() -> None:
    assert parse(sample("object-created")) == ObjectCreated(original=CREATED)


def test_an_empty_object_has_no_bytes() -> None:
    event = parse(sample("object-created-empty"))
    assert isinstance(event, ObjectCreated)
    assert event.original.bytes == 0


def test_a_copy_from_the_archive_has_no_sequencer() -> None:
    event = parse(sample("object-restore-completed"))
    assert event == ObjectRestored(original=Original(**{**vars(CREATED), "sequencer": ""}))


@pytest.mark.parametrize("name", NAMES)
def test_every_event_has_the_time_of_its_envelope(name: str) -> None:
    assert parse(sample(name)).at == datetime.fromisoformat(sample(name)["time"])


@pytest.mark.parametrize("name", OWN)
@given(schema=st.none() | st.integers(), lane=st.none() | st.integers() | st.text())
def test_an_event_of_any_schema_is_live_unless_its_lane_is_one_that_is_known(
    name: str, schema: int | None, lane: object
) -> None:
    event = with_changes(name, detail__schema=schema, detail__lane=lane)
    assert parse(event).lane == ("backfill" if lane == "backfill" else "live")


@pytest.mark.parametrize("name", OWN)
def test_an_event_of_release_0_1_0_has_neither_schema_nor_lane_and_is_live(name: str) -> None:
    old = parse(with_changes(name, detail__schema=..., detail__lane=...))
    assert old == parse(sample(name))
    assert old.lane == "live"


@pytest.mark.parametrize(
    ("reason", "lane"),
    [
        ("PutObject", "live"),
        ("POST Object", "live"),
        ("CompleteMultipartUpload", "live"),
        ("CopyObject", "backfill"),
    ],
)
def test_what_s3_copied_is_bulk_work(reason: str, lane: str) -> None:
    assert parse(with_changes("object-created", detail__reason=reason)).lane == lane


@pytest.mark.parametrize("name", OWN)
def test_the_lane_of_an_event_survives_the_bus(name: str) -> None:
    event = replace(parse(sample(name)), lane="backfill")
    again = with_changes(name, detail=event.detail())
    assert parse(again) == event


def test_an_unversioned_bucket_tells_no_version() -> None:
    original = parse(sample("object-created-unversioned")).original
    assert original == Original(**{**vars(CREATED), "version_id": None})


def test_the_etag_of_a_multipart_upload_is_no_md5() -> None:
    original = parse(sample("object-created-multipart")).original
    assert (original.etag, original.bytes) == ("9b2cf535f27731c974343645a3985328-88", 734_003_200)


@pytest.mark.parametrize(
    "name", ["object-deleted-marker", "object-deleted-permanently", "object-deleted-expired"]
)
def test_a_deletion_has_a_time_and_no_size(name: str) -> None:
    event = parse(sample(name))
    assert isinstance(event, ObjectDeleted)
    assert event.at == datetime.fromisoformat(sample(name)["time"]).astimezone(UTC)
    assert (event.original.key, event.original.bytes) == (CREATED.key, 0)


@pytest.mark.parametrize("name", OWN)
def test_an_own_event_is_written_as_it_was_read(name: str) -> None:
    event = sample(name)
    read = parse(event)
    assert (read.source, read.detail_type) == (SOURCE, event["detail-type"])
    assert read.detail() == event["detail"]


def test_there_is_a_sample_of_every_event() -> None:
    kinds = {
        value
        for value in vars(events).values()
        if isinstance(value, type) and issubclass(value, Event) and value is not Event
    }
    assert {type(parse(sample(name))) for name in NAMES} == kinds
    assert {kind.__name__ for kind in kinds} | {"Event"} <= set(events.__all__)


def test_what_a_later_program_adds_is_left_out() -> None:
    event = with_changes("image-ready", detail__mood="sunny")
    assert parse(event) == parse(sample("image-ready"))


def test_a_version_may_be_unknown() -> None:
    heard = parse(with_changes("image-ready", detail__version_id=None))
    assert isinstance(heard, ImageReady)
    assert heard.original.version_id is None


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("object-created", {"source": "aws.ec2"}, "source and detail-type must be ones"),
        ("object-created", {"detail-type": "Object Restored"}, "source and detail-type must be"),
        ("object-created", {"source": ...}, "source must be str, got None"),
        ("object-created", {"detail": "text"}, "detail must be dict, got 'text'"),
        ("object-created", {"detail__object": ...}, "object must be dict, got None"),
        ("object-created", {"detail__bucket__name": ...}, "name must be str, got None"),
        ("object-created", {"detail__object__key": ""}, "key must not be empty"),
        ("object-created", {"detail__object__key": 7}, "key must be str, got 7"),
        ("object-created", {"detail__object__sequencer": ...}, "sequencer must be str, got None"),
        ("object-created", {"detail__object__size": "5"}, "size must be int, got '5'"),
        ("object-created", {"detail__object__size": True}, "size must be int, got True"),
        ("object-created", {"detail__object__version-id": 1}, "version-id must be str, got 1"),
        ("object-deleted-marker", {"time": "yesterday"}, "time must be ISO 8601"),
        ("object-deleted-marker", {"time": "2026-01-01T12:00:00"}, "time must be ISO 8601"),
        ("image-ready", {"detail__renditions": []}, "renditions must be dict, got []"),
        ("image-ready", {"detail__renditions": ...}, "renditions must be dict, got None"),
        ("image-ready", {"detail__bytes": 1.5}, "bytes must be int, got 1.5"),
        ("image-ready", {"detail__version_id": 1}, "version_id must be str or null, got 1"),
        ("image-held", {"detail__reasons": ["dark"]}, "reasons must hold dict only"),
        ("image-retired", {"detail__reason": ...}, "reason must be str, got None"),
        ("renditions-obsolete", {"detail__contents": "ab"}, "contents must be list, got 'ab'"),
        ("renditions-obsolete", {"detail__contents": [1]}, "contents must hold str only, got [1]"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_fields_name(
    name: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnexpectedEventError) as refused:
        parse(with_changes(name, **changes))
    assert str(refused.value).startswith(message)


def test_a_refusal_quotes_no_more_than_two_hundred_characters() -> None:
    with pytest.raises(UnexpectedEventError) as refused:
        parse(with_changes("renditions-obsolete", detail__contents="x" * 10_000))
    assert len(str(refused.value)) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(json_values)
def test_any_other_json_is_refused(value: Any) -> None:
    with pytest.raises(UnexpectedEventError):
        parse(value)


@given(name=st.sampled_from(NAMES), data=st.data(), value=json_values)
def test_a_sample_with_any_field_replaced_is_read_or_refused(
    name: str, data: st.DataObject, value: Any
) -> None:
    event = sample(name)
    place = event
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = value
    with suppress(UnexpectedEventError):
        assert isinstance(parse(event), Event)


def test_an_event_writes_its_image_id_and_its_original() -> None:
    failure = {"stage": "resize", "code": "truncated", "message": "it ends too soon"}
    assert ImageFailed(original=CREATED, failure=failure).detail() == {
        "schema": 2,
        "image_id": CREATED.image_id,
        **vars(CREATED),
        "lane": "live",
        "failure": failure,
    }
    assert RenditionsObsolete(original=CREATED, contents=["c"]).detail()["contents"] == ["c"]
