"""The catalog's pictures by status, as an operator asks for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, get_args

from pipeline.item import Status

__all__ = ["STATUSES", "Count", "Failed", "StatusCounts", "StatusOrder"]

STATUSES: tuple[Status, ...] = get_args(Status)
"""Every status, in the order that a picture may go through them."""


@dataclass(frozen=True)
class Count:
    """How many pictures; `exact` is False where counting stopped there."""

    pictures: int
    exact: bool


@dataclass(frozen=True)
class Failed:
    """One picture that failed. `at` is ISO 8601 in UTC."""

    image_id: str
    key: str
    at: str
    stage: str
    code: str
    message: str


class StatusCounts(Protocol):
    """The catalog's index by status, for an overview."""

    def count(self, status: str, *, most: int) -> Count:
        """How many pictures have the status; counting stops at `most`."""

    def last_failures(self, most: int) -> list[Failed]:
        """The pictures that failed last, the newest first."""


class StatusOrder(Protocol):
    """The catalog's index by status, in the order of the last change."""

    def newest(self, status: str) -> str | None:
        """When a picture of the status changed last, as the catalog writes it; None if none has
        it."""

    def unchanged(self, status: str, *, since: str) -> Iterator[str]:
        """The image ids of pictures of the status that did not change after `since`, the longest
        unchanged first."""
