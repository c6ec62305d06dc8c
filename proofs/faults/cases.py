"""The faults: what each does to the running stack, and what should become of its pictures.

A case acts, tells the ground which end each of its pictures should come to, and answers in a few
words what it did. It returns once its fault is over; whether its pictures recover is for the audit.
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
from proofs.faults.ground import STEP_SECONDS, VISIBILITY_SECONDS, Ground, Trial
from proofs.faults.proxy import Effect, Fault
from proofs.photographs import broken, photograph

__all__ = ["Case", "Size", "waves"]

RESIZE_TIMEOUT_SECONDS = 9
"""Of `resize`, for the case in which it runs into it; 60 as deployed. Its message is visible again
just after."""

EARLY_SECONDS = 5
"""Until a message of `resize` is visible again, for the case in which that is during the work. Four
more tries must suffice for one that is not held."""

CONNECTION_SECONDS = 0.5
"""For the proxy to notice that the connection of a killed function is closed."""


_OWNER, _MAILED = "owner@example.org", "ready by mail"


@dataclass(frozen=True)
class Size:
    """How much is tried."""

    outage_seconds: float = 60.0
    slow_cases: bool = True
    """Those that take more than a minute: a dead letter, and a notice whose claim must expire."""
    both_errors: bool = True
    """Throttling and server errors for each call, or the one or the other in turn."""
    calls: int | None = None
    """How many calls fail at most."""


@dataclass(frozen=True)
class Case:
    """One fault. `run` answers what was done, in a few words."""

    name: str
    run: Callable[[Ground, Trial], str]


# How many calls fail: more than the four tries of one SDK call, so that the message goes back to
# its queue, and more than eight where two functions make the call at the same time. Throttled by
# Rekognition, a function waits for its turn instead.
UPLOADING = {
    "s3:GetObject": 10,
    "s3:PutObject": 6,
    "dynamodb:GetItem": 10,
    "dynamodb:PutItem": 10,
    "events:PutEvents": 6,
    "sns:Publish": 6,
}
RETIRING = {
    "s3:HeadObject": 6,
    "s3:ListObjectsV2": 6,
    "s3:DeleteObjects": 6,
    "cloudfront:CreateInvalidation": 6,
}
ASKING = {"rekognition:DetectLabels": 6, "rekognition:DetectModerationLabels": 6}


def waves(size: Size) -> Sequence[tuple[str, Sequence[Case]]]:
    """Groups of cases; those of a group run at the same time, on pictures of their own."""
    deaths = [
        Case("resize killed between two renditions", _resize_dies),
        Case("rekognition killed before it writes its answers", _rekognition_dies),
        Case("retire killed between removing and saying so", _retire_dies),
    ]
    first = [Case("notify killed between sending and marking", _notify_dies)]
    second = [Case("notify killed between the mail and marking it", _notify_dies_mailing)]
    outages = [
        Case("Rekognition down", _down(tuple(ASKING), size.outage_seconds, settled_first=True)),
        Case("the table throttled", _table_throttled(size.outage_seconds / 3)),
    ]
    slow = [
        Case("SNS down", _down(("sns:Publish",), size.outage_seconds)),
        Case("one call failing for good, then a redrive", _dead_letter),
    ]
    groups = [
        ("killed in the middle", deaths),
        ("calls that fail, services that are down", [*_calls(size), *outages]),
        ("Rekognition's own errors", _asking(size)),
        ("delivered twice", [Case("every message delivered twice, then all once more", _twice)]),
        ("handed out again too early", [Case("a message visible again during the work", _early)]),
        ("too slow", [Case("resize runs into its timeout", _timeout)]),
        ("no disk", [Case("no file can be written, /tmp included", _no_disk)]),
        ("the nightly walk", [Case("reconcile's own calls failing", _reconcile)]),
        ("killed at rest", [Case("every worker killed between two pictures", _all_killed)]),
    ]
    if size.slow_cases:
        groups[1] = (groups[1][0], [*groups[1][1], *slow])
        groups = [("killed after sending", first), ("killed after the mail", second), *groups]
    return groups


def _calls(size: Size) -> list[Case]:
    """Every call that the functions make, failing as throttled and as broken."""
    made = []
    for number, (name, times) in enumerate([*UPLOADING.items(), *RETIRING.items()]):
        effects = [Effect.THROTTLED, Effect.ERROR]
        chosen = effects if size.both_errors else effects[number % 2 : number % 2 + 1]
        act = _uploading if name in UPLOADING else _retiring
        made += [
            Case(f"{name}: {effect.value}", act(name, effect, min(times, size.calls or times)))
            for effect in chosen
        ]
    for name in ("s3:PutObject", "dynamodb:PutItem", "events:PutEvents", "sns:Publish"):
        made.append(Case(f"{name}: answer lost", _uploading(name, Effect.LOST, 1)))
    made.append(Case("s3:GetObject: download cut short", _uploading("s3:GetObject", Effect.CUT, 2)))
    made.append(
        Case("events:PutEvents: no entry taken", _uploading("events:PutEvents", Effect.PARTLY, 1))
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


def _asking(size: Size) -> list[Case]:
    """Rekognition's calls hold no name of the picture, so these are alone with it."""
    effects = (Effect.THROTTLED, Effect.ERROR)
    return [
        Case(
            f"{name}: {effect.value}",
            _uploading(name, effect, min(times, size.calls or times), any_=True),
        )
        for (name, times), effect in zip(ASKING.items(), effects, strict=True)
    ]


