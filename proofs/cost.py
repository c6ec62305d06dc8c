"""Compute what one picture and one person cost on AWS, at list prices.

    python -m proofs.cost        writes docs/cost.md

The three functions of an upload run here with the dev stage's recipe and analyses, on a photograph
of 12 megapixels and on in-memory stand-ins that count the calls to AWS. Rekognition's own time
cannot be measured on one machine; `--rekognition-ms` sets it.
"""

from __future__ import annotations

import io
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from math import ceil
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from develop.handler import Develop
from notify.handler import Notify
from pictures.limits import Limits
from pipeline.address import content_prefix, recipe_key
from pipeline.analyses import Analyses
from pipeline.catalog import Catalog
from pipeline.demand import wanted
from pipeline.events import ImageReady, ObjectCreated
from pipeline.inventory import Listed
from pipeline.item import Item
from pipeline.likeness import ENTRIES, Look, Shelved, bands, owner_of
from pipeline.original import Original, image_id
from pipeline.policy import Policy
from pipeline.prices import (
    analyses_usd,
    embeddings_usd,
    function_usd,
    invalidations_usd,
    writes_usd,
)
from pipeline.recipe import Format, Recipe, Rendition
from pipeline.spending import Budget
from pipeline.stage_run import StageRun
from pipeline.storage import Current, Upload
from proofs import markdown
from proofs.memory import (
    MemoryAddresses,
    MemoryAnswers,
    MemoryBlocks,
    MemoryBus,
    MemoryClaims,
    MemoryClock,
    MemoryEdge,
    MemoryLedger,
    MemoryLooks,
    MemoryMade,
    MemoryOriginals,
    MemoryPreviews,
    MemoryRenditions,
    MemoryTable,
    MemoryTopic,
    MemoryVision,
)
from proofs.recorder import ROOT, Graph, record
from proofs.requests import Taken, requests
from reconcile.cursor import GRACE, Cursor
from reconcile.findings import expected_files
from reconcile.walk import Reconciliation
from rekognition.canonical import canonical_jpeg
from rekognition.handler import Analyse
from rendering.fingerprint import fingerprint
from rendering.framing import Focus
from rendering.renditions import Developed, File, develop, develop_one
from resize.handler import Resize
from runtime.logging import logger
from settings import INVALIDATED_TOGETHER, INVALIDATIONS_COLLECTED_SECONDS

SAMPLE = ROOT / "samples" / "coffee.jpg"
PIXELS = (4032, 3024)
ROUNDS = 5
MEMORY_LIMIT = Limits.for_memory(1769)

MILLION = 1_000_000
PRICES = {
    "S3 PUT": 5.00,
    "S3 GET": 0.40,
    "S3 HEAD": 0.40,
    "S3 LIST": 5.00,
    "DynamoDB write unit": 0.625,
    "DynamoDB read unit": 0.125,
    "EventBridge event": 1.00,
    "SQS request": 0.40,
    "Lambda request": 0.20,
    "SNS publication": 0.50,
    "HTTP API request": 1.00,
    "CloudFront function": 0.10,
    "key value store read": 0.03,
}
"""US dollars per million, us-east-1, before any free tier. The price of EventBridge is also that of
S3's events, which AWS bills where they are switched on."""

POLLERS, POLL_SECONDS = 5, 20
"""How many long polls Lambda keeps open on an empty queue, by its documentation."""

ALARM_USD, DASHBOARD_USD, METRIC_USD = 0.10, 3.00, 0.30
"""Per month."""

COMPOSITE_ALARM_USD = 0.50

STORAGE_USD = 0.023
"""Per GB and month, S3 Standard."""

MONTHS = (1_000, 100_000, 10_000_000)
"""Pictures a month that the page has a column for."""

WEEKS = 30 / 7
PERSON_USD = {"LITE": 0.0055, "ESSENTIALS": 0.015, "PLUS": 0.02}
"""What Cognito bills for each person who signs in during a month, by the user pool's tier."""

