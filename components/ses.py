"""Amazon SES, as far as a function sends mail with it."""

from __future__ import annotations

import pulumi
from pulumi_aws import ses

from components.function import Function
from components.policy import Statement

__all__ = ["grant_send"]


def grant_send(grantee: Function, sender: str) -> None:
    """Let `grantee` send mail from the address `sender`; no right at all if it is empty.

    The identity is looked up, so that an address nobody verified fails before anything is made.
    While an account is in SES's sandbox, SES also asks for the right on each recipient's identity,
    which this does not give.
    """
    if not sender:
        return
    identity = ses.get_email_identity_output(
        email=sender, opts=pulumi.InvokeOutputOptions(parent=grantee)
    )
    grantee.allow("send-mail", Statement(actions=["ses:SendEmail"], resources=[identity.arn]))
