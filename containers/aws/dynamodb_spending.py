"""Amazon DynamoDB: the sums of what was spent, by day."""

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING

from aws.clients import client
from pipeline.spending import Charge, Day, Paused, Saved, demand_day, saved_day

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoLedger"]

_EXTRA = "extra"
"""The part of a day that holds what an operator allowed."""

_PAUSE = {"day": {"S": "pause"}, "part": {"S": "pause"}}
_KEYS = {"day", "part", "expires_at"}


class DynamoLedger:
    """A table with the hash key `day` and the range key `part`.

    `aws.dynamodb.DynamoTable` adds to the sums, in one transaction with the item that they are for.
    """

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def day(self, day: str) -> Day:
        costs: dict[str, Decimal] = {}
        extra = Decimal(0)
        # One page holds all parts of a day.
        found = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": day}},
            ConsistentRead=True,
        )["Items"]
        for entry in found:
            sums = {name: Decimal(each["N"]) for name, each in entry.items() if name not in _KEYS}
            if entry["part"]["S"] == _EXTRA:
                extra += sums.get("usd", Decimal(0))
                continue
            for name, usd in sums.items():
                costs[name] = costs.get(name, Decimal(0)) + usd
        return Day(day, {name: float(costs[name]) for name in sorted(costs)}, float(extra))

    def saved(self, day: str) -> Saved:
        found = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": saved_day(day)}},
        )["Items"]
        calls, usd = (sum(Decimal(each[name]["N"]) for each in found) for name in ("calls", "usd"))
        return Saved(int(calls), float(usd))

    def demand(self, day: str) -> float:
        found = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": demand_day(day)}},
            ConsistentRead=True,
        )["Items"]
        return float(sum(Decimal(each["usd"]["N"]) for each in found))

    def add_demand(self, day: str, image_id: str, usd: float) -> None:
        charge = Charge(day, image_id, {})
        self._add(demand_day(day), charge.part, charge.expires_at, usd)

    def allow(self, day: str, usd: float) -> None:
        self._add(day, _EXTRA, Charge(day, "", {}).expires_at, usd)

    def _add(self, key: str, part: str, expires_at: int, usd: float) -> None:
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"day": {"S": key}, "part": {"S": part}},
            UpdateExpression="ADD usd :usd SET expires_at = :expires_at",
            ExpressionAttributeValues={
                ":usd": {"N": f"{usd:.9f}"},
                ":expires_at": {"N": str(expires_at)},
            },
        )

    def paused(self) -> Paused | None:
        found = self._dynamodb.get_item(TableName=self._table, Key=_PAUSE, ConsistentRead=True)
        if "Item" not in found:
            return None
        return Paused(found["Item"]["since"]["S"], found["Item"]["stamp"]["S"])

    def note_pause(self, at: str, stamp: str) -> None:
        self._dynamodb.update_item(
            TableName=self._table,
            Key=_PAUSE,
            UpdateExpression="SET since = if_not_exists(since, :at), stamp = :stamp",
            ExpressionAttributeValues={":at": {"S": at}, ":stamp": {"S": stamp}},
        )

    def note_resumption(self, stamp: str) -> None:
        with contextlib.suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=_PAUSE,
                ConditionExpression="stamp = :stamp",
                ExpressionAttributeValues={":stamp": {"S": stamp}},
            )
