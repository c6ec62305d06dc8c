"""The API's own description, an OpenAPI document made from the routes."""

from functools import cache

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server

from pipeline.address import API_DESCRIPTION

__all__ = ["PATH", "describe"]

PATH = f"/{API_DESCRIPTION}"


@cache
def describe(app: APIGatewayHttpResolver) -> str:
    """The OpenAPI document of all routes, as JSON."""
    return app.get_openapi_json_schema(
        title="Darkroom",
        version="1",
        description="Pictures of a team: uploads, queries and verdicts.",
        servers=[Server(url="/")],
        security_schemes={"token": HTTPBearer(bearerFormat="JWT")},
        security=[{"token": []}],
    )
