"""How far a comparison is, in plain values that fit into an event."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

__all__ = ["GRACE", "PARTS", "SHARD_PARTS", "Cursor", "Part", "together"]

Part = Literal[
    "renditions", "previews", "likeness", "vectors", "originals", "catalog", "pictures", "end"
]
PARTS: tuple[Part, ...] = (
    "renditions",
    "previews",
    "likeness",
    "vectors",
    "originals",
    "catalog",
    "end",
)
SHARD_PARTS: tuple[Part, ...] = ("pictures", "previews", "likeness", "vectors", "catalog", "end")
"""The parts of one shard of a comparison by inventory."""

GRACE = timedelta(hours=2)
"""What changed within this time is not judged. It is longer than all attempts at a message take,
which is an hour: ten, each hidden for six minutes."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far a run is; another process can continue from here.

    Nothing that changed after `before` is judged. `repairs` is how many more may be made, `after`
    the last key or image id of `part` that is done. A comparison by inventory names the key of the
    manifest as `inventory` and compares the pictures whose image ids begin with `shard`.
    """

    before: datetime
    repairs: int
    part: Part = PARTS[0]
    after: str = ""
    seen: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, int] = field(default_factory=dict)
    repaired: Mapping[str, int] = field(default_factory=dict)
    shard: str = ""
    inventory: str = ""
    takeover: str = ""
    """Which embedding model was to take over from which when the walk through the catalog began."""
    unplaced: int = 0
    """Pictures of that walk that the next model has not placed, the newest among them."""

    @property
    def parts(self) -> Sequence[Part]:
        """The parts of the run, in order."""
        return SHARD_PARTS if self.inventory else PARTS

    @property
    def shards(self) -> int:
        """How many shards the comparison is divided into; 1 if it is not."""
        return int("1" + "0" * len(self.shard), 16)

    @property
    def sixteenth(self) -> str:
        """The last digit of the image ids whose originals a comparison by inventory looks up
        although nothing is suspicious: another digit with each day's or week's inventory."""
        return f"{self.before.toordinal() % 16:x}"

    @property
    def left(self) -> dict[str, int]:
        """How many findings of each kind were not repaired."""
        return {kind: count - self.repaired.get(kind, 0) for kind, count in self.found.items()}

    @property
    def unrepaired(self) -> int:
        """How many findings were not repaired."""
        return sum(self.left.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return {**vars(self), "before": self.before.isoformat()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Cursor":
        """The inverse of `to_dict`, also for cursors that an earlier release wrote."""
        part = "catalog" if values["part"] == "catalogue" else values["part"]  # 0.1.0 wrote it so
        before = datetime.fromisoformat(values["before"])
        return cls(**{**values, "part": part, "before": before})


def together(cursors: Sequence[Cursor]) -> Cursor:
    """The last of them, with the counts of all."""
    return replace(
        cursors[-1],
        seen=_added([each.seen for each in cursors]),
        found=_added([each.found for each in cursors]),
        repaired=_added([each.repaired for each in cursors]),
        unplaced=sum(each.unplaced for each in cursors),
    )


def _added(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
