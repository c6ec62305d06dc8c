"""Requests to the buckets that a browser may send by itself, for a short time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["MAX_PARTS", "Part", "Signed", "Signer", "UnfinishedUploadError"]

MAX_PARTS = 10_000
"""S3's limit for one upload."""


class UnfinishedUploadError(Exception):
    """S3 does not put the parts together: one is missing or differs, or the upload is over."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A request. S3 refuses it without exactly these headers, and after its time."""

    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of an upload; `sha256` in base 64, as S3 has it."""

    number: int
    etag: str
    sha256: str


class Signer(Protocol):
    """Signs requests with the function's own rights."""

    def put(self, key: str, *, content_type: str, size: int, sha256: str, seconds: int) -> Signed:
        """The upload of exactly these bytes, by their SHA-256 in hexadecimal, which succeeds at
        most once."""

    def start(self, key: str, *, content_type: str, sha256: str | None) -> str:
        """Begin an upload in parts, of bytes with this SHA-256; returns S3's id of it."""

    def part(
        self, key: str, upload_id: str, number: int, *, size: int, sha256: str, seconds: int
    ) -> Signed:
        """The upload of one part of exactly these bytes."""

    def parts(self, key: str, upload_id: str) -> Sequence[Part]:
        """The parts that S3 has, by number. Raises `UnfinishedUploadError`."""

    def complete(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        """Put the parts together. Raises `UnfinishedUploadError`."""

    def abort(self, key: str, upload_id: str) -> None:
        """Give the upload up; nothing happens if it is over."""

    def download(self, key: str, *, version_id: str | None, name: str, seconds: int) -> str:
        """The address of an original, which browsers save under `name` and never show."""

    def preview(self, key: str, *, seconds: int) -> str:
        """The address of a private preview."""
