"""`trace`: where the time of one picture went."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from aws.logs import CloudWatchLogs
from ops import show
from ops.options import AsJson, print_json, stack_of
from ops.pictures import IMAGE_HELP, find_item
from ops.terminal import console, print_line
from pipeline.trace import spans

_EARLIER_SECONDS = 60
"""The machines' clocks differ by less."""


def trace(
    context: typer.Context,
    image: Annotated[str, typer.Argument(help=IMAGE_HELP)],
    as_json: AsJson = False,
) -> None:
    """Show what each function did about the picture's version, from its upload to its notice.

    It reads the functions' logs, which are kept for retentionDays.
    """
    stack = stack_of(context)
    item = find_item(stack, image)
    trace_id = item.original.trace_id
    first = next(iter(item.timeline), {"at": item.created_at})["at"]
    since = datetime.fromisoformat(first).timestamp() - _EARLIER_SECONDS
    logs = CloudWatchLogs()
    found = spans(
        (
            line
            for function, group in stack.logs.items()
            for line in logs.lines(function, group, containing=trace_id, since=since)
        ),
        trace_id,
    )
    if as_json:
        for span in found:
            print_json({"trace_id": trace_id, **asdict(span)})
        return
    print_line(f"trace {trace_id}")
    if found:
        console().print(show.waterfall(found))
    else:
        print_line("the logs have no line of it: they may be older than retentionDays")
