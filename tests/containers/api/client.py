"""Sends requests to the API as the gateway would, with fakes behind it."""

import copy
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from api.handler import application, respond
from api.services import Services, services
from api.settings import Settings
from pipeline.facts import Analysis, Label
from pipeline.item import Item, Verdict
from pipeline.lifecycle import Analysed, Deleted, Received, Rendered, Rendering
from pipeline.policy import Moderation, Policy, Quality
from proofs.stack import MemoryStack
from tests.containers.found import MEASUREMENT, SHA256

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
    spending_table="spending",
    likeness_table="likeness",
    vectors_table="vectors",
    embedding="titan",
    next_embedding="none",
    pipeline_bus="pipeline",
    pictures_url="https://pictures.example.org",
    stage="dev",
    gate="open",
    shared=False,
    quota_bytes=1000,
    quota_pictures=10,
    retention_days=7,
    audit_days=0,
    signing_key="",
    signing_key_id="",
    policy=Policy(
        min_confidence=55,
        quality=Quality(min_sharpness=0, min_brightness=0, max_brightness=100, min_contrast=0),
        moderation=Moderation(hold=50, reject=90),
    ),
)

CONTENT = "c0c0c0c0c0c0c0c0"
"""The content id of every rendition."""

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
    cookies: Sequence[str] = ()

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """An error's code."""
        code: str = self.body["code"]
        return code


class Memory(MemoryStack):
    """A stack in memory, and the pictures in it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(replace(SETTINGS, **settings))

    def picture(
        self,
        owner_id: str | None = ANN,
        *,
        name: str = "a.jpg",
        decision: str = "accept",
        taken_at: str | None = None,
        labels: Sequence[str] = (),
        rendered: bool = True,
        found: Mapping[str, Any] | None = None,
    ) -> Item:
        """An uploaded picture, analysed and rendered."""
        number = len(self.table.items)
        folder = f"{owner_id}/{number:08x}-1111-4111-8111-111111111111/" if owner_id else ""
        original = self.originals.store(f"uploads/{folder}{name}", f"bytes {number}".encode())
        self.catalog.advance(Received(original=original))
        exif = (
            {"taken_at": taken_at, "gps": {"latitude": 47.0, "longitude": 8.5}}
            if taken_at
            else None
        )
        if rendered:
            self.catalog.advance(Rendering(original=original, content=CONTENT))
            key = f"i/{original.image_id}/{CONTENT}/small.jpg"
            file = {"key": key, "width": 4, "height": 3, "bytes": 9}
            self.catalog.advance(
                Rendered(
                    original=original,
                    content=CONTENT,
                    renditions={"small": {"jpeg": file}},
                    measurement=replace(MEASUREMENT, exif=exif, **(found or {})),
                )
            )
        known = tuple(Label(name=each, confidence=90, parents=[]) for each in labels)
        item = self.catalog.advance(
            Analysed(
                original=original,
                verdict=Verdict(decision=decision),  # type: ignore[arg-type]  # one of three words
                analysis=Analysis(labels=known),
                sha256=SHA256,
            )
        )
        assert item is not None
        return item

    def trashed(self, item: Item) -> Item:
        """The picture after its deletion has been processed."""
        gone = self.catalog.advance(Deleted(original=self.originals.delete(item.key)))
        assert gone is not None
        return gone


def memory_services() -> Services:
    """The services, all of them in memory."""
    return Memory().services


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
        data: bytes | None = None,
    ) -> Answer:
        """The response to a request with the JSON `body`, or with `text` or `data` as they are."""
        event = copy.deepcopy(REQUEST)
        event["rawPath"] = event["requestContext"]["http"]["path"] = path
        event["requestContext"]["http"]["method"] = method
        if query:
            event["queryStringParameters"] = dict(query)
        if claims is None:
            del event["requestContext"]["authorizer"]
        else:
            event["requestContext"]["authorizer"]["jwt"]["claims"] = dict(claims)
        if body is not None or text is not None or data is not None:
            event["headers"]["content-type"] = "application/json"
            event["body"] = json.dumps(body) if text is None else text
        if data is not None:
            event |= {"body": b64encode(data).decode(), "isBase64Encoded": True}
        event["headers"] |= headers or {}
        made = respond(self.app, event, LambdaContext())
        return Answer(made["statusCode"], made["headers"], made["body"], made.get("cookies", ()))

    def get(self, path: str, **given: Any) -> Answer:
        return self.request("GET", path, **given)

    def patch(self, path: str, **given: Any) -> Answer:
        return self.request("PATCH", path, **given)

    def delete(self, path: str, **given: Any) -> Answer:
        return self.request("DELETE", path, **given)

    def post(self, path: str, **given: Any) -> Answer:
        return self.request("POST", path, **given)
