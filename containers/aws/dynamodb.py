"""Amazon DynamoDB: the catalog's table."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from time import sleep
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from aws.clients import client
from pipeline.catalog import ConflictError
from pipeline.inventory import TableBusyError
from pipeline.item import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoItems", "DynamoTable", "from_attributes", "to_attributes"]

_NEEDED = (
    *("image_id", "bucket", "key", "sequencer", "etag", "bytes", "version_id"),
    *("renditions", "moderation", "quality", "verdict", "failure", "deleted", "curation"),
    *("as_of", "content", "claimed", "former", "removing", "previous_content", "notices"),
    *("created_at", "updated_at", "revision"),
)
"""An item's attributes, except the large ones that only a page about the picture needs."""

_ATTEMPTS = 8


class DynamoTable:
    """The catalog's table, one item at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def get(self, image_id: str) -> Item | None:
        response = self._dynamodb.get_item(
            TableName=self._name, Key={"image_id": {"S": image_id}}, ConsistentRead=True
        )
        return from_attributes(response["Item"]) if "Item" in response else None

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
            raise ConflictError(item.image_id) from error


class DynamoItems:
    """The catalog's items in bulk, without the attributes that only one picture's page needs."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._dynamodb: DynamoDBClient = client("dynamodb")
        names = {f"#{position}": name for position, name in enumerate(_NEEDED)}
        self._projection: dict[str, Any] = {
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": names,
            "ConsistentRead": True,
        }

    def find(self, image_ids: Sequence[str]) -> dict[str, Item]:
        keys = [{"image_id": {"S": image_id}} for image_id in image_ids]
        asked: dict[str, Any] = {self._name: {"Keys": keys, **self._projection}} if keys else {}
        found: dict[str, Item] = {}
        for attempt in range(_ATTEMPTS):
            if not asked:
                return found
            if attempt:
                sleep(0.05 * 2**attempt)
            response = self._dynamodb.batch_get_item(RequestItems=asked)
            for attributes in response["Responses"].get(self._name, []):
                item = from_attributes(attributes)
                found[item.image_id] = item
            asked = response.get("UnprocessedKeys", {})
        if asked:
            raise TableBusyError(
                f"{len(asked[self._name]['Keys'])} items not read in {_ATTEMPTS} attempts"
            )
        return found

    def after(self, image_id: str) -> Iterator[Sequence[Item]]:
        start: dict[str, Any] = {}
        if image_id:
            start = {"ExclusiveStartKey": {"image_id": {"S": image_id}}}
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._name, **self._projection, **start
        )
        for page in pages:
            if entries := page["Items"]:
                yield [from_attributes(entry) for entry in entries]


def to_attributes(item: Item) -> dict[str, Any]:
    """The item in DynamoDB's notation, numbers as decimals."""
    serialize = TypeSerializer().serialize
    return {name: serialize(_decimals(value)) for name, value in item.to_dict().items()}


def from_attributes(attributes: dict[str, Any]) -> Item:
    """The inverse of `to_attributes`: whole numbers become int, others float."""
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
