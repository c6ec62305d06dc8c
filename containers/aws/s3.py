"""Amazon S3: the buckets of originals and renditions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from email.errors import MessageError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.address import recipe_key
from pipeline.inventory import Listed
from pipeline.original import Original
from pipeline.recipe import Recipe
from pipeline.storage import (
    Current,
    OriginalChangedError,
    OriginalForbiddenError,
    OriginalGoneError,
    OriginalRefusedError,
    OriginalTooLargeError,
    Refusal,
    Upload,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = [
    "CACHE_CONTROL",
    "S3Objects",
    "S3Originals",
    "S3Previews",
    "S3Recipes",
    "S3Renditions",
]

CACHE_CONTROL = "public, max-age=86400, s-maxage=31536000"
"""CloudFront keeps a file for a year, as it can be told to drop it; a browser cannot, and keeps it
for a day."""

_KEY_UNUSABLE = {
    "KMS.DisabledException",
    "KMS.InvalidKeyUsageException",
    "KMS.KMSInvalidStateException",
    "KMS.NotFoundException",
}
"""The uploader's KMS key cannot be used; the buckets of a stack have none of their own."""

_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")

_RESTORED = 'ongoing-request="false"'

_DELETE_LIMIT = 1000
"""DeleteObjects accepts no more keys per call."""


