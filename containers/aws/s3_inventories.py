"""S3 Inventory: what S3 lists of a bucket by itself, once a day or week."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from gzip import GzipFile
from hashlib import md5
from io import BufferedReader, RawIOBase
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.address import INVENTORIES, INVENTORY
from pipeline.inventory import Inventory, Listed, UnknownInventoryError, inventoried
from pipeline.original import image_id

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["S3Inventories", "read_rows"]

_BUFFER_BYTES = 1024 * 1024

_TAKEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}Z/")
"""The name of the folder with a manifest; beside them are the data and what Hive reads."""


class S3Inventories:
    """The inventories of the bucket `listed` that S3 writes into the bucket `kept`."""

    def __init__(self, kept: str, listed: str) -> None:
        self._bucket = kept
        self._folder = f"{INVENTORIES}{listed}/{INVENTORY}/"
        self._s3: S3Client = client("s3")

    def newest(self) -> Inventory | None:
        for folder in sorted(self._folders(), reverse=True):
            manifest = self._read(f"{folder}manifest.json")
            checksum = self._read(f"{folder}manifest.checksum")
            # S3 writes the checksum last: without it the inventory is not complete.
            if manifest and checksum and _digest(manifest) == checksum.decode().strip():
                return _parsed(f"{folder}manifest.json", json.loads(manifest))
        return None

    def get(self, key: str) -> Inventory:
        manifest = self._read(key)
        if manifest is None:
            raise UnknownInventoryError(key)
        return _parsed(key, json.loads(manifest))

    def objects(self, inventory: Inventory, *, shard: str = "") -> Iterator[Listed]:
        for key in inventory.files:
            with self._s3.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                yield from read_rows(cast(IO[bytes], body), inventory.columns, shard)

    def _folders(self) -> Iterator[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._folder, Delimiter="/"
        )
        for page in pages:
            for entry in page.get("CommonPrefixes", []):
                if _TAKEN.fullmatch(entry["Prefix"].removeprefix(self._folder)):
                    yield entry["Prefix"]

    def _read(self, key: str) -> bytes | None:
        try:
            with self._s3.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                return body.read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise


def read_rows(file: IO[bytes], columns: Sequence[str], shard: str = "") -> Iterator[Listed]:
    """The objects in one file of an inventory whose image ids begin with `shard`.

    Of the other rows only the key is decoded: one of 256 shards skips 255 rows for each of its own.
    """
    place = list(columns).index("Key")
    with BufferedReader(cast(RawIOBase, GzipFile(fileobj=file)), _BUFFER_BYTES) as rows:
        for row in rows:
            # S3 quotes every value and encodes keys, so this separates no key.
            values = row.rstrip(b"\r\n").strip(b'"').split(b'","')
            key = values[place].decode()
            if "%" in key or "+" in key:
                key = unquote_plus(key)
            if image_id(key).startswith(shard):
                texts = [each.decode() for each in values]
                yield inventoried(dict(zip(columns, texts, strict=True)))


def _digest(manifest: bytes) -> str:
    return md5(manifest, usedforsecurity=False).hexdigest()


def _parsed(key: str, manifest: dict[str, Any]) -> Inventory:
    return Inventory(
        key=key,
        taken=datetime.fromtimestamp(int(manifest["creationTimestamp"]) / 1000, UTC),
        columns=[each.strip() for each in manifest["fileSchema"].split(",")],
        files=[each["key"] for each in manifest["files"]],
        bytes=sum(each["size"] for each in manifest["files"]),
    )
