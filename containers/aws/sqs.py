"""Amazon SQS: the functions' queues, as operators look at them and move dead messages back."""

from collections.abc import Iterator
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.queues import Depth, Mover, NotMovedError, Progress

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

__all__ = ["ByHand", "ByService", "SqsQueues", "mover"]

_UNKNOWN = {
    "InvalidAction",
    "UnknownOperationException",
    "NotImplemented",
    "InvalidActionException",
}
"""The error codes of a service that does not know an action."""

_POLL_SECONDS = 1.0
_BATCH = 10
"""SQS accepts no more messages per call."""

_HIDDEN_SECONDS = 60
"""How long a message being moved is hidden from others who might move it too."""

_EMPTY_RECEIVES = 3
"""One empty receive does not mean that the queue is empty."""


class SqsQueues:
    """Queues of SQS, by their URL."""

    def __init__(self) -> None:
        self._sqs: SQSClient = client("sqs")

    def depth(self, url: str) -> Depth:
        response = self._sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return Depth(
            waiting=int(response["ApproximateNumberOfMessages"]),
            in_flight=int(response["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(response["ApproximateNumberOfMessagesDelayed"]),
        )


class ByService:
    """SQS moves them itself: nothing depends on this process once it has started."""

    def __init__(self, sqs: "SQSClient", seconds: float) -> None:
        self._sqs = sqs
        self._seconds = seconds

    def move(self, source: str, target: str, about: int) -> Iterator[Progress]:
        arn = self._arn(source)
        # The target is named, as messages that EventBridge could not deliver came from no queue.
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
            f"SQS is still moving after {self._seconds:.0f} s and continues by itself: see status"
        )

    def _arn(self, url: str) -> str:
        response = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return response["Attributes"]["QueueArn"]


class ByHand:
    """Receives, sends on, then deletes: a message may arrive twice, and is never lost.

    No more are moved than there were at the start, so a message that dies again at once is not
    moved for ever.
    """

    def __init__(self, sqs: "SQSClient") -> None:
        self._sqs = sqs

    def move(self, source: str, target: str, about: int) -> Iterator[Progress]:
        moved, empty = 0, 0
        while moved < about and empty < _EMPTY_RECEIVES:
            received = self._sqs.receive_message(
                QueueUrl=source,
                MaxNumberOfMessages=min(_BATCH, about - moved),
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
                    f"{len(received) - len(sent)} messages were not accepted by the queue and stay"
                )

    def _send(self, target: str, messages: Any) -> list[Any]:
        entries: list[Any] = [
            {
                "Id": str(number),
                "MessageBody": message["Body"],
                **(
                    {"MessageAttributes": message["MessageAttributes"]}
                    if message.get("MessageAttributes")
                    else {}
                ),
            }
            for number, message in enumerate(messages)
        ]
        response = self._sqs.send_message_batch(QueueUrl=target, Entries=entries)
        return [messages[int(entry["Id"])] for entry in response.get("Successful", [])]

    def _delete(self, source: str, messages: list[Any]) -> None:
        if not messages:
            return
        response = self._sqs.delete_message_batch(
            QueueUrl=source,
            Entries=[
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ],
        )
        if refused := response.get("Failed"):
            raise NotMovedError(
                f"{len(refused)} messages were sent on but not deleted: they will arrive twice"
            )


def mover(source: str, *, seconds: float = 3600) -> Mover:
    """SQS itself, or `ByHand` where the service has no action for it."""
    sqs: SQSClient = client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["QueueArn"])
    try:
        sqs.list_message_move_tasks(SourceArn=arn["Attributes"]["QueueArn"], MaxResults=1)
    except ClientError as error:
        if error.response["Error"]["Code"] in _UNKNOWN:
            return ByHand(sqs)
        raise
    return ByService(sqs, seconds)
