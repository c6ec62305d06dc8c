"""Roles that one AWS service assumes."""

from __future__ import annotations

import pulumi
from pulumi_aws import iam

from components.policy import Statement, document

__all__ = ["ROLE_PATH", "service_role"]

ROLE_PATH = "/darkroom/"
"""Of roles with a boundary: what deploys a stage may make roles under this path alone."""


def service_role(
    name: str, service: str, boundary: str, parent: pulumi.ComponentResource
) -> iam.Role:
    """A role for `service`, such as `lambda.amazonaws.com`, with no rights yet.

    `boundary` is the ARN of the policy that bounds it, which needs the path; empty for none.
    """
    return iam.Role(
        f"{name}-role",
        path=ROLE_PATH if boundary else None,
        permissions_boundary=boundary or None,
        assume_role_policy=document(Statement(service=service, actions=["sts:AssumeRole"])),
        opts=pulumi.ResourceOptions(parent=parent),
    )
