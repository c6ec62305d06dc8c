"""Roles and their policies, which MiniStack enforces."""

import json
from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs


@REGISTRY.resource(
    "aws:iam/role:Role",
    "name",
    "path",
    "description",
    "assumeRolePolicy",
    "maxSessionDuration",
    "tags*",
    ignores={"forceDetachPolicies": "nothing outlives the local stack"},
)
def role(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name)
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


@REGISTRY.resource("aws:iam/rolePolicy:RolePolicy", "name", "role", "policy")
def role_policy(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    """The policy as it is, but for mail: MiniStack names no identity when it asks for SendEmail."""
    physical = inputs.get("name") or deployment.naming.physical(name, longest=128)
    document = json.loads(inputs["policy"])
    for statement in document["Statement"]:
        if statement["Action"] == ["ses:SendEmail"]:
            statement["Resource"] = ["*"]
    deployment.aws.client("iam").put_role_policy(
        RoleName=inputs["role"], PolicyName=physical, PolicyDocument=json.dumps(document)
    )
    return Created(f"{inputs['role']}:{physical}", {"name": physical})


@REGISTRY.resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", "policyArn")
def role_policy_attachment(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("iam").attach_role_policy(
        RoleName=inputs["role"], PolicyArn=inputs["policyArn"]
    )
    return Created(f"{inputs['role']}/{inputs['policyArn']}")
