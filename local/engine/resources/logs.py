"""Log groups."""

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs


@REGISTRY.resource(
    "aws:cloudwatch/logGroup:LogGroup",
    "name",
    "retentionInDays",
    "tags*",
    ignores={"skipDestroy": "nothing outlives the local stack"},
)
def log_group(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name, longest=512)
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
    ignores={"region": _UNUSED, "tags": _UNUSED, "logType": _UNUSED, "resourceArn": _UNUSED},
)
def delivery_source(deployment: Deployment, name: str, _inputs: Inputs) -> Created:
    physical = deployment.naming.physical(name, longest=60)
    return Created(physical, {"name": physical})


@REGISTRY.resource(
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    ignores={
        "region": _UNUSED,
        "tags": _UNUSED,
        "outputFormat": _UNUSED,
        "deliveryDestinationConfiguration": _UNUSED,
    },
)
def delivery_destination(deployment: Deployment, name: str, _inputs: Inputs) -> Created:
    physical = deployment.naming.physical(name, longest=60)
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
