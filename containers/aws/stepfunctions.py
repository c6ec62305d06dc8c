"""AWS Step Functions: the executions of one state machine, as operators start and follow them."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aws.clients import client
from pipeline.runs import Run, UnknownRunError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["StepFunctionsRuns"]


class StepFunctionsRuns:
    """The executions of the state machine with this ARN, by name."""

    def __init__(self, machine: str) -> None:
        self._machine = machine
        self._states: SFNClient = client("stepfunctions")

    def start(self, name: str, given: Mapping[str, Any]) -> None:
        self._states.start_execution(
            stateMachineArn=self._machine, name=name, input=json.dumps(given)
        )

    def stop(self, name: str) -> None:
        self.get(name)
        self._states.stop_execution(executionArn=self._arn(name), cause="cancelled")

    def get(self, name: str) -> Run:
        try:
            found = self._states.describe_execution(executionArn=self._arn(name))
        except (
            self._states.exceptions.ExecutionDoesNotExist,
            self._states.exceptions.InvalidArn,
        ) as error:
            raise UnknownRunError(name) from error
        return Run(
            name=name,
            status=found["status"],
            began=found["startDate"],
            given=json.loads(found["input"]),
            problem=found.get("cause") or found.get("error", ""),
            failed=self._failed(name),
        )

    def latest(self, most: int) -> Iterator[Run]:
        listed = self._states.list_executions(stateMachineArn=self._machine, maxResults=most)
        for each in listed["executions"]:
            yield self.get(each["name"])

    def _failed(self, name: str) -> int:
        runs = self._states.list_map_runs(executionArn=self._arn(name))["mapRuns"]
        return sum(
            self._states.describe_map_run(mapRunArn=each["mapRunArn"])["executionCounts"]["failed"]
            for each in runs
        )

    def _arn(self, name: str) -> str:
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"
