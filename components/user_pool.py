"""People who may sign in, and the app that they sign in to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cognito

from components.function import Function
from components.identity_provider import IdentityProvider
from components.policy import Statement

__all__ = ["AppClient", "AppClientArgs", "UserPool", "UserPoolArgs"]

MFA = {"never": "OFF", "optional": "OPTIONAL", "always": "ON"}

SHORTEST_PASSWORD = 12
INVITATION_DAYS = 7

ACCESS_MINUTES = 15
"""A person who is no longer in a group, or was removed, keeps the rights in a token for so long."""

REFRESH_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class UserPoolArgs:
    """Who may sign in, and how."""

    groups: dict[str, str]
    """Each group's name and description."""
    totp: str
    """Whether an authenticator app is needed to sign in: "never", "optional" or "always"."""
    providers: Sequence[IdentityProvider] = ()
    """Where people have accounts already."""
    protect: bool
    """Refuses deletion."""


class UserPool(pulumi.ComponentResource):
    """A Cognito user pool with managed login. People sign in by e-mail address.

    Nobody can sign up: an administrator invites people. Forgotten passwords are reset by a code
    that is mailed to the verified address. Everyone whom an identity provider lets in is a user of
    the pool from their first sign-in on, without an invitation.
    """

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    issuer: pulumi.Output[str]
    """The issuer of its tokens; their keys are under `/.well-known/jwks.json`."""
    sign_in_url: pulumi.Output[str]
    """Where its pages are, without a slash at the end."""
    providers: Sequence[pulumi.Output[str]]
    """The names of its identity providers, besides Cognito itself."""

    def __init__(
        self, name: str, args: UserPoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:UserPool", name, None, opts)
        self._label = name

        pool = self._pool(name, args)
        self.id = pool.id
        self.arn = pool.arn
        self.issuer = pulumi.Output.concat("https://", pool.endpoint)
        domain = cognito.UserPoolDomain(
            f"{name}-domain",
            # Unique in the Region, as autonaming gave the pool a name of its own.
            domain=pool.name,
            user_pool_id=pool.id,
            managed_login_version=2,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.sign_in_url = pulumi.Output.concat(
            "https://", domain.domain, ".auth.", pool.region, ".amazoncognito.com"
        )
        for group, description in args.groups.items():
            cognito.UserGroup(
                f"{name}-{group}",
                name=group,
                description=description,
                user_pool_id=pool.id,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.providers = [self._accept(name, pool, each) for each in args.providers]

        self.register_outputs(
            {
                "id": self.id,
                "arn": self.arn,
                "issuer": self.issuer,
                "sign_in_url": self.sign_in_url,
                "providers": self.providers,
            }
        )

    def grant_find(self, grantee: Function) -> None:
        """Let `grantee` look people and their attributes up."""
        grantee.allow(
            f"find-{self._label}",
            Statement(actions=["cognito-idp:ListUsers"], resources=[self.arn]),
        )

    def _accept(
        self, name: str, pool: cognito.UserPool, provider: IdentityProvider
    ) -> pulumi.Output[str]:
        """Accept the people of `provider`; returns the provider's name once it exists."""
        return cognito.IdentityProvider(
            f"{name}-{provider.name}",
            user_pool_id=pool.id,
            provider_name=provider.name,
            provider_type=provider.kind,
            provider_details=provider.details,
            attribute_mapping=provider.attributes,
            opts=pulumi.ResourceOptions(
                parent=self,
                # One of the same name but another kind must be gone first.
                delete_before_replace=True,
                additional_secret_outputs=["provider_details"],
                # Without it, the provider would take away in each update what Cognito adds:
                # hashicorp/terraform-provider-aws#4831.
                ignore_changes=[f"providerDetails.{key}" for key in provider.discovered],
            ),
        ).provider_name

    def _pool(self, name: str, args: UserPoolArgs) -> cognito.UserPool:
        return cognito.UserPool(
            name,
            # Managed login is part of this tier and of dearer ones.
            user_pool_tier="ESSENTIALS",
            username_attributes=["email"],
            auto_verified_attributes=["email"],
            username_configuration=cognito.UserPoolUsernameConfigurationArgs(case_sensitive=False),
            admin_create_user_config=cognito.UserPoolAdminCreateUserConfigArgs(
                allow_admin_create_user_only=True
            ),
            # Length counts, as NIST SP 800-63B has it; kinds of characters do not.
            password_policy=cognito.UserPoolPasswordPolicyArgs(
                minimum_length=SHORTEST_PASSWORD,
                require_lowercase=False,
                require_uppercase=False,
                require_numbers=False,
                require_symbols=False,
                temporary_password_validity_days=INVITATION_DAYS,
            ),
            account_recovery_setting=cognito.UserPoolAccountRecoverySettingArgs(
                recovery_mechanisms=[
                    cognito.UserPoolAccountRecoverySettingRecoveryMechanismArgs(
                        name="verified_email", priority=1
                    )
                ]
            ),
            mfa_configuration=MFA[args.totp],
            software_token_mfa_configuration=(
                None
                if args.totp == "never"
                else cognito.UserPoolSoftwareTokenMfaConfigurationArgs(enabled=True)
            ),
            deletion_protection="ACTIVE" if args.protect else "INACTIVE",
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )


@dataclass(frozen=True, kw_only=True)
class AppClientArgs:
    """The app that people sign in to."""

    pool: UserPool
    urls: Sequence[pulumi.Input[str]]
    """Where people may be sent after signing in or out: whole addresses, compared exactly."""


class AppClient(pulumi.ComponentResource):
    """An app without a secret that signs people in by an authorization code and PKCE.

    A browser's page keeps the access token, for 15 minutes, and the refresh token, which can be
    revoked.
    """

    id: pulumi.Output[str]

    def __init__(
        self, name: str, args: AppClientArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:AppClient", name, None, opts)

        client = cognito.UserPoolClient(
            name,
            user_pool_id=args.pool.id,
            generate_secret=False,
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["code"],
            allowed_oauth_scopes=["openid", "email"],
            callback_urls=list(args.urls),
            logout_urls=list(args.urls),
            supported_identity_providers=["COGNITO", *args.pool.providers],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=ACCESS_MINUTES,
            id_token_validity=ACCESS_MINUTES,
            refresh_token_validity=REFRESH_DAYS,
            token_validity_units=cognito.UserPoolClientTokenValidityUnitsArgs(
                access_token="minutes",  # noqa: S106 - a unit
                id_token="minutes",  # noqa: S106 - a unit
                refresh_token="days",  # noqa: S106 - a unit
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        cognito.ManagedLoginBranding(
            f"{name}-branding",
            client_id=client.id,
            user_pool_id=args.pool.id,
            # Managed login shows no page for a client without a style.
            use_cognito_provided_values=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = client.id

        self.register_outputs({"id": self.id})