IDLE_QUEUE_USD = POLLERS * 30 * 86400 / POLL_SECONDS * PRICES["SQS request"] / MILLION

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "detect_labels": {
        "Labels": [
            {"Name": f"Label {number}", "Confidence": 90.0, "Parents": [{"Name": "Label 0"}]}
            for number in range(15)
        ],
        "ImageProperties": {
            "Quality": {"Brightness": 60.0, "Sharpness": 80.0, "Contrast": 50.0},
            "DominantColors": [{"HexCode": "#aabbcc", "CSSColor": "darkgrey", "PixelPercent": 20.0}]
            * 5,
        },
    },
    "detect_moderation_labels": {"ModerationLabels": []},
}
"""What Rekognition finds in an ordinary photograph; fifteen labels make an item of a usual size."""

LOOK_KB = 0.3
"""An entry of the table `likeness`, names included: at most."""

VECTOR_KB = 2.5
"""An item of the table `vectors`: 384 numbers of six bytes with sign and list, and the rest."""

VECTOR_WRITE_USD, VECTOR_STORAGE_USD = 0.52, 0.25
"""Per GB that a vector index takes in, and per GB and month of a table or an index."""

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

ON_DEMAND = "640"
"""The size that a page with sizes on demand asks for: its address, in each format."""

