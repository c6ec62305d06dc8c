"""S3 Inventory: what S3 lists of a bucket by itself, once a day or week."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from gzip import GzipFile
from hashlib import md5
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.address import INVENTORIES, INVENTORY
from pipeline.inventory import Inventory, Listed, inventoried

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["S3Inventories"]

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

    def objects(self, inventory: Inventory) -> Iterator[Listed]:
        for key in inventory.files:
            with self._s3.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                data = GzipFile(fileobj=cast(Any, body))  # it is only read from
                with TextIOWrapper(data, encoding="utf-8", newline="") as text:
                    for row in csv.reader(text):
                        yield inventoried(dict(zip(inventory.columns, row, strict=True)))

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


def _digest(manifest: bytes) -> str:
    return md5(manifest, usedforsecurity=False).hexdigest()


def _parsed(key: str, manifest: dict[str, Any]) -> Inventory:
    return Inventory(
        key=key,
        taken=datetime.fromtimestamp(int(manifest["creationTimestamp"]) / 1000, UTC),
        columns=[each.strip() for each in manifest["fileSchema"].split(",")],
        files=[each["key"] for each in manifest["files"]],
    )
