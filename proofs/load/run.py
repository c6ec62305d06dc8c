"""Carries a load out on a running stack: uploads, waits for the ends, and audits every key."""

import json
import os
import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from local.journal import Journal
from local.pictures import Pictures
from local.state import RunningStack
from pipeline.item import Item
from proofs.audit import Audit, Finding
from proofs.load.plan import Load, Step
from proofs.photographs import broken, photograph
from proofs.processes import serving

__all__ = ["Outcome", "carry_out"]

_STALLED_SECONDS = 180.0
"""After so long without progress, and after every attempt that a message has, the run gives up and
reports what is missing."""

_INBOX_SECONDS = 60.0
_SAVE_SECONDS = 2.0
_ENDS = ("Image Ready", "Image Held", "Image Rejected", "Image Failed", "Image Retired")


@dataclass(frozen=True)
class Outcome:
    """What became of the load."""

    load: Load
    findings: Sequence[Finding]
    items: Mapping[str, Item]
    dead_letters: Mapping[str, list[str]]
    """Bodies of this run's dead letters, by function."""
    upload_seconds: float
    retried: Counter[str]
    """Failed attempts by function, without those at poisoned messages."""
    processor: Mapping[str, float]
    """Seconds of processor time that each kind of process took."""

    @property
    def problems(self) -> list[str]:
        """Everything that was lost or doubled, and every unexpected or missing dead letter."""
        found = [
            f"{finding.subject.key}: {text}"
            for finding in self.findings
            for text in (*finding.lost, *finding.doubled)
        ]
        for function, sent in self.load.poisoned.items():
            dead = Counter(self.dead_letters[function])
            missing, extra = Counter(sent) - dead, dead - Counter(sent)
            found += [f"{function}: no dead letter of {body}" for body in missing.elements()]
            found += [f"{function}: dead letter {body:.200}" for body in extra.elements()]
        return found

    @property
    def seconds(self) -> float:
        """From the first upload to the last key's end; dead letters take longer."""
        ends = [
            datetime.fromisoformat(item.timeline[-1]["at"]).timestamp()
            for finding in self.findings
            if (item := self.items.get(finding.subject.image_id)) and item.timeline
        ]
        return max(ends) - min(self.load.uploaded_at.values())

    def seconds_to(self, end: str) -> list[float]:
        """Seconds from a key's last upload to `ready`, `failed` or `notified`, sorted."""
        taken = []
        for finding in self.findings:
            item = self.items.get(finding.subject.image_id)
            began = self.load.uploaded_at.get(finding.subject.key)
            if item is None or began is None:
                continue
            lines = {line["stage"]: line["at"] for line in item.timeline}
            names = ("analysed", "rendered") if end == "ready" else (end,)
            if (end in ("notified", item.status)) and all(name in lines for name in names):
                ended = max(datetime.fromisoformat(lines[name]).timestamp() for name in names)
                taken.append(ended - began)
        return sorted(taken)


def carry_out(
    stack: RunningStack, load: Load, file: Path, seconds: float, console: Console
) -> Outcome:
    """Upload as fast as the stack accepts it, wait for `seconds` at most, and audit.

    The progress is saved to `file`, so that an interrupted load can be continued.
    """
    _set_visibility(stack, load)
    subjects = load.subjects()
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    began = time.monotonic() - load.seconds
    with Progress(*columns, console=console) as progress:
        uploads = progress.add_task("uploaded", total=sum(map(len, load.steps())), note="")
        ended = progress.add_task("ended", total=len(subjects), note="")
        _poison(stack, load)
        _upload(stack, load, file, progress, uploads, began)
        upload_seconds = time.monotonic() - began
        _wait(stack, load, progress, ended, began + seconds)
    load.seconds = time.monotonic() - began
    processor = _processor(stack)
    console.print("auditing")
    audit = Audit(stack)
    # The last notices may reach the inbox after the queues are empty.
    audit.settle(subjects, _INBOX_SECONDS)
    return Outcome(
        load=load,
        findings=audit.findings(subjects),
        items={item.image_id: item for item in Pictures(stack).all()},
        dead_letters={
            name: _dead_letters(stack, name, load.run) for name in stack.outputs["queues"]
        },
        upload_seconds=upload_seconds,
        retried=_retried(stack, load),
        processor=processor,
    )


def _set_visibility(stack: RunningStack, load: Load) -> None:
    for url in stack.outputs["queues"].values():
        stack.aws.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"VisibilityTimeout": str(load.visibility_seconds)}
        )


