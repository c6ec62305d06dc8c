"""Changes that are easy to forget: removed inputs, tags, and what forces a replacement."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import local.engine.resources  # noqa: F401 - fills the registry
from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, output_names
from local.engine.replacements import REPLACEMENTS
from local.engine.tags import TAGGED
from tests.local.engine.documents import TRUST

BUS = "aws:cloudwatch/eventBus:EventBus"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"
RULE = "aws:cloudwatch/eventRule:EventRule"
TABLE = "aws:dynamodb/table:Table"
TOPIC = "aws:sns/topic:Topic"

KEY = {
    "billingMode": "PAY_PER_REQUEST",
    "hashKey": "id",
    "attributes": [{"name": "id", "type": "S"}],
}


def make(deployment: Deployment, type_: str, inputs: Mapping[str, Any]) -> Created:
    named = REGISTRY.handler(type_).named
    assert named is not None
    given = {named.key: deployment.naming.physical("it"), **inputs}
    return REGISTRY.create(deployment, type_, "it", given)


@pytest.mark.parametrize(
    ("type_", "needed", "key", "value", "absent"),
    [
        (QUEUE, {}, "delaySeconds", 5, "0"),
        (QUEUE, {}, "maxMessageSize", 1024, "1048576"),
        (QUEUE, {}, "visibilityTimeoutSeconds", 60, "30"),
        (QUEUE, {}, "messageRetentionSeconds", 60, "345600"),
        (TOPIC, {}, "displayName", "Pictures", ""),
        (TOPIC, {}, "kmsMasterKeyId", "alias/aws/sns", ""),
        (GROUP, {}, "retentionInDays", 7, None),
        (BUS, {}, "description", "ours", ""),
        (RULE, {"scheduleExpression": "rate(1 hour)"}, "description", "ours", ""),
        (RULE, {"scheduleExpression": "rate(1 hour)"}, "state", "DISABLED", "ENABLED"),
        (ROLE, {"assumeRolePolicy": TRUST}, "maxSessionDuration", 7200, 3600),
        (
            TABLE,
            KEY,
            "ttl",
            {"attributeName": "gone_at", "enabled": True},
            {"attributeName": "gone_at", "enabled": False},
        ),
        (
            TABLE,
            KEY,
            "pointInTimeRecovery",
            {"enabled": True, "recoveryPeriodInDays": 7},
            {"enabled": False, "recoveryPeriodInDays": None},
        ),
    ],
)
def test_an_input_that_the_program_removes_is_reset_on_aws(
    deployment: Deployment, type_: str, needed: Mapping[str, Any], key: str, value: Any, absent: Any
) -> None:
    made = make(deployment, type_, {**needed, key: value})
    before = {name: made.outputs[name] for name in (*needed, key)}
    physical = REGISTRY.handler(type_).named
    assert physical is not None
    before[physical.key] = made.outputs[physical.key]
    after = {name: given for name, given in before.items() if name != key}

    outputs = REGISTRY.update(deployment, type_, "it", made.id, made.outputs, after, before)

    assert outputs.get(key) != value
    read = REGISTRY.read(deployment, type_, made.id, {**after, key: value}, outputs)
    assert read is not None
    assert read[0][key] == absent


def test_a_changed_queue_keeps_the_policy_that_is_a_resource_of_its_own(
    deployment: Deployment,
) -> None:
    before = {"delaySeconds": 5, "name": "guarded"}
    queue = make(deployment, QUEUE, before)
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    kind = "aws:sqs/queuePolicy:QueuePolicy"
    inputs = {"queueUrl": queue.id, "policy": policy}
    made = REGISTRY.create(deployment, kind, "it", inputs)

    after = {**before, "delaySeconds": 6}
    REGISTRY.update(deployment, QUEUE, "it", queue.id, queue.outputs, after, before)

    assert REGISTRY.read(deployment, kind, made.id, inputs, made.outputs) == (inputs, made.outputs)


TAGGABLE: dict[str, Mapping[str, Any]] = {
    QUEUE: {},
    TOPIC: {},
    GROUP: {},
    BUS: {},
    RULE: {"scheduleExpression": "rate(1 hour)"},
    ROLE: {"assumeRolePolicy": TRUST},
    TABLE: KEY,
    "aws:apigatewayv2/api:Api": {"protocolType": "HTTP"},
    "aws:cognito/userPool:UserPool": {},
    "aws:s3/bucket:Bucket": {},
    "aws:ecr/repository:Repository": {},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "metricName": "m",
        "namespace": "n",
        "period": 60,
        "statistic": "Sum",
        "threshold": 1,
    },
}


@pytest.mark.parametrize("type_", TAGGABLE)
def test_tags_are_added_changed_and_removed(deployment: Deployment, type_: str) -> None:
    named = REGISTRY.handler(type_).named
    assert named is not None
    before = {**TAGGABLE[type_], "tags": {"team": "a", "old": "yes"}}
    made = make(deployment, type_, before)
    before[named.key] = made.outputs[named.key]
    deployment.default_tags["stage"] = "test"
    after = {**before, "tags": {"team": "b"}}
    assert REGISTRY.changed(deployment, type_, before, made.outputs, after) == ["tags", "tagsAll"]

    outputs = REGISTRY.update(deployment, type_, "it", made.id, made.outputs, after, before)

    assert outputs["tagsAll"] == {"team": "b", "stage": "test"}
    read = REGISTRY.read(deployment, type_, made.id, after, {**outputs, "tagsAll": {}})
    assert read is not None
    assert read[1]["tagsAll"] == {"team": "b", "stage": "test"}
    assert REGISTRY.changed(deployment, type_, after, outputs, after) == []


def test_the_inline_policies_of_a_role_share_one_limit(deployment: Deployment) -> None:
    role = make(deployment, ROLE, {"assumeRolePolicy": TRUST}).id
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["a" * 6000]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    inputs = {"role": role, "policy": policy}
    REGISTRY.create(deployment, "aws:iam/rolePolicy:RolePolicy", "one", {**inputs, "name": "one"})
    again = {**inputs, "name": "one"}
    REGISTRY.create(deployment, "aws:iam/rolePolicy:RolePolicy", "one", again)

    with pytest.raises(
        ValueError, match=r"must have at most 10240 characters together, got 12\d+$"
    ):
        REGISTRY.create(
            deployment, "aws:iam/rolePolicy:RolePolicy", "two", {**inputs, "name": "two"}
        )


def known_types() -> Iterator[str]:
    return (type_ for type_ in REGISTRY.handlers if not type_.startswith("pulumi:"))


def test_every_type_with_tags_can_change_them() -> None:
    unused = "the front's own log is enough on one machine"
    taggable = {
        type_
        for type_ in known_types()
        if "tags*" in REGISTRY.handlers[type_].honours
        and REGISTRY.handlers[type_].ignores.get("tags") != unused
    }

    assert taggable - TAGGED.keys() == set()


def test_every_type_says_which_inputs_force_a_replacement_and_where_that_is_written() -> None:
    assert [type_ for type_ in known_types() if type_ not in REPLACEMENTS] == []


def test_the_table_of_replacements_names_inputs_that_the_provider_has() -> None:
    unknown = [
        f"{type_}: {key}"
        for type_, known in REPLACEMENTS.items()
        for key in known.inputs
        if key not in output_names(type_)
    ]

    # The SDK has no outputs for these inputs, which no handler honours.
    assert [each for each in unknown if "Prefix" not in each] == []


UNREAD = {
    "aws:cloudwatch/logDelivery:LogDelivery",
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    "aws:cognito/managedLoginBranding:ManagedLoginBranding",
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
    "docker:index/image:Image",
}
"""Types of which nothing exists on the local AWS."""


def test_refresh_looks_at_every_type_of_which_something_exists() -> None:
    assert {type_ for type_ in known_types() if REGISTRY.handlers[type_].read is None} == UNREAD
