"""The work that each function is invoked for while a right is missing.

The queues are disconnected, so that nothing works but the invocation under test: a function is
invoked with the batch that its queue would deliver, and returns which message failed.
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
from pipeline.stage_run import VISIBLE_AFTER
from proofs.photographs import photograph
from reconcile.handler import Paused
from reconcile.walk import Cursor, Part

__all__ = ["OPERATIONS", "Caller", "Function", "Operation", "Prepared"]

Function = Literal["resize", "rekognition", "notify", "retire", "reconcile"]

_numbers = count(1)


_FAILED = '"message":"failed"'
_LATE_LINES = 25
"""How often the log is read again for the lines of a failure."""


@dataclass(frozen=True)
class Prepared:
    """Everything is ready for one invocation: its event, and a check whether its work was done."""

    event: Event | Paused
    done: Callable[[], bool]


@dataclass(frozen=True)
class Caller:
    """A running stack whose functions are invoked directly."""

    stack: RunningStack
    picture: bytes = field(default_factory=lambda: photograph(1), repr=False)

    def call(self, function: Function, *events: Event | Paused) -> str | None:
        """Invoke the function with the events in one batch; returns the log if it failed."""
        began = int(time.time() * 1000)
        answer = self._invoke(function, [_record(event) for event in events])
        if "FunctionError" not in answer and not answer["batchItemFailures"]:
            return None
        lines = self._log_lines(function, began)
        for _ in range(_LATE_LINES):
            if any(_FAILED in line for line in lines):
                break
            # The local AWS may log the last lines with the next invocation, such as an empty batch.
            time.sleep(0.2)
            self._invoke(function, [])
            lines = self._log_lines(function, began)
        return "\n".join([json.dumps(answer), *lines])

    def _invoke(self, function: Function, records: list[dict[str, Any]]) -> dict[str, Any]:
        answer = self.stack.aws.client("lambda").invoke(
            FunctionName=self.stack.outputs["functions"][function],
            Payload=json.dumps({"Records": records}),
        )
        body: dict[str, Any] = json.loads(answer["Payload"].read() or "{}")
        return body | ({"FunctionError": "yes"} if "FunctionError" in answer else {})

    def _log_lines(self, function: Function, since: int) -> list[str]:
        pages = (
            self.stack.aws.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=self.stack.outputs["logs"][function], startTime=since)
        )
        return [line["message"] for page in pages for line in page["events"]]

    def upload(self, key: str, owner: str = "owner@example.org") -> Original:
        """Upload the picture; returns the original as S3's event describes it."""
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
        """Delete a version, or add a delete marker.

        Returns the original as S3's event describes it, and the marker's version.
        """
        which = {"VersionId": version_id} if version_id else {}
        answer = self.stack.aws.client("s3").delete_object(Bucket=self.originals, Key=key, **which)
        deleted = Original(bucket=self.originals, key=key, sequencer=sequencer())
        return deleted, answer.get("VersionId")

    def process(self, original: Original) -> Item:
        """Have the picture rendered and analysed; returns its item, which is then ready."""
        for function in ("resize", "rekognition"):
            if log := self.call(function, ObjectCreated(original=original)):
                raise RuntimeError(f"{function} could not prepare {original.key}: {log}")
        item = self.item(original.key)
        if item is None or item.status != "ready":
            raise RuntimeError(f"{original.key} is {item and item.status}, not ready")
        return item

    def item(self, key: str) -> Item | None:
        """The item of the key."""
        answer = self.stack.aws.client("dynamodb").get_item(
            TableName=self.stack.outputs["catalog"],
            Key={"image_id": {"S": image_id(key)}},
            ConsistentRead=True,
        )
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def status(self, key: str) -> str | None:
        """The status of the key."""
        item = self.item(key)
        return item.status if item else None

    def files(self, prefix: str) -> int:
        """The number of renditions under a prefix."""
        found = self.stack.aws.client("s3").list_objects_v2(
            Bucket=self.stack.outputs["renditions"], Prefix=prefix
        )
        return int(found["KeyCount"])

    def published(self, key: str, type_: str) -> bool:
        """Whether an event of this type about the key is published within a minute."""
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
    """A sequencer later than every one before."""
    return f"{next(_numbers):018X}"


def _published_at(event: Event | Paused) -> datetime | None:
    return None if isinstance(event, Paused) else event.at


def _record(event: Event | Paused) -> dict[str, Any]:
    """One message of a queue, as Lambda's event source mapping delivers it."""
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
        "time": (_published_at(event) or datetime.now(UTC)).isoformat(),
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
        "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:direct",
        "awsRegion": "eu-west-1",
    }


@dataclass(frozen=True)
class Operation:
    """One purpose of a function; the report calls it by this name."""

    name: str
    function: Function
    prepare: Callable[[Caller, str], Prepared]


def _created(caller: Caller, key: str, done: Callable[[Item], object]) -> Prepared:
    def is_done() -> bool:
        item = caller.item(key)
        return item is not None and bool(done(item))

    return Prepared(ObjectCreated(original=caller.upload(key)), is_done)


