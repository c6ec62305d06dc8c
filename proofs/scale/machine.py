"""The machine of the recorded run: cores that its processes share."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

__all__ = ["LOCAL_AWS", "UPLOADERS", "Machine"]

LOCAL_AWS, UPLOADERS = "local AWS", "listeners"
"""Processes that keep at most one core busy, however many threads wait: each is one Python
process, with one interpreter lock."""

_DONE = 1e-9


@dataclass(eq=False)
class _Job:
    process: str | None
    """One of the single processes, or None for one of its own."""
    left: float
    """Seconds of processor time."""
    done: simpy.Event


class Machine:
    """Cores, divided evenly among the processes that have work (processor sharing)."""

    def __init__(self, env: simpy.Environment, cores: float) -> None:
        self._env = env
        self._cores = cores
        self._jobs: list[_Job] = []
        self._since = env.now
        self._changed = env.event()
        env.process(self._run())

    def work(self, seconds: float, process: str | None = None) -> simpy.Event:
        """An event that succeeds when this much processor time was given."""
        self._pass()
        job = _Job(process, seconds, self._env.event())
        if seconds <= 0:
            job.done.succeed()
            return job.done
        self._jobs.append(job)
        self._wake()
        return job.done

    def _rate(self) -> tuple[float, dict[str | None, int]]:
        """What one process gets, and how many jobs wait in each kind."""
        waiting: dict[str | None, int] = {}
        for job in self._jobs:
            waiting[job.process] = waiting.get(job.process, 0) + 1
        processes = waiting.get(None, 0) + sum(kind is not None for kind in waiting)
        return (min(1.0, self._cores / processes) if processes else 0.0), waiting

    def _pass(self) -> None:
        """Give the time since the last change to the jobs."""
        passed, self._since = self._env.now - self._since, self._env.now
        if not passed or not self._jobs:
            return
        rate, waiting = self._rate()
        for job in self._jobs:
            share = 1 if job.process is None else waiting[job.process]
            job.left -= passed * rate / share

    def _wake(self) -> None:
        self._changed.succeed()
        self._changed = self._env.event()

    def _run(self) -> Generator[simpy.Event, Any, None]:
        while True:
            changed = self._changed
            if not self._jobs:
                yield changed
                continue
            rate, waiting = self._rate()
            soonest = min(
                job.left * (1 if job.process is None else waiting[job.process])
                for job in self._jobs
            )
            yield changed | self._env.timeout(max(0.0, soonest / rate))
            self._pass()
            ended = [job for job in self._jobs if job.left <= _DONE]
            self._jobs = [job for job in self._jobs if job.left > _DONE]
            for job in ended:
                job.done.succeed()
