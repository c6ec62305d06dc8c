"""The goals of the race, and how near each is."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.cases import Case
from bench.contender import NAMES
from bench.race import Measure, Results, Timing, ratio

__all__ = ["Goal", "goals", "share"]

_TIMES = (("sharp idiomatic", 0.4), ("sharp tuned", 0.8), ("codecs", 1.5))
"""Darkroom's largest share of a contender's time."""

_BYTES = 1.02
"""Darkroom's largest share of a contender's bytes."""

_MEASURES: Mapping[Measure, str] = {"wall": "wall time", "cpu": "processor time"}


@dataclass(frozen=True)
class Goal:
    """A limit, and the values for JPEG and PNG input; None if there is none."""

    text: str
    limit: float
    jpeg: float | None
    png: float | None
    digits: int = 2

    @property
    def verdict(self) -> str:
        """Whether the goal is reached: by both kinds of input, or by which."""
        if self.jpeg is None:
            return "not measured"
        reached = {
            kind: value <= self.limit
            for kind, value in (("JPEG", self.jpeg), ("PNG", self.png))
            if value is not None
        }
        if all(reached.values()):
            return "yes"
        return next((f"{kind} only" for kind, met in reached.items() if met), "**no**")


def goals(results: Results) -> list[Goal]:
    """Every goal, with what was measured."""
    found = [
        Goal(
            f"at most {limit} of {NAMES[name]}, {word}, one core",
            limit,
            share(results.one_core, name, measure, ".jpg"),
            share(results.one_core, name, measure, ".png"),
        )
        for name, limit in _TIMES
        for measure, word in _MEASURES.items()
    ]
    for name in ("sharp idiomatic", "sharp tuned"):
        jpeg, png = (_size_share(results.one_core, name, kind) for kind in (".jpg", ".png"))
        found.append(Goal(f"bytes at most {_BYTES} of {NAMES[name]}'s", _BYTES, jpeg, png, 3))
    for name in ("sharp idiomatic", "sharp tuned"):
        jpeg, png = (_points_lost(results, name, kind) for kind in (".jpg", ".png"))
        found.append(Goal(f"SSIMULACRA2 points below {NAMES[name]}: none", 0.0, jpeg, png))
    for case, taken in results.memory.items():
        if case.photograph.name == "100.jpg":
            text = "MB over the idle process for 100 megapixels of baseline JPEG: under 100"
            found.append(Goal(text, 100, taken["ours"], None, 0))
    return found


def share(timing: Timing, name: str, measure: Measure, kind: str) -> float | None:
    """Darkroom's share of a contender's time: the geometric mean over a kind of photographs."""
    return _geometric(ratio(timing[case], name, measure) for case in _of_kind(timing, kind))


def _size_share(timing: Timing, name: str, kind: str) -> float | None:
    return _geometric(
        timing[case]["ours"].size / timing[case][name].size for case in _of_kind(timing, kind)
    )


def _points_lost(results: Results, name: str, kind: str) -> float | None:
    lost = [
        results.scores[case][name][form] - results.scores[case]["ours"][form]
        for case in _of_kind(results.scores, kind)
        for form in ("jpeg", "webp")
    ]
    return statistics.mean(lost) if lost else None


def _of_kind(cases: Mapping[Case, Any], kind: str) -> list[Case]:
    """The cases with WebP beside JPEG whose photograph has this extension."""
    return [case for case in cases if case.photograph.name.endswith(kind) and case.second == "webp"]


def _geometric(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.geometric_mean(known) if known else None
