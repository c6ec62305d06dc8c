"""Log groups."""

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation


@REGISTRY.resource(
    "aws:cloudwatch/logGroup:LogGroup",
    "name",
    "retentionInDays",
    "tags*",
    ignores={"skipDestroy": "nothing outlives the local stack"},
    named=Named(longest=512),
    delete=operation("logs", "delete_log_group", logGroupName="id"),
)
def log_group(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    logs = deployment.aws.client("logs")
    tags = deployment.tags(inputs.plain("tags"))
    logs.create_log_group(logGroupName=physical, tags=tags)
    if "retentionInDays" in inputs:
        logs.put_retention_policy(logGroupName=physical, retentionInDays=inputs["retentionInDays"])
    return Created(
        physical,
        {
            "name": physical,
            "arn": deployment.arn("logs", f"log-group:{physical}"),
            "tagsAll": tags,
        },
    )


_UNUSED = "the front's own log is enough on one machine"
"""Why nothing of CloudFront's access logs is created here."""


@REGISTRY.resource(
    "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    "name",
    ignores={"region": _UNUSED, "tags": _UNUSED, "logType": _UNUSED, "resourceArn": _UNUSED},
    named=Named(longest=60),
)
def delivery_source(_deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    return Created(physical, {"name": physical})


@REGISTRY.resource(
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    "name",
    ignores={
        "region": _UNUSED,
        "tags": _UNUSED,
        "outputFormat": _UNUSED,
        "deliveryDestinationConfiguration": _UNUSED,
    },
    named=Named(longest=60),
)
def delivery_destination(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    arn = deployment.arn("logs", f"delivery-destination:{physical}")
    return Created(physical, {"name": physical, "arn": arn})


@REGISTRY.resource(
    "aws:cloudwatch/logDelivery:LogDelivery",
    ignores={
        "region": _UNUSED,
        "tags": _UNUSED,
        "deliverySourceName": _UNUSED,
        "deliveryDestinationArn": _UNUSED,
    },
)
def log_delivery(_deployment: Deployment, name: str, _inputs: Inputs) -> Created:
    return Created(name)


@REGISTRY.updates("aws:cloudwatch/logGroup:LogGroup")
def change_log_group(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    logs = deployment.aws.client("logs")
    if "retentionInDays" in inputs:
        logs.put_retention_policy(logGroupName=identity, retentionInDays=inputs["retentionInDays"])
    else:
        logs.delete_retention_policy(logGroupName=identity)
    return {"name": inputs["name"]}


@REGISTRY.reads("aws:cloudwatch/logGroup:LogGroup")
def read_log_group(deployment: Deployment, identity: str, _inputs: Inputs) -> Values | None:
    found = deployment.aws.client("logs").describe_log_groups(logGroupNamePrefix=identity)
    for group in found["logGroups"]:
        if group["logGroupName"] == identity:
            return {"retentionInDays": group.get("retentionInDays")}
    return None
