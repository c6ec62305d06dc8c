"""Whatever becomes of a stored item by hand, it is read or reported, and what is read is usable."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws.dynamodb import from_attributes, read, to_attributes
from local import show
from notify.messages import compose
from pipeline.explain import story
from pipeline.facts import Analysis
from pipeline.item import Item, Malformed, MalformedItemError
from pipeline.policy import Moderation, Policy, Quality
from proofs.recorder import ROOT
from reconcile.findings import expected_files, judge

RELEASE = Path(ROOT) / "tests" / "releases" / "0.1.0" / "items.json"
STORED: dict[str, dict[str, Any]] = {
    name: each["attributes"] for name, each in json.loads(RELEASE.read_text()).items()
}
FULL = max(STORED.values(), key=len)
POLICY = Policy(
    min_confidence=55,
    quality=Quality(min_sharpness=10, min_brightness=10, max_brightness=97, min_contrast=10),
    moderation=Moderation(hold=50, reject=90),
)
GROUPS = {"resize": "/resize", "rekognition": "/rekognition"}
NOW = datetime(2030, 1, 1, tzinfo=UTC)
KEY = FULL["key"]["S"]

OTHERS: list[dict[str, Any]] = [
    {"S": ""},
    {"S": "yesterday"},
    {"S": "2026-01-01T00:00:00"},
    {"S": "\u00b2"},
    {"N": "-1"},
    {"N": "1.5"},
    {"N": "1E+120"},
    {"BOOL": True},
    {"NULL": True},
    {"B": b"\xff"},
    {"SS": ["a"]},
    {"NS": ["1"]},
    {"L": []},
    {"L": [{"N": "1"}]},
    {"M": {}},
    {"M": {"key": {"N": "1"}}},
]


def use(item: Item) -> None:
    """What loops over many items do with each, and what is told about one."""
    judge(item, None, gate="open", before=NOW)
    expected_files(item)
    POLICY.judge(Analysis(moderation=item.moderation, quality=item.quality))
    show.items([item], 150)
    story(item, gate="open", logs=GROUPS)
    compose(item, "held", pictures_url="https://example.org", stage="dev")
    to_attributes(item)


def edit(value: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """The value with something in it replaced or removed."""
    ((kind, inner),) = value.items()
    if kind not in ("M", "L") or not inner or data.draw(st.integers(0, 2)) == 0:
        return data.draw(st.sampled_from(OTHERS))
    place = data.draw(st.sampled_from(sorted(inner) if kind == "M" else range(len(inner))))
    if data.draw(st.booleans()):
        inner[place] = edit(inner[place], data)
    else:
        del inner[place]
    return value


@settings(max_examples=400)
@given(st.data())
def test_an_edited_item_is_reported_or_usable(data: st.DataObject) -> None:
    attributes = copy.deepcopy(FULL)
    name = data.draw(st.sampled_from(sorted(attributes.keys() - {"image_id"})))
    attributes[name] = edit(attributes[name], data)
    item = read(attributes)
    if isinstance(item, Item):
        use(item)
    else:
        assert item.image_id == FULL["image_id"]["S"]
        assert item.problem


@pytest.mark.parametrize("name", STORED)
def test_items_of_the_first_release_are_usable(name: str) -> None:
    item = from_attributes(STORED[name])
    use(item)
    assert story(item, gate="open", logs=GROUPS)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"bytes": {"S": "ten"}}, "bytes must be a whole number, got 'ten'"),
        ({"bytes": {"BOOL": True}}, "bytes must be a whole number, got True"),
        (
            {"updated_at": {"S": "yesterday"}},
            "updated_at must be ISO 8601 with its zone, got yesterday",
        ),
        ({"renditions": {"S": "none"}}, "renditions must be a map, got 'none'"),
        (
            {"renditions": {"M": {"small": {"M": {"jpeg": {"M": {}}}}}}},
            "renditions.small.jpeg.bytes must be given, got nothing",
        ),
        ({"verdict": {"M": {}}}, "verdict must have its fields and no others, got 'reasons'"),
        (
            {"verdict": {"M": {"decision": {"S": "perhaps"}, "reasons": {"L": []}}}},
            "verdict.decision must be one of accept, hold, reject, got 'perhaps'",
        ),
        (
            {"verdict": {"M": {"decision": {"S": "hold"}, "reasons": {"L": [{"S": "dark"}]}}}},
            "verdict.reasons[0] must be a map, got 'dark'",
        ),
        ({"labels": {"L": [{"S": "Cat"}]}}, "labels[0] must be a map, got 'Cat'"),
        ({"notices": {"N": "1"}}, "notices must be a map, got 1"),
    ],
)
def test_what_cannot_be_read_is_named(changed: dict[str, Any], problem: str) -> None:
    assert read({**FULL, **changed}) == Malformed(FULL["image_id"]["S"], KEY, problem)


def test_one_item_that_cannot_be_read_is_an_error_with_its_key() -> None:
    lacking = {name: FULL[name] for name in ("image_id", "key")}
    words = f"item {FULL['image_id']['S']} of {KEY} cannot be read: item must have bucket, "
    with pytest.raises(MalformedItemError) as caught:
        from_attributes(lacking)
    assert str(caught.value) == f"{words}sequencer, etag, bytes, got none"
