"""HTTP APIs."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation


def _capital(inputs: Inputs, *keys: str) -> dict[str, Any]:
    """The inputs that are given, by the API's names."""
    return {key[0].upper() + key[1:]: inputs[key] for key in keys if key in inputs}


@REGISTRY.resource(
    "aws:apigatewayv2/api:Api",
    "name",
    "description",
    "protocolType",
    "disableExecuteApiEndpoint",
    "tags*",
    named=Named(longest=128),
    delete=operation("apigatewayv2", "delete_api", ApiId="id"),
)
def api(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    tags = deployment.tags(inputs.plain("tags"))
    made = deployment.aws.client("apigatewayv2").create_api(
        ProtocolType=inputs["protocolType"], Tags=tags, **_api(inputs)
    )
    identity = made["ApiId"]
    return Created(
        identity,
        {
            # AWS's name: the distribution is where it becomes a local address.
            "apiEndpoint": f"https://{identity}.execute-api.{deployment.region}.amazonaws.com",
            "arn": f"arn:aws:apigateway:{deployment.region}::/apis/{identity}",
            "executionArn": deployment.arn("execute-api", identity),
            "tagsAll": tags,
        },
    )


def _api(inputs: Inputs) -> dict[str, Any]:
    return _capital(inputs, "name", "description", "disableExecuteApiEndpoint")


@REGISTRY.updates("aws:apigatewayv2/api:Api")
def change_api(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("apigatewayv2").update_api(ApiId=identity, **_api(inputs))
    return {"tagsAll": deployment.tags(inputs.plain("tags"))}


@REGISTRY.resource(
    "aws:apigatewayv2/authorizer:Authorizer",
    "name",
    "apiId",
    "authorizerType",
    "identitySources[]",
    "jwtConfiguration.issuer",
    "jwtConfiguration.audiences[]",
    named=Named(longest=128),
    delete=operation("apigatewayv2", "delete_authorizer", ApiId="apiId", AuthorizerId="id"),
)
def authorizer(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    made = deployment.aws.client("apigatewayv2").create_authorizer(
        ApiId=inputs["apiId"], **_authorizer(inputs)
    )
    return Created(made["AuthorizerId"])


def _authorizer(inputs: Inputs) -> dict[str, Any]:
    jwt = inputs["jwtConfiguration"]
    return {
        "Name": inputs["name"],
        "AuthorizerType": inputs["authorizerType"],
        "IdentitySource": inputs["identitySources"],
        "JwtConfiguration": {"Issuer": jwt["issuer"], "Audience": jwt["audiences"]},
    }


@REGISTRY.updates("aws:apigatewayv2/authorizer:Authorizer")
def change_authorizer(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("apigatewayv2").update_authorizer(
        ApiId=inputs["apiId"], AuthorizerId=identity, **_authorizer(inputs)
    )
    return {}


@REGISTRY.resource(
    "aws:apigatewayv2/integration:Integration",
    "apiId",
    "integrationType",
    "integrationUri",
    "payloadFormatVersion",
    "timeoutMilliseconds",
    delete=operation("apigatewayv2", "delete_integration", ApiId="apiId", IntegrationId="id"),
)
def integration(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    made = deployment.aws.client("apigatewayv2").create_integration(
        ApiId=inputs["apiId"], **_integration(inputs)
    )
    return Created(made["IntegrationId"])


def _integration(inputs: Inputs) -> dict[str, Any]:
    return {
        **_capital(inputs, "integrationType", "integrationUri", "payloadFormatVersion"),
        "TimeoutInMillis": inputs.get("timeoutMilliseconds", 30_000),
    }


@REGISTRY.updates("aws:apigatewayv2/integration:Integration")
def change_integration(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("apigatewayv2").update_integration(
        ApiId=inputs["apiId"], IntegrationId=identity, **_integration(inputs)
    )
    return {}


@REGISTRY.resource(
    "aws:apigatewayv2/route:Route",
    "apiId",
    "routeKey",
    "target",
    "authorizationType",
    "authorizerId",
    "authorizationScopes[]",
    delete=operation("apigatewayv2", "delete_route", ApiId="apiId", RouteId="id"),
)
def route(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    made = deployment.aws.client("apigatewayv2").create_route(
        ApiId=inputs["apiId"], **_route(inputs)
    )
    return Created(made["RouteId"])


def _route(inputs: Inputs) -> dict[str, Any]:
    optional = ("authorizationType", "authorizerId", "authorizationScopes")
    return _capital(inputs, "routeKey", "target", *optional)


@REGISTRY.updates("aws:apigatewayv2/route:Route")
def change_route(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("apigatewayv2").update_route(
        ApiId=inputs["apiId"], RouteId=identity, **_route(inputs)
    )
    return {}


@REGISTRY.resource(
    "aws:apigatewayv2/stage:Stage",
    "apiId",
    "name",
    "autoDeploy",
    "tags*",
    ignores={"defaultRouteSettings": "MiniStack does not throttle"},
    delete=operation("apigatewayv2", "delete_stage", ApiId="apiId", StageName="id"),
)
def stage(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    tags = deployment.tags(inputs.plain("tags"))
    api_id, name = inputs["apiId"], inputs["name"]
    deployment.aws.client("apigatewayv2").create_stage(
        ApiId=api_id, StageName=name, AutoDeploy=inputs.get("autoDeploy", False), Tags=tags
    )
    path = "" if name == "$default" else name
    return Created(
        name,
        {
            "arn": f"arn:aws:apigateway:{deployment.region}::/apis/{api_id}/stages/{name}",
            "invokeUrl": f"https://{api_id}.execute-api.{deployment.region}.amazonaws.com/{path}",
            "executionArn": deployment.arn("execute-api", f"{api_id}/{name}"),
            "tagsAll": tags,
        },
    )


@REGISTRY.updates("aws:apigatewayv2/stage:Stage")
def change_stage(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    deployment.aws.client("apigatewayv2").update_stage(
        ApiId=inputs["apiId"], StageName=identity, AutoDeploy=inputs.get("autoDeploy", False)
    )
    return {"tagsAll": deployment.tags(inputs.plain("tags"))}


def _found(found: dict[str, Any], *keys: str) -> Values:
    """What the API returns of these inputs, by the provider's names."""
    return {key: found.get(key[0].upper() + key[1:]) for key in keys}


@REGISTRY.reads("aws:apigatewayv2/api:Api")
def read_api(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("apigatewayv2").get_api(ApiId=identity)
    return _found(found, "name", "protocolType")


@REGISTRY.reads("aws:apigatewayv2/authorizer:Authorizer")
def read_authorizer(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("apigatewayv2").get_authorizer(
        ApiId=inputs["apiId"], AuthorizerId=identity
    )
    jwt = found["JwtConfiguration"]
    return {
        **_found(found, "name", "authorizerType"),
        "identitySources": found["IdentitySource"],
        "jwtConfiguration": {"issuer": jwt["Issuer"], "audiences": jwt["Audience"]},
    }


@REGISTRY.reads("aws:apigatewayv2/integration:Integration")
def read_integration(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("apigatewayv2").get_integration(
        ApiId=inputs["apiId"], IntegrationId=identity
    )
    read = _found(found, "integrationType", "integrationUri", "payloadFormatVersion")
    return {**read, "timeoutMilliseconds": found.get("TimeoutInMillis")}


@REGISTRY.reads("aws:apigatewayv2/route:Route")
def read_route(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("apigatewayv2").get_route(ApiId=inputs["apiId"], RouteId=identity)
    return _found(found, "routeKey", "target", "authorizationType", "authorizerId")


@REGISTRY.reads("aws:apigatewayv2/stage:Stage")
def read_stage(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("apigatewayv2").get_stage(
        ApiId=inputs["apiId"], StageName=identity
    )
    return {"autoDeploy": found.get("AutoDeploy", False)}
