"""Items of an older schema, written again in today's form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias

from pipeline.catalog import ConflictError, Table
from pipeline.item import Item, Malformed

__all__ = ["Migrated", "Outcome", "Outdated", "OutdatedItems", "OutdatedPage", "migrated"]

Outcome: TypeAlias = Literal["migrated", "would", "changed", "unreadable"]


@dataclass(frozen=True)
class Outdated:
    """An item as it is stored in an older form. `write_units` is what DynamoDB bills for writing it
    once, without indexes."""

    item: Item | Malformed
    write_units: int


@dataclass(frozen=True)
class OutdatedPage:
    """One page of a scan: where it ended, how many items it read, and those that are outdated.

    `read_units` is what DynamoDB billed for it, 0 where it does not report that.
    """

    after: str
    seen: int
    read_units: float
    outdated: Sequence[Outdated]


class OutdatedItems(Protocol):
    """The catalog's items that lack something of the current schema."""

    def after(self, image_id: str) -> Iterator[OutdatedPage]:
        """A page at a time, in the table's own order. Start with an empty string, or continue after
        the last image id of a page."""


@dataclass(frozen=True)
class Migrated:
    """One page after its items were written: the counts of each outcome, and what was billed."""

    after: str
    seen: int
    outcomes: Mapping[Outcome, int]
    problems: Sequence[Malformed]
    read_units: float
    write_units: int


def migrated(
    outdated: OutdatedItems, table: Table | None, *, after: str = ""
) -> Iterator[Migrated]:
    """Write each outdated item again in today's form; without a table, only count them.

    Yields a page at a time. A write is conditional on the item's revision: if a function changed
    the item meanwhile, that function has written today's form. An item that cannot be read is
    counted and left as it is. Starting again, from anywhere, is harmless.
    """
    for page in outdated.after(after):
        outcomes: dict[Outcome, int] = {}
        write_units = 0
        for each in page.outdated:
            outcome = _migrate(each, table)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            write_units += each.write_units if outcome in ("migrated", "would") else 0
        items = [each.item for each in page.outdated]
        problems = [item for item in items if isinstance(item, Malformed)]
        yield Migrated(page.after, page.seen, outcomes, problems, page.read_units, write_units)


def _migrate(outdated: Outdated, table: Table | None) -> Outcome:
    item = outdated.item
    if isinstance(item, Malformed):
        return "unreadable"
    if table is None:
        return "would"
    try:
        table.put(replace(item, revision=item.revision + 1), replacing=item.revision)
    except ConflictError:
        return "changed"
    return "migrated"