COMPARED = 1000
"""Pictures of the bucket whose comparison is counted; a listing has as many objects a request."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Measured:
    """What one accepted picture takes."""

    calls: Counter[str]
    """By the words of `proofs.memory`."""
    item: Item
    developed: Developed
    resize_ms: float
    canonical_ms: float


@dataclass(frozen=True)
class Demanded:
    """What one file that is made on demand takes."""

    calls: Counter[str]
    """By the words of `proofs.memory`."""
    refused: Counter[str]
    """The same of a request for a picture that is not shown."""
    ms: Mapping[str, float]
    """By the format."""


@app.command()
def main(
    rekognition_ms: Annotated[
        int, typer.Option(min=0, help="Milliseconds that one call of Rekognition takes.")
    ] = 700,
    output: Annotated[Path, typer.Option(help="The Markdown page.")] = ROOT / "docs" / "cost.md",
) -> None:
    """Run the functions once over a photograph and price what they do."""
    logger.setLevel("WARNING")
    graph = record("dev")
    measured = _measure(graph)
    markdown.write(output, _page(graph, measured, _demand(graph, measured.item), rekognition_ms))
    typer.echo(output.read_text(encoding="utf-8"))


def _measure(graph: Graph) -> Measured:
    rekognition = _environment(graph, "rekognition")
    recipe = _recipe(graph)
    data = _photograph()
    developed = develop(data, recipe, MEMORY_LIMIT)

    def developing(data: bytes, *, isolated: bool, focus: Focus | None) -> Developed:
        return developed

    def canonical(data: bytes, *, isolated: bool) -> bytes:
        return canonical_jpeg(data, MEMORY_LIMIT).data

    calls: Counter[str] = Counter()

    def count(word: str) -> None:
        calls[word.partition("/")[0]] += 1

    clock = MemoryClock()
    table = MemoryTable(count)
    budget = Budget(1000, MemoryLedger(table, count))
    originals = MemoryOriginals(clock, pause=count)
    catalog = Catalog(table, clock)
    bus = MemoryBus(count)
    uploaded = ObjectCreated(original=originals.store("uploads/holiday.jpg", data))
    Resize(
        stage_run=StageRun("resize", catalog, originals, bus, clock, budget),
        renditions=MemoryRenditions(count),
        looks=MemoryLooks(count),
        develop=developing,
        sample=canonical,
        analysed_first=False,
        fingerprint=fingerprint(recipe),
        recipe=recipe.fingerprint,
        limit=MEMORY_LIMIT.bytes,
        memory_mb=1769,
        clock=clock,
    )(uploaded, 1)
    Analyse(
        StageRun("rekognition", catalog, originals, bus, clock, budget),
        canonical,
        MemoryVision(ANSWERS),
        MemoryAnswers(table, count),
        MemoryBlocks(count),
        MemoryLooks(count),
        MemoryPreviews(count),
        Analyses.from_json(rekognition["ANALYSES"]),
        Policy.from_json(rekognition["POLICY"]),
        MEMORY_LIMIT.bytes,
        1769,
        clock,
    )(uploaded, 1)
    [ready] = [event for event in bus.published if isinstance(event, ImageReady)]
    Notify(
        catalog,
        MemoryTopic(count),
        None,
        MemoryAddresses(),
        frozenset(),
        "https://pictures",
        "dev",
        clock,
        lambda: "me",
    )(ready, 1)
    item = catalog.get(uploaded.original.image_id)
    if item is None:
        raise AssertionError("the picture must be in the catalog")
    calls["get item"] -= 1  # the line above
    return Measured(
        calls,
        item,
        developed,
        _milliseconds(lambda: develop(data, recipe, MEMORY_LIMIT)),
        _milliseconds(lambda: canonical_jpeg(data, MEMORY_LIMIT)),
    )


def _demand(graph: Graph, item: Item) -> Demanded:
    """Ask `develop` for one size of the picture, and for one of a picture that is not shown."""
    recipe = _recipe(graph)
    rendition = wanted(ON_DEMAND, recipe)
    if rendition is None:
        raise AssertionError(f"{ON_DEMAND} must be a step of the ladder")
    data = _photograph()
    made = {
        entry.format: partial(develop_one, data, rendition, entry, recipe, MEMORY_LIMIT)
        for entry in recipe.formats
    }
    file = made["jpeg"]()
    calls: Counter[str] = Counter()

    def count(word: str) -> None:
        calls[word.partition("/")[0]] += 1

    def makes(_data: bytes, _rendition: Rendition, _entry: Format, *, focus: Focus | None) -> File:
        return file

    clock, table = MemoryClock(), MemoryTable(count)
    originals = MemoryOriginals(clock, pause=count)
    table.items[item.image_id] = replace(item, sequencer=originals.store(item.key, data).sequencer)
    asked = Develop(
        table=table,
        originals=originals,
        made=MemoryMade(MemoryRenditions(count)),
        claims=MemoryClaims(count),
        ledger=MemoryLedger(table, count),
        bus=MemoryBus(count),
        make=makes,
        recipe=recipe,
        gate="open",
        daily_usd=1.0,
        per_picture=1,
        limit=MEMORY_LIMIT.bytes,
        memory_mb=1769,
        clock=clock,
    )
    status = asked(f"/{content_prefix(item.image_id, item.content or '')}{ON_DEMAND}.jpg").status
    first = Counter(calls)
    calls.clear()
    refused = asked(f"/{content_prefix('0' * 32, '0' * 16)}{ON_DEMAND}.jpg").status
    if (status, refused) != (200, 404):
        raise AssertionError(f"the answers must be 200 and 404, got {status} and {refused}")
    return Demanded(first, calls, {name: _milliseconds(make) for name, make in made.items()})


def _on_demand(demanded: Demanded, item: Item) -> str:
    """The section about sizes on demand."""
    ms = statistics.mean(demanded.ms.values())
    calls = demanded.calls
    # CloudFront asks the bucket before the function.
    billed = {
        "S3 PUT": sum(count for word, count in calls.items() if word.startswith("write image")),
        "S3 GET": 1 + calls["read original"] + calls["read rendition"],
        "DynamoDB write unit": calls["claim file"] + calls["charge the demand"],
        "DynamoDB read unit": _read_units(calls, item),
        "Lambda request": 1,
        "CloudFront function": 1,
    }
    lines = [
        ("Lambda, `develop`", f"{ms:.0f} ms", MILLION * function_usd(round(ms), 1769)),
        *((name, f"{count}", count * PRICES[name]) for name, count in billed.items()),
    ]
    total = sum(usd for *_, usd in lines)
    rows = [(name, amount, f"{usd:.2f}") for name, amount, usd in lines]
    each = ", ".join(f"{name} {taken:.0f} ms" for name, taken in demanded.ms.items())
    missed = sum(
        count * PRICES[name]
        for name, count in {
            "S3 GET": 1,
            "DynamoDB read unit": _read_units(demanded.refused, item),
            "Lambda request": 1,
            "CloudFront function": 1,
        }.items()
    )
    return f"""\
