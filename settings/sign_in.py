"""Where people have accounts already that they sign in with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from components.identity_provider import IdentityProvider, OidcProvider
from settings.reader import Reader
from settings.words import identity_provider

__all__ = ["identity_providers"]

PROVIDERS = "identityProviders"
SECRETS = "clientSecrets"


def identity_providers(config: Reader) -> tuple[IdentityProvider, ...]:
    """The identity providers, those of OpenID Connect with their client secrets."""
    providers: tuple[IdentityProvider, ...] = config.items(
        PROVIDERS, identity_provider, part="name", least=0
    )
    needed = [each.name for each in providers if isinstance(each, OidcProvider)]
    secrets = _client_secrets(config, needed)

    def complete(provider: IdentityProvider) -> IdentityProvider:
        if isinstance(provider, OidcProvider):
            return replace(provider, client_secret=secrets.get(provider.name, ""))
        return provider

    return tuple(complete(each) for each in providers)


def _client_secrets(config: Reader, needed: Collection[str]) -> dict[str, str]:
    """The client secret of each of the `needed` providers."""
    texts = config.secrets(SECRETS)
    if config.refused(PROVIDERS, SECRETS):
        return {}
    secrets: dict[str, str] = {}
    for position, text in enumerate(texts):
        name, _, secret = text.strip().partition(" ")
        if name not in needed or not secret:
            # Either word may be the secret.
            rule = f"the name of an oidc provider in {PROVIDERS}, a space and its secret"
            config.refuse(f"{SECRETS}[{position}]", rule, "something else")
        elif name in secrets:
            config.refuse(f"{SECRETS}[{position}] name", "unique", name)
        secrets[name] = secret.strip()
    for name in needed:
        if name not in secrets:
            command = f"pulumi config set --secret --path '{SECRETS}[{len(texts)}]' '{name} SECRET'"
            config.refuse(SECRETS, f"the secret of {name} ({command})", None, must="must have")
    return secrets
