"""The faults: what each does to the running stack, and the expected end of its pictures.

A case injects its fault, records the expected end of each picture in its trial, and returns a short
description of what it did. It returns once the fault is over; the audit checks the recovery.
"""

import contextlib
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pipeline.original import image_id
from proofs.faults import demand, operators
from proofs.faults.proxy import Effect, Fault
from proofs.faults.testbed import STEP_SECONDS, VISIBILITY_SECONDS, Testbed, Trial
from proofs.photographs import broken, photograph
from reconcile.cursor import Cursor
from reconcile.handler import Paused

__all__ = ["Case", "Size", "groups"]

RESIZE_TIMEOUT_SECONDS = 9
"""The timeout of `resize` in the case that exceeds it, just before its message is visible again; 60
as deployed."""

EARLY_SECONDS = 5
"""The visibility timeout of `resize` in the case where a message is delivered again during the
work. One of the attempts that remain must succeed."""

_OWNER, _MAILED = "owner@example.org", "ready by mail"


@dataclass(frozen=True)
class Size:
    """How much is run."""

    outage_seconds: float = 60.0
    slow_cases: bool = True
    """Cases of more than a minute: a dead letter, and a notice whose claim must expire."""
    both_errors: bool = True
    """Throttling *and* server errors for each call, instead of one of them in turn."""
    calls: int | None = None
    """The most calls that fail."""


@dataclass(frozen=True)
class Case:
    """One fault. `run` returns what was done, in a few words."""

    name: str
    run: Callable[[Testbed, Trial], str]


# How many calls fail: more than the SDK's four attempts, so that the message returns to its queue,
# and more than eight where two functions make the call at the same time. Throttled by Rekognition,
# a function waits and calls again instead.
UPLOADING = {
    "s3:GetObject": 10,
    "s3:PutObject": 6,
    "dynamodb:GetItem": 10,
    "dynamodb:PutItem": 10,
    "dynamodb:TransactWriteItems": 10,
    "events:PutEvents": 6,
    "sns:Publish": 6,
}
RETIRING = {
    "s3:HeadObject": 6,
    "s3:ListObjectsV2": 6,
    "s3:DeleteObjects": 6,
    "cloudfront:CreateInvalidation": 6,
}
ANALYSING = {"rekognition:DetectLabels": 6, "rekognition:DetectModerationLabels": 6}


def groups(size: Size) -> Sequence[tuple[str, Sequence[Case]]]:
    """Groups of cases; the cases of a group run in parallel, each on pictures of its own."""
    deaths = [
        Case("resize killed between two renditions", _kill_resize),
        Case("rekognition killed before it commits its result", _kill_rekognition),
        Case("retire killed between removing and publishing", _kill_retire),
    ]
    first = [Case("notify killed between sending and recording", _kill_notify)]
    second = [Case("notify killed between the mail and recording it", _kill_notify_mailing)]
    outages = [
        Case("Rekognition down", _down(tuple(ANALYSING), size.outage_seconds, settled_first=True)),
        Case("the table throttled", _table_throttled(size.outage_seconds / 3)),
    ]
    slow = [
        Case("SNS down", _down(("sns:Publish",), size.outage_seconds)),
        Case("one call failing for good, then a redrive", _dead_letter),
    ]
    groups = [
        ("killed in the middle", deaths),
        ("calls that fail, services that are down", [*_calls(size), *outages]),
        ("Rekognition's own errors", _rekognition_calls(size)),
        ("delivered twice", [Case("every message delivered twice, then once more", _twice)]),
        ("delivered again too early", [Case("a message visible again during the work", _early)]),
        ("too slow", [Case("resize runs into its timeout", _timeout)]),
        ("no disk", [Case("no file can be written, /tmp included", _no_disk)]),
        ("the walk", [Case("reconcile's own calls failing", _reconcile)]),
        ("the budget", [Case("budget's own calls failing", operators.budget_failing)]),
        ("the budget, killed", [Case("budget killed between two queues", operators.budget_killed)]),
        ("a backfill", [Case("admit's own calls failing", operators.admit_failing)]),
        ("a backfill, killed", [Case("admit killed while it publishes", operators.admit_killed)]),
        ("sizes on demand", [Case("develop's own calls failing", demand.calls_failing)]),
        (
            "sizes on demand, killed",
            [Case("develop killed before its second look", demand.killed_after_writing)],
        ),
        ("killed at rest", [Case("every worker killed between two pictures", _all_killed)]),
    ]
    if size.slow_cases:
        groups[1] = (groups[1][0], [*groups[1][1], *slow])
        groups.append(
            (
                "sizes on demand, killed early",
                [Case("develop killed after its claim", demand.killed_after_claiming)],
            )
        )
        groups = [("killed after sending", first), ("killed after the mail", second), *groups]
    return groups


