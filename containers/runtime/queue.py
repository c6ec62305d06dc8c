"""Works through a batch of messages from a function's queue, one event in each."""

import json
from typing import Any, Protocol

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from pipeline.events import Event, UnexpectedEventError, parse
from runtime.logging import logger

__all__ = ["Work", "consume"]


class Work(Protocol):
    """What a function does with the events that its route brings."""

    @property
    def handles(self) -> tuple[type[Event], ...]:
        """The events that it accepts."""

    def __call__(self, event: Event, attempt: int) -> None:
        """Handle the event. This is attempt number `attempt`, counted from 1.

        Returning acknowledges the event, raising leaves it on the queue.
        """


def consume(batch: dict[str, Any], context: LambdaContext, work: Work) -> dict[str, Any]:
    """Work through the batch and return which messages to retry.

    A message that fails does not affect the others. One that cannot be parsed, or that `work` does
    not handle, fails too: it ends in the dead-letter queue, where somebody can look at it.
    """

    def handle(record: SQSRecord) -> None:
        attempt = int(record.attributes.approximate_receive_count)
        try:
            event = parse(_json(record.body))
            logger.append_keys(image_id=event.original.image_id, key=event.original.key)
            logger.info("received", extra={"event": event.detail_type, "attempt": attempt})
            if not isinstance(event, work.handles):
                raise UnexpectedEventError(f"{event.detail_type!r} does not belong on this queue")
            work(event, attempt)
        except Exception:
            logger.exception("failed", extra={"attempt": attempt, "message_id": record.message_id})
            raise
        finally:
            logger.remove_keys(["image_id", "key"])

    return process_partial_response(  # type: ignore[return-value]  # a TypedDict of this shape
        event=batch,
        record_handler=handle,
        processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise UnexpectedEventError(f"body must be JSON, got {body!r:.200}") from error
