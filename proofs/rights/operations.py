"""The work that each function is invoked for while a right is missing.

The queues are disconnected, so that nothing works but the invocation under test: a function is
invoked with the batch that its queue would deliver, and returns which message failed. The API is
invoked with a request as its gateway would forward it; what it has signed is then sent to S3.
`admit` gets what its state machine would call it with, and `develop` a request at its address.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from itertools import count, takewhile
from pathlib import Path
from typing import Any, Literal, TypeAlias
from uuid import uuid4

import httpx

from aws.clients import Connection, connect
from aws.dynamodb import DynamoTable, from_attributes
from aws.dynamodb_likeness import DynamoLooks
from aws.dynamodb_vectors import DynamoVectors
from local.aws import ACCESS_KEY, SECRET_KEY
from local.journal import Journal
from local.state import RunningStack
from pipeline.address import UploadKey, content_prefix
from pipeline.catalog import Catalog
from pipeline.clock import utc
from pipeline.events import (
    SOURCE,
    Event,
    ImageReady,
    ImageRestored,
    Lane,
    ObjectCreated,
    ObjectDeleted,
    RenditionsObsolete,
)
from pipeline.item import Item
from pipeline.lifecycle import Deleted
from pipeline.likeness import Listed, Look, Shelves
from pipeline.original import Original, image_id
from pipeline.spending import BudgetRaised, day_of
from pipeline.stage_run import VISIBLE_AFTER
from pipeline.vectors import SIZE, AllVectors, Placed, Vector
from proofs.gateway import request_event
from proofs.photographs import flat, photograph
from reconcile.cursor import Cursor, Part
from reconcile.handler import Paused

__all__ = ["OPERATIONS", "Caller", "Function", "Operation", "Prepared"]

Function = Literal[
    "resize", "rekognition", "notify", "retire", "reconcile", "budget", "admit", "api", "develop"
]

Signal: TypeAlias = Paused | BudgetRaised
"""An event about the pipeline itself."""

_numbers = count(1)

_FAILED = '"message":"failed"'
_LATE_LINES = 25
"""How often the log is read again for the lines of a failure."""


@dataclass(frozen=True)
class Request:
    """A request to the API as the gateway hands it over, by a reviewer with the id `caller`."""

    method: str
    path: str
    caller: str
    body: Any = None
    signed: Callable[[Any], Mapping[str, Any]] | None = None
    """The request to S3 that is in the response's body, which the client then sends."""

    def event(self) -> dict[str, Any]:
        """The event that the function gets."""
        return request_event(
            self.method, self.path, caller=self.caller, groups="reviewers", body=self.body
        )


@dataclass(frozen=True)
class Call:
    """What a state machine calls a function with, made when it does."""

    payload: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Prepared:
    """Everything is ready for one invocation: its event, and a check whether its work was done."""

    event: Event | Signal | Request | Call
    done: Callable[[], bool]
    again: Event | Call | None = None
    """What is sent once the right is back; nothing means the same event."""


