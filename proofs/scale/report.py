"""The page docs/scale.md and its plots."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofs import markdown
from proofs.load.recording import Recording
from proofs.scale.flow import DAY, INDEX_UNITS, capacities
from proofs.scale.graph import Route
from proofs.scale.inventory import DIFFERENT, Comparison
from proofs.scale.limits import SOURCES
from proofs.scale.local import REKOGNITION_SHARE, Run, Times
from proofs.scale.plots import lines
from proofs.scale.questions import RETENTION_SECONDS, Answer, Case
from proofs.scale.rates import ITEM_SECONDS, LISTED_SECONDS, READ_PER_SECOND
from proofs.scale.scenarios import Scenario
from proofs.scale.services import CALL_SECONDS, REKOGNITION_SECONDS
from proofs.scale.validation import TOLERANCE, figures

__all__ = ["Section", "page", "plots"]

_PLOTTED = ("rekognition", "resize", "notify", "retire")


@dataclass(frozen=True)
class Section:
    """One question and its answers."""

    scenario: Scenario
    answers: Sequence[Answer]


def page(
    case: Case,
    recording: Recording,
    run: Run,
    sections: Sequence[Section],
    comparisons: Sequence[Comparison],
) -> str:
    """The whole page; it depends on nothing but its arguments."""
    return f"""\
# Scale

Written by `make simulate`, which takes a minute or two. The same code, settings and recording give
the same page.

