"""The function: it begins at its hour, stops before its time is over, and goes on later."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.events import UnexpectedEventError
from reconcile.cursor import GRACE, Cursor
from reconcile.handler import Paused, Reconcile
from reconcile.walk import Reconciliation
from runtime.logging import logger
from tests.containers.reconcile.memory import MemoryInventories, uploads
from tests.containers.reconcile.test_walk import ID, KEY, Stack

SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def _reconcile(stack: Stack, paused: list[Paused], repairs: int = 100) -> Reconcile:
    return Reconcile(stack.reconciliation, paused.extend, repairs, stack.clock)


def _event(paused: Paused) -> dict[str, Any]:
    """The event as it comes back through EventBridge and the queue."""
    text = json.dumps({"detail-type": paused.detail_type, "detail": paused.detail()})
    event: dict[str, Any] = json.loads(text)
    return event


def _stack_with_250_unannounced() -> Stack:
    stack = Stack()
    for number in range(250):
        stack.originals.store(f"uploads/{number}.jpg", b"good")
    stack.age()
    return stack


def test_a_scheduled_run_repairs_everything_while_it_has_time() -> None:
    stack, paused = _stack_with_250_unannounced(), list[Paused]()
    _reconcile(stack, paused, repairs=1000)(SCHEDULED, lambda: 900_000)
    assert (len(stack.bus.published), paused) == (250, [])


def test_a_run_without_time_pauses_after_each_batch_and_goes_on_to_the_same_end() -> None:
    stack, paused = _stack_with_250_unannounced(), list[Paused]()
    reconcile = _reconcile(stack, paused)
    reconcile(SCHEDULED, lambda: 0)
    for _ in range(10):
        before = len(paused)
        reconcile(_event(paused[-1]), lambda: 0)
        if len(paused) == before:
            break
    assert [pause.cursor.part for pause in paused] == [
        *("renditions", "originals", "originals", "originals", "catalog")
    ]
    assert len(stack.bus.published) == 100
    last = paused[-1].cursor
    assert (last.repairs, last.unrepaired) == (0, 150)
    assert {pause.cursor.before for pause in paused} == {stack.clock.now - GRACE}


def _divided(stack: Stack, taken: datetime) -> Reconciliation:
    inventories = MemoryInventories()
    inventories.take(uploads(stack.originals), taken)
    return replace(stack.reconciliation, inventories=inventories)


def test_with_an_inventory_each_shard_is_a_message_of_its_own_that_goes_on_by_itself() -> None:
    stack, paused = _stack_with_250_unannounced(), list[Paused]()
    reconcile = Reconcile(_divided(stack, stack.clock.now), paused.extend, 1000, stack.clock)
    reconcile(SCHEDULED, lambda: 900_000)
    assert [each.cursor.shard for each in paused] == list("0123456789abcdef")
    assert {each.cursor.part for each in paused} == {"pictures"}
    assert {each.cursor.before for each in paused} == {stack.clock.now - GRACE}
    assert sum(each.cursor.repairs for each in paused) == 1000
    assert stack.bus.published == []

    waiting = 0
    while paused:
        reconcile(_event(paused.pop()), lambda: 0)
        waiting += 1
    # Each shard is interrupted once by its pictures, and that with an item once by the catalog.
    assert waiting == 16 + 16 + 1
    assert len(stack.bus.published) == 250


def test_with_an_inventory_that_is_old_the_run_walks(caplog: pytest.LogCaptureFixture) -> None:
    stack, paused = _stack_with_250_unannounced(), list[Paused]()
    old = _divided(stack, stack.clock.now - timedelta(days=9))
    with caplog.at_level("INFO", logger=logger.name):
        Reconcile(old, paused.extend, 1000, stack.clock)(SCHEDULED, lambda: 900_000)
    assert (len(stack.bus.published), paused) == (250, [])
    assert vars(caplog.records[-1])["seen"]["originals"] == 251


def test_a_finding_is_logged_by_id_and_by_key_only_where_no_item_has_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stack = Stack()
    stack.originals.store("uploads/unknown.jpg", b"good")
    stack.originals.store(KEY, b"newer")
    stack.age()
    with caplog.at_level("WARNING", logger=logger.name):
        _reconcile(stack, [])(SCHEDULED, lambda: 900_000)
    found = {vars(each)["kind"]: vars(each) for each in caplog.records}
    assert found["uncatalogued"]["key"] == "uploads/unknown.jpg"
    assert found["outdated"]["image_id"] == ID
    assert "key" not in found["outdated"]


def test_what_is_neither_the_hour_nor_a_pause_is_refused() -> None:
    with pytest.raises(
        UnexpectedEventError,
        match="detail-type must be one that reconcile handles, got 'Object Created'",
    ):
        _reconcile(Stack(), [])({"detail-type": "Object Created"}, lambda: 0)


def test_a_cursor_survives_the_way_through_json() -> None:
    stack = Stack()
    cursor = Cursor(
        before=stack.clock.now, repairs=3, part="catalog", after="ä", found={"stuck": 2}
    )
    assert Cursor.from_dict(json.loads(json.dumps(cursor.to_dict()))) == cursor
