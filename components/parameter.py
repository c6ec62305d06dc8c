"""AWS Systems Manager's parameters, as far as a function reads one."""

from __future__ import annotations

from components.function import Function
from components.policy import Statement, beside

__all__ = ["grant_read"]


def grant_read(grantee: Function, name: str) -> None:
    """Let `grantee` read the parameter `name`, which begins with a slash; no right at all if it is
    empty.

    The parameter must be encrypted with the account's key `aws/ssm`, whose own policy lets every
    principal decrypt that may read the parameter.
    """
    if not name:
        return
    grantee.allow(
        "read-parameter",
        Statement(
            actions=["ssm:GetParameter"],
            resources=[beside(grantee.arn, "ssm", f"parameter{name}")],
        ),
    )
