"""Topics and their subscribers."""

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation

_ATTRIBUTES = {
    "displayName": "DisplayName",
    "deliveryPolicy": "DeliveryPolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
}

_SUBSCRIBED = {
    "rawMessageDelivery": "false",
    "filterPolicy": "{}",
    "filterPolicyScope": "MessageAttributes",
    "redrivePolicy": "",
}
"""The attributes of a subscription, with the value that takes each away."""


@REGISTRY.resource(
    "aws:sns/topic:Topic",
    "name",
    "tags*",
    *_ATTRIBUTES,
    named=Named(longest=256),
    delete=operation("sns", "delete_topic", TopicArn="id"),
)
def topic(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
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
    delete=operation("sns", "unsubscribe", SubscriptionArn="id"),
)
def subscription(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    attributes = {
        key[0].upper() + key[1:]: str(inputs[key]) for key in _SUBSCRIBED if key in inputs
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


@REGISTRY.updates("aws:sns/topic:Topic")
def change_topic(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    sns = deployment.aws.client("sns")
    for key, attribute in _ATTRIBUTES.items():
        # A policy may be a resource of its own, which an absent input must not undo.
        if key in inputs or key not in ("policy", "signatureVersion"):
            sns.set_topic_attributes(
                TopicArn=identity, AttributeName=attribute, AttributeValue=str(inputs.get(key, ""))
            )
    return {"name": inputs["name"]}


@REGISTRY.updates("aws:sns/topicSubscription:TopicSubscription")
def change_subscription(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    for key, absent in _SUBSCRIBED.items():
        deployment.aws.client("sns").set_subscription_attributes(
            SubscriptionArn=identity,
            AttributeName=key[0].upper() + key[1:],
            AttributeValue=str(inputs.get(key, absent)),
        )
    return {}


@REGISTRY.reads("aws:sns/topic:Topic")
def read_topic(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("sns").get_topic_attributes(TopicArn=identity)["Attributes"]
    return {key: found.get(attribute, "") for key, attribute in _ATTRIBUTES.items()}


@REGISTRY.reads("aws:sns/topicPolicy:TopicPolicy")
def read_topic_policy(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("sns").get_topic_attributes(TopicArn=identity)["Attributes"]
    return {"policy": found.get("Policy", "")}


@REGISTRY.reads("aws:sns/topicSubscription:TopicSubscription")
def read_subscription(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    sns = deployment.aws.client("sns")
    found = sns.get_subscription_attributes(SubscriptionArn=identity)["Attributes"]
    settings = {key: found.get(key[0].upper() + key[1:], no) for key, no in _SUBSCRIBED.items()}
    return {**settings, "endpoint": found["Endpoint"], "protocol": found["Protocol"]}
