"""Schedules of EventBridge Scheduler, which exist locally; those that call AWS itself never run."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation

_TYPE = "aws:scheduler/schedule:Schedule"


@REGISTRY.resource(
    _TYPE,
    "name",
    "scheduleExpression",
    "flexibleTimeWindow.mode",
    "target.arn",
    "target.roleArn",
    "target.input",
    named=Named(),
    delete=operation("scheduler", "delete_schedule", Name="id"),
)
def schedule(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    made = deployment.aws.client("scheduler").create_schedule(Name=physical, **_request(inputs))
    return Created(physical, {"name": physical, "arn": made["ScheduleArn"]})


@REGISTRY.updates(_TYPE)
def change_schedule(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    made = deployment.aws.client("scheduler").update_schedule(
        Name=inputs.get("name", identity), **_request(inputs)
    )
    return {"arn": made["ScheduleArn"]}


@REGISTRY.reads(_TYPE)
def read_schedule(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("scheduler").get_schedule(Name=identity)
    target = found["Target"]
    return {
        "scheduleExpression": found["ScheduleExpression"],
        "flexibleTimeWindow": {"mode": found["FlexibleTimeWindow"]["Mode"]},
        "target": {
            "arn": target["Arn"],
            "roleArn": target["RoleArn"],
            "input": target.get("Input"),
        },
    }


def _request(inputs: Inputs) -> dict[str, Any]:
    target = inputs["target"]
    return {
        "ScheduleExpression": inputs["scheduleExpression"],
        "FlexibleTimeWindow": {"Mode": inputs["flexibleTimeWindow"]["mode"]},
        "Target": {
            "Arn": target["arn"],
            "RoleArn": target["roleArn"],
            "Input": target["input"],
        },
    }
