"""Tags on AWS: how each service takes, returns and removes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.engine.deployment import Deployment

__all__ = ["TAGGED", "change", "found"]

Tags = Mapping[str, str]


@dataclass(frozen=True)
class _Service:
    """The calls of one service; most take an ARN, a list of pairs, and a list of keys."""

    client: str
    resource: str
    listing: str = "list_tags_for_resource"
    tag: str = "tag_resource"
    untag: str = "untag_resource"
    tags: str = "Tags"
    keys: str = "TagKeys"
    pairs: bool = True
    pair: tuple[str, str] = ("Key", "Value")
    by: str = "arn"

    def who(self, identity: str, outputs: Mapping[str, Any]) -> dict[str, str]:
        return {self.resource: identity if self.by == "id" else outputs[self.by]}

    def written(self, tags: Tags) -> Any:
        if not self.pairs:
            return dict(tags)
        return [dict(zip(self.pair, each, strict=True)) for each in tags.items()]

    def parsed(self, answer: Mapping[str, Any]) -> dict[str, str]:
        tags = answer.get(self.tags) or {}
        if isinstance(tags, Mapping) and self.pairs:
            tags = tags.get("Items", [])  # CloudFront's lists
        name, value = self.pair
        return {tag[name]: tag[value] for tag in tags} if self.pairs else dict(tags)


_EVENTS = _Service("events", "ResourceARN")
_LAMBDA = _Service("lambda", "Resource", listing="list_tags", pairs=False)

_GATEWAY = _Service("apigatewayv2", "ResourceArn", listing="get_tags", pairs=False)

TAGGED: dict[str, _Service] = {
    "aws:apigatewayv2/api:Api": _GATEWAY,
    "aws:apigatewayv2/stage:Stage": _GATEWAY,
    "aws:cloudfront/distribution:Distribution": _Service("cloudfront", "Resource"),
    "aws:cloudfront/keyValueStore:KeyValueStore": _Service("cloudfront", "Resource"),
    "aws:cloudwatch/eventBus:EventBus": _EVENTS,
    "aws:cloudwatch/eventRule:EventRule": _EVENTS,
    "aws:cloudwatch/logGroup:LogGroup": _Service(
        "logs", "resourceArn", tags="tags", keys="tagKeys", pairs=False
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _Service("cloudwatch", "ResourceARN"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _Service("cloudwatch", "ResourceARN"),
    "aws:cognito/userPool:UserPool": _Service("cognito-idp", "ResourceArn", pairs=False),
    "aws:dynamodb/table:Table": _Service(
        "dynamodb", "ResourceArn", listing="list_tags_of_resource"
    ),
    "aws:ecr/repository:Repository": _Service("ecr", "resourceArn", tags="tags", keys="tagKeys"),
    "aws:iam/role:Role": _Service(
        "iam", "RoleName", listing="list_role_tags", tag="tag_role", untag="untag_role", by="id"
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": _LAMBDA,
    "aws:lambda/function:Function": _LAMBDA,
    "aws:sesv2/emailIdentity:EmailIdentity": _Service("sesv2", "ResourceArn"),
    "aws:sfn/stateMachine:StateMachine": _Service(
        "stepfunctions", "resourceArn", tags="tags", keys="tagKeys", pair=("key", "value")
    ),
    "aws:sns/topic:Topic": _Service("sns", "ResourceArn"),
    "aws:sqs/queue:Queue": _Service(
        *("sqs", "QueueUrl", "list_queue_tags", "tag_queue", "untag_queue"), pairs=False, by="id"
    ),
    "aws:s3/bucket:Bucket": _Service("s3", "Bucket", listing="get_bucket_tagging", by="id"),
}
"""The types whose tags can be changed; other handlers set them with the rest of their inputs."""


def change(
    deployment: Deployment, type_: str, identity: str, outputs: Mapping[str, Any], wanted: Tags
) -> None:
    """Give a resource exactly the tags `wanted`; `outputs` hold those so far."""
    service = TAGGED[type_]
    client, who = deployment.aws.client(service.client), service.who(identity, outputs)
    before: Tags = outputs.get("tagsAll") or {}
    if before == wanted:
        return
    if service.client == "s3":
        # One call takes them all, and an empty set is refused.
        if wanted:
            client.put_bucket_tagging(**who, Tagging={"TagSet": service.written(wanted)})
        else:
            client.delete_bucket_tagging(**who)
        return
    items = service.client == "cloudfront"
    if gone := sorted(before.keys() - wanted.keys()):
        getattr(client, service.untag)(**who, **{service.keys: {"Items": gone} if items else gone})
    if wanted:
        written = service.written(wanted)
        getattr(client, service.tag)(
            **who, **{service.tags: {"Items": written} if items else written}
        )


def found(
    deployment: Deployment, type_: str, identity: str, outputs: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """What AWS has as `tagsAll`; nothing for a type without tags."""
    service = TAGGED.get(type_)
    if service is None:
        return {}
    client, who = deployment.aws.client(service.client), service.who(identity, outputs)
    if service.client == "s3":
        return {"tagsAll": _bucket_tags(client, who)}
    return {"tagsAll": service.parsed(getattr(client, service.listing)(**who))}


def _bucket_tags(client: Any, who: dict[str, str]) -> dict[str, str]:
    try:
        tags = client.get_bucket_tagging(**who)["TagSet"]
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise
    return {tag["Key"]: tag["Value"] for tag in tags}
