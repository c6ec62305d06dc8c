"""What the stand-in needs of the local AWS: S3 objects, and the rights of roles."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.rekognition.errors import (
    AccessDeniedError,
    ImageTooLargeError,
    InternalError,
    InvalidS3ObjectError,
)
from local.rekognition.requests import S3Object

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_s3 import S3Client

__all__ = ["LocalAws", "Objects", "Rights"]

MAX_OBJECT_BYTES = 15 * 1024 * 1024
# Long enough for a burst of pictures to cost one call, short enough to notice a changed policy.
REMEMBERED_SECONDS = 2.0
REGION = "us-east-1"
ADMIN_KEY = "test"


class Objects(Protocol):
    """Where S3Object pictures are read from."""

    def read(self, at: S3Object) -> bytes:
        """The object's bytes; InvalidS3ObjectError if there is none, ImageTooLargeError if it is
        over 15 MB."""
        ...


class Rights(Protocol):
    """The rights of roles."""

    def allows(self, role: str, action: str, resource: str) -> bool:
        """Whether the role of this name may do the action on the resource."""
        ...


class LocalAws:
    """Objects and rights of the local AWS at one endpoint, under its administrator's key `test`.

    Rights are cached for two seconds.
    """

    def __init__(self, endpoint: str, clock: Callable[[], float] = time.monotonic) -> None:
        session = boto3.Session(
            aws_access_key_id=ADMIN_KEY, aws_secret_access_key=ADMIN_KEY, region_name=REGION
        )
        config = Config(
            s3={"addressing_style": "path"},
            connect_timeout=2,
            read_timeout=10,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=32,
        )
        self._s3: S3Client = session.client("s3", endpoint_url=endpoint, config=config)
        self._iam: IAMClient = session.client("iam", endpoint_url=endpoint, config=config)
        self._clock = clock
        self._remembered: dict[tuple[str, str, str], tuple[float, bool]] = {}

    def read(self, at: S3Object) -> bytes:
        try:
            if at.version is None:
                found = self._s3.get_object(Bucket=at.bucket, Key=at.key)
            else:
                found = self._s3.get_object(Bucket=at.bucket, Key=at.key, VersionId=at.version)
            if found["ContentLength"] > MAX_OBJECT_BYTES:
                raise ImageTooLargeError
            return found["Body"].read()
        except ClientError as error:
            raise InvalidS3ObjectError from error
        except BotoCoreError as error:
            raise InternalError from error

    def allows(self, role: str, action: str, resource: str) -> bool:
        question = (role, action, resource)
        now = self._clock()
        known = self._remembered.get(question)
        if known is not None and now < known[0]:
            return known[1]
        answer = self._ask(role, action, resource)
        if len(self._remembered) > 1000:
            self._remembered.clear()
        self._remembered[question] = (now + REMEMBERED_SECONDS, answer)
        return answer

    def _ask(self, role: str, action: str, resource: str) -> bool:
        try:
            arn = self._iam.get_role(RoleName=role)["Role"]["Arn"]
            results = self._iam.simulate_principal_policy(
                PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource]
            )["EvaluationResults"]
        except self._iam.exceptions.NoSuchEntityException:
            return False
        except (ClientError, BotoCoreError) as error:
            raise InternalError from error
        return all(result["EvalDecision"] == "allowed" for result in results)


def require_rights(rights: Rights, role: str, operation: str, image: bytes | S3Object) -> None:
    """Raise unless the role may perform the operation and read the object it names.

    The service reads objects with its caller's rights, so a missing s3:GetObject looks to the
    caller like a missing object.
    """
    action = f"rekognition:{operation}"
    if not rights.allows(role, action, "*"):
        raise AccessDeniedError(
            f"User: role/{role} is not authorized to perform: {action} "
            "because no identity-based policy allows it"
        )
    if isinstance(image, S3Object):
        read = "s3:GetObject" if image.version is None else "s3:GetObjectVersion"
        if not rights.allows(role, read, f"arn:aws:s3:::{image.bucket}/{image.key}"):
            raise InvalidS3ObjectError
