"""Amazon DynamoDB: the catalog's backups of single seconds."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING, Any

from aws.clients import client
from aws.dynamodb import RECORD

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoBackups"]

_POLL_SECONDS = 5.0


class DynamoBackups:
    """A table, and copies of it as it was at a moment."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def restore(self, at: datetime | None, target: str) -> Iterator[str]:
        """Make the table `target` of what the table held at that moment, by default the latest
        possible; yields the status of the copy until it can be read, which may take hours.

        Indexes are left out: nobody queries the copy, and each makes the restoration longer.
        """
        moment: dict[str, Any] = (
            {"RestoreDateTime": at} if at else {"UseLatestRestorableTime": True}
        )
        self._dynamodb.restore_table_to_point_in_time(
            SourceTableName=self._table,
            TargetTableName=target,
            GlobalSecondaryIndexOverride=[],
            **moment,
        )
        while (status := self._status(target)) != "ACTIVE":
            yield status
            sleep(_POLL_SECONDS)

    def entries(self, copy: str) -> Iterator[dict[str, Any]]:
        """Every entry of a copy, in DynamoDB's notation; first those that are no pictures."""
        for records in (True, False):
            pages = self._dynamodb.get_paginator("scan").paginate(
                TableName=copy,
                FilterExpression=(
                    "begins_with(image_id, :record)"
                    if records
                    else "NOT begins_with(image_id, :record)"
                ),
                ExpressionAttributeValues={":record": {"S": RECORD}},
            )
            for page in pages:
                yield from page["Items"]

    def put_missing(self, entry: Mapping[str, Any]) -> bool:
        """Write the entry unless the table has one in its place; returns whether it was missing."""
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=dict(entry),
                ConditionExpression="attribute_not_exists(image_id)",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def is_missing(self, image_id: str) -> bool:
        """Whether the table has no such entry."""
        found = self._dynamodb.get_item(
            TableName=self._table, Key={"image_id": {"S": image_id}}, ConsistentRead=True
        )
        return "Item" not in found

    def drop(self, copy: str) -> None:
        """Delete a copy."""
        self._dynamodb.delete_table(TableName=copy)

    def _status(self, table: str) -> str:
        return self._dynamodb.describe_table(TableName=table)["Table"]["TableStatus"]
