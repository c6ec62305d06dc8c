"""The function that makes a rendition when somebody first asks for its address.

CloudFront asks it for what the bucket of renditions lacks. It makes one file by the steps of
`resize`, stores it, and responds; the next request is served from the bucket.
"""

import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from time import sleep
from typing import Any, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.dynamodb import DynamoTable
from aws.dynamodb_claims import DynamoClaims
from aws.dynamodb_spending import DynamoLedger
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Originals, S3Recipes
from aws.s3_made import S3Made
from develop.nearest import nearest
from pictures.formats import CONTENT_TYPES, EXTENSIONS
from pictures.limits import Limits, UnreadableError
from pipeline.address import RenditionKey, content_prefix, parse_rendition
from pipeline.bus import Bus
from pipeline.catalog import Table
from pipeline.claims import Claims, Made
from pipeline.clock import Clock, milliseconds, utc
from pipeline.demand import DemandError, canonical, formats, wanted
from pipeline.events import RenditionsObsolete
from pipeline.item import Item
from pipeline.lifecycle import shown_content
from pipeline.policy import Gate
from pipeline.prices import demand_usd
from pipeline.recipe import Format, Recipe, Rendition
from pipeline.spending import Ledger, day_of
from pipeline.storage import (
    OriginalChangedError,
    OriginalGoneError,
    OriginalRefusedError,
    Originals,
    OriginalTooLargeError,
)
from rendering.focus import focus_of
from rendering.framing import Focus
from rendering.renditions import File, develop_one
from runtime.logging import logger
from runtime.metrics import count
from runtime.settings import from_environment

__all__ = ["Answer", "Develop", "Make", "Settings", "answered", "handler"]

MOST_BYTES = 4_500_000
"""Lambda answers with 6 MB at most, and base 64 makes four bytes of three."""

CLAIMED = timedelta(seconds=60)
"""How long a claim holds: twice as long as the function may take."""

POLLS = 8
POLL_SECONDS = 0.25
"""Whoever waits keeps an execution from others, so nobody waits longer than two seconds."""

SHORT = "public, max-age=60"
"""Of what is made just now: caches may hold it for so long after the picture is gone. The stored
file, which CloudFront can be told to drop, is kept for a year."""

MISSING = "public, max-age=5"
"""Of what is not shown, but may be at any moment."""

MALFORMED = "public, max-age=5"
"""Of what the edge should have refused. While a deployment changes the ladder or the presets, the
edge may know of steps that this function does not know yet."""

_UNREADABLE = (
    OriginalChangedError,
    OriginalGoneError,
    OriginalRefusedError,
    OriginalTooLargeError,
    UnreadableError,
)


@dataclass(frozen=True)
class Settings:
    """The function's environment."""

    originals_bucket: str
    renditions_bucket: str
    catalog_table: str
    spending_table: str
    claims_table: str
    pipeline_bus: str
    gate: str
    recipe: str
    """The digest under which the bucket of renditions has the recipe."""
    on_demand_daily_usd: int
    on_demand_per_picture: int


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Make(Protocol):
    """Makes one rendition."""

    def __call__(
        self, data: bytes, rendition: Rendition, entry: Format, /, *, focus: Focus | None
    ) -> File:
        """The result of `rendering.renditions.develop_one`."""


@dataclass(frozen=True)
class _Request:
    """A well-formed request for a rendition on demand."""

    key: RenditionKey
    rendition: Rendition
    entry: Format

    @property
    def file(self) -> str:
        return f"{self.key.name}.{self.key.extension}"

    @property
    def prefix(self) -> str:
        return content_prefix(self.key.image_id, self.key.content_id)