@dataclass(frozen=True)
class Caller:
    """A running stack whose functions are invoked directly."""

    stack: RunningStack
    picture: bytes = field(default_factory=lambda: photograph(1), repr=False)
    dark: bytes = field(default_factory=lambda: flat(0), repr=False)
    """Another one, which the policy holds."""

    def call(self, function: Function, event: Event | Signal | Request | Call) -> str | None:
        """Invoke the function with the event; returns the log if it failed."""
        began = int(time.time() * 1000)
        if isinstance(event, Call):
            # What a state machine gets of an error names it: no need to look into the log.
            answer = self._invoke(function, event.payload())
            if answer.get("statusCode", 200) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return self._failure(function, answer, began, until='"message":"not answered"')
            return json.dumps(answer) if "FunctionError" in answer else None
        if isinstance(event, Request):
            return self._ask(event, began)
        answer = self._invoke(function, {"Records": [_record(event)]})
        if "FunctionError" not in answer and not answer["batchItemFailures"]:
            return None
        return self._failure(function, answer, began)

    def ask(self, request: Request) -> Any:
        """The body of the API's response."""
        answer = self._invoke("api", request.event())
        if answer["statusCode"] >= HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{request.path} could not be prepared: {answer}")
        return json.loads(answer["body"] or "null")

    def _ask(self, request: Request, began: int) -> str | None:
        answer = self._invoke("api", request.event())
        if answer.get("statusCode", 500) >= HTTPStatus.BAD_REQUEST:
            return self._failure("api", answer, began)
        if request.signed is None:
            return None
        sent = httpx.request(**request.signed(json.loads(answer["body"])), trust_env=False)
        return sent.text or str(sent.status_code) if sent.is_error else None

    def _failure(
        self, function: Function, answer: dict[str, Any], began: int, *, until: str = _FAILED
    ) -> str:
        """The response and the log of the invocation that failed."""
        return f"{json.dumps(answer)}\n{self.log(function, began, until=until)}"

    def restart(self, function: Function) -> None:
        """Have the next invocation load the function anew."""
        client, name = self.stack.aws.client("lambda"), self.stack.outputs["functions"][function]
        made = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**made, "RESTARTED": str(uuid4())}}
        )

    def log(self, function: Function, since: int, *, until: str) -> str:
        """The function's log since a time in milliseconds, waited for until it has this text."""
        lines = self._log_lines(function, since)
        for _ in range(_LATE_LINES):
            if any(until in line for line in lines):
                break
            # The local AWS may log the last lines with the next invocation, such as an empty batch.
            time.sleep(0.2)
            self._invoke(function, {"Records": []})
            lines = self._log_lines(function, since)
        return "\n".join(lines)

    def _invoke(self, function: Function, payload: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.stack.aws.client("lambda").invoke(
            FunctionName=self.stack.outputs["functions"][function],
            Payload=json.dumps(payload),
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

    def upload(self, key: str, *, dark: bool = False, as_of: str | None = None) -> Original:
        """Upload the picture; returns the original as S3's event describes it.

        Its bytes are those of no other key but `as_of`: Rekognition is not asked twice about them.
        """
        data = (self.dark if dark else self.picture) + (as_of or key).encode()
        put = self.stack.aws.client("s3").put_object(
            Bucket=self.originals, Key=key, Body=data, Metadata={"owner": "owner@example.org"}
        )
        return Original(
            bucket=self.originals,
            key=key,
            sequencer=sequencer(),
            etag=put["ETag"].strip('"'),
            bytes=len(data),
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

    def process(self, original: Original, status: str = "ready") -> Item:
        """Have the picture rendered and analysed; returns its item, which has the status."""
        for function in ("resize", "rekognition"):
            if log := self.call(function, ObjectCreated(original=original)):
                raise RuntimeError(f"{function} could not prepare {original.key}: {log}")
        item = self.item(original.key)
        if item is None or item.status != status:
            raise RuntimeError(f"{original.key} is {item and item.status}, not {status}")
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

    def previews(self, item: Item) -> int:
        """The number of private previews of a picture."""
        found = self.stack.aws.client("s3").list_objects_v2(
            Bucket=self.stack.outputs["previews"], Prefix=f"previews/{item.image_id}/"
        )
        return int(found["KeyCount"])

    def uploaded(self, whose: str) -> int:
        """The number of originals of an owner, or under a key."""
        prefix = whose if whose.startswith("uploads/") else f"uploads/{whose}/"
        found = self.stack.aws.client("s3").list_objects_v2(Bucket=self.originals, Prefix=prefix)
        return int(found["KeyCount"])

    def unfinished(self, owner: str) -> int:
        """The number of an owner's uploads in parts."""
        found = self.stack.aws.client("s3").list_multipart_uploads(
            Bucket=self.originals, Prefix=f"uploads/{owner}/"
        )
        return len(found.get("Uploads", []))

    def published(self, key: str, type_: str, lane: Lane = "live") -> bool:
        """Whether an event of this type about the key is published on the lane within a minute."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            heard = Journal(self.stack.journal).events(key)
            if any(each.type == type_ and each.detail["lane"] == lane for each in heard):
                return True
            time.sleep(0.1)
        return False

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog, written to with every right."""
        self._connect()
        return Catalog(DynamoTable(self.stack.outputs["catalog"]), utc)

    @cached_property
    def looks(self) -> DynamoLooks:
        """The looks, written to with every right."""
        self._connect()
        return DynamoLooks(self.stack.outputs["likeness"])

    def listed(self, owner: str, image: str) -> bool:
        """Whether a look of the picture is listed."""
        return image in {each.image_id for each in self.looks.of(owner)}

    @cached_property
    def vectors(self) -> DynamoVectors:
        """The vectors, written to with every right."""
        self._connect()
        return DynamoVectors(self.stack.outputs["vectors"], self.stack.outputs["embedding"])

    def placed(self, image: str) -> int:
        """The number of vectors of a picture."""
        found = self.stack.aws.client("dynamodb").query(
            TableName=self.stack.outputs["vectors"],
            KeyConditionExpression="image_id = :image",
            ExpressionAttributeValues={":image": {"S": image}},
            ConsistentRead=True,
        )
        return int(found["Count"])

    def _connect(self) -> None:
        aws = self.stack.aws
        connect(
            Connection(
                endpoint=aws.endpoint,
                region=aws.region,
                access_key=ACCESS_KEY,
                secret_key=SECRET_KEY,
            )
        )

    @property
    def resumed(self) -> bool:
        """Whether no pause is noted, and messages reach the functions that a pause stops."""
        aws, names = self.stack.aws, self.stack.outputs["functions"]
        noted = aws.client("dynamodb").get_item(
            TableName=self.stack.outputs["spending"],
            Key={"day": {"S": "pause"}, "part": {"S": "pause"}},
            ConsistentRead=True,
        )
        feeds = [
            feed
            for name in ("rekognition", "resize")
            for feed in aws.client("lambda").list_event_source_mappings(FunctionName=names[name])[
                "EventSourceMappings"
            ]
        ]
        return "Item" not in noted and [each["State"] for each in feeds] == ["Enabled"] * 4

    @property
    def originals(self) -> str:
        """The bucket of the uploads."""
        return str(self.stack.outputs["originals"])


def sequencer() -> str:
    """A sequencer later than every one before."""
    return f"{next(_numbers):018X}"


def _published_at(event: Event | Signal) -> datetime | None:
    return event.at if isinstance(event, Event) else None


def _record(event: Event | Signal) -> dict[str, Any]:
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
        "source": event.source if isinstance(event, Event) else SOURCE,
        "detail-type": event.detail_type,
        "time": (_published_at(event) or datetime.now(UTC)).isoformat(),
        "detail": detail,
    }
    return {
        "messageId": event.original.sequencer if isinstance(event, Event) else sequencer(),
        "receiptHandle": "none",
        "body": json.dumps(body),
        "attributes": {
            # `budget` notes a pause in its second attempt: the first may have died after one.
            "ApproximateReceiveCount": "2" if isinstance(event, BudgetRaised) else "1",
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
    only: frozenset[str] = frozenset()
    """The actions that it is tried without; all that the function has, if there are none here."""
    on: str = ""
    """The one resource whose rights it is tried without; empty for all. A walk through a table
    finds what an untried operation has left there before it finds its own, and repairs that."""
    reports: str = ""
    """What the log has of a loss that the function does without; empty if it fails then."""


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


def _analyse_known(caller: Caller, key: str) -> Prepared:
    """Bytes that were analysed before, under another key."""
    known = f"{key}-before"
    caller.process(caller.upload(known))

    def done() -> bool:
        item = caller.item(key)
        return item is not None and bool(item.saved)

    return Prepared(ObjectCreated(original=caller.upload(key, as_of=known)), done)


def _describe(caller: Caller, key: str) -> Prepared:
    """No description is worth another attempt, but the picture can be analysed again."""
    original = caller.upload(key)

    def done() -> bool:
        item = caller.item(key)
        return item is not None and bool(item.caption)

    again = ImageRestored(original=original, stale=["analysis"])
    return Prepared(ObjectCreated(original=original), done, again)


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


def _notify_person(caller: Caller, key: str) -> Prepared:
    """A picture that a person uploaded through the API, whose address is in the pool alone."""
    return _notify(
        caller, str(UploadKey(owner_id=str(uuid4()), upload_id=str(uuid4()), name=Path(key).name))
    )


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


def _stray(caller: Caller, key: str) -> Prepared:
    """A private preview without an item."""
    folder, bucket = f"previews/{image_id(key)}/", caller.stack.outputs["previews"]
    s3 = caller.stack.aws.client("s3")
    s3.put_object(Bucket=bucket, Key=f"{folder}{'0' * 16}.jpg", Body=b"stray")

    def done() -> bool:
        return int(s3.list_objects_v2(Bucket=bucket, Prefix=folder)["KeyCount"]) == 0

    return _paused("previews", folder, done)


def _unclaimed(caller: Caller, key: str) -> Prepared:
    """A look without an item."""
    image = image_id(key)
    listed = Listed(image_id=image, content="0" * 16, look=Look(dhash=1, phash=2))
    caller.looks.add("none", listed, at=utc())
    before = _place_before(caller.looks, image)
    return _paused("likeness", before, lambda: not caller.listed("none", image))


def _adrift(caller: Caller, key: str) -> Prepared:
    """A vector without an item."""
    image = image_id(key)
    vector = Vector.of([1.0, *[0.0] * (SIZE - 1)])
    lone = Placed(image_id=image, content="0" * 16, owner="none", shown=True, vector=vector)
    caller.vectors.put(lone, at=utc())
    before = _place_before(caller.vectors, image)
    return _paused("vectors", before, lambda: not caller.placed(image))


def _place_before(shelves: Shelves | AllVectors, image: str) -> str:
    """The place after which a walk meets this picture first: it has one repair, and other trials
    leave things to repair in the table meanwhile."""
    earlier = [each.place for each in takewhile(lambda at: at.image_id != image, shelves.after(""))]
    return earlier[-1] if earlier else ""


def _unplaced(caller: Caller, key: str) -> Prepared:
    """A picture whose vector was lost."""
    item = caller.process(caller.upload(key))
    caller.vectors.remove(item.image_id)
    event = ImageRestored(original=item.original, stale=["vectors"])
    return Prepared(event, lambda: caller.placed(item.image_id) == 1)


def _paused(part: Part, after: str, done: Callable[[], bool]) -> Prepared:
    """A run that continues just before what was prepared, and ignores what is prepared later.

    A failed attempt may have made its repair, and the next must not find another one to make. S3's
    times are whole seconds, so later preparations wait for the next second.
    """
    now = datetime.now(UTC)
    before = now.replace(microsecond=0) + timedelta(seconds=1)
    time.sleep((before - now).total_seconds())
    return Prepared(Paused(Cursor(before=before, repairs=1, part=part, after=after)), done)


def _hold(caller: Caller, key: str) -> Prepared:
    """One that the policy holds, so that it gets a preview."""
    original = caller.upload(key, dark=True)

    def done() -> bool:
        item = caller.item(key)
        return item is not None and item.status == "held" and caller.previews(item) > 0

    return Prepared(ObjectCreated(original=original), done)


def _retire_held(caller: Caller, key: str) -> Prepared:
    item = caller.process(caller.upload(key, dark=True), "held")
    deleted, _ = caller.delete(key)

    def done() -> bool:
        return caller.status(key) == "deleted" and caller.previews(item) == 0

    return Prepared(ObjectDeleted(original=deleted, at=datetime.now(UTC)), done)


def _resume(caller: Caller, _key: str) -> Prepared:
    return Prepared(BudgetRaised(day_of(utc())), lambda: caller.resumed)


def _admit(caller: Caller, key: str) -> Prepared:
    """An object that the catalog lacks, in a batch of one."""
    original = caller.upload(key)
    entry = {"Key": key, "Etag": f'"{original.etag}"', "Size": original.bytes, "LastModified": 0}
    given = {"backfill": key[8:], "since": "", "before": (utc() + timedelta(hours=1)).isoformat()}

    def done() -> bool:
        return caller.published(key, "Image Restored", "backfill")

    return Prepared(Call(lambda: {"BatchInput": given, "Items": [entry]}), done)


def _at_address(path: str) -> Call:
    """A request as Lambda has it of a function's address, in what `develop` reads."""
    return Call(lambda: {"rawPath": path, "requestContext": {"http": {"method": "GET"}}})


def _made(caller: Caller, key: str) -> Prepared:
    """A size of a picture that nobody foresaw."""
    made = f"{_content(caller, key)}640.jpg"
    return Prepared(_at_address(f"/{made}"), lambda: caller.files(made) == 1)


def _rendered_at_first(caller: Caller, key: str) -> Prepared:
    """By a function that has yet to read what renditions are made by."""
    prepared = _resize(caller, key)
    event = prepared.event
    assert isinstance(event, Event)

    def payload() -> Mapping[str, Any]:
        caller.restart("resize")
        return {"Records": [_record(event)]}

    return replace(prepared, event=Call(payload), again=event)


def _made_at_first(caller: Caller, key: str) -> Prepared:
    prepared = _made(caller, key)
    event = prepared.event
    assert isinstance(event, Call)

    def payload() -> Mapping[str, Any]:
        caller.restart("develop")
        return event.payload()

    return replace(prepared, event=Call(payload), again=event)


def _made_of_any_version(caller: Caller, key: str) -> Prepared:
    """The same of an original whose version nobody knows."""
    content = _content(caller, key)
    item = caller.item(key)
    if item:
        caller.catalog.table.put(
            replace(item, version_id=None, revision=item.revision + 1), replacing=item.revision
        )
    return Prepared(_at_address(f"/{content}640.jpg"), lambda: caller.files(content) > 0)


def _there_already(caller: Caller, key: str) -> Prepared:
    """A file that another request has made, while its claim holds."""
    content = _content(caller, key)
    s3 = caller.stack.aws.client("s3")
    [claims] = [
        each for each in caller.stack.named("aws:dynamodb/table:Table") if each.name == "claims"
    ]
    s3.put_object(
        Bucket=caller.stack.outputs["renditions"], Key=f"{content}640.jpg", Body=caller.picture
    )
    until = {"N": str(int((utc() + timedelta(hours=1)).timestamp() * 1000))}
    caller.stack.aws.client("dynamodb").put_item(
        TableName=claims.id, Item={"content": {"S": content}, "640.jpg": until}
    )
    return Prepared(_at_address(f"/{content}640.jpg"), lambda: True)


def _content(caller: Caller, key: str) -> str:
    """The prefix of the content that is shown of a picture, which is processed first."""
    item = caller.process(caller.upload(key))
    return content_prefix(item.image_id, str(item.content))


def _finish(caller: Caller, key: str) -> Prepared:
    sqs, urls = caller.stack.aws.client("sqs"), caller.stack.outputs["queues"]

    def finished() -> dict[str, str]:
        # Nobody takes what the trials before have left there.
        for name in ("rekognition-bulk", "resize-bulk", "notify-bulk"):
            sqs.purge_queue(QueueUrl=urls[name])
        return {"finished": key[8:]}

    return Prepared(Call(finished), lambda: True)


# Requests to the API


def _asked_who(_caller: Caller, _key: str) -> Prepared:
    return Prepared(Request("GET", "/api/me", str(uuid4())), lambda: True)


def _signed_upload(caller: Caller, _key: str) -> Prepared:
    owner = str(uuid4())
    data = caller.picture
    file = {"name": "a.jpg", "type": "image/jpeg", "bytes": len(data)}

    def put(body: Any) -> Mapping[str, Any]:
        [upload] = body["uploads"]
        return {name: upload[name] for name in ("method", "url", "headers")} | {"content": data}

    digest = hashlib.sha256(data).hexdigest()
    request = Request("POST", "/api/uploads", owner, {"files": [file | {"sha256": digest}]}, put)
    return Prepared(request, lambda: caller.uploaded(owner) > 0)


def _begun(caller: Caller) -> tuple[str, str]:
    """An upload in parts, and whose it is."""
    owner = str(uuid4())
    file = {"name": "a.jpg", "type": "image/jpeg", "bytes": 20_000_001}
    [upload] = caller.ask(Request("POST", "/api/uploads", owner, {"files": [file]}))["uploads"]
    return upload["id"], owner


def _arrived_parts(caller: Caller, _key: str) -> Prepared:
    image, owner = _begun(caller)
    return Prepared(Request("GET", f"/api/uploads/{image}/parts", owner), lambda: True)


def _aborted(caller: Caller, _key: str) -> Prepared:
    image, owner = _begun(caller)
    request = Request("POST", f"/api/uploads/{image}/abort", owner)
    return Prepared(request, lambda: caller.unfinished(owner) == 0)


def _downloaded(caller: Caller, key: str) -> Prepared:
    return _download(caller, caller.upload(key))


def _downloaded_without_version(caller: Caller, key: str) -> Prepared:
    """One that the catalog knows of by an event without a version."""
    return _download(caller, replace(caller.upload(key), version_id=None))


def _download(caller: Caller, original: Original) -> Prepared:
    item = caller.process(original)

    def get(body: Any) -> Mapping[str, Any]:
        return {"method": "GET", "url": body["url"]}

    request = Request("GET", f"/api/pictures/{item.image_id}/original", str(uuid4()), signed=get)
    return Prepared(request, lambda: True)


def _trashed(caller: Caller, key: str) -> Prepared:
    item = caller.process(caller.upload(key))
    request = Request("DELETE", f"/api/pictures/{item.image_id}", str(uuid4()))
    return Prepared(request, lambda: caller.uploaded(key) == 0)


def _purged(caller: Caller, key: str) -> Prepared:
    """A held one, whose preview `retire` has not removed yet."""
    item = caller.process(caller.upload(key, dark=True), "held")
    deleted, marker = caller.delete(key)
    caller.catalog.advance(Deleted(original=replace(deleted, version_id=marker)))
    request = Request("DELETE", f"/api/pictures/{item.image_id}/versions", str(uuid4()))

    def done() -> bool:
        now = caller.item(key)
        return now is not None and now.purged and caller.previews(item) == 0

    return Prepared(request, done)


def _purged_look(caller: Caller, key: str) -> Prepared:
    """One whose look and vector `retire` has not removed yet."""
    item = caller.process(caller.upload(key))
    deleted, marker = caller.delete(key)
    caller.catalog.advance(Deleted(original=replace(deleted, version_id=marker)))
    request = Request("DELETE", f"/api/pictures/{item.image_id}/versions", str(uuid4()))

    def done() -> bool:
        return not caller.listed("none", item.image_id) and not caller.placed(item.image_id)

    return Prepared(request, done)


def _searched(_caller: Caller, _key: str) -> Prepared:
    return Prepared(Request("GET", "/api/search?q=boat", str(uuid4())), lambda: True)


def _searched_by_example(caller: Caller, key: str) -> Prepared:
    item = caller.process(caller.upload(key))
    request = Request("GET", f"/api/search?like={item.image_id}", str(uuid4()))
    return Prepared(request, lambda: True)


def _reviewed(caller: Caller, key: str) -> Prepared:
    item = caller.process(caller.upload(key, dark=True), "held")

    def get(body: Any) -> Mapping[str, Any]:
        [preview] = [each["preview"] for each in body["pictures"] if each["id"] == item.image_id]
        return {"method": "GET", "url": preview}

    request = Request("GET", "/api/review?limit=100", str(uuid4()), signed=get)
    return Prepared(request, lambda: True)


def _approved(caller: Caller, key: str) -> Prepared:
    item = caller.process(caller.upload(key, dark=True), "held")
    verdict = {"id": item.image_id, "revision": item.revision, "decision": "approve"}
    request = Request("POST", "/api/verdicts", str(uuid4()), {"verdicts": [verdict]})
    return Prepared(request, lambda: caller.status(key) == "ready")


OPERATIONS: Sequence[Operation] = (
    Operation("make the renditions of an upload", "resize", _resize),
    Operation(
        "read the recipe before the first picture",
        "resize",
        _rendered_at_first,
        frozenset({"s3:GetObject"}),
        on="renditions/recipes/*",
    ),
    Operation("find an original deleted", "resize", _original_gone),
    Operation(
        "place a picture whose vector is missing",
        "resize",
        _unplaced,
        frozenset({"dynamodb:GetItem"}),
        on="vectors",
    ),
    Operation("analyse an upload", "rekognition", _analyse),
    Operation(
        "analyse known bytes",
        "rekognition",
        _analyse_known,
        frozenset({"dynamodb:Query", "dynamodb:BatchGetItem"}),
    ),
    Operation(
        "describe a picture",
        "rekognition",
        _describe,
        frozenset({"bedrock:InvokeModel"}),
        reports='"message":"not described"',
    ),
    Operation("find an original deleted", "rekognition", _original_gone),
    Operation("notify about a ready picture", "notify", _notify),
    Operation(
        "notify the person who uploaded",
        "notify",
        _notify_person,
        frozenset({"cognito-idp:ListUsers"}),
    ),
    Operation("retire a deleted picture", "retire", _retire),
    Operation("remove renditions that a newer version replaced", "retire", _overwrite),
    Operation("restore an undeleted picture", "retire", _undelete),
    Operation("find a lost event and restore the picture", "reconcile", _restore),
    Operation("remove files without an item", "reconcile", _orphan),
    Operation(
        "remove a preview without an item",
        "reconcile",
        _stray,
        frozenset({"s3:ListBucket", "s3:DeleteObject"}),
    ),
    Operation(
        "remove a look without an item",
        "reconcile",
        _unclaimed,
        frozenset({"dynamodb:Query", "dynamodb:DeleteItem"}),
        on="likeness",
    ),
    Operation(
        "remove a vector without an item",
        "reconcile",
        _adrift,
        frozenset({"dynamodb:Query", "dynamodb:DeleteItem"}),
        on="vectors",
    ),
    Operation("hold a picture", "rekognition", _hold, frozenset({"s3:PutObject"})),
    Operation("retire a held picture", "retire", _retire_held, frozenset({"s3:DeleteObject"})),
    Operation("pause and resume the queues", "budget", _resume),
    Operation("tell of a whole backfill", "admit", _finish, frozenset({"sns:Publish"})),
    Operation("admit an object of a backfill", "admit", _admit),
    Operation("make a size on demand", "develop", _made),
    Operation(
        "make one of an unknown version",
        "develop",
        _made_of_any_version,
        frozenset({"s3:GetObject"}),
    ),
    Operation(
        "read the recipe before the first rendition on demand",
        "develop",
        _made_at_first,
        frozenset({"s3:GetObject"}),
        on="renditions/recipes/*",
    ),
    Operation("answer with a file", "develop", _there_already, frozenset({"s3:GetObject"})),
    Operation("show the caller", "api", _asked_who, frozenset({"dynamodb:GetItem"})),
    Operation(
        "sign an upload",
        "api",
        _signed_upload,
        frozenset({"s3:PutObject", "dynamodb:GetItem", "dynamodb:PutItem"}),
    ),
    Operation(
        "find the parts of an upload",
        "api",
        _arrived_parts,
        frozenset({"s3:ListMultipartUploadParts"}),
    ),
    Operation(
        "give an upload up",
        "api",
        _aborted,
        frozenset({"s3:AbortMultipartUpload", "dynamodb:DeleteItem"}),
    ),
    Operation(
        "download an original",
        "api",
        _downloaded,
        frozenset({"s3:GetObjectVersion", "dynamodb:GetItem", "dynamodb:PutItem"}),
    ),
    Operation(
        "download an original of an unknown version",
        "api",
        _downloaded_without_version,
        frozenset({"s3:GetObject"}),
    ),
    Operation(
        "move a picture to the trash",
        "api",
        _trashed,
        frozenset({"s3:DeleteObject", "s3:ListBucketVersions"}),
    ),
    Operation(
        "delete a picture for good",
        "api",
        _purged,
        frozenset({"s3:DeleteObjectVersion", "s3:DeleteObject"}),
    ),
    Operation(
        "remove the look and the vector of a picture that is deleted for good",
        "api",
        _purged_look,
        frozenset({"dynamodb:Query", "dynamodb:DeleteItem"}),
    ),
    Operation(
        "search by words",
        "api",
        _searched,
        frozenset({"bedrock:InvokeModel", "dynamodb:SearchVectors"}),
    ),
    Operation("search by example", "api", _searched_by_example, frozenset({"dynamodb:GetItem"})),
    Operation(
        "show what waits for a verdict",
        "api",
        _reviewed,
        frozenset({"s3:GetObject", "dynamodb:Query", "dynamodb:BatchGetItem"}),
    ),
    Operation(
        "approve a picture",
        "api",
        _approved,
        frozenset({"dynamodb:PutItem", "events:PutEvents"}),
    ),
)
