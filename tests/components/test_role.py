"""A service's role: who may assume it, and what bounds it."""

from __future__ import annotations

import pulumi
import pytest

from components.role import service_role
from proofs.recorder import Resource, run

BOUNDARY = "arn:aws:iam::123456789012:policy/darkroom/boundary"


class Holder(pulumi.ComponentResource):
    def __init__(self, boundary: str) -> None:
        super().__init__("darkroom:index:Holder", "holder")
        service_role("night", "scheduler.amazonaws.com", boundary, self)


def role(boundary: str) -> Resource:
    def program() -> None:
        Holder(boundary)

    return run(program).resource("iam.Role", "night-role")


@pytest.mark.parametrize("boundary", ["", BOUNDARY])
def test_a_role_is_its_services_alone(boundary: str) -> None:
    made = role(boundary)
    assert made.parent.endswith("::holder")
    assert made.document("assumeRolePolicy")["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": ["sts:AssumeRole"],
        }
    ]


def test_a_bounded_role_is_made_under_the_path_that_deployers_are_held_to() -> None:
    made = role(BOUNDARY)
    assert (made.inputs["path"], made.inputs["permissionsBoundary"]) == ("/darkroom/", BOUNDARY)
    assert {"path", "permissionsBoundary"} & role("").inputs.keys() == set()
