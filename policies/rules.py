"""What every stage keeps to, as functions over the resources of a deployment.

A rule looks at one resource, or at all of them together. Each problem that it returns is a sentence
with its fix. Nothing here needs the Pulumi SDK, so the tests run the rules over recorded graphs;
`__main__.py` gives them to the CLI.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

__all__ = ["RULES", "SECRET_VALUE", "Resource", "Rule"]

PROTECTED_STAGES = ("prod",)
"""The stages that hold what exists nowhere else."""

LONGEST_PREVIEW = timedelta(days=14)
LONGEST_QUEUE_SECONDS = 1_209_600
TAGS = ("project", "stage", "owner")

UNBOUND_ACTIONS = re.compile(
    r"rekognition:Detect\w+|rekognition:RecognizeCelebrities|ses:SendEmail|ses:SendRawEmail"
    r"|xray:Put(TraceSegments|TelemetryRecords)|bedrock:ListFoundationModels"
    r"|ecr:GetAuthorizationToken|sts:GetCallerIdentity|cloudfront:ListDistributions"
    r"|cloudfront:(Create|Get|Update|Delete)(KeyGroup|PublicKey)"
    r"|cloudwatch:(DescribeAlarms|ListDashboards)|cognito-idp:(CreateUserPool|DescribeUserPoolDomain)"
    r"|lambda:(CreateEventSourceMapping|GetAccountSettings|ListEventSourceMappings)"
    r"|logs:DescribeLogGroups|iam:ListRoles|tag:GetResources"
    r"|cloudformation:((Create|Get|Update|Delete)Resource|GetResourceRequestStatus|DescribeType)"
)
"""Actions that list, or that IAM takes no resource but `*` for."""

FORBIDDEN = {
    "aws:ec2/": "networks cost by the hour: keep the functions outside a VPC",
    "aws:vpc/": "networks cost by the hour: keep the functions outside a VPC",
    "aws:lb/": "load balancers cost by the hour: use the HTTP API",
    "aws:rds/": "database servers cost by the hour: use a DynamoDB table",
    "aws:elasticache/": "cache servers cost by the hour: use CloudFront or a DynamoDB table",
    "aws:redshift/": "warehouses cost by the hour: export to S3",
    "aws:opensearch/": "search domains cost by the hour: use a DynamoDB index",
    "aws:elasticsearch/": "search domains cost by the hour: use a DynamoDB index",
    "aws:kinesis/": "shards cost by the hour: use EventBridge and SQS",
    "aws:msk/": "brokers cost by the hour: use EventBridge and SQS",
    "aws:ecs/": "tasks cost by the hour: use a function",
    "aws:eks/": "clusters cost by the hour: use a function",
    "aws:sagemaker/": "endpoints cost by the hour: use Rekognition or a function",
    "aws:lambda/provisionedConcurrencyConfig": "provisioned concurrency costs by the hour: leave "
    "it out",
    "aws:appautoscaling/": "provisioned capacity costs by the hour: pay by the request",
}
"""Types by the beginning of their name, and what to do instead."""


@dataclass(frozen=True)
class Ceiling:
    """The most that a function may take."""

    memory_mb: int
    timeout_seconds: int
    concurrency: int


CEILINGS = {
    "preview": Ceiling(1769, 900, 5),
    "shared": Ceiling(3008, 900, 50),
    "protected": Ceiling(3008, 900, 1000),
}

ALARMS = {
    "dead letters": ("ApproximateNumberOfMessagesVisible",),
    "queue": ("ApproximateAgeOfOldestMessage",),
    "function": ("Errors", "Throttles"),
}
"""The metrics of each kind that must have an alarm."""

SECRET_NAME = re.compile(
    r"PASSWORD|PASSWD|SECRET|(^|_)TOKEN($|_)|PRIVATE_KEY|API_?KEY|ACCESS_KEY|CREDENTIAL"
)
SECRET_VALUE = re.compile(
    r"(AKIA|ASIA)[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|://[^/\s:@]+:[^/\s:@]+@"
    r"|https://hooks\.|gh[pousr]_\w{36}|xox[abp]-"
)
GITHUB = "token.actions.githubusercontent.com"
SUBJECT = re.compile(r"repo:[^*?:/]+/[^*?:/]+:environment:[^*?:]+")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a deployment."""

    urn: str
    type: str
    name: str
    props: Mapping[str, Any]
    """By the provider's names: inputs where a rule looks at one resource, outputs where it looks
    at all."""
    protect: bool = False
    ignored: Sequence[str] = ()
    """The inputs whose changes the engine ignores."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """What its provider puts on every resource."""

    @property
    def stage(self) -> str:
        """The stack that it is part of."""
        return self.urn.removeprefix("urn:pulumi:").partition("::")[0]

    @property
    def level(self) -> str:
        """The kind of its stage: `protected`, `preview` or `shared`."""
        if self.stage in PROTECTED_STAGES:
            return "protected"
        return "preview" if self.tags.get("expires") else "shared"


Check = Callable[[Resource], Iterator[str]]
CheckAll = Callable[[Sequence[Resource]], Iterator[tuple[Resource, str]]]


def _none(_resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    yield from ()


@dataclass(frozen=True)
class Rule:
    """A rule over each resource, or over all of them."""

    name: str
    description: str
    check: Check | None = None
    check_all: CheckAll = _none


RULES: list[Rule] = []
"""In the order of this file."""


def _rule(check: Check) -> Check:
    RULES.append(Rule(_name(check), str(check.__doc__), check))
    return check


def _stack_rule(check: CheckAll) -> CheckAll:
    RULES.append(Rule(_name(check), str(check.__doc__), check_all=check))
    return check


def _name(check: Callable[..., object]) -> str:
    return check.__name__.replace("_", "-")


# Functions


@_rule
def images_are_pinned(resource: Resource) -> Iterator[str]:
    """A function runs one image, named by its digest, of one architecture."""
    if resource.type == "aws:lambda/function:Function":
        image = resource.props.get("imageUri") or ""
        if not re.search(r"@sha256:[0-9a-f]{64}$", image):
            yield f"image must be repository@sha256:..., got {image or 'none'}: pass a digest"
        architectures = list(resource.props.get("architectures") or [])
        if len(architectures) != 1:
            yield f"architectures must be a list of one, got {architectures}: name one"
    if resource.type == "docker:index/image:Image":
        platform = _mapping(resource.props.get("build")).get("platform")
        if platform not in ("linux/amd64", "linux/arm64"):
            yield f"platform must be linux/amd64 or linux/arm64, got {platform}: name one"


@_rule
def protected_stages_pin_their_base(resource: Resource) -> Iterator[str]:
    """In a protected stage an image's base is named by its digest."""
    if resource.level == "protected" and resource.type == "docker:index/image:Image":
        arguments = _mapping(_mapping(resource.props.get("build")).get("args"))
        base = arguments.get("BASE_IMAGE") or ""
        if not re.search(r"@sha256:[0-9a-f]{64}$", base):
            yield (
                f"base image must be name@sha256:..., got {base or 'none'}: docker buildx "
                f"imagetools inspect {base} prints the digest; set darkroom:baseImage in "
                f"Pulumi.{resource.stage}.yaml"
            )