## Sizes on demand

Only where `onDemandDailyUsd` turns them on. Making a million files at {ON_DEMAND} pixels costs
{total:.2f} USD, {100 * PRICES["S3 PUT"] / total:.0f} % of it for writing them; a stage counts them
against that limit. The time is the mean of {each}. From then on a file costs what a rendition
costs: {PRICES["S3 GET"]:.2f} USD per million requests that miss CloudFront's caches.

{markdown.table(("billed", "per file", "USD per million"), rows)}
A million requests for pictures that are not shown cost {missed:.2f} USD without the function's own
time, a millisecond of which is {MILLION * function_usd(1, 1769):.2f} USD per million. What is no
address is refused at the edge, for {PRICES["CloudFront function"]:.2f} USD. Where addresses are
signed, each that is not one of a rendition made ahead reads the keys, for
{PRICES["key value store read"]:.2f} USD per million.
"""


def _read_units(calls: Counter[str], item: Item) -> int:
    return calls["get item"] * ceil(_kilobytes(item) / 4) + calls["add up the demand"]


@dataclass(frozen=True)
class _Bucket:
    """A bucket as the comparison reads it."""

    listed: Sequence[Listed]
    calls: Counter[str]

    def after(self, key: str) -> Iterator[Listed]:
        self.calls["S3 LIST"] += ceil(len(self.listed) / 1000)
        return iter(self.listed)

    def has(self, key: str) -> bool:
        self.calls["S3 HEAD"] += 1
        return True

    def current(self, original: Original) -> Current | None:
        self.calls["S3 HEAD"] += 1
        return Current(original, LONG_AGO)

    def read(self, original: Original, *, limit: int) -> Upload:
        raise AssertionError("the comparison reads no bytes")


@dataclass(frozen=True)
class _Items:
    """The catalog as the comparison reads it."""

    items: Mapping[str, Item]
    kilobytes: float
    calls: Counter[str]

    def find(self, image_ids: Sequence[str], *, latest: bool = False) -> dict[str, Item]:
        # A read that may be a second old is half a unit for each 4 KB.
        units = ceil(self.kilobytes / 4) * (2 if latest else 1)
        self.calls["DynamoDB half read unit"] += len(image_ids) * units
        return {image: self.items[image] for image in image_ids}

    def after(self, image_id: str, *, part: int = 0, parts: int = 1) -> Iterator[Sequence[Item]]:
        self.calls["DynamoDB half read unit"] += ceil(len(self.items) * self.kilobytes / 4)
        yield list(self.items.values())


@dataclass
class _Looks(MemoryLooks):
    """The looks as the comparison reads them."""

    items: Sequence[Item] = ()
    calls: Counter[str] = field(default_factory=Counter)

    def after(self, place: str, *, part: int = 0, parts: int = 1) -> Iterator[Shelved]:
        # The walk reads the entries of the bands too, and leaves them out.
        kilobytes = len(self.items) * ENTRIES * LOOK_KB
        self.calls["DynamoDB half read unit"] += ceil(kilobytes / 4)
        for item in self.items:
            yield Shelved(
                place=item.image_id,
                owner=owner_of(item),
                image_id=item.image_id,
                content=item.content or "",
                at=LONG_AGO,
            )

    def known(self, items: Sequence[Item]) -> set[str]:
        self.calls["DynamoDB half read unit"] += len(items)
        return {item.image_id for item in items}


def _compare(item: Item) -> Counter[str]:
    """The requests of one comparison of `COMPARED` pictures like this one, all in order."""
    calls: Counter[str] = Counter()
    items = {each.image_id: each for each in (_like(item, number) for number in range(COMPARED))}
    keys = sorted(key for each in items.values() for key in expected_files(each))
    bucket = _Bucket(
        [Listed(each.key, each.etag, each.bytes, LONG_AGO) for each in items.values()], calls
    )
    steps = Reconciliation(
        bucket=item.bucket,
        gate="open",
        uploads=bucket,
        files=_Bucket([Listed(key, "", 1, LONG_AGO) for key in keys], calls),
        preview_files=_Bucket([], calls),
        items=_Items(items, _kilobytes(item), calls),
        originals=bucket,
        renditions=MemoryRenditions(),
        previews=MemoryPreviews(),
        looks=_Looks(items=list(items.values()), calls=calls),
        edge=MemoryEdge(),
        bus=MemoryBus(),
    ).steps(Cursor(before=datetime.fromisoformat(item.updated_at) + GRACE, repairs=0))
    if found := list(steps)[-1].cursor.found:
        raise AssertionError(f"the pictures must be in order, found {found}")
    return calls


def _like(item: Item, number: int) -> Item:
    """The same picture under another key."""
    key = f"uploads/{number:06}.jpg"
    files = json.dumps(item.renditions).replace(item.image_id, image_id(key))
    return replace(item, key=key, image_id=image_id(key), renditions=json.loads(files))


def _comparison(item: Item) -> list[tuple[str, str, str]]:
    """What is billed for comparing a million pictures, how much of it, and US dollars."""
    calls = _compare(item)
    calls["DynamoDB read unit"] = calls.pop("DynamoDB half read unit") // 2
    return [
        (name, f"{count * MILLION // COMPARED:,}", f"{count * PRICES[name] / COMPARED:.2f}")
        for name, count in sorted(calls.items(), reverse=True)
    ]


def _kilobytes(item: Item) -> float:
    return len(json.dumps(item.to_dict())) / 1000


def _recipe(graph: Graph) -> Recipe:
    return Recipe.from_json(graph.kept(recipe_key(_environment(graph, "resize")["RECIPE"])))


def _environment(graph: Graph, function: str) -> dict[str, str]:
    variables: dict[str, str] = graph.resource("lambda.Function", function).inputs["environment"][
        "variables"
    ]
    return variables


def _photograph() -> bytes:
    with Image.open(SAMPLE) as sample:
        enlarged = sample.resize(PIXELS, Image.Resampling.BICUBIC)
    made = io.BytesIO()
    enlarged.save(made, "JPEG", quality=90)
    return made.getvalue()


def _milliseconds(work: Callable[[], object]) -> float:
    """The median processor time of some rounds, after one that is not counted."""
    work()
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - began))
    return statistics.median(spent)


def _lines(graph: Graph, measured: Measured, rekognition_ms: int) -> list[tuple[str, str, float]]:
    """What is billed, how much of it one picture takes, and US dollars for a thousand pictures."""
    analyses = Analyses.from_json(_environment(graph, "rekognition")["ANALYSES"])
    calls, item = measured.calls, measured.item
    files = calls["write image"]
    analysing = measured.canonical_ms + rekognition_ms * len(analyses.operations)
    kilobytes = _kilobytes(item)
    # At most: a write of an item is one of each index too, unless nothing changes there.
    indexes = len(graph.resource("dynamodb.Table", "catalog").inputs["globalSecondaryIndexes"])
    units, charged = ceil(kilobytes), calls["put charged item"]
    written = (1 + indexes) * calls["put item"] * units
    # With a charge it is a transaction, which counts twice in the table, as the day's sums do.
    written += charged * ((2 + indexes) * units + 2)
    # The entries of one look are a transaction too.
    written += 2 * ENTRIES * calls["list look"]
    read = calls["get item"] * ceil(kilobytes / 4)
    read += calls["look for a block"] + calls["add up the day"]
    events = 1 + sum(count for word, count in calls.items() if word.startswith("publish"))
    messages = 3
    requests = {
        "S3 PUT": 1,
        "S3 GET": calls["read original"],
        "DynamoDB write unit": written,
        "DynamoDB read unit": read,
        "EventBridge event": events,
        "SQS request": 3 * messages,
        "Lambda request": messages,
        "SNS publication": calls["notify subscribers"],
    }
    return [
        (
            "Rekognition",
            ", ".join(analyses.names),
            1000 * analyses_usd(analyses.names),
        ),
        (
            "Lambda, `rekognition`",
            f"{analysing:.0f} ms with {len(analyses.operations)} calls to Rekognition",
            1000 * function_usd(round(analysing), _memory_mb(graph, "rekognition")),
        ),
        (
            "Lambda, `resize`",
            f"{measured.resize_ms:.0f} ms",
            1000 * function_usd(round(measured.resize_ms), _memory_mb(graph, "resize")),
        ),
        ("S3, writing renditions", f"{files} files", 1000 * writes_usd(files)),
        *(
            (name, f"{count}", 1000 * count * PRICES[name] / MILLION)
            for name, count in requests.items()
        ),
    ]


def _requests(graph: Graph, item: Item) -> list[tuple[Taken, float]]:
    """What each request to the API takes, and US dollars for a million of them."""
    indexes = graph.resource("dynamodb.Table", "catalog").inputs["globalSecondaryIndexes"]
    [listed] = [each["nonKeyAttributes"] for each in indexes if each["name"] == "by-owner-month"]
    memory_mb = _memory_mb(graph, "api")
    each_usd = PRICES["HTTP API request"] + PRICES["Lambda request"]
    return [
        (
            taken,
            each_usd
            + MILLION * function_usd(ceil(taken.ms), memory_mb)
            + taken.read_units * PRICES["DynamoDB read unit"]
            + taken.write_units * PRICES["DynamoDB write unit"],
        )
        for taken in requests(item, _environment(graph, "api"), listed)
    ]


def _people(graph: Graph, item: Item) -> str:
    """The section about the API."""
    asked = _requests(graph, item)
    rows = [
        (
            taken.request.name,
            f"{taken.read_units:.1f}",
            f"{taken.write_units:.0f}",
            f"{taken.ms:.1f}",
            f"{usd:.2f}",
        )
        for taken, usd in asked
    ]
    tier = str(graph.of_kind("cognito.UserPool")[0].inputs["userPoolTier"])
    month = sum(usd * taken.request.a_month for taken, usd in asked) / MILLION
    times = "\n".join(f"- {each.request.a_month:,} times {each.request.name}" for each, _ in asked)
    return f"""\
