"""Amazon DynamoDB: claims to files that are made on demand."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from aws.clients import client
from pipeline.claims import COUNTED, Claim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoClaims"]


class DynamoClaims:
    """A table with the hash key `content`. An item has the number of claims granted, and the end of
    each in milliseconds since 1970 under the file's name, which has a dot and so is no other
    attribute. One write counts a claim and grants it."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def claim(self, content: str, file: str, *, at: datetime, until: datetime, most: int) -> Claim:
        try:
            before = self._dynamodb.update_item(
                TableName=self._table,
                Key={"content": {"S": content}},
                UpdateExpression="SET #file = :until, expires_at = :expires_at ADD granted :one",
                ConditionExpression=(
                    "(attribute_not_exists(#file) OR #file <= :now)"
                    " AND (attribute_not_exists(granted) OR granted < :most)"
                ),
                ExpressionAttributeNames={"#file": file},
                ExpressionAttributeValues={
                    ":now": {"N": str(_milliseconds(at))},
                    ":until": {"N": str(_milliseconds(until))},
                    ":expires_at": {"N": str(int((at + COUNTED).timestamp()))},
                    ":one": {"N": "1"},
                    ":most": {"N": str(most)},
                },
                ReturnValues="UPDATED_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ).get("Attributes", {})
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            item: dict[str, Any] = cast("dict[str, Any]", error.response).get("Item", {})
            stored = item.get(file, {"N": "0"})
            return "taken" if int(stored["N"]) > _milliseconds(at) else "full"
        return "again" if file in before else "first"

    def release(self, content: str, file: str, *, at: datetime, counts: bool) -> None:
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"content": {"S": content}},
            UpdateExpression="SET #file = :now ADD granted :added",
            ExpressionAttributeNames={"#file": file},
            ExpressionAttributeValues={
                ":now": {"N": str(_milliseconds(at))},
                ":added": {"N": "0" if counts else "-1"},
            },
        )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
