"""The running stack that faults are tried on: its proxy, its queues, its functions' processes."""

import contextlib
import json
import os
import re
import signal
import subprocess
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
from proofs.faults.proxy import Proxy
from proofs.photographs import photograph

__all__ = ["VISIBILITY_SECONDS", "Ground", "Trial"]

VISIBILITY_SECONDS = {
    "resize": 10,
    "rekognition": 20,
    "notify": 25,
    "retire": 10,
    "reconcile": 15,
}
"""Instead of six times the functions' timeouts, 180 to 5400 s, so that a retry can be waited for.
Five tries of `notify` must outlast its claim of a minute, as they do on AWS; one try of any must
end before the next, though the SDK alone may wait for several seconds between its own."""
STEP_SECONDS = 180.0
SCAN_SECONDS = 0.5
LOOK_SECONDS = 0.2


@dataclass
class Trial:
    """One fault being tried, and the pictures that it is tried on."""

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
        """Have the picture's end audited. A deleted one was ready before; each outcome is told."""
        told = {"ready" if status == "deleted" else status: 1} if notices is None else notices
        self.subjects.append(Subject(key, status, told, at_most))


@dataclass
class Ground:
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
        for function, seconds in VISIBILITY_SECONDS.items():
            self.configure(function)
            self.hide(function, seconds)

    def configure(self, function: str, *, timeout_seconds: int | None = None) -> None:
        """Send the function's calls through the proxy; its processes start afresh."""
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

    def hide(self, function: str, seconds: int) -> None:
        """How long a message of the function's queue stays hidden once it was handed out."""
        self.stack.aws.client("sqs").set_queue_attributes(
            QueueUrl=self.stack.outputs["queues"][function],
            Attributes={"VisibilityTimeout": str(seconds)},
        )

    def key(self, name: str) -> str:
        """A fresh key whose name tells what it is for."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        with self._lock:
            return f"{PREFIX}{next(self._seeds)}-{slug}.jpg"

    def upload(self, key: str, content: bytes | None = None, *, owner: str | None = None) -> str:
        """Upload a picture of its own content, an `owner` of which is to get mail; answers its
        key."""
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
        """What the catalog holds of the key, at most half a second ago.

        All trials look at one scan, so that their looking does not slow down what they look at.
        """
        with self._lock:
            if time.monotonic() > self._scanned_at + SCAN_SECONDS:
                self._items = {item.image_id: item for item in Pictures(self.stack).all()}
                self._scanned_at = time.monotonic()
            return self._items.get(image_id(key))

    def ready(self, key: str) -> None:
        """Wait until the picture is ready and its notice is marked as sent."""

        def told() -> bool:
            item = self.item(key)
            return item is not None and _state(item, "ready") == "sent"

        self.until(told, f"{key} being ready")

    def until(self, look: Callable[[], bool], what: str, seconds: float = STEP_SECONDS) -> None:
        """Wait for something; raises `TimeoutError` that names it."""
        deadline = time.monotonic() + seconds
        while not look():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
            time.sleep(LOOK_SECONDS)

    def workers(self, function: str) -> list[int]:
        """The processes in which the function runs now."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,args="],  # noqa: S607 - the system's own ps
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        name = self.stack.outputs["functions"][function]
        worker = re.compile(rf"^\s*(\d+) .*ministack-lambda-{name}-\w+/_worker\.py")
        return [int(found[1]) for line in listed.splitlines() if (found := worker.match(line))]

    def kill(self, function: str) -> int:
        """Kill every process of the function; answers how many there were."""
        killed = 0
        for pid in self.workers(function):
            # One may have ended by itself since it was listed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        return killed

    def say_again(self, function: str, event: HeardEvent) -> None:
        """Put an event into a function's queue once more."""
        body = {
            "source": event.source,
            "detail-type": event.type,
            "time": event.at,
            "detail": event.detail,
        }
        self.stack.aws.client("sqs").send_message(
            QueueUrl=self.stack.outputs["queues"][function], MessageBody=json.dumps(body)
        )

    def heard(self, key: str) -> list[HeardEvent]:
        """What crossed the buses about the key."""
        return Journal(self.stack.journal).events(key)

    def deliveries(self) -> Mapping[str, Counter[str]]:
        """How often each function was handed a message about each image, by its own log."""
        handed: dict[str, Counter[str]] = defaultdict(Counter)
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
                        handed[str(line.get("image_id"))][function] += 1
        return handed

    def audit(self) -> Audit:
        """A look at everything the stack holds."""
        return Audit(self.stack)


def _state(item: Item, outcome: str) -> str | None:
    return (item.notices or {}).get(outcome, {}).get("state")


def _json(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
