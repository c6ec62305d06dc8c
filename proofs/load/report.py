"""The figures of a load: the table on the console and the page docs/load.md."""

import statistics
from collections import Counter

from rich.table import Table

from proofs import markdown
from proofs.load.plan import BROKEN, DELETED, OVERWRITTEN, UPLOADERS
from proofs.load.run import Outcome

__all__ = ["figures", "page"]

_MOST_PROBLEMS = 100


def figures(outcome: Outcome) -> Table:
    """Rates and percentiles, for the console."""
    table = Table("", "", show_header=False)
    for name, value in _rates(outcome).items():
        table.add_row(name, value)
    for end, count, *seconds in _percentiles(outcome):
        table.add_row(
            f"seconds to {end} ({count}): least, median, 90 %, 99 %, most", ", ".join(seconds)
        )
    return table


def page(outcome: Outcome, *, models: bool, copies: str) -> str:
    """The whole page; `copies` is how many executions of each function a new stack allows."""
    load = outcome.load
    sight = "sees with its models" if models else "only measures"
    pace = "" if load.tps is None else f" and accepts {load.tps:g} calls per second and operation"
    problems = "\n".join(f"- wrong: {problem}" for problem in outcome.problems[:_MOST_PROBLEMS])
    return f"""\
# Load

Written by `make bench-load` ({markdown.machine()}).

{UPLOADERS} uploaders put {load.count} pictures into the local stack as fast as it accepts them:
small photographs (240 x 180), each different. {BROKEN:.0%} of them are broken, {OVERWRITTEN:.0%}
replace an earlier upload, {DELETED:.0%} are deleted right after. Every queue also gets messages
that no function can read. The stand-in for Rekognition {sight}{pace}.

Everything shares this machine: the uploaders, the local AWS (one process), the functions and the
stand-in. If no stack is running, one is started that allows {copies} executions of each function at
a time. Latencies are those of a backlog, because all uploads arrive at once.

{markdown.table(("figure", "value"), _rates(outcome).items())}
Seconds from a key's last upload to its end:

{markdown.table(("end", "keys", "least", "median", "90 %", "99 %", "most"), _percentiles(outcome))}
The expected and the actual state of the keys:

{markdown.table(("state", "expected", "actual"), _ends(outcome))}
*Lost* and *doubled* come from an audit of every key: its state, its files compared with the catalog
by key and size, and its notices, one per version and outcome (a version that was overtaken may have
none). The queues' visibility timeout is {load.visibility_seconds} s instead of 180 to 5400 s, so
that every attempt at a poisoned message fits into the run.

{problems}"""


def _rates(outcome: Outcome) -> dict[str, str]:
    load = outcome.load
    retried = ", ".join(f"{name} {count}" for name, count in sorted(outcome.retried.items()))
    processor = ", ".join(f"{name} {seconds:.0f}" for name, seconds in outcome.processor.items())
    return {
        "uploads": str(load.count),
        "keys": str(len(outcome.findings)),
        "uploads per second, while uploading": f"{load.count / outcome.upload_seconds:.1f}",
        "uploads per second, from the first upload to the last end": (
            f"{load.count / outcome.seconds:.1f}"
        ),
        "seconds from the first upload to the last end": f"{outcome.seconds:.0f}",
        "seconds until the last poisoned message was a dead letter": f"{load.seconds:.0f}",
        "failed attempts that were retried": retried or "none",
        "dead letters, all of them poisoned on purpose": str(
            sum(len(bodies) for bodies in outcome.dead_letters.values())
        ),
        "processor seconds": processor,
        "lost": str(sum(len(finding.lost) for finding in outcome.findings)),
        "doubled": str(sum(len(finding.doubled) for finding in outcome.findings)),
    }


def _percentiles(outcome: Outcome) -> list[tuple[str, ...]]:
    rows = []
    for end in ("ready", "failed", "notified"):
        seconds = outcome.seconds_to(end)
        if len(seconds) < 2:
            continue
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        shown = (seconds[0], cuts[49], cuts[89], cuts[98], seconds[-1])
        rows.append((end, str(len(seconds)), *(f"{value:.2f}" for value in shown)))
    return rows


def _ends(outcome: Outcome) -> list[tuple[str, str, str]]:
    expected = Counter(finding.subject.status for finding in outcome.findings)
    actual: Counter[str] = Counter()
    for finding in outcome.findings:
        item = outcome.items.get(finding.subject.image_id)
        actual[item.status if item else "unknown"] += 1
    states = sorted({*expected, *actual})
    return [(state, str(expected[state]), str(actual[state])) for state in states]
