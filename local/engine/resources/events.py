"""EventBridge: buses, rules, targets, archives."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs


@REGISTRY.resource("aws:cloudwatch/eventBus:EventBus", "name", "description", "tags*")
def bus(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name)
    tags = deployment.tags(inputs.plain("tags"))
    request: dict[str, Any] = {"Name": physical, "Tags": _pairs(tags)}
    if "description" in inputs:
        request["Description"] = inputs["description"]
    arn = deployment.aws.client("events").create_event_bus(**request)["EventBusArn"]
    return Created(physical, {"name": physical, "arn": arn, "tagsAll": tags})


@REGISTRY.resource(
    "aws:cloudwatch/eventRule:EventRule",
    "name",
    "description",
    "eventBusName",
    "eventPattern",
    "scheduleExpression",
    "state",
    "tags*",
)
def rule(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name)
    tags = deployment.tags(inputs.plain("tags"))
    bus_name = inputs.get("eventBusName", "default")
    request: dict[str, Any] = {
        "Name": physical,
        "EventBusName": bus_name,
        "State": inputs.get("state", "ENABLED"),
        "Tags": _pairs(tags),
    }
    for key, field in {
        "description": "Description",
        "eventPattern": "EventPattern",
        "scheduleExpression": "ScheduleExpression",
    }.items():
        if key in inputs:
            request[field] = inputs[key]
    arn = deployment.aws.client("events").put_rule(**request)["RuleArn"]
    identity = physical if bus_name == "default" else f"{bus_name}/{physical}"
    return Created(
        identity, {"name": physical, "arn": arn, "eventBusName": bus_name, "tagsAll": tags}
    )


@REGISTRY.resource(
    "aws:cloudwatch/eventTarget:EventTarget",
    "rule",
    "eventBusName",
    "targetId",
    "arn",
    "roleArn",
    "input",
    "inputPath",
    "deadLetterConfig.arn",
    "retryPolicy.maximumEventAgeInSeconds",
    "retryPolicy.maximumRetryAttempts",
)
def target(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    identity = inputs.get("targetId") or deployment.naming.physical(name)
    made: dict[str, Any] = {"Id": identity, "Arn": inputs["arn"]}
    for key, field in {"roleArn": "RoleArn", "input": "Input", "inputPath": "InputPath"}.items():
        if key in inputs:
            made[field] = inputs[key]
    if "deadLetterConfig" in inputs:
        made["DeadLetterConfig"] = {"Arn": inputs["deadLetterConfig"]["arn"]}
    if "retryPolicy" in inputs:
        retry = inputs["retryPolicy"]
        made["RetryPolicy"] = {
            key[0].upper() + key[1:]: retry[key]
            for key in ("maximumEventAgeInSeconds", "maximumRetryAttempts")
            if key in retry
        }
    answer = deployment.aws.client("events").put_targets(
        Rule=inputs["rule"], EventBusName=inputs.get("eventBusName", "default"), Targets=[made]
    )
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"target {identity} was refused: {answer['FailedEntries']}")
    return Created(f"{inputs['rule']}-{identity}", {"targetId": identity})


@REGISTRY.resource(
    "aws:cloudwatch/eventArchive:EventArchive",
    "name",
    "description",
    "eventSourceArn",
    "eventPattern",
    "retentionDays",
)
def archive(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name, longest=48)
    request: dict[str, Any] = {
        "ArchiveName": physical,
        "EventSourceArn": inputs["eventSourceArn"],
        "RetentionDays": inputs.get("retentionDays", 0),
    }
    for key, field in {"description": "Description", "eventPattern": "EventPattern"}.items():
        if key in inputs:
            request[field] = inputs[key]
    arn = deployment.aws.client("events").create_archive(**request)["ArchiveArn"]
    return Created(physical, {"name": physical, "arn": arn})


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
