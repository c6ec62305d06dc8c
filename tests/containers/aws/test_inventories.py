"""The inventories that S3 writes: which is read, and how."""

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import md5
from itertools import chain
from typing import Any
from urllib.parse import quote_plus

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from aws.clients import client
from aws.s3_inventories import S3Inventories
from pipeline.inventory import Inventory, Listed, UnknownInventoryError
from pipeline.original import image_id

FOLDER = "inventory/originals/current-versions"
MANIFEST = json.dumps(
    {
        "sourceBucket": "originals",
        "destinationBucket": "arn:aws:s3:::exports",
        "version": "2016-11-30",
        "creationTimestamp": "1795903500000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, LastModifiedDate, ETag",
        "files": [
            {"key": f"{FOLDER}/data/a.csv.gz", "size": 90, "MD5checksum": "a"},
            {"key": f"{FOLDER}/data/b.csv.gz", "size": 90, "MD5checksum": "b"},
        ],
    }
).encode()
CHECKSUM = md5(MANIFEST, usedforsecurity=False).hexdigest().encode()
NEWEST = Inventory(
    key=f"{FOLDER}/2026-11-28T01-00Z/manifest.json",
    taken=datetime(2026, 11, 28, 22, 5, tzinfo=UTC),
    columns=["Bucket", "Key", "Size", "LastModifiedDate", "ETag"],
    files=[f"{FOLDER}/data/a.csv.gz", f"{FOLDER}/data/b.csv.gz"],
    bytes=180,
)


@pytest.fixture
def s3() -> Iterator[Stubber]:
    with Stubber(client("s3")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def lists(s3: Stubber, *folders: str) -> None:
    where = {"Bucket": "exports", "Prefix": f"{FOLDER}/", "Delimiter": "/"}
    prefixes = [{"Prefix": f"{FOLDER}/{each}/"} for each in folders]
    s3.add_response("list_objects_v2", {"CommonPrefixes": prefixes}, where)


def holds(s3: Stubber, key: str, body: bytes | None) -> None:
    where = {"Bucket": "exports", "Key": f"{FOLDER}/{key}"}
    if body is None:
        s3.add_client_error("get_object", "NoSuchKey", http_status_code=404, expected_params=where)
        return
    answer: dict[str, Any] = {"Body": StreamingBody(io.BytesIO(body), len(body))}
    s3.add_response("get_object", answer, where)


def test_the_newest_one_is_read_whose_checksum_is_there_and_right(s3: Stubber) -> None:
    days = ("2026-11-28T01-00Z", "2026-11-30T01-00Z", "2026-11-29T01-00Z", "2026-11-27T01-00Z")
    lists(s3, *days, "data", "hive")
    holds(s3, "2026-11-30T01-00Z/manifest.json", MANIFEST)
    holds(s3, "2026-11-30T01-00Z/manifest.checksum", None)
    holds(s3, "2026-11-29T01-00Z/manifest.json", MANIFEST[1:])
    holds(s3, "2026-11-29T01-00Z/manifest.checksum", CHECKSUM)
    holds(s3, "2026-11-28T01-00Z/manifest.json", MANIFEST)
    holds(s3, "2026-11-28T01-00Z/manifest.checksum", CHECKSUM + b"\n")

    assert S3Inventories("exports", "originals").newest() == NEWEST


def test_a_bucket_without_a_complete_one_has_none(s3: Stubber) -> None:
    lists(s3, "data")

    assert S3Inventories("exports", "originals").newest() is None


def test_every_row_of_every_file_is_an_object(s3: Stubber) -> None:
    day = '"2026-11-27T10:00:00.000Z"'
    rows = f'"originals","uploads/a%2C+1%2B1.jpg","0",{day},"e1"\n'
    more = f'"originals","uploads/%C3%BC.jpg","7",{day},"e2-3"\n'
    holds(s3, "data/a.csv.gz", gzip.compress(rows.encode()))
    holds(s3, "data/b.csv.gz", gzip.compress(more.encode()))

    modified = datetime(2026, 11, 27, 10, tzinfo=UTC)
    assert list(S3Inventories("exports", "originals").objects(NEWEST)) == [
        Listed("uploads/a, 1+1.jpg", "e1", 0, modified),
        Listed("uploads/ü.jpg", "e2-3", 7, modified),
    ]


def test_a_shard_has_the_objects_whose_image_ids_begin_so(s3: Stubber) -> None:
    day = '"2026-11-27T10:00:00.000Z"'
    keys = ["uploads/a, 1+1.jpg", *(f"uploads/{number}.jpg" for number in range(200))]
    rows = "".join(f'"originals","{quote_plus(each, safe="/")}","7",{day},"e"\n' for each in keys)
    one = replace(NEWEST, files=NEWEST.files[:1])
    for _ in range(16):
        holds(s3, "data/a.csv.gz", gzip.compress(rows.encode()))

    shards = [
        [each.key for each in S3Inventories("exports", "originals").objects(one, shard=shard)]
        for shard in "0123456789abcdef"
    ]
    assert sorted(chain(*shards)) == sorted(keys)
    assert all(image_id(key)[0] == f"{at:x}" for at, keys in enumerate(shards) for key in keys)


def test_one_is_found_by_the_key_of_its_manifest_unless_it_has_expired(s3: Stubber) -> None:
    holds(s3, "2026-11-28T01-00Z/manifest.json", MANIFEST)
    holds(s3, "2026-11-28T01-00Z/manifest.json", None)

    assert S3Inventories("exports", "originals").get(NEWEST.key) == NEWEST
    with pytest.raises(UnknownInventoryError, match="2026-11-28T01-00Z"):
        S3Inventories("exports", "originals").get(NEWEST.key)