def _about(key: str) -> tuple[str, str]:
    return key, image_id(key)


def _uploading(
    name: str, effect: Effect, times: int, *, any_: bool = False
) -> Callable[[Ground, Trial], str]:
    def run(ground: Ground, trial: Trial) -> str:
        key = ground.key(trial.name)
        about = () if any_ else _about(key)
        fault = ground.proxy.add(Fault((name,), effect, about, times=times))
        # Whoever sends cannot know that what it sent arrived, if the answer is lost.
        unknowable = effect is Effect.LOST and name == "sns:Publish"
        trial.expect(key, at_most={"ready": 1 + times} if unknowable else None)
        ground.upload(key)
        ground.until(lambda: fault.hit >= times, f"{times} failing calls of {name}")
        return f"{fault.hit} calls"

    return run


def _mailing(effect: Effect, times: int) -> Callable[[Ground, Trial], str]:
    """The subscribers are told once whatever becomes of the mail."""

    def run(ground: Ground, trial: Trial) -> str:
        key = ground.key(trial.name)
        fault = ground.proxy.add(Fault(("ses:SendEmail",), effect, _about(key), times=times))
        mails = 0 if effect is Effect.REFUSED else 1
        lost = times if effect is Effect.LOST else 0
        trial.expect(
            key,
            notices={"ready": 1, _MAILED: mails},
            at_most={"ready": 1, _MAILED: mails + lost},
        )
        ground.upload(key, owner=_OWNER)
        what = f"{times} failing calls of ses:SendEmail"
        # The second try comes when the claim of the first has ended.
        ground.until(lambda: fault.hit >= times, what, 2 * STEP_SECONDS)
        return f"{fault.hit} calls"

    return run


def _retiring(name: str, effect: Effect, times: int) -> Callable[[Ground, Trial], str]:
    def run(ground: Ground, trial: Trial) -> str:
        key = ground.key(trial.name)
        trial.expect(key, "deleted")
        ground.upload(key)
        ground.ready(key)
        fault = ground.proxy.add(Fault((name,), effect, _about(key), times=times))
        ground.delete(key)
        ground.until(lambda: fault.hit >= times, f"{times} failing calls of {name}")
        return f"{fault.hit} calls"

    return run


def _down(
    names: Sequence[str], seconds: float, *, settled_first: bool = False
) -> Callable[[Ground, Trial], str]:
    def run(ground: Ground, trial: Trial) -> str:
        if settled_first:
            # The other pictures shall be through with the service that goes down for all.
            time.sleep(2)
            others = [subject.key for subject in ground.subjects]
            ground.until(
                lambda: all(_analysed(ground, key) for key in others),
                "every other picture being analysed",
                2 * STEP_SECONDS,
            )
        keys = [ground.key(f"{trial.name} {number}") for number in range(4)]
        about = () if settled_first else tuple(text for key in keys for text in _about(key))
        with ground.proxy.failing(Fault(names, Effect.DOWN, about)) as fault:
            for key in keys:
                trial.expect(key)
                ground.upload(key)
            time.sleep(seconds)
        return f"{seconds:.0f} s, {fault.hit} calls"

    return run


def _analysed(ground: Ground, key: str) -> bool:
    item = ground.item(key)
    return item is not None and (item.verdict is not None or item.deleted)


def _table_throttled(seconds: float) -> Callable[[Ground, Trial], str]:
    def run(ground: Ground, trial: Trial) -> str:
        keys = [ground.key(f"{trial.name} {number}") for number in range(3)]
        about = tuple(image_id(key) for key in keys)
        names = ("dynamodb:GetItem", "dynamodb:PutItem")
        with ground.proxy.failing(Fault(names, Effect.THROTTLED, about)) as fault:
            for key in keys:
                trial.expect(key)
                ground.upload(key)
            time.sleep(seconds)
        return f"{seconds:.0f} s, {fault.hit} calls"

    return run


