"""Amazon DynamoDB: the catalog's table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from math import ceil
from time import sleep
from typing import TYPE_CHECKING, Any

from aws.clients import client
from aws.notation import from_notation, to_notation
from pipeline.answers import FOUND
from pipeline.blocks import Block
from pipeline.catalog import ConflictError
from pipeline.inventory import TableBusyError
from pipeline.item import NOBODY, SCHEMA, SHARDS, Item, Malformed, MalformedItemError
from pipeline.migrate import Outdated, OutdatedPage
from pipeline.shape import ShapeError
from pipeline.spending import Charge, saved_day
from pipeline.statuses import Count, Failed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = [
    "RECORD",
    "DynamoBlocks",
    "DynamoItems",
    "DynamoOutdated",
    "DynamoStatuses",
    "DynamoTable",
    "entries_of",
    "found_entries",
    "from_attributes",
    "is_record",
    "months_list",
    "read",
    "to_attributes",
]

_NEEDED = (
    *("image_id", "bucket", "key", "sequencer", "etag", "bytes", "version_id"),
    *(
        "renditions",
        "moderation",
        "quality",
        "appeal",
        "verdict",
        "failure",
        "deleted",
        "hashes",
        "measured",
    ),
    *("width", "height"),
    *("curations", "previews", "purged", "recipe", "policy", "asked", "costs"),
    *("as_of", "content", "placed", "claimed", "former", "removing"),
    *("previous_content", "notices"),
    *("created_at", "updated_at", "revision"),
)
"""An item's attributes, except the large ones that only a page about the picture needs."""

_DERIVED = ("status_shard", "owner_month", "shown_month", "shown_at")
"""Attributes that every item has for queries."""

_WRITE_UNIT = 1024
"""Bytes that one write unit covers. DynamoDB's own form of an item is shorter than its JSON."""

_ITEM_LIMIT = 400 * 1024
"""Bytes of an item, names included."""

_SPARE = (
    *("exif", "text", "labels", "faces", "celebrities", "moderation", "colors", "measured"),
    *("timeline", "kept"),
)
"""Attributes that an item can be read without, and that no rule depends on."""

_ANSWERS = {*(name for names in FOUND.values() for name in names), "kept"}
"""What Rekognition answered: part of it is not to be taken for all."""

_UNKNOWN = "unknown"

_ATTEMPTS = 8

RECORD = "#"
"""What the hash keys of the table's entries begin with that are no pictures: they are few, and
belong to the catalog's rules. Image ids are hexadecimal digits."""

_EVER = "9999"
"""Sorts after every time that the catalog writes."""