def _calls(size: Size) -> list[Case]:
    """Every call that the functions make, throttled or failing."""
    made = []
    for number, (name, times) in enumerate([*UPLOADING.items(), *RETIRING.items()]):
        effects = [Effect.THROTTLED, Effect.ERROR]
        chosen = effects if size.both_errors else effects[number % 2 : number % 2 + 1]
        act = _uploading if name in UPLOADING else _retiring
        made += [
            Case(f"{name}: {effect.value}", act(name, effect, min(times, size.calls or times)))
            for effect in chosen
        ]
    for name in (
        *("s3:PutObject", "dynamodb:PutItem", "dynamodb:TransactWriteItems"),
        *("events:PutEvents", "sns:Publish"),
    ):
        made.append(Case(f"{name}: response lost", _uploading(name, Effect.LOST, 1)))
    made.append(Case("s3:GetObject: download cut short", _uploading("s3:GetObject", Effect.CUT, 2)))
    made.append(
        Case(
            "events:PutEvents: no entry accepted", _uploading("events:PutEvents", Effect.PARTLY, 1)
        )
    )
    made.append(
        Case("s3:DeleteObjects: no key deleted", _retiring("s3:DeleteObjects", Effect.PARTLY, 1))
    )
    mails = {Effect.REFUSED: 1, Effect.ERROR: 6, Effect.LOST: 1}
    made += [
        Case(f"ses:SendEmail: {effect.value}", _mailing(effect, min(times, size.calls or times)))
        for effect, times in mails.items()
    ]
    return made


def _rekognition_calls(size: Size) -> list[Case]:
    """Calls to Rekognition do not name the picture, so nothing else runs beside these."""
    effects = (Effect.THROTTLED, Effect.ERROR)
    return [
        Case(
            f"{name}: {effect.value}",
            _uploading(name, effect, min(times, size.calls or times), any_=True),
        )
        for (name, times), effect in zip(ANALYSING.items(), effects, strict=True)
    ]


def _about(key: str) -> tuple[str, str]:
    return key, image_id(key)


def _uploading(
    name: str, effect: Effect, times: int, *, any_: bool = False
) -> Callable[[Testbed, Trial], str]:
    def run(testbed: Testbed, trial: Trial) -> str:
        key = testbed.key(trial.name)
        about = () if any_ else _about(key)
        fault = testbed.proxy.add(Fault((name,), effect, about, times=times))
        # If the response is lost, the sender cannot know that its message arrived.
        unknowable = effect is Effect.LOST and name == "sns:Publish"
        trial.expect(key, at_most={"ready": 1 + times} if unknowable else None)
        testbed.upload(key)
        testbed.until(lambda: fault.hit >= times, f"{times} failing calls of {name}")
        return f"{fault.hit} calls"

    return run


def _mailing(effect: Effect, times: int) -> Callable[[Testbed, Trial], str]:
    """The subscribers are notified once, whatever happens to the mail."""

    def run(testbed: Testbed, trial: Trial) -> str:
        key = testbed.key(trial.name)
        fault = testbed.proxy.add(Fault(("ses:SendEmail",), effect, _about(key), times=times))
        mails = 0 if effect is Effect.REFUSED else 1
        lost = times if effect is Effect.LOST else 0
        trial.expect(
            key,
            notices={"ready": 1, _MAILED: mails},
            at_most={"ready": 1, _MAILED: mails + lost},
        )
        testbed.upload(key, owner=_OWNER)
        what = f"{times} failing calls of ses:SendEmail"
        # The second attempt follows when the claim of the first has expired.
        testbed.until(lambda: fault.hit >= times, what, 2 * STEP_SECONDS)
        return f"{fault.hit} calls"

    return run


