"""Topics and their subscribers."""

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs

_ATTRIBUTES = {
    "displayName": "DisplayName",
    "deliveryPolicy": "DeliveryPolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
}


@REGISTRY.resource("aws:sns/topic:Topic", "name", "tags*", *_ATTRIBUTES)
def topic(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name, longest=256)
    tags = deployment.tags(inputs.plain("tags"))
    arn = deployment.aws.client("sns").create_topic(
        Name=physical,
        Attributes={
            attribute: str(inputs[key]) for key, attribute in _ATTRIBUTES.items() if key in inputs
        },
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )["TopicArn"]
    return Created(
        arn, {"name": physical, "arn": arn, "owner": deployment.account, "tagsAll": tags}
    )


@REGISTRY.resource(
    "aws:sns/topicSubscription:TopicSubscription",
    "topic",
    "protocol",
    "endpoint",
    "rawMessageDelivery",
    "filterPolicy",
    "filterPolicyScope",
    "redrivePolicy",
    ignores={
        "endpointAutoConfirms": "MiniStack confirms what it can",
        "confirmationTimeoutInMinutes": "MiniStack confirms what it can",
    },
)
def subscription(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    attributes = {
        key[0].upper() + key[1:]: str(inputs[key])
        for key in ("rawMessageDelivery", "filterPolicy", "filterPolicyScope", "redrivePolicy")
        if key in inputs
    }
    arn = deployment.aws.client("sns").subscribe(
        TopicArn=inputs["topic"],
        Protocol=inputs["protocol"],
        Endpoint=inputs["endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Created(arn, {"arn": arn})


@REGISTRY.resource("aws:sns/topicPolicy:TopicPolicy", "arn", "policy")
def topic_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("sns").set_topic_attributes(
        TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=inputs["policy"]
    )
    return Created(inputs["arn"], {"owner": deployment.account})