class DynamoTable:
    """The catalog's table, one item at a time."""

    def __init__(self, name: str, *, spending: str | None = None) -> None:
        """`spending` is the table of the days' sums; a writer that never charges needs none."""
        self._name = name
        self._spending = spending
        self._dynamodb: DynamoDBClient = client("dynamodb")
        self._noted: set[str] = set()

    def get(self, image_id: str) -> Item | None:
        response = self._dynamodb.get_item(
            TableName=self._name, Key={"image_id": {"S": image_id}}, ConsistentRead=True
        )
        return from_attributes(response["Item"]) if "Item" in response else None

    def put(self, item: Item, *, replacing: int, charge: Charge | None = None) -> None:
        self._note(item)
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(image_id)"}
        if replacing:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(replacing)}},
            }
        write = {"TableName": self._name, "Item": to_attributes(item), **condition}
        try:
            if charge:
                self._put_charged(write, charge)
            else:
                self._dynamodb.put_item(**write)
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise ConflictError(item.image_id) from error

    def _put_charged(self, write: Any, charge: Charge) -> None:
        if self._spending is None:
            raise ValueError("a charge must have a table of the days' sums")
        writes: Any = [{"Put": write}, self._added(charge, charge.day, charge.costs)]
        if charge.saved:
            writes.append(self._added(charge, saved_day(charge.day), charge.saved))
        try:
            self._dynamodb.transact_write_items(TransactItems=writes)
        except self._dynamodb.exceptions.TransactionCanceledException as error:
            reasons = {each.get("Code") for each in error.response["CancellationReasons"]}
            # Another writer of the item, or of the same part of the day's sums, came first.
            if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise ConflictError(write["Item"]["image_id"]["S"]) from error
            raise

    def _added(self, charge: Charge, day: str, amounts: Mapping[str, float]) -> dict[str, Any]:
        """The write that adds the amounts to the charge's part of a day."""
        names = {f"#{position}": name for position, name in enumerate(amounts)}
        sums = ", ".join(f"{place} :{place[1:]}" for place in names)
        values = {f":{place[1:]}": _amount(amounts[name]) for place, name in names.items()}
        return {
            "Update": {
                "TableName": self._spending,
                "Key": {"day": {"S": day}, "part": {"S": charge.part}},
                "UpdateExpression": f"ADD {sums} SET expires_at = :expires_at",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {
                    **values,
                    ":expires_at": {"N": str(charge.expires_at)},
                },
            }
        }

    def _note(self, item: Item) -> None:
        """Note, before the item is in a month's list, that there is one: for its owner, and for
        everybody. Each process notes a month once."""
        for owner in (item.owner_id or NOBODY, None):
            noted = f"{RECORD}{months_list(owner)}/{item.month}"
            if item.purged or not item.month or noted in self._noted:
                continue
            entry = {"image_id": noted, "owner_month": months_list(owner), "shown_at": item.month}
            self._dynamodb.put_item(
                TableName=self._name, Item={name: {"S": value} for name, value in entry.items()}
            )
            self._noted.add(noted)


def _amount(amount: float) -> dict[str, str]:
    """Sums of binary fractions would carry digits that nobody was charged for."""
    return {"N": f"{amount:.9f}"}


def months_list(owner_id: str | None) -> str:
    """The key in the index by owner and month of the months that an owner, or without one
    everybody, has pictures of."""
    return f"{owner_id or 'all'}#months"


