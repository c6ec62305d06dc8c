"""The discrete-event model: uploads, queues, event source mappings, functions, follow-up events.

What a *host* does with an invocation is all that differs between AWS (`proofs.scale.aws`) and the
machine of the recorded run (`proofs.scale.local`).
"""

import math
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import simpy

from proofs.scale.graph import Deployed, Route

__all__ = ["Event", "Host", "Message", "Picture", "Pipeline", "Station", "Steps"]

Event = simpy.Event
Steps = Generator[simpy.Event, Any, None]


@dataclass(slots=True, eq=False)
class Picture:
    """One upload; all times are seconds of the simulation."""

    uploaded: float
    kind: str = "good"
    """`good`, `broken` (no picture: fails at once and for good), `killing` (kills its function) or
    `erring` (every attempt fails); `retired` is a deletion or a replacement's old files. Any other
    kind is treated as `good`."""
    analysed: float = math.nan
    rendering: bool = False
    """Whether `resize` has begun."""
    rendered: float = math.nan
    ended: float = math.nan
    """When the last of the stages that it needs was done."""
    notified: float = math.nan
    bulk: bool = False


@dataclass(slots=True, eq=False)
class Message:
    """One picture's message in one queue."""

    picture: Picture
    sent: float
    deliveries: int = 0

    @property
    def repeats(self) -> bool:
        """Whether an earlier message for `resize` has led to the work already."""
        return not math.isnan(self.picture.rendered)


class Host(Protocol):
    """Where functions run."""

    def upload(self, picture: Picture) -> Steps:
        """What happens between an upload and its event."""

    def accepts(self, function: str) -> bool:
        """Whether one more execution may begin now."""

    def invoke(
        self, route: Route, batch: Sequence[Message]
    ) -> Generator[simpy.Event, Any, set[Message]]:
        """One invocation; returns the messages that failed."""


@dataclass(eq=False)
class Station:
    """A queue, its event source mapping and its dead-letter queue."""

    env: simpy.Environment
    route: Route
    host: Host
    done: "Done"
    pollers: float = math.inf
    """Concurrent batches at first."""
    growth: float = math.inf
    """More of them per second while messages wait."""
    paused: bool = False
    visible: deque[Message] = field(default_factory=deque)
    running: int = 0
    hidden: int = 0
    """Messages that failed and are not visible yet."""
    invocations: int = 0
    most_waiting: int = 0
    waits: list[float] = field(default_factory=list)
    """Seconds before the first delivery of each message."""
    dead: list[Message] = field(default_factory=list)
    history: list[tuple[float, int]] = field(default_factory=list)
    """How many messages were in the queue, at times."""
    busy_since: float | None = None

    def __post_init__(self) -> None:
        self._changed = self.env.event()
        self.env.process(self._poll())

    def send(self, message: Message) -> None:
        """Put a message on the queue."""
        self.visible.append(message)
        self.most_waiting = max(self.most_waiting, len(self.visible))
        self.wake()

    @property
    def quiet(self) -> bool:
        """Whether every message was acknowledged or is a dead letter."""
        return not (self.visible or self.running or self.hidden)

    def wake(self) -> None:
        """Look at the queue again."""
        changed, self._changed = self._changed, self.env.event()
        changed.succeed()

    def _allowed(self) -> int:
        """Executions that the mapping may have now: pollers are added while messages wait."""
        if math.isinf(self.growth):
            return self.route.concurrency
        if self.busy_since is None:
            self.busy_since = self.env.now
        grown = self.pollers + self.growth * (self.env.now - self.busy_since)
        return min(self.route.concurrency, int(grown))

    def _poll(self) -> Steps:
        route = self.route
        while True:
            changed = self._changed
            if not self.visible:
                if not self.running:
                    self.busy_since = None
                yield changed
                continue
            allowed = self._allowed()
            if self.paused or self.running >= allowed or not self.host.accepts(route.function):
                if allowed < route.concurrency and not self.paused:
                    yield changed | self.env.timeout(1 / self.growth)
                else:
                    yield changed
                continue
            if route.window_seconds and len(self.visible) < route.batch_size:
                left = self.visible[0].sent + route.window_seconds - self.env.now
                if left > 0:
                    yield changed | self.env.timeout(left)
                    continue
            size = min(route.batch_size, len(self.visible))
            batch = [self.visible.popleft() for _ in range(size)]
            self.running += 1
            self.invocations += 1
            self.env.process(self._execute(batch))

    def _execute(self, batch: Sequence[Message]) -> Steps:
        received = self.env.now
        for message in batch:
            if not message.deliveries:
                self.waits.append(received - message.sent)
            message.deliveries += 1
            message.picture.rendering |= self.route.function == "resize"
        failed = yield from self.host.invoke(self.route, batch)
        self.running -= 1
        for message in batch:
            if message in failed:
                self.env.process(self._return(message, received + self.route.visibility_seconds))
            else:
                self.done(self.route, message)
        self.wake()

    def _return(self, message: Message, at: float) -> Steps:
        self.hidden += 1
        yield self.env.timeout(max(0.0, at - self.env.now))
        self.hidden -= 1
        if message.deliveries >= self.route.deliveries:
            self.dead.append(message)
        else:
            self.send(message)


