"""What it takes `reconcile` to compare a large bucket: by a walk, and by inventory in shards.

All prices are list prices, us-east-1. The walk's requests are those that docs/cost.md counts.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor

from pipeline.inventory import Inventory
from pipeline.prices import function_usd
from proofs.scale.graph import Route
from proofs.scale.rates import (
    COMPARED_PER_SECOND,
    ITEM_SECONDS,
    LISTED_SECONDS,
    READ_PER_SECOND,
    ROW_BYTES,
    ROW_MEMORY_BYTES,
)
from proofs.scale.services import CALL_SECONDS, Services
from reconcile.shards import shards_of

__all__ = ["DIFFERENT", "Comparison", "by_inventory", "by_walk"]

_IN_TURN = 1 / 16
"""Of the pictures whose files are listed: the originals that are looked up each time."""
_AT_ONCE = 10
"""HEAD requests at a time (`reconcile.walk`)."""
_RUN_SECONDS = 840
"""What a run uses of the function's 900 s before it continues in another."""
_PROCESSOR_MB = 1769
"""Lambda gives a whole processor with so much memory, and less with less."""
_INVENTORY_USD = 0.0025
"""S3 Inventory, per million objects listed."""
_GET_USD = 0.4
"""Of a million GET requests."""
_FILE_BYTES = 64e6
"""Of one file of an inventory; an assumption, which decides nothing."""
_SCAN_BYTES = 1e6
"""DynamoDB reads no more in a page."""
_BATCH = 100
"""Items in a BatchGetItem."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIFFERENT = 0.03
"""The share of pictures that are not ready, so that a shard looks their originals up; an
assumption."""


@dataclass(frozen=True)
class Comparison:
    """One way to compare a bucket."""

    name: str
    hours: float
    usd: float
    reads: str
    memory: str


def by_walk(pictures: float, services: Services, route: Route) -> Comparison:
    """The walk: two HEADs a picture, ten at a time, one execution after the other."""
    millions = pictures / 1e6
    heads, lists, _ = _requests(services)
    waiting = millions * heads * CALL_SECONDS / _AT_ONCE + millions * lists * CALL_SECONDS
    working = pictures * (_listed(services) * LISTED_SECONDS + 3 * ITEM_SECONDS)
    seconds = waiting + working * max(_PROCESSOR_MB / route.memory_mb, 1)
    usd = millions * sum(each for _, each in services.compared.values())
    usd += function_usd(round(1000 * seconds), route.memory_mb)
    runs = ceil(seconds / _RUN_SECONDS)
    return Comparison(
        f"a walk, {route.memory_mb:,} MB",
        seconds / 3600,
        usd,
        f"{millions * heads / 1e6:,.0f} million HEAD, in {runs:,} invocations",
        "constant: 100 pictures",
    )


def by_inventory(pictures: float, services: Services, route: Route) -> Comparison:
    """S3's inventory of the originals, in shards beside each other. Each invocation reads the whole
    inventory before it continues with the pictures of its shard."""
    size = round(pictures * ROW_BYTES)
    shards = len(shards_of(Inventory(key="", taken=_EPOCH, columns=(), files=(), bytes=size)))
    each = pictures / shards
    heads, _, reads = _requests(services)
    files = _listed(services) - 1

    reading = pictures / READ_PER_SECOND
    comparing = each * (files * LISTED_SECONDS + ITEM_SECONDS + 1 / COMPARED_PER_SECOND)
    comparing += CALL_SECONDS * each * (files / 1000 + 1 / _BATCH)
    # A walk reads an item twice besides the scan, which reads less than one unit of it.
    found = floor(reads / 1e6) / 2
    scanned = reads / 1e6 - 2 * found
    kilobytes = 8 * scanned
    scanning = each * (ITEM_SECONDS + CALL_SECONDS * 1000 * kilobytes / _SCAN_BYTES)
    looked_up = (DIFFERENT + _IN_TURN) * pictures
    scanning += CALL_SECONDS * looked_up / shards / _AT_ONCE

    streams = ceil(comparing / (_RUN_SECONDS - reading))
    seconds = streams * reading + comparing + scanning
    invocations = shards * ceil(seconds / _RUN_SECONDS)

    usd = pictures / 1e6 * _INVENTORY_USD
    usd += pictures / 1e6 * services.compared["S3 LIST"][1] * files / (files + 1)
    usd += looked_up / 1e6 * services.compared["S3 HEAD"][1] / (heads / 1e6)
    usd += pictures / 1e6 * services.compared["DynamoDB read unit"][1] * (1 - found * 1e6 / reads)
    usd += shards * streams * ceil(size / _FILE_BYTES) / 1e6 * _GET_USD
    usd += function_usd(round(1000 * seconds * shards), route.memory_mb)
    memory = each * ROW_MEMORY_BYTES / 1e6
    return Comparison(
        f"by inventory, {shards} shards, {route.concurrency} at once, {route.memory_mb:,} MB",
        seconds * ceil(shards / route.concurrency) / 3600,
        usd,
        f"{looked_up / 1e6:,.0f} million HEAD, and {streams * shards * pictures / 1e9:,.0f} "
        f"billion rows, in {invocations:,} invocations",
        f"{memory:,.0f} MB: {each:,.0f} rows of a shard",
    )


def _requests(services: Services) -> tuple[float, float, float]:
    """HEADs, LISTs and read units of a walk over a million pictures."""
    return (
        services.compared["S3 HEAD"][0],
        services.compared["S3 LIST"][0],
        services.compared["DynamoDB read unit"][0],
    )


def _listed(services: Services) -> float:
    """Objects of a picture that a walk lists: its original and its files."""
    return services.compared["S3 LIST"][0] * 1000 / 1e6
