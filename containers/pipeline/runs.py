"""Runs of a workflow, as an operator starts and follows them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

__all__ = ["Run", "Runs", "UnknownRunError"]


class UnknownRunError(LookupError):
    """No run has this name."""


@dataclass(frozen=True)
class Run:
    """One run: its state by the service's own word, what it was given, and why it failed."""

    name: str
    status: str
    began: datetime
    given: Mapping[str, Any]
    problem: str = ""
    failed: int = 0
    """How many batches failed for good."""

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"


class Runs(Protocol):
    """The runs of one workflow, by name."""

    def start(self, name: str, given: Mapping[str, Any]) -> None:
        """Start a run under a name that none has had."""

    def stop(self, name: str) -> None:
        """End it where it is. May raise `UnknownRunError`."""

    def get(self, name: str) -> Run:
        """The run. May raise `UnknownRunError`."""

    def latest(self, most: int) -> Iterator[Run]:
        """So many of them, the latest first."""
