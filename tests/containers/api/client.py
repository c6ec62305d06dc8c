"""Sends requests to the API as the gateway would, with fakes behind it."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from api.handler import application, respond
from api.services import Services, services
from api.settings import Settings
from proofs.memory import MemoryClock

ANN = "11111111-1111-4111-8111-111111111111"
RITA = "22222222-2222-4222-8222-222222222222"

REQUEST: dict[str, Any] = json.loads(Path(__file__).with_name("request.json").read_text())
"""A request as the HTTP API hands it over, in format 2.0."""

SETTINGS = Settings(
    originals_bucket="originals",
    previews_bucket="previews",
    renditions_bucket="renditions",
    catalog_table="catalog",
    uploads_table="uploads",
    audit_table="audit",
    pipeline_bus="pipeline",
    user_pool_id="eu-west-1_people",
    pictures_url="https://pictures.example.org",
    stage="dev",
    gate="open",
    shared=False,
    quota_bytes=1000,
    quota_pictures=10,
    retention_days=7,
    audit_days=0,
)

Claims = Mapping[str, str]


def claims_of(owner_id: str, *groups: str) -> dict[str, str]:
    """The claims of a person's access token, as the authorizer hands them over."""
    claims = {**REQUEST["requestContext"]["authorizer"]["jwt"]["claims"], "sub": owner_id}
    if groups:
        claims["cognito:groups"] = f"[{' '.join(groups)}]"
    return claims


AS_ANN = claims_of(ANN)
AS_RITA = claims_of(RITA, "reviewers")


@dataclass(frozen=True)
class Answer:
    """A response, with the names of its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """An error's code."""
        code: str = self.body["code"]
        return code


def memory_services() -> Services:
    """The services, all of them in memory."""
    return Services(settings=SETTINGS, clock=MemoryClock())


@dataclass
class Client:
    """Sends requests to the API."""

    services: Services = field(default_factory=memory_services)

    def __post_init__(self) -> None:
        self.app = application()
        self.app.dependency_overrides[services] = lambda: self.services

    def request(
        self,
        method: str,
        path: str,
        *,
        claims: Claims | None = AS_ANN,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        text: str | None = None,
    ) -> Answer:
        """The response to a request with the JSON `body`, or with `text` as it is."""
        event = copy.deepcopy(REQUEST)
        event["rawPath"] = event["requestContext"]["http"]["path"] = path
        event["requestContext"]["http"]["method"] = method
        event["headers"] |= headers or {}
        if query:
            event["queryStringParameters"] = dict(query)
        if claims is None:
            del event["requestContext"]["authorizer"]
        else:
            event["requestContext"]["authorizer"]["jwt"]["claims"] = dict(claims)
        if body is not None or text is not None:
            event["headers"]["content-type"] = "application/json"
            event["body"] = json.dumps(body) if text is None else text
        made = respond(self.app, event, LambdaContext())
        return Answer(made["statusCode"], made["headers"], made["body"])

    def get(self, path: str, **given: Any) -> Answer:
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> Answer:
        return self.request("POST", path, **given)
