"""Amazon Rekognition: what is in a picture."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from pipeline.aws import client

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

__all__ = ["AmazonRekognition", "Refused", "Vision"]

_FINAL = {
    "InvalidImageFormatException",
    "ImageTooLargeException",
    "InvalidParameterException",
    "ValidationException",
}
"""The picture is at fault. A missing right or a throttle is not: those go back to the queue."""


class Refused(Exception):
    """Rekognition will never take this picture; `code` is its own error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Vision(Protocol):
    """Looks at pictures."""

    def ask(self, operation: str, image: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of a Detect operation, named as boto3's method, to JPEG bytes.

        Raises `Refused` if it can never be answered.
        """


class AmazonRekognition:
    """The real service, or whatever answers at its address."""

    def __init__(self) -> None:
        self._rekognition: RekognitionClient = client("rekognition")

    def ask(self, operation: str, image: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._rekognition, operation)(
                Image={"Bytes": image}, **options
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _FINAL:
                raise Refused(code, error.response["Error"]["Message"]) from error
            raise
        return answer