class DynamoBlocks:
    """The blocked files, each an entry of its own in the catalog's table."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def has(self, sha256: str) -> bool:
        response = self._dynamodb.get_item(
            TableName=self._table, Key={"image_id": {"S": _block_id(sha256)}}, ConsistentRead=True
        )
        return "lifted" not in response.get("Item", {"lifted": {}})

    def block(self, block: Block) -> None:
        entry = {name: {"S": value} for name, value in vars(block).items()}
        self._put(block.sha256, entry)

    def lift(self, sha256: str) -> None:
        if self.has(sha256):
            self._put(sha256, {"sha256": {"S": sha256}, "lifted": {"BOOL": True}})

    def _put(self, sha256: str, entry: Mapping[str, Any]) -> None:
        self._dynamodb.put_item(
            TableName=self._table, Item={"image_id": {"S": _block_id(sha256)}, **entry}
        )


def _block_id(sha256: str) -> str:
    return f"{RECORD}block/{sha256}"


class DynamoItems:
    """The catalog's items in bulk, without the attributes that only one picture's page needs, or
    `whole`."""

    def __init__(self, name: str, *, whole: bool = False) -> None:
        self._name = name
        self._dynamodb: DynamoDBClient = client("dynamodb")
        names = {f"#{position}": name for position, name in enumerate(_NEEDED)}
        self._projection: dict[str, Any] = (
            {}
            if whole
            else {
                "ProjectionExpression": ", ".join(names),
                "ExpressionAttributeNames": names,
            }
        )

    def find(
        self, image_ids: Sequence[str], *, latest: bool = False
    ) -> Mapping[str, Item | Malformed]:
        entries = found_entries(
            self._dynamodb, self._name, image_ids, **self._projection, ConsistentRead=latest
        )
        items = map(read, entries)
        return {item.image_id: item for item in items}

    def after(
        self, image_id: str, *, part: int = 0, parts: int = 1
    ) -> Iterator[Sequence[Item | Malformed]]:
        start: dict[str, Any] = {}
        if image_id:
            start = {"ExclusiveStartKey": {"image_id": {"S": image_id}}}
        if parts > 1:
            start |= {"Segment": part, "TotalSegments": parts}
        # For half the price it may be a second behind: what follows from it is looked at again.
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._name, **self._projection, **start
        )
        for page in pages:
            if entries := [each for each in page["Items"] if not is_record(each)]:
                yield [read(entry) for entry in entries]


def found_entries(
    dynamodb: "DynamoDBClient", table: str, image_ids: Sequence[str], **options: Any
) -> Iterator[dict[str, Any]]:
    """Those of at most 100 entries of the catalog's table that exist, in DynamoDB's notation."""
    keys = [{"image_id": {"S": image_id}} for image_id in image_ids]
    return entries_of(dynamodb, table, keys, **options)


def entries_of(
    dynamodb: "DynamoDBClient", table: str, keys: Sequence[Mapping[str, Any]], **options: Any
) -> Iterator[dict[str, Any]]:
    """Those of at most 100 entries of a table that exist, by their keys."""
    asked: dict[str, Any] = {table: {"Keys": keys, **options}} if keys else {}
    for attempt in range(_ATTEMPTS):
        if not asked:
            return
        if attempt:
            sleep(0.05 * 2**attempt)
        response = dynamodb.batch_get_item(RequestItems=asked)
        yield from response["Responses"].get(table, [])
        asked = response.get("UnprocessedKeys", {})
    if asked:
        raise TableBusyError(f"{len(asked[table]['Keys'])} items not read in {_ATTEMPTS} attempts")


class DynamoOutdated:
    """The items of a table that lack something that today's functions write."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def after(self, image_id: str) -> Iterator[OutdatedPage]:
        start: dict[str, Any] = {}
        if image_id:
            start = {"ExclusiveStartKey": {"image_id": {"S": image_id}}}
        missing = " OR ".join(f"attribute_not_exists({name})" for name in _DERIVED)
        outdated = f"attribute_not_exists(#schema) OR #schema < :schema OR {missing}"
        # What is deleted for good is in no list.
        wanted = f"({outdated}) AND attribute_not_exists(purged)"
        while True:
            page = self._dynamodb.scan(
                TableName=self._name,
                ConsistentRead=True,
                FilterExpression=f"{wanted} AND NOT begins_with(image_id, :record)",
                ExpressionAttributeNames={"#schema": "schema"},
                ExpressionAttributeValues={
                    ":schema": {"N": str(SCHEMA)},
                    ":record": {"S": RECORD},
                },
                ReturnConsumedCapacity="TOTAL",
                **start,
            )
            last = page.get("LastEvaluatedKey")
            yield OutdatedPage(
                after=last["image_id"]["S"] if last else "",
                seen=page["ScannedCount"],
                read_units=page.get("ConsumedCapacity", {}).get("CapacityUnits", 0),
                outdated=[_outdated(entry) for entry in page["Items"]],
            )
            if not last:
                return
            start = {"ExclusiveStartKey": last}


def is_record(attributes: Mapping[str, Any]) -> bool:
    """Whether the entry is no picture."""
    return bool(attributes["image_id"]["S"].startswith(RECORD))


def _outdated(attributes: dict[str, Any]) -> Outdated:
    # A binary value, which only a person can have written, is bytes.
    units = ceil(len(json.dumps(attributes, default=str)) / _WRITE_UNIT)
    return Outdated(read(attributes), units)


