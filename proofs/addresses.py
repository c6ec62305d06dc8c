"""Ask a stack for random addresses: what anybody can have made is bounded, and so is its cost.

    python -m proofs.addresses        100,000 of them

The local front caches nothing, so the viewers keep answers for their `max-age` as CloudFront would,
by the address that the edge makes of theirs. Each answer shows who gave it: the edge refuses, the
bucket keeps for a year, and everything else is the function's.
"""

import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.progress import track
from rich.table import Table

from local.pictures import Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from pipeline.address import UPLOADS, content_prefix, recipe_key
from pipeline.demand import DemandError, addresses, canonical
from pipeline.item import Item
from pipeline.recipe import Recipe
from pipeline.spending import demand_day
from proofs import PAGE
from proofs.photographs import photograph

FULL = 100_000
VIEWERS = 8
PICTURES = 3
PER_PICTURE = 50
DAILY_USD = 1
USD_A_FILE = 0.0001
"""Ten times what a file should cost, as this machine is slower than Lambda."""

SETTINGS = {
    "page": PAGE,
    "onDemandDailyUsd": str(DAILY_USD),
    "onDemandPerPicture": str(PER_PICTURE),
    "onDemandConcurrency": "6",
    "presets": '["card 400x300 cover sizes"]',
}
ANSWERS = {200, 302, 400, 404, 429, 503}
STORED = "s-maxage"
"""In what the bucket answers, and nothing else does."""

WORDS = (
    *("cover", "inside", "centre", "salient", "faces", "1x", "2x", "3x", "card", "small"),
    *("blur", "card2", "x", "w640", "", "COVER", "%2e", "constructor"),
)
EXTENSIONS = (".avif", ".jpg", ".jpg", ".webp", ".gif", "", "/", ".jpg?x=1")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Viewers:
    """Ask for addresses, and keep what they are allowed to keep."""

    stack: RunningStack
    recipe: Recipe
    statuses: Counter[int] = field(default_factory=Counter)
    givers: Counter[str] = field(default_factory=Counter)
    without_retry: int = 0
    shown: set[str] = field(default_factory=set)
    """Where there was a picture, in the form that the edge makes of addresses."""
    _kept: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=120, trust_env=False))

    def ask(self, path: str) -> None:
        """Ask for one address, unless its answer is kept."""
        key = self._canonical(path)
        with self._lock:
            if self._kept.get(key, 0.0) > time.monotonic():
                self.givers["a cache"] += 1
                return
        answer = self._http.get(f"{self.stack.front}{path}")
        caching = answer.headers.get("cache-control", "")
        with self._lock:
            self.statuses[answer.status_code] += 1
            self.givers[_giver(answer.status_code, caching)] += 1
            self.without_retry += answer.status_code == 503 and "retry-after" not in answer.headers
            if answer.status_code in (200, 404):
                self._kept[key] = time.monotonic() + _seconds(caching)
            if answer.status_code in (200, 302):
                self.shown.add(key)

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def _canonical(self, path: str) -> str:
        folder, _, file = path.partition("?")[0].rpartition("/")
        name, dot, extension = file.partition(".")
        try:
            return f"{folder}/{canonical(name, self.recipe)}{dot}{extension}"
        except DemandError:
            return path


def _giver(status: int, caching: str) -> str:
    if status == 400:
        return "the edge"
    return "the bucket" if STORED in caching else "the function"


def _seconds(caching: str) -> float:
    ages = [part.partition("=") for part in caching.replace(" ", "").split(",")]
    return max(
        (float(age) for name, _, age in ages if name.endswith("max-age") or name == STORED),
        default=1.0,
    )