def _killed_while(ground: Ground, fault: Fault, function: str, begin: Callable[[], object]) -> str:
    """Kill the function when it makes the call, which then waits for ever."""
    with ground.proxy.failing(fault):
        begin()
        ground.until(fault.reached.is_set, f"{function} calling {fault.names[0]}")
        killed = ground.kill(function)
        time.sleep(CONNECTION_SECONDS)
    return f"{killed} of its processes killed during {fault.names[0]}"


def _resize_dies(ground: Ground, trial: Trial) -> str:
    key = ground.key(trial.name)
    trial.expect(key)
    fault = Fault(("s3:PutObject",), Effect.HELD, _about(key), times=1, after=1)
    return _killed_while(ground, fault, "resize", lambda: ground.upload(key))


def _rekognition_dies(ground: Ground, trial: Trial) -> str:
    key = ground.key(trial.name)
    trial.expect(key)
    # Its other write, that the picture was received, may have been made by resize before it.
    fault = Fault(
        ("dynamodb:PutItem",), Effect.HELD, _about(key), "rekognition", 1, holding='"verdict"'
    )
    return _killed_while(ground, fault, "rekognition", lambda: ground.upload(key))


def _retire_dies(ground: Ground, trial: Trial) -> str:
    key = ground.key(trial.name)
    trial.expect(key, "deleted")
    ground.upload(key)
    ground.ready(key)
    fault = Fault(("events:PutEvents",), Effect.HELD, _about(key), "retire", 1)
    return _killed_while(ground, fault, "retire", lambda: ground.delete(key))


def _notify_dies(ground: Ground, trial: Trial) -> str:
    key = ground.key(trial.name)
    trial.expect(key, at_most={"ready": 2})
    fault = Fault(("dynamodb:PutItem",), Effect.HELD, _about(key), "notify", 1, holding='"sent"')
    return _killed_while(ground, fault, "notify", lambda: ground.upload(key))


def _notify_dies_mailing(ground: Ground, trial: Trial) -> str:
    key = ground.key(trial.name)
    trial.expect(key, notices={"ready": 1, _MAILED: 1}, at_most={"ready": 1, _MAILED: 2})
    fault = Fault(("dynamodb:PutItem",), Effect.HELD, _about(key), "notify", 1, holding='"sent"')
    return _killed_while(ground, fault, "notify", lambda: ground.upload(key, owner=_OWNER))


def _dead_letter(ground: Ground, trial: Trial) -> str:
    key = ground.key(trial.name)
    trial.expect(key)
    sqs = ground.stack.aws.client("sqs")
    dead = ground.stack.outputs["dead_letters"]["resize"]
    with ground.proxy.failing(Fault(("s3:PutObject",), Effect.ERROR, _about(key))) as fault:
        ground.upload(key)
        ground.until(
            lambda: ground.audit().depth(dead) == 1, f"{key} as a dead letter", 3 * STEP_SECONDS
        )
    [letter] = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1)["Messages"]
    sqs.send_message(QueueUrl=ground.stack.outputs["queues"]["resize"], MessageBody=letter["Body"])
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])
    return f"{fault.hit} calls, 1 dead letter, sent back by hand"


def _twice(ground: Ground, trial: Trial) -> str:
    again = _say_everything_twice(ground)
    try:
        ready, failed, gone, new = (ground.key(f"{trial.name} {number}") for number in range(4))
        trial.expect(ready)
        ground.upload(ready)
        trial.expect(failed, "failed")
        ground.upload(failed, broken(3))
        trial.expect(gone, "deleted")
        ground.upload(gone)
        ground.ready(gone)
        ground.delete(gone)
        # Each version of a key has an outcome of its own, and so a notice.
        trial.expect(new, notices={"ready": 2})
        ground.upload(new)
        ground.ready(new)
        ground.upload(new, photograph(7))
        if not ground.audit().settle(trial.subjects, STEP_SECONDS):
            unsettled = ground.audit().unsettled(trial.subjects)
            raise TimeoutError(f"{len(unsettled)} pictures are not at their end")
    finally:
        again()
    said = 0
    for key in (ready, failed, gone, new):
        for event in ground.heard(key):
            for function in _LISTENERS.get(event.type, ()):
                ground.say_again(function, event)
                said += 1
    return f"4 pictures, {said} events said a third time"


_LISTENERS = {
    "Object Created": ("resize", "rekognition"),
    "Object Deleted": ("retire",),
    "Renditions Obsolete": ("retire",),
    "Image Ready": ("notify",),
    "Image Failed": ("notify",),
}


def _say_everything_twice(ground: Ground) -> Callable[[], None]:
    """Give every rule of the stack's a second target, the same queue; answers how to undo it."""
    events = ground.stack.aws.client("events")
    added: list[tuple[str, str]] = []
    for bus in ("default", ground.stack.outputs["pipeline"]):
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


