"""What each function is asked to do while a right is missing, by a direct call of the function.

The queues are cut off, so that nothing but the call under test does any work: a function is handed
the very batch that its queue would hand it, and answers which message failed.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal

from aws.dynamodb import from_attributes
from local.journal import Journal
from local.state import RunningStack
from pipeline.events import (
    SOURCE,
    Event,
    ImageReady,
    ObjectCreated,
    ObjectDeleted,
    RenditionsObsolete,
)
from pipeline.item import Item
from pipeline.original import Original, image_id
from proofs.photographs import photograph
from reconcile.handler import Paused
from reconcile.walk import Cursor, Part

__all__ = ["OPERATIONS", "Bench", "Function", "Operation", "Prepared"]

Function = Literal["resize", "rekognition", "notify", "retire", "reconcile"]

_numbers = count(1)


_FAILED = '"message":"failed"'
_LATE_LINES = 25
"""How often the lines of a failed call are looked for again."""


@dataclass(frozen=True)
class Prepared:
    """Everything is in place for one call: the event, and whether its work was done."""

    event: Event | Paused
    done: Callable[[], bool]


@dataclass(frozen=True)
class Bench:
    """A running stack whose functions are called by hand."""

    stack: RunningStack
    picture: bytes = field(default_factory=lambda: photograph(1), repr=False)

    def call(self, function: Function, *events: Event | Paused) -> str | None:
        """Hand the events to the function in one batch; answers the log of a failure, if any."""
        began = int(time.time() * 1000)
        answer = self._invoke(function, [_record(event) for event in events])
        if "FunctionError" not in answer and not answer["batchItemFailures"]:
            return None
        lines = self._logged(function, began)
        for _ in range(_LATE_LINES):
            if any(_FAILED in line for line in lines):
                break
            # The local AWS may log a call's last lines with the next one: an empty batch does.
            time.sleep(0.2)
            self._invoke(function, [])
            lines = self._logged(function, began)
        return "\n".join([json.dumps(answer), *lines])

    def _invoke(self, function: Function, records: list[dict[str, Any]]) -> dict[str, Any]:
        answer = self.stack.aws.client("lambda").invoke(
            FunctionName=self.stack.outputs["functions"][function],
            Payload=json.dumps({"Records": records}),
        )
        body: dict[str, Any] = json.loads(answer["Payload"].read() or "{}")
        return body | ({"FunctionError": "yes"} if "FunctionError" in answer else {})

    def _logged(self, function: Function, since: int) -> list[str]:
        pages = (
            self.stack.aws.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=self.stack.outputs["logs"][function], startTime=since)
        )
        return [line["message"] for page in pages for line in page["events"]]

    def upload(self, key: str, owner: str = "owner@example.org") -> Original:
        """Put the picture there; the original as S3 announces it, with its version."""
        put = self.stack.aws.client("s3").put_object(
            Bucket=self.originals, Key=key, Body=self.picture, Metadata={"owner": owner}
        )
        return Original(
            bucket=self.originals,
            key=key,
            sequencer=sequencer(),
            etag=put["ETag"].strip('"'),
            bytes=len(self.picture),
            version_id=put["VersionId"],
        )

    def delete(self, key: str, version_id: str | None = None) -> tuple[Original, str | None]:
        """Delete a version, or put a delete marker; as announced, and the marker's version."""
        which = {"VersionId": version_id} if version_id else {}
        deleted = self.stack.aws.client("s3").delete_object(Bucket=self.originals, Key=key, **which)
        told = Original(bucket=self.originals, key=key, sequencer=sequencer())
        return told, deleted.get("VersionId")

    def process(self, original: Original) -> Item:
        """Have the picture rendered and analysed; its item, which is then ready."""
        for function in ("resize", "rekognition"):
            if log := self.call(function, ObjectCreated(original=original)):
                raise RuntimeError(f"{function} could not prepare {original.key}: {log}")
        item = self.item(original.key)
        if item is None or item.status != "ready":
            raise RuntimeError(f"{original.key} is {item and item.status}, not ready")
        return item

    def item(self, key: str) -> Item | None:
        """What the catalog holds of the key."""
        answer = self.stack.aws.client("dynamodb").get_item(
            TableName=self.stack.outputs["catalog"],
            Key={"image_id": {"S": image_id(key)}},
            ConsistentRead=True,
        )
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def status(self, key: str) -> str | None:
        """The status the catalog shows for the key."""
        item = self.item(key)
        return item.status if item else None

    def files(self, prefix: str) -> int:
        """How many renditions lie under a prefix."""
        found = self.stack.aws.client("s3").list_objects_v2(
            Bucket=self.stack.outputs["renditions"], Prefix=prefix
        )
        return int(found["KeyCount"])

    def heard(self, key: str, type_: str) -> bool:
        """Whether an event of the type about the key crosses a bus within a minute."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(e.type == type_ for e in Journal(self.stack.journal).events(key)):
                return True
            time.sleep(0.1)
        return False

    @property
    def originals(self) -> str:
        """The bucket of the uploads."""
        return str(self.stack.outputs["originals"])


def sequencer() -> str:
    """Later than every one before."""
    return f"{next(_numbers):018X}"


def _record(event: Event | Paused) -> dict[str, Any]:
    """One message of a queue, as Lambda's event source mapping hands it over."""
    if isinstance(event, ObjectCreated | ObjectDeleted):
        detail: dict[str, Any] = {
            "bucket": {"name": event.original.bucket},
            "object": {
                "key": event.original.key,
                "sequencer": event.original.sequencer,
                "etag": event.original.etag,
                "size": event.original.bytes,
                "version-id": event.original.version_id or "",
            },
        }
    else:
        detail = event.detail()
    body = {
        "source": SOURCE if isinstance(event, Paused) else event.source,
        "detail-type": event.detail_type,
        "time": datetime.now(UTC).isoformat(),
        "detail": detail,
    }
    return {
        "messageId": sequencer() if isinstance(event, Paused) else event.original.sequencer,
        "receiptHandle": "none",
        "body": json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "0",
            "SenderId": "test",
            "ApproximateFirstReceiveTimestamp": "0",
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:by-hand",
        "awsRegion": "eu-west-1",
    }


