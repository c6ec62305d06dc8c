"""Small records that are changed one at a time, each by a condition on the state that was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["Record", "Records"]


@dataclass(frozen=True, kw_only=True)
class Record:
    """Plain values under an id, until `expires_at` in seconds since 1970."""

    id: str
    expires_at: int
    values: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0
    """Counts the writes; 0 for a record that is not stored yet."""


class Records(Protocol):
    """A table of such records."""

    def get(self, record_id: str) -> Record | None:
        """The record as last written."""

    def put(self, record: Record) -> None:
        """Write the record as its next revision, if its revision is the stored one.

        Raises `pipeline.catalog.ConflictError`, and writes nothing, otherwise.
        """

    def remove(self, record_id: str) -> None:
        """Remove the record; nothing happens if there is none."""
