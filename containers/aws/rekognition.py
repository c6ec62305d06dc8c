"""Amazon Rekognition: what is in a picture."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from tenacity import Retrying, retry_if_exception_type, stop_before_delay, wait_random_exponential

from aws.clients import client
from pipeline.vision import PictureRefusedError, Questions

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

__all__ = ["AmazonRekognition", "patience_seconds"]

_WITHIN_SECONDS = 45
"""Rekognition accepts 5 to 50 calls a second per operation and account, by Region. Waiting here
applies back-pressure; otherwise messages would exhaust their retries. The SDK alone gives up after
7 s, and after some hundred throttled calls at once, as only successes refill its retry quota. It is
less than the function's timeout."""

_CALL_SECONDS = 7
"""The longest that the SDK waits between its four attempts at one call: 1, 2 and 4 s."""

_FINAL = {
    "InvalidImageFormatException",
    "ImageTooLargeException",
    "InvalidParameterException",
    "ValidationException",
}
"""The picture is at fault. With a missing permission or a throttle it is not, and SQS retries."""


def patience_seconds(questions: int, within_seconds: float = _WITHIN_SECONDS) -> float:
    """How long to wait before a last round, in which the SDK may wait for each question."""
    return max(0, within_seconds - _CALL_SECONDS * questions)


class AmazonRekognition:
    """The real service, or whatever listens at its endpoint.

    When it throttles, this waits: at most `within_seconds` for all questions about a picture,
    including what the SDK waits between its own attempts.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        within_seconds: float = _WITHIN_SECONDS,
    ) -> None:
        self._rekognition: RekognitionClient = client("rekognition")
        throttled = (
            self._rekognition.exceptions.ThrottlingException,
            self._rekognition.exceptions.ProvisionedThroughputExceededException,
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type(throttled),
            wait=wait_random_exponential(max=5),
            sleep=sleep,
            reraise=True,
        )
        self._within_seconds = within_seconds

    def ask(self, image: bytes, questions: Questions) -> dict[str, dict[str, Any]]:
        responses: dict[str, dict[str, Any]] = {}

        def ask_the_rest() -> None:
            for operation, options in questions.items():
                if operation not in responses:
                    responses[operation] = self._ask(operation, image, options)

        patience = patience_seconds(len(questions), self._within_seconds)
        self._retrying.copy(stop=stop_before_delay(patience))(ask_the_rest)
        return responses

    def _ask(self, operation: str, image: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
        try:
            response: dict[str, Any] = getattr(self._rekognition, operation)(
                Image={"Bytes": image}, **options
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _FINAL:
                raise PictureRefusedError(code, error.response["Error"]["Message"]) from error
            raise
        return response
