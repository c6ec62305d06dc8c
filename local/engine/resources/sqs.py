"""Queues."""

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation

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


@REGISTRY.resource(
    "aws:sqs/queue:Queue",
    "name",
    "tags*",
    *_ATTRIBUTES,
    named=Named(longest=80),
    delete=operation("sqs", "delete_queue", QueueUrl="id"),
)
def queue(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
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
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "queueUrl",
    "redriveAllowPolicy",
)
def redrive_allow_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    return _attribute(deployment, inputs, "RedriveAllowPolicy", "redriveAllowPolicy")


def _attribute(deployment: Deployment, inputs: Inputs, attribute: str, key: str) -> Created:
    deployment.aws.client("sqs").set_queue_attributes(
        QueueUrl=inputs["queueUrl"], Attributes={attribute: inputs[key]}
    )
    return Created(inputs["queueUrl"])


_DEFAULTS = {
    "delaySeconds": 0,
    "maxMessageSize": 1_048_576,
    "messageRetentionSeconds": 345_600,
    "receiveWaitTimeSeconds": 0,
    "visibilityTimeoutSeconds": 30,
}
"""What SQS has where the program leaves an attribute out. The others stay as they are, as with the
real provider: a policy may be a resource of its own."""


@REGISTRY.updates("aws:sqs/queue:Queue")
def change_queue(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("sqs").set_queue_attributes(
        QueueUrl=identity,
        Attributes={
            attribute: _text(inputs.get(key, _DEFAULTS.get(key)))
            for key, attribute in _ATTRIBUTES.items()
            if key in inputs or key in _DEFAULTS
        },
    )
    return {"name": inputs["name"]}


@REGISTRY.deletes("aws:sqs/queuePolicy:QueuePolicy")
def delete_queue_policy(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    _clear(deployment, identity, "Policy")


@REGISTRY.deletes("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
def delete_redrive_allow_policy(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    _clear(deployment, identity, "RedriveAllowPolicy")


def _clear(deployment: Deployment, queue_url: str, attribute: str) -> None:
    deployment.aws.client("sqs").set_queue_attributes(
        QueueUrl=queue_url, Attributes={attribute: ""}
    )


@REGISTRY.reads("aws:sqs/queue:Queue")
def read_queue(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = _attributes(deployment, identity)
    return {key: found.get(attribute) for key, attribute in _ATTRIBUTES.items()}


@REGISTRY.reads("aws:sqs/queuePolicy:QueuePolicy")
def read_queue_policy(deployment: Deployment, identity: str, _inputs: Inputs) -> Values | None:
    policy = _attributes(deployment, identity).get("Policy")
    return {"policy": policy} if policy else None


@REGISTRY.reads("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
def read_redrive_allow_policy(
    deployment: Deployment, identity: str, _inputs: Inputs
) -> Values | None:
    policy = _attributes(deployment, identity).get("RedriveAllowPolicy")
    return {"redriveAllowPolicy": policy} if policy else None


def _attributes(deployment: Deployment, queue_url: str) -> dict[str, str]:
    sqs = deployment.aws.client("sqs")
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
    attributes: dict[str, str] = found.get("Attributes", {})
    return attributes
