"""The API describes itself as it is."""

from typing import Any

import pytest

from proofs.pages import OPENAPI, openapi
from tests.containers.api.client import Client


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    described: dict[str, Any] = Client().get("/api/openapi.json", claims=None).body
    return described


def operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for path in described["paths"].values() for each in path.values()]


def test_every_operation_says_what_it_is_and_needs_a_token(described: dict[str, Any]) -> None:
    assert described["security"] == [{"token": []}]
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for operation in operations(described):
        assert operation["summary"]
        assert "security" not in operation


def test_every_error_is_a_code_and_a_message(described: dict[str, Any]) -> None:
    for operation in operations(described):
        assert "422" not in operation["responses"]
        error = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert error == {"$ref": "#/components/schemas/Problem"}
    assert described["components"]["schemas"]["Problem"]["properties"].keys() == {
        "code",
        "message",
    }


def test_every_reference_leads_to_a_schema(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert {each.rpartition("/")[2] for each in _references(described)} <= schemas.keys()


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for below in value.values() for found in _references(below)]
    if isinstance(value, list):
        return [found for below in value for found in _references(below)]
    return []


def test_the_document_in_the_repository_is_what_the_api_serves() -> None:
    assert OPENAPI.read_text(encoding="utf-8") == openapi()
