"""Amazon DynamoDB: the index `by-answers` of the catalog's table, and the models that answered."""

from typing import TYPE_CHECKING

from aws.clients import client
from aws.dynamodb import RECORD, found_entries, read
from aws.notation import from_notation, to_notation
from pipeline.answers import Answers, Models
from pipeline.item import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoAnswers"]

_LOOKED_AT = 3
"""Entries of the index, which is a moment behind: the first may be out of date."""

_MODELS = f"{RECORD}models"


class DynamoAnswers:
    """The answers that the items of a catalog's table have."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def find(self, title: str) -> Answers | None:
        listed = self._dynamodb.query(
            TableName=self._table,
            IndexName="by-answers",
            KeyConditionExpression="answers_title = :title",
            ExpressionAttributeValues={":title": {"S": title}},
            Limit=_LOOKED_AT,
        )["Items"]
        found = [each["image_id"]["S"] for each in listed]
        entries = found_entries(self._dynamodb, self._table, found, ConsistentRead=True)
        for item in map(read, entries):
            if isinstance(item, Item) and item.answers and item.answers.title == title:
                return item.answers
        return None

    def models(self) -> Models:
        [*found] = found_entries(self._dynamodb, self._table, [_MODELS])
        return dict(from_notation(found[0])["models"]) if found else {}

    def note(self, models: Models) -> None:
        entry = to_notation({"image_id": _MODELS, "models": dict(models)})
        self._dynamodb.put_item(TableName=self._table, Item=entry)
