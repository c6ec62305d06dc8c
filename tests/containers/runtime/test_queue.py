"""Batches of messages, good and bad, as Lambda hands them over."""

import io
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events import Event, ObjectCreated
from pipeline.original import image_id
from runtime.logging import logger
from runtime.queue import consume, consume_together
from tests.containers.pipeline.test_events import json_values
from tests.events import batch, sample


@dataclass
class Keeping:
    """Keeps what it is given, and fails on the keys that it is told to."""

    failing: tuple[str, ...] = ()
    done: list[tuple[str, int]] = field(default_factory=list)
    handles: ClassVar = (ObjectCreated,)

    def __call__(self, event: Event, attempt: int) -> None:
        if event.original.key in self.failing:
            raise RuntimeError("the service is down")
        self.done.append((event.original.key, attempt))


def created(key: str) -> dict[str, Any]:
    event = sample("object-created")
    event["detail"]["object"]["key"] = key
    return event


def failures(messages: dict[str, Any], work: Keeping) -> list[str]:
    answer = consume(messages, LambdaContext(), work)
    assert list(answer) == ["batchItemFailures"]
    return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]


def test_a_batch_that_was_worked_through_is_acknowledged_whole() -> None:
    work = Keeping()
    assert failures(batch(created("a"), created("b")), work) == []
    assert work.done == [("a", 1), ("b", 1)]


def test_the_work_is_told_how_often_a_message_was_attempt() -> None:
    work = Keeping()
    failures(batch(created("a"), attempt=3), work)
    assert work.done == [("a", 3)]


def test_the_documented_envelope_of_sqs_is_read() -> None:
    work = Keeping()
    assert failures(sample("sqs-batch"), work) == []
    assert work.done == [("uploads/Zürich Hbf, 7+8 % (2).jpg", 1)]


@pytest.mark.parametrize(
    "poison",
    [
        "",
        "{",
        "null",
        "NaN",
        "[" * 100_000,
        "1" * 10_000,
        '"\\ud800"',
        {},
        {"source": "aws.ec2", "detail-type": "EC2 Instance State-change", "detail": {}},
        sample("image-ready"),
        sample("object-deleted-marker"),
        created("\ud800"),
    ],
    ids=lambda poison: str(poison)[:20],
)
def test_one_poisoned_message_leaves_its_neighbours_done(poison: object) -> None:
    work = Keeping()
    assert failures(batch(created("a"), poison, created("b")), work) == ["m1"]
    assert work.done == [("a", 1), ("b", 1)]


def test_work_that_fails_fails_alone() -> None:
    work = Keeping(failing=("b", "d"))
    messages = batch(*(created(key) for key in "abcde"))
    assert failures(messages, work) == ["m1", "m3"]
    assert work.done == [("a", 1), ("c", 1), ("e", 1)]


def test_a_batch_in_which_everything_fails_says_so_and_does_not_raise() -> None:
    assert failures(batch("{", created("a")), Keeping(failing=("a",))) == ["m0", "m1"]


def test_an_event_that_another_function_is_for_is_not_worked_on() -> None:
    work = Keeping()
    assert failures(batch(sample("image-ready")), work) == ["m0"]
    assert work.done == []


@settings(max_examples=150)
@given(st.lists(st.text(max_size=30) | json_values.map(json.dumps), min_size=1, max_size=4))
def test_whatever_the_bodies_hold_each_message_is_answered_for(bodies: list[str]) -> None:
    work = Keeping()
    expected = [f"m{number}" for number in range(len(bodies))]
    assert failures(batch(*bodies), work) == expected
    assert work.done == []


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the functions write to their log."""
    written = io.StringIO()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    logger.setLevel("INFO")
    yield written
    logger.setLevel("CRITICAL")
    handler.setStream(before)


def test_a_message_is_logged_with_the_id_of_its_picture_and_the_next_without(
    log: io.StringIO,
) -> None:
    failures(batch(created("uploads/Ann Smith.jpg"), "{"), Keeping())
    assert "Ann Smith" not in log.getvalue()
    read, unread = (json.loads(line) for line in log.getvalue().splitlines())
    read_id = image_id("uploads/Ann Smith.jpg")
    assert (read["message"], read["image_id"]) == ("received", read_id)
    assert len(read["trace_id"]) == 32
    assert (unread["message"], unread["message_id"]) == ("failed", "m1")
    assert "body must be JSON, got '{'" in unread["exception"]
    assert not {"image_id", "trace_id"} & unread.keys()


@dataclass
class Sharing:
    """Keeps what it is given, and fails in the steps that it is told to: `begin b`, `share`."""

    failing: tuple[str, ...] = ()
    steps: list[str] = field(default_factory=list)
    handles: ClassVar = (ObjectCreated,)

    def begin(self, event: Event) -> str | None:
        self._step(f"begin {event.original.key}")
        return None if event.original.key == "nothing" else event.original.key

    def share(self, begun: Sequence[str]) -> None:
        self._step(f"share {' '.join(begun)}")

    def finish(self, begun: str) -> None:
        self._step(f"finish {begun}")

    def _step(self, step: str) -> None:
        self.steps.append(step)
        if step.startswith(self.failing):
            raise RuntimeError("the service is down")


def failures_together(messages: dict[str, Any], work: Sharing) -> list[str]:
    response = consume_together(messages, LambdaContext(), work)
    return [entry["itemIdentifier"] for entry in response["batchItemFailures"]]


def test_the_messages_of_a_batch_share_one_step() -> None:
    work = Sharing()
    assert failures_together(batch(created("a"), created("b")), work) == []
    assert work.steps == ["begin a", "begin b", "share a b", "finish a", "finish b"]


def test_a_message_that_fails_before_or_after_the_shared_step_fails_alone() -> None:
    work = Sharing(failing=("begin b", "finish c"))
    messages = batch(*(created(key) for key in "abcd"), "{")
    assert failures_together(messages, work) == ["m1", "m4", "m2"]
    assert work.steps[4:] == ["share a c d", "finish a", "finish c", "finish d"]


def test_no_message_is_acknowledged_whose_shared_step_failed(log: io.StringIO) -> None:
    work = Sharing(failing=("share",))
    messages = batch(created("a"), created("nothing"), created("b"))
    assert failures_together(messages, work) == ["m0", "m2"]
    assert work.steps == ["begin a", "begin nothing", "begin b", "share a b"]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    failed = [
        (line["image_id"], line["message_id"]) for line in lines if line["message"] == "failed"
    ]
    assert failed == [(image_id("a"), "m0"), (image_id("b"), "m2")]


def test_a_batch_with_nothing_to_share_has_no_shared_step() -> None:
    work = Sharing()
    assert failures_together(batch(created("nothing")), work) == []
    assert work.steps == ["begin nothing"]
