"""Identity providers: where people have accounts already that a user pool accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

import pulumi

__all__ = ["IdentityProvider", "OidcProvider", "SamlProvider"]

_VERIFIED = {"email_verified": "email_verified"}
"""Without it Cognito counts the address of a provider's user as unverified."""


@dataclass(frozen=True, kw_only=True)
class OidcProvider:
    """A provider that speaks OpenID Connect. Cognito discovers its endpoints from the issuer."""

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)

    kind: ClassVar = "OIDC"
    attributes: ClassVar[Mapping[str, str]] = {"username": "sub", "email": "email", **_VERIFIED}
    """The pool's attributes, each with the claim that it is taken from."""
    discovered: ClassVar = (
        *("attributes_url", "attributes_url_add_attributes"),
        *("authorize_url", "jwks_uri", "token_url"),
    )
    """What Cognito adds to the details by itself."""

    @property
    def details(self) -> dict[str, pulumi.Input[str]]:
        """What Cognito needs to send people there."""
        return {
            "client_id": self.client_id,
            "client_secret": pulumi.Output.secret(self.client_secret),
            "oidc_issuer": self.issuer,
            "authorize_scopes": "openid email profile",
            "attributes_request_method": "GET",
        }


@dataclass(frozen=True, kw_only=True)
class SamlProvider:
    """A provider that speaks SAML 2.0. People sign in from the app alone, never from a provider's
    own list of apps."""

    name: str
    metadata_url: str

    kind: ClassVar = "SAML"
    attributes: ClassVar[Mapping[str, str]] = {
        "email": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        **_VERIFIED,
    }
    """The pool's attributes, each with the attribute of an assertion that it is taken from."""
    discovered: ClassVar = (
        *("ActiveEncryptionCertificate", "SLORedirectBindingURI", "SSORedirectBindingURI"),
    )
    """What Cognito adds to the details by itself."""

    @property
    def details(self) -> dict[str, pulumi.Input[str]]:
        """What Cognito needs to send people there."""
        return {"MetadataURL": self.metadata_url}


IdentityProvider: TypeAlias = OidcProvider | SamlProvider
