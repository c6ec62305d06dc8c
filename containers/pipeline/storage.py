"""The buckets: originals to read, renditions to write and remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from pipeline.aws import client
from pipeline.original import Original

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = [
    "Changed",
    "Current",
    "Originals",
    "Renditions",
    "S3Originals",
    "S3Renditions",
    "TooLarge",
    "Upload",
    "Vanished",
]

_IMMUTABLE = "public, max-age=31536000, immutable"
_AT_ONCE = 1000
"""S3's DeleteObjects takes no more keys."""


class Vanished(Exception):
    """The original is no longer there."""


class Changed(Exception):
    """The object was overwritten after the event; the overwriting has an event of its own."""


class TooLarge(Exception):
    """The original has more bytes than the reader wants; `owner` as of an `Upload`."""

    def __init__(self, message: str, owner: str | None) -> None:
        super().__init__(message)
        self.owner = owner


@dataclass(frozen=True)
class Upload:
    """An original's bytes, and who uploaded it by its `owner` metadata."""

    data: bytes
    owner: str | None


@dataclass(frozen=True)
class Current:
    """What the bucket shows under a key now."""

    original: Original
    modified: datetime


class Originals(Protocol):
    """The uploads as they came."""

    def read(self, original: Original, *, limit: int) -> Upload:
        """All bytes of exactly this version.

        Raises `Vanished`, `Changed`, or `TooLarge` beyond `limit` bytes, before reading them.
        """

    def current(self, original: Original) -> Current | None:
        """What is there now under the original's key, with the original's sequencer."""


class Renditions(Protocol):
    """What is made of the originals."""

    def write(self, key: str, data: bytes, content_type: str) -> None:
        """Store one rendition, for ever cacheable."""

    def under(self, prefix: str) -> Sequence[str]:
        """The keys of everything under the prefix."""

    def remove(self, keys: Sequence[str]) -> None:
        """Remove these; removing what is not there is fine."""


class S3Originals:
    """Originals in an S3 bucket: the one that the event names."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._s3: S3Client = client("s3")

    def read(self, original: Original, *, limit: int) -> Upload:
        which: dict[str, Any] = {"IfMatch": original.etag} if original.etag else {}
        if original.version_id:
            which["VersionId"] = original.version_id
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=original.key, **which)
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "NoSuchKey" | "NoSuchVersion" | "404":
                    raise Vanished(original.key) from error
                case "PreconditionFailed" | "412":
                    raise Changed(original.key) from error
            raise
        with answer["Body"] as body:
            owner = answer["Metadata"].get("owner")
            if answer["ContentLength"] > limit:
                raise TooLarge(f"{answer['ContentLength']} bytes, at most {limit} are read", owner)
            return Upload(body.read(), owner)

    def current(self, original: Original) -> Current | None:
        try:
            answer = self._s3.head_object(Bucket=self._bucket, Key=original.key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise
        version_id = answer.get("VersionId")
        found = Original(
            bucket=self._bucket,
            key=original.key,
            sequencer=original.sequencer,
            etag=answer["ETag"].strip('"'),
            bytes=answer["ContentLength"],
            version_id=None if version_id == "null" else version_id,
        )
        return Current(found, answer["LastModified"])


class S3Renditions:
    """Renditions in an S3 bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._s3: S3Client = client("s3")

    def write(self, key: str, data: bytes, content_type: str) -> None:
        self._s3.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=data,
            ContentType=content_type,
            CacheControl=_IMMUTABLE,
        )

    def under(self, prefix: str) -> Sequence[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def remove(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _AT_ONCE):
            objects = [{"Key": key} for key in keys[start : start + _AT_ONCE]]
            answer = self._s3.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": objects, "Quiet": True},  # type: ignore[typeddict-item]
            )
            if errors := answer.get("Errors"):
                raise RuntimeError(f"{len(errors)} renditions stay, the first: {errors[0]}")