@dataclass(frozen=True)
class Operation:
    """One thing that a function is there for, by the name the report gives it."""

    name: str
    function: Function
    prepare: Callable[[Bench, str], Prepared]


def _created(bench: Bench, key: str, done: Callable[[Item], object]) -> Prepared:
    def is_done() -> bool:
        item = bench.item(key)
        return item is not None and bool(done(item))

    return Prepared(ObjectCreated(original=bench.upload(key)), is_done)


def _resize(bench: Bench, key: str) -> Prepared:
    """Analysed already, so that the renditions make the picture ready, which is to be said."""
    prepared = _created(bench, key, lambda item: item.status == "ready")
    if log := bench.call("rekognition", prepared.event):
        raise RuntimeError(f"rekognition could not prepare {key}: {log}")
    return prepared


def _analyse(bench: Bench, key: str) -> Prepared:
    return _created(bench, key, lambda item: item.verdict)


def _vanished(bench: Bench, key: str) -> Prepared:
    original = bench.upload(key)
    bench.delete(key, original.version_id)
    return Prepared(ObjectCreated(original=original), lambda: bench.status(key) == "deleted")


def _tell(bench: Bench, key: str) -> Prepared:
    item = bench.process(bench.upload(key))

    def done() -> bool:
        now = bench.item(key)
        return now is not None and (now.notices or {}).get("ready", {}).get("state") == "sent"

    return Prepared(ImageReady(original=item.original, renditions=item.renditions or {}), done)


def _retire(bench: Bench, key: str) -> Prepared:
    item = bench.process(bench.upload(key))
    told, _ = bench.delete(key)

    def done() -> bool:
        return bench.status(key) == "deleted" and bench.files(f"i/{item.image_id}/") == 0

    return Prepared(ObjectDeleted(original=told, at=datetime.now(UTC)), done)


def _overwrite(bench: Bench, key: str) -> Prepared:
    first = bench.process(bench.upload(key))
    second = bench.process(bench.upload(key))
    if first.content is None or first.content not in second.obsolete:
        raise RuntimeError(f"the first version's files of {key} must be obsolete")
    old = f"i/{first.image_id}/{first.content}/"

    def done() -> bool:
        kept = bench.files(f"i/{second.image_id}/{second.content}/")
        item = bench.item(key)
        return bench.files(old) == 0 and kept > 0 and item is not None and not item.obsolete

    event = RenditionsObsolete(original=second.original, contents=[first.content])
    return Prepared(event, done)


def _undelete(bench: Bench, key: str) -> Prepared:
    bench.process(bench.upload(key))
    told, marker = bench.delete(key)
    if log := bench.call("retire", ObjectDeleted(original=told, at=datetime.now(UTC))):
        raise RuntimeError(f"retire could not prepare {key}: {log}")
    unmarked, _ = bench.delete(key, marker)
    # S3 gives times in whole seconds; the removal is later than what it shows again.
    at = datetime.now(UTC) + timedelta(seconds=1)
    return Prepared(
        ObjectDeleted(original=unmarked, at=at), lambda: bench.heard(key, "Image Restored")
    )


def _restore(bench: Bench, key: str) -> Prepared:
    """A picture that nobody announced, and after it one with which nothing is wrong."""
    item = bench.process(bench.upload(f"{key}-whole"))
    ready = ImageReady(original=item.original, renditions=item.renditions or {})
    if log := bench.call("notify", ready):
        raise RuntimeError(f"notify could not prepare {key}: {log}")
    bench.upload(key)
    return _paused("originals", key[:-1], lambda: bench.heard(key, "Image Restored"))


def _orphan(bench: Bench, key: str) -> Prepared:
    """A file that nobody knows."""
    folder = f"i/{image_id(key)}/{'0' * 16}/"
    bench.stack.aws.client("s3").put_object(
        Bucket=bench.stack.outputs["renditions"], Key=f"{folder}small.jpg", Body=b"lone"
    )
    return _paused("renditions", folder, lambda: bench.files(folder) == 0)


def _paused(part: Part, after: str, done: Callable[[], bool]) -> Prepared:
    """A run that goes on just before what was prepared, and repairs nothing that is prepared later:
    what was to be repaired may be done when a try fails, and its next try must find no other.

    S3 gives times in whole seconds, so whatever comes later waits for the next one.
    """
    now = datetime.now(UTC)
    before = now.replace(microsecond=0) + timedelta(seconds=1)
    time.sleep((before - now).total_seconds())
    return Prepared(Paused(Cursor(before=before, repairs=1, part=part, after=after)), done)


OPERATIONS: Sequence[Operation] = (
    Operation("make the renditions of an upload", "resize", _resize),
    Operation("find an upload gone", "resize", _vanished),
    Operation("analyse an upload", "rekognition", _analyse),
    Operation("find an upload gone", "rekognition", _vanished),
    Operation("tell that a picture is ready", "notify", _tell),
    Operation("retire a deleted picture", "retire", _retire),
    Operation("remove what a newer version replaced", "retire", _overwrite),
    Operation("bring an undeleted picture back", "retire", _undelete),
    Operation("find and announce what was lost", "reconcile", _restore),
    Operation("remove files that nobody knows", "reconcile", _orphan),
)
