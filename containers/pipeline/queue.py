"""Takes a batch of messages off a function's queue, one event in each."""

import json
from typing import Any, Protocol

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from pipeline.events import Event, UnexpectedEvent, parse
from pipeline.logging import logger

__all__ = ["Work", "consume"]


class Work(Protocol):
    """What a function does with the events that its route brings."""

    @property
    def hears(self) -> tuple[type[Event], ...]:
        """The events that it is for."""

    def __call__(self, event: Event, tried: int) -> None:
        """Do what the event asks for, which was tried `tried` times, this one included.

        Returning acknowledges the event, raising leaves it on the queue.
        """


def consume(batch: dict[str, Any], context: LambdaContext, work: Work) -> dict[str, Any]:
    """Work through the batch and answer which messages are to be tried again.

    One message that fails leaves the others done. One that nobody can read fails too, so that it
    ends in the dead-letter queue, where it can be looked at, and not in oblivion; so does one that
    `work` does not hear.
    """

    def handle(record: SQSRecord) -> None:
        tried = int(record.attributes.approximate_receive_count)
        try:
            event = parse(_json(record.body))
            logger.append_keys(image_id=event.original.image_id, key=event.original.key)
            logger.info("received", extra={"event": event.detail_type, "tried": tried})
            if not isinstance(event, work.hears):
                raise UnexpectedEvent(f"{event.detail_type!r} has no business on this queue")
            work(event, tried)
        except Exception:
            logger.exception("failed", extra={"tried": tried, "message_id": record.message_id})
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
        raise UnexpectedEvent(f"body must be JSON, got {body!r:.200}") from error
