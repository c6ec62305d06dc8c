"""What it takes `reconcile` to compare a large bucket: today's walk, and by inventory in shards.

All prices are list prices, us-east-1. The walk's requests are those that docs/cost.md counts.
"""

from dataclasses import dataclass
from math import ceil

from pipeline.prices import function_usd
from proofs.scale.services import CALL_SECONDS, Services

__all__ = ["Comparison", "by_inventory", "by_walk"]

_AT_ONCE = 10
"""HEAD requests at a time (`reconcile.walk`)."""
_RUN_SECONDS = 840
"""What a run uses of the function's 900 s before it continues in another."""
_MEMORY_MB = 512
_RENDITIONS = 8
"""Files of a picture, as docs/cost.md counts them."""
_INVENTORY_USD = 0.0025
"""S3 Inventory, per million objects listed."""
_EXPORT_USD = 0.10
"""DynamoDB's export to S3, per GB of table."""
_SORTED_PER_SECOND = 50_000
"""Rows that one execution reads, sorts into its shard and compares; an assumption."""
_GET_USD, _PUT_USD = 0.0000004, 0.000005
_ROWS_PER_FILE = 1_000_000
_ITEM_KB = 5


@dataclass(frozen=True)
class Comparison:
    """One way to compare a bucket."""

    name: str
    hours: float
    usd: float
    reads: str
    memory: str


def by_walk(pictures: float, services: Services) -> Comparison:
    """The walk as it is: two HEADs a picture, ten at a time, one execution after the other."""
    millions = pictures / 1e6
    heads = services.compared["S3 HEAD"][0]
    seconds = millions * heads * CALL_SECONDS / _AT_ONCE
    seconds += millions * services.compared["S3 LIST"][0] * 10 * CALL_SECONDS
    usd = millions * sum(each for _, each in services.compared.values())
    usd += function_usd(round(1000 * seconds), _MEMORY_MB)
    runs = ceil(seconds / _RUN_SECONDS)
    return Comparison(
        "the walk, as deployed",
        seconds / 3600,
        usd,
        f"{millions * heads / 1e6:,.0f} million HEAD, in {runs:,} invocations",
        "constant: 100 pictures",
    )


def by_inventory(pictures: float, services: Services, shards: int) -> Comparison:
    """Inventories of both buckets and an export of the table, divided into shards by image id. Each
    shard is sorted and merged by an execution of its own."""
    objects = pictures * (1 + _RENDITIONS)
    rows = objects + pictures
    seconds = 2 * rows / _SORTED_PER_SECOND
    files = rows / _ROWS_PER_FILE
    usd = objects / 1e6 * _INVENTORY_USD + pictures * _ITEM_KB / 1e6 * _EXPORT_USD
    usd += function_usd(round(1000 * seconds), _MEMORY_MB)
    usd += files * shards * (_PUT_USD + _GET_USD)
    return Comparison(
        f"inventory and export, {shards} shards",
        seconds / shards / 3600,
        usd,
        f"{rows / 1e6:,.0f} million rows in {files:,.0f} files",
        f"{rows / shards / 1e6:.1f} million rows of a shard at a time",
    )
