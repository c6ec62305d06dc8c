"""Amazon DynamoDB: the records of backfills."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from aws.clients import client
from pipeline.backfill import KEPT, OUTCOMES, Backfill, Outcome, State
from pipeline.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoBackfills"]


class DynamoBackfills:
    """A table with the hash key `name`."""

    def __init__(self, table: str, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def get(self, name: str) -> Backfill:
        found = self._dynamodb.get_item(
            TableName=self._table, Key={"name": {"S": name}}, ConsistentRead=True
        ).get("Item", {})
        state = cast(State, found.get("state", {"S": "running"})["S"])
        return Backfill(
            name, state, {each: int(found[each]["N"]) for each in OUTCOMES if each in found}
        )

    def want(self, name: str, state: State) -> None:
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"name": {"S": name}},
            UpdateExpression="SET #state = :state, expires_at = :expires_at",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":state": {"S": state},
                ":expires_at": {"N": str(self._expiry())},
            },
        )

    def add(self, name: str, outcomes: Mapping[Outcome, int]) -> None:
        added = {each: number for each, number in outcomes.items() if number}
        names = {f"#{position}": each for position, each in enumerate(added)}
        sums = ", ".join(f"{short} :{each}" for short, each in names.items())
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"name": {"S": name}},
            UpdateExpression=f"ADD {sums} SET expires_at = :expires_at",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={
                **{f":{each}": {"N": str(number)} for each, number in added.items()},
                ":expires_at": {"N": str(self._expiry())},
            },
        )

    def _expiry(self) -> int:
        return int((self._clock() + KEPT).timestamp())
