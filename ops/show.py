"""What a person sees: tables."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from ops.policy import Replayed
from ops.status import Report
from ops.terminal import moment, status
from pipeline.explain import Line, because
from pipeline.item import Item
from pipeline.text import visible
from reconcile.findings import MEANINGS, Finding
from reconcile.walk import Cursor

__all__ = [
    "failures",
    "finding",
    "flips",
    "pictures",
    "queues",
    "reconciled",
    "restored",
    "story",
]


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
