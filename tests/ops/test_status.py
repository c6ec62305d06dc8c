"""Status looks at everything once, and does not count a large table to its end."""

from dataclasses import dataclass
from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from aws.dynamodb import DynamoStatuses, to_attributes
from ops import show
from ops.status import Report, report
from pipeline.item import Failure, Item
from pipeline.queues import Alarm, Depth
from pipeline.spending import Day, Paused
from pipeline.statuses import Count, Failed
from proofs.memory import MemoryLedger
from proofs.recorder import record

FAILED = Failed("a" * 32, "uploads/[bold].jpg", "2026-01-01T00:00:00", "resize", "truncated", "!")


@dataclass
class MemoryStack:
    """A stack in which every queue and every state holds what it is named after."""

    def count(self, status: str, *, most: int) -> Count:
        return Count(min(len(status), most), exact=len(status) <= most)

    def last_failures(self, most: int) -> list[Failed]:
        return [FAILED] * most

    def depth(self, url: str) -> Depth:
        return Depth(waiting=len(url), in_flight=1, delayed=0)

    def oldest_seconds(self, url: str) -> float | None:
        return 12.0 if url == "busy" else None

    def on(self) -> list[Alarm]:
        return [Alarm("darkroom-dev-api-5xx", "see the log of the function api")]


def look() -> Report:
    stack = MemoryStack()
    return report(
        statuses=stack,
        queues=stack,
        ages=stack,
        urls={"resize": "busy", "notify": ""},
        dead_letter_urls={"resize": "dead", "notify": ""},
        count_to=5,
        failures=1,
        alarms=stack,
        ledger=MemoryLedger(),
        day="2026-01-01",
    )


def shown(*tables: Any) -> list[str]:
    """The tables' lines, with one blank between two words."""
    out = StringIO()
    Console(file=out, width=120).print(*tables)
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_every_state_and_every_queue_is_looked_at() -> None:
    found = look()
    assert found.pictures["ready"] == Count(5, exact=True)
    assert found.pictures["rejected"] == Count(5, exact=False)
    assert found.queues["resize"] == Depth(4, 1, 0)
    assert found.oldest_seconds == {"resize": 12.0, "notify": None}
    assert found.dead == 6


def test_what_nobody_measures_is_said_and_not_guessed() -> None:
    lines = shown(show.pictures(look()), show.queues(look()), show.failures(look()))
    assert "rejected more than 5" in lines
    assert "resize 4 1 12 s 5" in lines
    assert "notify 0 1 not measured 1" in lines
    assert "2026-01-01 00:00:00 resize truncated uploads/[bold].jpg" in lines


class MemoryIndex:
    """A table's index with this many pictures of every status, ten a page."""

    def __init__(self, pictures: int) -> None:
        self.pictures = pictures
        self.pages = 0

    def query(self, **asked: Any) -> dict[str, Any]:
        self.pages += 1
        if asked["ExpressionAttributeValues"][":part"]["S"] != "ready#3":
            return {"Count": 0}
        start = asked.get("ExclusiveStartKey", 0)
        count = min(10, self.pictures - start)
        more = start + count < self.pictures
        return {"Count": count, **({"LastEvaluatedKey": start + count} if more else {})}


def test_counting_goes_through_all_pages_and_stops_where_it_is_told_to() -> None:
    for pictures, most, counted, pages in (
        (25, 100, Count(25, exact=True), 18),
        (25, 20, Count(20, exact=False), 5),
        (20, 20, Count(20, exact=True), 17),
        (20, 15, Count(15, exact=False), 5),
        (0, 20, Count(0, exact=True), 16),
    ):
        index = MemoryIndex(pictures)
        assert DynamoStatuses("table", cast(Any, index)).count("ready", most=most) == counted
        assert index.pages == pages


