"""Today's program takes over a stack of release 0.1.0, its items and the events on its queues.

The files in `0.1.0/` were recorded by that release's own code: items by its functions, events by
its bus, and the graph of its program for three stages.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from aws.dynamodb import from_attributes, to_attributes
from pipeline.events import Event, parse
from pipeline.item import SCHEMA, Item
from pipeline.lifecycle import Received, advance
from pipeline.original import image_id
from proofs.memory import MemoryClock
from proofs.recorder import Graph, record

RELEASE = Path(__file__).parent / "0.1.0"
GUARDED = {
    "gate": "guarded",
    "architecture": "arm64",
    "analyses": ["labels", "properties", "moderation", "faces", "text", "celebrities"],
    "reconcileSchedule": "",
    "notifyEmails": ["ann@example.org", "bob@example.org"],
    "notifySms": ["+4915112345678"],
    "sesSender": "pictures@example.org",
    "domain": "pictures.example.org",
    "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0-1-2",
}
STAGES: dict[str, tuple[str, dict[str, Any] | None]] = {
    "dev": ("dev", None),
    "prod": ("prod", None),
    "guarded": ("full", GUARDED),
}
"""By the name of the recorded graph: the stage, and what its configuration adds."""

REPLACING = {
    "aws:cloudfront/distribution:Distribution": set[str](),
    "aws:cloudwatch/eventBus:EventBus": {"name", "eventSourceName"},
    "aws:cloudwatch/logGroup:LogGroup": {"name", "namePrefix"},
    "aws:dynamodb/table:Table": {
        *("name", "hashKey", "rangeKey", "localSecondaryIndexes"),
        *("restoreSourceName", "restoreSourceTableArn", "importTable"),
    },
    "aws:ecr/repository:Repository": {"name", "encryptionConfigurations"},
    "aws:s3/bucket:Bucket": {"bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"},
    "aws:sns/topic:Topic": {"name", "namePrefix", "fifoTopic"},
    "aws:sqs/queue:Queue": {"name", "namePrefix", "fifoQueue"},
}
"""The inputs of each store whose change replaces it, by the provider's documentation ("forces new
resource"). The inputs of a distribution force none."""

ITEMS: dict[str, dict[str, Any]] = json.loads((RELEASE / "items.json").read_text())
EVENTS: dict[str, dict[str, Any]] = json.loads((RELEASE / "events.json").read_text())

Identity = tuple[str, str, str]


@cache
def _today(name: str) -> Graph:
    stage, config = STAGES[name]
    return record(stage, config)


def _recorded(name: str) -> dict[Identity, dict[str, Any]]:
    entries = json.loads((RELEASE / f"graph-{name}.json").read_text())
    return {(each["type"], each["name"], each["parent"]): each.get("inputs") for each in entries}


def _registered(name: str) -> dict[Identity, dict[str, Any]]:
    graph = _today(name)
    names = {each.urn: f"{each.type} {each.name}" for each in graph.resources}
    return {
        (each.type, each.name, names.get(each.parent, "")): dict(each.inputs)
        for each in graph.resources
    }


def _values(attributes: dict[str, Any]) -> dict[str, Any]:
    """An item's attributes without DynamoDB's notation, in which `35` and `35.0` are two texts."""
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in attributes.items()}


# The stack


@pytest.mark.parametrize("name", STAGES)
def test_no_resource_is_removed_renamed_or_moved(name: str) -> None:
    assert set(_recorded(name)) - set(_registered(name)) == set()


@pytest.mark.parametrize("name", STAGES)
def test_no_store_is_replaced(name: str) -> None:
    registered = _registered(name)
    for identity, inputs in _recorded(name).items():
        for key in REPLACING.get(identity[0], ()):
            assert registered[identity].get(key) == inputs.get(key), (identity, key)


@pytest.mark.parametrize("name", STAGES)
def test_the_attributes_of_the_tables_keep_their_types(name: str) -> None:
    registered = _registered(name)
    for identity, inputs in _recorded(name).items():
        if identity[0] != "aws:dynamodb/table:Table":
            continue
        types = {each["name"]: each["type"] for each in inputs["attributes"]}
        now = {each["name"]: each["type"] for each in registered[identity]["attributes"]}
        assert {key: now.get(key, kind) for key, kind in types.items()} == types


@pytest.mark.parametrize("name", STAGES)
def test_every_store_of_the_release_has_its_inputs_recorded(name: str) -> None:
    stores = {identity[0] for identity, inputs in _recorded(name).items() if inputs is not None}
    assert stores == set(REPLACING)


# Items


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_of_the_release_is_read_as_it_was(name: str) -> None:
    stored = ITEMS[name]
    item = from_attributes(stored["attributes"])
    assert item.status == stored["status"]
    assert (item.curations, item.owner_id) == ((), None)
    today = _values(to_attributes(item))
    before = _values(stored["attributes"])
    assert {key: today.get(key) for key in before} == before


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_of_the_release_gains_what_it_lacks_when_it_is_written(name: str) -> None:
    stored = ITEMS[name]["attributes"]
    today = to_attributes(from_attributes(stored))
    added = {key: value for key, value in today.items() if key not in stored}
    found = {"alt_text"} if "labels" in stored else set()
    assert set(added) == found | {
        *("schema", "status_shard", "owner_month", "shown_month", "shown_at")
    }
    assert not found or added["alt_text"] == {"S": 'A person and a cat, with the text "Zürich HB"'}
    assert added["schema"] == {"N": str(SCHEMA)}
    assert added["status_shard"]["S"] == f"{ITEMS[name]['status']}#{stored['image_id']['S'][0]}"
    assert added["owner_month"]["S"].startswith("none#20")


@pytest.mark.parametrize("name", ITEMS)
def test_a_later_upload_takes_the_place_of_an_item_of_the_release(name: str) -> None:
    item = from_attributes(ITEMS[name]["attributes"])
    later = replace(item.original, sequencer="F" * 16, version_id="later")
    after = advance(item, Received(original=later), MemoryClock().now)
    assert isinstance(after, Item)
    assert (after.status, after.original, after.created_at) == ("received", later, item.created_at)
    assert set(after.former) == {*item.claimed, *item.former}


def test_the_items_of_the_release_are_in_every_state() -> None:
    assert {each["status"] for each in ITEMS.values()} == {
        *("received", "processing", "ready", "held", "rejected", "failed", "deleted")
    }


# Events


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_of_the_release_is_read_and_is_on_the_live_lane_but_for_copies(
    name: str,
) -> None:
    sent = EVENTS[name]
    event = parse(sent)
    lane = "backfill" if sent["detail"].get("reason") == "CopyObject" else "live"
    assert (event.detail_type, event.lane) == (sent["detail-type"], lane)
    if event.source == "darkroom":
        assert "schema" not in sent["detail"]
        assert {key: event.detail()[key] for key in sent["detail"]} == sent["detail"]
        assert event.original.image_id == image_id(sent["detail"]["key"])


def test_the_release_sent_every_kind_of_event_that_it_knew() -> None:
    kinds = {kind.__name__ for kind in Event.__subclasses__()} - {"ObjectRestored"}
    assert {type(parse(each)).__name__ for each in EVENTS.values()} == kinds