@_rule
def functions_stay_within_bounds(resource: Resource) -> Iterator[str]:
    """Memory, timeout and concurrency are within the stage's ceilings."""
    most = CEILINGS[resource.level]
    if resource.type == "aws:lambda/function:Function":
        yield from _at_most("memorySize", resource.props.get("memorySize", 128), most.memory_mb)
        yield from _at_most("timeout", resource.props.get("timeout", 3), most.timeout_seconds)
        # What is reserved is taken from the account's other functions.
        reserved = resource.props.get("reservedConcurrentExecutions", -1)
        yield from _at_most("reservedConcurrentExecutions", reserved, most.concurrency)
    if resource.type == "aws:lambda/eventSourceMapping:EventSourceMapping":
        scaling = resource.props.get("scalingConfig") or {}
        concurrency = scaling.get("maximumConcurrency", 0)
        yield from _at_most("maximumConcurrency", concurrency, most.concurrency)


def _at_most(name: str, value: float, most: int) -> Iterator[str]:
    if value > most:
        yield f"{name} must be at most {most} in this stage, got {value:.0f}: lower it"


@_rule
def environments_hold_no_secret(resource: Resource) -> Iterator[str]:
    """A function's variables have no password, token or key."""
    if resource.type == "aws:lambda/function:Function":
        environment = resource.props.get("environment") or {}
        for name, value in (environment.get("variables") or {}).items():
            if SECRET_NAME.search(name) or SECRET_VALUE.search(str(value)):
                yield (
                    f"variable {name} must be no secret: keep it in Secrets Manager or SSM, pass "
                    "its name, and read it in the function"
                )


