"""An HTTP API: API Gateway in front of a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import apigatewayv2, lambda_

from components.function import Function
from components.metric import Metric
from components.user_pool import AppClient, UserPool

__all__ = ["HttpApi", "HttpApiArgs"]

BURST = 2
"""How many times the requests of a second may come at once."""


@dataclass(frozen=True, kw_only=True)
class HttpApiArgs:
    """How much an API takes."""

    requests_per_second: int
    """Of all clients together; more are refused with 429."""


class HttpApi(pulumi.ComponentResource):
    """An HTTP API that admits only people who have signed in, unless `serve` names a path.

    It has no routes before `serve`, so that what is in front of it can exist before the app whose
    tokens it verifies.
    """

    host: pulumi.Output[str]

    def __init__(
        self, name: str, args: HttpApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:HttpApi", name, None, opts)
        self._label = name

        self._api = apigatewayv2.Api(
            name, protocol_type="HTTP", opts=pulumi.ResourceOptions(parent=self)
        )
        apigatewayv2.Stage(
            f"{name}-stage",
            api_id=self._api.id,
            name="$default",
            auto_deploy=True,
            default_route_settings=apigatewayv2.StageDefaultRouteSettingsArgs(
                throttling_rate_limit=args.requests_per_second,
                throttling_burst_limit=args.requests_per_second * BURST,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.host = self._api.api_endpoint.apply(lambda url: url.removeprefix("https://"))

        self.register_outputs({"host": self.host})

    def metric(self, name: str) -> Metric:
        """How many requests, or responses of a class such as `5xx`, there were."""
        return Metric(
            namespace="AWS/ApiGateway",
            name=name,
            statistic="Sum",
            dimensions={"ApiId": self._api.id},
        )

    def serve(
        self, target: Function, pool: UserPool, app: AppClient, *, under: str, public: Sequence[str]
    ) -> None:
        """Forward every request whose path begins with `under` to `target`.

        It needs a token of `app`, but for reads of the paths in `public`. Paths are without the
        slash at their beginning.
        """
        integration = self._integration(target, under)
        authorizer = apigatewayv2.Authorizer(
            f"{self._label}-authorizer",
            api_id=self._api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration=apigatewayv2.AuthorizerJwtConfigurationArgs(
                issuer=pool.issuer, audiences=[app.id]
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # No request may arrive before the rights to handle it.
        ready = pulumi.ResourceOptions(parent=self, depends_on=target.grants)
        destination = pulumi.Output.concat("integrations/", integration.id)
        apigatewayv2.Route(
            f"{self._label}-signed-in",
            api_id=self._api.id,
            route_key=f"ANY /{under}{{proxy+}}",
            target=destination,
            authorization_type="JWT",
            authorizer_id=authorizer.id,
            opts=ready,
        )
        for path in public:
            apigatewayv2.Route(
                f"{self._label}-{path.rpartition('/')[2]}",
                api_id=self._api.id,
                route_key=f"GET /{path}",
                target=destination,
                authorization_type="NONE",
                opts=ready,
            )

    def _integration(self, target: Function, under: str) -> apigatewayv2.Integration:
        target.grants.append(
            lambda_.Permission(
                f"{target.label}-invoke",
                action="lambda:InvokeFunction",
                function=target.name,
                principal="apigateway.amazonaws.com",
                source_arn=pulumi.Output.concat(self._api.execution_arn, f"/*/*/{under}*"),
                opts=pulumi.ResourceOptions(parent=self),
            )
        )
        return apigatewayv2.Integration(
            f"{self._label}-integration",
            api_id=self._api.id,
            integration_type="AWS_PROXY",
            integration_uri=target.arn,
            payload_format_version="2.0",
            timeout_milliseconds=target.timeout_seconds * 1000,
            opts=pulumi.ResourceOptions(parent=self),
        )
