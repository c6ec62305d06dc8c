from __future__ import annotations

import pytest

from components.identity_provider import IdentityProvider, OidcProvider, SamlProvider
from components.user_pool import AppClient, AppClientArgs, UserPool, UserPoolArgs
from proofs.recorder import Graph, run
from tests.components.parts import children

OKTA = OidcProvider(
    name="Okta",
    issuer="https://team.okta.example.org",
    client_id="0oa1b2c3",
    client_secret="hidden",  # noqa: S106 - of nothing
)
ENTRA = SamlProvider(name="Entra", metadata_url="https://login.example.org/metadata.xml")


def build(totp: str = "optional", *providers: IdentityProvider, protect: bool = False) -> Graph:
    def program() -> None:
        pool = UserPool(
            "crew",
            UserPoolArgs(
                groups={"judges": "Judge"}, totp=totp, providers=providers, protect=protect
            ),
        )
        AppClient("app", AppClientArgs(pool=pool, urls=["https://app.example.org/"]))

    return run(program)


def test_a_pool_has_a_domain_and_its_groups() -> None:
    assert children(build(), "UserPool", "crew") == [
        ("cognito.UserGroup", "crew-judges"),
        ("cognito.UserPool", "crew"),
        ("cognito.UserPoolDomain", "crew-domain"),
    ]


def test_people_are_invited_and_sign_in_by_address_and_a_long_password() -> None:
    assert build().resource("cognito.UserPool", "crew").inputs == {
        "userPoolTier": "ESSENTIALS",
        "usernameAttributes": ["email"],
        "autoVerifiedAttributes": ["email"],
        "usernameConfiguration": {"caseSensitive": False},
        "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
        "passwordPolicy": {
            "minimumLength": 12,
            "requireLowercase": False,
            "requireUppercase": False,
            "requireNumbers": False,
            "requireSymbols": False,
            "temporaryPasswordValidityDays": 7,
        },
        "accountRecoverySetting": {
            "recoveryMechanisms": [{"name": "verified_email", "priority": 1}]
        },
        "mfaConfiguration": "OPTIONAL",
        "softwareTokenMfaConfiguration": {"enabled": True},
        "deletionProtection": "INACTIVE",
    }


@pytest.mark.parametrize(
    ("totp", "mfa", "software"),
    [("never", "OFF", None), ("optional", "OPTIONAL", True), ("always", "ON", True)],
)
def test_an_authenticator_app_is_as_needed_as_configured(
    totp: str, mfa: str, software: bool | None
) -> None:
    inputs = build(totp).resource("cognito.UserPool", "crew").inputs
    assert inputs["mfaConfiguration"] == mfa
    assert inputs.get("softwareTokenMfaConfiguration", {}).get("enabled") is software


def test_a_protected_pool_refuses_its_deletion_here_and_at_aws() -> None:
    pool = build(protect=True).resource("cognito.UserPool", "crew")
    assert (pool.inputs["deletionProtection"], pool.protect) == ("ACTIVE", True)


def test_the_domain_of_the_sign_in_pages_is_unique_as_the_pools_name_is() -> None:
    graph = build()
    domain = graph.resource("cognito.UserPoolDomain", "crew-domain").inputs
    assert domain == {
        "domain": "crew-0a1b2c",
        "userPoolId": "eu-west-1_people",
        "managedLoginVersion": 2,
    }
    assert graph.resource("UserPool", "crew").outputs == {
        "id": "eu-west-1_people",
        "arn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_people",
        "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_people",
        "sign_in_url": "https://crew-0a1b2c.auth.eu-west-1.amazoncognito.com",
        "providers": [],
    }


def test_an_app_offers_every_identity_provider_beside_the_pools_own_sign_in() -> None:
    graph = build("optional", OKTA, ENTRA)
    assert [each for each in children(graph, "UserPool", "crew") if "Provider" in each[0]] == [
        ("cognito.IdentityProvider", "crew-Entra"),
        ("cognito.IdentityProvider", "crew-Okta"),
    ]
    client = graph.resource("cognito.UserPoolClient", "app")
    assert client.inputs["supportedIdentityProviders"] == ["COGNITO", "Okta", "Entra"]
    # Cognito refuses a client with a provider that does not exist.
    for name in ("crew-Okta", "crew-Entra"):
        assert graph.resource("cognito.IdentityProvider", name).urn in client.depends_on


def test_an_openid_provider_gives_the_address_and_whether_it_is_verified() -> None:
    okta = build("optional", OKTA).resource("cognito.IdentityProvider", "crew-Okta")
    assert okta.inputs == {
        "userPoolId": "eu-west-1_people",
        "providerName": "Okta",
        "providerType": "OIDC",
        "providerDetails": {
            "client_id": "0oa1b2c3",
            "client_secret": "hidden",
            "oidc_issuer": "https://team.okta.example.org",
            "authorize_scopes": "openid email profile",
            "attributes_request_method": "GET",
        },
        "attributeMapping": {
            "username": "sub",
            "email": "email",
            "email_verified": "email_verified",
        },
    }
    # Of two with one name, Cognito would refuse the second.
    assert okta.deletes_first
    # What Cognito adds to the details is no change.
    assert okta.ignored == (
        "providerDetails.attributes_url",
        "providerDetails.attributes_url_add_attributes",
        "providerDetails.authorize_url",
        "providerDetails.jwks_uri",
        "providerDetails.token_url",
    )


def test_the_client_secret_is_encrypted_in_the_state_and_absent_from_logs() -> None:
    okta = build("optional", OKTA).resource("cognito.IdentityProvider", "crew-Okta")
    assert okta.secrets == {"providerDetails"}
    assert "hidden" not in repr(OKTA)


def test_a_saml_provider_is_known_by_its_metadata() -> None:
    entra = build("optional", ENTRA).resource("cognito.IdentityProvider", "crew-Entra")
    assert entra.inputs == {
        "userPoolId": "eu-west-1_people",
        "providerName": "Entra",
        "providerType": "SAML",
        "providerDetails": {"MetadataURL": "https://login.example.org/metadata.xml"},
        "attributeMapping": {
            "email": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            "email_verified": "email_verified",
        },
    }


def test_an_app_signs_in_by_code_alone_and_for_a_quarter_of_an_hour() -> None:
    graph = build()
    assert children(graph, "AppClient", "app") == [
        ("cognito.ManagedLoginBranding", "app-branding"),
        ("cognito.UserPoolClient", "app"),
    ]
    assert graph.resource("cognito.UserPoolClient", "app").inputs == {
        "userPoolId": "eu-west-1_people",
        "generateSecret": False,
        "explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "allowedOauthFlowsUserPoolClient": True,
        "allowedOauthFlows": ["code"],
        "allowedOauthScopes": ["openid", "email"],
        "callbackUrls": ["https://app.example.org/"],
        "logoutUrls": ["https://app.example.org/"],
        "supportedIdentityProviders": ["COGNITO"],
        "preventUserExistenceErrors": "ENABLED",
        "enableTokenRevocation": True,
        "accessTokenValidity": 15,
        "idTokenValidity": 15,
        "refreshTokenValidity": 30,
        "tokenValidityUnits": {
            "accessToken": "minutes",
            "idToken": "minutes",
            "refreshToken": "days",
        },
    }