## What people cost

Each request is billed by API Gateway ({PRICES["HTTP API request"]:.2f} USD per million), Lambda and
DynamoDB. Cognito bills {PERSON_USD[tier]} USD for each person who signs in during a month. The
milliseconds are processor time without the wait for DynamoDB.

{markdown.table(("request", "read units", "write units", "ms", "USD per million"), rows)}
A person whose browser asks for this in a month costs {month:.4f} USD, without Cognito:

{times}
"""


def _memory_mb(graph: Graph, function: str) -> int:
    return int(graph.resource("lambda.Function", function).inputs["memorySize"])


def _embedding() -> str:
    """What a model adds that places words and pictures in one space, where a stage has one."""
    units = ceil(VECTOR_KB)
    write = units * PRICES["DynamoDB write unit"] / 1000 + VECTOR_WRITE_USD * VECTOR_KB / 1000
    model = 1000 * embeddings_usd(["titan"])
    month = 2 * VECTOR_STORAGE_USD * VECTOR_KB
    usd = model + write
    # Half a read unit to look a vector up, and half of one for each 4 KB that a scan walks through.
    compared = (0.5 + VECTOR_KB / 8) * PRICES["DynamoDB read unit"]
    return f"""\
With `embedding: titan` or `nova`, which is off by default, a thousand pictures cost {usd:.3f} USD
more: {model:.2f} for Bedrock, which items record as `embedding`, and {write:.3f} for {units} write
units and the vector index. A million vectors cost {month:.2f} USD a month, in the table and in the
index, and {compared:.2f} USD each time that `reconcile` compares them.
"""


def _description(graph: Graph) -> str:
    """What a model adds that describes pictures, where a stage has one."""
    model = 1000 * analyses_usd(["nova-lite"])
    second = 1000 * function_usd(1000, _memory_mb(graph, "rekognition"))
    return f"""\
