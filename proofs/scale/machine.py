"""The machine of the recorded run: cores that its processes share."""

import heapq
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import simpy

__all__ = ["LOCAL_AWS", "UPLOADERS", "Machine"]

LOCAL_AWS, UPLOADERS = "local AWS", "listeners"
"""Processes that keep at most one core busy, however many threads wait: each is one Python
process, with one interpreter lock."""

_EPSILON = 1e-9


@dataclass
class _Jobs:
    """Jobs that progress at the same speed; `clock` is how far each has come since it began."""

    clock: float = 0.0
    heap: list[tuple[float, int, simpy.Event]] = field(default_factory=list)


class Machine:
    """Cores, divided evenly among the processes that have work (processor sharing).

    `cores` has how many there are in each interval of so many seconds; the last value stays.
    """

    def __init__(self, env: simpy.Environment, cores: Sequence[float], interval: float) -> None:
        self._env = env
        self._cores = cores[0]
        self._own = _Jobs()
        self._single = {LOCAL_AWS: _Jobs(), UPLOADERS: _Jobs()}
        self._numbers = count()
        self._since = env.now
        self._plan = 0
        env.process(self._change(cores[1:], interval))

    def work(self, seconds: float, process: str | None = None) -> simpy.Event:
        """An event that succeeds when this much processor time was given; without a `process` to
        one that only this job runs in."""
        self._pass()
        jobs = self._own if process is None else self._single[process]
        done = self._env.event()
        heapq.heappush(jobs.heap, (jobs.clock + seconds, next(self._numbers), done))
        self._schedule()
        return done

    def burden(self, seconds: float, process: str) -> None:
        """Give one of the single processes more work that nothing waits for."""
        heap = self._single[process].heap
        if not heap:
            self.work(seconds, process)
            return
        self._pass()
        end, number, done = heapq.heappop(heap)
        heapq.heappush(heap, (end + seconds, number, done))
        self._schedule()

    def _speeds(self) -> list[tuple[_Jobs, float]]:
        """The jobs under way, and how fast each of them progresses."""
        single = [jobs for jobs in self._single.values() if jobs.heap]
        processes = len(self._own.heap) + len(single)
        if not processes:
            return []
        each = min(1.0, self._cores / processes)
        found = [(jobs, each / len(jobs.heap)) for jobs in single]
        return [*found, (self._own, each)] if self._own.heap else found

    def _pass(self) -> None:
        """Let the jobs progress by the time since the last change."""
        passed, self._since = self._env.now - self._since, self._env.now
        if passed:
            for jobs, speed in self._speeds():
                jobs.clock += passed * speed

    def _schedule(self) -> None:
        """Wake up when the next job ends, unless something changes before."""
        self._plan += 1
        left = [(jobs.heap[0][0] - jobs.clock) / speed for jobs, speed in self._speeds()]
        if left:
            wake = self._env.timeout(max(0.0, min(left)))
            wake.callbacks.append(partial(self._end, self._plan))

    def _end(self, plan: int, _event: simpy.Event) -> None:
        if plan != self._plan:
            return
        self._pass()
        for jobs in (self._own, *self._single.values()):
            while jobs.heap and jobs.heap[0][0] <= jobs.clock + _EPSILON:
                heapq.heappop(jobs.heap)[2].succeed()
        self._schedule()

    def _change(self, cores: Sequence[float], interval: float) -> Generator[simpy.Event, Any, None]:
        for number in cores:
            yield self._env.timeout(interval)
            self._pass()
            self._cores = number
            self._schedule()