def _poison(stack: RunningStack, load: Load) -> None:
    """Send unreadable messages to every queue: a thousandth of the load, at least one of each
    kind."""
    for function, url in stack.outputs["queues"].items():
        if function in load.poisoned:
            continue
        bodies = []
        for number in range(max(1, load.count // 4000)):
            mark = f"{load.run}-{number}"
            bodies += [
                f"not JSON {mark}",
                json.dumps([mark]),
                json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": {}})
                + " " * (number + 1)
                + load.run,
                json.dumps({"source": "elsewhere", "detail-type": mark, "detail": {}}),
            ]
        for body in bodies:
            stack.aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
        load.poisoned[function] = bodies


def _upload(
    stack: RunningStack, load: Load, file: Path, progress: Progress, task: TaskID, began: float
) -> None:
    """Do all steps, those of a key in their order, with several uploaders at once."""
    reports: queue.SimpleQueue[int | BaseException] = queue.SimpleQueue()
    stopping = threading.Event()
    lock = threading.Lock()
    s3 = stack.aws.client("s3")

    def work(uploader: int, steps: Sequence[Step]) -> None:
        try:
            for step in steps[load.done[uploader] :]:
                if stopping.is_set():
                    return
                where = {"Bucket": load.stack, "Key": step.key}
                if step.kind == "deleted":
                    s3.delete_object(**where)
                else:
                    content = (broken if step.kind == "broken" else photograph)(step.seed)
                    with lock:
                        load.uploaded_at[step.key] = time.time()
                    s3.put_object(**where, Body=content)
                load.done[uploader] += 1
                reports.put(1)
        except BaseException as error:
            reports.put(error)

    threads = [
        threading.Thread(target=work, args=(number, steps), name=f"uploader {number}", daemon=True)
        for number, steps in enumerate(load.steps())
    ]
    progress.update(task, completed=sum(load.done))
    for thread in threads:
        thread.start()
    saved = time.monotonic()
    try:
        while any(thread.is_alive() for thread in threads) or not reports.empty():
            try:
                report = reports.get(timeout=0.2)
            except queue.Empty:
                continue
            if isinstance(report, BaseException):
                raise report
            rate = sum(load.done) / (time.monotonic() - began)
            progress.update(task, advance=1, note=f"{rate:.1f}/s")
            if time.monotonic() > saved + _SAVE_SECONDS:
                saved = time.monotonic()
                load.seconds = saved - began
                with lock:
                    load.save(file)
    finally:
        stopping.set()
        for thread in threads:
            thread.join(10)


def _wait(
    stack: RunningStack, load: Load, progress: Progress, task: TaskID, deadline: float
) -> None:
    """Wait until the queues are empty and no more events arrive, or until nothing changes."""
    audit, journal = Audit(stack), Journal(stack.journal)
    patience = max(_STALLED_SECONDS, (_attempts(stack) + 1) * load.visibility_seconds)
    before: tuple[int, int] = (-1, -1)
    changed = time.monotonic()
    quiet = 0
    while time.monotonic() < deadline and quiet < 3:
        ended = journal.count_ended(f"uploads/load-{load.run}/", _ENDS)
        notices = journal.count_notices()
        pending = audit.pending()
        progress.update(
            task, completed=ended, note=f"{notices} notices, {pending} messages waiting"
        )
        if (ended + notices, pending) != before:
            before, changed = (ended + notices, pending), time.monotonic()
        quiet = quiet + 1 if pending == 0 else 0
        if time.monotonic() > changed + patience:
            return
        time.sleep(1)


def _attempts(stack: RunningStack) -> int:
    """How often a message is delivered before it becomes a dead letter."""
    name = "RedrivePolicy"
    sqs = stack.aws.client("sqs")
    policies = [
        json.loads(
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
        )
        for url in stack.outputs["queues"].values()
    ]
    return max(int(policy["maxReceiveCount"]) for policy in policies)


def _dead_letters(stack: RunningStack, function: str, run: str) -> list[str]:
    """The bodies of this run's dead letters, which stay in their queue."""
    sqs, url = stack.aws.client("sqs"), stack.outputs["dead_letters"][function]
    bodies: dict[str, str] = {}
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        if not messages:
            return [body for body in bodies.values() if run in body]
        bodies |= {message["MessageId"]: message["Body"] for message in messages}


def _retried(stack: RunningStack, load: Load) -> Counter[str]:
    """Failed attempts by function, without those at poisoned messages, by the functions' logs."""
    found: Counter[str] = Counter()
    for function, group in stack.outputs["logs"].items():
        pages = (
            stack.aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        )
        for page in pages:
            for event in page["events"]:
                line = event["message"]
                if '"message":"failed"' in line and f"load-{load.run}/" in line:
                    found[function] += 1
    return found


def _processor(stack: RunningStack) -> dict[str, float]:
    """The processor time of everything that serves the stack, by kind, as `ps` counts it."""
    seconds: dict[str, float] = defaultdict(float)
    for kind, process in serving(stack):
        seconds[kind] += process.seconds
    own = os.times()
    return {**dict(sorted(seconds.items())), "uploaders and listeners": own.user + own.system}
