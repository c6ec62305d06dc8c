"""Queues, as an operator sees them: what is on them, and how dead letters get back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

__all__ = [
    "Ages",
    "Alarm",
    "Alarms",
    "Depth",
    "Feeds",
    "Mover",
    "NotMovedError",
    "Progress",
    "Queues",
]


class NotMovedError(RuntimeError):
    """Messages stayed where they were; the message says why."""


@dataclass(frozen=True)
class Depth:
    """The messages on a queue; SQS calls its own counts approximate."""

    waiting: int
    in_flight: int
    delayed: int

    @property
    def messages(self) -> int:
        """All of them."""
        return self.waiting + self.in_flight + self.delayed


@dataclass(frozen=True)
class Progress:
    """How many messages were moved so far, of about how many."""

    moved: int
    of: int


class Queues(Protocol):
    """Queues by their URL."""

    def depth(self, url: str) -> Depth:
        """The messages on the queue."""


@dataclass(frozen=True)
class Alarm:
    """An alarm that is on, and what to do about it."""

    name: str
    advice: str


class Alarms(Protocol):
    """The alarms of a stack."""

    def on(self) -> list[Alarm]:
        """Those that are on, by name."""


class Ages(Protocol):
    """How long the oldest message of a queue has been waiting."""

    def oldest_seconds(self, url: str) -> float | None:
        """Seconds; None where nobody measures it or the queue was empty."""


class Mover(Protocol):
    """Moves messages from one queue to another."""

    def move(self, source: str, target: str, about: int) -> Iterator[Progress]:
        """Move what is in the queue `source` now, about so many, to `target`; both are URLs.

        Raises `NotMovedError` if some stay.
        """


class Feeds(Protocol):
    """What takes messages from a queue to its function, by its id."""

    def stop(self, feed: str) -> None:
        """Leave messages on the queue; those that were taken are worked through."""

    def start(self, feed: str) -> None:
        """Take messages."""
