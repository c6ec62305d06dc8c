"""Amazon DynamoDB: the table `vectors`, in which pictures are found by what they are about."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from aws.clients import client
from aws.dynamodb import RECORD, entries_of, is_record
from pipeline.clock import iso
from pipeline.embedding import MODELS
from pipeline.item import Item
from pipeline.likeness import Shelved
from pipeline.vectors import MOST_NEAR, SIZE, Among, Near, NotSearchableYetError, Placed, Vector

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["DynamoTakeover", "DynamoVectors"]

_DIGITS = 5
"""Significant digits of a number as it is stored: as many as change no ranking, and half of what
float32 has, as an item is paid for by its text."""

_NOTE = f"{RECORD}takeover/"
"""What the keys of notes begin with, which are no vectors."""

_COMPLETE = "complete"

_PROBE = Vector.of([1.0] * SIZE)
"""Somewhere in the space, to see whether an index responds."""

_BUILDING = ("does not have the specified index", "Cannot search backfilling")
"""What DynamoDB says of an index that it still builds, or only just built."""


class DynamoVectors:
    """The vectors that one model made of everybody's pictures.

    Each is an item of its own, under its picture, content id and model, in an attribute that bears
    the model's name. A vector index has only the items that have its attribute. So the vectors of
    two models are beside each other while a new index is filled, and are removed together.
    """

    def __init__(self, table: str, model: str) -> None:
        self._table = table
        self._model = model
        self._dynamodb: DynamoDBClient = client("dynamodb")

    @property
    def model(self) -> str:
        return self._model

    def put(self, placed: Placed, *, at: datetime) -> None:
        self._dynamodb.put_item(
            TableName=self._table,
            Item={
                **_key(placed.image_id, f"{placed.content}#{self._model}"),
                "owner": {"S": placed.owner},
                "shown": {"S": _flag(placed.shown)},
                "at": {"S": iso(at)},
                self._model: {"L": _numbers(placed.vector)},
            },
        )

    def remove(self, image_id: str, contents: Collection[str] | None = None) -> int:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="image_id = :image",
            ExpressionAttributeValues={":image": {"S": image_id}},
            ProjectionExpression="place",
            ConsistentRead=True,
        )
        places = [entry["place"]["S"] for page in pages for entry in page["Items"]]
        found = [each for each in places if contents is None or _content(each) in contents]
        for place in found:
            self._dynamodb.delete_item(TableName=self._table, Key=_key(image_id, place))
        return len(found)

    def after(self, place: str, *, part: int = 0, parts: int = 1) -> Iterator[Shelved]:
        start: dict[str, Any] = {}
        if place:
            image_id, _, rest = place.partition(" ")
            start = {"ExclusiveStartKey": _key(image_id, rest)}
        if parts > 1:
            start |= {"Segment": part, "TotalSegments": parts}
        names = {f"#{name}": name for name in ("image_id", "place", "owner", "at")}
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
            **start,
        )
        for page in pages:
            yield from (_shelved(each) for each in page["Items"] if not is_record(each))

    def known(self, items: Sequence[Item]) -> set[str]:
        keys = [_key(item.image_id, f"{item.content}#{self._model}") for item in items]
        entries = entries_of(self._dynamodb, self._table, keys, ProjectionExpression="image_id")
        return {entry["image_id"]["S"] for entry in entries}

    def of(self, image_id: str, content: str) -> Vector | None:
        found = self._dynamodb.get_item(
            TableName=self._table, Key=_key(image_id, f"{content}#{self._model}")
        )
        if "Item" not in found:
            return None
        return Vector.of([float(each["N"]) for each in found["Item"][self._model]["L"]])

    def nearest(self, vector: Vector, among: Among, most: int = MOST_NEAR) -> Sequence[Near]:
        try:
            response = self._dynamodb.search_vectors(
                TableName=self._table,
                IndexName=f"by-{self._model}",
                SearchVector=_numbers(vector),
                TopK=most,
                **_condition(among),
            )
        except ClientError as error:
            if any(each in str(error) for each in _BUILDING):
                raise NotSearchableYetError(f"the index by-{self._model} is being built") from error
            raise
        return [
            Near(
                image_id=found["Item"]["image_id"]["S"],
                content=_content(found["Item"]["place"]["S"]),
                # The index returns the cosine distance, from 0 for the same direction to 2.
                similarity=1 - found["Score"],
            )
            for found in response["SearchResults"]
        ]


class DynamoTakeover:
    """What is known about a next model, noted beside the vectors.

    A note for each shard of a run is under the names of both models. Once a run's shards are all
    noted and the index responds, one note stands for all.
    """

    def __init__(self, table: str, model: str, following: str) -> None:
        self._table = table
        self._next = following if following in MODELS else ""
        self.names = f"{model}>{self._next}"
        self._dynamodb: DynamoDBClient = client("dynamodb")
        self._complete = False

    @property
    def next(self) -> str:
        return self._next

    def report(self, run: str, shard: str, shards: int, *, at: datetime) -> bool:
        if self.is_complete():
            return True
        self._put(f"{run} {shard}", at)
        if sum(place.startswith(f"{run} ") for place in self._places(self.names)) < shards:
            return False
        try:
            DynamoVectors(self._table, self._next).nearest(_PROBE, Among(), 1)
        except NotSearchableYetError:
            return False
        self._put(_COMPLETE, at)
        return True

    def forget_others(self) -> None:
        for one, other in permutations(MODELS, 2):
            if (names := f"{one}>{other}") != self.names:
                for place in self._places(names):
                    self._dynamodb.delete_item(
                        TableName=self._table, Key=_key(f"{_NOTE}{names}", place)
                    )

    def is_complete(self) -> bool:
        if not self._complete and self._next:
            key = _key(f"{_NOTE}{self.names}", _COMPLETE)
            self._complete = "Item" in self._dynamodb.get_item(TableName=self._table, Key=key)
        return self._complete

    def _put(self, place: str, at: datetime) -> None:
        note = {**_key(f"{_NOTE}{self.names}", place), "at": {"S": iso(at)}}
        self._dynamodb.put_item(TableName=self._table, Item=note)

    def _places(self, names: str) -> list[str]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="image_id = :note",
            ExpressionAttributeValues={":note": {"S": f"{_NOTE}{names}"}},
            ProjectionExpression="place",
            ConsistentRead=True,
        )
        return [entry["place"]["S"] for page in pages for entry in page["Items"]]


def _key(image_id: str, place: str) -> dict[str, Any]:
    return {"image_id": {"S": image_id}, "place": {"S": place}}


def _shelved(entry: Mapping[str, Any]) -> Shelved:
    image_id, place = entry["image_id"]["S"], entry["place"]["S"]
    return Shelved(
        place=f"{image_id} {place}",
        owner=entry["owner"]["S"],
        image_id=image_id,
        content=_content(place),
        at=datetime.fromisoformat(entry["at"]["S"]),
    )


def _content(place: str) -> str:
    return place.partition("#")[0]


def _flag(shown: bool) -> str:
    """No key of an index can be a boolean."""
    return "yes" if shown else "no"


def _numbers(vector: Vector) -> list[Any]:
    return [{"N": f"{each:.{_DIGITS}g}"} for each in vector.numbers]


def _condition(among: Among) -> dict[str, Any]:
    wanted = {}
    if among.owner is not None:
        wanted["owner"] = among.owner
    if among.shown:
        wanted["shown"] = _flag(True)
    if not wanted:
        return {}
    # `owner` is among DynamoDB's reserved words.
    return {
        "SearchConditionExpression": " AND ".join(f"#{name} = :{name}" for name in wanted),
        "ExpressionAttributeNames": {f"#{name}": name for name in wanted},
        "ExpressionAttributeValues": {f":{name}": {"S": each} for name, each in wanted.items()},
    }
