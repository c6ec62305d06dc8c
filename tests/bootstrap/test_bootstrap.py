"""What the account gets: who may take which role, and what that role may do."""

from __future__ import annotations

import json
import runpy
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pulumi
import pytest

from bootstrap.rights import ACTIONS, EVERYWHERE, RUNNING
from proofs.recorder import ACCOUNT, ROOT, Graph, Resource, record, run
from tests.policies.deployments import broken, deployed
from tests.program.conftest import FULL, FULL_CONFIG

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary-0a1b2c"
CONFIG: dict[str, Any] = {
    "aws:region": "eu-west-1",
    "darkroom:repository": "example/darkroom",
    "darkroom:owner": "platform@example.org",
}
VERBS = {
    "make": ("Create", "Put", "POST", "Add", "Set", "Subscribe", "Initiate", "PutImage"),
    "read": ("Get", "Describe", "List", "GET", "BatchGet"),
}
DELETE = ("Delete", "Remove", "DELETE", "Unsubscribe")

# What AWS deletes with another resource, or by putting nothing in its place.
WITHOUT_DELETION = {
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:s3/inventory:Inventory",
    "docker:index/image:Image",
    *(type_ for type_ in ACTIONS if type_.startswith("aws:s3/bucket") and "Policy" not in type_),
} - {"aws:s3/bucket:Bucket", "aws:s3/bucketObjectv2:BucketObjectv2"}


@cache
def bootstrapped(*roles: str) -> Graph:
    def program() -> None:
        runpy.run_path(str(ROOT / "bootstrap" / "__main__.py"), run_name="__main__")

    return run(program, "bootstrap", {**CONFIG, "darkroom:roles": list(roles)})


@pytest.fixture
def previews() -> Graph:
    return bootstrapped("preview pr-*", "reap *")


@pytest.fixture
def prod() -> Graph:
    return bootstrapped("prod prod")


def rights(graph: Graph, role: str) -> list[dict[str, Any]]:
    """Every statement of a role."""
    name = graph.resource("iam.Role", role).outputs["name"]
    attached = {
        each.inputs["policyArn"]
        for each in graph.of_kind("iam.RolePolicyAttachment")
        if each.inputs["role"] == name
    }
    own = [each for each in graph.of_kind("iam.RolePolicy") if each.inputs["role"] == name]
    beside = [each for each in graph.of_kind("iam.Policy") if each.outputs["arn"] in attached]
    return [
        statement
        for policy in (*own, *beside)
        for statement in policy.document("policy")["Statement"]
    ]


def allowed(
    statements: list[dict[str, Any]], action: str, resource: str
) -> list[Mapping[str, Any]]:
    """The condition of each statement that allows an action on an ARN."""
    return [
        statement.get("Condition", {})
        for statement in statements
        if action in statement["Action"]
        and any(fnmatchcase(resource, each) for each in statement["Resource"])
    ]


@pytest.mark.parametrize("roles", [("preview pr-*", "reap *"), ("prod prod",)])
def test_the_account_keeps_the_rules_of_every_stage(roles: tuple[str, ...]) -> None:
    assert list(broken(deployed(bootstrapped(*roles)))) == []


@pytest.mark.parametrize("environment", ["preview", "reap"])
def test_a_role_trusts_one_environment_of_one_repository(previews: Graph, environment: str) -> None:
    role = previews.resource("iam.Role", environment)

    assert role.inputs["path"] == "/darkroom-workflows/"
    assert role.document("assumeRolePolicy") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Federated": previews.resource("iam.OpenIdConnectProvider", "github").outputs[
                        "arn"
                    ]
                },
                "Action": ["sts:AssumeRoleWithWebIdentity"],
                "Condition": {
                    "StringEquals": {
                        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                        "token.actions.githubusercontent.com:sub": (
                            f"repo:example/darkroom:environment:{environment}"
                        ),
                    }
                },
            }
        ],
    }


