"""The buckets: originals to read, renditions to write and remove."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pipeline.original import Original
from pipeline.recipe import Watermark

__all__ = [
    "Current",
    "OriginalChangedError",
    "OriginalForbiddenError",
    "OriginalGoneError",
    "OriginalNotVisibleError",
    "OriginalRefusedError",
    "OriginalTooLargeError",
    "Originals",
    "Previews",
    "Refusal",
    "Renditions",
    "Upload",
    "Version",
    "Versions",
    "Watermarks",
    "refusal_message",
]

Refusal = Literal["archived", "customer_key", "key_denied"]
"""Why S3 does not return an object that exists."""

_REFUSALS: Mapping[Refusal, str] = {
    "archived": "the file is in an archive storage class; restore it, or upload it as standard",
    "customer_key": "the file is encrypted with a key of its own (SSE-C); upload it without one",
    "key_denied": "the file is encrypted with a KMS key that this stack may not use",
}


def refusal_message(code: Refusal) -> str:
    """What the uploader is told about a refusal."""
    return _REFUSALS[code]


class OriginalGoneError(Exception):
    """The original no longer exists."""


class OriginalChangedError(Exception):
    """The object was overwritten after the event; the overwrite has an event of its own."""


class OriginalNotVisibleError(Exception):
    """S3 does not find an object that was written a moment ago; a retry will, unless it is gone."""


class OriginalRefusedError(Exception):
    """The object exists, but S3 will not return it, however often it is asked; `owner` as in
    `Upload`, where it could be read."""

    def __init__(self, code: Refusal, owner: str | None = None) -> None:
        super().__init__(refusal_message(code))
        self.code: Refusal = code
        self.owner = owner


class OriginalForbiddenError(Exception):
    """S3 denies access to the object: a permission is missing, of the function or on this object.
    Either can be put right, so the event stays on its queue."""


class OriginalTooLargeError(Exception):
    """The original has more bytes than the reader accepts; `owner` as in `Upload`."""

    def __init__(self, message: str, owner: str | None) -> None:
        super().__init__(message)
        self.owner = owner


@dataclass(frozen=True)
class Upload:
    """An original's bytes, its uploader's address from the object's `owner` metadata, and the
    SHA-256 that they must have, if an upload in parts declared one."""

    data: bytes
    owner: str | None
    sha256: str | None = None


@dataclass(frozen=True)
class Current:
    """The version that the bucket shows under a key now."""

    original: Original
    modified: datetime
    refusal: Refusal | None = None
    """Why S3 would not return its bytes; None if it would, as far as S3 tells without reading."""


class Originals(Protocol):
    """The uploads, exactly as they arrived."""

    def read(self, original: Original, *, limit: int) -> Upload:
        """All bytes of exactly this version.

        Raises `OriginalGoneError`, `OriginalChangedError`, `OriginalRefusedError`, or
        `OriginalTooLargeError` beyond `limit` bytes, before reading them.
        """

    def current(self, original: Original) -> Current | None:
        """The version that the bucket shows under the original's key now, with the original's
        sequencer; None if there is none, or only an empty object, which is no upload.

        If S3 would refuse to return it, its version is unknown and its etag is that of a listing.
        Raises `OriginalForbiddenError`.
        """


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of an object, or with `hides` a delete marker."""

    version_id: str
    bytes: int
    modified: datetime
    hides: bool = False


class Versions(Protocol):
    """Every version of the originals, those included that the bucket does not show."""

    def of(self, key: str) -> Sequence[Version]:
        """All versions and delete markers under exactly this key, the newest first."""

    def under(self, prefix: str) -> Iterator[tuple[str, Sequence[Version]]]:
        """The versions of every key that begins with the prefix, key by key."""

    def hide(self, key: str) -> None:
        """Write a delete marker."""

    def remove(self, key: str, version_ids: Sequence[str]) -> None:
        """Delete these versions and delete markers for good, in this order. One that does not exist
        is no error."""


class Watermarks(Protocol):
    """What the stage lays over its renditions."""

    def read(self, watermark: Watermark) -> bytes:
        """The watermark's file."""


class Previews(Protocol):
    """The private previews of held pictures, which only reviewers and owners see."""

    def write(self, key: str, data: bytes) -> None:
        """Store one preview, a JPEG."""

    def remove(self, keys: Sequence[str]) -> None:
        """Remove these; a key that does not exist is no error."""


class Renditions(Protocol):
    """The files made from originals."""

    def write(self, key: str, data: bytes, content_type: str) -> None:
        """Store one rendition under its final address, whose content never changes."""

    def under(self, prefix: str) -> Sequence[str]:
        """The keys of everything under the prefix."""

    def remove(self, keys: Sequence[str]) -> None:
        """Remove these; a key that does not exist is no error."""