def _retiring(name: str, effect: Effect, times: int) -> Callable[[Testbed, Trial], str]:
    def run(testbed: Testbed, trial: Trial) -> str:
        key = testbed.key(trial.name)
        trial.expect(key, "deleted")
        testbed.upload(key)
        testbed.ready(key)
        fault = testbed.proxy.add(Fault((name,), effect, _about(key), times=times))
        testbed.delete(key)
        testbed.until(lambda: fault.hit >= times, f"{times} failing calls of {name}")
        return f"{fault.hit} calls"

    return run


def _down(
    names: Sequence[str], seconds: float, *, settled_first: bool = False
) -> Callable[[Testbed, Trial], str]:
    def run(testbed: Testbed, trial: Trial) -> str:
        if settled_first:
            # The service fails for everybody, so the other pictures must be past it.
            time.sleep(2)
            others = [subject.key for subject in testbed.subjects]
            testbed.until(
                lambda: all(_analysed(testbed, key) for key in others),
                "every other picture being analysed",
                2 * STEP_SECONDS,
            )
        keys = [testbed.key(f"{trial.name} {number}") for number in range(4)]
        about = () if settled_first else tuple(text for key in keys for text in _about(key))
        with testbed.proxy.failing(Fault(names, Effect.DOWN, about)) as fault:
            for key in keys:
                trial.expect(key)
                testbed.upload(key)
            return _lasting(testbed, fault, seconds)

    return run


def _lasting(testbed: Testbed, fault: Fault, seconds: float) -> str:
    """Let the fault last so long from its first call on."""
    testbed.until(fault.reached.is_set, f"the first call of {', '.join(fault.names)}")
    time.sleep(seconds)
    return f"{seconds:.0f} s, {fault.hit} calls"


def _analysed(testbed: Testbed, key: str) -> bool:
    item = testbed.item(key)
    return item is not None and (item.verdict is not None or item.deleted)


def _table_throttled(seconds: float) -> Callable[[Testbed, Trial], str]:
    def run(testbed: Testbed, trial: Trial) -> str:
        keys = [testbed.key(f"{trial.name} {number}") for number in range(3)]
        about = tuple(image_id(key) for key in keys)
        names = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:TransactWriteItems")
        with testbed.proxy.failing(Fault(names, Effect.THROTTLED, about)) as fault:
            for key in keys:
                trial.expect(key)
                testbed.upload(key)
            return _lasting(testbed, fault, seconds)

    return run


def _kill_resize(testbed: Testbed, trial: Trial) -> str:
    key = testbed.key(trial.name)
    trial.expect(key)
    fault = Fault(("s3:PutObject",), Effect.HELD, _about(key), times=1, after=1)
    return testbed.kill_during(fault, "resize", lambda: testbed.upload(key))


def _kill_rekognition(testbed: Testbed, trial: Trial) -> str:
    key = testbed.key(trial.name)
    trial.expect(key)
    # The write with the verdict is the one with a charge.
    fault = Fault(("dynamodb:TransactWriteItems",), Effect.HELD, _about(key), "rekognition", 1)
    return testbed.kill_during(fault, "rekognition", lambda: testbed.upload(key))


def _kill_retire(testbed: Testbed, trial: Trial) -> str:
    key = testbed.key(trial.name)
    trial.expect(key, "deleted")
    testbed.upload(key)
    testbed.ready(key)
    fault = Fault(("events:PutEvents",), Effect.HELD, _about(key), "retire", 1)
    return testbed.kill_during(fault, "retire", lambda: testbed.delete(key))


def _kill_notify(testbed: Testbed, trial: Trial) -> str:
    key = testbed.key(trial.name)
    trial.expect(key, at_most={"ready": 2})
    fault = Fault(("dynamodb:PutItem",), Effect.HELD, _about(key), "notify", 1, holding='"sent"')
    return testbed.kill_during(fault, "notify", lambda: testbed.upload(key))


