"""`audit`: what people did that others must be able to trace."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from aws.dynamodb_people import DynamoTrail
from ops.options import AsJson, print_json, stack_of
from ops.terminal import console, moment, print_line
from pipeline.audit import KINDS
from pipeline.clock import iso, utc
from pipeline.text import visible


def audit(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="From when on (UTC); the last seven days by default."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help=f"One of {', '.join(KINDS)}.")
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="ID", help="What one person did.")] = None,
    subject: Annotated[
        str | None, typer.Option(metavar="ID", help="What was done to a picture or a person.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the audit trail, the newest entry first.

    It has verdicts, downloads of originals, permanent deletions with their receipts, changes of
    roles, and what operators had processed again.
    """
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"--kind must be one of {', '.join(KINDS)}, got {kind}")
    begin = _time(since) if since is not None else utc() - timedelta(days=7)
    stack = stack_of(context)
    table = Table(box=None, pad_edge=False)
    for column in ("at", "what", "by", "to", "detail"):
        table.add_column(column, overflow="fold")
    for entry in DynamoTrail(stack.audit, stack.audit_days).entries(since=begin, until=utc()):
        if (
            kind not in (None, entry.kind)
            or by not in (None, entry.by)
            or subject not in (None, entry.subject)
        ):
            continue
        if as_json:
            print_json({**vars(entry), "detail": dict(entry.detail)})
        else:
            detail = ", ".join(f"{name} {value}" for name, value in entry.detail.items())
            words = (entry.at, entry.kind, entry.by, entry.subject, detail)
            table.add_row(*(Text(visible(word)) for word in words))
    if table.rows:
        console().print(table)
    elif not as_json:
        print_line(f"no matching entry since {moment(iso(begin))} UTC")


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"--since must be ISO 8601, got {text}") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)
