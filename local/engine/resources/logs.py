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


_FRONT = {"region": "the front's own log is enough", "tags": "nothing is created"}


@REGISTRY.resource(
    "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    ignores={**_FRONT, "logType": "nothing is created", "resourceArn": "nothing is created"},
)
def delivery_source(deployment: Deployment, name: str, _inputs: Inputs) -> Created:
    physical = deployment.naming.physical(name, longest=60)
    return Created(physical, {"name": physical})


@REGISTRY.resource(
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    ignores={
        **_FRONT,
        "outputFormat": "nothing is created",
        "deliveryDestinationConfiguration": "nothing is created",
    },
)
def delivery_destination(deployment: Deployment, name: str, _inputs: Inputs) -> Created:
    physical = deployment.naming.physical(name, longest=60)
    arn = deployment.arn("logs", f"delivery-destination:{physical}")
    return Created(physical, {"name": physical, "arn": arn})


@REGISTRY.resource(
    "aws:cloudwatch/logDelivery:LogDelivery",
    ignores={
        **_FRONT,
        "deliverySourceName": "nothing is created",
        "deliveryDestinationArn": "nothing is created",
    },
)
def log_delivery(_deployment: Deployment, name: str, _inputs: Inputs) -> Created:
    return Created(name)
