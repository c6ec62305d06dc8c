"""What a person sees: tables."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from ops.policy import Replayed
from ops.status import Report
from ops.terminal import moment, status
from pipeline.backfill import OUTCOMES, Backfill
from pipeline.explain import Line, because
from pipeline.item import Item
from pipeline.runs import Run
from pipeline.spending import Day, Paused
from pipeline.text import visible
from pipeline.trace import Span
from reconcile.cursor import Cursor
from reconcile.findings import MEANINGS, Finding

__all__ = [
    "alarms",
    "backfill_state",
    "backfills",
    "budget",
    "costs",
    "failures",
    "finding",
    "flips",
    "pictures",
    "queues",
    "reconciled",
    "restored",
    "story",
    "waterfall",
]


def alarms(report: Report) -> Table:
    """The alarms that are on."""
    table = Table("alarm", "what to do", box=None, pad_edge=False)
    for alarm in report.alarms:
        table.add_row(Text(alarm.name, "bold red"), Text(alarm.advice))
    return table


def pictures(report: Report) -> Table:
    """How many pictures are in each state."""
    table = Table("state", box=None, pad_edge=False)
    table.add_column("pictures", justify="right")
    for name, count in report.pictures.items():
        number = f"{count.pictures:,}" if count.exact else f"more than {count.pictures:,}"
        table.add_row(status(name), number)
    return table


def queues(report: Report) -> Table:
    """What waits for each function, and what has died on the way to it."""
    table = Table(box=None, pad_edge=False)
    table.add_column("function", overflow="fold")
    for column in ("waiting", "in flight", "oldest", "dead letters"):
        table.add_column(column, justify="right", overflow="fold")
    for name, depth in report.queues.items():
        age = report.oldest_seconds[name]
        dead = report.dead_letters[name].messages
        table.add_row(
            name,
            f"{depth.waiting + depth.delayed:,}",
            f"{depth.in_flight:,}",
            Text(f"{age:,.0f} s") if age is not None else Text("not measured", "dim"),
            Text(f"{dead:,}", "bold red" if dead else ""),
        )
    return table


def backfills(found: Sequence[tuple[Run, Backfill]]) -> Table:
    """How far backfills are; only outcomes that any of them has."""
    table = Table(box=None, pad_edge=False)
    columns = [each for each in OUTCOMES if any(record.outcomes.get(each) for _, record in found)]
    failed = any(run.failed for run, _ in found)
    for column in ("backfill (UTC)", "state", "of"):
        table.add_column(column, overflow="fold")
    for column in ("seen", *columns, *(["failed batches"] if failed else [])):
        table.add_column(column, justify="right", overflow="fold")
    for run, record in found:
        table.add_row(
            Text(run.name),
            Text(backfill_state(run, record)),
            Text(visible(run.given["prefix"])),
            f"{record.seen:,}",
            *(f"{record.outcomes.get(each, 0):,}" for each in columns),
            *([Text(f"{run.failed:,}", "bold red")] if failed else []),
        )
    return table


def backfill_state(run: Run, record: Backfill) -> str:
    """What is wanted of a backfill while it is under way; then how it ended."""
    return record.state if run.under_way else run.status.lower()


def failures(report: Report) -> Table:
    """The pictures that failed last."""
    table = Table(box=None, pad_edge=False)
    for column in ("failed at (UTC)", "stage", "code", "key"):
        table.add_column(column, overflow="fold")
    for failed in report.last_failures:
        table.add_row(
            moment(failed.at),
            failed.stage,
            Text(failed.code),
            Text(visible(failed.key)),
        )
    return table


def finding(found: Finding, outcome: str) -> Text:
    """One finding in a line."""
    return Text.assemble(
        (f"{found.kind:13}", "yellow"),
        (f"{outcome:9}", "green" if outcome == "repaired" else "dim"),
        visible(found.key or found.image_id),
        (f"  {visible(found.detail)}", "dim"),
    )


def reconciled(cursor: Cursor) -> Table:
    """What a run looked at, what it found, and what became of that."""
    table = Table("finding", box=None, pad_edge=False)
    table.add_column("found", justify="right")
    table.add_column("repaired", justify="right")
    table.add_column("meaning")
    for kind, meaning in MEANINGS.items():
        if kind in cursor.found:
            repaired = f"{cursor.repaired.get(kind, 0):,}"
            table.add_row(kind, f"{cursor.found[kind]:,}", repaired, meaning)
    return table


def restored(item: Item, outcome: str) -> Text:
    """One restored picture in a line."""
    return Text.assemble(
        (f"{outcome:9}", "yellow" if outcome in ("gone", "refused") else "dim"),
        visible(item.key),
        (f"  was {item.status}", "dim"),
    )


def story(item: Item, lines: Sequence[Line]) -> Table:
    """A picture's story."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("image", item.image_id)
    table.add_row("key", Text(visible(item.key)))
    table.add_row("status", status(item.status))
    table.add_section()
    for line in lines:
        table.add_row(line.at or "now", Text(visible(line.words.removeprefix("now "))))
    return table


