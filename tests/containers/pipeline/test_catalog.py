"""Update brought to the catalog while others write it, and the request that DynamoDB gets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.stub import Stubber

from aws.clients import client
from aws.dynamodb import DynamoTable, to_attributes
from pipeline.catalog import Catalog, ConflictError
from pipeline.facts import Analysis
from pipeline.item import Item, Verdict
from pipeline.lifecycle import Analysed, Cleaned, NoticeClaimed, Received
from pipeline.original import Original
from pipeline.spending import Charge
from proofs.memory import MemoryClock, MemoryTable
from tests.containers.found import SHA256

ORIGINAL = Original(bucket="originals", key="uploads/a.jpg", sequencer="01", etag="e", bytes=5)
RECEIVED = Received(original=ORIGINAL)
ANALYSED = Analysed(
    original=ORIGINAL, verdict=Verdict(decision="accept"), analysis=Analysis(), sha256=SHA256
)


@dataclass
class TableBusyError(MemoryTable):
    """A table in which somebody else writes between each reading and writing, a few times."""

    others: list[Callable[[], object]] = field(default_factory=list)
    puts: int = 0
    reads: int = 0

    def get(self, image_id: str) -> Item | None:
        self.reads += 1
        return super().get(image_id)

    def put(self, item: Item, *, replacing: int, charge: Charge | None = None) -> None:
        self.puts += 1
        if self.others:
            self.others.pop()()
        super().put(item, replacing=replacing, charge=charge)


def test_news_are_one_write_and_count_the_revision() -> None:
    catalog = Catalog(MemoryTable(), MemoryClock())
    item = catalog.advance(RECEIVED)
    assert item is not None
    assert (item.revision, catalog.get(ORIGINAL.image_id)) == (1, item)
    item = catalog.advance(ANALYSED)
    assert item is not None
    assert (item.revision, item.verdict) == (2, Verdict(decision="accept"))


def test_news_that_change_nothing_are_not_written() -> None:
    table = TableBusyError()
    catalog = Catalog(table, MemoryClock())
    item = catalog.advance(RECEIVED)
    assert catalog.advance(RECEIVED) is item
    assert table.puts == 1


def test_news_that_start_no_item_write_none() -> None:
    table = TableBusyError()
    cleaned = Cleaned(original=ORIGINAL, contents=("c",), files=())
    assert Catalog(table, MemoryClock()).advance(cleaned) is None
    assert table.puts == 0


def test_what_another_wrote_meanwhile_is_taken_into_account() -> None:
    table = TableBusyError()
    other = Catalog(table, MemoryClock())
    table.others = [lambda: other.advance(ANALYSED)]
    item = Catalog(table, MemoryClock()).advance(RECEIVED)
    assert item is not None
    assert (item.revision, item.verdict) == (1, Verdict(decision="accept"))


def test_an_item_that_is_known_is_not_read_again() -> None:
    table = TableBusyError()
    catalog = Catalog(table, MemoryClock())
    known = catalog.advance(RECEIVED)
    table.reads = 0
    item = catalog.advance(ANALYSED, known=known)
    assert table.items[ORIGINAL.image_id] is item
    assert (table.reads, item and item.revision) == (0, 2)


def test_what_another_wrote_since_it_was_known_is_taken_into_account() -> None:
    table = TableBusyError()
    catalog = Catalog(table, MemoryClock())
    known = catalog.advance(RECEIVED)
    catalog.advance(ANALYSED)
    claimed = NoticeClaimed(original=ORIGINAL, outcome="ready", by="a", until=MemoryClock().now)
    item = catalog.advance(claimed, known=known)
    assert item is not None
    assert (item.revision, item.verdict) == (3, Verdict(decision="accept"))


def test_what_the_known_item_does_not_need_the_stored_one_may() -> None:
    table = TableBusyError()
    catalog = Catalog(table, MemoryClock())
    known = catalog.advance(ANALYSED)
    table.items.clear()
    item = catalog.advance(ANALYSED, known=known)
    assert table.items[ORIGINAL.image_id] is item


def test_an_item_that_others_never_stop_writing_is_a_conflict() -> None:
    table = TableBusyError()

    def write() -> None:
        item = table.get(ORIGINAL.image_id)
        revision = item.revision + 1 if item else 1
        table.items[ORIGINAL.image_id] = Item(
            **vars(ORIGINAL), image_id=ORIGINAL.image_id, as_of="01", revision=revision
        )

    table.others = [write] * 100
    with pytest.raises(ConflictError, match="changed 16 times meanwhile"):
        Catalog(table, MemoryClock()).advance(ANALYSED)
    assert table.puts == 16


def test_a_write_whose_answer_was_lost_counts_once() -> None:
    table = MemoryTable(stutters=True)
    item = Catalog(table, MemoryClock()).advance(ANALYSED)
    assert item is not None
    assert (item.revision, len(item.timeline)) == (1, 2)


# DynamoDB


@pytest.fixture
def dynamodb() -> Iterator[Stubber]:
    with Stubber(client("dynamodb")) as stub:
        yield stub
        stub.assert_no_pending_responses()


ITEM = replace(
    Item(
        **vars(ORIGINAL),
        image_id=ORIGINAL.image_id,
        as_of="01",
        created_at="2026-01-01T00:00:00.000+00:00",
        updated_at="2026-01-01T00:00:00.000+00:00",
    ),
    revision=8,
    costs={"rekognition": 0.5},
)


def test_an_item_is_read_consistently(dynamodb: Stubber) -> None:
    expected = {
        "TableName": "catalog",
        "Key": {"image_id": {"S": ITEM.image_id}},
        "ConsistentRead": True,
    }
    dynamodb.add_response("get_item", {"Item": to_attributes(ITEM)}, expected)
    dynamodb.add_response("get_item", {}, expected)
    table = DynamoTable("catalog")
    assert table.get(ITEM.image_id) == ITEM
    assert table.get(ITEM.image_id) is None


@pytest.mark.parametrize(
    ("replacing", "condition"),
    [
        (0, {"ConditionExpression": "attribute_not_exists(image_id)"}),
        (
            7,
            {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": "7"}},
            },
        ),
    ],
)
def test_a_write_is_conditional_on_what_was_read(
    dynamodb: Stubber, replacing: int, condition: dict[str, Any]
) -> None:
    noted(dynamodb)
    dynamodb.add_response(
        "put_item", {}, {"TableName": "catalog", "Item": to_attributes(ITEM), **condition}
    )
    DynamoTable("catalog").put(ITEM, replacing=replacing)


def noted(dynamodb: Stubber) -> None:
    """Expect that the month of the item is noted, for its owner and for everybody."""
    for owner in ("none", "all"):
        month = {
            "image_id": {"S": f"#{owner}#months/{ITEM.month}"},
            "owner_month": {"S": f"{owner}#months"},
            "shown_at": {"S": ITEM.month},
        }
        dynamodb.add_response("put_item", {}, {"TableName": "catalog", "Item": month})


def test_a_month_is_noted_once_before_its_first_picture(dynamodb: Stubber) -> None:
    noted(dynamodb)
    table = DynamoTable("catalog")
    for replacing in (1, 2):
        dynamodb.add_response("put_item", {})
        table.put(ITEM, replacing=replacing)


def test_a_refused_condition_is_a_conflict(dynamodb: Stubber) -> None:
    noted(dynamodb)
    dynamodb.add_client_error("put_item", "ConditionalCheckFailedException")
    with pytest.raises(ConflictError, match=ITEM.image_id):
        DynamoTable("catalog").put(ITEM, replacing=7)


def test_a_throttled_write_is_no_conflict(dynamodb: Stubber) -> None:
    dynamodb.add_client_error("put_item", "ProvisionedThroughputExceededException")
    with pytest.raises(client("dynamodb").exceptions.ProvisionedThroughputExceededException):
        DynamoTable("catalog").put(ITEM, replacing=7)
