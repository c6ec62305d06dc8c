"""Amazon SES, as far as a function sends mail with it."""

from __future__ import annotations

import pulumi

from components.function import Function
from components.policy import Statement

__all__ = ["grant_send"]


def grant_send(grantee: Function, sender: str) -> None:
    """Let `grantee` send mail from the address `sender`; no right at all if it is empty.

    SES takes the mail if the address, its domain or one above it is verified in the function's
    account and Region, and asks for the right on that identity. Nothing here looks whether one of
    them is: until then SES refuses each mail. While an account is in SES's sandbox, SES also asks
    for the right on each recipient's identity, which this does not give.
    """
    if not sender:
        return
    labels = sender.rpartition("@")[2].split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    grantee.allow(
        "send-mail",
        Statement(
            actions=["ses:SendEmail"],
            resources=[_identity(grantee, each) for each in (sender, *domains)],
        ),
    )


def _identity(neighbour: Function, name: str) -> pulumi.Output[str]:
    """The ARN of the SES identity `name` in the partition, Region and account of `neighbour`."""

    def beside(arn: str) -> str:
        _, partition, _, region, account, *_ = arn.split(":")
        return f"arn:{partition}:ses:{region}:{account}:identity/{name}"

    return neighbour.arn.apply(beside)
