"""Lists of pictures, by month: their rows, and what to leave out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.item import Item, Status, Trashed
from pipeline.lifecycle import shown_content
from pipeline.policy import Gate

__all__ = ["Filters", "Listing", "Place", "Row", "Slice", "Span", "State", "row_of"]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What decides who may know of a picture."""

    image_id: str
    key: str
    status: Status
    content: str | None = None
    previous_content: str | None = None

    def shown(self, gate: Gate) -> str | None:
        """The content id of the renditions that everybody may see."""
        return shown_content(self.status, self.content, self.previous_content, gate)


@dataclass(frozen=True, kw_only=True)
class State(_Known):
    """How far a picture is."""

    revision: int
    purged: bool = False


@dataclass(frozen=True, kw_only=True)
class Row(_Known):
    """What lists know of a picture."""

    shown_at: str
    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    labels: tuple[str, ...] = ()
    """From specific to general."""
    alt_text: str | None = None
    camera: str | None = None
    trashed: Trashed | None = None


def row_of(item: Item) -> Row:
    """The picture as it is in its lists."""
    return Row(
        image_id=item.image_id,
        key=item.key,
        status=item.status,
        shown_at=item.shown_at,
        content=item.content,
        previous_content=item.previous_content,
        width=item.width,
        height=item.height,
        placeholder=item.placeholder,
        labels=tuple(label["name"] for label in item.telling_labels),
        alt_text=item.alt.text if item.alt else None,
        camera=(item.exif or {}).get("camera"),
        trashed=item.trashed,
    )


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which pictures of a list are wanted. Labels must all be there; of states and cameras one is
    enough. `begin` and `end` are days, `2026-01-31`, both included."""

    statuses: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    not_statuses: frozenset[str] = frozenset()
    not_labels: frozenset[str] = frozenset()
    not_cameras: frozenset[str] = frozenset()
    begin: str = ""
    end: str = "9999-12-31"
    trash: bool = False

    def match(self, row: Row) -> bool:
        """Whether the row is wanted."""
        labels = {label.lower() for label in row.labels}
        return (
            (row.status == "deleted") == self.trash
            and self.begin <= row.shown_at[:10] <= self.end
            and (not self.statuses or row.status in self.statuses)
            and row.status not in self.not_statuses
            and {label.lower() for label in self.labels} <= labels
            and not {label.lower() for label in self.not_labels} & labels
            and (not self.cameras or row.camera in self.cameras)
            and row.camera not in self.not_cameras
        )

    @property
    def dates_alone(self) -> bool:
        """Whether every row in the span is wanted, if it is not in the trash."""
        return self == Filters(begin=self.begin, end=self.end)

    def has_month(self, month: str) -> bool:
        """Whether pictures of the month can match."""
        span = self.span(month)
        # DynamoDB refuses to look between two moments in the wrong order.
        return self.begin[:7] <= month <= self.end[:7] and span.begin <= span.end

    def span(self, month: str) -> "Span":
        """The part of the month in which pictures can match."""
        return Span(begin=max(self.begin, month), end=min(self.end, f"{month}-31") + _LATEST)


_LATEST = "~"
"""Follows, in the order of DynamoDB, whatever a moment has after its day."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """From one moment to another, both included, in the order of `shown_at`."""

    begin: str
    end: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in a month: right after the picture with these keys."""

    shown_at: str
    image_id: str


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Some rows of a month, the newest first; `rest` is where the next begin, None at the end."""

    rows: Sequence[Row]
    rest: Place | None


class Listing(Protocol):
    """The catalog's lists. Each method is one read."""

    def states(self, image_ids: Sequence[str]) -> Mapping[str, State]:
        """Those of at most 100 pictures that exist."""

    def months(self, owner_id: str | None) -> Sequence[str]:
        """The months of which the owner, or without one anybody, ever had a picture, the newest
        first."""

    def slice(
        self,
        owner_id: str | None,
        month: str,
        after: Place | None,
        *,
        within: Span,
        most: int | None = None,
    ) -> Slice:
        """As many rows of this part of the month as one read returns, but at most `most`; possibly
        none although there are more."""