@app.command()
def main(
    count: Annotated[int, typer.Option(min=1, help="How many addresses are asked for.")] = FULL,
    seed: Annotated[int, typer.Option(help="Another one makes other addresses.")] = 19,
) -> None:
    """Ask for random addresses of a few pictures, and compare what came of it with the limits."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-addresses-") as folder,
        LocalStack(Plan(Path(folder), settings=SETTINGS, models=False)) as local,
    ):
        stack = local.up()
        items = list(_ready(stack))
        ahead = sum(len(_files(stack, item)) for item in items)
        recipe = _recipe(stack)
        viewers = Viewers(stack, recipe)
        began = time.monotonic()
        with ThreadPoolExecutor(VIEWERS) as pool:
            asked = pool.map(viewers.ask, _addresses(items, count, seed))
            for _ in track(asked, "asking", total=count, console=open_console(stderr=True)):
                pass
        viewers.close()
        seconds = time.monotonic() - began
        made = sum(len(_files(stack, item)) for item in items) - ahead
        usd = _spent(stack)
    problems = list(_problems(viewers, made, usd, seconds))
    shown = Table("of random addresses", "number")
    for name, number in {
        "asked for": f"{count:,} in {seconds:.0f} s",
        "answers": ", ".join(f"{n:,} of {each}" for each, n in sorted(viewers.statuses.items())),
        "given by": ", ".join(f"{each} {n:,}" for each, n in viewers.givers.most_common()),
        "different addresses with a picture": f"{len(viewers.shown):,}",
        "files made": f"{made} of {PICTURES} pictures",
        "dollars": f"{usd:.4f}",
    }.items():
        shown.add_row(name, number)
    open_console().print(shown)
    for problem in problems:
        open_console(stderr=True).print(problem, style="bold red", markup=False)
    if problems:
        raise typer.Exit(1)


def _problems(viewers: Viewers, made: int, usd: float, seconds: float) -> Iterator[str]:
    """Which limit did not hold."""
    if strange := viewers.statuses.keys() - ANSWERS:
        yield f"answers must be of {sorted(ANSWERS)}, got {sorted(strange)}"
    if viewers.without_retry:
        yield f"every 503 must have Retry-After, got {viewers.without_retry} without"
    if made > PICTURES * PER_PICTURE:
        yield f"at most {PICTURES * PER_PICTURE} files must be made, got {made}"
    ahead = len(viewers.recipe.renditions) * len(viewers.recipe.formats)
    known = PICTURES * (addresses(viewers.recipe) + ahead)
    if len(viewers.shown) > known:
        yield f"at most {known} addresses must show a picture, got {len(viewers.shown)}"
    # Caches keep an answer with a picture for a minute, the others for seconds or not at all.
    others = sum(number for status, number in viewers.statuses.items() if status not in (200, 400))
    most = known * (1 + seconds / 60) + others
    if viewers.givers["the function"] > most:
        yield f"the function must be asked at most {most:.0f} times"
    if usd > min(DAILY_USD, USD_A_FILE * PICTURES * PER_PICTURE):
        yield f"what was made must cost at most {USD_A_FILE} USD a file, got {usd:.4f}"


def _addresses(items: list[Item], count: int, seed: int) -> Iterator[str]:
    """Half of them of words by chance, half of what people might ask for."""
    chance = random.Random(seed)
    for number in range(count):
        item = chance.choice(items)
        width, height = (
            chance.choice((chance.randrange(1, 6000), chance.randrange(1, 800))) for _ in "wh"
        )
        size = chance.choice((f"{width}", f"{width}x{height}"))
        most = len(WORDS) if number % 2 else 5
        words = chance.sample(WORDS[:most], chance.randrange(3))
        folder = content_prefix(item.image_id, item.content or "")
        name = ",".join([size, *words] if chance.random() < 0.9 else words) or "small"
        yield f"/{folder}{name}{chance.choice(EXTENSIONS)}"


def _ready(stack: RunningStack) -> Iterator[Item]:
    pictures = Pictures(stack)
    sent = [
        pictures.upload(
            photograph(100 + number, width=1200, height=900),
            f"{number}.jpg",
            f"{UPLOADS}{number}.jpg",
        )
        for number in range(PICTURES)
    ]
    for _ in pictures.follow(sent, 180):
        pass
    for each in sent:
        if each.item is None or each.item.content is None:
            raise AssertionError(f"{each.key} must be ready")
        yield each.item


def _files(stack: RunningStack, item: Item) -> set[str]:
    pages = (
        stack.aws.client("s3")
        .get_paginator("list_objects_v2")
        .paginate(
            Bucket=stack.outputs["renditions"],
            Prefix=content_prefix(item.image_id, item.content or ""),
        )
    )
    return {each["Key"] for page in pages for each in page.get("Contents", [])}


def _recipe(stack: RunningStack) -> Recipe:
    made = stack.aws.client("lambda").get_function_configuration(
        FunctionName=stack.outputs["functions"]["develop"]
    )
    key = recipe_key(made["Environment"]["Variables"]["RECIPE"])
    found = stack.aws.client("s3").get_object(Bucket=stack.outputs["renditions"], Key=key)
    return Recipe.from_json(found["Body"].read().decode())


def _spent(stack: RunningStack) -> float:
    """What was made cost, today and yesterday, in case midnight was between."""
    days = [datetime.now(UTC) - timedelta(days=each) for each in range(2)]
    usd = 0.0
    for day in days:
        found = stack.aws.client("dynamodb").query(
            TableName=stack.outputs["spending"],
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": demand_day(f"{day:%Y-%m-%d}")}},
            ConsistentRead=True,
        )
        usd += sum(float(each["usd"]["N"]) for each in found["Items"])
    return usd


if __name__ == "__main__":
    app()