def _kill_notify_mailing(testbed: Testbed, trial: Trial) -> str:
    key = testbed.key(trial.name)
    trial.expect(key, notices={"ready": 1, _MAILED: 1}, at_most={"ready": 1, _MAILED: 2})
    fault = Fault(("dynamodb:PutItem",), Effect.HELD, _about(key), "notify", 1, holding='"sent"')
    return testbed.kill_during(fault, "notify", lambda: testbed.upload(key, owner=_OWNER))


def _dead_letter(testbed: Testbed, trial: Trial) -> str:
    key = testbed.key(trial.name)
    trial.expect(key)
    sqs = testbed.stack.aws.client("sqs")
    dead = testbed.stack.outputs["dead_letters"]["resize"]
    waiting = testbed.stack.outputs["queues"]["resize"]

    def is_dead() -> bool:
        return testbed.audit().depth(dead) > 0 and testbed.audit().depth(waiting) == 0

    with testbed.proxy.failing(Fault(("s3:PutObject",), Effect.ERROR, _about(key))) as fault:
        testbed.upload(key)
        testbed.until(is_dead, f"{key} as a dead letter", 3 * STEP_SECONDS)
    # Two where the verdict came before `resize` had begun: the upload's and the verdict's.
    letters = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1, MaxNumberOfMessages=10)[
        "Messages"
    ]
    for letter in letters:
        sqs.send_message(QueueUrl=waiting, MessageBody=letter["Body"])
        sqs.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])
    return f"{fault.hit} calls, {len(letters)} dead letters, sent back by hand"


def _twice(testbed: Testbed, trial: Trial) -> str:
    undo = _deliver_twice(testbed)
    try:
        ready, failed, gone, new = (testbed.key(f"{trial.name} {number}") for number in range(4))
        trial.expect(ready)
        testbed.upload(ready)
        trial.expect(failed, "failed")
        testbed.upload(failed, broken(3))
        trial.expect(gone, "deleted")
        testbed.upload(gone)
        testbed.ready(gone)
        testbed.delete(gone)
        # Each version of a key has its own outcome, and so its own notice.
        trial.expect(new, notices={"ready": 2})
        testbed.upload(new)
        testbed.ready(new)
        testbed.upload(new, photograph(7))
        if not testbed.audit().settle(trial.subjects, STEP_SECONDS):
            unsettled = testbed.audit().unsettled(trial.subjects)
            raise TimeoutError(f"{len(unsettled)} pictures have not reached their end")
    finally:
        undo()
    sent = 0
    for key in (ready, failed, gone, new):
        for event in testbed.events_about(key):
            for function in _CONSUMERS.get(event.type, ()):
                testbed.resend(function, event)
                sent += 1
    return f"4 pictures, {sent} events sent a third time"


_CONSUMERS = {
    "Object Created": ("resize", "rekognition"),
    "Object Deleted": ("retire",),
    "Renditions Obsolete": ("retire",),
    "Image Ready": ("notify",),
    "Image Failed": ("notify",),
}


def _deliver_twice(testbed: Testbed) -> Callable[[], None]:
    """Add the same queue as a second target to every rule; returns what undoes that."""
    events = testbed.stack.aws.client("events")
    added: list[tuple[str, str]] = []
    for bus in ("default", testbed.stack.outputs["pipeline"]):
        for rule in events.list_rules(EventBusName=bus)["Rules"]:
            if rule["Name"].startswith("tap-"):
                continue
            targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
            events.put_targets(
                Rule=rule["Name"],
                EventBusName=bus,
                Targets=[{"Id": "again", "Arn": targets[0]["Arn"]}],
            )
            added.append((rule["Name"], bus))

    def undo() -> None:
        for rule, bus in added:
            events.remove_targets(Rule=rule, EventBusName=bus, Ids=["again"])

    return undo


def _early(testbed: Testbed, trial: Trial) -> str:
    key = testbed.key(trial.name)
    trial.expect(key)
    testbed.set_visibility("resize", EARLY_SECONDS)
    try:
        fault = Fault(("s3:PutObject",), Effect.HELD, _about(key), times=1)
        with testbed.proxy.failing(fault):
            testbed.upload(key)
            testbed.until(fault.reached.is_set, "resize writing a rendition")
            testbed.until(
                lambda: _deliveries(testbed, key) >= 2, "the second delivery of the message"
            )
    finally:
        testbed.set_visibility("resize", VISIBILITY_SECONDS["resize"])
    return f"visible again after {EARLY_SECONDS} s, while the first run waits for S3"