@_rule
def logs_expire(resource: Resource) -> Iterator[str]:
    """A log group has a retention."""
    if resource.type == "aws:cloudwatch/logGroup:LogGroup":
        days = resource.props.get("retentionInDays") or 0
        if not 0 < days <= 3653:
            yield f"retentionInDays must be 1 to 3653, got {days}: set it, or logs cost for ever"


# Rights


@_rule
def rights_name_their_actions(resource: Resource) -> Iterator[str]:
    """No policy allows a pattern of actions, or everything but some."""
    for statement in _allowing(resource):
        for key in ("NotAction", "NotResource", "NotPrincipal"):
            if key in statement:
                yield f"{key} must be left out of what is allowed: name what is meant"
        for action in _list(statement.get("Action")):
            if "*" in action or "?" in action:
                yield f"action must be one by its name, got {action}: list those that are used"


@_rule
def rights_name_their_resources(resource: Resource) -> Iterator[str]:
    """Only actions without resource-level rights are allowed on every resource."""
    if resource.type == "aws:kms/key:Key":
        return  # in a key's policy `*` is the key itself
    for statement in _allowing(resource):
        if "*" not in _list(statement.get("Resource")):
            continue
        for action in _list(statement.get("Action")):
            if not UNBOUND_ACTIONS.fullmatch(action):
                yield f"resource of {action} must be an ARN, got *: name what it is for"


@_rule
def nobody_else_is_trusted(resource: Resource) -> Iterator[str]:
    """No policy allows everybody; a role for GitHub names one repository and environment."""
    for statement in _allowing(resource):
        principal = statement.get("Principal")
        if principal == "*" or (isinstance(principal, Mapping) and principal.get("AWS") == "*"):
            yield "principal must be an account, a role or a service, got *: name who is meant"
        if not isinstance(principal, Mapping) or not any(
            GITHUB in each for each in _list(principal.get("Federated"))
        ):
            continue
        exact = _mapping(statement.get("Condition")).get("StringEquals") or {}
        if _list(exact.get(f"{GITHUB}:aud")) != ["sts.amazonaws.com"]:
            yield f"trust must require {GITHUB}:aud to equal sts.amazonaws.com: add the condition"
        subjects = _list(exact.get(f"{GITHUB}:sub"))
        if not subjects or not all(SUBJECT.fullmatch(each) for each in subjects):
            yield (
                f"trust must require {GITHUB}:sub to equal repo:OWNER/NAME:environment:NAME, got "
                f"{', '.join(subjects) or 'nothing'}: any other branch or repository could deploy"
            )


def _allowing(resource: Resource) -> Iterator[Mapping[str, Any]]:
    """The statements of a resource's policies that allow something."""
    for key in ("policy", "assumeRolePolicy"):
        if key in resource.props and resource.type != "aws:ecr/lifecyclePolicy:LifecyclePolicy":
            for statement in _document(resource.props[key]).get("Statement", []):
                if statement.get("Effect") == "Allow":
                    yield statement


# Events


