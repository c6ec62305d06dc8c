"""What there is, listed a page at a time: the objects of a bucket, the items of the catalogue."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from pipeline.aws import client
from pipeline.catalog import from_attributes
from pipeline.item import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

__all__ = ["Busy", "DynamoItems", "Items", "Listed", "Objects", "S3Objects"]

_NEEDED = (
    *("image_id", "bucket", "key", "sequencer", "etag", "bytes", "version_id"),
    *("renditions", "moderation", "quality", "verdict", "failure", "deleted"),
    *(
        "as_of",
        "content",
        "claimed",
        "former",
        "removing",
        "previous_content",
        "notices",
        "created_at",
        "updated_at",
        "revision",
    ),
)
"""An item's attributes but for the large ones that only a page about the picture needs."""

_TRIES = 8


class Busy(Exception):
    """The table kept leaving keys unanswered."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a bucket's listing shows it; `bytes` is its size."""

    key: str
    etag: str
    bytes: int
    modified: datetime


class Objects(Protocol):
    """The objects of a bucket under one prefix."""

    def after(self, key: str) -> Iterator[Listed]:
        """Every object whose key comes after `key`, in the order of the keys' UTF-8 bytes."""

    def has(self, key: str) -> bool:
        """Whether there is an object under the key."""


class Items(Protocol):
    """The catalogue's items, without labels, faces, text and the like."""

    def find(self, image_ids: Sequence[str]) -> dict[str, Item]:
        """Those of at most 100 items that exist, as last written."""

    def after(self, image_id: str) -> Iterator[Sequence[Item]]:
        """Every item, a page at a time, in the table's own order; empty text for the beginning,
        or the last item of a page for what follows it."""


class S3Objects:
    """Objects of an S3 bucket."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._s3: S3Client = client("s3")

    def after(self, key: str) -> Iterator[Listed]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix, StartAfter=key
        )
        for page in pages:
            for entry in page.get("Contents", []):
                etag = entry["ETag"].strip('"')
                yield Listed(entry["Key"], etag, entry["Size"], entry["LastModified"])

    def has(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return False
            raise
        return True


class DynamoItems:
    """Items of a DynamoDB table."""

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
        for tried in range(_TRIES):
            if not asked:
                return found
            if tried:
                sleep(0.05 * 2**tried)
            answer = self._dynamodb.batch_get_item(RequestItems=asked)
            for attributes in answer["Responses"].get(self._name, []):
                item = from_attributes(attributes)
                found[item.image_id] = item
            asked = answer.get("UnprocessedKeys", {})
        if asked:
            raise Busy(f"{len(asked[self._name]['Keys'])} items not read in {_TRIES} tries")
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
