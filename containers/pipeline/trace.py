"""The way of one version through the functions, from the lines of their logs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["LogLine", "Span", "spans"]

_OPENS = "received"


@dataclass(frozen=True)
class LogLine:
    """One line of a function's log. `stream` is of one execution environment, whose lines are in
    order."""

    function: str
    stream: str
    text: str


@dataclass(frozen=True)
class Span:
    """One function at work on one event. Times are seconds since 1970."""

    function: str
    event: str
    began: float
    ended: float
    outcome: str
    """The last thing that the function logged about it."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


def spans(lines: Iterable[LogLine], trace_id: str) -> list[Span]:
    """What each function did about the version, the earliest first.

    A message that another one interleaves with, as in a batch of `retire`, is told apart by its
    trace id.
    """
    found: list[Span] = []
    open_: dict[tuple[str, str], int] = {}
    for line in lines:
        logged = _parsed(line.text)
        if logged.get("trace_id") != trace_id:
            continue
        at = datetime.fromisoformat(logged["timestamp"]).timestamp()
        place, message = (line.function, line.stream), str(logged["message"])
        if message == _OPENS:
            open_[place] = len(found)
            found.append(Span(line.function, str(logged.get("event")), at, at, message))
        elif place in open_:
            span = found[open_[place]]
            found[open_[place]] = Span(span.function, span.event, span.began, at, message)
    return sorted(found, key=lambda span: span.began)


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        logged = json.loads(text)
    except ValueError:
        return {}
    return logged if isinstance(logged, dict) else {}
