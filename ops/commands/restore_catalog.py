"""`restore-catalog`: what the catalog lost, from a backup."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from aws.dynamodb import DynamoTable, is_record, read
from aws.dynamodb_backups import DynamoBackups
from aws.dynamodb_people import DynamoTrail
from ops.options import AsJson, DryRun, print_json, spinner, stack_of
from ops.recovery import recover, recovery_of
from ops.repairs import repairs_of
from ops.stack import Stack
from ops.terminal import print_line
from pipeline.bus import Bus
from pipeline.catalog import Catalog
from pipeline.clock import iso, utc
from pipeline.item import Item
from pipeline.lifecycle import advance

_LONGEST_BACKUP = timedelta(days=35)

_OUTCOMES = ("recovered", "merged", "unchanged", "erased", "unreadable")


def restore_catalog(
    context: typer.Context,
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S"],
            metavar="TIME",
            help="The moment in UTC, like 2026-11-28T09:30:00; by default the latest possible.",
        ),
    ] = None,
    copy: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TABLE", help="A table that was restored before, which is kept."
        ),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring back what the catalog held at a moment and lacks now.

    Needs the backups of a protected stage. Items that exist keep what they are, and get what people
    made of the picture if they have nothing newer. What was deleted for good since is not brought
    back. Run `reconcile --repair` afterwards.
    """
    if at is not None and copy is not None:
        raise typer.BadParameter("--at and --from exclude each other")
    stack = stack_of(context)
    backups = DynamoBackups(stack.catalog)
    moment = at.replace(tzinfo=UTC) if at else None
    source = copy or f"{stack.catalog}-restored-{utc():%Y%m%d%H%M%S}"
    with spinner(quiet=as_json) as progress:
        if copy is None:
            for status in backups.restore(moment, source):
                progress(f"making the table {source}: {status.lower()}")
        erased = _Erased.since(stack, moment)
        repairs = repairs_of(stack, "restore-catalog")
        if not dry_run:
            # Before the first write: a run that is killed is on record too.
            repairs.record(stack.catalog, source=source, at=iso(moment) if moment else None)
        catalog = Catalog(DynamoTable(stack.catalog), utc)
        recovery = _Recovery(backups, catalog, repairs, erased, dry_run)
        for entry in backups.entries(source):
            recovery.take(entry)
            progress(f"{recovery.counts.total():,} entries")
    if copy is None:
        backups.drop(source)
    counts = {name: recovery.counts[name] for name in _OUTCOMES}
    if as_json:
        print_json(counts)
    else:
        print_line(", ".join(f"{count:,} {name}" for name, count in counts.items()))
        print_line("compare it with the buckets: python -m ops reconcile --repair --grace 0")


@dataclass
class _Erased:
    """What was deleted for good, by the audit trail: pictures, and everything of a person."""

    pictures: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)

    @classmethod
    def since(cls, stack: Stack, moment: datetime | None) -> "_Erased":
        trail = DynamoTrail(stack.audit, stack.audit_days)
        found = cls()
        # Without a moment the copy may be minutes old, or of any age with --from.
        begin = moment or utc() - _LONGEST_BACKUP
        for entry in trail.entries(since=begin, until=utc()):
            if entry.kind == "deletion":
                found.pictures.add(entry.subject)
            elif entry.kind == "removal":
                found.people.add(entry.subject)
        return found

    def covers(self, item: Item) -> bool:
        return item.image_id in self.pictures or item.owner_id in self.people


@dataclass
class _Recovery:
    """Takes the entries of a copy one by one, and counts what became of each."""

    backups: DynamoBackups
    catalog: Catalog
    bus: Bus
    erased: _Erased
    dry_run: bool
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, entry: dict[str, Any]) -> None:
        if is_record(entry):
            self.counts["recovered" if self._missing(entry) else "unchanged"] += 1
            return
        item = read(entry)
        if not isinstance(item, Item):
            self.counts["unreadable"] += 1
        elif self.erased.covers(item):
            self.counts["erased"] += 1
        elif self._missing(entry):
            self.counts["recovered"] += 1
        else:
            self.counts["merged" if self._merge(item) else "unchanged"] += 1

    def _missing(self, entry: dict[str, Any]) -> bool:
        if self.dry_run:
            return self.backups.is_missing(entry["image_id"]["S"])
        return self.backups.put_missing(entry)

    def _merge(self, restored: Item) -> bool:
        """Give the item what people made of the picture; returns whether it had lost any."""
        if not self.dry_run:
            return recover(self.catalog, self.bus, restored)
        item = self.catalog.get(restored.image_id)
        return item is not None and advance(item, recovery_of(restored), utc()) is not item
