"""`python -m proofs.faults`: fail whatever can fail on a running stack; nothing may be lost."""

import signal
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
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

from local import show
from local.up import LocalStack, Plan
from proofs import markdown
from proofs.audit import Finding
from proofs.faults.cases import Case, Size, waves
from proofs.faults.ground import VISIBILITY_SECONDS, Ground, Trial
from proofs.faults.proxy import Proxy

SMALL = Size(outage_seconds=12, slow_cases=False, both_errors=False, calls=3)
SETTLE_SECONDS = 450.0
OVERLAPPING = ("killed after sending", "killed after the mail", "killed in the middle")
"""Groups whose pictures may still be recovering while the next group begins."""
THREADS = 48

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Row:
    """What the report says of one case."""

    trial: Trial
    injected: str = ""
    error: str = ""


@app.command()
def main(
    report: Annotated[Path | None, typer.Option(help="The Markdown report.")] = None,
    small: Annotated[bool, typer.Option("--small", help="Short outages, fewer cases.")] = False,
    only: Annotated[str, typer.Option(help="Only cases whose name holds this.")] = "",
) -> None:
    """Inject every fault and audit what became of every picture."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    console = show.console(stderr=True)
    report = report or markdown.place("faults", full=not small)
    began = time.monotonic()
    settings = {"maxConcurrency": "6", "sesSender": "darkroom@example.org"}
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-faults-") as folder,
        LocalStack(Plan(Path(folder), settings=settings, models=False)) as local,
    ):
        stack = local.up()
        with Proxy(stack.endpoint, stack.rekognition, list(VISIBILITY_SECONDS)) as proxy:
            ground = Ground(stack, proxy)
            ground.prepare()
            rows = _run(ground, SMALL if small else Size(), only, console)
            settled = ground.audit().settle(ground.subjects, SETTLE_SECONDS)
            findings = {f.subject.key: f for f in ground.audit().findings(ground.subjects)}
            told = ground.audit().notices()
            deliveries = ground.deliveries()
            dead = ground.audit().dead_letters()
            pending = _unsettled(ground)
    seconds = time.monotonic() - began
    table = [_cells(row, findings, told, deliveries) for row in rows]
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
        markdown.write(report, *_report(table, len(ground.subjects), problems, seconds, small))
    shown = Table(*HEAD)
    for cells in table:
        shown.add_row(*cells)
    show.console().print(shown)
    for problem in problems:
        console.print(problem, style="bold red", markup=False)
    console.print(f"{len(rows)} faults, {len(ground.subjects)} pictures in {seconds:.0f} s")
    if problems:
        raise typer.Exit(1)


def _run(ground: Ground, size: Size, only: str, console: Console) -> list[Row]:
    rows: list[Row] = []
    chosen = [(name, [case for case in cases if only in case.name]) for name, cases in waves(size)]
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
            ground.trials += [row.trial for row in started]
            rows += started
            running = [
                pool.submit(_try, ground, *each) for each in zip(cases, started, strict=True)
            ]
            for _ in as_completed(running):
                progress.advance(task)
            if name not in OVERLAPPING:
                progress.update(task, description=f"{name}, settling")
                if not ground.audit().settle(ground.subjects, SETTLE_SECONDS):
                    console.print(f"after {name}: {_unsettled(ground)}", style="yellow")
                progress.update(task, description=name)
    return rows


def _unsettled(ground: Ground) -> str:
    """Which pictures and queues have not come to rest."""
    keys = ", ".join(subject.key for subject in ground.audit().unsettled(ground.subjects))
    return f"{ground.audit().pending()} messages in the queues, waiting for {keys or 'none'}"


def _try(ground: Ground, case: Case, row: Row) -> None:
    try:
        row.injected = case.run(ground, row.trial)
    except Exception as error:
        row.error = f"{type(error).__name__}: {error}"


HEAD = ("fault", "injected", "deliveries", "ended", "lost", "doubled")


def _cells(
    row: Row,
    findings: Mapping[str, Finding],
    told: Mapping[str, Counter[str]],
    deliveries: Mapping[str, Counter[str]],
) -> tuple[str, ...]:
    handed: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    notices = 0
    for subject in row.trial.subjects:
        handed.update(deliveries.get(subject.image_id, {}))
        ends[subject.status] += 1
        notices += sum(told[subject.image_id].values())
    lost = [text for each in row.trial.subjects for text in findings[each.key].lost]
    doubled = [text for each in row.trial.subjects for text in findings[each.key].doubled]
    wanted = sum(sum(each.notices.values()) for each in row.trial.subjects)
    more = (
        f"; {_counted(notices - wanted, 'notice')} more" if notices > wanted and not doubled else ""
    )
    return (
        row.trial.name,
        row.injected or row.error,
        ", ".join(f"{name} {count}" for name, count in sorted(handed.items())),
        ", ".join(f"{count} {status}" for status, count in ends.items())
        + f", {_counted(notices, 'notice')}",
        "; ".join(lost) or "nothing",
        ("; ".join(doubled) or "nothing") + more,
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _report(
    table: Sequence[Sequence[str]],
    pictures: int,
    problems: Sequence[str],
    seconds: float,
    small: bool,
) -> list[str]:
    hidden = ", ".join(f"{name} {seconds} s" for name, seconds in VISIBILITY_SECONDS.items())
    how = (
        "Written by `make test-faults`. The stack runs on this machine with its roles enforced. A "
        "proxy stands between the functions and the AWS that they call, keeps their signatures, "
        "and fails calls as AWS fails them: with the services' own error codes, by answers that "
        "never come or come cut, or by holding a call while the function is killed. Each fault "
        "has pictures of its own; in the full form more calls of most kinds fail than the SDK "
        "tries in a row, so that the queue's retry is needed as well, or Rekognition's turn is "
        "waited for."
    )
    audit = (
        "At the end an audit compares, for every picture: its status with the one it should have; "
        "the files under its address with the catalog, by key and size, in both directions; the "
        "notices in the inbox with one for each version and outcome, and one mail more where the "
        "upload bears an address. The queues must be empty, the dead-letter queues too."
    )
    different = (
        f"Different from AWS: a message that failed is visible again after {hidden}, where the "
        "program deploys six times the function's timeout (180 to 5400 s), so that its retries "
        "can be waited for. No function calls SQS: its queue is emptied by Lambda itself, whose "
        "repeats are provoked by a second target on every rule, by a visibility timeout shorter "
        "than the work, and by killing functions. Rekognition is the local stand-in."
    )
    told = (
        "Two kinds of fault may double a notice, and no sender could avoid it: SNS or SES takes it "
        "and its answer is lost, or the function dies between sending and marking. Even then the "
        "subscribers hear nothing twice because of the mail. All others must double nothing. "
        "*Deliveries* counts the messages that each function was handed, by its own log; what a "
        "killed process did not log is missing there."
    )
    size = "the small form; `make test-faults` runs all" if small else "the full form"
    lost = sum(cells[4] != "nothing" for cells in table)
    doubled = sum(not cells[5].startswith("nothing") for cells in table)
    told_again = sum("more" in cells[5] for cells in table)
    result = (
        f"{len(table)} faults on {pictures} pictures in {seconds:.0f} s, {size} "
        f"({markdown.machine()}). **Faults that lost something: {lost}. That doubled something: "
        f"{doubled}. That told a notice once more, as they may: {told_again}.**"
    )
    return [
        "# Faults: what happens when something fails",
        how,
        audit,
        different,
        told,
        result,
        markdown.table(HEAD, table),
        "\n".join(f"- wrong: {problem}" for problem in problems),
    ]


if __name__ == "__main__":
    app()
