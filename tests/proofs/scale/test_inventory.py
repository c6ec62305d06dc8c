"""What a comparison by inventory takes, beside a walk."""

from dataclasses import replace

import pytest

from proofs.recorder import record
from proofs.scale import services
from proofs.scale.graph import Route, deployed
from proofs.scale.inventory import by_inventory, by_walk
from proofs.scale.rates import READ_PER_SECOND, ROW_BYTES, ROW_MEMORY_BYTES
from reconcile.shards import is_useful, shards_of
from tests.containers.reconcile.test_shards import NOW, inventory_of, row_bytes

PICTURES = 100_000_000


@pytest.fixture(scope="module")
def route() -> Route:
    return deployed(record("prod", {"inventory": "weekly"})).route("reconcile")


def test_by_inventory_it_takes_hours_and_less_than_half_of_the_dollars(route: Route) -> None:
    walk = by_walk(PICTURES, services.read(), replace(route, memory_mb=512))
    divided = by_inventory(PICTURES, services.read(), route)
    assert divided.hours < 24 < 24 * 7 < walk.hours
    assert divided.usd < walk.usd / 2


def test_more_executions_at_once_cost_the_same(route: Route) -> None:
    few = by_inventory(PICTURES, services.read(), replace(route, concurrency=10))
    many = by_inventory(PICTURES, services.read(), replace(route, concurrency=64))
    assert (many.usd, many.hours < few.hours / 5) == (few.usd, True)


def test_a_shard_fits_into_the_memory_and_the_time_of_an_invocation(route: Route) -> None:
    largest = 10 * 1024**3
    rows = largest / ROW_BYTES
    assert is_useful(inventory_of(largest, NOW), NOW)
    assert len(shards_of(inventory_of(largest))) == 256
    assert rows / 256 * ROW_MEMORY_BYTES < 0.2 * route.memory_mb * 1e6
    assert rows / READ_PER_SECOND < 0.75 * 840


def test_the_memory_of_a_row_is_what_the_model_says() -> None:
    assert row_bytes(20_000) == pytest.approx(ROW_MEMORY_BYTES, rel=0.15)
