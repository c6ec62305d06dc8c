"""Amazon DynamoDB: the table `likeness`, in which pictures are found by how they look."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING, Any

from aws.clients import client
from pipeline.clock import iso
from pipeline.inventory import TableBusyError
from pipeline.item import SHARDS, Item
from pipeline.likeness import MOST_ALIKE, Listed, Look, Shelved, bands, file_band, owner_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoLooks"]

_ATTEMPTS = 8

_AT_ONCE = 10
"""Queries of bands, and connections that a client pools."""

_BUSY = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
"""Why DynamoDB cancels a transaction that may be tried again."""

Entry = Mapping[str, Any]


class DynamoLooks:
    """The looks of everybody's pictures.

    A look has an entry on the shelf of each of its bands, and one on a shelf that lists the owner's
    looks. A shelf's name begins with the owner, so no query reads what is another's. All entries of
    a look are written and removed in one transaction: one that is removed while another process
    writes it would otherwise stay on shelves where no listing finds it.
    """

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb: DynamoDBClient = client("dynamodb")

    def add(self, owner: str, listed: Listed, *, at: datetime) -> None:
        entry = _entry(listed)
        first = {**entry, **_key(_list(owner, listed.image_id), listed), "at": {"S": iso(at)}}
        others = [{**entry, **_key(f"{owner}#{band}", listed)} for band in bands(listed.look)]
        self._write(
            [{"Put": {"TableName": self._table, "Item": each}} for each in (first, *others)]
        )

    def remove(self, owner: str, image_id: str, contents: Collection[str] | None = None) -> int:
        shelf = _list(owner, image_id)
        found = [
            listed
            for page in self._query(shelf, begins=f"{image_id}/", ConsistentRead=True)
            for listed in map(_listed, page)
            if contents is None or listed.content in contents
        ]
        for listed in found:
            shelves = (shelf, *(f"{owner}#{band}" for band in bands(listed.look)))
            keys = [_key(each, listed) for each in shelves]
            self._write([{"Delete": {"TableName": self._table, "Key": key}} for key in keys])
        return len(found)

    def near(self, owner: str, look: Look) -> Sequence[Listed]:
        return self._on(owner, bands(look))

    def same(self, owner: str, digests: Sequence[str]) -> Sequence[Listed]:
        return self._on(owner, [file_band(each) for each in digests])

    def of(self, owner: str) -> Sequence[Listed]:
        def on(shard: str) -> list[Listed]:
            pages = self._query(f"{owner}#list-{shard}")
            return [_listed(entry) for page in pages for entry in page]

        return _once(on, SHARDS)

    def after(self, place: str, *, part: int = 0, parts: int = 1) -> Iterator[Shelved]:
        start: dict[str, Any] = {}
        if place:
            shelf, _, picture = place.partition(" ")
            start = {"ExclusiveStartKey": {"shelf": {"S": shelf}, "picture": {"S": picture}}}
        if parts > 1:
            start |= {"Segment": part, "TotalSegments": parts}
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table,
            # The entries of the bands have no time.
            FilterExpression="attribute_exists(#at)",
            ExpressionAttributeNames={"#at": "at"},
            **start,
        )
        for page in pages:
            yield from map(_shelved, page["Items"])

    def known(self, items: Sequence[Item]) -> set[str]:
        keys = [
            {
                "shelf": {"S": _list(owner_of(item), item.image_id)},
                "picture": {"S": f"{item.image_id}/{item.content}"},
            }
            for item in items
        ]
        found: set[str] = set()
        asked: dict[str, Any] = {self._table: {"Keys": keys}} if keys else {}
        for attempt in range(_ATTEMPTS):
            if not asked:
                break
            _wait(attempt)
            response = self._dynamodb.batch_get_item(RequestItems=asked)
            found |= {_listed(each).image_id for each in response["Responses"][self._table]}
            asked = response.get("UnprocessedKeys", {})
        if asked:
            raise TableBusyError(f"looks not read in {_ATTEMPTS} attempts")
        return found

    def _on(self, owner: str, shelves: Sequence[str]) -> Sequence[Listed]:
        def on(band: str) -> list[Listed]:
            # One page of a megabyte holds all that are looked at.
            [page] = self._query(f"{owner}#{band}", most=MOST_ALIKE)
            return [_listed(entry) for entry in page]

        return _once(on, shelves)

    def _write(self, writes: Sequence[Any]) -> None:
        for attempt in range(_ATTEMPTS):
            _wait(attempt)
            try:
                self._dynamodb.transact_write_items(TransactItems=writes)
            except self._dynamodb.exceptions.TransactionCanceledException as error:
                reasons = {each.get("Code") for each in error.response["CancellationReasons"]}
                if not reasons & _BUSY:
                    raise
            else:
                return
        raise TableBusyError(f"looks not written in {_ATTEMPTS} attempts")

    def _query(
        self, shelf: str, *, begins: str = "", most: int | None = None, **options: Any
    ) -> Iterator[list[Any]]:
        """The entries of a shelf, a page at a time; one page if no more than `most` are wanted."""
        condition, values = "shelf = :shelf", {":shelf": {"S": shelf}}
        if begins:
            condition += " AND begins_with(picture, :begins)"
            values[":begins"] = {"S": begins}
        start: dict[str, Any] = {"Limit": most} if most else {}
        while True:
            page = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                **options,
                **start,
            )
            yield page["Items"]
            if most or "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _list(owner: str, image_id: str) -> str:
    """The shelf that lists the picture: no hash key is shared by all pictures of nobody."""
    return f"{owner}#list-{image_id[:1]}"


def _key(shelf: str, listed: Listed) -> dict[str, Any]:
    return {"shelf": {"S": shelf}, "picture": {"S": f"{listed.image_id}/{listed.content}"}}


def _entry(listed: Listed) -> dict[str, Any]:
    look = listed.look
    return {
        "dhash": {"S": f"{look.dhash:016x}"},
        "phash": {"S": f"{look.phash:016x}"},
        **({"sha256": {"S": look.sha256}} if look.sha256 else {}),
        **({"taken_at": {"S": look.taken_at}} if look.taken_at else {}),
        **({"flat": {"BOOL": True}} if look.flat else {}),
    }


def _listed(entry: Entry) -> Listed:
    image_id, _, content = entry["picture"]["S"].partition("/")
    look = Look(
        dhash=int(entry["dhash"]["S"], 16),
        phash=int(entry["phash"]["S"], 16),
        sha256=entry["sha256"]["S"] if "sha256" in entry else None,
        taken_at=entry["taken_at"]["S"] if "taken_at" in entry else None,
        flat="flat" in entry,
    )
    return Listed(image_id=image_id, content=content, look=look)


def _shelved(entry: Entry) -> Shelved:
    shelf, picture = entry["shelf"]["S"], entry["picture"]["S"]
    image_id, _, content = picture.partition("/")
    return Shelved(
        place=f"{shelf} {picture}",
        owner=shelf.partition("#")[0],
        image_id=image_id,
        content=content,
        at=datetime.fromisoformat(entry["at"]["S"]),
    )


def _once(on: Callable[[str], list[Listed]], names: Sequence[str]) -> list[Listed]:
    """What is on all of these shelves, read several at a time, each picture's content once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [each for some in pool.map(on, names) for each in some]
    return list({(each.image_id, each.content): each for each in found}.values())


def _wait(attempt: int) -> None:
    if attempt:
        sleep(0.05 * 2**attempt)
