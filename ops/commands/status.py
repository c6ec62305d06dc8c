"""`status`: how the stack is doing."""

from dataclasses import asdict
from typing import Annotated

import typer

from aws.cloudwatch import CloudWatchAges
from aws.dynamodb import DynamoStatuses
from aws.sqs import SqsQueues
from ops import show
from ops.options import AsJson, end, print_json, stack_of
from ops.status import report
from ops.terminal import console
from pipeline.clock import utc


def status(
    context: typer.Context,
    failures: Annotated[
        int, typer.Option(min=0, max=1000, help="How many of the last failures.")
    ] = 5,
    count_to: Annotated[
        int, typer.Option(min=1, help="Stop counting the pictures of a state here.")
    ] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Show pictures by state, queues, dead letters and the last failures.

    Ends with 1 if there are dead letters.
    """
    stack = stack_of(context)
    found = report(
        statuses=DynamoStatuses(stack.catalog),
        queues=SqsQueues(),
        ages=CloudWatchAges(utc),
        urls=stack.queues,
        dead_letter_urls=stack.dead_letters,
        count_to=count_to,
        failures=failures,
    )
    if as_json:
        print_json(asdict(found))
    else:
        out = console()
        out.print(show.pictures(found), "", show.queues(found))
        if found.last_failures:
            out.print("", show.failures(found))
        if found.dead:
            out.print("\nSend dead letters back with: python -m ops redrive", style="bold")
    end(attention=found.dead > 0)