def _resize(caller: Caller, key: str) -> Prepared:
    """Analysed already, so that the renditions make the picture ready, which must be published."""
    prepared = _created(caller, key, lambda item: item.status == "ready")
    if log := caller.call("rekognition", prepared.event):
        raise RuntimeError(f"rekognition could not prepare {key}: {log}")
    return prepared


def _analyse(caller: Caller, key: str) -> Prepared:
    return _created(caller, key, lambda item: item.verdict)


def _original_gone(caller: Caller, key: str) -> Prepared:
    original = caller.upload(key)
    caller.delete(key, original.version_id)
    # Younger events are retried, as S3 may not show a new object yet.
    at = datetime.now(UTC) - 2 * VISIBLE_AFTER
    return Prepared(
        ObjectCreated(original=original, at=at), lambda: caller.status(key) == "deleted"
    )


def _notify(caller: Caller, key: str) -> Prepared:
    item = caller.process(caller.upload(key))

    def done() -> bool:
        now = caller.item(key)
        return now is not None and (now.notices or {}).get("ready", {}).get("state") == "sent"

    return Prepared(ImageReady(original=item.original, renditions=item.renditions or {}), done)


def _retire(caller: Caller, key: str) -> Prepared:
    item = caller.process(caller.upload(key))
    deleted, _ = caller.delete(key)

    def done() -> bool:
        return caller.status(key) == "deleted" and caller.files(f"i/{item.image_id}/") == 0

    return Prepared(ObjectDeleted(original=deleted, at=datetime.now(UTC)), done)


def _overwrite(caller: Caller, key: str) -> Prepared:
    first = caller.process(caller.upload(key))
    second = caller.process(caller.upload(key))
    if first.content is None or first.content not in second.obsolete:
        raise RuntimeError(f"the first version's files of {key} must be obsolete")
    old = f"i/{first.image_id}/{first.content}/"

    def done() -> bool:
        kept = caller.files(f"i/{second.image_id}/{second.content}/")
        item = caller.item(key)
        return caller.files(old) == 0 and kept > 0 and item is not None and not item.obsolete

    event = RenditionsObsolete(original=second.original, contents=[first.content])
    return Prepared(event, done)


def _undelete(caller: Caller, key: str) -> Prepared:
    caller.process(caller.upload(key))
    deleted, marker = caller.delete(key)
    if log := caller.call("retire", ObjectDeleted(original=deleted, at=datetime.now(UTC))):
        raise RuntimeError(f"retire could not prepare {key}: {log}")
    unmarked, _ = caller.delete(key, marker)
    # S3 gives times in whole seconds; the removal is later than what it shows again.
    at = datetime.now(UTC) + timedelta(seconds=1)
    return Prepared(
        ObjectDeleted(original=unmarked, at=at), lambda: caller.published(key, "Image Restored")
    )


def _restore(caller: Caller, key: str) -> Prepared:
    """A picture whose event was lost, and after it one that is in order."""
    item = caller.process(caller.upload(f"{key}-whole"))
    ready = ImageReady(original=item.original, renditions=item.renditions or {})
    if log := caller.call("notify", ready):
        raise RuntimeError(f"notify could not prepare {key}: {log}")
    caller.upload(key)
    return _paused("originals", key[:-1], lambda: caller.published(key, "Image Restored"))


def _orphan(caller: Caller, key: str) -> Prepared:
    """A file without an item."""
    folder = f"i/{image_id(key)}/{'0' * 16}/"
    caller.stack.aws.client("s3").put_object(
        Bucket=caller.stack.outputs["renditions"], Key=f"{folder}small.jpg", Body=b"orphaned"
    )
    return _paused("renditions", folder, lambda: caller.files(folder) == 0)


def _paused(part: Part, after: str, done: Callable[[], bool]) -> Prepared:
    """A run that continues just before what was prepared, and ignores what is prepared later.

    A failed attempt may have made its repair, and the next must not find another one to make. S3's
    times are whole seconds, so later preparations wait for the next second.
    """
    now = datetime.now(UTC)
    before = now.replace(microsecond=0) + timedelta(seconds=1)
    time.sleep((before - now).total_seconds())
    return Prepared(Paused(Cursor(before=before, repairs=1, part=part, after=after)), done)


OPERATIONS: Sequence[Operation] = (
    Operation("make the renditions of an upload", "resize", _resize),
    Operation("find an original deleted", "resize", _original_gone),
    Operation("analyse an upload", "rekognition", _analyse),
    Operation("find an original deleted", "rekognition", _original_gone),
    Operation("notify about a ready picture", "notify", _notify),
    Operation("retire a deleted picture", "retire", _retire),
    Operation("remove renditions that a newer version replaced", "retire", _overwrite),
    Operation("restore an undeleted picture", "retire", _undelete),
    Operation("find a lost event and restore the picture", "reconcile", _restore),
    Operation("remove files without an item", "reconcile", _orphan),
)
