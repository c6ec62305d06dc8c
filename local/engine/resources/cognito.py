"""User pools and their clients."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation

LOCAL_SIGN_IN = "ALLOW_ADMIN_USER_PASSWORD_AUTH"
"""The flow by which the local users sign in with one click. Only an administrator may use it, and
it is added here alone: no client on AWS has it."""


def _api(value: Any) -> Any:
    """The provider's shape in the API's: keys with a capital."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _api(below) for key, below in value.items()}
    return [_api(each) for each in value] if isinstance(value, list) else value


def _given(inputs: Inputs, *keys: str) -> dict[str, Any]:
    return {key[0].upper() + key[1:]: _api(inputs.plain(key)) for key in keys if key in inputs}


@REGISTRY.resource(
    "aws:cognito/userPool:UserPool",
    "name",
    "userPoolTier",
    "usernameAttributes[]",
    "autoVerifiedAttributes[]",
    "usernameConfiguration.caseSensitive",
    "adminCreateUserConfig.allowAdminCreateUserOnly",
    "passwordPolicy*",
    "accountRecoverySetting*",
    "mfaConfiguration",
    "softwareTokenMfaConfiguration.enabled",
    "deletionProtection",
    "tags*",
    named=Named(longest=128),
)
def user_pool(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    cognito = deployment.aws.client("cognito-idp")
    tags = deployment.tags(inputs.plain("tags"))
    made = cognito.create_user_pool(
        PoolName=inputs["name"],
        **_given(inputs, "usernameAttributes", "usernameConfiguration"),
        **_pool(inputs, tags),
    )["UserPool"]
    identity = made["Id"]
    _ask_for_codes(deployment, identity, inputs)
    return Created(
        identity,
        {
            "arn": made["Arn"],
            # AWS's name, as it is in the tokens; the provider leaves the scheme out.
            "endpoint": f"cognito-idp.{deployment.region}.amazonaws.com/{identity}",
            "region": deployment.region,
            "tagsAll": tags,
        },
    )


def _pool(inputs: Inputs, tags: dict[str, str]) -> dict[str, Any]:
    """What creating and updating a pool have in common."""
    request = _given(
        inputs,
        "userPoolTier",
        "autoVerifiedAttributes",
        "adminCreateUserConfig",
        "deletionProtection",
    )
    if "passwordPolicy" in inputs:
        request["Policies"] = {"PasswordPolicy": _api(inputs.plain("passwordPolicy"))}
    if "accountRecoverySetting" in inputs:
        setting = inputs.plain("accountRecoverySetting")
        request["AccountRecoverySetting"] = _api(setting)
    return {**request, "UserPoolTags": tags}


def _ask_for_codes(deployment: Deployment, identity: str, inputs: Inputs) -> None:
    deployment.aws.client("cognito-idp").set_user_pool_mfa_config(
        UserPoolId=identity,
        MfaConfiguration=inputs.get("mfaConfiguration", "OFF"),
        **_given(inputs, "softwareTokenMfaConfiguration"),
    )


@REGISTRY.updates("aws:cognito/userPool:UserPool")
def change_user_pool(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    tags = deployment.tags(inputs.plain("tags"))
    deployment.aws.client("cognito-idp").update_user_pool(
        UserPoolId=identity, **_pool(inputs, tags)
    )
    _ask_for_codes(deployment, identity, inputs)
    return {"tagsAll": tags}


@REGISTRY.deletes("aws:cognito/userPool:UserPool")
def delete_user_pool(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    """Unprotected first, as the provider does when the resource itself may be deleted."""
    cognito = deployment.aws.client("cognito-idp")
    cognito.update_user_pool(UserPoolId=identity, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=identity)


@REGISTRY.resource(
    "aws:cognito/userPoolDomain:UserPoolDomain",
    "domain",
    "userPoolId",
    "managedLoginVersion",
    delete=operation(
        "cognito-idp", "delete_user_pool_domain", Domain="domain", UserPoolId="userPoolId"
    ),
)
def user_pool_domain(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    domain = inputs["domain"]
    deployment.aws.client("cognito-idp").create_user_pool_domain(
        Domain=domain,
        UserPoolId=inputs["userPoolId"],
        ManagedLoginVersion=inputs.get("managedLoginVersion", 1),
    )
    return Created(domain)


@REGISTRY.updates("aws:cognito/userPoolDomain:UserPoolDomain")
def change_user_pool_domain(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("cognito-idp").update_user_pool_domain(
        Domain=identity,
        UserPoolId=inputs["userPoolId"],
        ManagedLoginVersion=inputs.get("managedLoginVersion", 1),
    )
    return {}


_CLIENT = (
    "allowedOauthFlowsUserPoolClient",
    "allowedOauthFlows",
    "allowedOauthScopes",
    "supportedIdentityProviders",
    "preventUserExistenceErrors",
    "enableTokenRevocation",
    "accessTokenValidity",
    "idTokenValidity",
    "refreshTokenValidity",
    "tokenValidityUnits",
)
_CLIENT_URLS = {"callbackUrls": "CallbackURLs", "logoutUrls": "LogoutURLs"}


@REGISTRY.resource(
    "aws:cognito/userPoolClient:UserPoolClient",
    "name",
    "userPoolId",
    "generateSecret",
    "explicitAuthFlows*",
    *(f"{key}*" for key in (*_CLIENT, *_CLIENT_URLS)),
    named=Named(longest=128),
    delete=operation(
        "cognito-idp", "delete_user_pool_client", UserPoolId="userPoolId", ClientId="id"
    ),
)
def user_pool_client(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    made = deployment.aws.client("cognito-idp").create_user_pool_client(
        UserPoolId=inputs["userPoolId"],
        GenerateSecret=inputs.get("generateSecret", False),
        **_client(deployment, inputs),
    )["UserPoolClient"]
    return Created(made["ClientId"], {"clientSecret": made.get("ClientSecret", "")})


def _client(deployment: Deployment, inputs: Inputs) -> dict[str, Any]:
    """What creating and updating a client have in common."""
    request = {
        key.replace("Oauth", "OAuth"): value for key, value in _given(inputs, *_CLIENT).items()
    }
    for key, name in _CLIENT_URLS.items():
        if key in inputs:
            request[name] = [deployment.reachable(url) for url in inputs.plain(key)]
    flows = [*inputs.plain("explicitAuthFlows", []), LOCAL_SIGN_IN]
    return {"ClientName": inputs["name"], "ExplicitAuthFlows": flows, **request}


@REGISTRY.updates("aws:cognito/userPoolClient:UserPoolClient")
def change_user_pool_client(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("cognito-idp").update_user_pool_client(
        UserPoolId=inputs["userPoolId"], ClientId=identity, **_client(deployment, inputs)
    )
    return {}


@REGISTRY.resource(
    "aws:cognito/identityProvider:IdentityProvider",
    "userPoolId",
    "providerName",
    "providerType",
    "providerDetails*",
    "attributeMapping*",
    delete=operation(
        "cognito-idp",
        "delete_identity_provider",
        UserPoolId="userPoolId",
        ProviderName="providerName",
    ),
)
def identity_provider(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("cognito-idp").create_identity_provider(
        ProviderType=inputs["providerType"], **_identity_provider(inputs)
    )
    return Created(f"{inputs['userPoolId']}:{inputs['providerName']}")


def _identity_provider(inputs: Inputs) -> dict[str, Any]:
    """What creating and updating a provider have in common. Its keys are the API's already."""
    return {
        "UserPoolId": inputs["userPoolId"],
        "ProviderName": inputs["providerName"],
        "ProviderDetails": inputs.plain("providerDetails"),
        "AttributeMapping": inputs.plain("attributeMapping", {}),
    }


@REGISTRY.updates("aws:cognito/identityProvider:IdentityProvider")
def change_identity_provider(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("cognito-idp").update_identity_provider(**_identity_provider(inputs))
    return {}


@REGISTRY.resource(
    "aws:cognito/managedLoginBranding:ManagedLoginBranding",
    "userPoolId",
    "clientId",
    ignores={"useCognitoProvidedValues": "MiniStack's sign-in page has one style"},
)
def branding(_deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    return Created(f"{inputs['userPoolId']},{inputs['clientId']}")


@REGISTRY.resource(
    "aws:cognito/userGroup:UserGroup",
    "name",
    "userPoolId",
    ignores={
        "description": "MiniStack cannot change it, and nothing shows it",
        "precedence": "no group has a role",
    },
    delete=operation("cognito-idp", "delete_group", UserPoolId="userPoolId", GroupName="name"),
)
def user_group(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("cognito-idp").create_group(
        UserPoolId=inputs["userPoolId"], GroupName=inputs["name"]
    )
    return Created(f"{inputs['userPoolId']}/{inputs['name']}")


@REGISTRY.updates("aws:cognito/userGroup:UserGroup")
def change_user_group(_deployment: Deployment, _identity: str, _inputs: Inputs) -> Values:
    """Nothing of it that exists here can change."""
    return {}


@REGISTRY.reads("aws:cognito/userPool:UserPool")
def read_user_pool(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    cognito = deployment.aws.client("cognito-idp")
    found = cognito.describe_user_pool(UserPoolId=identity)["UserPool"]
    codes = cognito.get_user_pool_mfa_config(UserPoolId=identity)
    return {
        "name": found["Name"],
        "deletionProtection": found.get("DeletionProtection", "INACTIVE"),
        "passwordPolicy": _camel(found["Policies"]["PasswordPolicy"]),
        "mfaConfiguration": codes["MfaConfiguration"],
    }


def _camel(found: dict[str, Any]) -> dict[str, Any]:
    return {key[0].lower() + key[1:]: value for key, value in found.items()}


@REGISTRY.reads("aws:cognito/userPoolDomain:UserPoolDomain")
def read_user_pool_domain(deployment: Deployment, identity: str, _inputs: Inputs) -> Values | None:
    """AWS returns an empty description of a domain that does not exist."""
    found = deployment.aws.client("cognito-idp").describe_user_pool_domain(Domain=identity)
    pool = found["DomainDescription"].get("UserPoolId")
    return {"userPoolId": pool} if pool else None


@REGISTRY.reads("aws:cognito/userPoolClient:UserPoolClient")
def read_user_pool_client(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=inputs["userPoolId"], ClientId=identity
    )["UserPoolClient"]
    wanted = _client(deployment, inputs)
    same = {key: found.get(name) == wanted.get(name) for key, name in _CLIENT_URLS.items()}
    return {
        "name": found["ClientName"],
        "accessTokenValidity": found.get("AccessTokenValidity"),
        **{
            key: inputs.plain(key) if same[key] else found.get(name)
            for key, name in _CLIENT_URLS.items()
        },
    }


@REGISTRY.reads("aws:cognito/userGroup:UserGroup")
def read_user_group(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("cognito-idp").get_group(
        UserPoolId=inputs["userPoolId"], GroupName=inputs["name"]
    )
    return {"name": found["Group"]["GroupName"]}


@REGISTRY.reads("aws:cognito/identityProvider:IdentityProvider")
def read_identity_provider(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("cognito-idp").describe_identity_provider(
        UserPoolId=inputs["userPoolId"], ProviderName=inputs["providerName"]
    )["IdentityProvider"]
    # AWS adds details of its own.
    details = {key: found["ProviderDetails"].get(key) for key in inputs.plain("providerDetails")}
    return {
        "providerType": found["ProviderType"],
        "providerDetails": details,
        "attributeMapping": found["AttributeMapping"],
    }
