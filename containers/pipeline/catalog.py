"""The catalogue: one item a picture, changed only by the rules of `pipeline.lifecycle`."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from pipeline.aws import client
from pipeline.clock import Clock
from pipeline.item import Item
from pipeline.lifecycle import News, advance

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["Catalog", "Conflict", "DynamoTable", "Table"]

_ATTEMPTS = 16
"""More than the functions that can write one item at the same moment."""


class Conflict(Exception):
    """Somebody else wrote the item between the reading and the writing of it."""


class Table(Protocol):
    """Where items are kept."""

    def get(self, image_id: str) -> Item | None:
        """The item as last written."""

    def put(self, item: Item, *, replacing: int) -> None:
        """Write the item if the stored one's revision is `replacing` (0: there is none).

        Raises `Conflict` and writes nothing if it is another.
        """


@dataclass(frozen=True)
class Catalog:
    """Brings news to items."""

    table: Table
    clock: Clock

    def get(self, image_id: str) -> Item | None:
        """The item as last written."""
        return self.table.get(image_id)

    def advance(self, news: News) -> Item | None:
        """Bring the news to its picture's item, in one conditional write if it changes anything.

        Answers the item as it then stands: None only for news that start no item where there
        is none. Raises `Conflict` if others kept writing the item all the while.
        """
        for _ in range(_ATTEMPTS):
            item = self.table.get(news.original.image_id)
            changed = advance(item, news, self.clock())
            if changed is None or changed is item:
                return item
            written = replace(changed, revision=changed.revision + 1)
            try:
                self.table.put(written, replacing=changed.revision)
            except Conflict:
                continue
            return written
        raise Conflict(f"item {news.original.image_id} changed {_ATTEMPTS} times meanwhile")


class DynamoTable:
    """The catalogue's DynamoDB table."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def get(self, image_id: str) -> Item | None:
        answer = self._dynamodb.get_item(
            TableName=self._name, Key={"image_id": {"S": image_id}}, ConsistentRead=True
        )
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def put(self, item: Item, *, replacing: int) -> None:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(image_id)"}
        if replacing:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(replacing)}},
            }
        try:
            self._dynamodb.put_item(TableName=self._name, Item=to_attributes(item), **condition)
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise Conflict(item.image_id) from error


def to_attributes(item: Item) -> dict[str, Any]:
    """The item in DynamoDB's notation; numbers as decimals."""
    serialize = TypeSerializer().serialize
    return {name: serialize(_decimals(value)) for name, value in item.to_dict().items()}


def from_attributes(attributes: dict[str, Any]) -> Item:
    """The inverse of `to_attributes`; whole numbers as int, others as float."""
    deserialize = TypeDeserializer().deserialize
    return Item.from_dict(
        {name: _numbers(deserialize(value)) for name, value in attributes.items()}
    )


def _decimals(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {name: _decimals(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_decimals(inner) for inner in value]
    return value


def _numbers(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    return value
