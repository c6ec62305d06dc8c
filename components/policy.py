"""IAM and resource policy documents, written as statements instead of as JSON text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

__all__ = ["Statement", "account_of", "beside", "document"]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy.

    `resources` stays empty where the policy's owner is the resource (trust policies, repository
    policies). `service` is the AWS service that a resource policy is about; without it, and
    with `everyone`, the statement is about any caller. A role's own policy names neither.
    """

    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]] = ()
    effect: str = "Allow"
    service: str | None = None
    everyone: bool = False
    when: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The statement with IAM's own member names, absent ones left out."""
        statement: dict[str, Any] = {"Effect": self.effect}
        if self.service:
            statement["Principal"] = {"Service": self.service}
        elif self.everyone:
            statement["Principal"] = "*"
        statement["Action"] = list(self.actions)
        if self.resources:
            statement["Resource"] = list(self.resources)
        if self.when:
            statement["Condition"] = {test: dict(keys) for test, keys in self.when.items()}
        return statement


def account_of(arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """The account of the resource named `arn`."""
    return pulumi.Output.from_input(arn).apply(lambda known: known.split(":")[4])


def beside(arn: pulumi.Input[str], service: str, resource: str) -> pulumi.Output[str]:
    """The ARN of a resource in the same partition, Region and account as the one named `arn`."""

    def neighbour(known: str) -> str:
        _, partition, _, region, account, *_ = known.split(":")
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"

    return pulumi.Output.from_input(arn).apply(neighbour)


def document(*statements: Statement) -> pulumi.Output[str]:
    """The JSON text of a policy made of `statements`, known once every ARN in it is."""
    return pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [each.to_json() for each in statements]}
    )
