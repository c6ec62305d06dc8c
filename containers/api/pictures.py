"""Pictures as a caller may see them: the one place that decides who sees what."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from api.caller import Caller
from api.cursors import Cursor
from api.errors import InvalidError, NotFoundError
from pipeline.address import parse_upload
from pipeline.bus import Bus
from pipeline.catalog import Catalog
from pipeline.inventory import Items
from pipeline.item import Item, Status
from pipeline.lifecycle import Described, decisions, shown
from pipeline.listing import Filters, Listing, Place, Row, State
from pipeline.policy import Gate
from pipeline.statuses import StatusOrder

__all__ = ["ChangedMeanwhileError", "Days", "NotDescribableError", "Page", "Pictures", "manages"]

_DAYS_READS = 20
"""How many reads one request for dates may take, of up to 1 MB each."""

_EVER = "9999"


class ChangedMeanwhileError(Exception):
    """It is not the revision any more that the caller saw."""


class NotDescribableError(Exception):
    """It is in the trash, or nothing is known yet that would tell its bytes from others."""


@dataclass(frozen=True)
class Page:
    """Some rows of a list, the newest first, and where it goes on."""

    rows: Sequence[Row]
    next: Cursor | None


@dataclass(frozen=True)
class Days:
    """How many pictures each day has of each state, and where it goes on."""

    days: Mapping[str, Counter[Status]]
    next: Cursor | None


@dataclass(frozen=True)
class Pictures:
    """Finds and describes pictures.

    An owner sees their own, a reviewer all. With `shared` everybody also sees what is shown. What a
    caller may not see does not exist for them.
    """

    catalog: Catalog
    items: Items
    listing: Listing
    statuses: StatusOrder
    bus: Bus
    gate: Gate
    shared: bool

    def see(self, image_id: str, caller: Caller) -> Item:
        """The picture, if the caller may see it. Raises `NotFoundError`."""
        item = self.catalog.get(image_id)
        if item is None or not self.sees(item, caller):
            raise NotFoundError
        return item

    def sees(self, item: Item, caller: Caller) -> bool:
        """Whether the picture exists for the caller."""
        if item.purged:
            return False
        return manages(item.key, caller) or (self.shared and bool(shown(item, self.gate)))

    def manage(self, image_id: str, caller: Caller) -> Item:
        """The picture, if the caller owns it or is a reviewer. Raises `NotFoundError`."""
        item = self.catalog.get(image_id)
        if item is None or item.purged or not manages(item.key, caller):
            raise NotFoundError
        return item

    def states(self, image_ids: Sequence[str], caller: Caller) -> dict[str, State]:
        """Those of at most 100 pictures that the caller may see."""
        found = self.listing.states(sorted(set(image_ids)))
        return {
            name: state
            for name, state in found.items()
            if not state.purged
            and (manages(state.key, caller) or (self.shared and state.shown(self.gate)))
        }

    def page(self, caller: Caller, filters: Filters, start: Cursor | None, limit: int) -> Page:
        """At most `limit` rows, in two reads: a page may be short, even empty, before the end."""
        scope = self._scope(caller)
        months = _remaining(self.listing.months(scope), filters, start)
        if not months:
            return Page([], None)
        place = _place(start, months[0], filters)
        # Without other filters nearly every row is wanted: more of them would be paid for in vain.
        most = limit if filters.dates_alone else None
        part = self.listing.slice(
            scope, months[0], place, within=filters.span(months[0]), most=most
        )
        wanted = [row for row in part.rows if self._wants(row, caller, filters)]
        if len(wanted) > limit:
            last = wanted[limit - 1]
            here = Place(shown_at=last.shown_at, image_id=last.image_id)
            return Page(wanted[:limit], (months[0], here))
        return Page(wanted, _following(months, part.rest))

    def days(self, caller: Caller, filters: Filters, start: Cursor | None) -> Days:
        """How many of these pictures each day has, the newest days first."""
        scope = self._scope(caller)
        months = _remaining(self.listing.months(scope), filters, start)
        following = (months[0], _place(start, months[0], filters)) if months else None
        days: defaultdict[str, Counter[Status]] = defaultdict(Counter)
        for _ in range(_DAYS_READS):
            if following is None:
                break
            month, place = following
            part = self.listing.slice(scope, month, place, within=filters.span(month))
            for row in part.rows:
                if self._wants(row, caller, filters):
                    days[row.shown_at[:10]][row.status] += 1
            months = months[months.index(month) :]
            following = _following(months, part.rest)
        return Days(days, following)

    def describe(
        self,
        item: Item,
        *,
        revision: int,
        alt_text: str | None,
        focus: tuple[float, float] | None,
    ) -> Item:
        """Keep what a person wrote. Raises `ChangedMeanwhileError` or `NotDescribableError`."""
        if item.revision != revision:
            raise ChangedMeanwhileError(item.image_id)
        if item.deleted:
            raise NotDescribableError(
                "the picture is in the trash; restore it before you change it"
            )
        written = self.catalog.advance(
            Described(original=item.original, revision=revision, alt_text=alt_text, focus=focus)
        )
        if written is None or written.revision == revision:
            raise NotDescribableError("the picture must have been received; retry in a few seconds")
        made = written.curated
        if made is None or (made.alt_text, made.focus) != (alt_text, focus):
            raise ChangedMeanwhileError(item.image_id)
        if written.original != item.original:
            self.bus.publish(decisions(written))
        return written

    def held(self, most: int) -> list[Item]:
        """The pictures that wait for a reviewer, the longest waiting first."""
        waiting = list(islice(self.statuses.unchanged("held", since=_EVER), most))
        found = self.items.find(waiting) if waiting else {}
        items = [item for each in waiting if isinstance(item := found.get(each), Item)]
        return [item for item in items if item.status == "held"]

    def _scope(self, caller: Caller) -> str | None:
        return None if caller.is_reviewer or self.shared else caller.owner_id

    def _wants(self, row: Row, caller: Caller, filters: Filters) -> bool:
        visible = manages(row.key, caller) or (self.shared and bool(row.shown(self.gate)))
        return visible and filters.match(row)


def manages(key: str, caller: Caller) -> bool:
    """Whether the picture under the key is the caller's to change: as its owner, or a reviewer."""
    upload = parse_upload(key)
    return caller.is_reviewer or (upload is not None and upload.owner_id == caller.owner_id)


def _remaining(months: Sequence[str], filters: Filters, start: Cursor | None) -> list[str]:
    return [
        month
        for month in months
        if filters.has_month(month) and (start is None or month <= start[0])
    ]


def _place(start: Cursor | None, month: str, filters: Filters) -> Place | None:
    """Where in the month the list goes on. DynamoDB refuses a place that the filters leave out."""
    place = start[1] if start and start[0] == month else None
    span = filters.span(month)
    if place and not span.begin <= place.shown_at <= span.end:
        raise InvalidError("cursor must be one that a list with these dates returned")
    return place


def _following(months: Sequence[str], rest: Place | None) -> Cursor | None:
    """Where a list goes on after a part of its first month."""
    if rest:
        return months[0], rest
    return (months[1], None) if len(months) > 1 else None