@dataclass(frozen=True, kw_only=True)
class Develop:
    """Answers requests for addresses that the bucket of renditions lacks.

    A file is stored only where the catalog shows its content both before it is made and after it is
    written; whoever retires the content later finds it there. So no file outlives its picture,
    unless the function dies between the two, which `reconcile` repairs.
    """

    table: Table
    originals: Originals
    made: Made
    claims: Claims
    ledger: Ledger
    bus: Bus
    make: Make
    recipe: Recipe
    gate: Gate
    daily_usd: float
    """What may be made in a day, in US dollars."""
    per_picture: int
    """How many files may be made of one content."""
    limit: int
    """Bytes of an original that are read at most."""
    memory_mb: int
    clock: Clock
    wait: Callable[[float], None] = sleep
    by_extension: Mapping[str, Format] = field(init=False)

    def __post_init__(self) -> None:
        known = {EXTENSIONS[each.format]: each for each in formats(self.recipe)}
        object.__setattr__(self, "by_extension", known)

    def __call__(self, path: str) -> Answer:
        """The response to a GET of this path, which begins with a slash."""
        request = self._request(path)
        if isinstance(request, Answer):
            return request
        item = self.table.get(request.key.image_id)
        if item is None or not self._shows(item, request):
            return _text(404, "nothing is shown at this address", MISSING)
        if request.key.content_id != item.content:
            # Of an earlier version nothing but its renditions is known.
            return self._instead(request, item)
        if _unanalysed(request.rendition, item):
            return _text(404, "the analysis that this rendition needs is not there yet", MISSING)
        if self.ledger.demand(day_of(self.clock())) >= self.daily_usd:
            return self._limited(request, item, "the dollars of the day")
        at = self.clock()
        claim = self.claims.claim(
            request.prefix, request.file, at=at, until=at + CLAIMED, most=self.per_picture
        )
        match claim:
            case "taken":
                return self._wait(request)
            case "full":
                return self._limited(request, item, "the renditions of a picture")
            case "again" if data := self.made.read(str(request.key)):
                return self._there(request, data)
            case _:
                return self._claimed(request, item, at)

    def _request(self, path: str) -> _Request | Answer:
        key = parse_rendition(path.removeprefix("/"))
        if key is None:
            return _text(400, "the path must be /i/IMAGE/CONTENT/NAME.EXTENSION", MALFORMED)
        entry = self.by_extension.get(key.extension or "")
        if entry is None:
            known = ", ".join(self.by_extension)
            return _text(
                400, f"the extension must be one of {known}, got {key.extension}", MALFORMED
            )
        if rendition := wanted(key.name, self.recipe):
            return _Request(key, rendition, entry)
        try:
            name = canonical(key.name, self.recipe)
        except DemandError as error:
            return _text(400, str(error), MALFORMED)
        if name != key.name:
            return _text(400, f"the name must be written {name}, got {key.name}", MALFORMED)
        # A rendition that is made ahead, and is not there, or not yet.
        return _text(404, f"there is no rendition {name}", MISSING)

    def _shows(self, item: Item | None, request: _Request) -> bool:
        if item is None:
            return False
        content = shown_content(item.status, item.content, item.previous_content, self.gate)
        return content == request.key.content_id

    def _claimed(self, request: _Request, item: Item, start: datetime) -> Answer:
        try:
            file = self._make(request, item, start)
        except _UNREADABLE as error:
            # Its original is being deleted or replaced, or is beyond a limit.
            logger.warning("not made", extra={"key": str(request.key), "reason": repr(error)})
            return _text(404, "this rendition cannot be made", SHORT)
        except Exception:
            self._release(request, stored=False)
            raise
        try:
            return self._store(request, item, file)
        except Exception:
            self._release(request, stored=True)
            raise

    def _release(self, request: _Request, *, stored: bool) -> None:
        """After an outage the next request may succeed, and would wait for this one otherwise."""
        self.claims.release(request.prefix, request.file, at=self.clock(), counts=stored)

    def _store(self, request: _Request, item: Item, file: File) -> Answer:
        key = str(request.key)
        try:
            written = self.made.write(key, file.data, file.content_type)
            shows = self._shows(self.table.get(request.key.image_id), request)
        except Exception:
            # A file may be there, and nobody knows here whether it may be.
            self._have_retired(request, item)
            raise
        if not shows:
            # Also where a file was there: it may be this one, and only the response was lost.
            self._take_back(request, item)
            return _text(404, "nothing is shown at this address any more", MISSING)
        if not written:
            return self._there(request, self.made.read(key))
        count("Developed")
        logger.info("developed", extra={"key": key, "bytes": len(file.data)})
        if len(file.data) > MOST_BYTES:
            # Only whoever wrote the file redirects, so that a bucket which CloudFront cannot read
            # makes no loop. A fragment leads to the address that was asked for, with its signature.
            return Answer(302, {"Location": "#stored", "Cache-Control": "no-store"})
        return _picture(file.data, file.content_type)

    def _make(self, request: _Request, item: Item, start: datetime) -> File:
        """The file; its cost is counted before it is stored, and also where nothing comes of it."""
        try:
            upload = self.originals.read(item.original, limit=self.limit)
            return self.make(upload.data, request.rendition, request.entry, focus=_focus(item))
        finally:
            now = self.clock()
            usd = demand_usd(milliseconds(start, now), self.memory_mb)
            self.ledger.add_demand(day_of(now), request.key.image_id, usd)

    def _take_back(self, request: _Request, item: Item) -> None:
        """Remove a file that is there by now. CloudFront may have found it in between, and S3 may
        fail to remove it."""
        try:
            self.made.remove(str(request.key))
        finally:
            self._have_retired(request, item)
        logger.info("taken back", extra={"key": str(request.key)})

    def _have_retired(self, request: _Request, item: Item) -> None:
        """Have `retire` remove what there is of the content, and CloudFront drop it, unless it is
        shown."""
        contents = [request.key.content_id]
        self.bus.publish(
            [RenditionsObsolete(original=item.original, contents=contents, previews=[])]
        )

    def _there(self, request: _Request, data: bytes | None) -> Answer:
        """The answer with a file that CloudFront should have found by itself."""
        count("AlreadyThere")
        logger.warning(
            "the file is there: CloudFront may be unable to read the bucket of renditions",
            extra={"key": str(request.key)},
        )
        return self._stored(request, data)

    def _wait(self, request: _Request) -> Answer:
        """The answer with what another request has made within moments."""
        for _ in range(POLLS):
            self.wait(POLL_SECONDS)
            if data := self.made.read(str(request.key)):
                return self._stored(request, data)
        return _later()

    def _stored(self, request: _Request, data: bytes | None) -> Answer:
        if data is None or len(data) > MOST_BYTES:
            return _later()
        return _picture(data, CONTENT_TYPES[request.entry.format])

    def _limited(self, request: _Request, item: Item, limit: str) -> Answer:
        count("Limited")
        logger.info("limited", extra={"key": str(request.key), "limit": limit})
        return self._instead(request, item)

    def _instead(self, request: _Request, item: Item) -> Answer:
        """The answer with the nearest rendition that is there."""
        made = item.renditions if item.renditions is not None else item.previous
        for key in nearest(request.rendition, request.entry.format, made or {}, self.recipe):
            data = self.made.read(key)
            if data and len(data) <= MOST_BYTES:
                return _picture(data, CONTENT_TYPES[request.entry.format])
        return _text(404, "no rendition of this format is there that could stand in", MISSING)


