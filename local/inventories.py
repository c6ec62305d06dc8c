"""S3 Inventory for MiniStack 1.5.33, which has none.

Different from AWS: an inventory is written whenever its configuration is put, and never again. S3
takes up to two days for the first, and then writes one every day or week. Here it is of current
versions, in one CSV file, and the policy of the bucket that keeps it is not asked.
"""

import csv
import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import md5
from io import StringIO
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4
from xml.etree import ElementTree

from ministack.services import s3
from ministack.services import stepfunctions as states

__all__ = ["install"]

_NAMES = {"s3": "http://s3.amazonaws.com/doc/2006-03-01/"}
_XML = {"Content-Type": "application/xml"}

Answer = tuple[int, dict[str, str], bytes]

_inner = s3._dispatch
_configurations: dict[tuple[str, str], bytes] = {}


def install() -> None:
    """Add the requests about inventories to MiniStack's S3, once."""
    s3._dispatch = _dispatch


def _dispatch(
    method: str, bucket: str, key: str, headers: Any, body: bytes, query: dict[str, Any]
) -> Any:
    """Like the function that it replaces."""
    if key or "inventory" not in query:
        return _inner(method, bucket, key, headers, body, query)
    if bucket not in s3._buckets:
        return s3._no_such_bucket(bucket)
    return _answer(method, bucket, s3._qp(query, "id", ""), body)


def _answer(method: str, bucket: str, name: str, body: bytes) -> Answer:
    if method == "PUT":
        _configurations[bucket, name] = body
        _write(bucket, ElementTree.fromstring(body))  # noqa: S314 - from this machine alone
        return 200, {}, b""
    if method == "DELETE":
        _configurations.pop((bucket, name), None)
        return 204, {}, b""
    if (bucket, name) in _configurations:
        return 200, {**_XML}, _configurations[bucket, name]
    missing: Answer = s3._error(
        "NoSuchConfiguration", "The specified configuration does not exist.", 404, f"/{bucket}"
    )
    return missing


def _write(bucket: str, configuration: ElementTree.Element) -> None:
    """Write an inventory of what the bucket holds now, as S3 lays it out."""

    def text(path: str) -> str:
        return configuration.findtext(path, "", _NAMES)

    place = "s3:Destination/s3:S3BucketDestination"
    kept = text(f"{place}/s3:Bucket").rpartition(":")[2]
    folder = f"{text(f'{place}/s3:Prefix')}/{bucket}/{text('s3:Id')}"
    fields = [
        each.text or "" for each in configuration.findall("s3:OptionalFields/s3:Field", _NAMES)
    ]
    now = datetime.now(UTC)

    rows = StringIO()
    writer = csv.writer(rows, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for key, found in sorted(s3._buckets[bucket]["objects"].items()):
        if key.startswith(text("s3:Filter/s3:Prefix")):
            known = _columns(found)
            writer.writerow([bucket, quote_plus(key, safe="/"), *(known[each] for each in fields)])
    data = gzip.compress(rows.getvalue().encode())
    file = f"{folder}/data/{uuid4()}.csv.gz"
    manifest = {
        "sourceBucket": bucket,
        "destinationBucket": f"arn:aws:s3:::{kept}",
        "version": "2016-11-30",
        "creationTimestamp": str(int(now.timestamp() * 1000)),
        "fileFormat": text(f"{place}/s3:Format"),
        "fileSchema": ", ".join(["Bucket", "Key", *fields]),
        "files": [{"key": file, "size": len(data), "MD5checksum": _digest(data)}],
    }
    written = json.dumps(manifest).encode()
    taken = f"{folder}/{now:%Y-%m-%dT%H-%MZ}"
    s3._put_object(kept, file, data, {})
    s3._put_object(kept, f"{taken}/manifest.json", written, {})
    s3._put_object(kept, f"{taken}/manifest.checksum", _digest(written).encode(), {})


def _columns(found: Mapping[str, Any]) -> dict[str, str]:
    modified = datetime.fromtimestamp(states._epoch_seconds(found["last_modified"]), UTC)
    return {
        "Size": str(found["size"]),
        "LastModifiedDate": f"{modified:%Y-%m-%dT%H:%M:%S}.000Z",
        "ETag": found["etag"].strip('"'),
    }


def _digest(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()