@_rule
def queues_lose_nothing(resource: Resource) -> Iterator[str]:
    """A queue is encrypted, keeps messages for 14 days and has a dead-letter queue."""
    if resource.type == "aws:sqs/queue:Queue":
        seconds = resource.props.get("messageRetentionSeconds", 345_600)
        if seconds < LONGEST_QUEUE_SECONDS:
            yield (
                f"messageRetentionSeconds must be {LONGEST_QUEUE_SECONDS}, got {seconds:.0f}: "
                "set it"
            )
        if not (resource.props.get("sqsManagedSseEnabled") or resource.props.get("kmsMasterKeyId")):
            yield "sqsManagedSseEnabled must be true: set it"
        if not _is_for_dead_letters(resource) and "redrivePolicy" not in resource.props:
            yield (
                "redrivePolicy must name a dead-letter queue: set it, or end the queue's name in "
                "-dead-letters if it is one"
            )


@_stack_rule
def queues_outlast_their_functions(
    resources: Sequence[Resource],
) -> Iterator[tuple[Resource, str]]:
    """A message stays hidden for six timeouts of its function and the batch window."""
    queues = _by(resources, "aws:sqs/queue:Queue", "arn")
    functions = _by(resources, "aws:lambda/function:Function", "name", "arn")
    for mapping in _of(resources, "aws:lambda/eventSourceMapping:EventSourceMapping"):
        queue = queues.get(mapping.props.get("eventSourceArn"))
        function = functions.get(mapping.props.get("functionName"))
        if queue is None or function is None:
            continue
        window = _number(mapping, "maximumBatchingWindowInSeconds", 0)
        least = 6 * _number(function, "timeout", 3) + window
        seconds = _number(queue, "visibilityTimeoutSeconds", 30)
        if seconds < least:
            problem = (
                f"visibilityTimeoutSeconds must be at least {least:.0f} (six timeouts of "
                f"{function.name} and the batch window), got {seconds:.0f}: raise it"
            )
            yield queue, problem


@_rule
def consumers_report_single_failures(resource: Resource) -> Iterator[str]:
    """What reads a queue reports failures one by one, has a largest concurrency, and can pause."""
    if resource.type == "aws:lambda/eventSourceMapping:EventSourceMapping":
        types = list(resource.props.get("functionResponseTypes") or [])
        if "ReportBatchItemFailures" not in types:
            yield (
                f"functionResponseTypes must have ReportBatchItemFailures, got {types}: without it "
                "one failure repeats the whole batch"
            )
        if not _mapping(resource.props.get("scalingConfig")).get("maximumConcurrency"):
            yield "scalingConfig must have a maximumConcurrency: set it"
        if "enabled" not in resource.ignored:
            yield "ignore_changes must have enabled: else an update resumes what a budget paused"


@_rule
def targets_have_dead_letters(resource: Resource) -> Iterator[str]:
    """What EventBridge cannot deliver goes to a dead-letter queue."""
    if resource.type == "aws:cloudwatch/eventTarget:EventTarget" and not (
        resource.props.get("deadLetterConfig") or {}
    ).get("arn"):
        yield "deadLetterConfig must name a queue: set it, or undelivered events are lost"


