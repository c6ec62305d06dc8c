"""What the model is asked, each once as deployed and once with a changed setting."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import simpy
from simpy.events import ProcessGenerator

from proofs.scale.aws import Aws
from proofs.scale.flow import DAY, Flow, capacities, flow
from proofs.scale.graph import Deployed
from proofs.scale.limits import Limits
from proofs.scale.services import Services
from proofs.scale.simulation import Pipeline

__all__ = [
    "Answer",
    "Case",
    "Simulated",
    "backfill",
    "burst",
    "changed",
    "day",
    "outage",
    "poisoned",
    "simulate",
]

RETENTION_SECONDS = 14 * DAY
HOUR = 3600.0

_SELDOM = ("catalog", "spending", "SES", "CloudFront")
"""Capacities that are lower bounds, or that few pictures need."""


@dataclass(frozen=True)
class Case:
    """A stage's settings under an account's limits."""

    name: str
    deployed: Deployed
    services: Services
    limits: Limits


@dataclass(frozen=True)
class Answer:
    """What the page shows about one case."""

    case: str
    saturated: str
    """What saturates first."""
    rate: float
    """Pictures per second while it is saturated, or that arrive if nothing is."""
    median: float
    """Seconds from upload to ready."""
    worst: float
    """The same of 99 % of the pictures."""
    done: float
    """Seconds until the last picture is ready."""
    usd: float
    dead: float = 0.0
    """Messages in dead-letter queues."""
    lost: float = 0.0
    """Pictures whose messages SQS deletes after 14 days."""
    waiting: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)
    """Times and messages in each queue, for the plots."""


@dataclass(frozen=True)
class Simulated:
    """A discrete run, before it is summed up."""

    pipeline: Pipeline
    aws: Aws


def changed(
    case: Case,
    name: str,
    *,
    concurrency: int | None = None,
    deliveries: int | None = None,
    bulk: int | None = None,
    daily_budget_usd: float = 0.0,
    **limits: float,
) -> Case:
    """The same case with other settings or quotas."""
    routes = {}
    for key, route in case.deployed.routes.items():
        if concurrency and key in ("rekognition", "resize", "notify"):
            route = replace(route, concurrency=concurrency)
        if deliveries:
            route = replace(route, deliveries=deliveries)
        routes[key] = route
    if bulk:
        for key in ("rekognition", "resize"):
            name_ = f"{key}-bulk"
            routes[name_] = replace(case.deployed.route(key, bulk=True), concurrency=bulk)
    return replace(
        case,
        name=name,
        deployed=replace(case.deployed, routes=routes, daily_budget_usd=daily_budget_usd),
        limits=replace(case.limits, **limits),  # type: ignore[arg-type]  # an integer is one too
    )


def simulate(
    case: Case,
    arrivals: Iterable[tuple[float, str]],
    *,
    outage: tuple[float, float] = (0.0, 0.0),
    every: float = 30.0,
    seed: int = 1,
) -> Simulated:
    """Run the discrete model until no message is left."""
    env = simpy.Environment()
    aws = Aws(env, case.services, case.limits, outage=outage, seed=seed)
    pipeline = Pipeline(
        env,
        case.deployed,
        aws,
        pollers=case.limits.pollers,
        growth=case.limits.pollers_growth,
    )
    uploading = env.process(pipeline.upload(arrivals))

    def until_quiet() -> ProcessGenerator:
        yield uploading
        # The first time before looking: the last uploads' events are on their way.
        yield env.timeout(every)
        while not all(station.quiet for station in pipeline.stations.values()):
            yield env.timeout(every)

    env.process(pipeline.watch(every))
    env.run(until=env.process(until_quiet()))
    return Simulated(pipeline, aws)


def burst(case: Case, uploads: int = 100_000, per_second: float = 1000.0) -> Answer:
    """Many uploads at once, by the discrete model."""
    return _answer(case, simulate(case, _steady(uploads, per_second)), per_second)


def outage(case: Case, per_second: float = 1.0, hours: float = 2.5) -> Answer:
    """Rekognition fails every call from half an hour on, for an hour."""
    uploads = int(per_second * hours * HOUR)
    found = simulate(case, _steady(uploads, per_second), outage=(HOUR / 2, 1.5 * HOUR))
    return replace(_answer(case, found, per_second), saturated="nothing but Rekognition")


def poisoned(case: Case, per_second: float = 5.0, hours: float = 1.0) -> Answer:
    """Every tenth upload kills its function or fails every attempt, in turn."""
    uploads = int(per_second * hours * HOUR)
    kinds = ["good"] * 9 + ["killing"] + ["good"] * 9 + ["erring"]
    arrivals = (
        (at, kinds[number % 20]) for number, (at, _) in enumerate(_steady(uploads, per_second))
    )
    return _answer(case, simulate(case, arrivals), per_second)


def day(case: Case, uploads: float = 10_000_000, step: float = 60.0) -> tuple[Answer, Flow]:
    """A day's uploads with a quiet night and a peak at noon, as a flow."""
    times = np.arange(0, DAY, step)
    shape = 1 - np.cos(2 * np.pi * times / DAY)
    found = flow(uploads * shape / shape.sum(), step, case.deployed, case.services, case.limits)
    return _flowed(case, found, uploads), found


