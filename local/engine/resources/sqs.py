"""Queues."""

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs

_ATTRIBUTES = {
    "delaySeconds": "DelaySeconds",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


@REGISTRY.resource("aws:sqs/queue:Queue", "name", "tags*", *_ATTRIBUTES)
def queue(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name, longest=80)
    tags = deployment.tags(inputs.plain("tags"))
    attributes = {
        attribute: _text(inputs[key]) for key, attribute in _ATTRIBUTES.items() if key in inputs
    }
    url = deployment.aws.client("sqs").create_queue(
        QueueName=physical, Attributes=attributes, tags=tags
    )["QueueUrl"]
    return Created(
        url,
        {
            "url": url,
            "name": physical,
            "arn": deployment.arn("sqs", physical),
            "tagsAll": tags,
        },
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@REGISTRY.resource("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "policy")
def queue_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    return _attribute(deployment, inputs, "Policy", "policy")


@REGISTRY.resource(
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "queueUrl", "redriveAllowPolicy"
)
def redrive_allow_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    return _attribute(deployment, inputs, "RedriveAllowPolicy", "redriveAllowPolicy")


def _attribute(deployment: Deployment, inputs: Inputs, attribute: str, key: str) -> Created:
    deployment.aws.client("sqs").set_queue_attributes(
        QueueUrl=inputs["queueUrl"], Attributes={attribute: inputs[key]}
    )
    return Created(inputs["queueUrl"])
