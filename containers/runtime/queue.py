"""Works through a batch of messages from a function's queue, one event in each."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from pipeline.events import Event, UnexpectedEventError, parse
from pipeline.spending import BudgetSpentError
from runtime.logging import logger

__all__ = ["SharedWork", "Work", "consume", "consume_together"]

T = TypeVar("T")


class Work(Protocol):
    """What a function does with the events that its route brings."""

    @property
    def handles(self) -> tuple[type[Event], ...]:
        """The events that it accepts."""

    def __call__(self, event: Event, attempt: int) -> None:
        """Handle the event. This is attempt number `attempt`, counted from 1.

        Returning acknowledges the event, raising leaves it on the queue.
        """


class SharedWork(Protocol[T]):
    """Work in which the messages of a batch share one step, such as a call that is billed."""

    @property
    def handles(self) -> tuple[type[Event], ...]:
        """The events that it accepts."""

    def begin(self, event: Event) -> T | None:
        """Do everything before the shared step. None: the event is handled."""

    def share(self, begun: Sequence[T]) -> None:
        """Do the shared step once for all; if it raises, none of them is acknowledged."""

    def finish(self, begun: T) -> None:
        """Do everything after the shared step; returning acknowledges the event."""


def consume(batch: dict[str, Any], context: LambdaContext, work: Work) -> dict[str, Any]:
    """Work through the batch and return which messages to retry.

    A message that fails does not affect the others. One that cannot be parsed, or that `work` does
    not handle, fails too: it ends in the dead-letter queue, where somebody can look at it.
    """

    def handle(record: SQSRecord) -> None:
        with _logged(record):
            work(_received(record, work.handles), _attempt(record))

    return _response(_each(batch["Records"], context, handle))


def consume_together(
    batch: dict[str, Any], context: LambdaContext, work: SharedWork[T]
) -> dict[str, Any]:
    """Like `consume`, with one step that the messages share. A message that fails before or after
    that step does not affect the others."""
    begun: dict[str, tuple[Event, T]] = {}
    failure: Exception | None = None

    def begin(record: SQSRecord) -> None:
        with _logged(record):
            event = _received(record, work.handles)
            part = work.begin(event)
            if part is not None:
                begun[record.message_id] = event, part

    def finish(record: SQSRecord) -> None:
        event, part = begun[record.message_id]
        with _logged(record):
            _log_with(event)
            if failure is not None:
                # Each raise would lengthen the traceback.
                raise failure.with_traceback(traceback)
            work.finish(part)

    failed = _each(batch["Records"], context, begin)
    if begun:
        try:
            work.share([part for _, part in begun.values()])
        except Exception as error:  # every message that shares the step fails with it
            failure, traceback = error, error.__traceback__
        waiting = [record for record in batch["Records"] if record["messageId"] in begun]
        failed += _each(waiting, context, finish)
    return _response(failed)


def _each(
    records: list[dict[str, Any]], context: LambdaContext, handle: Callable[[SQSRecord], None]
) -> list[str]:
    """Handle every record; returns the message ids of those that failed."""
    response = process_partial_response(
        event={"Records": records},
        record_handler=handle,
        processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )
    return [str(failure["itemIdentifier"]) for failure in response["batchItemFailures"]]


def _response(failed: Sequence[str]) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@contextmanager
def _logged(record: SQSRecord) -> Iterator[None]:
    """Log what fails inside. What `_log_with` adds to the log ends here too."""
    try:
        yield
    except BudgetSpentError as waits:
        logger.info("left on the queue", extra={"reason": str(waits)})
        raise
    except Exception:
        failure = {"attempt": _attempt(record), "message_id": record.message_id}
        logger.exception("failed", extra=failure)
        raise
    finally:
        logger.remove_keys(["image_id", "trace_id"])


def _log_with(event: Event) -> None:
    # Not the key: it holds the name of somebody's file, and logs outlive the picture.
    logger.append_keys(image_id=event.original.image_id, trace_id=event.original.trace_id)


def _received(record: SQSRecord, handles: tuple[type[Event], ...]) -> Event:
    event = parse(_json(record.body))
    _log_with(event)
    logger.info("received", extra={"event": event.detail_type, "attempt": _attempt(record)})
    if not isinstance(event, handles):
        raise UnexpectedEventError(f"{event.detail_type!r} does not belong on this queue")
    return event


def _attempt(record: SQSRecord) -> int:
    return int(record.attributes.approximate_receive_count)


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise UnexpectedEventError(f"body must be JSON, got {body!r:.200}") from error
