"""`cost`: what pictures cost, by day."""

from collections import Counter
from datetime import timedelta
from typing import Annotated

import typer

from aws.dynamodb_spending import DynamoLedger
from ops import show
from ops.options import AsJson, print_json, stack_of
from ops.terminal import console
from pipeline.clock import utc
from pipeline.spending import day_of

_MOST_DAYS = 400


def cost(
    context: typer.Context,
    days: Annotated[
        int, typer.Option(min=1, max=_MOST_DAYS, help="How many days, today included.")
    ] = 7,
    as_json: AsJson = False,
) -> None:
    """Show what each day cost, by analysis and function, at list prices.

    The sums are those that dailyBudgetUsd limits: Rekognition, the functions resize and
    rekognition, and writing renditions. Everything else of a picture is about 2 % more. What
    Rekognition answered about the same bytes before is not asked again, and shown as saved.
    Sizes on demand have a limit of their own, onDemandDailyUsd, and are shown apart.
    """
    stack, now = stack_of(context), utc()
    ledger = DynamoLedger(stack.spending)
    found = [ledger.day(day_of(now - timedelta(days=ago))) for ago in reversed(range(days))]
    saved = [ledger.saved(each.day) for each in found]
    calls, saved_usd = sum(each.calls for each in saved), sum(each.usd for each in saved)
    demanded = [ledger.demand(each.day) for each in found]
    paused = ledger.paused()
    total = sum((Counter(each.costs) for each in found), Counter[str]())
    if as_json:
        for each, less, demand in zip(found, saved, demanded, strict=True):
            print_json(
                {
                    "day": each.day,
                    "usd": round(each.usd, 6),
                    "costs": dict(each.costs),
                    "saved_calls": less.calls,
                    "saved_usd": round(less.usd, 6),
                    "on_demand_usd": round(demand, 6),
                }
            )
        sums = {name: round(usd, 6) for name, usd in sorted(total.items())}
        print_json(
            {
                "usd": round(sum(total.values()), 6),
                "costs": sums,
                "saved_calls": calls,
                "saved_usd": round(saved_usd, 6),
                "on_demand_usd": round(sum(demanded), 6),
                "daily_budget_usd": stack.daily_budget_usd,
                "allowed_today_usd": round(found[-1].extra_usd, 6),
                "paused_since": paused.since if paused else None,
            }
        )
        return
    out = console()
    out.print(show.costs(found))
    if calls:
        out.print()
        out.print(f"known answers saved {calls:,} calls of Rekognition, {saved_usd:,.4f} USD")
    if any(demanded):
        out.print()
        out.print(
            f"sizes on demand cost {sum(demanded):,.4f} USD besides, {demanded[-1]:,.4f} today"
        )
    if stack.daily_budget_usd:
        out.print()
        out.print(show.budget(found[-1], stack.daily_budget_usd, paused))