class DynamoStatuses:
    """The index `by-status-shard` of a DynamoDB table."""

    def __init__(self, table: str, dynamodb: "DynamoDBClient | None" = None) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = dynamodb or client("dynamodb")

    def count(self, status: str, *, most: int) -> Count:
        counted = 0
        for shard in SHARDS:
            for page in self._query(status, shard, Select="COUNT"):
                counted += page["Count"]
                if counted > most or (counted == most and "LastEvaluatedKey" in page):
                    return Count(most, exact=False)
        return Count(counted, exact=True)

    def last_failures(self, most: int) -> list[Failed]:
        newest = merge(
            *(self._newest("failed", shard, most) for shard in SHARDS),
            key=lambda entry: entry["updated_at"]["S"],
            reverse=True,
        )
        return [_failed(entry) for entry in islice(newest, most)]

    def newest(self, status: str) -> str | None:
        """When a picture of the status changed last, as the catalog writes it; None if none
        has it."""
        newest = (next(self._newest(status, shard, 1), None) for shard in SHARDS)
        return max((entry["updated_at"]["S"] for entry in newest if entry), default=None)

    def unchanged(self, status: str, *, since: str) -> Iterator[str]:
        """The image ids of pictures that have had the status without a change later than `since`,
        the longest unchanged first."""
        oldest = merge(
            *(self._entries(status, shard, since=since) for shard in SHARDS),
            key=lambda entry: entry["updated_at"]["S"],
        )
        yield from (entry["image_id"]["S"] for entry in oldest)

    def _newest(self, status: str, shard: str, most: int) -> Iterator[Any]:
        """The entries of one part, the newest first, read `most` at a time."""
        return self._entries(status, shard, ScanIndexForward=False, Limit=max(most, 1))

    def _entries(self, status: str, shard: str, **options: Any) -> Iterator[Any]:
        for page in self._query(status, shard, **options):
            yield from page["Items"]

    def _query(
        self, status: str, shard: str, *, since: str = _EVER, **options: Any
    ) -> Iterator[Any]:
        start: dict[str, Any] = {}
        while True:
            page = self._dynamodb.query(
                TableName=self._table,
                IndexName="by-status-shard",
                KeyConditionExpression="status_shard = :part AND updated_at <= :since",
                ExpressionAttributeValues={
                    ":part": {"S": f"{status}#{shard}"},
                    ":since": {"S": since},
                },
                **options,
                **start,
            )
            yield page
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _failed(attributes: Mapping[str, Any]) -> Failed:
    """An entry of the index, whose keys are text; `unknown` for what else cannot be read."""
    failure = attributes.get("failure", {}).get("M", {})
    return Failed(
        image_id=attributes["image_id"]["S"],
        key=attributes.get("key", {}).get("S", _UNKNOWN),
        at=attributes["updated_at"]["S"],
        stage=failure.get("stage", {}).get("S", _UNKNOWN),
        code=failure.get("code", {}).get("S", _UNKNOWN),
        message=failure.get("message", {}).get("S", _UNKNOWN),
    )


def to_attributes(item: Item) -> dict[str, Any]:
    """The item in DynamoDB's notation.

    A value that DynamoDB cannot hold is left out, and of an item that is too large the largest
    attributes that nothing depends on: what a stranger's file contains must not keep the picture
    out of the catalog.
    """
    attributes = to_notation(item.to_dict())
    sizes = {name: len(name.encode()) + _size(value) for name, value in attributes.items()}
    spare = sorted(set(_SPARE) & set(sizes), key=sizes.__getitem__)
    while sum(sizes.values()) > _ITEM_LIMIT and spare:
        largest = spare.pop()
        del attributes[largest], sizes[largest]
        if largest in _ANSWERS:
            for name in {"asked", "answers_title"} & set(sizes):
                del attributes[name], sizes[name]
    return attributes


def from_attributes(attributes: dict[str, Any]) -> Item:
    """The inverse of `to_attributes`: whole numbers become int, others float.

    Raises `MalformedItemError`.
    """
    item = read(attributes)
    if isinstance(item, Malformed):
        raise MalformedItemError(item)
    return item


def read(attributes: dict[str, Any]) -> Item | Malformed:
    """The same for many items, of which a malformed one must not stop the others."""
    try:
        return Item.from_dict(from_notation(attributes))
    except ShapeError as error:
        key = attributes.get("key", {}).get("S")
        return Malformed(attributes["image_id"]["S"], key, str(error))


def _size(value: Mapping[str, Any]) -> int:
    """What a value in DynamoDB's notation counts towards the limit, at most."""
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(each) for name, each in content.items())
        case "L":
            return 3 + sum(1 + _size(each) for each in content)
        case "S":
            return len(content.encode())
    return 21  # the longest number
