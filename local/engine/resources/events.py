"""EventBridge: buses, rules, targets, archives."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation


@REGISTRY.resource(
    "aws:cloudwatch/eventBus:EventBus",
    "name",
    "description",
    "tags*",
    named=Named(longest=256),
    delete=operation("events", "delete_event_bus", Name="id"),
)
def bus(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
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
    named=Named(),
    delete=operation("events", "delete_rule", Name="name", EventBusName="eventBusName"),
)
def rule(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    tags = deployment.tags(inputs.plain("tags"))
    bus_name = inputs.get("eventBusName", "default")
    request: dict[str, Any] = {
        "Name": physical,
        "EventBusName": bus_name,
        "State": inputs.get("state", "ENABLED"),
        "Description": inputs.get("description", ""),
        "Tags": _pairs(tags),
    }
    for key, field in {
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
    named=Named("targetId"),
)
def target(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    identity = inputs["targetId"]
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
    named=Named(longest=48),
    delete=operation("events", "delete_archive", ArchiveName="id"),
)
def archive(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
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


@REGISTRY.updates("aws:cloudwatch/eventBus:EventBus")
def change_bus(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("events").update_event_bus(
        Name=identity, Description=inputs.get("description", "")
    )
    return {"name": inputs["name"]}


@REGISTRY.updates("aws:cloudwatch/eventArchive:EventArchive")
def change_archive(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    request = {"ArchiveName": identity, "RetentionDays": inputs.get("retentionDays", 0)}
    for key, field in {"description": "Description", "eventPattern": "EventPattern"}.items():
        request[field] = inputs.get(key, "")
    deployment.aws.client("events").update_archive(**request)
    return {}


@REGISTRY.deletes("aws:cloudwatch/eventTarget:EventTarget")
def delete_target(deployment: Deployment, _identity: str, inputs: Inputs) -> None:
    deployment.aws.client("events").remove_targets(
        Rule=inputs["rule"],
        EventBusName=inputs.get("eventBusName", "default"),
        Ids=[inputs["targetId"]],
    )


@REGISTRY.reads("aws:cloudwatch/eventBus:EventBus")
def read_bus(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("events").describe_event_bus(Name=identity)
    return {"description": found.get("Description", "")}


@REGISTRY.reads("aws:cloudwatch/eventRule:EventRule")
def read_rule(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("events").describe_rule(
        Name=inputs["name"], EventBusName=inputs.get("eventBusName", "default")
    )
    return {
        "description": found.get("Description", ""),
        "eventPattern": found.get("EventPattern", ""),
        "scheduleExpression": found.get("ScheduleExpression", ""),
        "state": found["State"],
    }


@REGISTRY.reads("aws:cloudwatch/eventTarget:EventTarget")
def read_target(deployment: Deployment, _identity: str, inputs: Inputs) -> Values | None:
    listed = deployment.aws.client("events").list_targets_by_rule(
        Rule=inputs["rule"], EventBusName=inputs.get("eventBusName", "default")
    )
    found = {target["Id"]: target for target in listed["Targets"]}.get(inputs["targetId"])
    if found is None:
        return None
    return {
        "arn": found["Arn"],
        "roleArn": found.get("RoleArn", ""),
        "input": found.get("Input", ""),
        "inputPath": found.get("InputPath", ""),
        "deadLetterConfig": _camel(found.get("DeadLetterConfig", {})),
        "retryPolicy": _camel(found.get("RetryPolicy", {})),
    }


@REGISTRY.reads("aws:cloudwatch/eventArchive:EventArchive")
def read_archive(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("events").describe_archive(ArchiveName=identity)
    return {
        "description": found.get("Description", ""),
        "eventPattern": found.get("EventPattern", ""),
        "retentionDays": found.get("RetentionDays", 0),
    }


def _camel(config: dict[str, Any]) -> dict[str, Any]:
    return {key[0].lower() + key[1:]: value for key, value in config.items()}
