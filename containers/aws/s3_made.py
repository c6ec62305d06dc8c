"""Amazon S3: the renditions that are made on demand."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws.clients import client
from aws.s3 import CACHE_CONTROL

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["S3Made"]


class S3Made:
    """Files in an S3 bucket without versions."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._s3: S3Client = client("s3")

    def read(self, key: str) -> bytes | None:
        try:
            with self._s3.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                return body.read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    def write(self, key: str, data: bytes, content_type: str) -> bool:
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=data,
                ContentType=content_type,
                CacheControl=CACHE_CONTROL,
                IfNoneMatch="*",
            )
        except ClientError as error:
            # 409: another write of the key ended while this one was under way.
            if error.response["Error"]["Code"] in _THERE:
                return False
            raise
        return True

    def remove(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)


_THERE = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409")
