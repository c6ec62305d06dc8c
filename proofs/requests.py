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
from urllib.parse import parse_qsl

from aws_lambda_powertools.utilities.typing import LambdaContext

from api.handler import application, respond
from api.pictures import Pictures
from api.services import Services, services
from api.settings import Settings
from api.trash import Trash
from api.uploads import Uploads
from api.verdicts import Verdicts
from pipeline.address import UploadKey
from pipeline.catalog import Catalog
from pipeline.item import Item
from pipeline.original import image_id
from pipeline.quota import Limits
from proofs.memory import (
    MemoryBlocks,
    MemoryBus,
    MemoryClock,
    MemoryItems,
    MemoryLedger,
    MemoryListing,
    MemoryOriginals,
    MemoryPreviews,
    MemoryRecords,
    MemorySigner,
    MemoryStatuses,
    MemoryTable,
    MemoryTrail,
    MemoryVersions,
)
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
        path, _, query = self.path.partition("?")
        return {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "queryStringParameters": dict(parse_qsl(query)),
            "headers": {},
            "requestContext": {
                "authorizer": {"jwt": {"claims": {"sub": OWNER, "token_use": "access"}}},
                "http": {"method": self.method, "path": path},
                "stage": "$default",
            },
            "body": None if self.body is None else json.dumps(self.body),
        }


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
    table = MemoryTable()
    for number in range(PICTURES):
        key = str(UploadKey(owner_id=OWNER, upload_id=UPLOAD.format(number), name="holiday.jpg"))
        table.items[image_id(key)] = replace(item, key=key, image_id=image_id(key))
    ids = list(table.items)
    file = {"name": "a.jpg", "type": "image/jpeg", "bytes": 4_000_000, "sha256": "0" * 64}
    whole = _kilobytes(item.to_dict())
    row = _kilobytes({name: item.to_dict().get(name) for name in listed})
    eventual = ceil(whole / 4) / 2
    return [
        _taken(
            Request("sign an upload", "POST", "/api/uploads", 100, {"files": [file]}),
            *(table, environment, {"get record": (1, 0), "put record": (0, 1)}),
        ),
        _taken(
            Request("the status of one picture", "GET", f"/api/status?ids={ids[0]}", 1000),
            *(table, environment, {"find states": (eventual, 0)}),
        ),
        _taken(
            Request(
                f"a page of {PICTURES} pictures", "GET", f"/api/pictures?limit={PICTURES}", 200
            ),
            *(table, environment, {"list": (0, 0), "rows": (row / 4 / 2, 0), "months": (0.5, 0)}),
        ),
        _taken(
            Request("one picture", "GET", f"/api/pictures/{ids[0]}", 1000),
            *(table, environment, {"get item": (ceil(whole / 4), 0)}),
        ),
    ]


def _taken(
    request: Request,
    table: MemoryTable,
    environment: Mapping[str, str],
    units: Mapping[str, tuple[float, float]],
) -> Taken:
    """What the request takes, with the read and write units of each call that it makes."""
    calls: Counter[str] = Counter()

    def count(word: str) -> None:
        calls[word] += 1

    table.pause = count
    listing = MemoryListing(table)
    app = application()
    made = _services(environment, table, listing, count)
    app.dependency_overrides[services] = lambda: made

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


def _services(
    environment: Mapping[str, str],
    table: MemoryTable,
    listing: MemoryListing,
    count: Callable[[str], None],
) -> Services:
    settings = from_environment(Settings, environment)
    clock, bus, signer, trail = MemoryClock(), MemoryBus(count), MemorySigner(), MemoryTrail()
    originals = MemoryOriginals(clock, pause=count)
    catalog, items = Catalog(table, clock), MemoryItems(table)
    return Services(
        settings=settings,
        clock=clock,
        pictures=Pictures(
            catalog, items, listing, MemoryStatuses(table), bus, "open", settings.shared
        ),
        uploads=Uploads(
            MemoryRecords(count),
            items,
            signer,
            clock,
            Limits(bytes=settings.quota_bytes, pictures=settings.quota_pictures),
            lambda: UPLOAD.format(0),
        ),
        trash=Trash(
            catalog,
            MemoryVersions(originals),
            MemoryPreviews(count),
            trail,
            clock,
            settings.retention_days,
        ),
        verdicts=Verdicts(catalog, MemoryBlocks(count), bus, trail, clock),
        signer=signer,
        trail=trail,
        ledger=MemoryLedger(table, count),
        passes=None,
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