With `descriptions: nova-lite`, which is off by default, a thousand pictures cost {model:.2f} USD
more for Bedrock, which items record as `nova-lite`: an estimate, by the tokens of a usual picture.
Each second that `rekognition` waits for the model costs another {second:.3f} USD.
"""


def _page(graph: Graph, measured: Measured, demanded: Demanded, rekognition_ms: int) -> str:
    lines = _lines(graph, measured, rekognition_ms)
    total = sum(usd for *_, usd in lines)
    in_item = sum(usd for *_, usd in lines[:4])
    megabytes = sum(len(file.data) for file in measured.developed.files) / MILLION
    rows = [(name, amount, f"{usd:.4f}") for name, amount, usd in lines]
    compared = _comparison(measured.item)
    comparison = sum(float(usd) for *_, usd in compared)
    queues, alarms = len(graph.outputs["queues"]), len(graph.of_kind("cloudwatch.MetricAlarm"))
    metrics = len(_own_metrics(graph))
    idle = queues * IDLE_QUEUE_USD + alarms * ALARM_USD
    monitoring = metrics * METRIC_USD + len(graph.of_kind("cloudwatch.Dashboard")) * DASHBOARD_USD
    monitoring += COMPOSITE_ALARM_USD * len(graph.of_kind("cloudwatch.CompositeAlarm"))
    idle += monitoring
    months = _months(lines, idle, comparison, len(_photograph()) / MILLION + megabytes)
    looks = 2 * ENTRIES * PRICES["DynamoDB write unit"]
    read = len(bands(Look(dhash=0, phash=0, sha256=""))) + 1
    found = read * PRICES["DynamoDB read unit"] / 2
    return f"""\
