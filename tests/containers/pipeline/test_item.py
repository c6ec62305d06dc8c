"""The catalog item, as it is stored and as it is read back."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws.dynamodb import from_attributes, to_attributes
from pipeline.facts import Label
from pipeline.item import Failure, Item, Status, Verdict

NOW = "2026-01-01T00:00:00.000+00:00"
BARE = Item(
    image_id="8fe884f469150b783791b3789bf754af",
    bucket="originals",
    key="uploads/a.jpg",
    sequencer="01",
    etag="e",
    bytes=5,
    created_at=NOW,
    updated_at=NOW,
)
ACCEPT = Verdict(decision="accept")
HOLD = Verdict(decision="hold")
REJECT = Verdict(decision="reject")
FAILURE = Failure(stage="resize", code="truncated", message="it ends too soon")
RENDITIONS = {"small": {"jpeg": {"key": "i/x/c1/small.jpg", "width": 4, "height": 3, "bytes": 9}}}

words = st.text(max_size=6)
# DynamoDB takes magnitudes from 1e-130 on; the catalog's are rounded to far fewer digits.
numbers = st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9).map(lambda value: round(value, 9))
facts = words | numbers | st.booleans() | st.lists(words | numbers, max_size=2)
names = st.text(min_size=1, max_size=6)  # DynamoDB refuses empty ones
records = st.dictionaries(names, facts, max_size=2)
lists = st.lists(records, max_size=2)
labels = st.fixed_dictionaries(
    {"name": words, "confidence": numbers, "parents": st.lists(words, max_size=2)}
)
files = st.fixed_dictionaries(
    {"key": words} | dict.fromkeys(("width", "height", "bytes"), st.integers(0, 2**40))
)
reasons = st.fixed_dictionaries(
    {"rule": words, "limit": numbers, "value": numbers}, optional={"name": words}
)
lines = st.fixed_dictionaries(
    {"stage": words, "at": st.just(NOW)}, optional={"ms": st.integers(0, 10**9)}
)
maybe = st.none() | words
ids = st.lists(words, max_size=2).map(tuple)
items = st.builds(
    Item,
    image_id=words,
    bucket=words,
    key=words,
    sequencer=words,
    etag=words,
    bytes=st.integers(0, 5 * 10**12),
    version_id=maybe,
    renditions=st.none()
    | st.dictionaries(names, st.dictionaries(names, files, max_size=2), max_size=1),
    labels=st.lists(labels, max_size=2).map(tuple),
    quality=st.none() | st.dictionaries(names, numbers, max_size=2),
    verdict=st.none()
    | st.builds(
        Verdict,
        decision=st.sampled_from(["accept", "hold", "reject"]),
        reasons=st.lists(reasons, max_size=2).map(tuple),
    ),
    failure=st.none() | st.builds(Failure, stage=words, code=words, message=words),
    measured=st.none() | st.dictionaries(names, facts | lists, max_size=2),
    exif=st.none() | records,
    deleted=st.booleans(),
    content=maybe,
    claimed=ids,
    former=ids,
    timeline=st.lists(lines, max_size=2).map(tuple),
    created_at=st.just(NOW),
    updated_at=st.just(NOW),
    cost_usd=st.floats(0, 1).map(lambda value: round(value, 9)),
    expires_at=st.none() | st.integers(0, 2**40),
)
some = settings(max_examples=60)


@some
@given(items)
def test_an_item_survives_being_a_dict(item: Item) -> None:
    assert Item.from_dict(item.to_dict()) == item


@some
@given(items)
def test_an_item_survives_dynamodb(item: Item) -> None:
    assert from_attributes(to_attributes(item)) == item


@some
@given(items)
def test_a_stored_item_holds_neither_empty_lists_nor_nulls_at_its_top(item: Item) -> None:
    values = list(item.to_dict().values())
    assert None not in values
    assert () not in values


def test_what_is_unknown_is_not_stored() -> None:
    assert BARE.to_dict() == {
        "image_id": "8fe884f469150b783791b3789bf754af",
        "bucket": "originals",
        "key": "uploads/a.jpg",
        "sequencer": "01",
        "etag": "e",
        "bytes": 5,
        "as_of": "",
        "status": "received",
        "cost_usd": 0.0,
        "created_at": NOW,
        "updated_at": NOW,
        "revision": 0,
        "schema": 2,
        "owner_month": "none#2026-01",
        "shown_month": "2026-01",
        "status_shard": "received#8",
        "shown_at": NOW,
    }


def test_a_field_of_a_later_program_is_left_out() -> None:
    assert Item.from_dict({**BARE.to_dict(), "mood": "sunny"}) == BARE


def test_numbers_are_decimals_in_dynamodb_and_come_back_as_they_were() -> None:
    item = replace(BARE, quality={"sharpness": 31.25, "contrast": 40}, cost_usd=0.00275)
    attributes = to_attributes(item)
    assert attributes["quality"] == {"M": {"sharpness": {"N": "31.25"}, "contrast": {"N": "40"}}}
    assert attributes["cost_usd"] == {"N": "0.00275"}
    read = from_attributes(attributes)
    assert read.quality == {"sharpness": 31.25, "contrast": 40}
    assert read.cost_usd == 0.00275


def test_the_keys_of_the_table_and_its_index_are_text() -> None:
    attributes = to_attributes(replace(BARE, updated_at="2026-01-01T00:00:00.000+00:00"))
    assert attributes["image_id"] == {"S": BARE.image_id}
    assert attributes["status"] == {"S": "received"}
    assert attributes["updated_at"] == {"S": "2026-01-01T00:00:00.000+00:00"}


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ({}, "received"),
        ({"verdict": ACCEPT}, "processing"),
        ({"renditions": RENDITIONS}, "processing"),
        ({"verdict": ACCEPT, "renditions": RENDITIONS}, "ready"),
        ({"verdict": ACCEPT, "renditions": {}}, "ready"),
        ({"verdict": HOLD}, "held"),
        ({"verdict": HOLD, "renditions": RENDITIONS}, "held"),
        ({"verdict": REJECT}, "rejected"),
        ({"verdict": REJECT, "renditions": RENDITIONS}, "rejected"),
        ({"failure": FAILURE}, "failed"),
        ({"failure": FAILURE, "verdict": ACCEPT, "renditions": RENDITIONS}, "failed"),
        ({"failure": FAILURE, "verdict": HOLD}, "failed"),
        ({"failure": FAILURE, "verdict": REJECT}, "rejected"),
        ({"deleted": True, "verdict": REJECT, "failure": FAILURE}, "deleted"),
    ],
)
def test_the_status_follows_from_what_is_known(known: dict[str, Any], status: Status) -> None:
    item = replace(BARE, **known)
    assert item.status == status
    assert item.settled is (status in ("ready", "rejected", "failed", "deleted"))


@pytest.mark.parametrize(
    ("known", "obsolete"),
    [
        ({}, ("f1", "f2")),
        ({"previous_content": "f2"}, ("f1",)),
        ({"content": "c1"}, ("f1", "f2", "c2")),
        ({"content": "c2", "renditions": RENDITIONS, "verdict": HOLD}, ("f1", "f2", "c1")),
        ({"content": "c2", "renditions": RENDITIONS, "verdict": ACCEPT}, ("f1", "f2", "c1")),
        ({"content": "c1", "previous_content": "f1"}, ("f2", "c2")),
        ({"content": "c1", "verdict": REJECT}, ("f1", "f2", "c1", "c2")),
        ({"content": "c1", "failure": FAILURE}, ("f1", "f2", "c1", "c2")),
        ({"deleted": True}, ("f1", "f2", "c1", "c2")),
    ],
)
def test_obsolete_is_what_neither_is_shown_nor_being_made(
    known: dict[str, Any], obsolete: tuple[str, ...]
) -> None:
    item = replace(BARE, claimed=("c1", "c2"), former=("f1", "f2"), **known)
    assert item.obsolete == obsolete


def test_what_is_being_removed_is_obsolete_until_the_caches_have_forgotten_it() -> None:
    removing = ("i/x/c1/small.jpg", "i/x/gone/small.jpg", "i/x/gone/large.jpg")
    item = replace(BARE, content="c1", claimed=("c1",), removing=removing)
    assert item.obsolete == ("gone",)


def test_the_labels_that_tell_most_come_first() -> None:
    animal: Label = {"name": "Animal", "confidence": 95.0, "parents": []}
    pet: Label = {"name": "Pet", "confidence": 93.0, "parents": ["Animal"]}
    cat: Label = {"name": "Cat", "confidence": 91.0, "parents": ["Animal", "Pet"]}
    sofa: Label = {"name": "Sofa", "confidence": 60.0, "parents": []}
    item = replace(BARE, labels=(animal, pet, cat, sofa))

    assert item.telling_labels == (cat, sofa, pet, animal)


@given(st.floats() | st.integers())
def test_any_number_that_a_file_may_hold_can_be_stored(number: float) -> None:
    attributes = to_attributes(replace(BARE, exif={"iso": number, "make": "Camera"}))
    exif = attributes["exif"]["M"]
    assert exif["make"] == {"S": "Camera"}
    if "iso" in exif:
        stored = Decimal(exif["iso"]["N"])
        assert stored == 0 or Decimal("1e-130") <= abs(stored) < Decimal("1e126")
        assert len(stored.as_tuple().digits) <= 38


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        (1e300, None),
        (-1e126, None),
        (9.99e125, "9.99E+125"),
        (1e-130, "1E-130"),
        (5e-324, "0"),
        (-1e-131, "0"),
        (float("inf"), None),
        (float("nan"), None),
        (10**38 - 1, "9" * 38),
        (10**38 + 1, None),
    ],
)
def test_a_number_beyond_the_range_of_dynamodb_is_left_out(
    number: float, stored: str | None
) -> None:
    exif = to_attributes(replace(BARE, exif={"iso": number}))["exif"]["M"]
    assert exif == ({"iso": {"N": stored}} if stored else {})


def test_text_with_lone_surrogates_and_names_that_are_empty_are_stored_as_far_as_they_can_be() -> (
    None
):
    item = replace(BARE, exif={"make": "a\ud800b", "": 1, "\udfff": 2})
    assert to_attributes(item)["exif"] == {"M": {"make": {"S": "a?b"}, "?": {"N": "2"}}}


def test_values_are_stored_as_deep_as_dynamodb_takes_them() -> None:
    value: Any = "deep"
    for _ in range(100):
        value = [value]
    stored, depth = to_attributes(replace(BARE, exif={"nested": value}))["exif"], 0
    while "L" in stored or "M" in stored:
        inner = stored.get("L") or list(stored.get("M", {}).values())
        if not inner:
            break
        stored, depth = inner[0], depth + 1
    assert depth == 31


@pytest.mark.parametrize("name", ["exif", "labels", "timeline"])
def test_of_an_item_that_is_too_large_the_largest_attribute_is_left_out(name: str) -> None:
    label = {"name": "x" * 500_000, "confidence": 90, "parents": []}
    large: Any = {"note": "x" * 500_000} if name == "exif" else (label,)
    small = replace(BARE, verdict=ACCEPT, placeholder="abc")
    changes: dict[str, Any] = {name: large}
    item = replace(small, **changes)
    assert to_attributes(item) == to_attributes(small)
    assert from_attributes(to_attributes(item)).verdict == ACCEPT


@pytest.mark.parametrize(
    ("taken_at", "shown_at"),
    [
        ("2024-02-29T12:00:00", "2024-02-29T12:00:00"),
        ("2024-02-29T12:00:00.25+02:00", "2024-02-29T12:00:00.25+02:00"),
        ("2024-02-29T12:00:00+٠2:00", "2026-01-01"),
        ("2024-13-01T12:00:00", "2026-01-01"),
        ("yesterday", "2026-01-01"),
        ("x" * 2000, "2026-01-01"),
        ("", "2026-01-01"),
        (7, "2026-01-01"),
        (None, "2026-01-01"),
    ],
)
def test_lists_sort_a_picture_under_a_time_whatever_its_file_holds(
    taken_at: object, shown_at: str
) -> None:
    item = replace(BARE, created_at="2026-01-01", exif={"taken_at": taken_at})
    assert item.shown_at == shown_at
    assert item.owner_month == f"none#{shown_at[:7]}"
