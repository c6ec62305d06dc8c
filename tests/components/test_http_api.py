from __future__ import annotations

from components.http_api import HttpApi, HttpApiArgs
from components.user_pool import AppClient, AppClientArgs, UserPool, UserPoolArgs
from proofs.recorder import Graph, run
from tests.components.parts import children, worker


def build() -> Graph:
    def program() -> None:
        api = HttpApi("calls", HttpApiArgs(requests_per_second=5))
        pool = UserPool("crew", UserPoolArgs(groups={}, totp="never", protect=False))
        app = AppClient("app", AppClientArgs(pool=pool, urls=["https://app.example.org/"]))
        api.serve(worker(), pool, app, under="v1/", public=["v1/description.json"])

    return run(program)


def test_an_api_has_one_stage_that_throttles() -> None:
    graph = build()
    assert graph.resource("apigatewayv2.Api", "calls").inputs == {"protocolType": "HTTP"}
    assert graph.resource("apigatewayv2.Stage", "calls-stage").inputs == {
        "apiId": "a1b2c3d4e5",
        "name": "$default",
        "autoDeploy": True,
        "defaultRouteSettings": {"throttlingRateLimit": 5, "throttlingBurstLimit": 10},
    }
    assert graph.resource("HttpApi", "calls").outputs == {
        "host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
    }


def test_every_route_but_the_public_ones_needs_a_token_of_the_app() -> None:
    graph = build()
    assert {
        each.inputs["routeKey"]: (each.inputs["authorizationType"], each.inputs.get("authorizerId"))
        for each in graph.of_kind("apigatewayv2.Route")
    } == {
        "ANY /v1/{proxy+}": ("JWT", "calls-authorizer-0a1b2c"),
        "GET /v1/description.json": ("NONE", None),
    }
    assert graph.resource("apigatewayv2.Authorizer", "calls-authorizer").inputs == {
        "apiId": "a1b2c3d4e5",
        "authorizerType": "JWT",
        "identitySources": ["$request.header.Authorization"],
        "jwtConfiguration": {
            "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_people",
            "audiences": ["1example23456789"],
        },
    }


def test_the_gateway_may_invoke_the_function_for_these_paths_alone() -> None:
    assert build().resource("lambda.Permission", "work-invoke").inputs == {
        "action": "lambda:InvokeFunction",
        "function": "work-0a1b2c",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*/*/v1/*",
    }


def test_the_gateway_waits_for_the_function_as_long_as_it_may_run() -> None:
    assert build().resource("apigatewayv2.Integration", "calls-integration").inputs == {
        "apiId": "a1b2c3d4e5",
        "integrationType": "AWS_PROXY",
        "integrationUri": "arn:aws:lambda:eu-west-1:123456789012:function:work-0a1b2c",
        "payloadFormatVersion": "2.0",
        "timeoutMilliseconds": 10_000,
    }


def test_no_request_arrives_before_the_rights_to_handle_it() -> None:
    graph = build()
    rights = {each.urn for each in graph.of_kind("iam.RolePolicy")} | {
        graph.resource("lambda.Permission", "work-invoke").urn
    }
    for route in graph.of_kind("apigatewayv2.Route"):
        assert rights <= route.depends_on


def test_an_api_is_one_component() -> None:
    assert children(build(), "HttpApi", "calls") == [
        ("apigatewayv2.Api", "calls"),
        ("apigatewayv2.Authorizer", "calls-authorizer"),
        ("apigatewayv2.Integration", "calls-integration"),
        ("apigatewayv2.Route", "calls-description.json"),
        ("apigatewayv2.Route", "calls-signed-in"),
        ("apigatewayv2.Stage", "calls-stage"),
        ("lambda.Permission", "work-invoke"),
    ]