@_stack_rule
def failures_raise_alarms(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Every queue, dead-letter queue and function has its alarms."""
    # A composite alarm acts for those that its rule names.
    composed = " ".join(
        str(each.props.get("alarmRule"))
        for each in _of(resources, "aws:cloudwatch/compositeAlarm:CompositeAlarm")
        if each.props.get("alarmActions")
    )
    watched = {
        (metric, name)
        for alarm in _of(resources, "aws:cloudwatch/metricAlarm:MetricAlarm")
        if alarm.props.get("alarmActions") or str(alarm.props.get("name")) in composed
        for metric, dimensions in _metrics(alarm.props)
        for name in dimensions.values()
    }
    for resource in resources:
        for metric in ALARMS.get(_alarmed(resource), ()):
            if (metric, resource.props.get("name")) not in watched:
                yield resource, f"{metric} must have an alarm: add a MetricAlarm with an action"


def _alarmed(resource: Resource) -> str:
    if resource.type == "aws:sqs/queue:Queue":
        return "dead letters" if _is_for_dead_letters(resource) else "queue"
    return "function" if resource.type == "aws:lambda/function:Function" else ""


def _metrics(alarm: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The metrics that an alarm reads, with their dimensions."""
    yield alarm.get("metricName") or "", _mapping(alarm.get("dimensions"))
    for query in _list(alarm.get("metricQueries")):
        metric = _mapping(_mapping(query).get("metric"))
        yield metric.get("metricName") or "", _mapping(metric.get("dimensions"))


def _is_for_dead_letters(queue: Resource) -> bool:
    return queue.name.endswith("-dead-letters")


# Stores


@_stack_rule
def buckets_are_private(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """A bucket blocks the public, knows one owner, encrypts, and refuses plain HTTP."""
    kinds: dict[str, Callable[[Mapping[str, Any]], bool]] = {
        "bucketPublicAccessBlock:BucketPublicAccessBlock": _blocks_the_public,
        "bucketOwnershipControls:BucketOwnershipControls": _has_one_owner,
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bool,
        "bucketPolicy:BucketPolicy": _refuses_http,
    }
    for bucket in _of(resources, "aws:s3/bucket:Bucket"):
        for kind, keeps in kinds.items():
            settings = _by(resources, f"aws:s3/{kind}", "bucket")
            own = settings.get(bucket.props.get("bucket"))
            if own is None or not keeps(own.props):
                class_ = kind.rpartition(":")[2]
                yield bucket, f"bucket must have a {class_} {_ASKED[class_]}: use PrivateBucket"


_ASKED = {
    "BucketPublicAccessBlock": "that blocks all four kinds of public access",
    "BucketOwnershipControls": "with BucketOwnerEnforced",
    "BucketServerSideEncryptionConfiguration": "with a rule",
    "BucketPolicy": "that denies requests without TLS",
}


def _blocks_the_public(props: Mapping[str, Any]) -> bool:
    keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return all(props.get(key) is True for key in keys)


def _has_one_owner(props: Mapping[str, Any]) -> bool:
    return bool(_mapping(props.get("rule")).get("objectOwnership") == "BucketOwnerEnforced")


def _refuses_http(props: Mapping[str, Any]) -> bool:
    return any(
        each.get("Effect") == "Deny"
        and each.get("Principal") in ("*", {"AWS": "*"})
        and "s3:*" in _list(each.get("Action"))
        and _list((each.get("Condition") or {}).get("Bool", {}).get("aws:SecureTransport"))
        == ["false"]
        for each in _document(props.get("policy")).get("Statement", [])
    )


@_rule
def protected_stages_keep_their_stores(resource: Resource) -> Iterator[str]:
    """In a protected stage nothing that holds data can be deleted, and tables have backups."""
    if resource.level != "protected":
        return
    props = resource.props
    fix = f"set darkroom:protect to true in Pulumi.{resource.stage}.yaml"
    stores = (
        "aws:s3/bucket:Bucket",
        "aws:dynamodb/table:Table",
        "aws:cloudcontrol/resource:Resource",
        "aws:cognito/userPool:UserPool",
    )
    if resource.type in stores and not resource.protect:
        yield f"resource option protect must be true in this stage: {fix}"
    if resource.type == "aws:s3/bucket:Bucket" and props.get("forceDestroy"):
        yield f"forceDestroy must be false in this stage: {fix}"
    if resource.type == "aws:dynamodb/table:Table":
        if not props.get("deletionProtectionEnabled"):
            yield f"deletionProtectionEnabled must be true in this stage: {fix}"
        if not _mapping(props.get("pointInTimeRecovery")).get("enabled"):
            yield f"pointInTimeRecovery must be enabled in this stage: {fix}"
    if resource.type == "aws:cloudcontrol/resource:Resource":
        state = _document(props.get("desiredState"))
        if not state.get("DeletionProtectionEnabled"):
            yield f"DeletionProtectionEnabled must be true in this stage: {fix}"
        recovery = _mapping(state.get("PointInTimeRecoverySpecification"))
        if not recovery.get("PointInTimeRecoveryEnabled"):
            yield f"PointInTimeRecoverySpecification must be enabled in this stage: {fix}"
    if resource.type == "aws:cognito/userPool:UserPool" and (
        props.get("deletionProtection") != "ACTIVE"
    ):
        yield f"deletionProtection must be ACTIVE in this stage: {fix}"


@_rule
def previews_leave_nothing(resource: Resource) -> Iterator[str]:
    """A preview can be destroyed with everything in it."""
    if resource.level != "preview":
        return
    fix = f"leave darkroom:protect out of Pulumi.{resource.stage}.yaml"
    if resource.protect:
        yield f"resource option protect must be false in a preview: {fix}"
    if resource.type == "aws:s3/bucket:Bucket" and not resource.props.get("forceDestroy"):
        yield f"forceDestroy must be true in a preview: {fix}"
    if resource.type == "aws:ecr/repository:Repository" and not resource.props.get("forceDelete"):
        yield f"forceDelete must be true in a preview: {fix}"


@_rule
def tags_name_who_answers(resource: Resource) -> Iterator[str]:
    """Everything is tagged with project, stage and owner; a pull request's stage expires soon."""
    if resource.type == "pulumi:providers:aws":
        tags = _default_tags(resource.props)
        for key in TAGS:
            if not tags.get(key):
                yield (
                    f"defaultTags must have {key}: set darkroom:{key} in "
                    f"Pulumi.{resource.stage}.yaml"
                )
        yield from _expiry(resource.stage, tags.get("expires"), datetime.now(UTC).date())
    elif resource.type.startswith("aws:"):
        for key in sorted(_mapping(resource.props.get("tags")).keys() & {*TAGS, "expires"}):
            if resource.props["tags"][key] != resource.tags.get(key):
                yield f"tag {key} must be left to the provider: remove it from the resource"


def _expiry(stage: str, expires: str | None, today: date) -> Iterator[str]:
    if not expires:
        if stage.startswith("pr-"):
            yield f"defaultTags must have expires: set darkroom:expires in Pulumi.{stage}.yaml"
        return
    try:
        left = date.fromisoformat(expires) - today
    except ValueError:
        yield f"expires must be a day like 2027-01-31, got {expires}: set another"
        return
    if not timedelta(0) < left <= LONGEST_PREVIEW:
        yield (
            f"expires must be within {LONGEST_PREVIEW.days} days from today, {today}, got "
            f"{expires}: set another darkroom:expires in Pulumi.{stage}.yaml"
        )


def _default_tags(provider: Mapping[str, Any]) -> Mapping[str, str]:
    return _document(provider.get("defaultTags")).get("tags") or {}


# Costs


@_rule
def nothing_costs_by_the_hour(resource: Resource) -> Iterator[str]:
    """There is nothing that costs money while nobody uses it."""
    for prefix, instead in FORBIDDEN.items():
        if resource.type.startswith(prefix):
            yield f"type must not be {resource.type}: {instead}"
    if resource.type == "aws:cloudcontrol/resource:Resource":
        mode = _document(resource.props.get("desiredState")).get("BillingMode", "PROVISIONED")
        if mode != "PAY_PER_REQUEST":
            yield f"BillingMode must be PAY_PER_REQUEST, got {mode}: set it"
    if resource.type == "aws:dynamodb/table:Table":
        mode = resource.props.get("billingMode", "PROVISIONED")
        if mode != "PAY_PER_REQUEST":
            yield f"billingMode must be PAY_PER_REQUEST, got {mode}: set it"


def _of(resources: Iterable[Resource], type_: str) -> list[Resource]:
    return [each for each in resources if each.type == type_]


def _by(resources: Iterable[Resource], type_: str, *keys: str) -> dict[Any, Resource]:
    """The resources of a type by each of these properties."""
    return {each.props.get(key): each for each in _of(resources, type_) for key in keys}


def _number(resource: Resource, key: str, default: float) -> float:
    """A number among the outputs; AWS's default where the provider reports none."""
    value = resource.props.get(key)
    return value if isinstance(value, (int, float)) else default


def _list(value: Any) -> list[Any]:
    """IAM takes one value in place of a list of one."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    """An object of a property; empty where the provider reports none."""
    return value if isinstance(value, Mapping) else {}


def _document(value: Any) -> Mapping[str, Any]:
    """A document that is given as such, or as JSON."""
    return json.loads(value) if isinstance(value, str) else (value or {})
