"""What requests to the API take: calls of DynamoDB counted where the function makes them, and its
processor time."""

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from api.handler import application, respond
from api.services import services
from api.settings import Settings
from pipeline.address import UploadKey
from pipeline.item import Item
from pipeline.original import image_id
from proofs.gateway import request_event
from proofs.stack import MemoryStack
from runtime.settings import from_environment

__all__ = ["Request", "Taken", "requests"]

ROUNDS = 21
PICTURES = 100
OWNER = "11111111-1111-4111-8111-111111111111"
UPLOAD = "22222222-2222-4222-8222-{:012}"


@dataclass(frozen=True)
class Request:
    """A request that a person's browser sends."""

    name: str
    method: str
    path: str
    a_month: int
    """How often a person sends it in a month, for an example."""
    body: Any = None

    def event(self) -> dict[str, Any]:
        """What the HTTP API hands over."""
        return request_event(self.method, self.path, caller=OWNER, body=self.body)


@dataclass(frozen=True)
class Taken:
    """What one request takes."""

    request: Request
    read_units: float
    write_units: float
    ms: float


def requests(item: Item, environment: Mapping[str, str], listed: Sequence[str]) -> list[Taken]:
    """What requests take of somebody with `PICTURES` pictures like `item`.

    `listed` has the names of the attributes that an index carries.
    """
    settings, items = from_environment(Settings, environment), {}
    for number in range(PICTURES):
        key = str(UploadKey(owner_id=OWNER, upload_id=UPLOAD.format(number), name="holiday.jpg"))
        items[image_id(key)] = replace(item, key=key, image_id=image_id(key))
    ids = list(items)
    file = {"name": "a.jpg", "type": "image/jpeg", "bytes": 4_000_000, "sha256": "0" * 64}
    whole = _kilobytes(item.to_dict())
    row = _kilobytes({name: item.to_dict().get(name) for name in listed})
    eventual = ceil(whole / 4) / 2
    return [
        _taken(
            Request("sign an upload", "POST", "/api/uploads", 100, {"files": [file]}),
            items,
            settings,
            {"get record": (1, 0), "put record": (0, 1), "look for the same file": (0.5, 0)},
        ),
        _taken(
            Request("the status of one picture", "GET", f"/api/status?ids={ids[0]}", 1000),
            *(items, settings, {"find states": (eventual, 0)}),
        ),
        _taken(
            Request(
                f"a page of {PICTURES} pictures", "GET", f"/api/pictures?limit={PICTURES}", 200
            ),
            *(items, settings, {"list": (0, 0), "rows": (row / 4 / 2, 0), "months": (0.5, 0)}),
        ),
        _taken(
            Request("one picture", "GET", f"/api/pictures/{ids[0]}", 1000),
            *(items, settings, {"get item": (ceil(whole / 4), 0)}),
        ),
    ]


def _taken(
    request: Request,
    items: Mapping[str, Item],
    settings: Settings,
    units: Mapping[str, tuple[float, float]],
) -> Taken:
    """What the request takes, with the read and write units of each call that it makes."""
    calls: Counter[str] = Counter()

    def count(word: str) -> None:
        calls[word] += 1

    stack = MemoryStack(settings, count)
    stack.table.items |= items
    listing, app = stack.listing, application()
    app.dependency_overrides[services] = lambda: stack.services

    def send() -> None:
        response = respond(app, request.event(), LambdaContext())
        if response["statusCode"] >= 300:
            raise RuntimeError(f"{request.name}: {response}")

    send()
    if listing.reads:
        calls |= {"list": listing.reads - 1, "months": 1, "rows": listing.read}
    return Taken(
        request,
        sum(units[word][0] * number for word, number in calls.items()),
        sum(units[word][1] * number for word, number in calls.items()),
        _milliseconds(send),
    )


def _kilobytes(values: Mapping[str, Any]) -> float:
    return len(json.dumps(values, default=str)) / 1000


def _milliseconds(work: Callable[[], None]) -> float:
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - began))
    return statistics.median(spent)
