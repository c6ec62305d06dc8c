"""A small world in which the functions really run, one step at a time, in any order.

Every message that a function works on is a worker of its own, a greenlet that stops before each
of its steps. Whoever drives the world chooses which one goes on next, which one dies, which event
comes twice and which comes late. Nothing happens by itself.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from notify.handler import Notify
from pipeline.catalog import Catalog
from pipeline.events import (
    Event,
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRejected,
    ImageRestored,
    ObjectCreated,
    ObjectDeleted,
    RenditionsObsolete,
)
from pipeline.item import Item
from pipeline.original import Original, image_id
from pipeline.stage import Course
from rekognition.analysis import Analyses
from rekognition.handler import Analyse
from rekognition.policy import Moderation, Policy, Quality
from resize.handler import Resize
from retire.handler import Retire
from tests.fakes import (
    MemoryBus,
    MemoryClock,
    MemoryEdge,
    MemoryOriginals,
    MemoryRenditions,
    MemoryTable,
    MemoryTopic,
)
from tests.pipeline.developing import develop

MAX_TRIES = 5
TIMEOUTS = {"resize": 60, "rekognition": 60, "notify": 30, "retire": 60}
"""Seconds that a function may take; then it is killed."""

OUTCOMES = {"good": "ready", "doubtful": "held", "bad": "rejected", "broken": "failed"}
"""How each kind of upload ends; the kind is the first word of its bytes."""

_POLICY = Policy(
    min_confidence=55,
    quality=Quality(min_sharpness=0, min_brightness=0, max_brightness=100, min_contrast=0),
    moderation=Moderation(hold=50, reject=90),
)
_CONFIDENCES = {b"good": 0, b"doubtful": 60, b"bad": 95}


def _routes(gate: str) -> dict[str, tuple[type[Event], ...]]:
    return {
        "resize": (ObjectCreated, ImageRestored) if gate == "open" else (ImageAccepted,),
        "rekognition": (ObjectCreated, ImageRestored),
        "notify": (ImageReady, ImageHeld, ImageRejected, ImageFailed),
        "retire": (ObjectDeleted, RenditionsObsolete),
    }


@dataclass
class Message:
    """An event on a function's queue."""

    function: str
    event: Event
    tried: int = 0


@dataclass(eq=False)
class Worker:
    """A function at work on one message, stopped before its next step."""

    message: Message
    run: Any
    started: datetime
    at: str = "start"
    trail: list[str] = field(default_factory=list)


class _Vision:
    """Finds in a picture what its first word says."""

    def ask(self, operation: str, image: bytes, options: Any) -> dict[str, Any]:
        confidence = _CONFIDENCES[image.split()[0]]
        label = {"Name": "Violence", "Confidence": confidence, "ParentName": ""}
        return {"ModerationLabels": [label] if confidence else []}


