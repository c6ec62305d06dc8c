"""The buckets: originals to read, renditions to write and remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.original import Original

__all__ = [
    "Current",
    "OriginalChangedError",
    "OriginalGoneError",
    "OriginalTooLargeError",
    "Originals",
    "Renditions",
    "Upload",
]


class OriginalGoneError(Exception):
    """The original no longer exists."""


class OriginalChangedError(Exception):
    """The object was overwritten after the event; the overwrite has an event of its own."""


class OriginalTooLargeError(Exception):
    """The original has more bytes than the reader accepts; `owner` as in `Upload`."""

    def __init__(self, message: str, owner: str | None) -> None:
        super().__init__(message)
        self.owner = owner


@dataclass(frozen=True)
class Upload:
    """An original's bytes, and its uploader's address from the object's `owner` metadata."""

    data: bytes
    owner: str | None


@dataclass(frozen=True)
class Current:
    """The version that the bucket shows under a key now."""

    original: Original
    modified: datetime


class Originals(Protocol):
    """The uploads, exactly as they arrived."""

    def read(self, original: Original, *, limit: int) -> Upload:
        """All bytes of exactly this version.

        Raises `OriginalGoneError`, `OriginalChangedError`, or `OriginalTooLargeError` beyond
        `limit` bytes, before reading them.
        """

    def current(self, original: Original) -> Current | None:
        """What lies under the original's key now, with the original's sequencer."""


class Renditions(Protocol):
    """The files made from originals."""

    def write(self, key: str, data: bytes, content_type: str) -> None:
        """Store one rendition, cacheable for ever."""

    def under(self, prefix: str) -> Sequence[str]:
        """The keys of everything under the prefix."""

    def remove(self, keys: Sequence[str]) -> None:
        """Remove these; a key that does not exist is no error."""