def test_no_workflow_can_make_itself_an_administrator(previews: Graph, prod: Graph) -> None:
    for graph, role, stage in ((previews, "preview", "pr-7"), (prod, "prod", "prod")):
        statements = rights(graph, role)
        path = f"arn:aws:iam::{ACCOUNT}:role"
        function = f"{path}/darkroom/darkroom-{stage}-resize-role-1a2b3c"
        bound = [{"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}]

        # A role can be made, and given rights, with the boundary alone and under its path alone.
        for action in ("iam:CreateRole", "iam:PutRolePolicy"):
            assert allowed(statements, action, function) == bound
            for other in (f"{path}/admin", f"{path}/darkroom-workflows/{role}"):
                assert allowed(statements, action, other) == []
        # It can be handed to what runs the program's functions and exports alone.
        services = [f"{each}.amazonaws.com" for each in ("lambda", "scheduler", "states")]
        assert allowed(statements, "iam:PassRole", function) == [
            {"StringEquals": {"iam:PassedToService": services}}
        ]
        actions = {each for statement in statements for each in statement["Action"]}
        assert {each for each in actions if each.startswith("iam:")} == {
            *ACTIONS["aws:iam/role:Role"],
            *ACTIONS["aws:iam/rolePolicy:RolePolicy"],
            "iam:PassRole",
        }
        assert {each for each in actions if each.startswith(("sts:", "organizations:"))} == set()


def test_a_preview_reaches_no_other_stage_by_name(previews: Graph) -> None:
    statements = rights(previews, "preview")

    for action, arn in {
        "s3:DeleteBucket": "arn:aws:s3:::darkroom-{}-originals-1a2b3c",
        "dynamodb:DeleteTable": (
            "arn:aws:dynamodb:eu-west-1:123456789012:table/darkroom-{}-catalog-1"
        ),
        "lambda:UpdateFunctionCode": (
            "arn:aws:lambda:eu-west-1:123456789012:function:darkroom-{}-resize-1"
        ),
        "ecr:PutImage": "arn:aws:ecr:eu-west-1:123456789012:repository/darkroom-{}-resize-1",
    }.items():
        assert allowed(statements, action, arn.format("pr-7")) == [{}]
        assert allowed(statements, action, arn.format("prod")) == []


@cache
def stages() -> tuple[Graph, ...]:
    return (record("dev"), record("prod"), record(FULL, {**FULL_CONFIG, "tracing": True}))


def types() -> set[str]:
    return {
        each.type
        for graph in stages()
        for each in graph.resources
        if each.custom and not each.type.startswith("pulumi:")
    }


@pytest.mark.long
def test_every_type_that_the_program_makes_can_be_made_read_and_deleted(prod: Graph) -> None:
    granted = {each for statement in rights(prod, "prod") for each in statement["Action"]}

    assert types() == ACTIONS.keys()
    for type_, actions in ACTIONS.items():
        assert {*actions} <= granted, type_
        verbs = [each.partition(":")[2] for each in actions]
        for verb in VERBS.values():
            assert any(each.startswith(verb) for each in verbs), type_
        deletes = any(each.startswith(DELETE) for each in verbs)
        assert deletes != (type_ in WITHOUT_DELETION), type_


def test_every_role_is_made_where_and_as_a_workflow_may_make_it() -> None:
    bounded = {**FULL_CONFIG, "protect": True}
    for role in record(FULL, bounded).of_kind("iam.Role"):
        assert role.inputs["path"] == "/darkroom/", role.name
        assert role.inputs["permissionsBoundary"] == FULL_CONFIG["rolesBoundary"], role.name


def test_only_what_lists_or_has_no_resource_is_granted_on_everything(prod: Graph) -> None:
    assert {
        action
        for statement in rights(prod, "prod")
        if "*" in statement["Resource"]
        for action in statement["Action"]
    } == set(EVERYWHERE)


def test_the_boundary_has_every_right_of_every_function_and_no_other(prod: Graph) -> None:
    policy = prod.resource("iam.Policy", "boundary")
    used = {
        action
        for graph in stages()
        for policy in graph.of_kind("iam.RolePolicy")
        for statement in policy.document("policy")["Statement"]
        for action in statement["Action"]
    }

    assert policy.inputs["path"] == "/darkroom/"
    assert used == {f"{service}:{each}" for service, actions in RUNNING.items() for each in actions}
    for statement in policy.document("policy")["Statement"]:
        assert all(
            "darkroom" in each
            or each.startswith(("arn:aws:cloudfront", "arn:aws:cognito-idp", "arn:aws:ses"))
            for each in statement["Resource"]
            if statement["Action"][0].partition(":")[0]
            not in ("bedrock", "lambda", "logs", "rekognition", "xray")
        )


@pytest.mark.parametrize("roles", [("preview pr-*", "reap *"), ("prod prod",)])
def test_policies_are_within_iams_limits(roles: tuple[str, ...]) -> None:
    graph = bootstrapped(*roles)

    for role in graph.of_kind("iam.Role"):
        policies = [
            each
            for each in graph.of_kind("iam.RolePolicy")
            if each.inputs["role"] == role.outputs["name"]
        ]
        assert sum(map(characters, policies)) <= 10_240
    assert all(characters(policy) <= 6_144 for policy in graph.of_kind("iam.Policy"))


def characters(policy: Resource) -> int:
    """As IAM counts them, without white space; the recorded names are shorter than real ones."""
    return len(json.dumps(policy.document("policy"), separators=(",", ":")))


def test_the_state_is_versioned_protected_and_reached_by_the_roles(previews: Graph) -> None:
    bucket = previews.resource("s3.Bucket", "state")
    key = previews.resource("kms.Key", "secrets")
    versioning = previews.resource("s3.BucketVersioning", "state-versioning")

    assert bucket.protect
    assert key.protect
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert (key.inputs["enableKeyRotation"], key.inputs["deletionWindowInDays"]) == (True, 30)
    for role in ("preview", "reap"):
        state = previews.resource("iam.RolePolicy", f"{role}-state").document("policy")
        arn = bucket.outputs["arn"]
        assert state["Statement"] == [
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [arn]},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": [f"{arn}/*"],
            },
            {
                "Effect": "Allow",
                "Action": ["kms:Encrypt", "kms:Decrypt"],
                "Resource": [key.outputs["arn"]],
            },
        ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"darkroom:repository": "darkroom"}, "repository must be OWNER/NAME, got darkroom"),
        (
            {"darkroom:roles": ["preview p*"]},
            "roles must be an environment and its stages, like 'preview pr-*', got preview p*",
        ),
        (
            {"darkroom:roles": ["prod prod", "reap *"]},
            (
                "roles must not have all stages (*) in prod's account: give previews one of their "
                "own"
            ),
        ),
    ],
)
def test_a_mistake_is_one_line(change: dict[str, Any], problem: str) -> None:
    def program() -> None:
        runpy.run_path(str(ROOT / "bootstrap" / "__main__.py"), run_name="__main__")

    with pytest.raises(pulumi.RunError) as refused:
        run(program, "bootstrap", {**CONFIG, "darkroom:roles": ["prod prod"], **change})

    assert str(refused.value) == problem
