"""Compute what one picture costs on AWS, at list prices.

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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from notify.handler import Notify
from pictures.limits import Limits
from pipeline.analyses import Analyses
from pipeline.catalog import Catalog
from pipeline.events import ImageReady, ObjectCreated
from pipeline.item import Item
from pipeline.policy import Policy
from pipeline.prices import analyses_usd, function_usd, writes_usd
from pipeline.recipe import Recipe
from pipeline.stage_run import StageRun
from proofs import markdown
from proofs.memory import (
    MemoryBlocks,
    MemoryBus,
    MemoryClock,
    MemoryOriginals,
    MemoryPreviews,
    MemoryRenditions,
    MemoryTable,
    MemoryTopic,
    MemoryVision,
)
from proofs.recorder import ROOT, Graph, record
from rekognition.canonical import canonical_jpeg
from rekognition.handler import Analyse
from resize.fingerprint import fingerprint
from resize.framing import Focus
from resize.handler import Resize
from resize.renditions import Developed, develop
from runtime.logging import logger

SAMPLE = ROOT / "samples" / "coffee.jpg"
PIXELS = (4032, 3024)
ROUNDS = 5
MEMORY_LIMIT = Limits.for_memory(1769)

MILLION = 1_000_000
PRICES = {
    "S3 PUT": 5.00,
    "S3 GET": 0.40,
    "DynamoDB write unit": 0.625,
    "DynamoDB read unit": 0.125,
    "EventBridge event": 1.00,
    "SQS request": 0.40,
    "Lambda request": 0.20,
    "SNS publication": 0.50,
}
"""US dollars per million, us-east-1, before any free tier. The price of EventBridge is also that of
S3's events, which AWS bills where they are switched on."""

POLLERS, POLL_SECONDS = 5, 20
"""How many long polls Lambda keeps open on an empty queue, by its documentation."""

ALARM_USD = 0.10
"""Per month."""

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
    markdown.write(output, _page(graph, measured, rekognition_ms))
    typer.echo(output.read_text(encoding="utf-8"))


def _measure(graph: Graph) -> Measured:
    resize = _environment(graph, "resize")
    rekognition = _environment(graph, "rekognition")
    recipe = Recipe.from_json(resize["RECIPE"])
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
    originals = MemoryOriginals(clock, pause=count)
    catalog = Catalog(MemoryTable(count), clock)
    bus = MemoryBus(count)
    uploaded = ObjectCreated(original=originals.store("uploads/holiday.jpg", data))
    Resize(
        StageRun("resize", catalog, originals, bus),
        MemoryRenditions(count),
        developing,
        fingerprint(recipe),
        MEMORY_LIMIT.bytes,
        1769,
        clock,
    )(uploaded, 1)
    Analyse(
        StageRun("rekognition", catalog, originals, bus),
        canonical,
        MemoryVision(ANSWERS),
        MemoryBlocks(count),
        MemoryPreviews(count),
        Analyses.from_json(rekognition["ANALYSES"]),
        Policy.from_json(rekognition["POLICY"]),
        MEMORY_LIMIT.bytes,
        1769,
        clock,
    )(uploaded, 1)
    [ready] = [event for event in bus.said if isinstance(event, ImageReady)]
    Notify(
        catalog,
        MemoryTopic(count),
        None,
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
    kilobytes = len(json.dumps(item.to_dict())) / 1000
    # At most: a write of an item is one of each index too, unless nothing changes there.
    indexes = len(graph.resource("dynamodb.Table", "catalog").inputs["globalSecondaryIndexes"])
    written = (1 + indexes) * calls["put item"] * ceil(kilobytes)
    read = calls["get item"] * ceil(kilobytes / 4) + calls["look for a block"]
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
        "SNS publication": calls["tell"],
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


def _memory_mb(graph: Graph, function: str) -> int:
    return int(graph.resource("lambda.Function", function).inputs["memorySize"])


def _page(graph: Graph, measured: Measured, rekognition_ms: int) -> str:
    lines = _lines(graph, measured, rekognition_ms)
    total = sum(usd for *_, usd in lines)
    in_item = sum(usd for *_, usd in lines[:4])
    megabytes = sum(len(file.data) for file in measured.developed.files) / MILLION
    rows = [(name, amount, f"{usd:.4f}") for name, amount, usd in lines]
    queues, alarms = len(graph.outputs["queues"]), len(graph.of_kind("cloudwatch.MetricAlarm"))
    idle = queues * IDLE_QUEUE_USD + alarms * ALARM_USD
    return f"""\
# Cost per picture

Written by `python -m proofs.cost` ({markdown.machine()}). List prices in US dollars, us-east-1,
x86_64, before any free tier; they are in `containers/pipeline/prices.py` and `proofs/cost.py`. The
picture is a JPEG of 12 megapixels, uploaded once into the `dev` stage and accepted. Times are
processor time on one core. Requests are counted where the functions make them. The {rekognition_ms}
ms of one call to Rekognition are an assumption: change it with `--rekognition-ms`.

**A thousand pictures cost {total:.2f} USD, {100 * lines[0][2] / total:.0f} % of it for
Rekognition.** Each item records the first four lines as `cost_usd`; they are
{100 * in_item / total:.0f} % of the total.

{markdown.table(("billed", "per picture", "USD per thousand"), rows)}
To save an analysis, leave it out of `analyses`.

Not included:

- Storage. The renditions of a thousand pictures take {1000 * megabytes:,.0f} MB, which costs
  {0.023 * megabytes:.2f} USD a month. The originals come on top.
- Delivery. CloudFront bills traffic and requests; AWS bills nothing between S3 and CloudFront.
- Notices. SNS bills 2 USD per 100,000 mails, and text messages by country.
- Logs. CloudWatch bills 0.50 USD per GB.
- The scheduled comparison, which reads every item and lists every original and rendition once.
- An idle stack, about {idle:.2f} USD a month. Lambda polls each of the {queues} queues with
  {POLLERS} requests of {POLL_SECONDS} seconds at a time, and CloudWatch bills {alarms} alarms.
"""


if __name__ == "__main__":
    app()
