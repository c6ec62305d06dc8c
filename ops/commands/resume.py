"""`resume`: work on although the budget of the day is spent."""

from time import monotonic, sleep
from typing import Annotated

import typer

from aws.dynamodb_spending import DynamoLedger
from aws.eventbridge import EventBridgeBus
from ops.options import AsJson, end, print_json, stack_of
from ops.terminal import print_line
from pipeline.clock import utc
from pipeline.spending import BudgetRaised, day_of

_WAIT_SECONDS = 60.0


def resume(
    context: typer.Context,
    usd: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000_000,
            metavar="USD",
            help="How much more may be spent today; by default as much as dailyBudgetUsd.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Allow more for the rest of the day of UTC, and resume the queues that the budget paused.

    Ends with 1 if they are still paused after a minute.
    """
    stack = stack_of(context)
    ledger, day = DynamoLedger(stack.spending), day_of(utc())
    sums = ledger.day(day)
    # From what is spent by now: a pause that began hours ago must not end for one picture.
    over = max(sums.usd - stack.daily_budget_usd - sums.extra_usd, 0.0)
    more = float(usd or stack.daily_budget_usd)
    if more:
        ledger.allow(day, over + more)
    EventBridgeBus(stack.pipeline).publish([BudgetRaised(day)])
    until = monotonic() + _WAIT_SECONDS
    while (paused := ledger.paused()) and monotonic() < until:
        sleep(0.5)
    limit = ledger.day(day).extra_usd + stack.daily_budget_usd
    if as_json:
        print_json({"day": day, "limit_usd": round(limit, 6), "paused": paused is not None})
    elif paused:
        print_line(f"still paused since {paused.since}: see the log of the function budget")
    elif stack.daily_budget_usd:
        print_line(f"running; {day} may cost {limit:,.2f} USD, {sums.usd:,.2f} USD are spent")
    else:
        print_line("running; there is no dailyBudgetUsd")
    end(attention=paused is not None)