A discrete-event model (SimPy) of the deployed queues, event source mappings and functions under
AWS's limits. Concurrency, batches, visibility timeouts and deliveries are read from the program's
own resource graph; the times of a picture and its price are those of [cost](cost.md). No AWS
account was used: what the model cannot know is listed under [limits](#limits-and-assumptions).

{_summary(sections)}
## Does the model hold

{_validation(recording, run)}
{"".join(_section(each) for each in sections)}
## Capacities

Pictures per second that each place lets through, in the stage `{case.name}`, gate
`{case.deployed.gate}`. The smallest is what saturates first.

{_capacities(case)}
- The index `by-month` has one hash per month, so every new picture writes to one partition. A
  partition accepts 1,000 write units a second, and a picture writes at most {INDEX_UNITS:g} of
  them into an index. The rows of the catalog are therefore lower bounds. The hash of
  `by-status-shard` is divided into sixteen.
- The sums of a day are in sixteen parts, but the parts are range keys: a day has one hash, which
  begins on one partition. DynamoDB divides a busy one, in its own time.
- What CloudFront drops and what SES sends concerns few pictures. Those wait in the queues of
  `retire` and `notify`, and nothing else waits for them.

The questions above leave these rows out, which begin with catalog, spending, CloudFront and SES.

## Comparing 100 million pictures

What `reconcile` takes for one comparison of a bucket with 100 million pictures in order.

{_comparisons(comparisons)}
The walk's requests are those that [cost](cost.md#comparing-what-is-stored) counts. A scheduled
run is by inventory where the stage's `inventory` is `daily` or `weekly`, and a walk otherwise. By
default it starts once a week. It judges nothing that changed within two hours before the inventory,
or later.

- The shards wait in the queue of `reconcile`; `maxConcurrency` decides how many run at once.
- Each invocation that compares pictures reads the whole inventory first and keeps the rows of its
  shard, {1e8 / READ_PER_SECOND:.0f} s for 100 million.
- Otherwise, processor time goes into listings ({1e6 * LISTED_SECONDS:.0f} µs an entry) and items
  ({1e6 * ITEM_SECONDS:.0f} µs each time that one is read). `python -m proofs.scale.rates` measures
  these rates. A function with less memory than 1,769 MB has a part of a processor.
- A shard reads each item twice, a walk three times. It looks up the originals of pictures that are
  not ready, assumed to be {100 * DIFFERENT:.0f} %, a sixteenth of the others in turn, and what
  looks wrong.

## Limits and assumptions

The settings of each queue, from the graph of the stage `{case.name}`:

{_routes(case.deployed.routes)}
AWS's limits, all of them fields of `proofs/scale/limits.py`:

{_limits(case)}
The values are typical ones of AWS's largest Regions and were not read from these pages live.
Smaller Regions have less: Rekognition accepts 5 to 25 calls a second there. Check the quotas of
your account.

Assumed, because one machine cannot measure it:

- A call of Rekognition takes {1000 * REKOGNITION_SECONDS:.0f} ms, any other call of AWS
  {1000 * CALL_SECONDS:.0f} ms, and an event 0.5 s from the upload to its queue.
- The functions' own times spread log-normally with a deviation of 0.35. Cold starts are left out:
  each execution starts once.
- A throttled call of Rekognition waits its turn in order, at most 45 s. In reality it retries at
  random moments, which reorders pictures and changes no rate.
- Every picture is one of 12 megapixels, accepted and new. Rekognition's discount above a million
  pictures a month is left out.
- 10 million and 100 million pictures are computed as flows (`proofs/scale/flow.py`): queues of that
  length have rates, and chance averages out. A test compares the flow with the discrete model. A
  budget is an average rate there; that the queues run until it is spent and then stop is left out.
"""


def plots(recording: Recording, run: Run, sections: Sequence[Section]) -> dict[str, str]:
    """The page's charts as SVG, by file name."""
    shares = [number / 20 for number in range(21)]
    simulated = _cuts(run.ready_seconds)
    drawn = {
        "validation.svg": lines(
            {
                "recorded": (recording.burst.ready_seconds, [100 * each for each in shares]),
                "simulated": (simulated, [100 * each for each in shares]),
            },
            title="The recorded burst: pictures that are ready",
            across="seconds since their upload",
            up="% of the pictures",
        )
    }
    for section in sections:
        if not any(answer.waiting for answer in section.answers):
            continue
        unit, word = (DAY, "days") if section.scenario.in_days else (60, "minutes")
        drawn[f"{section.scenario.slug}.svg"] = lines(
            {
                answer.case.replace("`", ""): ([at / unit for at in times], total)
                for answer in section.answers
                for times, total in [_total(answer)]
            },
            title=section.scenario.title,
            across=f"{word} since the first upload",
            up="messages in all queues",
        )
    return drawn


def _summary(sections: Sequence[Section]) -> str:
    rows = []
    for section in sections:
        deployed, *others = section.answers
        rows.append(
            (
                f"[{section.scenario.title}](#{_anchor(section.scenario.title)})",
                deployed.saturated,
                f"{_span(deployed.median)} / {_span(deployed.worst)}",
                _lost(deployed),
                "; ".join(f"{each.case}: {_span(each.worst)}" for each in others),
            )
        )
    head = ("question", "saturates first", "ready, median / 99 %", "lost", "changed, 99 % ready")
    return markdown.table(head, rows)


def _section(section: Section) -> str:
    chart = ""
    if any(answer.waiting for answer in section.answers):
        chart = f"![Messages in all queues]({'scale/' + section.scenario.slug}.svg)\n"
    rows = [
        (
            answer.case,
            answer.saturated,
            f"{answer.rate:,.1f}",
            _span(answer.median),
            _span(answer.worst),
            _span(answer.done),
            f"{answer.usd:,.0f}",
            f"{answer.dead:,.0f}",
            _lost(answer),
        )
        for answer in section.answers
    ]
    head = (
        *("settings", "saturates first", "pictures/s", "ready, median", "ready, 99 %"),
        *("all ready", "USD", "dead letters", "lost"),
    )
    return f"""\
## {section.scenario.title}

{section.scenario.asked}

{markdown.table(head, rows)}
{section.scenario.finding}

{chart}
"""


def _validation(recording: Recording, run: Run) -> str:
    burst, times = recording.burst, Times.of(recording)
    rows = [
        (
            each.name,
            f"{each.recorded:.2f}",
            f"{each.simulated:.2f}",
            f"{100 * each.deviation:+.0f} %",
        )
        for each in figures(recording, run)
    ]
    measured = [
        (
            name,
            f"{1000 * sum(values) / len(values):.0f}",
            f"{1000 * times.own[name] * sum(values) / len(values):.0f}",
        )
        for name, values in times.durations.items()
    ]
    early = _cuts(run.ready_seconds)[5]
    emulator = recording.calm.processor_ms["local AWS"]
    others = statistics.mean(burst.others_cores)
    average = " and ".join(f"{each:g}" for each in recording.load_average)
    return f"""\
One run of `make bench-load` is kept in [scale/recording.json](scale/recording.json)
({recording.machine}). `python -m proofs.load --count {burst.uploads} --no-models --record FILE`
writes another. It has two parts: {recording.calm.pictures} pictures one at a time, from which the
model takes all its times, and a burst of {burst.uploads} uploads, which the model must reproduce.
The machine was shared: its load average was {average}, and other processes kept
{others:.2f} of its {recording.cores} cores busy during the burst. The model has the
rest.

Its inputs from the burst are the seconds of the uploads, the share of broken files, the
{burst.executions} executions of each function and the cores that others used. One number is fitted:
how much of what `rekognition` waits for is the local AWS's work, {REKOGNITION_SHARE:g}. It decides
how the waits divide between the two queues. The other figures stay within 8 % for every value
from 0.25 to 1. Every figure must be within {100 * TOLERANCE:.0f} %, which the everyday tests check.

{markdown.table(("figure", "recorded", "simulated", "deviation"), rows)}
Messages waited in the queue of `notify` for about a tenth of a second, which is the local AWS's own
pace; the model has none there, and the comparison leaves it out. Poisoned messages and `retire`
are left out of the model's burst too. Below the median the model is late: a quarter of the
pictures was ready after {burst.ready_seconds[5]:.0f} s, in the model after {early:.0f} s.

![Ready pictures, recorded and simulated](scale/validation.svg)

Milliseconds of an invocation in the calm run, and how many of them are the function's own
processor time, the Rekognition stand-in's included. The rest is spent waiting for the local AWS,
one process that all functions share, which takes {emulator:.0f} ms of processor time per
picture.

{markdown.table(("function", "an invocation", "its own"), measured)}
"""


def _capacities(case: Case) -> str:
    found = capacities(case.deployed, case.services, case.limits)
    rows = [
        (name, f"{rate:,.0f}")
        for name, rate in sorted(found.items(), key=lambda each: each[1])
        if rate < math.inf
    ]
    return markdown.table(("place", "pictures per second"), rows)


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    rows = [
        (each.name, _span(3600 * each.hours), f"{each.usd:,.0f}", each.reads, each.memory)
        for each in comparisons
    ]
    return markdown.table(("way", "time", "USD", "reads", "in memory"), rows)


def _routes(routes: Mapping[str, Route]) -> str:
    rows = [
        (
            f"`{name}`",
            each.concurrency,
            each.batch_size,
            each.window_seconds,
            each.visibility_seconds,
            each.deliveries,
        )
        for name, each in sorted(routes.items())
        if each.function in _PLOTTED
    ]
    head = ("queue", "executions", "batch", "window, s", "visibility, s", "deliveries")
    return markdown.table(head, rows)


def _limits(case: Case) -> str:
    values = case.limits.__dict__
    rows = []
    for name, fields, source in SOURCES:
        numbers = ", ".join(f"{values[each.strip('` ')]:,g}" for each in fields.split(","))
        rows.append((name, fields, numbers, source))
    return markdown.table(("limit", "field", "value", "AWS's page"), rows)


def _lost(answer: Answer) -> str:
    if not answer.lost:
        return "0"
    days = RETENTION_SECONDS / 86400
    return f"{answer.lost:,.0f}: they wait for more than {days:.0f} days"


def _total(answer: Answer) -> tuple[Sequence[float], list[float]]:
    times = next(iter(answer.waiting.values()))[0]
    columns = zip(*(counts for _, counts in answer.waiting.values()), strict=True)
    return times, [sum(counts) for counts in columns]


def _cuts(values: Sequence[float]) -> list[float]:
    return [values[round(number / 20 * (len(values) - 1))] for number in range(21)]


def _span(seconds: float) -> str:
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")
