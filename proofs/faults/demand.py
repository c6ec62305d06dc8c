"""The faults of sizes on demand: viewers wait for an answer, and no queue tries again.

They kill the only function of its kind, so nothing else runs beside them.
"""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product

import httpx

from pipeline.address import content_prefix
from proofs.faults.proxy import Effect, Fault
from proofs.faults.testbed import CONNECTION_SECONDS, STEP_SECONDS, Testbed, Trial
from reconcile.cursor import Cursor
from reconcile.handler import Paused

__all__ = ["SETTINGS", "calls_failing", "killed_after_claiming", "killed_after_writing"]

SETTINGS: Mapping[str, str] = {"onDemandDailyUsd": "1", "onDemandConcurrency": "6"}

_FUNCTION = "develop"
_ANSWERS = {200, 302, 404, 429, 503}
_KILLED = 502
"""What Lambda itself answers for a process that is gone."""

_CLAIM_SECONDS = 75.0
"""The claim of a function that was killed ends after a minute."""

# More than the SDK's four attempts; a fifth leaves one to the release of the claim.
_TIMES = 5
_CALLS = (
    *("dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"),
    *("s3:GetObject", "s3:PutObject"),
)
_LOSABLE = ("s3:PutObject", "dynamodb:UpdateItem")
_STEPS = (64, 96, 128, 160, 200, 240, 320, 400, 480, 640)


class _Shown:
    """A picture that is ready, and viewers who ask for sizes of it."""

    def __init__(self, testbed: Testbed, trial: Trial, status: str = "ready") -> None:
        self.testbed = testbed
        self.key = testbed.key(trial.name)
        trial.expect(self.key, status)
        testbed.upload(self.key)
        testbed.ready(self.key)
        item = testbed.item(self.key)
        if item is None or item.content is None:
            raise AssertionError(f"{self.key} must have renditions")
        self.prefix = content_prefix(item.image_id, item.content)
        self._sizes = product(_STEPS, _STEPS)

    def size(self) -> str:
        """An address that nobody has asked for yet."""
        width, height = next(self._sizes)
        return f"{width if width == height else f'{width}x{height}'},cover.jpg"

    def ask(self, size: str) -> int:
        """The status of a viewer's answer."""
        response = httpx.get(f"{self.testbed.stack.front}/{self.prefix}{size}", timeout=90)
        if response.status_code == 503 and "retry-after" not in response.headers:
            raise AssertionError(f"a 503 must have Retry-After, got {dict(response.headers)}")
        return response.status_code

    def answered(self, size: str) -> int:
        """The same, which must be one that viewers are promised."""
        status = self.ask(size)
        if status not in _ANSWERS:
            raise AssertionError(f"{size} must be answered by one of {_ANSWERS}, got {status}")
        return status

    def arrives(self, size: str) -> None:
        """Wait until a viewer gets it."""
        self.testbed.until(lambda: self.answered(size) == 200, size, _CLAIM_SECONDS)

    def files(self) -> set[str]:
        """Everything that is stored of the content."""
        found = self.testbed.stack.aws.client("s3").list_objects_v2(
            Bucket=self.testbed.stack.outputs["renditions"], Prefix=self.prefix
        )
        return {each["Key"] for each in found.get("Contents", [])}


def calls_failing(testbed: Testbed, trial: Trial) -> str:
    """Each call fails, and each that is made twice the second time alone."""
    shown, hit = _Shown(testbed, trial), 0
    failures = [
        *product(_CALLS, (Effect.THROTTLED, Effect.ERROR, Effect.DOWN), (0, 1), (_TIMES,)),
        *product(_LOSABLE, (Effect.LOST,), (0,), (1,)),
    ]
    for name, effect, after, times in failures:
        size = shown.size()
        fault = Fault((name,), effect, function=_FUNCTION, times=times, after=after)
        with testbed.proxy.failing(fault):
            shown.answered(size)
        hit += fault.hit
        shown.arrives(size)
    return f"{hit} calls; every request was answered, and the next one got its picture"


def killed_after_claiming(testbed: Testbed, trial: Trial) -> str:
    """Nobody else makes the file until the claim has ended."""
    shown = _Shown(testbed, trial)
    size = shown.size()
    with ThreadPoolExecutor(1) as viewer:
        fault = Fault(("s3:GetObject",), Effect.HELD, function=_FUNCTION)
        done = testbed.kill_during(fault, _FUNCTION, partial(viewer.submit, shown.ask, size))
    began = time.monotonic()
    shown.arrives(size)
    return f"{done}; others waited for {time.monotonic() - began:.0f} s"


def killed_after_writing(testbed: Testbed, trial: Trial) -> str:
    """The picture is deleted during the making, and the file written after `retire` has cleaned."""
    shown = _Shown(testbed, trial, "deleted")
    size = shown.size()
    writing = Fault(("s3:PutObject",), Effect.HELD, function=_FUNCTION)
    looking = Fault(("dynamodb:GetItem",), Effect.HELD, function=_FUNCTION, after=1)
    with (
        ThreadPoolExecutor(1) as viewer,
        testbed.proxy.failing(looking),
        testbed.proxy.failing(writing),
    ):
        asked = viewer.submit(shown.ask, size)
        testbed.until(writing.reached.is_set, "the write")
        testbed.delete(shown.key)
        testbed.until(lambda: not shown.files(), "the removal")
        writing.lifted.set()
        testbed.until(looking.reached.is_set, "the second look")
        killed = testbed.kill(_FUNCTION)
        time.sleep(CONNECTION_SECONDS)
        looking.lifted.set()
        status = asked.result()
    if status not in {*_ANSWERS, _KILLED}:
        raise AssertionError(f"the viewer must get {_KILLED}, got {status}")
    if shown.files() != {f"{shown.prefix}{size}"}:
        raise AssertionError(f"the file must be left, got {shown.files()}")
    cursor = Cursor(before=datetime.now(UTC) + timedelta(seconds=5), repairs=10)
    walk = Paused(cursor)
    testbed.stack.aws.client("sqs").send_message(
        QueueUrl=testbed.stack.outputs["queues"]["reconcile"],
        MessageBody=json.dumps({"detail-type": walk.detail_type, "detail": walk.detail()}),
    )
    testbed.until(lambda: not shown.files(), "reconcile's repair", STEP_SECONDS)
    if (status := shown.answered(size)) != 404:
        raise AssertionError(f"a deleted picture must be missing, got {status}")
    return f"{killed} of its processes; reconcile removed the file"
