"""The API's own description, an OpenAPI document made from the routes."""

import json
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from pipeline.address import API_DESCRIPTION

__all__ = ["PATH", "describe"]

PATH = f"/{API_DESCRIPTION}"

PROBLEM = {
    "title": "Problem",
    "description": (
        "An error. The gateway's own, such as 401 and 429, have a message and no code."
    ),
    "type": "object",
    "properties": {
        "code": {"type": "string", "description": "Stays as it is; meant for programs"},
        "message": {"type": "string", "description": "May change; meant for people"},
    },
    "required": ["message"],
}


@cache
def describe(app: APIGatewayHttpResolver) -> str:
    """The OpenAPI document of all routes, as JSON."""
    # Here, as these models take most of the time that a cold start has.
    from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server

    schema = app.get_openapi_schema(
        title="Darkroom",
        version="1",
        description="Pictures of a team: uploads, queries and verdicts.",
        servers=[Server(url="/")],
        security_schemes={"token": HTTPBearer(bearerFormat="JWT")},
        security=[{"token": []}],
    )
    described = json.loads(schema.model_dump_json(by_alias=True, exclude_none=True))
    _describe_errors(described)
    return json.dumps(described, separators=(",", ":"))


def _describe_errors(described: dict[str, Any]) -> None:
    """Put our errors in the place of Powertools' own, which the API never sends."""
    schemas = described["components"]["schemas"]
    for name in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in described["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            for status in operation["responses"].keys() & {"202", "204"}:
                # Powertools describes the absence of a body as a body that is null.
                operation["responses"][status].pop("content", None)
            operation["responses"]["default"] = {"description": "An error", "content": content}
