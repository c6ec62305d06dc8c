"""Amazon SES, as far as a function sends mail with it."""

from __future__ import annotations

from components.function import Function
from components.policy import Statement, beside

__all__ = ["grant_send"]


def grant_send(grantee: Function, sender: str) -> None:
    """Let `grantee` send mail from the address `sender`; no right at all if it is empty.

    SES accepts the mail if the address, its domain or a parent domain is verified in the function's
    account and Region, and requires the right on that identity. Nothing here checks that one of
    them is verified: until then SES refuses each mail. In SES's sandbox it also requires the right
    on each recipient's identity, which this does not give.
    """
    if not sender:
        return
    labels = sender.rpartition("@")[2].split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    grantee.allow(
        "send-mail",
        Statement(
            actions=["ses:SendEmail"],
            resources=[
                *(beside(grantee.arn, "ses", f"identity/{each}") for each in (sender, *domains)),
                # An identity may have a default configuration set, on which SES requires the right
                # as well. Its name is the account's own affair.
                beside(grantee.arn, "ses", "configuration-set/*"),
            ],
        ),
    )