def _early(ground: Ground, trial: Trial) -> str:
    key = ground.key(trial.name)
    trial.expect(key)
    ground.hide("resize", EARLY_SECONDS)
    try:
        fault = Fault(("s3:PutObject",), Effect.HELD, _about(key), times=1)
        with ground.proxy.failing(fault):
            ground.upload(key)
            ground.until(fault.reached.is_set, "resize writing a rendition")
            ground.until(lambda: _handed(ground, key) >= 2, "the message being handed out again")
    finally:
        ground.hide("resize", VISIBILITY_SECONDS["resize"])
    return f"visible again after {EARLY_SECONDS} s, while the first run waits for S3"


def _handed(ground: Ground, key: str) -> int:
    """Runs of `resize` on the key as far as S3 shows them: the second one ends alone."""
    item = ground.item(key)
    return 2 if item is not None and item.renditions else 1


def _timeout(ground: Ground, trial: Trial) -> str:
    key = ground.key(trial.name)
    trial.expect(key)
    ground.configure("resize", timeout_seconds=RESIZE_TIMEOUT_SECONDS)
    try:
        fault = Fault(("s3:PutObject",), Effect.HELD, _about(key), times=1)
        with ground.proxy.failing(fault):
            ground.upload(key)
            ground.until(fault.reached.is_set, "resize writing a rendition")
            time.sleep(RESIZE_TIMEOUT_SECONDS + 1)
    finally:
        ground.configure("resize", timeout_seconds=60)
    return f"S3 does not answer, the function is killed after {RESIZE_TIMEOUT_SECONDS} s"


def _no_disk(ground: Ground, trial: Trial) -> str:
    if sys.platform != "linux":
        return "not tried: only Linux can limit a process that runs"
    limited: list[tuple[int, tuple[int, int]]] = []
    for function in ("resize", "rekognition", "notify", "retire"):
        for pid in ground.workers(function):
            # One may have ended by itself since it was listed.
            with contextlib.suppress(ProcessLookupError):
                before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
                limited.append((pid, before))
    ready, gone = ground.key(trial.name), ground.key(f"{trial.name} deleted")
    trial.expect(ready)
    trial.expect(gone, "deleted")
    ground.upload(gone)
    ground.upload(ready)
    ground.ready(gone)
    ground.delete(gone)
    ground.ready(ready)
    ground.until(lambda: (item := ground.item(gone)) is not None and item.deleted, "the deletion")
    written = [pid for pid, before in limited if _restore(pid, before)]
    return f"no byte to any file, in {len(written)} processes"


def _restore(pid: int, limits: tuple[int, int]) -> bool:
    """Lift the limit; answers whether the process lived with it until now."""
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    except ProcessLookupError:
        return False
    return True


def _reconcile(ground: Ground, trial: Trial) -> str:
    """A walk that finds one orphaned file, all of whose calls fail at first."""
    key = ground.key(trial.name)
    trial.expect(key)
    ground.upload(key)
    ground.ready(key)
    orphan = f"i/{sha256(key.encode()).hexdigest()[32:]}/{'0' * 16}/small.jpg"
    where = {"Bucket": ground.stack.outputs["renditions"], "Prefix": orphan}
    s3 = ground.stack.aws.client("s3")
    s3.put_object(Bucket=where["Bucket"], Key=orphan, Body=b"left over")
    # Two of these send the message back to its queue, the SDK gets over the others.
    calls = {
        "s3:ListObjectsV2": 5,
        "dynamodb:BatchGetItem": 5,
        "s3:DeleteObjects": 2,
        "dynamodb:Scan": 2,
    }
    faults = [
        ground.proxy.add(Fault((name,), Effect.ERROR, function="reconcile", times=times))
        for name, times in calls.items()
    ]
    cursor = {"before": (datetime.now(UTC) + timedelta(seconds=5)).isoformat(), "repairs": 10}
    body = {"detail-type": "Reconciliation Paused", "detail": cursor}
    ground.stack.aws.client("sqs").send_message(
        QueueUrl=ground.stack.outputs["queues"]["reconcile"], MessageBody=json.dumps(body)
    )
    ground.until(
        lambda: all(fault.hit == fault.times for fault in faults) and ground.audit().pending() == 0,
        "the walk's end",
        2 * STEP_SECONDS,
    )
    if s3.list_objects_v2(**where)["KeyCount"]:
        raise AssertionError(f"{orphan} is still there")
    return f"{sum(fault.hit for fault in faults)} calls; the orphaned file is gone"


def _all_killed(ground: Ground, trial: Trial) -> str:
    killed = sum(ground.kill(f) for f in ("resize", "rekognition", "notify", "retire"))
    key = ground.key(trial.name)
    trial.expect(key)
    ground.upload(key)
    return f"{killed} processes"
