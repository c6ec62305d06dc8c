"""`status`: how the stack is doing."""

from dataclasses import asdict
from functools import partial
from time import sleep
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from aws.cloudwatch import CloudWatchAges, CloudWatchAlarms
from aws.dynamodb import DynamoStatuses
from aws.dynamodb_spending import DynamoLedger
from aws.sqs import SqsQueues
from ops import show
from ops.options import AsJson, end, print_json, stack_of
from ops.stack import Stack
from ops.status import Report, report
from ops.terminal import console
from ops.terminal import watch as watch_again
from pipeline.clock import utc
from pipeline.spending import day_of

_WATCH_SECONDS = 2.0


def status(
    context: typer.Context,
    failures: Annotated[
        int, typer.Option(min=0, max=1000, help="How many of the last failures.")
    ] = 5,
    count_to: Annotated[
        int, typer.Option(min=1, help="Stop counting the pictures of a state here.")
    ] = 100_000,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every few seconds, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show alarms, pictures by state, queues, dead letters, the last failures and today's cost.

    Ends with 1 if there are dead letters.
    """
    if watch and as_json:
        raise typer.BadParameter("--watch and --json exclude each other")
    stack = stack_of(context)

    def look() -> Report:
        return _look(stack, count_to, failures)

    if watch:
        watch_again(lambda: _shown(stack, look()), console(), partial(sleep, _WATCH_SECONDS))
    found = look()
    if as_json:
        print_json(asdict(found))
    else:
        console().print(_shown(stack, found))
    end(attention=found.dead > 0)


def _look(stack: Stack, count_to: int, failures: int) -> Report:
    return report(
        statuses=DynamoStatuses(stack.catalog),
        queues=SqsQueues(),
        ages=CloudWatchAges(utc),
        urls=stack.queues,
        dead_letter_urls=stack.dead_letters,
        count_to=count_to,
        failures=failures,
        alarms=CloudWatchAlarms(stack.alerts),
        ledger=DynamoLedger(stack.spending),
        day=day_of(utc()),
    )


def _shown(stack: Stack, found: Report) -> Group:
    parts: list[RenderableType] = [show.pictures(found), "", show.queues(found)]
    if found.alarms:
        parts[:0] = [show.alarms(found), ""]
    if found.last_failures:
        parts += ["", show.failures(found)]
    if found.today.usd or stack.daily_budget_usd:
        parts += ["", show.budget(found.today, stack.daily_budget_usd, found.paused)]
    if found.dead:
        parts += ["", Text("Send dead letters back with: python -m ops redrive", "bold")]
    return Group(*parts)
