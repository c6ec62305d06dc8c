"""Amazon S3: every version of the originals, and requests that browsers send by themselves.

Apart from `aws.s3`, so that a change here leaves the pipeline's images alone.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.signing import Part, Signed, UnfinishedUploadError
from pipeline.storage import Version

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef

__all__ = ["S3Signer", "S3Versions"]

_DELETE_LIMIT = 1000
"""DeleteObjects accepts no more versions per call."""

_UNFINISHED = {
    "NoSuchUpload",
    "InvalidPart",
    "InvalidPartOrder",
    "EntityTooSmall",
    "BadDigest",
}


class S3Versions:
    """The versions of the objects in an S3 bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    @property
    def _s3(self) -> "S3Client":
        # Made when it is needed, as making it takes a tenth of a second of a cold start.
        s3: S3Client = client("s3")
        return s3

    def of(self, key: str) -> list[Version]:
        # The listing begins with the key and goes on with those that begin with it.
        for name, versions in self.under(key):
            if name == key:
                return list(versions)
            if name > key:
                break
        return []

    def under(self, prefix: str) -> Iterator[tuple[str, Sequence[Version]]]:
        pages = self._s3.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        entries = (entry for page in pages for entry in _entries(page))
        for key, group in groupby(entries, lambda entry: entry[0]):
            newest_first = sorted(group, key=lambda entry: (entry[1], entry[2].modified))
            yield key, [version for *_, version in reversed(newest_first)]

    def hide(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def remove(self, key: str, version_ids: Sequence[str]) -> None:
        for start in range(0, len(version_ids), _DELETE_LIMIT):
            objects = [
                {"Key": key, "VersionId": each}
                for each in version_ids[start : start + _DELETE_LIMIT]
            ]
            response = self._s3.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": objects, "Quiet": True},  # type: ignore[typeddict-item]
            )
            if errors := response.get("Errors"):
                raise RuntimeError(f"{len(errors)} versions not removed, the first: {errors[0]}")


class S3Signer:
    """Signs requests to the buckets of originals and previews."""

    def __init__(self, originals: str, previews: str) -> None:
        self._originals = originals
        self._previews = previews

    @property
    def _s3(self) -> "S3Client":
        s3: S3Client = client("s3")
        return s3

    def put(self, key: str, *, content_type: str, size: int, sha256: str, seconds: int) -> Signed:
        digest = _base64(sha256)
        url = self._s3.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._originals,
                "Key": key,
                "ContentType": content_type,
                "ContentLength": size,
                "ChecksumSHA256": digest,
                "IfNoneMatch": "*",
            },
            ExpiresIn=seconds,
        )
        headers = {
            "content-type": content_type,
            "x-amz-checksum-sha256": digest,
            "if-none-match": "*",
        }
        return Signed(method="PUT", url=url, headers=headers)

    def start(self, key: str, *, content_type: str, sha256: str | None) -> str:
        response = self._s3.create_multipart_upload(
            Bucket=self._originals,
            Key=key,
            ContentType=content_type,
            ChecksumAlgorithm="SHA256",
            Metadata={"sha256": sha256} if sha256 else {},
        )
        return response["UploadId"]

    def part(
        self, key: str, upload_id: str, number: int, *, size: int, sha256: str, seconds: int
    ) -> Signed:
        digest = _base64(sha256)
        url = self._s3.generate_presigned_url(
            "upload_part",
            Params={
                **self._upload(key, upload_id),
                "PartNumber": number,
                "ContentLength": size,
                "ChecksumSHA256": digest,
            },
            ExpiresIn=seconds,
        )
        return Signed(method="PUT", url=url, headers={"x-amz-checksum-sha256": digest})

    def parts(self, key: str, upload_id: str) -> list[Part]:
        pages = self._s3.get_paginator("list_parts").paginate(**self._upload(key, upload_id))
        try:
            return [
                Part(
                    number=entry["PartNumber"],
                    etag=entry["ETag"],
                    sha256=entry.get("ChecksumSHA256", ""),
                )
                for page in pages
                for entry in page.get("Parts", [])
            ]
        except ClientError as error:
            raise _named(error) from error

    def complete(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        listed: list[dict[str, Any]] = [
            {
                "PartNumber": each.number,
                "ETag": each.etag,
                **({"ChecksumSHA256": each.sha256} if each.sha256 else {}),
            }
            for each in parts
        ]
        try:
            self._s3.complete_multipart_upload(
                **self._upload(key, upload_id),
                MultipartUpload={"Parts": listed},  # type: ignore[typeddict-item]
                IfNoneMatch="*",
            )
        except ClientError as error:
            raise _named(error) from error

    def abort(self, key: str, upload_id: str) -> None:
        try:
            self._s3.abort_multipart_upload(**self._upload(key, upload_id))
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchUpload":
                raise

    def download(self, key: str, *, version_id: str | None, name: str, seconds: int) -> str:
        ascii_name = "".join(
            letter if letter.isalnum() or letter in "._- " else "_" for letter in name
        )
        plain = ascii_name.encode("ascii", "replace").decode().replace("?", "_")
        params: dict[str, Any] = {
            "Bucket": self._originals,
            "Key": key,
            "ResponseContentType": "application/octet-stream",
            "ResponseContentDisposition": (
                f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
            ),
        }
        if version_id:
            params["VersionId"] = version_id
        return self._s3.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)

    def preview(self, key: str, *, seconds: int) -> str:
        params = {"Bucket": self._previews, "Key": key}
        return self._s3.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)

    def _upload(self, key: str, upload_id: str) -> dict[str, Any]:
        return {"Bucket": self._originals, "Key": key, "UploadId": upload_id}


def _entries(page: "ListObjectVersionsOutputTypeDef") -> list[tuple[str, bool, Version]]:
    """The versions and delete markers of a page: key, whether it is the latest, version."""
    versions = [
        (
            entry["Key"],
            entry["IsLatest"],
            Version(
                version_id=entry["VersionId"], bytes=entry["Size"], modified=entry["LastModified"]
            ),
        )
        for entry in page.get("Versions", [])
    ]
    markers = [
        (
            entry["Key"],
            entry["IsLatest"],
            Version(
                version_id=entry["VersionId"], bytes=0, modified=entry["LastModified"], hides=True
            ),
        )
        for entry in page.get("DeleteMarkers", [])
    ]
    return sorted([*versions, *markers], key=lambda entry: entry[0].encode())


def _named(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    return UnfinishedUploadError(code) if code in _UNFINISHED else error


def _base64(sha256: str) -> str:
    return b64encode(bytes.fromhex(sha256)).decode()
