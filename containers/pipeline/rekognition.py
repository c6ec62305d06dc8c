"""Amazon Rekognition: what is in a picture."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from botocore.exceptions import ClientError
from tenacity import Retrying, retry_if_exception_type, stop_before_delay, wait_random_exponential

from pipeline.aws import client

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

__all__ = ["AmazonRekognition", "Questions", "Refused", "Vision", "patience_seconds"]

_WITHIN_SECONDS = 45
"""Of each operation, Rekognition takes 5 to 50 calls a second from an account, by Region. Whoever
waits here for its turn holds back the queue, whose messages would else use up their tries: the SDK
alone gives up after 7 s, and after some hundred throttled calls at once, as its quota of retries
comes back only by what succeeds. It is less than the function's timeout."""

_CALL_SECONDS = 7
"""What the SDK waits at most between its four tries of one call: 1, 2 and 4 s."""

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


Questions: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The options of each operation to ask for; operations are named as boto3's methods."""


class Vision(Protocol):
    """Looks at pictures."""

    def ask(self, image: bytes, questions: Questions) -> dict[str, dict[str, Any]]:
        """The answers of Detect operations to JPEG bytes, by operation.

        Raises `Refused` if one of them can never be answered.
        """


def patience_seconds(questions: int, within_seconds: float = _WITHIN_SECONDS) -> float:
    """How long a last round may be waited for, in which the SDK may wait for each question."""
    return max(0, within_seconds - _CALL_SECONDS * questions)


class AmazonRekognition:
    """The real service, or whatever answers at its address.

    When it takes no more calls for now, this waits for its turn: `within_seconds` at most for all
    questions about a picture, with what the SDK waits between its own tries.
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
        answers: dict[str, dict[str, Any]] = {}

        def ask_the_rest() -> None:
            for operation, options in questions.items():
                if operation not in answers:
                    answers[operation] = self._ask(operation, image, options)

        patience = patience_seconds(len(questions), self._within_seconds)
        self._retrying.copy(stop=stop_before_delay(patience))(ask_the_rest)
        return answers

    def _ask(self, operation: str, image: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
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
