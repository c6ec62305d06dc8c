"""The best of the newest pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.caller import Caller
from api.cursors import Cursor
from api.pictures import Pictures
from pipeline.inventory import Items
from pipeline.item import Item
from pipeline.listing import Filters, Row

__all__ = ["Best", "best"]

_COMPARED = 500
"""Pictures that are compared, at most."""
_READS = 20
"""Parts of the list that are read, at most."""
_AT_ONCE = 100
"""Items that are found at once."""


@dataclass(frozen=True)
class Best:
    """Pictures with their scores, the best first. `compared` were looked at; with `more`, the
    filters have others, which are older."""

    pictures: Sequence[tuple[Row, float]]
    compared: int
    more: bool


def best(pictures: Pictures, items: Items, caller: Caller, filters: Filters, most: int) -> Best:
    """The best of the ready pictures that the caller may see, among the newest 500 of them. A
    picture without a score is none of them."""
    filters = replace(filters, statuses=frozenset(("ready",)))
    rows: list[Row] = []
    start: Cursor | None = None
    for _ in range(_READS):
        page = pictures.page(caller, filters, start, _COMPARED - len(rows))
        rows += page.rows
        start = page.next
        if start is None or len(rows) == _COMPARED:
            break
    scores: dict[str, float] = {}
    for begin in range(0, len(rows), _AT_ONCE):
        found = items.find([row.image_id for row in rows[begin : begin + _AT_ONCE]])
        scores |= {
            name: item.score
            for name, item in found.items()
            if isinstance(item, Item) and item.status == "ready" and item.score is not None
        }
    # Of equals the newest: sorting keeps the order of the list.
    scored = [(row, scores[row.image_id]) for row in rows if row.image_id in scores]
    scored.sort(key=lambda each: -each[1])
    return Best(scored[:most], len(rows), start is not None)
