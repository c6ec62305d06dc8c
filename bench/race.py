"""The measurements: time, memory, bytes and quality of every contender on every case."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from bench import workshop
from bench.cases import Case
from bench.contender import CONTENDERS, Contender, pipes

__all__ = [
    "JUDGED",
    "Measure",
    "Memory",
    "Progress",
    "Results",
    "Scores",
    "Times",
    "Timing",
    "race",
    "ratio",
    "scores",
    "taken_memory",
]

JUDGED = ("ours", "sharp idiomatic", "sharp tuned", "vips")
"""The contenders whose files are judged."""

Measure = Literal["wall", "cpu"]
Progress: TypeAlias = Callable[[str], None]


@dataclass
class Times:
    """What one contender took for one case, in milliseconds, and how many bytes it wrote."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0
    error: str = ""


Timing: TypeAlias = Mapping[Case, Mapping[str, Times]]
Memory: TypeAlias = Mapping[Case, Mapping[str, float | None]]
Scores: TypeAlias = Mapping[Case, Mapping[str, Mapping[str, float]]]
"""By case, contender and format."""


@dataclass(frozen=True)
class Results:
    """Everything that was measured."""

    one_core: Timing
    two_cores: Timing
    memory: Memory
    scores: Scores
    rounds: int


def race(
    cases: Iterable[Case], cores: int, rounds: int, kept: Path | None, progress: Progress
) -> Timing:
    """Run every contender on every case in turn, after one round that is not counted.

    The contenders take turns on each photograph, so that disturbances of the machine affect all of
    them alike. The files of the first round go to `kept`.
    """
    running = [Contender(name, cores) for name in CONTENDERS]
    timing: dict[Case, dict[str, Times]] = {}
    try:
        for case in cases:
            timing[case] = {name: Times() for name in CONTENDERS}
            for number in range(rounds + 1):
                for contender in running:
                    _run(contender, case, timing[case][contender.name], number, kept)
            progress(f"{cores} core(s): {case.name}")
    finally:
        for contender in running:
            contender.close()
    return timing


def _run(contender: Contender, case: Case, times: Times, number: int, kept: Path | None) -> None:
    # One round takes idiomatic sharp ten seconds for AVIF: one is enough to show that.
    slow = case.second == "avif" and contender.name == "sharp idiomatic"
    if times.error or (slow and number > 1):
        return
    folder = None
    if kept is not None and number == 0:
        folder = kept / case.name / contender.name
        folder.mkdir(parents=True)
    answer = contender.take(case, folder)
    if "error" in answer:
        times.error = answer["error"]
    elif number > 0:
        times.wall.append(answer["wall"])
        times.cpu.append(answer["cpu"])
        times.size = answer["bytes"]


def taken_memory(cases: Iterable[Case], progress: Progress) -> Memory:
    """Peak resident megabytes of a fresh process, minus the same process before its first order."""
    results: dict[Case, dict[str, float | None]] = {}
    for case in cases:
        results[case] = {}
        for name in CONTENDERS[:-1]:
            contender = Contender(name, 1)
            answer = contender.take(case)
            contender.close()
            peak = answer.get("peak")
            taken = None if peak is None else (peak - contender.greeting["loaded"]) * 1024 / 1e6
            results[case][name] = taken
        progress(f"memory: {case.name}")
    return results


def scores(cases: Sequence[Case], kept: Path, progress: Progress) -> Scores:
    """SSIMULACRA2 of the largest rendition in each format; two judges work side by side."""
    judges = [_judge() for _ in range(2)]
    asked = []
    for number, case in enumerate(cases):
        files = [
            (name, form)
            for name in JUDGED
            for form in ("jpeg", case.second)
            if (kept / case.name / name / f"large.{form}").exists()
        ]
        paths = [str(kept / case.name / name / f"large.{form}") for name, form in files]
        judge = judges[number % len(judges)]
        order = {"original": str(case.photograph.path), "files": paths}
        pipes(judge)[0].write(json.dumps(order) + "\n")
        pipes(judge)[0].flush()
        asked.append((case, files, judge))
    results: dict[Case, dict[str, dict[str, float]]] = {}
    for case, files, judge in asked:
        points = json.loads(pipes(judge)[1].readline())
        results[case] = {}
        for (name, form), score in zip(files, points, strict=True):
            results[case].setdefault(name, {})[form] = score
        progress(f"quality: {case.name}")
    for judge in judges:
        pipes(judge)[0].close()
        judge.wait(timeout=60)
    return results


def _judge() -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - fixed command
        [str(workshop.python()), "-m", "bench.contenders.quality"],
        cwd=workshop.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def ratio(times: Mapping[str, Times], name: str, measure: Measure) -> float | None:
    """Darkroom's time divided by a contender's, as the median over the rounds."""
    mine, theirs = getattr(times["ours"], measure), getattr(times[name], measure)
    if not mine or not theirs:
        return None
    if len(theirs) < len(mine):
        return float(statistics.median(mine) / statistics.median(theirs))
    return float(statistics.median(a / b for a, b in zip(mine, theirs, strict=True)))
