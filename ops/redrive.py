"""Takes dead letters back to the queue they were meant for; a letter is never in neither."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from aws.clients import client

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

__all__ = ["ByHand", "ByService", "Mover", "NotMovedError", "Progress", "mover"]

_UNKNOWN = {
    "InvalidAction",
    "UnknownOperationException",
    "NotImplemented",
    "InvalidActionException",
}
"""What a service says of an action that it does not have."""

_POLL_SECONDS = 1.0
_AT_ONCE = 10
"""SQS takes no more messages in one call."""

_HIDDEN_SECONDS = 60
"""How long a letter being moved is hidden from others who might move it too."""

_EMPTY_LOOKS = 3
"""A receive that finds nothing does not mean that nothing is there."""


class NotMovedError(RuntimeError):
    """Letters stayed where they were; the message says why."""


@dataclass(frozen=True)
class Progress:
    """How many letters were moved so far, of about how many."""

    moved: int
    of: int


class Mover(Protocol):
    """Moves dead letters."""

    def move(self, source: str, target: str, about: int) -> Iterator[Progress]:
        """Move what is in the queue `source` now, about so many, to `target`; both are URLs.

        Raises `NotMovedError` if some stay.
        """


class ByService:
    """SQS moves them itself, so that nothing depends on this process once it began."""

    def __init__(self, sqs: "SQSClient", seconds: float) -> None:
        self._sqs = sqs
        self._seconds = seconds

    def move(self, source: str, target: str, about: int) -> Iterator[Progress]:
        arn = self._arn(source)
        # Named, as what EventBridge could not deliver came from no queue that SQS knows of.
        self._sqs.start_message_move_task(SourceArn=arn, DestinationArn=self._arn(target))
        end = monotonic() + self._seconds
        while monotonic() < end:
            task = self._sqs.list_message_move_tasks(SourceArn=arn, MaxResults=1)["Results"][0]
            moved = task.get("ApproximateNumberOfMessagesMoved", 0)
            yield Progress(moved, max(task.get("ApproximateNumberOfMessagesToMove", about), moved))
            if task["Status"] == "COMPLETED":
                return
            if task["Status"] in ("FAILED", "CANCELLED"):
                why = task.get("FailureReason", "no reason given")
                raise NotMovedError(f"SQS ended the move with {task['Status']}: {why}")
            sleep(_POLL_SECONDS)
        raise NotMovedError(
            f"SQS is still moving after {self._seconds:.0f} s; it goes on by itself, look at status"
        )

    def _arn(self, url: str) -> str:
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return answer["Attributes"]["QueueArn"]


class ByHand:
    """Receives, sends on, then deletes: a letter may come twice, and is lost at no moment.

    No more are moved than there were at the beginning, so a letter that dies again at once is not
    moved for ever.
    """

    def __init__(self, sqs: "SQSClient") -> None:
        self._sqs = sqs

    def move(self, source: str, target: str, about: int) -> Iterator[Progress]:
        moved, empty = 0, 0
        while moved < about and empty < _EMPTY_LOOKS:
            received = self._sqs.receive_message(
                QueueUrl=source,
                MaxNumberOfMessages=min(_AT_ONCE, about - moved),
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not received:
                empty += 1
                continue
            empty = 0
            sent = self._send(target, received)
            self._delete(source, sent)
            moved += len(sent)
            yield Progress(moved, about)
            if len(sent) < len(received):
                raise NotMovedError(
                    f"{len(received) - len(sent)} letters were not taken by the queue and stay"
                )

    def _send(self, target: str, letters: Any) -> list[Any]:
        entries: list[Any] = [
            {
                "Id": str(number),
                "MessageBody": letter["Body"],
                **(
                    {"MessageAttributes": letter["MessageAttributes"]}
                    if letter.get("MessageAttributes")
                    else {}
                ),
            }
            for number, letter in enumerate(letters)
        ]
        answer = self._sqs.send_message_batch(QueueUrl=target, Entries=entries)
        return [letters[int(entry["Id"])] for entry in answer.get("Successful", [])]

    def _delete(self, source: str, letters: list[Any]) -> None:
        if not letters:
            return
        answer = self._sqs.delete_message_batch(
            QueueUrl=source,
            Entries=[
                {"Id": str(number), "ReceiptHandle": letter["ReceiptHandle"]}
                for number, letter in enumerate(letters)
            ],
        )
        if refused := answer.get("Failed"):
            raise NotMovedError(
                f"{len(refused)} letters were sent on and could not be deleted: "
                "they will come twice"
            )


def mover(source: str, *, seconds: float = 3600) -> Mover:
    """SQS itself, or by hand where the service does not know how to move messages."""
    sqs: SQSClient = client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["QueueArn"])
    try:
        sqs.list_message_move_tasks(SourceArn=arn["Attributes"]["QueueArn"], MaxResults=1)
    except ClientError as error:
        if error.response["Error"]["Code"] in _UNKNOWN:
            return ByHand(sqs)
        raise
    return ByService(sqs, seconds)
