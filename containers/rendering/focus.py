"""What the catalog knows to matter in a picture."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analyses import Analyses
from pipeline.facts import Face, Text
from pipeline.item import Item
from rendering.framing import Area, Focus

__all__ = ["focus_of"]


def focus_of(item: Item, *, analysed: bool) -> Focus | None:
    """The point that a person chose, and what the analysis found if it is known to be complete;
    None if nothing is known.

    Pass `analysed` only where everybody who makes the same rendition knows the same. Otherwise two
    runs could write different files to one address.
    """
    made = item.curated
    point = Area(*made.focus, 0.0, 0.0) if made and made.focus else None
    if not analysed:
        return None if point is None else Focus(point=point)
    looked_for = Analyses(("faces", "text")).within(item.asked or {})
    return Focus(faces=_areas(item.faces), text=_areas(item.text), point=point, searched=looked_for)


def _areas(found: Sequence[Face | Text]) -> tuple[Area, ...]:
    return tuple(Area(**each["box"]) for each in found)