class World:
    """A bucket, four queues, the functions behind them, and all that they write to."""

    def __init__(self, *, gate: str, versioned: bool) -> None:
        self.gate = gate
        self.clock = MemoryClock()
        self.originals = MemoryOriginals(self.clock, versioned, self._pause)
        self.table = MemoryTable(self._pause)
        self.renditions = MemoryRenditions(self._pause)
        self.bus = MemoryBus(self._pause, self._deliver)
        self.topic = MemoryTopic(self._pause)
        self.queue: list[Message] = []
        self.dead: list[Message] = []
        self.workers: list[Worker] = []
        self.acknowledged = 0
        self.told: Counter[tuple[str, str, str]] = Counter()
        """How often each `(image_id, sequencer, outcome)` was told."""
        self.excused: Counter[tuple[str, str, str]] = Counter()
        """How often a teller died just after telling."""
        self._routes = _routes(gate)
        self._functions = self._build()

    def _build(self) -> dict[str, Callable[[Event, int], None]]:
        catalog = Catalog(self.table, self.clock)

        def course(stage: Any) -> Course:
            return Course(stage, catalog, self.originals, self.bus)

        return {
            "resize": Resize(
                course("resize"), self.renditions, develop, "recipe", 1000, 1769, self.clock
            ),
            "rekognition": Analyse(
                course("rekognition"),
                lambda data, *, isolated: develop(data, isolated=isolated).files[0].data,
                _Vision(),
                Analyses(("moderation",)),
                _POLICY,
                1000,
                1769,
                self.clock,
            ),
            "notify": Notify(
                catalog,
                self.topic,
                None,
                "https://pictures",
                "test",
                self.clock,
                lambda: str(id(getcurrent())),
            ),
            "retire": Retire(
                catalog, self.originals, self.renditions, MemoryEdge(self._pause), self.bus
            ),
        }

    # What users do.

    def upload(self, key: str, kind: str) -> None:
        self._go_on()
        original = self.originals.store(key, kind.encode())
        self._deliver(ObjectCreated(original=original))

    def delete(self, key: str) -> None:
        self._go_on()
        if self.originals.newest(key):
            self._deleted(self.originals.delete(key))

    def delete_newest(self, key: str) -> None:
        """Delete the newest version or marker for good, which may bring an older one back."""
        self._go_on()
        if self.originals.versioned and self.originals.versions.get(key):
            self._deleted(self.originals.delete_newest(key))

    # What the world does.

    def start(self, index: int) -> None:
        """Begin with a message; it stays on the queue for others until it is acknowledged."""
        self._go_on()
        message = self.queue.pop(index)
        message.tried += 1
        worker = Worker(message, None, self.clock.now)
        worker.run = greenlet(lambda: self._work(message))
        self.workers.append(worker)

    def step(self, index: int) -> None:
        """Let a worker do its next step, unless its time is over."""
        self._go_on()
        worker = self.workers[index]
        if self.clock.now - worker.started > timedelta(seconds=TIMEOUTS[worker.message.function]):
            self.crash(index)
            return
        worker.trail.append(worker.at)
        ended = worker.run.switch()
        if worker.run.dead:
            self.workers.remove(worker)
            if ended is None:
                self.acknowledged += 1
            else:
                self._return(worker.message)
        else:
            worker.at = ended

    def crash(self, index: int) -> None:
        """Let a worker die before its next step."""
        self._go_on()
        worker = self.workers.pop(index)
        if "tell" in worker.trail and worker.message.function == "notify":
            image, sequencer, outcome = _outcome(worker.message.event)
            item = self.table.rows[image]
            marked = item.get("notices", {}).get(outcome, {}).get("state") == "sent"
            if item["sequencer"] == sequencer and not marked:
                self.excused[image, sequencer, outcome] += 1
        if worker.run:
            worker.run.throw(GreenletExit)
        self._return(worker.message)

    def wait(self) -> None:
        """Let time pass: leases end, functions time out."""
        self.clock.wait(40)

    def repeat(self, index: int) -> None:
        """Deliver a message twice."""
        message = self.queue[index]
        self.queue.append(Message(message.function, message.event))

    def redrive(self) -> None:
        """Send everything in the dead-letter queue back."""
        for message in self.dead:
            self.queue.append(Message(message.function, message.event))
        self.dead.clear()

    def settle(self, choose: Callable[[int], int] = lambda _: 0) -> None:
        """Go on without further mishaps until there is nothing left to do."""
        for _ in range(10_000):
            if self.workers:
                self.step(choose(len(self.workers)))
            elif self.queue:
                self.clock.wait(61)
                self.start(choose(len(self.queue)))
            elif self.dead:
                self.redrive()
            else:
                return
        raise AssertionError("the world does not come to rest")

    # What must hold.

    def check_always(self) -> None:
        """At every moment: what an item shows is there, and guarded means guarded."""
        for row in self.table.rows.values():
            item = Item.from_dict(row)
            shown = item.renditions if item.status == "ready" else item.previous
            for formats in (shown or {}).values():
                for file in formats.values():
                    assert file["key"] in self.renditions.files, (item.status, file["key"])
        if self.gate == "guarded":
            assert {data.split()[0] for data in self.renditions.files.values()} <= {b"good"}

    def check_end(self) -> None:
        """When all is quiet: every picture is where an orderly run would have left it."""
        assert not self.queue
        assert not self.dead
        for key in self.originals.versions:
            item = self._item(key)
            newest = self.originals.newest(key)
            files = [name for name in self.renditions.files if image_id(key) in name]
            if newest is None:
                assert item is None or item.status == "deleted", (key, item)
                assert files == []
                continue
            assert item is not None
            assert newest.data is not None
            kind = newest.data.decode().split()[0]
            assert item.status == OUTCOMES[kind], (key, kind, item)
            assert item.etag == newest.original.etag
            if item.status != "held":
                shown = [
                    file["key"]
                    for formats in (item.renditions or {}).values()
                    for file in formats.values()
                ]
                assert sorted(files) == sorted(shown), (item.status, files)
                assert set(item.claimed) == ({item.content} if item.content else set())
            rendered = kind == "good" or (kind, self.gate) == ("doubtful", "open")
            assert bool(item.renditions) == rendered
            assert self.told[item.image_id, item.sequencer, item.status] >= 1
        for outcome, times in self.told.items():
            assert times <= 1 + self.excused[outcome], outcome

    def _item(self, key: str) -> Item | None:
        row = self.table.rows.get(image_id(key))
        return Item.from_dict(row) if row else None

    def _work(self, message: Message) -> Exception | None:
        try:
            self._functions[message.function](message.event, message.tried)
        except Exception as error:  # whatever it is, the queue tries again
            return error
        return None

    def _pause(self, step: str) -> None:
        current = getcurrent()
        if current.parent is None:
            return
        current.parent.switch(step)
        if step == "tell":
            worker = next(worker for worker in self.workers if worker.run is current)
            self.told[_outcome(worker.message.event)] += 1

    def _return(self, message: Message) -> None:
        (self.dead if message.tried >= MAX_TRIES else self.queue).append(message)

    def _deliver(self, event: Event) -> None:
        for function, kinds in self._routes.items():
            if isinstance(event, kinds):
                self.queue.append(Message(function, event))

    def _deleted(self, original: Original) -> None:
        self._deliver(ObjectDeleted(original=original, at=self.clock.now))

    def _go_on(self) -> None:
        self.clock.wait(0.1)


def _outcome(event: Event) -> tuple[str, str, str]:
    word = {
        ImageReady: "ready",
        ImageHeld: "held",
        ImageRejected: "rejected",
        ImageFailed: "failed",
    }[type(event)]
    return event.original.image_id, event.original.sequencer, word
