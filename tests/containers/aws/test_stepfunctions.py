"""The executions of a state machine, as Step Functions describes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from aws.clients import client
from aws.stepfunctions import StepFunctionsRuns
from pipeline.runs import Run, UnknownRunError

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:darkroom-dev-backfill"
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:darkroom-dev-backfill:first"
MAP = "arn:aws:states:eu-west-1:123456789012:mapRun:darkroom-dev-backfill/Pictures:1"
BEGAN = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
COUNTS = dict.fromkeys(
    ("pending", "running", "succeeded", "timedOut", "aborted", "total", "resultsWritten"), 0
)


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client.cache_clear()
    with Stubber(client("stepfunctions")) as stub:
        yield stub
        stub.assert_no_pending_responses()
    client.cache_clear()


def described(states: Stubber, *failed: int, **more: Any) -> None:
    """One execution, with a map run for each number of failed batches."""
    answer = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "name": "first",
        "status": "RUNNING",
        "startDate": BEGAN,
        "input": '{"prefix": "uploads/"}',
        **more,
    }
    states.add_response("describe_execution", answer, {"executionArn": EXECUTION})
    run = {"executionArn": EXECUTION, "mapRunArn": MAP, "stateMachineArn": MACHINE}
    listed = {"mapRuns": [{**run, "startDate": BEGAN} for _ in failed]}
    states.add_response("list_map_runs", listed, {"executionArn": EXECUTION})
    for number in failed:
        counted = {
            "mapRunArn": MAP,
            "executionArn": EXECUTION,
            "status": "RUNNING",
            "startDate": BEGAN,
            "maxConcurrency": 4,
            "toleratedFailurePercentage": 100.0,
            "toleratedFailureCount": 0,
            "itemCounts": {**COUNTS, "failed": 100 * number},
            "executionCounts": {**COUNTS, "failed": number},
        }
        states.add_response("describe_map_run", counted, {"mapRunArn": MAP})


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({}, ""),
        ({"cause": "cancelled", "status": "ABORTED"}, "cancelled"),
        ({"error": "States.DataLimitExceeded", "status": "FAILED"}, "States.DataLimitExceeded"),
    ],
)
def test_a_run_has_its_input_and_the_batches_that_failed(
    states: Stubber, more: dict[str, Any], problem: str
) -> None:
    described(states, 2, 1, **more)

    assert StepFunctionsRuns(MACHINE).get("first") == Run(
        name="first",
        status=more.get("status", "RUNNING"),
        began=BEGAN,
        given={"prefix": "uploads/"},
        problem=problem,
        failed=3,
    )


@pytest.mark.parametrize("code", ["ExecutionDoesNotExist", "InvalidArn"])
def test_a_run_that_never_was_is_named(states: Stubber, code: str) -> None:
    states.add_client_error("describe_execution", code)

    with pytest.raises(UnknownRunError, match="first"):
        StepFunctionsRuns(MACHINE).get("first")


def test_another_error_stays_what_it_is(states: Stubber) -> None:
    states.add_client_error("describe_execution", "ThrottlingException")

    with pytest.raises(client("stepfunctions").exceptions.ClientError, match="ThrottlingException"):
        StepFunctionsRuns(MACHINE).get("first")


def test_only_a_run_that_exists_is_stopped(states: Stubber) -> None:
    described(states)
    states.add_response(
        "stop_execution", {"stopDate": BEGAN}, {"executionArn": EXECUTION, "cause": "cancelled"}
    )
    StepFunctionsRuns(MACHINE).stop("first")

    states.add_client_error("describe_execution", "ExecutionDoesNotExist")
    with pytest.raises(UnknownRunError):
        StepFunctionsRuns(MACHINE).stop("first")


def test_a_run_is_started_under_its_name_with_its_input(states: Stubber) -> None:
    states.add_response(
        "start_execution",
        {"executionArn": EXECUTION, "startDate": BEGAN},
        {"stateMachineArn": MACHINE, "name": "first", "input": '{"prefix": "uploads/"}'},
    )
    StepFunctionsRuns(MACHINE).start("first", {"prefix": "uploads/"})


def test_the_latest_are_asked_for_and_described(states: Stubber) -> None:
    listed = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "name": "first",
        "status": "RUNNING",
        "startDate": BEGAN,
    }
    states.add_response(
        "list_executions", {"executions": [listed]}, {"stateMachineArn": MACHINE, "maxResults": 5}
    )
    described(states)

    assert [each.name for each in StepFunctionsRuns(MACHINE).latest(5)] == ["first"]
