"""Who reviews now, and which picture each of them has in view."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pipeline.catalog import ConflictError
from pipeline.clock import Clock
from pipeline.records import Record, Records

__all__ = ["LASTS", "Presence"]

LASTS = timedelta(seconds=75)
"""For so long a reviewer who says nothing more is taken to be there. The page tells every 30 s."""

_RECORD = "reviewing"
_TRIES = 5


@dataclass(frozen=True)
class Presence:
    """One record of everybody who reviews: few people at a time do."""

    records: Records
    clock: Clock

    def tell(self, who: str, picture: str | None) -> Sequence[str | None]:
        """Note that `who` has this picture in view, or none; returns the pictures of the others, in
        the order of their ids.

        It is a courtesy: where too many write at once, `who` is not noted this time.
        """
        others: dict[str, dict[str, Any]] = {}
        for _ in range(_TRIES):
            now = int(self.clock().timestamp())
            until = now + int(LASTS.total_seconds())
            record = self.records.get(_RECORD) or Record(id=_RECORD, expires_at=until)
            others = {
                each: seen
                for each, seen in record.values.items()
                if each != who and seen["until"] > now
            }
            values = others | {who: {"picture": picture, "until": until}}
            try:
                self.records.put(replace(record, expires_at=until, values=values))
                break
            except ConflictError:
                continue
        return [others[each]["picture"] for each in sorted(others)]