class S3Originals:
    """Originals in an S3 bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._s3: S3Client = client("s3")

    def read(self, original: Original, *, limit: int) -> Upload:
        which: dict[str, Any] = {"IfMatch": original.etag} if original.etag else {}
        if original.version_id:
            which["VersionId"] = original.version_id
        try:
            response = self._s3.get_object(Bucket=self._bucket, Key=original.key, **which)
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "NoSuchKey" | "NoSuchVersion" | "404":
                    raise OriginalGoneError(original.image_id) from error
                case "PreconditionFailed" | "412":
                    raise OriginalChangedError(original.image_id) from error
            if code := _refusal(error):
                raise OriginalRefusedError(code, self._owner(original)) from error
            raise
        with response["Body"] as body:
            owner = _owner(response["Metadata"])
            size = response["ContentLength"]
            if size > limit:
                raise OriginalTooLargeError(f"{size} bytes, at most {limit} are read", owner)
            return Upload(body.read(), owner, response["Metadata"].get("sha256"))

    def current(self, original: Original) -> Current | None:
        try:
            response = self._s3.head_object(Bucket=self._bucket, Key=original.key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403):
                return self._undescribed(original)
            raise
        if not response["ContentLength"]:
            return None
        version_id = response.get("VersionId")
        found = Original(
            bucket=self._bucket,
            key=original.key,
            sequencer=original.sequencer,
            etag=response["ETag"].strip('"'),
            bytes=response["ContentLength"],
            version_id=None if version_id == "null" else version_id,
        )
        return Current(found, response["LastModified"], _archived(response))

    def _undescribed(self, original: Original) -> Current | None:
        """An object that HEAD refuses to describe. Only GET's errors have a code; the listing has
        the object's etag, though not its version."""
        key, refusal = original.key, None
        try:
            self._s3.get_object(Bucket=self._bucket, Key=key, Range="bytes=0-0")["Body"].close()
        except ClientError as error:
            refusal = _refusal(error)
            if error.response["Error"]["Code"] == "AccessDenied" and not refusal:
                raise OriginalForbiddenError(original.image_id) from error
            if not refusal:
                raise
        listed = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
        for entry in listed.get("Contents", []):
            if entry["Key"] == key and entry["Size"]:
                etag, size = entry["ETag"].strip('"'), entry["Size"]
                found = replace(original, etag=etag, bytes=size, version_id=None)
                return Current(found, entry["LastModified"], refusal)
        return None

    def _owner(self, original: Original) -> str | None:
        """The owner of an object whose bytes S3 refuses, if it returns at least the metadata."""
        which: dict[str, Any] = {"VersionId": original.version_id} if original.version_id else {}
        try:
            response = self._s3.head_object(Bucket=self._bucket, Key=original.key, **which)
        except ClientError:
            return None
        return _owner(response["Metadata"])


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
            CacheControl=CACHE_CONTROL,
        )

    def under(self, prefix: str) -> Sequence[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def remove(self, keys: Sequence[str]) -> None:
        _delete(self._s3, self._bucket, [{"Key": key} for key in keys])


class S3Recipes:
    """Recipes in an S3 bucket, each with its watermarks under their digests."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._s3: S3Client = client("s3")

    def recipe(self, sha256: str) -> Recipe:
        """The recipe whose JSON has this digest."""
        return Recipe.from_json(self._read(sha256).decode())

    def watermarks(self, recipe: Recipe) -> dict[str, bytes]:
        """The file of each of the recipe's watermarks, by its name."""
        return {each.name: self._read(each.sha256) for each in recipe.watermarks}

    def _read(self, sha256: str) -> bytes:
        found = self._s3.get_object(Bucket=self._bucket, Key=recipe_key(sha256))
        with found["Body"] as body:
            return body.read()


class S3Previews:
    """Private previews in an S3 bucket without versions."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    @property
    def _s3(self) -> "S3Client":
        # Made when it is needed, as making it takes a tenth of a second of a cold start.
        s3: S3Client = client("s3")
        return s3

    def write(self, key: str, data: bytes) -> None:
        self._s3.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=data,
            ContentType="image/jpeg",
            CacheControl="private, no-store",
        )

    def remove(self, keys: Sequence[str]) -> None:
        _delete(self._s3, self._bucket, [{"Key": key} for key in keys])


class S3Objects:
    """The objects of an S3 bucket under one prefix."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._s3: S3Client = client("s3")

    def after(self, key: str) -> Iterator[Listed]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix, StartAfter=key
        )
        for page in pages:
            for entry in page.get("Contents", []):
                etag = entry["ETag"].strip('"')
                yield Listed(entry["Key"], etag, entry["Size"], entry["LastModified"])

    def has(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return False
            raise
        return True


def _delete(s3: "S3Client", bucket: str, objects: Sequence[dict[str, str]]) -> None:
    """Delete these, in as few calls as S3 allows. One that does not exist is no error."""
    for start in range(0, len(objects), _DELETE_LIMIT):
        response = s3.delete_objects(
            Bucket=bucket,
            Delete={
                "Objects": objects[start : start + _DELETE_LIMIT],  # type: ignore[typeddict-item]
                "Quiet": True,
            },
        )
        if errors := response.get("Errors"):
            raise RuntimeError(f"{len(errors)} objects not removed, the first: {errors[0]}")


def _refusal(error: ClientError) -> Refusal | None:
    """Why S3 will never return the object, or None if a retry may help: a missing permission of
    the function's own role among them."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code == "InvalidObjectState":
        return "archived"
    if code == "InvalidRequest":
        return "customer_key"
    # S3 reports a KMS key that the caller may not use as AccessDenied, and only the text differs.
    denied = code == "AccessDenied" and ("kms:" in message or "ciphertext" in message)
    return "key_denied" if denied or code in _KEY_UNUSABLE else None


def _archived(head: Mapping[str, Any]) -> Refusal | None:
    """Whether an object is in an archive, and no copy of it has been restored."""
    archived = head.get("StorageClass") in _ARCHIVES or "ArchiveStatus" in head
    return "archived" if archived and _RESTORED not in head.get("Restore", "") else None


def _owner(metadata: Mapping[str, str]) -> str | None:
    """The uploader. S3 returns metadata that is not ASCII as encoded words of RFC 2047."""
    owner = metadata.get("owner")
    if owner is None or "=?" not in owner:
        return owner
    try:
        return str(make_header(decode_header(owner)))
    except (MessageError, LookupError, ValueError):
        return owner
