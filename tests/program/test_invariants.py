"""What holds for every resource of every stage."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest
from pulumi_aws import s3

from pipeline.recipe import MOST_RENDITIONS
from proofs.recorder import Graph, Resource, defaults, record, run
from reconcile.cursor import GRACE
from tests.program.conftest import FULL, FULL_CONFIG
from tests.program.schema import mismatches

POLICY_INPUTS = ("policy", "assumeRolePolicy")

# How long the name of a resource may be that autonaming names.
LONGEST_NAME = {
    "apigatewayv2.Api": 128,
    "apigatewayv2.Authorizer": 128,
    "cognito.UserPool": 63,  # 128, but its domain has the same name
    "cognito.UserPoolClient": 128,
    "s3.Bucket": 63,
    "iam.Role": 64,
    "iam.RolePolicy": 128,
    "lambda.Function": 64,
    "cloudwatch.EventBus": 256,
    "cloudwatch.EventRule": 64,
    "cloudwatch.LogDeliveryDestination": 60,
    "cloudwatch.LogDeliverySource": 60,
    "cloudwatch.LogGroup": 512,
    "cloudwatch.MetricAlarm": 255,
    "cloudfront.CachePolicy": 128,
    "cloudfront.Function": 64,
    "cloudfront.KeyGroup": 128,
    "cloudfront.KeyValueStore": 64,
    "cloudfront.OriginAccessControl": 64,
    "cloudfront.PublicKey": 128,
    "cloudfront.ResponseHeadersPolicy": 128,
    "dynamodb.Table": 255,
    "ecr.Repository": 256,
    "scheduler.Schedule": 64,
    "sfn.StateMachine": 80,
    "sns.Topic": 256,
    "sqs.Queue": 80,
}

# What has no name of its own, or one that the program gives: a setting of something else.
UNNAMED = {
    "apigatewayv2.Integration",
    "apigatewayv2.Route",
    "apigatewayv2.Stage",
    "cloudcontrol.Resource",
    "cloudfront.Distribution",
    "cloudfront.KeyvaluestoreKey",
    "cloudwatch.CompositeAlarm",
    "cloudwatch.Dashboard",
    "cloudwatch.EventTarget",
    "cloudwatch.LogDelivery",
    "cognito.IdentityProvider",
    "cognito.ManagedLoginBranding",
    "cognito.UserGroup",
    "cognito.UserPoolDomain",
    "docker.Image",
    "ecr.LifecyclePolicy",
    "ecr.RepositoryPolicy",
    "lambda.EventSourceMapping",
    "lambda.FunctionRecursionConfig",
    "lambda.FunctionUrl",
    "lambda.Permission",
    "providers.aws",
    "s3.BucketCorsConfiguration",
    "s3.BucketLifecycleConfiguration",
    "s3.BucketLogging",
    "s3.BucketNotification",
    "s3.BucketObjectv2",
    "s3.BucketOwnershipControls",
    "s3.BucketPolicy",
    "s3.BucketPublicAccessBlock",
    "s3.BucketServerSideEncryptionConfiguration",
    "s3.BucketVersioning",
    "s3.Inventory",
    "sns.TopicSubscription",
    "sqs.QueuePolicy",
}

# What has a fixed name, unique within the resource that it is part of.
PARTS = {"apigatewayv2.Stage", "cognito.UserGroup", "s3.Inventory"}

FUNCTIONS = ("resize", "rekognition", "notify", "retire", "reconcile", "budget", "admit", "api")


def statements(graph: Graph) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for resource in graph.resources:
        for key in POLICY_INPUTS:
            if key in resource.inputs and resource.kind != "ecr.LifecyclePolicy":
                for statement in resource.document(key)["Statement"]:
                    yield resource, statement


def test_every_resource_is_part_of_a_component(graph: Graph) -> None:
    for resource in graph.resources:
        if resource.custom and not resource.kind.startswith("providers."):
            assert graph.by_urn[resource.parent].type.startswith("darkroom:index:"), resource.urn


def test_no_two_resources_share_a_urn(graph: Graph) -> None:
    assert [urn for urn, n in Counter(each.urn for each in graph.resources).items() if n > 1] == []


def test_every_aws_resource_and_call_goes_through_the_provider_that_tags(graph: Graph) -> None:
    provider = graph.resource("providers.aws", "aws")
    reference = f"{provider.urn}::aws-0a1b2c"
    calls = [each for each in graph.invokes if each.token.startswith("aws:")]

    stage = provider.urn.split("::")[0].removeprefix("urn:pulumi:")
    tags = provider.document("defaultTags")["tags"]
    assert (tags["project"], tags["stage"]) == ("darkroom", stage)
    assert provider.inputs["region"] == "eu-west-1"
    assert {e.provider for e in graph.resources if e.type.startswith("aws:")} == {reference}
    assert {each.provider for each in calls} == {reference}


def test_an_aws_resource_outside_the_provider_is_refused_by_the_cli() -> None:
    assert defaults()["pulumi:disable-default-providers"] == ["aws"]


def test_nothing_has_a_physical_name(graph: Graph) -> None:
    named = {
        each.name
        for each in graph.resources
        if ({"name", "namePrefix", "bucketPrefix"} & each.inputs.keys() and each.kind not in PARTS)
        or (each.kind == "s3.Bucket" and "bucket" in each.inputs)
    }

    assert named == set()


def physical(stage: str, name: str) -> str:
    """The name that autonaming makes."""
    pattern = defaults()["pulumi:autonaming"]["pattern"]
    assert pattern == "${project}-${stack}-${name}-${hex(6)}"
    return f"darkroom-{stage}-{name}-123456"


def test_every_name_fits_with_the_longest_stage(graph: Graph) -> None:
    for resource in graph.resources:
        if not resource.custom or resource.kind in UNNAMED:
            continue
        name = physical(FULL, resource.name)
        assert len(name) <= LONGEST_NAME[resource.kind], name


def test_a_targets_id_is_not_generated_as_generated_ones_are_too_long(graph: Graph) -> None:
    assert {each.inputs["targetId"] for each in graph.of_kind("cloudwatch.EventTarget")} == {
        "queue"
    }
    targets = Counter(each.inputs["rule"] for each in graph.of_kind("cloudwatch.EventTarget"))
    assert set(targets.values()) == {1}


def test_environment_variables_have_names_that_lambda_takes(graph: Graph) -> None:
    for function in graph.of_kind("lambda.Function"):
        for name in function.inputs["environment"]["variables"]:
            assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]+", name), name
            assert not name.startswith(("AWS_", "LAMBDA_")), name


def test_policies_have_the_members_that_iam_knows_and_no_other(graph: Graph) -> None:
    for resource in graph.resources:
        for key in POLICY_INPUTS:
            if key in resource.inputs and resource.kind != "ecr.LifecyclePolicy":
                assert strange(resource.document(key)) == [], resource.name


def strange(document: dict[str, Any]) -> list[str]:
    """The members of a policy document that IAM would refuse."""
    found = sorted(document.keys() ^ {"Version", "Statement"})
    if document.get("Version") != "2012-10-17":
        found.append("Version")
    for statement in document.get("Statement", []):
        known = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
        found += sorted(statement.keys() - known)
        found += sorted({"Effect", "Action"} - statement.keys())
        found += [each for each in statement.get("Action", []) if not ACTION.fullmatch(each)]
        found += [each for each in statement.get("Resource", []) if not RESOURCE.fullmatch(each)]
        found += sorted(statement.get("Condition", {}).keys() - OPERATORS)
    return found


ACTION = re.compile(r"[a-z0-9-]+:(\*|[A-Z][A-Za-z]+)")
RESOURCE = re.compile(r"\*|arn:aws:[a-z0-9-]+:([a-z0-9-]*|\*):(\d{12})?:.+")
OPERATORS = {"ArnEquals", "ArnLike", "Bool", "StringEquals", "StringLike"}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"Resources": ["*"]}, ["Resources"]),
        ({"Action": ["s3:getObject"]}, ["s3:getObject"]),
        ({"Resource": ["originals"]}, ["originals"]),
        ({"Condition": {"ArnLikes": {}}}, ["ArnLikes"]),
    ],
)
def test_a_member_that_iam_does_not_know_would_be_seen(
    change: dict[str, Any], found: list[str]
) -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"], **change}

    assert strange({"Version": "2012-10-17", "Statement": [statement]}) == found


def test_the_longest_environments_that_settings_let_pass_are_within_lambdas_limit() -> None:
    renditions = [
        f"{f'a{number:02}':a<30} 10000x9999 cover focus=salient"  # false is longer than true
        for number in range(MOST_RENDITIONS)
    ]
    config = {
        **FULL_CONFIG,
        "renditions": renditions,
        "formats": ["avif 100", "jpeg 100", "webp 100"],
        "animated": "first",
    }
    graph = record(FULL, config)

    for function in graph.of_kind("lambda.Function"):
        variables = {
            # The recorder's names lack what autonaming adds in front.
            key: f"darkroom-{FULL}-{value}" if value.endswith("-0a1b2c") else value
            for key, value in function.inputs["environment"]["variables"].items()
        }
        # Lambda measures the variables as JSON, in which each quote of a value counts twice.
        measured = json.dumps(variables, separators=(",", ":"))
        assert len(measured) <= 4096, (function.name, len(measured))


def test_inputs_are_what_the_providers_types_say(graph: Graph) -> None:
    assert mismatches(graph) == []


def test_a_mistyped_input_would_be_seen() -> None:
    text: Any = "yes"
    unknown: Any = {"state": "Enabled"}

    def program() -> None:
        s3.Bucket("a", force_destroy=text)
        s3.BucketVersioning("b", bucket="a", versioning_configuration=unknown)

    assert mismatches(run(program)) == [
        "a (aws:s3/bucket:Bucket) forceDestroy is str, not bool",
        "b (aws:s3/bucketVersioning:BucketVersioning) versioningConfiguration.status is missing",
        "b (aws:s3/bucketVersioning:BucketVersioning) versioningConfiguration.state is unknown",
    ]


def test_no_right_is_given_by_a_pattern_of_actions(graph: Graph) -> None:
    patterns = {
        (resource.name, action)
        for resource, statement in statements(graph)
        for action in statement["Action"]
        if statement["Effect"] == "Allow" and "*" in action
    }

    assert patterns == set()


def test_only_rekognition_which_has_no_resources_is_granted_on_all(graph: Graph) -> None:
    everything = {
        resource.name
        for resource, statement in statements(graph)
        if statement["Effect"] == "Allow" and "*" in statement.get("Resource", [])
    }

    assert everything == {"rekognition-detect"}


def test_no_resource_policy_speaks_to_everyone_but_to_deny(graph: Graph) -> None:
    assert {
        statement["Effect"]
        for _, statement in statements(graph)
        if statement.get("Principal") == "*"
    } == {"Deny"}


def test_a_message_stays_hidden_for_six_timeouts_of_its_function_and_the_batch_window(
    graph: Graph,
) -> None:
    for mapping in graph.of_kind("lambda.EventSourceMapping"):
        function = _function_of(graph, mapping)
        queue = _by_output(graph, "sqs.Queue", "arn", mapping.inputs["eventSourceArn"])
        window = mapping.inputs.get("maximumBatchingWindowInSeconds", 0)
        assert queue.inputs["visibilityTimeoutSeconds"] == 6 * function.inputs["timeout"] + window


def test_reconcile_judges_nothing_that_a_queue_may_still_retry(graph: Graph) -> None:
    for queue in graph.of_kind("sqs.Queue"):
        if "redrivePolicy" in queue.inputs and queue.name != "reconcile":
            attempts = queue.document("redrivePolicy")["maxReceiveCount"]
            longest = attempts * queue.inputs["visibilityTimeoutSeconds"]
            assert timedelta(seconds=longest) < GRACE


def test_a_batch_of_more_than_ten_has_a_window_without_which_lambda_refuses_it(
    graph: Graph,
) -> None:
    for mapping in graph.of_kind("lambda.EventSourceMapping"):
        window = mapping.inputs.get("maximumBatchingWindowInSeconds", 0)
        assert mapping.inputs["batchSize"] <= 10 or window >= 1


def test_every_queue_takes_events_from_its_own_functions_rules_alone(graph: Graph) -> None:
    for queue in graph.of_kind("sqs.Queue"):
        policy = graph.resource("sqs.QueuePolicy", f"{queue.name}-policy")
        [statement] = policy.document("policy")["Statement"]
        senders = statement.pop("Condition")["ArnLike"]["aws:SourceArn"]
        assert policy.inputs["queueUrl"] == queue.outputs["url"]
        assert statement == {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["sqs:SendMessage"],
            "Resource": [queue.outputs["arn"]],
        }
        route = graph.by_urn[queue.parent].name
        assert {each.name for each in _rules(graph) if _sends(graph, each, senders)} == {
            each.name for each in _rules(graph) if each.name.startswith(f"{route}-")
        }


def test_a_change_of_the_gate_denies_no_events_of_the_rules_that_go() -> None:
    # The engine changes policies before it deletes the old rules.
    before, after = (record("dev", {"gate": gate}) for gate in ("open", "guarded"))

    def policies(graph: Graph) -> dict[str, Any]:
        return {each.name: each.inputs for each in graph.of_kind("sqs.QueuePolicy")}

    assert {each.name for each in _rules(before)} != {each.name for each in _rules(after)}
    assert policies(before) == policies(after)


def _is_rule(resource: Resource) -> bool:
    return resource.kind == "cloudwatch.EventRule"


def _rules(graph: Graph) -> list[Resource]:
    return graph.of_kind("cloudwatch.EventRule")


def _sends(graph: Graph, rule: Resource, senders: list[str]) -> bool:
    """Whether a policy that names `senders` lets the rule send."""
    stage = rule.urn.split("::")[0].removeprefix("urn:pulumi:")
    bus = rule.inputs.get("eventBusName")
    name = f"{bus}/{physical(stage, rule.name)}" if bus else physical(stage, rule.name)
    arn = f"arn:aws:events:eu-west-1:123456789012:rule/{name}"
    return any(fnmatchcase(arn, each) for each in senders)


def test_every_function_waits_for_its_log_its_image_and_the_right_to_pull_it(graph: Graph) -> None:
    for function in graph.of_kind("lambda.Function"):
        waits = {graph.by_urn[urn].name for urn in function.depends_on}
        assert waits >= {
            f"{function.name}-role",
            f"{function.name}-logs",
            f"{function.name}-write-logs",
            f"{function.name}-pull",
            function.name,
        }


def test_no_message_is_taken_before_the_function_holds_all_its_rights(graph: Graph) -> None:
    for mapping in graph.of_kind("lambda.EventSourceMapping"):
        function = _function_of(graph, mapping)
        route = graph.by_urn[mapping.parent].name
        other = "consume-queue" if route.endswith("-bulk") else "consume-bulk-queue"
        rights = {
            each.urn
            for each in graph.children(graph.by_urn[function.parent])
            if each.kind in ("iam.RolePolicy", "lambda.FunctionRecursionConfig")
            and each.name != f"{function.name}-{other}"
        }
        assert len(rights) >= 4
        assert rights <= mapping.depends_on


def test_no_event_is_sent_before_the_queues_take_it_and_the_function_listens(graph: Graph) -> None:
    for target in graph.of_kind("cloudwatch.EventTarget"):
        siblings = graph.children(graph.by_urn[target.parent])
        ready = {
            each.urn
            for each in siblings
            if each.kind in ("sqs.QueuePolicy", "lambda.EventSourceMapping")
        }
        assert len(ready) == 3
        assert ready <= target.depends_on


def test_the_settings_of_a_bucket_are_made_one_after_the_other(graph: Graph) -> None:
    for bucket in graph.of_kind("s3.Bucket"):
        settings = [
            each for each in graph.children(graph.by_urn[bucket.parent]) if each.urn != bucket.urn
        ]
        names = {each.urn for each in settings}
        waits = sorted(len(names & each.depends_on) for each in settings)
        followed = Counter(urn for each in settings for urn in names & each.depends_on)
        assert waits == [0, *[1] * (len(settings) - 1)]
        assert set(followed.values()) == {1}


def test_every_bucket_refuses_the_public_and_plain_http(graph: Graph) -> None:
    for bucket in graph.of_kind("s3.Bucket"):
        access = graph.resource("s3.BucketPublicAccessBlock", f"{bucket.name}-access")
        policy = graph.resource("s3.BucketPolicy", f"{bucket.name}-policy")
        assert {key: each for key, each in access.inputs.items() if key != "bucket"} == {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        }
        assert policy.document("policy")["Statement"][0] == {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:*"],
            "Resource": [bucket.outputs["arn"], f"{bucket.outputs['arn']}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }


@pytest.mark.parametrize("name", ["functions", "logs"])
def test_each_map_of_exports_names_every_function(graph: Graph, name: str) -> None:
    assert graph.outputs[name].keys() == functions(graph)


@pytest.mark.parametrize("name", ["queues", "dead_letters"])
def test_each_map_of_queues_names_every_function_that_events_start_and_the_bulk_work(
    graph: Graph, name: str
) -> None:
    bulk = {"resize-bulk", "rekognition-bulk", "notify-bulk", "retire-bulk"}
    assert graph.outputs[name].keys() == {*FUNCTIONS, *bulk} - {"api", "admit"}


def functions(graph: Graph) -> set[str]:
    """Those of a stage; one of them is there only where sizes are made on demand."""
    return {*FUNCTIONS, *(("develop",) if graph.of_kind("lambda.FunctionUrl") else ())}


def test_a_route_waits_for_the_one_that_takes_what_it_leaves_out(graph: Graph) -> None:
    for name in ("resize", "rekognition", "notify", "retire"):
        bulk = {
            each.urn
            for each in graph.children(graph.resource("Route", f"{name}-bulk"))
            if each.kind in ("cloudwatch.EventTarget", "lambda.EventSourceMapping")
        }
        for rule in graph.children(graph.resource("Route", name)):
            if _is_rule(rule):
                assert bulk <= rule.depends_on, rule.name


def test_every_export_has_a_value(graph: Graph) -> None:
    assert graph.outputs.keys() == {
        "originals",
        "renditions",
        "previews",
        "exports",
        "catalog",
        "uploads",
        "audit",
        "audit_days",
        "spending",
        "likeness",
        "vectors",
        "embedding",
        "next_embedding",
        "daily_budget_usd",
        "pipeline",
        "backfill",
        "backfills",
        "pictures_url",
        "distribution_id",
        "notices",
        "alerts",
        "functions",
        "queues",
        "dead_letters",
        "logs",
        "gate",
        "user_pool",
        "app_client",
        "sign_in_url",
    }
    unknown = [] if graph.outputs["embedding"] == "titan" else ["vectors"]
    assert [name for name, value in graph.outputs.items() if value in (None, "", {})] == unknown


def _function_of(graph: Graph, mapping: Resource) -> Resource:
    return _by_output(graph, "lambda.Function", "name", mapping.inputs["functionName"])


def _by_output(graph: Graph, kind: str, output: str, value: str) -> Resource:
    return next(each for each in graph.of_kind(kind) if each.outputs[output] == value)
