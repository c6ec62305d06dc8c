"""How fast one processor compares by inventory, and how much memory the rows of a shard take.

    python -m proofs.scale.rates       measures it, in half a minute

The constants are about what it printed on a busy machine with two processors. The model uses them,
so that its page is the same on every machine.
"""

import gzip
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5
from io import BytesIO
from uuid import UUID

from botocore.parsers import ResponseParserFactory
from botocore.session import Session

from aws.dynamodb import read, to_attributes
from aws.s3_inventories import read_rows
from ops.terminal import console
from pipeline.inventory import Listed
from pipeline.item import Item, Verdict
from pipeline.original import Original, content_id, image_id
from reconcile.findings import judge
from reconcile.shards import Rows, merged
from reconcile.suspects import of_files, pictures

__all__ = [
    "COMPARED_PER_SECOND",
    "ITEM_SECONDS",
    "LISTED_SECONDS",
    "READ_PER_SECOND",
    "ROW_BYTES",
    "ROW_MEMORY_BYTES",
]

READ_PER_SECOND = 250_000
"""Rows of an inventory that are decompressed, parsed and assigned to their shard."""
ROW_BYTES = 73
"""A compressed row of an inventory."""
ROW_MEMORY_BYTES = 240
"""A row of a shard, while it is compared."""
LISTED_SECONDS = 0.00012
"""Processor time of one entry of a listing."""
ITEM_SECONDS = 0.0006
"""Processor time of one item that is read from the catalog."""
COMPARED_PER_SECOND = 7_500
"""Pictures that are merged and judged, without the requests."""

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_COUNT = 20_000
_SHARD = "a"
_COLUMNS = ("Bucket", "Key", "Size", "LastModifiedDate", "ETag")
_EXTENSIONS = ("avif", "jpg", "webp")
_SIZES = ("thumb", "small", "large")


def _keys() -> list[str]:
    """Keys as long as those that the API gives."""
    digests = (md5(str(each).encode(), usedforsecurity=False).hexdigest() for each in range(_COUNT))
    return [f"uploads/{UUID(each)}/{UUID(each[::-1])}/IMG_{each[:4]}.jpg" for each in digests]


def _inventory(keys: list[str]) -> bytes:
    rows = (
        f'"originals-0a1b2c","{key}","{4_000_000 + number}","2026-01-01T10:00:00.000Z",'
        f'"{md5(key.encode(), usedforsecurity=False).hexdigest()}"\n'
        for number, key in enumerate(keys)
    )
    return gzip.compress("".join(rows).encode())


def _listed(keys: list[str]) -> list[Listed]:
    return [Listed(each, image_id(each[::-1]), 4_000_000, _NOW) for each in keys]


def _item(key: str) -> Item:
    """A ready picture with as many files as docs/cost.md counts."""
    original = Original(bucket="originals", key=key, sequencer="0055AED6DCD90281E5", etag="e")
    content = content_id(original, "fingerprint")
    files = {
        size: {
            extension: {
                "key": f"i/{original.image_id}/{content}/{size}.{extension}",
                "width": 1600,
                "height": 1200,
                "bytes": 100_000,
            }
            for extension in _EXTENSIONS
        }
        for size in _SIZES
    }
    return Item(
        **{**vars(original), "etag": image_id(key[::-1])},
        image_id=original.image_id,
        as_of=original.sequencer,
        verdict=Verdict(decision="accept"),
        renditions=files,
        content=content,
        claimed=(content,),
        notices={"ready": {"state": "sent"}},
        created_at=_NOW.isoformat(),
        updated_at=_NOW.isoformat(),
    )


def _files(items: list[Item]) -> Iterator[Listed]:
    for item in sorted(items, key=lambda each: each.image_id):
        for size in (item.renditions or {}).values():
            for file in size.values():
                yield Listed(file["key"], "", 100_000, _NOW)


def _compare(items: dict[str, Item], keys: list[str]) -> None:
    """What a shard does with each picture, without the requests."""
    before = _NOW + timedelta(hours=1)
    files = (each for each, _ in pictures(_files(list(items.values()))))
    for picture in merged(Rows(_listed(keys)).after(""), files):
        item = items[picture.image_id]
        if of_files(item, picture.files, before):
            raise AssertionError("the pictures must be in order")
        if judge(item, picture.listed, gate="open", before=before):
            raise AssertionError("the pictures must be in order")


def _parsing(service: str, operation: str, protocol: str, body: bytes) -> float:
    """Processor time that botocore takes to parse a response."""
    shape = Session().get_service_model(service).operation_model(operation).output_shape
    if shape is None:
        raise ValueError(f"{operation} must return something")
    parser = ResponseParserFactory().create_parser(protocol)
    response = {"status_code": 200, "headers": {}, "body": body}
    return _seconds(lambda: parser.parse(response, shape))


def _seconds(work: Callable[[], object]) -> float:
    """The least processor time of three attempts."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def _listing(count: int) -> bytes:
    entry = (
        f"<Contents><Key>i/{'a' * 32}/{'b' * 16}/large.jpg</Key><LastModified>"
        '2026-01-01T10:00:00.000Z</LastModified><ETag>"d41d8cd98f00b204e9800998ecf8427e"</ETag>'
        "<Size>100000</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<ListBucketResult xmlns="{space}">{entry * count}</ListBucketResult>'.encode()


def measure() -> dict[str, float]:
    """Each rate by the name of its constant."""
    keys = _keys()
    inventory = _inventory(keys)
    items = {each.image_id: each for each in map(_item, keys)}
    reading = _seconds(lambda: list(read_rows(BytesIO(inventory), _COLUMNS, _SHARD)))
    comparing = _seconds(lambda: _compare(items, keys))
    found = [to_attributes(each) for each in list(items.values())[:100]]
    got = json.dumps({"Responses": {"catalog": found}}).encode()
    parsing = _parsing("dynamodb", "BatchGetItem", "json", got)
    parsing += _seconds(lambda: [read(each) for each in found])
    listing = _parsing("s3", "ListObjectsV2", "rest-xml", _listing(1000))
    tracemalloc.start()
    rows = Rows(_listed(keys))
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    next(rows.after(""))
    return {
        "READ_PER_SECOND": _COUNT / reading,
        "ROW_BYTES": len(inventory) / _COUNT,
        "ROW_MEMORY_BYTES": memory / _COUNT,
        "LISTED_SECONDS": listing / 1000,
        "ITEM_SECONDS": parsing / len(found),
        "COMPARED_PER_SECOND": _COUNT / comparing,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        console().print(f"{name} = {value:,.7g}")
