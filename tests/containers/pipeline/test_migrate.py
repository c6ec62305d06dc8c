"""Older items get today's attributes, and nothing that a function wrote meanwhile is lost."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.item import Item, Malformed
from pipeline.migrate import Migrated, Outdated, OutdatedPage, migrated
from proofs.memory import MemoryTable
from tests.containers.pipeline.test_explain import item


@dataclass
class Pages:
    """Outdated items, one per page, of which the table has one more that is up to date."""

    found: list[Outdated]

    def after(self, image_id: str) -> Iterator[OutdatedPage]:
        for each in self.found:
            if each.item.image_id > image_id:
                yield OutdatedPage(each.item.image_id, seen=2, read_units=1.5, outdated=[each])


def stored(number: int) -> Item:
    return item(image_id=f"{number:032x}", key=f"uploads/{number}.jpg", revision=3)


def outdated(*items: Item) -> Pages:
    return Pages([Outdated(each, write_units=2) for each in items])


def table_of(*items: Item) -> MemoryTable:
    return MemoryTable(items={each.image_id: each for each in items})


def page(number: int, outcome: str, units: int) -> Migrated:
    counts = {outcome: 1}
    return Migrated(f"{number:032x}", 2, counts, [], 1.5, units)  # type: ignore[arg-type] # a literal


def test_every_outdated_item_is_written_once_with_the_next_revision() -> None:
    one, two = stored(1), stored(2)
    table = table_of(one, two)
    assert list(migrated(outdated(one, two), table)) == [
        page(1, "migrated", 2),
        page(2, "migrated", 2),
    ]
    assert table.items == {each.image_id: replace(each, revision=4) for each in (one, two)}


def test_without_a_table_nothing_is_written_and_the_price_is_the_same() -> None:
    assert list(migrated(outdated(stored(1)), None)) == [page(1, "would", 2)]


def test_what_a_function_changed_meanwhile_is_left_to_it() -> None:
    one, two = stored(1), stored(2)
    newer = replace(one, width=640, revision=4)
    table = table_of(newer, two)
    assert list(migrated(outdated(one, two), table)) == [
        page(1, "changed", 0),
        page(2, "migrated", 2),
    ]
    assert table.items[one.image_id] == newer


def test_an_item_that_cannot_be_read_stops_no_other() -> None:
    broken = Malformed("0" * 32, "uploads/a.jpg", "bytes must be a whole number, got 'ten'")
    one = stored(1)
    table = table_of(one)
    first, second = migrated(Pages([Outdated(broken, 1), *outdated(one).found]), table)
    assert (first.outcomes, first.problems, first.write_units) == ({"unreadable": 1}, [broken], 0)
    assert second == page(1, "migrated", 2)


def test_an_interrupted_run_continues_after_the_last_page() -> None:
    one, two = stored(1), stored(2)
    table = table_of(one, two)
    run = migrated(outdated(one, two), table)
    stopped = next(run).after
    assert list(migrated(outdated(one, two), table, after=stopped)) == [page(2, "migrated", 2)]
