"""The recorded run's machine as a host, with the times of its calm run."""

import random
import statistics
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import simpy

from proofs.load.recording import SAMPLED_SECONDS, Recording
from proofs.scale.graph import Deployed, Route
from proofs.scale.machine import LOCAL_AWS, UPLOADERS, Machine
from proofs.scale.simulation import Message, Picture, Pipeline, Steps

__all__ = ["REKOGNITION_SHARE", "LocalHost", "Run", "Times", "replay"]

REKOGNITION_SHARE = 0.85
"""How much of what `rekognition` waits for is the local AWS's work; for other functions it is all.
The rest is spent on the way to the stand-in and back. This is the model's only fitted number: it
decides how the waits divide between the queues of `rekognition` and `resize`."""

_LEAST_CORES = 0.2
_SLICES = 4
"""An invocation alternates between its own work and calls of the local AWS."""


@dataclass(frozen=True)
class Times:
    """The calm run's invocations, and how much of their time each process works.

    An invocation that took `d` seconds alone takes `own * d` of its function's processor time and
    `emulator * d` of the local AWS's, each by function.
    """

    durations: Mapping[str, Sequence[float]]
    """Seconds of an invocation that does the work, by function: values equally likely."""
    repeats: Mapping[str, Sequence[float]]
    """The same of one that finds the work done."""
    own: Mapping[str, float]
    emulator: Mapping[str, float]
    upload: float
    """Processor seconds of the local AWS for an upload."""
    listeners: float
    """Processor seconds for each upload."""

    @classmethod
    def of(cls, recording: Recording) -> "Times":
        """The local AWS's processor time is measured as a whole. It is divided in proportion to how
        long each caller waited beyond its own work, with `REKOGNITION_SHARE`. If a function was
        invoked more than once per picture, the fastest invocations count as repeats."""
        calm = recording.calm
        spent = calm.processor_ms
        durations, repeats, own, shares, beyond = {}, {}, {}, {}, calm.upload_ms
        for name, found in calm.durations_ms.items():
            if (invoked := calm.invocations[name]) < calm.pictures / 2:
                continue
            inner = found[1:-1]
            first = round(len(inner) * max(0, invoked - calm.pictures) / invoked)
            repeats[name] = [ms / 1000 for ms in inner[:first] or inner]
            durations[name] = [ms / 1000 for ms in inner[first:]]
            waited = statistics.mean(inner) * invoked / calm.pictures
            stand_in = spent.get("stand-in", 0.0) if name == "rekognition" else 0.0
            own[name] = min(1.0, (spent.get(name, 0.0) + stand_in) / waited)
            shares[name] = 1 - own[name]
            if name == "rekognition":
                shares[name] *= REKOGNITION_SHARE
            beyond += waited * shares[name]
        return cls(
            durations=durations,
            repeats=repeats,
            own=own,
            emulator={name: each * spent["local AWS"] / beyond for name, each in shares.items()},
            upload=calm.upload_ms * spent["local AWS"] / beyond / 1000,
            listeners=spent["listeners"] / 1000,
        )


class LocalHost:
    """Functions, local AWS and uploaders on the same cores."""

    def __init__(self, env: simpy.Environment, recording: Recording, seed: int = 1) -> None:
        self._times = Times.of(recording)
        ours = [
            max(_LEAST_CORES, recording.cores - others) for others in recording.burst.others_cores
        ]
        self._machine = Machine(env, ours, SAMPLED_SECONDS)
        self._chance = random.Random(seed)

    def upload(self, picture: Picture) -> Steps:
        """The upload itself; the uploader's own work is under way at the same time."""
        self._machine.burden(self._times.listeners, UPLOADERS)
        yield self._machine.work(self._times.upload, LOCAL_AWS)

    def accepts(self, function: str) -> bool:
        """The local AWS has no limit of its own."""
        return True

    def invoke(
        self, route: Route, batch: Sequence[Message]
    ) -> Generator[simpy.Event, Any, set[Message]]:
        """Own work and the local AWS's in turn."""
        times = self._times
        name = route.function if route.function in times.durations else "notify"
        alone = sum(
            self._chance.choice((times.repeats if each.repeats else times.durations)[name])
            for each in batch
        )
        own = alone * times.own[name] / _SLICES
        emulator = alone * times.emulator[name] / _SLICES
        for _ in range(_SLICES):
            yield self._machine.work(own)
            yield self._machine.work(emulator, LOCAL_AWS)
        return set()


@dataclass(frozen=True)
class Run:
    """What the model makes of the recorded burst, in the words of the recording."""

    seconds: float
    ready_seconds: Sequence[float]
    notified_seconds: Sequence[float]
    waits_seconds: Mapping[str, Sequence[float]]


def replay(deployed: Deployed, recording: Recording, seed: int = 1) -> Run:
    """Simulate the recorded burst: its arrivals, executions and cores."""
    env = simpy.Environment()
    burst = recording.burst
    routes = {
        name: Route(**{**route.__dict__, "concurrency": min(route.concurrency, burst.executions)})
        for name, route in deployed.routes.items()
    }
    pipeline = Pipeline(
        env,
        Deployed(deployed.gate, routes, deployed.indexes),
        LocalHost(env, recording, seed),
    )
    env.process(pipeline.upload(_arrivals(recording, random.Random(seed))))
    env.run()
    ended = [each for each in pipeline.pictures if each.kind != "replaced"]
    return Run(
        seconds=max(each.ended for each in ended) - min(each.uploaded for each in ended),
        ready_seconds=sorted(e.ended - e.uploaded for e in ended if e.kind == "good"),
        notified_seconds=sorted(e.notified - e.uploaded for e in ended),
        waits_seconds={name: sorted(each.waits) for name, each in pipeline.stations.items()},
    )


def _arrivals(recording: Recording, chance: random.Random) -> list[tuple[float, str]]:
    """The recorded uploads, spread over each second, of the recorded kinds.

    A key's time is that of its last upload. Those that it replaced came at times like the others'.
    """
    burst = recording.burst
    broken = burst.ends.get("failed", 0) / sum(burst.ends.values())
    times = [
        second + (number + 0.5) / count
        for second, count in enumerate(burst.arrivals)
        for number in range(count)
    ]
    arrivals = [(at, "broken" if chance.random() < broken else "good") for at in times]
    replaced = [(chance.choice(times), "replaced") for _ in range(burst.uploads - len(times))]
    return sorted(arrivals + replaced)
