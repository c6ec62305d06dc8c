"""Every stage keeps every rule, and every rule catches what breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from policies.rules import RULES
from proofs.recorder import record, run, stage_config
from tests.policies.deployments import Deployment, broken, changed, deployed
from tests.program.conftest import FULL, FULL_CONFIG


def days_from_today(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


SOON = days_from_today(7)
PREVIEW = {**stage_config("preview"), "owner": "ann", "expires": SOON}
"""A pull request's stage, as the template makes it."""


BASE = "public.ecr.aws/lambda/python"
PROD = {"baseImage": f"{BASE}@sha256:{'0' * 64}", "embedding": "titan"}
"""What a team sets before its first deployment of prod."""

RECOVERABLE = {"PointInTimeRecoveryEnabled": True}


@cache
def stage(name: str) -> Deployment:
    config: dict[str, dict[str, Any]] = {FULL: FULL_CONFIG, "pr-7": PREVIEW, "prod": PROD}
    return deployed(record(name, config.get(name)))


@pytest.mark.parametrize("name", ["dev", "prod", "pr-7", FULL])
def test_every_stage_keeps_every_rule(name: str) -> None:
    assert list(broken(stage(name))) == []


def policy(*statements: dict[str, Any], key: str = "policy") -> dict[str, str]:
    return {key: json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


def allow(**members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", **members}


def trust(condition: dict[str, Any]) -> dict[str, str]:
    provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    return policy(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition,
        },
        key="assumeRolePolicy",
    )


GITHUB = "token.actions.githubusercontent.com"
AUDIENCE = {f"{GITHUB}:aud": "sts.amazonaws.com"}
OTHER_BRANCHES = (
    f"trust must require {GITHUB}:sub to equal repo:OWNER/NAME:environment:NAME, got {{}}: any "
    "other branch or repository could deploy"
)
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/resize:latest"


Mutant = tuple[str, str, str, str, dict[str, Any], str]

# The rule, the stage, the resource with its type, what is changed in it, and the problem.
MUTANTS: list[Mutant] = [
    (
        "images-are-pinned",
        "dev",
        "resize",
        "lambda/function:Function",
        {"imageUri": IMAGE},
        f"image must be repository@sha256:..., got {IMAGE}: pass a digest",
    ),
    (
        "images-are-pinned",
        "dev",
        "resize",
        "lambda/function:Function",
        {"architectures": ["arm64", "x86_64"]},
        "architectures must be a list of one, got ['arm64', 'x86_64']: name one",
    ),
    (
        "images-are-pinned",
        "dev",
        "resize",
        "index/image:Image",
        {"build": {"context": "containers"}},
        "platform must be linux/amd64 or linux/arm64, got None: name one",
    ),
    (
        "protected-stages-pin-their-base",
        "prod",
        "resize",
        "index/image:Image",
        {"build": {"platform": "linux/amd64", "args": {"BASE_IMAGE": f"{BASE}:3.13"}}},
        (
            f"base image must be name@sha256:..., got {BASE}:3.13: docker buildx imagetools "
            f"inspect {BASE}:3.13 prints the digest; set darkroom:baseImage in Pulumi.prod.yaml"
        ),
    ),
    (
        "functions-stay-within-bounds",
        "pr-7",
        "resize",
        "lambda/function:Function",
        {"memorySize": 3008},
        "memorySize must be at most 1769 in this stage, got 3008: lower it",
    ),
    (
        "functions-stay-within-bounds",
        "dev",
        "resize",
        "lambda/function:Function",
        {"reservedConcurrentExecutions": 51},
        "reservedConcurrentExecutions must be at most 50 in this stage, got 51: lower it",
    ),
    (
        "functions-stay-within-bounds",
        "dev",
        "resize-consumer",
        "EventSourceMapping",
        {"scalingConfig": {"maximumConcurrency": 51}},
        "maximumConcurrency must be at most 50 in this stage, got 51: lower it",
    ),
    *(
        (
            "environments-hold-no-secret",
            "dev",
            "notify",
            "lambda/function:Function",
            {"environment": {"variables": {name: value}}},
            (
                f"variable {name} must be no secret: keep it in Secrets Manager or SSM, pass its "
                "name, and read it in the function"
            ),
        )
        for name, value in {
            "MAIL_PASSWORD": "x",
            "ACCESS": "AKIAIOSFODNN7EXAMPLE",
            "DATABASE": "postgres://user:word@host/db",
            "CHAT": "https://hooks.slack.com/services/T0/B0/x",
        }.items()
    ),
    (
        "logs-expire",
        "dev",
        "resize-logs",
        "LogGroup",
        {"retentionInDays": None},
        "retentionInDays must be 1 to 3653, got 0: set it, or logs cost for ever",
    ),
    (
        "rights-name-their-actions",
        "dev",
        "resize-read-originals",
        "RolePolicy",
        policy(allow(Action=["s3:GetObject", "s3:Put*"])),
        "action must be one by its name, got s3:Put*: list those that are used",
    ),
    (
        "rights-name-their-actions",
        "dev",
        "resize-read-originals",
        "RolePolicy",
        policy({"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "arn:aws:s3:::a"}),
        "NotAction must be left out of what is allowed: name what is meant",
    ),
    (
        "rights-name-their-resources",
        "dev",
        "resize-read-originals",
        "RolePolicy",
        policy(allow(Resource="*")),
        "resource of s3:GetObject must be an ARN, got *: name what it is for",
    ),
    (
        "nobody-else-is-trusted",
        "dev",
        "originals-policy",
        "BucketPolicy",
        policy(allow(Principal={"AWS": "*"})),
        "principal must be an account, a role or a service, got *: name who is meant",
    ),
    (
        "nobody-else-is-trusted",
        "dev",
        "resize-role",
        "role:Role",
        trust({"StringEquals": {f"{GITHUB}:sub": "repo:o/n:environment:prod"}}),
        f"trust must require {GITHUB}:aud to equal sts.amazonaws.com: add the condition",
    ),
    (
        "nobody-else-is-trusted",
        "dev",
        "resize-role",
        "role:Role",
        trust({"StringEquals": AUDIENCE}),
        OTHER_BRANCHES.format("nothing"),
    ),
    (
        "nobody-else-is-trusted",
        "dev",
        "resize-role",
        "role:Role",
        trust({"StringEquals": AUDIENCE, "StringLike": {f"{GITHUB}:sub": "repo:o/n:*"}}),
        OTHER_BRANCHES.format("nothing"),
    ),
    (
        "nobody-else-is-trusted",
        "dev",
        "resize-role",
        "role:Role",
        trust({"StringEquals": {**AUDIENCE, f"{GITHUB}:sub": "repo:o/n:ref:refs/heads/main"}}),
        OTHER_BRANCHES.format("repo:o/n:ref:refs/heads/main"),
    ),
    (
        "queues-lose-nothing",
        "dev",
        "resize",
        "queue:Queue",
        {"messageRetentionSeconds": 345_600},
        "messageRetentionSeconds must be 1209600, got 345600: set it",
    ),
    (
        "queues-lose-nothing",
        "dev",
        "resize",
        "queue:Queue",
        {"sqsManagedSseEnabled": False},
        "sqsManagedSseEnabled must be true: set it",
    ),
    (
        "queues-lose-nothing",
        "dev",
        "resize",
        "queue:Queue",
        {"redrivePolicy": None},
        (
            "redrivePolicy must name a dead-letter queue: set it, or end the queue's name in "
            "-dead-letters if it is one"
        ),
    ),
    (
        "queues-outlast-their-functions",
        "dev",
        "resize",
        "queue:Queue",
        {"visibilityTimeoutSeconds": 359},
        (
            "visibilityTimeoutSeconds must be at least 360 (six timeouts of resize and the batch "
            "window), got 359: raise it"
        ),
    ),
    (
        "consumers-report-single-failures",
        "dev",
        "resize-consumer",
        "EventSourceMapping",
        {"functionResponseTypes": None},
        (
            "functionResponseTypes must have ReportBatchItemFailures, got []: without it one "
            "failure repeats the whole batch"
        ),
    ),
    (
        "consumers-report-single-failures",
        "dev",
        "resize-consumer",
        "EventSourceMapping",
        {"scalingConfig": None},
        "scalingConfig must have a maximumConcurrency: set it",
    ),
    (
        "targets-have-dead-letters",
        "dev",
        "resize-uploaded-target",
        "EventTarget",
        {"deadLetterConfig": None},
        "deadLetterConfig must name a queue: set it, or undelivered events are lost",
    ),
    (
        "buckets-are-private",
        "dev",
        "originals-access",
        "BucketPublicAccessBlock",
        {"restrictPublicBuckets": False},
        (
            "bucket must have a BucketPublicAccessBlock that blocks all four kinds of public "
            "access: use PrivateBucket"
        ),
    ),
    (
        "buckets-are-private",
        "dev",
        "originals-policy",
        "BucketPolicy",
        policy(allow(Principal={"Service": "cloudfront.amazonaws.com"})),
        "bucket must have a BucketPolicy that denies requests without TLS: use PrivateBucket",
    ),
    *(
        (
            "protected-stages-keep-their-stores",
            "prod",
            name,
            type_,
            change,
            f"{problem} in this stage: set darkroom:protect to true in Pulumi.prod.yaml",
        )
        for name, type_, change, problem in (
            ("originals", "bucket:Bucket", {"forceDestroy": True}, "forceDestroy must be false"),
            (
                "catalog",
                "table:Table",
                {"deletionProtectionEnabled": False},
                "deletionProtectionEnabled must be true",
            ),
            (
                "catalog",
                "table:Table",
                {"pointInTimeRecovery": {"enabled": False}},
                "pointInTimeRecovery must be enabled",
            ),
            (
                "vectors",
                "resource:Resource",
                {"desiredState": json.dumps({"PointInTimeRecoverySpecification": RECOVERABLE})},
                "DeletionProtectionEnabled must be true",
            ),
            (
                "vectors",
                "resource:Resource",
                {"desiredState": json.dumps({"DeletionProtectionEnabled": True})},
                "PointInTimeRecoverySpecification must be enabled",
            ),
            (
                "people",
                "userPool:UserPool",
                {"deletionProtection": "INACTIVE"},
                "deletionProtection must be ACTIVE",
            ),
        )
    ),
    *(
        (
            "previews-leave-nothing",
            "pr-7",
            name,
            type_,
            {key: False},
            f"{key} must be true in a preview: leave darkroom:protect out of Pulumi.pr-7.yaml",
        )
        for name, type_, key in (
            ("originals", "bucket:Bucket", "forceDestroy"),
            ("resize-repository", "repository:Repository", "forceDelete"),
        )
    ),
    (
        "tags-name-who-answers",
        "dev",
        "aws",
        "providers:aws",
        {"defaultTags": json.dumps({"tags": {"project": "darkroom", "stage": "dev"}})},
        "defaultTags must have owner: set darkroom:owner in Pulumi.dev.yaml",
    ),
    (
        "tags-name-who-answers",
        "pr-7",
        "aws",
        "providers:aws",
        {
            "defaultTags": json.dumps(
                {"tags": {"project": "darkroom", "stage": "pr-7", "owner": "ann"}}
            )
        },
        "defaultTags must have expires: set darkroom:expires in Pulumi.pr-7.yaml",
    ),
    (
        "tags-name-who-answers",
        "dev",
        "originals",
        "bucket:Bucket",
        {"tags": {"owner": "somebody"}},
        "tag owner must be left to the provider: remove it from the resource",
    ),
    (
        "nothing-costs-by-the-hour",
        "dev",
        "catalog",
        "table:Table",
        {"billingMode": "PROVISIONED"},
        "billingMode must be PAY_PER_REQUEST, got PROVISIONED: set it",
    ),
]


@pytest.mark.parametrize(
    "mutant", MUTANTS, ids=[f"{each[0]}-{number}" for number, each in enumerate(MUTANTS)]
)
def test_a_rule_catches_what_breaks_it(mutant: Mutant) -> None:
    rule, name, resource, type_, change, problem = mutant

    assert (rule, problem) in {
        (found, line) for found, _, line in broken(changed(stage(name), resource, type_, change))
    }


@pytest.mark.parametrize("days", [-1, 0, 15])
def test_a_preview_that_has_expired_or_stays_too_long_is_caught(days: int) -> None:
    expires, today = days_from_today(days), days_from_today(0)
    tags = {"project": "darkroom", "stage": "pr-7", "owner": "ann", "expires": expires}
    provider = {"defaultTags": {"tags": tags}}
    problem = (
        f"expires must be within 14 days from today, {today}, got {expires}: "
        "set another darkroom:expires in Pulumi.pr-7.yaml"
    )

    assert ("tags-name-who-answers", "aws", problem) in set(
        broken(changed(stage("pr-7"), "aws", "providers:aws", provider))
    )


def test_a_consumer_that_an_update_would_resume_is_caught() -> None:
    mutant = changed(stage("dev"), "resize-consumer", "EventSourceMapping", ignored=())
    problem = "ignore_changes must have enabled: else an update resumes what a budget paused"

    assert list(broken(mutant)) == [
        ("consumers-report-single-failures", "resize-consumer", problem)
    ]


@pytest.mark.parametrize(
    ("name", "resource", "type_", "protect", "found"),
    [
        (
            "prod",
            "originals",
            "bucket:Bucket",
            False,
            (
                "protected-stages-keep-their-stores",
                "originals",
                (
                    "resource option protect must be true in this stage: set darkroom:protect to "
                    "true in Pulumi.prod.yaml"
                ),
            ),
        ),
        (
            "pr-7",
            "originals",
            "bucket:Bucket",
            True,
            (
                "previews-leave-nothing",
                "originals",
                (
                    "resource option protect must be false in a preview: leave darkroom:protect "
                    "out of Pulumi.pr-7.yaml"
                ),
            ),
        ),
    ],
)
def test_a_rule_catches_a_resource_option(
    name: str, resource: str, type_: str, protect: bool, found: tuple[str, str, str]
) -> None:
    mutant = changed(stage(name), resource, type_, protect=protect)

    assert list(broken(mutant)) == [found]


def without(deployment: Deployment, type_: str, name: str) -> Deployment:
    return [pair for pair in deployment if (pair[0].type, pair[0].name) != (type_, name)]


@pytest.mark.parametrize(
    ("alarm", "resource", "metric"),
    [
        (
            "resize-dead-letters-alarm",
            "resize-dead-letters",
            "ApproximateNumberOfMessagesVisible",
        ),
        ("resize-oldest-alarm", "resize", "ApproximateAgeOfOldestMessage"),
        ("resize-errors-alarm", "resize", "Errors"),
        ("api-throttles-alarm", "api", "Throttles"),
    ],
)
def test_what_can_fail_without_an_alarm_is_caught(alarm: str, resource: str, metric: str) -> None:
    mutant = without(stage("dev"), "aws:cloudwatch/metricAlarm:MetricAlarm", alarm)
    problem = f"{metric} must have an alarm: add a MetricAlarm with an action"

    assert list(broken(mutant)) == [("failures-raise-alarms", resource, problem)]


def test_an_alarm_that_a_composite_acts_for_needs_no_action_of_its_own() -> None:
    [composite] = [
        each.name
        for each, _ in stage("dev")
        if each.type == "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    ]
    mutant = changed(stage("dev"), composite, "CompositeAlarm", {"alarmActions": []})

    assert {name for _, name, _ in broken(mutant)} == {
        *("rekognition", "rekognition-bulk", "resize", "resize-bulk")
    }


def test_an_alarm_without_an_action_is_no_alarm() -> None:
    mutant = changed(stage("dev"), "resize-dead-letters-alarm", "MetricAlarm", {"alarmActions": []})

    assert {(rule, name) for rule, name, _ in broken(mutant)} == {
        ("failures-raise-alarms", "resize-dead-letters")
    }


@pytest.mark.parametrize(
    "missing",
    [
        "BucketPublicAccessBlock",
        "BucketOwnershipControls",
        "BucketServerSideEncryptionConfiguration",
        "BucketPolicy",
    ],
)
def test_a_bucket_without_one_of_its_settings_is_caught(missing: str) -> None:
    kept = [
        pair
        for pair in stage("dev")
        if not (pair[0].type.endswith(f":{missing}") and pair[0].name.startswith("renditions"))
    ]
    [(rule, name, problem)] = broken(kept)

    assert (rule, name) == ("buckets-are-private", "renditions")
    assert problem.startswith(f"bucket must have a {missing} ")


@pytest.mark.parametrize(
    ("make", "instead"),
    [
        (
            lambda opts: aws.ec2.NatGateway("a", subnet_id="b", opts=opts),
            "networks cost by the hour: keep the functions outside a VPC",
        ),
        (
            lambda opts: aws.opensearch.Domain("a", opts=opts),
            "search domains cost by the hour: use a DynamoDB index",
        ),
        (
            lambda opts: aws.lambda_.ProvisionedConcurrencyConfig(
                "a",
                function_name="f",
                qualifier="1",
                provisioned_concurrent_executions=1,
                opts=opts,
            ),
            "provisioned concurrency costs by the hour: leave it out",
        ),
    ],
)
def test_a_type_that_costs_by_the_hour_is_caught(
    make: Callable[[pulumi.ResourceOptions], pulumi.Resource], instead: str
) -> None:
    def program() -> None:
        tags = {"project": "a", "stage": "test", "owner": "ann"}
        provider = aws.Provider("aws", default_tags=aws.ProviderDefaultTagsArgs(tags=tags))
        make(pulumi.ResourceOptions(provider=provider))

    [(rule, _, problem)] = broken(deployed(run(program)))

    assert rule == "nothing-costs-by-the-hour"
    assert problem.endswith(instead)


def test_every_rule_has_a_mutant_and_a_name_of_its_own() -> None:
    names = [rule.name for rule in RULES]
    elsewhere = {"failures-raise-alarms"}

    assert len(names) == len(set(names)) == 18
    assert {each[0] for each in MUTANTS} | elsewhere == set(names)
