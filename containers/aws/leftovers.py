"""Deletes what a stage left behind, by ARN, with each service's own calls."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.stages import NotRemovedError

__all__ = ["AwsRemover"]

_GONE = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchDistribution",
        "NoSuchEntity",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "RepositoryNotFoundException",
        "ResourceNotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue",
    }
)


class AwsRemover:
    """Deletes each kind of resource that the program makes and AWS tags."""

    def remove(self, arn: str) -> bool:
        _, _, service, _, _, resource = arn.split(":", 5)
        for (of, prefix), remove in _KINDS.items():
            if of == service and resource.startswith(prefix):
                try:
                    return remove(arn, resource.removeprefix(prefix)) is not False
                except ClientError as error:
                    if error.response["Error"]["Code"] in _GONE:
                        return True
                    raise NotRemovedError(str(error)) from error
        raise NotRemovedError(f"no rule for {service}: delete it by hand")


def _bucket(_arn: str, name: str) -> None:
    s3 = client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if found:
            keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            failed = s3.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
            if errors := failed.get("Errors"):
                raise NotRemovedError(f"{len(errors)} objects stayed: {errors[0]['Message']}")
    s3.delete_bucket(Bucket=name)


def _queue(_arn: str, name: str) -> None:
    sqs = client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])


def _rule(_arn: str, name: str) -> None:
    events = client("events")
    bus, _, rule = name.rpartition("/")
    where = {"EventBusName": bus} if bus else {}
    targets = events.list_targets_by_rule(Rule=rule, **where)["Targets"]
    if targets:
        events.remove_targets(Rule=rule, Ids=[each["Id"] for each in targets], **where)
    events.delete_rule(Name=rule, **where)


def _role(_arn: str, path: str) -> None:
    iam, name = client("iam"), path.rpartition("/")[2]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _user_pool(_arn: str, identity: str) -> None:
    cognito = client("cognito-idp")
    pool = cognito.describe_user_pool(UserPoolId=identity)["UserPool"]
    if domain := pool.get("Domain"):
        cognito.delete_user_pool_domain(Domain=domain, UserPoolId=identity)
    cognito.delete_user_pool(UserPoolId=identity)


def _distribution(_arn: str, identity: str) -> bool:
    """CloudFront deletes only what is disabled everywhere, which takes some minutes."""
    cloudfront = client("cloudfront")
    found = cloudfront.get_distribution(Id=identity)
    config = found["Distribution"]["DistributionConfig"]
    if config["Enabled"]:
        config["Enabled"] = False
        cloudfront.update_distribution(
            Id=identity, IfMatch=found["ETag"], DistributionConfig=config
        )
        return False
    if found["Distribution"]["Status"] != "Deployed":
        return False
    cloudfront.delete_distribution(Id=identity, IfMatch=found["ETag"])
    return True


def _by(service: str, call: str, argument: str, **more: Any) -> Callable[[str, str], None]:
    """A kind that one call with its name deletes."""

    def remove(_arn: str, name: str) -> None:
        getattr(client(service), call)(**{argument: name}, **more)

    return remove


def _function(_arn: str, name: str) -> None:
    functions = client("lambda")
    pages = functions.get_paginator("list_event_source_mappings").paginate(FunctionName=name)
    for page in pages:
        for mapping in page["EventSourceMappings"]:
            functions.delete_event_source_mapping(UUID=mapping["UUID"])
    functions.delete_function(FunctionName=name)


def _topic(arn: str, _name: str) -> None:
    client("sns").delete_topic(TopicArn=arn)


def _state_machine(arn: str, _name: str) -> None:
    client("stepfunctions").delete_state_machine(stateMachineArn=arn)


def _alarm(_arn: str, name: str) -> None:
    client("cloudwatch").delete_alarms(AlarmNames=[name])


def _dashboard(_arn: str, name: str) -> None:
    client("cloudwatch").delete_dashboards(DashboardNames=[name])


_KINDS: dict[tuple[str, str], Callable[[str, str], bool | None]] = {
    ("lambda", "event-source-mapping:"): _by("lambda", "delete_event_source_mapping", "UUID"),
    ("events", "rule/"): _rule,
    ("events", "event-bus/"): _by("events", "delete_event_bus", "Name"),
    ("lambda", "function:"): _function,
    ("cloudfront", "distribution/"): _distribution,
    ("apigateway", "/apis/"): _by("apigatewayv2", "delete_api", "ApiId"),
    ("cognito-idp", "userpool/"): _user_pool,
    ("cloudwatch", "alarm:"): _alarm,
    ("cloudwatch", "dashboard/"): _dashboard,
    ("logs", "log-group:"): _by("logs", "delete_log_group", "logGroupName"),
    ("ecr", "repository/"): _by("ecr", "delete_repository", "repositoryName", force=True),
    ("dynamodb", "table/"): _by("dynamodb", "delete_table", "TableName"),
    ("iam", "role/"): _role,
    ("states", "stateMachine:"): _state_machine,
    ("sns", ""): _topic,
    ("sqs", ""): _queue,
    ("s3", ""): _bucket,
}
"""By service and the beginning of the ARN's last part."""