# Cost

Written by `python -m proofs.cost` ({markdown.machine()}). List prices in US dollars, us-east-1,
x86_64, before any free tier; they are in `containers/pipeline/prices.py` and `proofs/cost.py`. The
picture is a JPEG of 12 megapixels, uploaded once into the `dev` stage and accepted. Times are
processor time on one core. Requests are counted where the functions make them. The {rekognition_ms}
ms of one call to Rekognition are an assumption: change it with `--rekognition-ms`.

**A thousand pictures cost {total:.2f} USD, {100 * lines[0][2] / total:.0f} % of it for
Rekognition.** Each item records the first four lines as `costs`; they are
{100 * in_item / total:.0f} % of the total.

{markdown.table(("billed", "per picture", "USD per thousand"), rows)}
Of the write units {2 * ENTRIES} are the picture's look, by which duplicates are found: ten bands,
the file's SHA-256 and the entry that lists them, in one transaction, {looks:.2f} USD per million
pictures. To look for what is like one picture takes {read} queries of at least half a read unit:
{found:.2f} USD per million.

To save an analysis, leave it out of `analyses`.

{_embedding()}
{_description(graph)}
Not included:

- Storage. The renditions of a thousand pictures take {1000 * megabytes:,.0f} MB, which costs
  {0.023 * megabytes:.2f} USD a month. The originals come on top.
