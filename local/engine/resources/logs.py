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