def flips(counts: Mapping[tuple[str, str], int], first: Sequence[Replayed]) -> Sequence[Table]:
    """How many verdicts would be others, and the first pictures with the reasons."""
    matrix = Table("verdict", "would be", box=None, pad_edge=False)
    matrix.add_column("pictures", justify="right")
    for (was, would), count in sorted(Counter(dict(counts)).items()):
        matrix.add_row(was, Text(would, "bold" if was != would else "dim"), f"{count:,}")
    examples = Table(box=None, pad_edge=False)
    for column in ("picture", "was", "would be", "because"):
        examples.add_column(column, overflow="fold")
    for each in first:
        reasons = ", ".join(because(reason) for reason in each.reasons)
        examples.add_row(Text(visible(each.item.key)), each.was, each.would, reasons)
    return [matrix, examples] if first else [matrix]


def costs(days: Sequence[Day]) -> Table:
    """What each day cost, with a column for everything that anything was spent on."""
    names = sorted({name for day in days for name in day.costs})
    table = Table("day", box=None, pad_edge=False)
    for name in (*names, "USD"):
        table.add_column(name, justify="right")
    for day in days:
        amounts = [day.costs.get(name, 0.0) for name in names]
        table.add_row(day.day, *map(_usd, amounts), Text(_usd(day.usd), "bold"))
    table.add_section()
    sums = [sum(day.costs.get(name, 0.0) for day in days) for name in names]
    table.add_row("all", *map(_usd, sums), Text(_usd(sum(sums)), "bold"))
    return table


def _usd(amount: float) -> str:
    return f"{amount:,.4f}" if amount else "-"


def budget(today: Day, daily_usd: float, paused: Paused | None) -> Text:
    """What the day cost so far, of how much, and whether the queues are paused."""
    words = f"today {today.usd:,.2f} USD"
    if daily_usd:
        words = f"today {today.usd:,.2f} of {daily_usd + today.extra_usd:,.2f} USD"
    if paused is None:
        return Text(words)
    since = f"; pictures wait since {moment(paused.since)}: python -m ops resume"
    return Text.assemble(words, (since, "bold red"))


_BAR = 40


def waterfall(spans: Sequence[Span]) -> Table:
    """What each function did about a version, as bars on one scale."""
    table = Table(box=None, pad_edge=False)
    for column in ("function", "event", "ended"):
        table.add_column(column)
    table.add_column("", width=_BAR)
    for column in ("from s", "for s"):
        table.add_column(column, justify="right")
    began = min(span.began for span in spans)
    whole = max((span.ended - began for span in spans), default=0) or 1
    for span in spans:
        before = round((span.began - began) / whole * _BAR)
        length = max(round(span.seconds / whole * _BAR), 1)
        table.add_row(
            span.function,
            span.event,
            Text(span.outcome, "red" if span.outcome == "failed" else ""),
            Text(" " * min(before, _BAR - 1) + "█" * length, "cyan", no_wrap=True),
            f"{span.began - began:.2f}",
            f"{span.seconds:.2f}",
        )
    return table