- Delivery. CloudFront bills traffic and requests; AWS bills nothing between S3 and CloudFront.
- Notices. SNS bills 2 USD per 100,000 mails, and text messages by country.
- Logs. CloudWatch bills 0.50 USD per GB.
- Invalidations. CloudFront bills {invalidations_usd(1):.3f} USD per path beyond 1,000 a month: one
  path for a picture that is deleted, rejected or replaced, which is more than its analysis costs.
  `retire` collects them for {INVALIDATIONS_COLLECTED_SECONDS} seconds; more than 15 pictures become
  the one path `/i/*`. Full batches of {INVALIDATED_TOGETHER} cost
  {1000 * invalidations_usd(1) / INVALIDATED_TOGETHER:.2f} USD per thousand pictures.
- An idle stack, about {idle:.2f} USD a month. Lambda polls each of the {queues} queues with
  {POLLERS} requests of {POLL_SECONDS} seconds at a time, and CloudWatch bills {alarms} alarms,
  {metrics} metrics and a dashboard. An account's first 10 alarms, 10 metrics and 3 dashboards are
  free. Without `monitoring` there are only the alarms for dead letters, and it is about
  {queues * (IDLE_QUEUE_USD + ALARM_USD):.2f} USD.

## A month

US dollars for pictures like this one, without Rekognition's discount above a million pictures a
month, delivery and notices. What is stored costs the same again every further month.

{markdown.table(("billed", *(f"{count:,} pictures" for count in MONTHS)), months)}
`python -m ops cost` shows what a stack's pictures cost by day; `dailyBudgetUsd` limits it.

## Comparing what is stored

`reconcile` compares every original, item and rendition, by default once a week. A run over a
million such pictures costs {comparison:.2f} USD without the function's own time. The requests are
counted on {COMPARED:,} pictures:

{markdown.table(("billed", "per million pictures", "USD"), compared)}
{_people(graph, measured.item)}
{_on_demand(demanded, measured.item)}"""


def _own_metrics(graph: Graph) -> set[tuple[str, str]]:
    """The metrics that the functions write, of those that the dashboard and the alarms show."""
    body = graph.resource("cloudwatch.Dashboard", "overview").document("dashboardBody")
    drawn = [
        tuple(line[:2])
        for widget in body["widgets"]
        for line in widget["properties"].get("metrics", [])
    ]
    alarms = [
        (each.inputs["namespace"], each.inputs["metricName"])
        for each in graph.of_kind("cloudwatch.MetricAlarm")
    ]
    return {each for each in (*drawn, *alarms) if not each[0].startswith("AWS/")}


_SERVICES = {
    "Rekognition": ("Rekognition",),
    "Lambda": ("Lambda,", "Lambda request"),
    "S3 requests": ("S3",),
    "DynamoDB": ("DynamoDB",),
    "events, queues, notices": ("EventBridge", "SQS", "SNS"),
}
"""What the names of the lines of each service begin with."""


def _months(
    lines: Sequence[tuple[str, str, float]], idle: float, comparison: float, megabytes: float
) -> list[tuple[str, ...]]:
    """What each service costs in a month of `MONTHS` pictures, each of which stores `megabytes`."""
    priced = [
        (service, sum(usd for name, _, usd in lines if name.startswith(begins)) / 1000)
        for service, begins in _SERVICES.items()
    ]
    priced.append(("storage of originals and renditions", STORAGE_USD * megabytes / 1000))
    priced.append(("comparing them once a week", WEEKS * comparison / MILLION))
    columns = [[count * usd for _, usd in priced] + [idle] for count in MONTHS]
    names = [*(name for name, _ in priced), "the idle stack", "**all**"]
    rows = zip(names, *([*column, sum(column)] for column in columns), strict=True)
    return [(name, *(f"{usd:,.2f}" for usd in amounts)) for name, *amounts in rows]


if __name__ == "__main__":
    app()