def backfill(case: Case, pictures: float = 100_000_000) -> Answer:
    """A bucket through the backfill lane. Messages are published no faster than the queues empty,
    so a picture waits for its turn in the bucket, where it does not expire."""
    lane = replace(
        case.deployed,
        routes={
            **case.deployed.routes,
            **{name: case.deployed.route(name, bulk=True) for name in ("rekognition", "resize")},
        },
    )
    rates = capacities(lane, case.services, case.limits)
    name, rate = min(_relevant(rates).items(), key=lambda each: each[1])
    usd = pictures * (case.services.picture_usd - case.services.usd["SNS publication"])
    seconds = pictures / rate
    return Answer(case.name, name, rate, seconds / 2, 0.99 * seconds, seconds, usd)


def _steady(uploads: int, per_second: float) -> Iterable[tuple[float, str]]:
    return ((number / per_second, "good") for number in range(uploads))


def _relevant(rates: Mapping[str, float]) -> dict[str, float]:
    """What every upload has to pass, without lower bounds."""
    return {name: rate for name, rate in rates.items() if not name.startswith(_SELDOM)}


def _saturated(case: Case, arriving: float) -> tuple[str, float]:
    rates = _relevant(capacities(case.deployed, case.services, case.limits))
    name, rate = min(rates.items(), key=lambda each: each[1])
    return (name, rate) if rate < arriving else ("nothing", arriving)


def _answer(case: Case, found: Simulated, per_second: float) -> Answer:
    pictures, stations = found.pipeline.pictures, found.pipeline.stations
    taken = sorted(each.ended - each.uploaded for each in pictures if not math.isnan(each.ended))
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    saturated, rate = _saturated(case, per_second)
    usd = case.services.usd
    rest = case.services.picture_usd - usd["Rekognition"]
    return Answer(
        case=case.name,
        saturated=saturated,
        rate=rate,
        median=cuts[49],
        worst=cuts[98],
        done=max(each.ended for each in pictures if not math.isnan(each.ended)),
        usd=found.aws.analysed * usd["Rekognition"] + len(pictures) * rest,
        dead=sum(len(station.dead) for station in stations.values()),
        waiting={
            name: ([at for at, _ in each.history], [float(count) for _, count in each.history])
            for name, each in stations.items()
            if any(count for _, count in each.history)
        },
    )


def _flowed(case: Case, found: Flow, uploads: float) -> Answer:
    peak = float(np.diff(found.uploaded, prepend=0).max() / (found.times[1] - found.times[0]))
    saturated, rate = _saturated(case, peak)
    return Answer(
        case=case.name,
        saturated=saturated,
        rate=rate,
        median=found.ready_after(0.5),
        worst=found.ready_after(0.99),
        done=found.done_at,
        usd=uploads * case.services.picture_usd,
        lost=found.later_than(RETENTION_SECONDS),
        waiting={
            name: (found.times.tolist(), waits.tolist()) for name, waits in found.waiting.items()
        },
    )
