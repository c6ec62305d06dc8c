"""A workflow of AWS Step Functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import iam, sfn

from components.policy import Statement, document
from components.role import service_role

__all__ = ["StateMachine", "StateMachineArgs"]


@dataclass(frozen=True, kw_only=True)
class StateMachineArgs:
    """What a state machine does, and may do."""

    definition: Mapping[str, Any]
    """In the Amazon States Language."""
    rights: Sequence[Statement]
    """Of its role, besides those to start and look after its own Distributed Maps."""
    roles_boundary: str = ""
    """ARN of the policy that bounds its role, which is then made under a path of its own."""


class StateMachine(pulumi.ComponentResource):
    """A standard state machine with a role of its own: an execution may take a year.

    Nothing but operators starts it.
    """

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: StateMachineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:StateMachine", name, None, opts)

        role = service_role(name, "states.amazonaws.com", args.roles_boundary, self)
        work = iam.RolePolicy(
            f"{name}-work",
            role=role.name,
            policy=document(*args.rights),
            opts=pulumi.ResourceOptions(parent=self),
        )
        machine = sfn.StateMachine(
            name,
            role_arn=role.arn,
            definition=pulumi.Output.json_dumps(args.definition),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[work]),
        )
        self.arn = machine.arn
        # A Distributed Map runs as executions of the same state machine.
        executions = machine.arn.apply(lambda arn: arn.replace(":stateMachine:", ":execution:"))
        iam.RolePolicy(
            f"{name}-maps",
            role=role.name,
            policy=document(
                Statement(actions=["states:StartExecution"], resources=[machine.arn]),
                Statement(
                    actions=["states:DescribeExecution", "states:StopExecution"],
                    resources=[pulumi.Output.concat(executions, ":*")],
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.register_outputs({"arn": self.arn})
