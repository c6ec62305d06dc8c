"""The running stack that faults are injected into: its proxy, queues and processes."""

import contextlib
import json
import os
import re
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local.journal import HeardEvent, Journal
from local.pictures import PREFIX, Pictures
from local.state import RunningStack
from pipeline.item import Item
from pipeline.original import image_id
from proofs.audit import Audit, Subject
from proofs.faults.proxy import Effect, Fault, Proxy
from proofs.photographs import photograph
from proofs.processes import listed

__all__ = [
    "CONNECTION_SECONDS",
    "STEP_SECONDS",
    "VISIBILITY_SECONDS",
    "WITHOUT_QUEUE",
    "Testbed",
    "Trial",
]

VISIBILITY_SECONDS = {
    "resize": 10,
    "rekognition": 20,
    "notify": 25,
    "retire": 10,
    "reconcile": 15,
    "budget": 10,
}
"""Visibility timeouts of each function's queues, so that a retry comes within the run; deployed are
180 to 5400 s, six times the functions' timeouts. The attempts of `notify` must together outlast its
claim of a minute, as on AWS, and every attempt must end before the next, although the SDK's own
retries take seconds."""
WITHOUT_QUEUE = ("admit", "develop")
"""Functions that a state machine or the distribution calls."""
STEP_SECONDS = 180.0
CONNECTION_SECONDS = 0.5
"""How long the proxy takes to notice that a killed function's connection is closed."""
SCAN_SECONDS = 0.5
POLL_SECONDS = 0.2


@dataclass
class Trial:
    """One fault, and the pictures that it affects."""

    name: str
    subjects: list[Subject] = field(default_factory=list)

    def expect(
        self,
        key: str,
        status: str = "ready",
        *,
        notices: Mapping[str, int] | None = None,
        at_most: Mapping[str, int] | None = None,
    ) -> None:
        """Have the picture's end audited, with one notice; a deleted picture was ready before."""
        outcome = "ready" if status == "deleted" else status
        required = {outcome: 1} if notices is None else notices
        self.subjects.append(Subject(key, status, required, at_most))


