"""The AWS account that everything is created in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws

__all__ = ["Account", "AssumedRole", "provider"]


@dataclass(frozen=True, kw_only=True)
class AssumedRole:
    """A role that the provider assumes before it creates anything."""

    role_arn: str
    external_id: str | None = None
    session_name: str | None = None
    duration: str | None = None
    """Between 15 minutes and 12 hours, such as `1h`."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Which account and Region, and how the provider gets there."""

    region: str
    profile: str = ""
    """A profile of the AWS configuration files; if empty, the environment decides."""
    allowed: Sequence[str] = ()
    """The provider refuses credentials of any other account; empty allows all."""
    assume_roles: Sequence[AssumedRole] = ()
    """Each is assumed with the credentials of the one before."""
    tags: Mapping[str, str]
    """On every resource."""


def provider(name: str, account: Account) -> aws.Provider:
    """The provider that every resource of the program goes through.

    An explicit provider reads nothing of the stack's `aws:` configuration by itself
    (pulumi-aws#3259), so whatever is to have an effect is passed here.
    """
    return aws.Provider(
        name,
        region=account.region,
        profile=account.profile or None,
        allowed_account_ids=list(account.allowed) or None,
        assume_roles=[
            aws.ProviderAssumeRoleArgs(
                role_arn=each.role_arn,
                external_id=each.external_id,
                session_name=each.session_name,
                duration=each.duration,
            )
            for each in account.assume_roles
        ]
        or None,
        default_tags=aws.ProviderDefaultTagsArgs(tags=dict(account.tags)),
    )