class Done(Protocol):
    """What follows when a function acknowledged a message."""

    def __call__(self, route: Route, message: Message) -> None: ...


class Pipeline:
    """All stations of a stage, wired as the program wires them."""

    def __init__(
        self,
        env: simpy.Environment,
        deployed: Deployed,
        host: Host,
        *,
        pollers: float = math.inf,
        growth: float = math.inf,
        bulk: bool = False,
    ) -> None:
        self.env, self.gate, self.host = env, deployed.gate, host
        self.pictures: list[Picture] = []
        names = ("rekognition", "resize", "notify", "retire")
        self.stations = {
            name: Station(env, deployed.route(name), host, self._done, pollers, growth)
            for name in names
        }
        if bulk:
            for name in ("rekognition", "resize"):
                route = deployed.route(name, bulk=True)
                self.stations[f"{name}-bulk"] = Station(
                    env, route, host, self._done, pollers, growth
                )

    def upload(self, arrivals: Iterable[tuple[float, str]], *, bulk: bool = False) -> Steps:
        """Upload a picture of each kind at each time, in order."""
        for at, kind in arrivals:
            if at > self.env.now:
                yield self.env.timeout(at - self.env.now)
            picture = Picture(self.env.now, kind, bulk=bulk)
            self.pictures.append(picture)
            self.env.process(self._arrive(picture))

    def watch(self, every: float) -> Steps:
        """Keep how many messages are in each queue: visible, or hidden until their next attempt."""
        while True:
            for station in self.stations.values():
                held = len(station.visible) + station.hidden
                station.history.append((self.env.now, held))
            yield self.env.timeout(every)

    def _arrive(self, picture: Picture) -> Steps:
        yield from self.host.upload(picture)
        if picture.kind == "retired":
            self._send("retire", picture)
            return
        self._send("rekognition", picture)
        if self.gate == "open":
            self._send("resize", picture)

    def _send(self, function: str, picture: Picture) -> None:
        name = f"{function}-bulk" if picture.bulk else function
        station = self.stations.get(name) or self.stations[function]
        station.send(Message(picture, self.env.now))

    def _done(self, route: Route, message: Message) -> None:
        picture, now = message.picture, self.env.now
        if route.function == "notify":
            picture.notified = now
        elif route.function == "retire":
            picture.ended = now
        elif picture.kind == "broken":
            # The first stage that fails publishes `Image Failed`.
            if math.isnan(picture.ended):
                picture.ended = now
                self._notify(picture)
        else:
            if route.function == "rekognition":
                picture.analysed = now
                # With the gate `open` the verdict starts a picture that `resize` has not begun.
                if self.gate == "guarded" or not picture.rendering:
                    self._send("resize", picture)
            elif message.repeats:
                return
            else:
                picture.rendered = now
            if not math.isnan(picture.analysed + picture.rendered):
                picture.ended = now
                self._notify(picture)

    def _notify(self, picture: Picture) -> None:
        # A backfill sends one summary instead.
        if not picture.bulk:
            self._send("notify", picture)
