"""`python -m proofs.rights`: take each right of each function away in turn; each loss must show.

A right whose loss breaks nothing is superfluous and fails the run, unless `UNSHOWN` says why the
local AWS cannot show it and which test of the program holds it instead.
"""

import contextlib
import queue
import re
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from local import show
from local.state import RunningStack
from local.up import LocalStack, Plan
from proofs import markdown
from proofs.rights.operations import OPERATIONS, Bench, Operation, Prepared
from proofs.rights.roles import Right, rights, without

SETTINGS = {
    # Everything that can be configured in, so that every right there can be is held.
    "analyses": '["labels", "properties", "moderation", "faces", "text", "celebrities"]',
    "sesSender": "darkroom@example.org",
}
UNSHOWN: Mapping[tuple[str, str], str] = {
    ("logs:CreateLogStream", "log of"): (
        "the local AWS writes the log itself; tests/components/test_function.py"
    ),
    ("logs:PutLogEvents", "log of"): (
        "the local AWS writes the log itself; tests/components/test_function.py"
    ),
    ("sqs:ReceiveMessage", "queue of"): (
        "the local AWS empties the queue itself; tests/components/test_route.py"
    ),
    ("sqs:DeleteMessage", "queue of"): (
        "the local AWS empties the queue itself; tests/components/test_route.py"
    ),
    ("sqs:GetQueueAttributes", "queue of"): (
        "the local AWS empties the queue itself; tests/components/test_route.py"
    ),
    ("s3:ListBucket", "originals"): (
        "S3 answers 403 for a missing object without it, and the local AWS 404 either way; "
        "tests/program/test_stages.py"
    ),
}
REMEMBERED_SECONDS = 2.2
"""The stand-in remembers for two seconds who may do what."""
CLAIM_SECONDS = 61.0
"""A notice stays claimed for a minute by a run that failed."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Trial:
    """One operation while one right is missing."""

    right: Right
    operation: Operation
    prepared: Prepared


@dataclass(frozen=True)
class Outcome:
    """What became of a trial."""

    trial: Trial
    broke: bool
    denied: bool
    """Whether the failure names the missing action."""
    done: bool
    """Whether the work was done in spite of the missing right."""
    recovered: bool
    """Whether the same message went through once the right was back."""
    log: str = field(default="", repr=False)
    """What the function said when it failed."""

    @property
    def complaint(self) -> str | None:
        """What is wrong; None if the trial went as it should."""
        what = f"{self.trial.right.function}, {self.trial.operation.name}"
        if self.broke and not self.denied:
            said = " ".join(re.findall(r'"value":"([^"]*)"', self.log)) or self.log[-500:]
            return f"{what}: failed without naming {self.trial.right.action}: {said}"
        if not self.broke and not self.done:
            return f"{what}: acknowledged undone without {self.trial.right.action}"
        if not self.recovered:
            return f"{what}: did not recover with {self.trial.right.action} back"
        return None


def unshown(right: Right) -> str | None:
    """Why the loss of this right cannot show here, if so."""
    if right.function == "reconcile" and right.action == "s3:ListBucket":
        return None  # it lists, and does not just look for one object
    for (action, resource), reason in UNSHOWN.items():
        if action == right.action and right.resource.startswith(resource):
            return reason
    return None


@app.command()
def main(
    report: Annotated[Path | None, typer.Option(help="The Markdown report.")] = None,
    small: Annotated[
        bool, typer.Option("--small", help="One operation for each right: the first that shows it.")
    ] = False,
) -> None:
    """Take each right of each function away in turn."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    console = show.console(stderr=True)
    report = report or markdown.place("rights", full=not small)
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-rights-") as folder,
        LocalStack(Plan(Path(folder), settings=SETTINGS, models=False)) as local,
    ):
        stack = local.up()
        held = rights(stack)
        outcomes = run(stack, held, small=small, console=console)
    seconds = time.monotonic() - began
    complaints = [text for outcome in outcomes if (text := outcome.complaint)]
    superfluous = [
        right
        for right in held
        if not unshown(right) and not any(o.broke for o in outcomes if o.trial.right == right)
    ]
    stale = [o.trial.right for o in outcomes if o.broke and unshown(o.trial.right)]
    complaints += [f"{r.function}: nothing needs {r.action} on {r.resource}" for r in superfluous]
    complaints += [
        f"{r.function}: the loss of {r.action} does show, UNSHOWN is wrong" for r in stale
    ]
    markdown.write(report, *_report(held, outcomes, complaints, seconds))
    show.console().print(_summary(held, outcomes))
    for complaint in complaints:
        console.print(complaint, style="bold red", markup=False)
    console.print(f"{len(held)} rights, {len(outcomes)} trials in {seconds:.0f} s: {report}")
    if complaints:
        raise typer.Exit(1)


def run(
    stack: RunningStack, held: Sequence[Right], *, small: bool, console: Console
) -> list[Outcome]:
    """Prepare everything with all rights held, then try the functions side by side."""
    _cut_off_queues(stack)
    bench = Bench(stack)
    numbers = count(1)
    planned = [
        (right, operation) for right in held for operation in _operations(right, small=small)
    ]
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn(), console=console) as progress,
        ThreadPoolExecutor(5) as pool,
    ):
        said: queue.SimpleQueue[str] = queue.SimpleQueue()
        tasks = {"preparing": progress.add_task("preparing", total=len(planned))}

        def show_until_done(running: Sequence[Future[Any]]) -> None:
            while not all(each.done() for each in running) or not said.empty():
                with contextlib.suppress(queue.Empty):
                    progress.advance(tasks[said.get(timeout=0.2)])

        def prepare(function: str) -> list[Trial]:
            # In the order of the trials: a walk repairs all that was prepared before its own.
            trials = []
            for right, operation in planned:
                if right.function == function:
                    key = f"uploads/rights-{next(numbers)}.jpg"
                    trials.append(Trial(right, operation, operation.prepare(bench, key)))
                    said.put("preparing")
            return trials

        preparing = [pool.submit(prepare, function) for function in stack.outputs["functions"]]
        show_until_done(preparing)
        trials = {each[0].right.function: each for one in preparing if (each := one.result())}
        tasks |= {
            function: progress.add_task(function, total=len(those))
            for function, those in trials.items()
        }
        running = [
            pool.submit(_try_function, bench, those, small, said) for those in trials.values()
        ]
        show_until_done(running)
        return [outcome for each in running for outcome in each.result()]