def _focus(item: Item) -> Focus | None:
    """What is known now; of two who know different things, what the first wrote stays."""
    return focus_of(item, analysed=item.verdict is not None)


def _unanalysed(rendition: Rendition, item: Item) -> bool:
    """Whether what the rendition hides, or keeps in view, is not looked for yet."""
    if rendition.needs and item.verdict is None:
        return True
    focus = _focus(item)
    searched = focus.searched if focus else ()
    hides = (("faces", rendition.hide_faces), ("text", rendition.hide_text))
    return any(hiding and kind not in searched for kind, hiding in hides)


def _picture(data: bytes, content_type: str) -> Answer:
    return Answer(200, {"Content-Type": content_type, "Cache-Control": SHORT}, data)


def _text(status: int, problem: str, caching: str) -> Answer:
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": caching}
    return Answer(status, headers, f"{problem}\n".encode())


def _later(problem: str = "this rendition is being made") -> Answer:
    """CloudFront keeps errors of the kind 5xx for seconds, whatever they say."""
    answer = _text(503, problem, "no-store")
    return Answer(answer.status, {**answer.headers, "Retry-After": "1"}, answer.body)


def answered(ask: Callable[[], Answer]) -> Answer:
    """The answer, or 503 where AWS fails: whatever a function raises reaches viewers as a 502 that
    asks nobody to come back."""
    try:
        return ask()
    except Exception:
        count("Failed")
        logger.exception("not answered")
        return _later("this rendition cannot be made now")


@cache
def _develop(memory_mb: int) -> Develop:
    settings = from_environment(Settings, os.environ)
    limits = Limits.for_memory(memory_mb)
    recipes = S3Recipes(settings.renditions_bucket)
    recipe = recipes.recipe(settings.recipe)
    marks = recipes.watermarks(recipe)

    def make(data: bytes, rendition: Rendition, entry: Format, *, focus: Focus | None) -> File:
        return develop_one(data, rendition, entry, recipe, limits, focus=focus, marks=marks)

    return Develop(
        table=DynamoTable(settings.catalog_table),
        originals=S3Originals(settings.originals_bucket),
        made=S3Made(settings.renditions_bucket),
        claims=DynamoClaims(settings.claims_table),
        ledger=DynamoLedger(settings.spending_table),
        bus=EventBridgeBus(settings.pipeline_bus),
        make=make,
        recipe=recipe,
        gate="guarded" if settings.gate == "guarded" else "open",
        daily_usd=settings.on_demand_daily_usd,
        per_picture=settings.on_demand_per_picture,
        limit=limits.bytes,
        memory_mb=memory_mb,
        clock=utc,
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point, for a request to the function's address."""
    memory_mb = int(context.memory_limit_in_mb)
    answer = answered(lambda: _develop(memory_mb)(event["rawPath"]))
    head = event["requestContext"]["http"]["method"] == "HEAD"
    return {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "isBase64Encoded": True,
        "body": "" if head else b64encode(answer.body).decode(),
    }
