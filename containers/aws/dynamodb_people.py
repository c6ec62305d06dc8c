"""Amazon DynamoDB: lists of pictures, small records, and the audit trail.

Apart from `aws.dynamodb`, so that a change here leaves the pipeline's images alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from botocore.exceptions import ClientError

from aws.clients import client
from aws.dynamodb import found_entries, months_list
from aws.notation import from_notation, to_notation
from pipeline.audit import Entry
from pipeline.catalog import ConflictError
from pipeline.item import Trashed, telling
from pipeline.listing import Place, Row, Slice, Span, State
from pipeline.records import Record
from pipeline.shape import Shape, ShapeError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoListing", "DynamoRecords", "DynamoTrail"]


T = TypeVar("T", Row, State)


class DynamoListing:
    """The catalog's indexes by owner and month, and by month."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def states(self, image_ids: Sequence[str]) -> dict[str, State]:
        names = {f"#{position}": each.name for position, each in enumerate(fields(State))}
        entries = found_entries(
            self._dynamodb,
            self._table,
            image_ids,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
        )
        return {state.image_id: state for state in _readable(entries, lambda each: State(**each))}

    def months(self, owner_id: str | None) -> list[str]:
        response = self._dynamodb.query(
            TableName=self._table,
            IndexName="by-owner-month",
            KeyConditionExpression="owner_month = :list",
            ExpressionAttributeValues={":list": {"S": months_list(owner_id)}},
            ScanIndexForward=False,
        )
        return [entry["shown_at"]["S"] for entry in response["Items"]]

    def slice(
        self,
        owner_id: str | None,
        month: str,
        after: Place | None,
        *,
        within: Span,
        most: int | None = None,
    ) -> Slice:
        name, index = ("owner_month", "by-owner-month") if owner_id else ("shown_month", "by-month")
        value = f"{owner_id}#{month}" if owner_id else month
        start: dict[str, Any] = {"Limit": most} if most else {}
        if after:
            start["ExclusiveStartKey"] = {
                name: {"S": value},
                "shown_at": {"S": after.shown_at},
                "image_id": {"S": after.image_id},
            }
        response = self._dynamodb.query(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression=f"{name} = :list AND shown_at BETWEEN :begin AND :end",
            ExpressionAttributeValues={
                ":list": {"S": value},
                ":begin": {"S": within.begin},
                ":end": {"S": within.end},
            },
            ScanIndexForward=False,
            **start,
        )
        last = response.get("LastEvaluatedKey")
        rest = (
            Place(shown_at=last["shown_at"]["S"], image_id=last["image_id"]["S"]) if last else None
        )
        return Slice(rows=[*_readable(response["Items"], _row)], rest=rest)


class DynamoRecords:
    """Records in a table whose hash key is `id`."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def get(self, record_id: str) -> Record | None:
        response = self._dynamodb.get_item(
            TableName=self._table, Key={"id": {"S": record_id}}, ConsistentRead=True
        )
        return Record(**from_notation(response["Item"])) if "Item" in response else None

    def put(self, record: Record) -> None:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
        if record.revision:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(record.revision)}},
            }
        entry = {**vars(record), "values": dict(record.values), "revision": record.revision + 1}
        try:
            self._dynamodb.put_item(TableName=self._table, Item=to_notation(entry), **condition)
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise ConflictError(record.id) from error

    def remove(self, record_id: str) -> None:
        self._dynamodb.delete_item(TableName=self._table, Key={"id": {"S": record_id}})


class DynamoTrail:
    """The audit trail: a partition for each day of UTC. `days` is how long entries are kept, 0 for
    ever."""

    def __init__(self, table: str, days: int) -> None:
        self._table = table
        self._days = days
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def append(self, entry: Entry) -> None:
        at = datetime.fromisoformat(entry.at).astimezone(UTC)
        stored = {
            **vars(entry),
            "detail": dict(entry.detail),
            "pk": f"{at:%Y-%m-%d}",
            "sk": f"{entry.at}#{entry.kind}#{entry.subject}#{entry.by}",
        }
        if self._days:
            stored["expires_at"] = int((at + timedelta(days=self._days)).timestamp())
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=to_notation(stored),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def entries(self, *, since: datetime, until: datetime) -> Iterator[Entry]:
        day = until.astimezone(UTC).date()
        while day >= since.astimezone(UTC).date():
            for entry in self._day(day.isoformat()):
                if since <= datetime.fromisoformat(entry.at) < until:
                    yield entry
            day -= timedelta(days=1)

    def _day(self, day: str) -> Iterator[Entry]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :day",
            ExpressionAttributeValues={":day": {"S": day}},
            ScanIndexForward=False,
        )
        for page in pages:
            for stored in map(from_notation, page["Items"]):
                yield Entry(
                    at=stored["at"],
                    kind=stored["kind"],
                    by=stored["by"],
                    subject=stored["subject"],
                    detail=stored["detail"],
                )


def _readable(
    entries: Iterable[Mapping[str, Any]], read: Callable[[dict[str, Any]], T]
) -> Iterator[T]:
    """What is read of each entry. One that cannot be read, as if edited by hand, is left out, so
    that the others are found; `reconcile` reports it."""
    for entry in entries:
        try:
            found = read(from_notation(entry))
            _shapes()[type(found)].check(vars(found))
        except (AttributeError, KeyError, TypeError, ShapeError):
            continue
        yield found


@cache
def _shapes() -> Mapping[type, Shape]:
    return {kind: Shape(get_type_hints(kind)) for kind in (Row, State)}


def _row(entry: Mapping[str, Any]) -> Row:
    trashed = entry.get("trashed")
    return Row(
        image_id=entry["image_id"],
        key=entry["key"],
        status=entry["status"],
        shown_at=entry["shown_at"],
        content=entry.get("content"),
        previous_content=entry.get("previous_content"),
        width=entry.get("width"),
        height=entry.get("height"),
        placeholder=entry.get("placeholder"),
        labels=tuple(label["name"] for label in telling(entry.get("labels", ()))),
        alt_text=entry.get("alt_text"),
        camera=(entry.get("exif") or {}).get("camera"),
        trashed=Trashed(**trashed) if trashed else None,
    )
