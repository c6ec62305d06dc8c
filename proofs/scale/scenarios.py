"""The questions of the page, with the settings that each is asked about and what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proofs.scale import questions
from proofs.scale.questions import Answer, Case, changed

__all__ = ["Scenario", "scenarios"]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One question."""

    slug: str
    title: str
    asked: str
    cases: Sequence[Callable[[], Answer]]
    """The first is the stage as deployed."""
    finding: str
    in_days: bool = False
    """The unit of its chart, instead of minutes."""


def scenarios(case: Case) -> list[Scenario]:
    """All questions about a stage."""
    return [_burst(case), _day(case), _backfill(case), _outage(case), _poisoned(case)]


def _burst(case: Case) -> Scenario:
    at_quota = changed(case, "`maxConcurrency` 85", concurrency=85)
    return Scenario(
        slug="burst",
        title="A burst of 100,000 uploads",
        asked="100,000 uploads arrive within 100 seconds (discrete model).",
        cases=[lambda: questions.burst(case), lambda: questions.burst(at_quota)],
        finding="""\
`maxConcurrency` is the first limit. From about 83 executions on it is Rekognition's quota of 50
calls a second and operation; a higher setting gains nothing before AWS raises the quota.""",
    )


def _day(case: Case) -> Scenario:
    narrow = changed(case, "`maxConcurrency` 10", concurrency=10)
    frugal = changed(case, "`dailyBudgetUsd` 1,000", daily_budget_usd=1000.0)
    wide = changed(
        case, "`maxConcurrency` 400, quota 250", concurrency=400, rekognition_calls=250.0
    )
    return Scenario(
        slug="day",
        title="10 million uploads in a day",
        asked="10 million uploads with a quiet night and a peak at noon (flow).",
        cases=[
            lambda: questions.day(case)[0],
            lambda: questions.day(narrow)[0],
            lambda: questions.day(frugal)[0],
            lambda: questions.day(wide)[0],
        ],
        finding="""\
SQS deletes a message after 14 days, whatever happens to it. With 10 executions, the default, the
last uploads would wait for longer: their messages are lost, their originals are not, and
`reconcile` finds and publishes them. A backlog is safe while its pictures, divided by the
pictures per second, are fewer than 1,209,600 seconds. A budget bounds the rate in the same way:
1,000 USD a day pay for 340,000 pictures, and `dailyBudgetUsd` must pay for a fourteenth of the
backlog. To keep pace at noon takes 400 executions, a quota of 250 calls, and an index `by-month`
with a divided hash; see [capacities](#capacities).""",
        in_days=True,
    )


def _backfill(case: Case) -> Scenario:
    lane = changed(case, "lane of 80 executions", bulk=80)
    wide = changed(case, "lane of 350, quota 250", bulk=350, rekognition_calls=250.0)
    return Scenario(
        slug="backfill",
        title="100 million pictures in a bucket",
        asked="""\
100 million pictures go through the backfill lane, whose messages are published no faster than its
queues empty (flow).""",
        cases=[
            lambda: questions.backfill(case),
            lambda: questions.backfill(lane),
            lambda: questions.backfill(wide),
        ],
        finding="""\
A picture waits in the bucket, so no message expires. Rekognition's quota is shared with live
uploads: a lane that uses all of it makes them wait. Rekognition is nine tenths of the price,
which no setting changes but `analyses`.""",
    )


def _outage(case: Case) -> Scenario:
    patient = changed(case, "20 deliveries", deliveries=20)
    return Scenario(
        slug="outage",
        title="Rekognition down for an hour",
        asked="""\
One upload a second for two and a half hours. From the thirtieth minute on Rekognition fails every
call for an hour (discrete model).""",
        cases=[lambda: questions.outage(case), lambda: questions.outage(patient)],
        finding="""\
Ten deliveries, each hidden for six minutes, last for 54 minutes, so uploads from the first
minutes of the outage become dead letters. Nothing is lost: `python -m ops redrive` returns them
within 14 days. With `MOST_DELIVERIES` of 20 in `components/route.py` they stay on their queue.""",
    )


def _poisoned(case: Case) -> Scenario:
    impatient = changed(case, "5 deliveries", deliveries=5)
    return Scenario(
        slug="poisoned",
        title="A poisoned tenth",
        asked="""\
Five uploads a second for an hour. One in twenty kills its function after its whole timeout, and
another one in twenty fails every attempt (discrete model).""",
        cases=[lambda: questions.poisoned(case), lambda: questions.poisoned(impatient)],
        finding="""\
The other pictures do not wait. One that kills its function holds an execution for a minute, once:
from the second attempt on a child process decodes it, and it ends as `failed`. What fails every
attempt ends in the dead-letter queue; fewer deliveries only end it sooner. No setting needs to
change.""",
    )
