"""Roles and their policies, which MiniStack enforces."""

import json
from typing import Any

from local.engine import limits
from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation


@REGISTRY.resource(
    "aws:iam/role:Role",
    "name",
    "path",
    "description",
    "assumeRolePolicy",
    "maxSessionDuration",
    "tags*",
    ignores={
        "forceDetachPolicies": "nothing outlives the local stack",
        "permissionsBoundary": "the policy is the account's, and this machine's has none",
    },
    named=Named(),
    delete=operation("iam", "delete_role", RoleName="id"),
)
def role(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    tags = deployment.tags(inputs.plain("tags"))
    request: dict[str, Any] = {
        "RoleName": physical,
        "AssumeRolePolicyDocument": inputs["assumeRolePolicy"],
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
    for key, field in {
        "path": "Path",
        "description": "Description",
        "maxSessionDuration": "MaxSessionDuration",
    }.items():
        if key in inputs:
            request[field] = inputs[key]
    made = deployment.aws.client("iam").create_role(**request)["Role"]
    return Created(
        physical,
        {
            "name": physical,
            "arn": made["Arn"],
            "uniqueId": made["RoleId"],
            "tagsAll": tags,
        },
    )


@REGISTRY.resource(
    "aws:iam/rolePolicy:RolePolicy",
    "name",
    "role",
    "policy",
    named=Named(longest=128),
    delete=operation("iam", "delete_role_policy", RoleName="role", PolicyName="name"),
)
def role_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    """Refused as AWS does where the role's policies together become too long."""
    physical, role_name = inputs["name"], inputs["role"]
    iam = deployment.aws.client("iam")
    document = json.dumps(_enforceable(inputs["policy"]))
    others = [
        iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]
        if name != physical
    ]
    together = limits.length(document) + sum(limits.length(json.dumps(each)) for each in others)
    if together > limits.INLINE_POLICIES:
        raise ValueError(
            f"inline policies of {role_name} must have at most {limits.INLINE_POLICIES} characters "
            f"together, got {together}"
        )
    iam.put_role_policy(RoleName=role_name, PolicyName=physical, PolicyDocument=document)
    return Created(f"{inputs['role']}:{physical}", {"name": physical})


def _enforceable(policy: str) -> Any:
    """The policy as it is, but for mail: MiniStack names no identity when it asks for SendEmail."""
    document = json.loads(policy)
    for statement in document["Statement"]:
        if statement["Action"] == ["ses:SendEmail"]:
            statement["Resource"] = ["*"]
    return document


@REGISTRY.resource(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "role",
    "policyArn",
    delete=operation("iam", "detach_role_policy", RoleName="role", PolicyArn="policyArn"),
)
def role_policy_attachment(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("iam").attach_role_policy(
        RoleName=inputs["role"], PolicyArn=inputs["policyArn"]
    )
    return Created(f"{inputs['role']}/{inputs['policyArn']}")


@REGISTRY.updates("aws:iam/role:Role")
def change_role(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    iam = deployment.aws.client("iam")
    iam.update_assume_role_policy(RoleName=identity, PolicyDocument=inputs["assumeRolePolicy"])
    iam.update_role(
        RoleName=identity,
        Description=inputs.get("description", ""),
        MaxSessionDuration=inputs.get("maxSessionDuration", 3600),
    )
    return {"name": inputs["name"]}


@REGISTRY.reads("aws:iam/role:Role")
def read_role(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("iam").get_role(RoleName=identity)["Role"]
    return {
        "assumeRolePolicy": json.dumps(found["AssumeRolePolicyDocument"]),
        "description": found.get("Description", ""),
        "maxSessionDuration": found.get("MaxSessionDuration", 3600),
        "path": found["Path"],
    }


@REGISTRY.reads("aws:iam/rolePolicy:RolePolicy")
def read_role_policy(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("iam").get_role_policy(
        RoleName=inputs["role"], PolicyName=inputs["name"]
    )["PolicyDocument"]
    given = inputs["policy"]
    return {"policy": given if found == _enforceable(given) else json.dumps(found)}


@REGISTRY.reads("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
def read_role_policy_attachment(
    deployment: Deployment, _identity: str, inputs: Inputs
) -> Values | None:
    iam = deployment.aws.client("iam")
    attached = iam.list_attached_role_policies(RoleName=inputs["role"])["AttachedPolicies"]
    return {} if inputs["policyArn"] in [each["PolicyArn"] for each in attached] else None