class ProjectedIndex:
    """An index of one item, with the attributes that the program gives it."""

    def __init__(self, item: Item) -> None:
        table = record("dev").resource("dynamodb.Table", "catalog").inputs
        index = table["globalSecondaryIndexes"][0]
        keys = {key["attributeName"] for key in index["keySchemas"]}
        names = {table["hashKey"], *keys, *index["nonKeyAttributes"]}
        attributes = to_attributes(item)
        self.entry = {name: attributes[name] for name in names}

    def query(self, **asked: Any) -> dict[str, Any]:
        part = asked["ExpressionAttributeValues"][":part"]
        return {"Items": [self.entry] if self.entry["status_shard"] == part else []}


def test_the_programs_index_has_all_that_the_last_failures_show() -> None:
    item = Item(
        image_id=FAILED.image_id,
        bucket="originals",
        key=FAILED.key,
        sequencer="01",
        etag="etag",
        bytes=12345,
        failure=Failure(stage=FAILED.stage, code=FAILED.code, message=FAILED.message),
        updated_at=FAILED.at,
    )
    index = ProjectedIndex(item)
    assert DynamoStatuses("catalog", cast(Any, index)).last_failures(1) == [FAILED]


@pytest.mark.parametrize("edited", [{}, {"failure": {"S": "?"}, "key": {"N": "1"}}])
def test_a_failure_that_cannot_be_read_is_shown_as_unknown(edited: dict[str, Any]) -> None:
    class EditedIndex:
        def query(self, **asked: Any) -> dict[str, Any]:
            if asked["ExpressionAttributeValues"][":part"]["S"] != "failed#0":
                return {"Items": []}
            return {"Items": [{"image_id": {"S": "0a"}, "updated_at": {"S": "now"}, **edited}]}

    [failed] = DynamoStatuses("catalog", cast(Any, EditedIndex())).last_failures(1)
    assert failed == Failed("0a", "unknown", "now", "unknown", "unknown", "unknown")


class Sharded:
    """An index with entries in several parts."""

    def __init__(self, **parts: list[str]) -> None:
        self.parts = {f"failed#{shard[1:]}": times for shard, times in parts.items()}

    def query(self, **asked: Any) -> dict[str, Any]:
        part = asked["ExpressionAttributeValues"][":part"]["S"]
        times = sorted(self.parts.get(part, []), reverse=not asked.get("ScanIndexForward", True))
        return {"Items": [{"image_id": {"S": at}, "updated_at": {"S": at}} for at in times]}


def test_the_parts_of_a_status_are_read_in_one_order() -> None:
    statuses = DynamoStatuses("catalog", cast(Any, Sharded(s0=["1", "4"], sa=["3"], sf=["2", "5"])))

    assert list(statuses.unchanged("failed", since="9")) == ["1", "2", "3", "4", "5"]
    assert statuses.newest("failed") == "5"


def test_alarms_that_are_on_come_with_what_to_do() -> None:
    assert shown(show.alarms(look())) == [
        "alarm what to do",
        "darkroom-dev-api-5xx see the log of the function api",
    ]


def test_the_cost_of_today_names_the_limit_and_a_pause() -> None:
    today = Day("2026-01-01", {"labels": 12.5}, extra_usd=5)
    assert shown(show.budget(today, 0, None)) == ["today 12.50 USD"]
    assert shown(show.budget(today, 10, None)) == ["today 12.50 of 15.00 USD"]
    paused = Paused("2026-01-01T10:00:00.000+00:00", "x")
    assert shown(show.budget(today, 10, paused)) == [
        "today 12.50 of 15.00 USD; pictures wait since 2026-01-01 10:00:00: python -m ops resume"
    ]


def test_each_day_has_a_column_for_what_was_paid_for() -> None:
    days = [Day("2026-01-01"), Day("2026-01-02", {"labels": 0.002, "resize": 0.0001})]
    assert shown(show.costs(days)) == [
        "day labels resize USD",
        "2026-01-01 - - -",
        "2026-01-02 0.0020 0.0001 0.0021",
        "all 0.0020 0.0001 0.0021",
    ]