def _operations(right: Right, *, small: bool) -> Sequence[Operation]:
    """What to try without the right; of one that cannot show, only that it still does not."""
    those = [each for each in OPERATIONS if each.function == right.function]
    return those[: 0 if small else 1] if unshown(right) else those


def _try_function(
    bench: Bench, trials: Sequence[Trial], small: bool, said: "queue.SimpleQueue[str]"
) -> list[Outcome]:
    """One function's trials, one after the other: a role lacks one right at a time."""
    outcomes: list[Outcome] = []
    failed_at: dict[int, float] = {}
    shown: set[Right] = set()
    for number, trial in enumerate(trials):
        said.put(trial.right.function)
        if small and trial.right in shown:
            continue
        log = _call_without(bench, trial)
        done = log is None and trial.prepared.done()
        if log is not None:
            shown.add(trial.right)
            failed_at[number] = time.monotonic()
        denied = log is not None and _names(log, trial.right.action)
        outcomes.append(
            Outcome(trial, log is not None, denied, done, recovered=True, log=log or "")
        )
        if log is not None and trial.right.function != "notify":
            outcomes[-1] = _recover(bench, outcomes[-1])
    if trials[0].right.function == "notify" and not small:
        for number, outcome in enumerate(outcomes):
            if outcome.broke:
                time.sleep(max(0.0, failed_at[number] + CLAIM_SECONDS - time.monotonic()))
                outcomes[number] = _recover(bench, outcome)
    return outcomes


def _names(log: str, action: str) -> bool:
    """Whether the log says that this action was denied. S3 gives no reason in answer to a HEAD."""
    unsaid = action == "s3:GetObject" and "(403) when calling the HeadObject operation" in log
    return f"not authorized to perform: {action}" in log or unsaid


def _call_without(bench: Bench, trial: Trial) -> str | None:
    asks_the_stand_in = trial.right.action.startswith("rekognition:")
    try:
        with without(bench.stack, trial.right):
            if asks_the_stand_in:
                time.sleep(REMEMBERED_SECONDS)
            return bench.call(trial.operation.function, trial.prepared.event)
    finally:
        if asks_the_stand_in:
            time.sleep(REMEMBERED_SECONDS)


def _recover(bench: Bench, outcome: Outcome) -> Outcome:
    trial = outcome.trial
    log = bench.call(trial.operation.function, trial.prepared.event)
    recovered = log is None and trial.prepared.done()
    return replace(outcome, recovered=recovered)


def _cut_off_queues(stack: RunningStack) -> None:
    """Events still come into the queues, and stay there."""
    client = stack.aws.client("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def _cells(held: Sequence[Right], outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for right in held:
        broken = [o.trial.operation.name for o in outcomes if o.trial.right == right and o.broke]
        shown = "; ".join(broken) if broken else unshown(right) or "NOTHING: superfluous"
        rows.append((right.function, right.action, right.resource, shown))
    return rows


def _summary(held: Sequence[Right], outcomes: Sequence[Outcome]) -> Table:
    table = Table("function", "without", "on", "breaks")
    for row in _cells(held, outcomes):
        table.add_row(*row, style="red" if row[-1].startswith("NOTHING") else "")
    return table


def _report(
    held: Sequence[Right], outcomes: Sequence[Outcome], complaints: Sequence[str], seconds: float
) -> list[str]:
    broke = {o.trial.right for o in outcomes if o.broke}
    quiet = [right for right in held if unshown(right)]
    superfluous = len(held) - len(broke) - len(quiet)
    how = (
        "Written by `make test-rights`. The stack runs on this machine with every analysis and a "
        "mail sender configured, its roles enforced, its queues cut off. For each action of each "
        "statement of each function's role, the role's policy is replaced by one without that "
        "action, a function is handed a message as its queue would hand it, and the policy is put "
        "back. A loss counts as shown only if the function leaves the message on its queue *and* "
        "its log names the missing action; then the same message must go through with the right "
        "back, and its work must be found done."
    )
    result = (
        f"{len(held)} rights, {len(outcomes)} trials, {seconds:.0f} s "
        f"({markdown.machine()}). **{len(broke)} losses broke an operation, {superfluous} broke "
        f"nothing, {len(quiet)} cannot show on one machine** and are held by tests of the program."
    )
    unseen = (
        "What this run cannot see: whether a resource is wider than it need be, and the policies "
        "of queues, topics and buckets, all of which `tests/program` and `tests/components` "
        "compare in full; rights of AWS's own services among each other."
    )
    return [
        "# Rights: what breaks without each of them",
        how,
        result,
        markdown.table(("function", "without", "on", "breaks"), _cells(held, outcomes)),
        "\n".join(f"- wrong: {complaint}" for complaint in complaints),
        unseen,
    ]


if __name__ == "__main__":
    app()
