"""What operators are alerted to, and what the dashboard shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from components.alarms import Watch
from components.dashboard import Graph
from components.function import Function
from components.http_api import HttpApi
from components.metric import Metric
from components.route import Route

__all__ = ["PAUSED", "paused", "questions", "watches"]

OLDEST_SECONDS = 1800
"""A message waits longer only behind a backlog, or because its function fails."""

BULK_OLDEST_SECONDS = 86_400
"""Bulk work may wait, but SQS deletes what has waited for 14 days."""

NEAR_TIMEOUT = 0.9

MOST_BOUNCES = 0.05
"""The share from which AWS puts an account's sending under review."""

PAUSED = ("rekognition", "resize")
"""The routes that a budget pauses, and those of their bulk work."""


def watches(
    functions: Sequence[Function], routes: Sequence[Route], api: HttpApi, *, mails: bool
) -> list[Watch]:
    """Everything that is wrong where it is above zero, or above its limit.

    Dead letters are not among them: each route watches its own.
    """
    by_name = {each.label: each for each in functions}
    found = [watch for function in functions for watch in _of_function(function)]
    found += [_of_route(route) for route in routes]
    if "develop" in by_name:
        found += _on_demand(by_name["develop"])
    found.append(
        Watch(
            name="api-5xx",
            metric=api.metric("5xx"),
            above=0,
            advice="the API returned 5xx: see the log of the function api",
        )
    )
    found.append(
        Watch(
            name="findings",
            metric=by_name["reconcile"].own("Findings", "Sum"),
            above=0,
            advice="reconcile found differences: python -m ops reconcile",
        )
    )
    if mails:
        found.append(
            Watch(
                name="bounces",
                metric=Metric(
                    namespace="AWS/SES", name="Reputation.BounceRate", statistic="Maximum"
                ),
                above=MOST_BOUNCES,
                advice="mail bounces: see mailDomains and SES's suppression list",
            )
        )
    return found


def _on_demand(develop: Function) -> list[Watch]:
    return [
        Watch(
            name="develop-there",
            metric=develop.own("AlreadyThere", "Sum"),
            above=0,
            advice=(
                "develop was asked for files that are in the bucket of renditions: see whether "
                "CloudFront can read it (its policy, the origin access control)"
            ),
        ),
        Watch(
            name="develop-failed",
            metric=develop.own("Failed", "Sum"),
            above=0,
            advice="viewers got 503, as develop could not ask AWS: see its log",
        ),
        Watch(
            name="develop-limited",
            metric=develop.own("Limited", "Sum"),
            above=0,
            advice=(
                "no more is made on demand, of a picture or today: raise onDemandPerPicture or "
                "onDemandDailyUsd, or see who asks"
            ),
        ),
    ]


def _of_route(route: Route) -> Watch:
    function, _, bulk = route.label.partition("-")
    waits = f"a message has waited for {function}"
    return Watch(
        name=f"{route.label}-oldest",
        metric=route.oldest,
        above=BULK_OLDEST_SECONDS if bulk else OLDEST_SECONDS,
        advice=(
            f"{waits} for a day: raise bulkConcurrency"
            if bulk
            else f"{waits} for half an hour: python -m ops status"
        ),
        explained=function in PAUSED,
    )


def _of_function(function: Function) -> Iterator[Watch]:
    name, log = function.label, f"see the log of the function {function.label}"
    yield Watch(
        name=f"{name}-errors",
        metric=function.metric("Errors", "Sum"),
        above=0,
        advice=f"{name} crashed or timed out: {log}",
    )
    yield Watch(
        name=f"{name}-throttles",
        metric=function.metric("Throttles", "Sum"),
        above=0,
        advice=(
            "Lambda throttled develop, and viewers got 429: raise onDemandConcurrency"
            if name == "develop"
            else f"Lambda throttled {name}: raise the account's concurrency or lower maxConcurrency"
        ),
    )
    if not function.feeds_itself:
        yield Watch(
            name=f"{name}-duration",
            metric=function.metric("Duration", "Maximum"),
            above=NEAR_TIMEOUT * 1000 * function.timeout_seconds,
            advice=f"{name} took nearly as long as it may: {log}",
        )


def paused(budget: Function) -> Watch:
    """That the budget of the day is spent."""
    return Watch(
        name="paused",
        metric=budget.own("Paused", "Maximum"),
        above=0,
        advice="the budget of the day is spent and pictures wait: python -m ops resume",
    )


def questions(
    functions: Sequence[Function], routes: Sequence[Route], api: HttpApi
) -> Mapping[str, Sequence[Graph]]:
    """The rows of the dashboard."""
    by_name = {each.label: each for each in functions}
    notify, budget = by_name["notify"], by_name["budget"]
    ends = ("Ready", "Held", "Rejected", "Failed")
    return {
        "Is it well?": [
            Graph(title="Dead letters", lines={each.label: each.dead for each in routes}),
            Graph(
                title="Crashes and timeouts",
                lines={each.label: each.metric("Errors", "Sum") for each in functions},
            ),
            Graph(title="API", lines={name: api.metric(name) for name in ("5xx", "4xx", "Count")}),
        ],
        "How fast?": [
            Graph(
                title="Seconds from upload to ready",
                lines={
                    "median": notify.own("SecondsToReady", "p50"),
                    "19 of 20": notify.own("SecondsToReady", "p95"),
                },
            ),
            Graph(
                title="Age of the oldest message, seconds",
                lines={each.label: each.oldest for each in routes},
            ),
        ],
        "How many?": [
            Graph(title="Pictures by end", lines={each: notify.own(each, "Sum") for each in ends}),
            Graph(title="Messages waiting", lines={each.label: each.waiting for each in routes}),
        ],
        "What does it cost?": [
            Graph(
                title="US dollars, since midnight UTC",
                lines={
                    "spent": budget.own("SpentUsd", "Maximum"),
                    "limit": budget.own("LimitUsd", "Maximum"),
                },
            ),
            Graph(title="Paused by the budget", lines={"paused": budget.own("Paused", "Maximum")}),
        ],
    }
