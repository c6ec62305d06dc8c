"""Inject faults into a running stack; nothing may be lost.

    python -m proofs.faults        writes docs/faults.md

Every fault has pictures of its own; at the end an audit compares each with its expected end.
"""

import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from proofs import PAGE, markdown
from proofs.faults import demand
from proofs.faults.cases import Case, Size, groups
from proofs.faults.operators import DAILY_BUDGET_USD
from proofs.faults.proxy import Proxy
from proofs.faults.report import HEAD, Row, cells, page
from proofs.faults.testbed import VISIBILITY_SECONDS, WITHOUT_QUEUE, Testbed, Trial

SMALL = Size(outage_seconds=12, slow_cases=False, both_errors=False, calls=3)
SETTLE_SECONDS = 450.0
OVERLAPPING = ("killed after sending", "killed after the mail", "killed in the middle")
"""Groups whose pictures may still recover while the next group begins."""
THREADS = 48

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    report: Annotated[Path | None, typer.Option(help="The Markdown report.")] = None,
    small: Annotated[bool, typer.Option("--small", help="Short outages, fewer cases.")] = False,
    only: Annotated[str, typer.Option(help="Only cases whose name contains this.")] = "",
) -> None:
    """Inject every fault and audit every picture."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    console = open_console(stderr=True)
    report = report or markdown.place("faults", full=not small)
    began = time.monotonic()
    settings = {
        "maxConcurrency": "6",
        "sesSender": "darkroom@example.org",
        "page": PAGE,
        "dailyBudgetUsd": str(DAILY_BUDGET_USD),
        **demand.SETTINGS,
    }
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-faults-") as folder,
        LocalStack(Plan(Path(folder), settings=settings, models=False)) as local,
    ):
        stack = local.up()
        with Proxy(
            stack.endpoint, stack.rekognition, [*VISIBILITY_SECONDS, *WITHOUT_QUEUE]
        ) as proxy:
            testbed = Testbed(stack, proxy)
            testbed.prepare()
            rows = _run(testbed, SMALL if small else Size(), only, console)
            settled = testbed.audit().settle(testbed.subjects, SETTLE_SECONDS)
            findings = {f.subject.key: f for f in testbed.audit().findings(testbed.subjects)}
            notices = testbed.audit().notices()
            deliveries = testbed.deliveries()
            dead = testbed.audit().dead_letters()
            pending = _unsettled(testbed)
    seconds = time.monotonic() - began
    table = [cells(row, findings, notices, deliveries) for row in rows]
    problems = [f"{row.trial.name}: {row.error}" for row in rows if row.error]
    problems += [
        f"{finding.subject.key}: {text}"
        for finding in findings.values()
        for text in (*finding.lost, *finding.doubled)
    ]
    problems += [f"{count} dead letters of {name} remain" for name, count in dead.items() if count]
    if not settled:
        problems.append(f"not settled within {SETTLE_SECONDS:.0f} s: {pending}")
    if not only:
        markdown.write(report, page(table, len(testbed.subjects), problems, seconds, small=small))
    shown = Table(*HEAD)
    for row in table:
        shown.add_row(*row)
    open_console().print(shown)
    for problem in problems:
        console.print(problem, style="bold red", markup=False)
    console.print(f"{len(rows)} faults, {len(testbed.subjects)} pictures in {seconds:.0f} s")
    if problems:
        raise typer.Exit(1)


def _run(testbed: Testbed, size: Size, only: str, console: Console) -> list[Row]:
    rows: list[Row] = []
    chosen = [(name, [case for case in cases if only in case.name]) for name, cases in groups(size)]
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<44}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with (
        Progress(*columns, console=console) as progress,
        ThreadPoolExecutor(THREADS, thread_name_prefix="case") as pool,
    ):
        for name, cases in chosen:
            if not cases:
                continue
            task = progress.add_task(name, total=len(cases))
            started = [Row(Trial(case.name)) for case in cases]
            testbed.trials += [row.trial for row in started]
            rows += started
            running = [
                pool.submit(_inject, testbed, *each) for each in zip(cases, started, strict=True)
            ]
            for _ in as_completed(running):
                progress.advance(task)
            if name not in OVERLAPPING:
                progress.update(task, description=f"{name}, settling")
                if not testbed.audit().settle(testbed.subjects, SETTLE_SECONDS):
                    console.print(f"after {name}: {_unsettled(testbed)}", style="yellow")
                progress.update(task, description=name)
    return rows


def _unsettled(testbed: Testbed) -> str:
    """The pictures that have not reached their end, and the messages that are left."""
    keys = ", ".join(subject.key for subject in testbed.audit().unsettled(testbed.subjects))
    return f"{testbed.audit().pending()} messages in the queues, waiting for {keys or 'none'}"


def _inject(testbed: Testbed, case: Case, row: Row) -> None:
    try:
        row.injected = case.run(testbed, row.trial)
    except Exception as error:
        row.error = f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    app()