def _deliveries(testbed: Testbed, key: str) -> int:
    """How often `resize` received the key: only the second delivery can finish the picture."""
    item = testbed.item(key)
    return 2 if item is not None and item.renditions else 1


def _timeout(testbed: Testbed, trial: Trial) -> str:
    key = testbed.key(trial.name)
    trial.expect(key)
    testbed.configure("resize", timeout_seconds=RESIZE_TIMEOUT_SECONDS)
    try:
        fault = Fault(("s3:PutObject",), Effect.HELD, _about(key), times=1)
        with testbed.proxy.failing(fault):
            testbed.upload(key)
            testbed.until(fault.reached.is_set, "resize writing a rendition")
            time.sleep(RESIZE_TIMEOUT_SECONDS + 1)
    finally:
        testbed.configure("resize", timeout_seconds=60)
    return f"S3 does not answer, the function is killed after {RESIZE_TIMEOUT_SECONDS} s"


def _no_disk(testbed: Testbed, trial: Trial) -> str:
    if sys.platform != "linux":
        return "skipped: only Linux can limit a running process"
    limited: list[tuple[int, tuple[int, int]]] = []
    for function in ("resize", "rekognition", "notify", "retire"):
        for pid in testbed.workers(function):
            # One may have ended by itself since it was listed.
            with contextlib.suppress(ProcessLookupError):
                before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
                limited.append((pid, before))
    ready, gone = testbed.key(trial.name), testbed.key(f"{trial.name} deleted")
    trial.expect(ready)
    trial.expect(gone, "deleted")
    testbed.upload(gone)
    testbed.upload(ready)
    testbed.ready(gone)
    testbed.delete(gone)
    testbed.ready(ready)
    testbed.until(lambda: (item := testbed.item(gone)) is not None and item.deleted, "the deletion")
    survivors = [pid for pid, before in limited if _restore(pid, before)]
    return f"no byte to any file, in {len(survivors)} processes"


def _restore(pid: int, limits: tuple[int, int]) -> bool:
    """Lift the limit; returns whether the process is still running."""
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    except ProcessLookupError:
        return False
    return True


def _reconcile(testbed: Testbed, trial: Trial) -> str:
    """A walk that finds one orphaned file, while all of its calls fail at first."""
    key = testbed.key(trial.name)
    trial.expect(key)
    testbed.upload(key)
    testbed.ready(key)
    orphan = f"i/{sha256(key.encode()).hexdigest()[32:]}/{'0' * 16}/small.jpg"
    where = {"Bucket": testbed.stack.outputs["renditions"], "Prefix": orphan}
    s3 = testbed.stack.aws.client("s3")
    s3.put_object(Bucket=where["Bucket"], Key=orphan, Body=b"left over")
    # Two of these return the message to its queue; the SDK retries the others.
    calls = {
        "s3:ListObjectsV2": 5,
        "dynamodb:BatchGetItem": 5,
        "s3:DeleteObjects": 2,
        "dynamodb:Scan": 2,
    }
    faults = testbed.fail("reconcile", calls)
    paused = Paused(Cursor(before=datetime.now(UTC) + timedelta(seconds=5), repairs=10))
    body = {"detail-type": paused.detail_type, "detail": paused.detail()}
    testbed.stack.aws.client("sqs").send_message(
        QueueUrl=testbed.stack.outputs["queues"]["reconcile"], MessageBody=json.dumps(body)
    )
    testbed.until(
        lambda: (
            all(fault.hit == fault.times for fault in faults) and testbed.audit().pending() == 0
        ),
        "the walk's end",
        2 * STEP_SECONDS,
    )
    if s3.list_objects_v2(**where)["KeyCount"]:
        raise AssertionError(f"{orphan} is still there")
    return f"{sum(fault.hit for fault in faults)} calls; the orphaned file is gone"


def _all_killed(testbed: Testbed, trial: Trial) -> str:
    killed = sum(testbed.kill(f) for f in ("resize", "rekognition", "notify", "retire"))
    key = testbed.key(trial.name)
    trial.expect(key)
    testbed.upload(key)
    return f"{killed} processes"