@dataclass
class Testbed:
    """A running stack whose functions call AWS through the proxy."""

    stack: RunningStack
    proxy: Proxy
    trials: "list[Trial]" = field(default_factory=list)
    _seeds: "count[int]" = field(default_factory=lambda: count(1000))
    _items: dict[str, Item] = field(default_factory=dict)
    _scanned_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def subjects(self) -> list[Subject]:
        """Every picture of every trial so far."""
        return [subject for trial in list(self.trials) for subject in list(trial.subjects)]

    def prepare(self) -> None:
        """Send the functions' calls through the proxy, and shorten the queues' visibility."""
        for function in (*VISIBILITY_SECONDS, *WITHOUT_QUEUE):
            self.configure(function)
        for route in self.stack.outputs["queues"]:
            self.set_visibility(route, VISIBILITY_SECONDS[route.removesuffix("-bulk")])

    def configure(self, function: str, *, timeout_seconds: int | None = None) -> None:
        """Send the function's calls through the proxy, which restarts its processes."""
        client = self.stack.aws.client("lambda")
        name = self.stack.outputs["functions"][function]
        made = client.get_function_configuration(FunctionName=name)
        variables = made["Environment"]["Variables"]
        role = made["Role"].rpartition("/")[2]
        variables["AWS_ENDPOINT_URL"] = self.proxy.address(function)
        variables["AWS_ENDPOINT_URL_REKOGNITION"] = f"{self.proxy.address(function)}/role/{role}"
        client.update_function_configuration(
            FunctionName=name,
            Environment={"Variables": variables},
            Timeout=timeout_seconds or made["Timeout"],
        )

    def set_visibility(self, route: str, seconds: int) -> None:
        """Set the visibility timeout of the route's queue."""
        self.stack.aws.client("sqs").set_queue_attributes(
            QueueUrl=self.stack.outputs["queues"][route],
            Attributes={"VisibilityTimeout": str(seconds)},
        )

    def key(self, name: str) -> str:
        """A new key that names its purpose."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        with self._lock:
            return f"{PREFIX}{next(self._seeds)}-{slug}.jpg"

    def upload(self, key: str, content: bytes | None = None, *, owner: str | None = None) -> str:
        """Upload a picture, by default with content of its own; returns its key.

        `owner` is the address that gets mail about it.
        """
        seed = int(re.sub(r"\D", "", key)[:8] or 0)
        self.stack.aws.client("s3").put_object(
            Bucket=self.stack.outputs["originals"],
            Key=key,
            Body=content or photograph(seed),
            Metadata={"owner": owner} if owner else {},
        )
        return key

    def delete(self, key: str) -> None:
        """Delete an upload."""
        self.stack.aws.client("s3").delete_object(Bucket=self.stack.outputs["originals"], Key=key)

    def item(self, key: str) -> Item | None:
        """The item of the key, as of at most half a second ago.

        All trials share one scan, so that observing the stack does not slow it down.
        """
        with self._lock:
            if time.monotonic() > self._scanned_at + SCAN_SECONDS:
                self._items = {item.image_id: item for item in Pictures(self.stack).all()}
                self._scanned_at = time.monotonic()
            return self._items.get(image_id(key))

    def ready(self, key: str) -> None:
        """Wait until the picture is ready and its notice is recorded as sent."""

        def notified() -> bool:
            item = self.item(key)
            return item is not None and _state(item, "ready") == "sent"

        self.until(notified, f"{key} being ready")

    def until(
        self, condition: Callable[[], bool], what: str, seconds: float = STEP_SECONDS
    ) -> None:
        """Wait for a condition; raises `TimeoutError`, which names it."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
            time.sleep(POLL_SECONDS)

    def workers(self, function: str) -> list[int]:
        """The ids of the function's processes."""
        name = self.stack.outputs["functions"][function]
        worker = re.compile(rf"ministack-lambda-{name}-\w+/_worker\.py")
        return [process.pid for process in listed() if worker.search(process.args)]

    def kill(self, function: str) -> int:
        """Kill every process of the function; returns their number."""
        killed = 0
        for pid in self.workers(function):
            # A process may have ended since it was listed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        return killed

    def kill_during(self, fault: Fault, function: str, begin: Callable[[], object]) -> str:
        """Kill the function while it waits for a call that never returns; says what was killed."""
        with self.proxy.failing(fault):
            begin()
            self.until(fault.reached.is_set, f"{function} calling {fault.names[0]}")
            killed = self.kill(function)
            time.sleep(CONNECTION_SECONDS)
        return f"{killed} of its processes killed during {fault.names[0]}"

    def fail(self, function: str, calls: Mapping[str, int]) -> list[Fault]:
        """Fail that many calls of each name that the function makes."""
        return [
            self.proxy.add(Fault((name,), Effect.ERROR, function=function, times=times))
            for name, times in calls.items()
        ]

    def resend(self, function: str, event: HeardEvent) -> None:
        """Send an event to a function's queue once more."""
        body = {
            "source": event.source,
            "detail-type": event.type,
            "time": event.at,
            "detail": event.detail,
        }
        self.stack.aws.client("sqs").send_message(
            QueueUrl=self.stack.outputs["queues"][function], MessageBody=json.dumps(body)
        )

    def events_about(self, key: str) -> list[HeardEvent]:
        """The events about the key that crossed the buses."""
        return Journal(self.stack.journal).events(key)

    def deliveries(self) -> Mapping[str, Counter[str]]:
        """How many messages about each image each function received, by its own log."""
        received: dict[str, Counter[str]] = defaultdict(Counter)
        for function, group in self.stack.outputs["logs"].items():
            pages = (
                self.stack.aws.client("logs")
                .get_paginator("filter_log_events")
                .paginate(logGroupName=group)
            )
            for page in pages:
                for event in page["events"]:
                    line = _json(event["message"])
                    if line.get("message") == "received":
                        received[str(line.get("image_id"))][function] += 1
        return received

    def audit(self) -> Audit:
        """An audit of the stack."""
        return Audit(self.stack)


def _state(item: Item, outcome: str) -> str | None:
    return (item.notices or {}).get(outcome, {}).get("state")


def _json(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
