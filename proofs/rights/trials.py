"""Removes each right in turn and invokes the functions that hold it."""

import contextlib
import queue
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local.state import RunningStack
from proofs.rights.operations import OPERATIONS, Caller, Operation, Prepared
from proofs.rights.roles import Right, without

__all__ = ["Outcome", "Trial", "run", "unshown"]

_LOG = "the local AWS writes the log itself; tests/components/test_function.py"
_QUEUE = "the local AWS receives and deletes messages itself; tests/components/test_route.py"

UNSHOWN: Mapping[tuple[str, str], str] = {
    ("logs:CreateLogStream", "log of"): _LOG,
    ("logs:PutLogEvents", "log of"): _LOG,
    ("sqs:ReceiveMessage", "queue of"): _QUEUE,
    ("sqs:DeleteMessage", "queue of"): _QUEUE,
    ("sqs:GetQueueAttributes", "queue of"): _QUEUE,
    ("lambda:UpdateEventSourceMapping", "feed of"): (
        "the local AWS lets every role change a mapping; tests/program/test_stages.py"
    ),
    ("s3:ListBucket", "originals"): (
        "without it S3 returns 403 for a missing object, the local AWS returns 404 either way; "
        "tests/program/test_stages.py"
    ),
}
"""The rights whose loss the local AWS cannot show, by action and the beginning of the resource,
with the reason and the test that covers them."""

_TAKING_BACK = ("s3:DeleteObject", "events:PutEvents", "s3:ListBucket")
_RACE = (
    "it takes a deletion at the right moment, or a missing file, which the local AWS calls missing "
    "either way; tests/containers/develop/test_handler.py, interleavings"
)
"""Of what `develop` does with a file whose picture is gone meanwhile."""

_REMEMBERED_SECONDS = 2.2
"""The Rekognition stand-in caches a role's rights for two seconds."""

_CLAIM_SECONDS = 61.0
"""A failed run of `notify` keeps its claim for a minute."""


@dataclass(frozen=True)
class Trial:
    """One operation while one right is missing."""

    right: Right
    operation: Operation
    prepared: Prepared


@dataclass(frozen=True)
class Outcome:
    """What a trial showed."""

    trial: Trial
    broke: bool
    denied: bool
    """Whether the failure names the missing action."""
    done: bool
    """Whether the work was done in spite of the missing right."""
    recovered: bool
    """Whether the same message succeeded once the right was back."""
    log: str = field(default="", repr=False)
    """The function's log of the failure."""

    @property
    def complaint(self) -> str | None:
        """What is wrong with the trial; None if nothing is."""
        what = f"{self.trial.right.function}, {self.trial.operation.name}"
        if self.broke and not self.denied:
            said = " ".join(re.findall(r'"value":"([^"]*)"', self.log)) or self.log[-500:]
            return f"{what}: failed without naming {self.trial.right.action}: {said}"
        if not self.broke and not self.done:
            return f"{what}: acknowledged without doing its work, without {self.trial.right.action}"
        if not self.recovered:
            return f"{what}: did not recover with {self.trial.right.action} back"
        return None


def unshown(right: Right) -> str | None:
    """Why the local AWS cannot show the loss of this right; None if it can."""
    if right.function == "reconcile" and right.action == "s3:ListBucket":
        return None  # it lists the bucket instead of looking for one object
    if right.function == "admit" and right.action == "sqs:GetQueueAttributes":
        return None  # it asks the queues itself
    if right.function == "develop" and right.action in _TAKING_BACK:
        return _RACE
    for (action, resource), reason in UNSHOWN.items():
        if action == right.action and right.resource.startswith(resource):
            return reason
    return None


def run(
    stack: RunningStack, held: Sequence[Right], *, small: bool, console: Console
) -> list[Outcome]:
    """Prepare every trial with all rights held, then run the functions' trials in parallel."""
    _disconnect_queues(stack)
    caller = Caller(stack)
    planned = [
        (right, operation) for right in held for operation in _operations(right, small=small)
    ]
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn(), console=console) as progress,
        ThreadPoolExecutor(6) as pool,
    ):
        steps: queue.SimpleQueue[str] = queue.SimpleQueue()
        tasks = {"preparing": progress.add_task("preparing", total=len(planned))}

        def show_until_done(running: Sequence[Future[Any]]) -> None:
            while not all(each.done() for each in running) or not steps.empty():
                with contextlib.suppress(queue.Empty):
                    progress.advance(tasks[steps.get(timeout=0.2)])

        numbers = count(1)

        def prepare(function: str) -> list[Trial]:
            # In the order of the trials: a walk repairs whatever was prepared before its own.
            trials = []
            for right, operation in planned:
                if right.function == function:
                    key = f"uploads/rights-{next(numbers)}.jpg"
                    trials.append(Trial(right, operation, operation.prepare(caller, key)))
                    steps.put("preparing")
            return trials

        preparing = [pool.submit(prepare, function) for function in stack.outputs["functions"]]
        show_until_done(preparing)
        trials = {each[0].right.function: each for one in preparing if (each := one.result())}
        tasks |= {
            function: progress.add_task(function, total=len(those))
            for function, those in trials.items()
        }
        # It connects queues again, so its turn comes after all others.
        last = trials.pop("budget")
        outcomes: list[Outcome] = []
        for those in (list(trials.values()), [last]):
            running = [pool.submit(_try_function, caller, each, small, steps) for each in those]
            show_until_done(running)
            outcomes += [outcome for each in running for outcome in each.result()]
        return outcomes


def _operations(right: Right, *, small: bool) -> Sequence[Operation]:
    """The operations to try without the right; for one whose loss cannot show, one at most."""
    those = [
        each
        for each in OPERATIONS
        if each.function == right.function
        and (not each.only or right.action in each.only)
        and each.on in ("", right.resource)
    ]
    return those[: 0 if small else 1] if unshown(right) else those


def _try_function(
    caller: Caller, trials: Sequence[Trial], small: bool, steps: "queue.SimpleQueue[str]"
) -> list[Outcome]:
    """Run one function's trials in sequence, because a role must lack one right at a time."""
    outcomes: list[Outcome] = []
    failed_at: dict[int, float] = {}
    shown: set[Right] = set()
    for trial in trials:
        steps.put(trial.right.function)
        if small and trial.right in shown:
            continue
        began = int(time.time() * 1000)
        log = _call_without(caller, trial)
        done = log is None and trial.prepared.done()
        reported = log is None and not done and trial.right.function in ("reconcile", "admit")
        if reported:
            # An object that it may not read is counted, which does not stop the walk.
            log = f"left undone and reported, without {trial.right.action}"
        if (reports := trial.operation.reports) and log is None and not done:
            log = caller.log(trial.operation.function, began, until=reports)
        if log is not None:
            shown.add(trial.right)
            failed_at[len(outcomes)] = time.monotonic()
        denied = reported or (log is not None and _names(log, trial.right.action))
        outcome = Outcome(trial, log is not None, denied, done, recovered=True, log=log or "")
        if log is not None and trial.right.function != "notify":
            outcome = _recover(caller, outcome)
        outcomes.append(outcome)
    if trials[0].right.function == "notify" and not small:
        for number, outcome in enumerate(outcomes):
            if outcome.broke:
                time.sleep(max(0.0, failed_at[number] + _CLAIM_SECONDS - time.monotonic()))
                outcomes[number] = _recover(caller, outcome)
    return outcomes


def _names(log: str, action: str) -> bool:
    """Whether the log names the denied action; S3 gives no reason in its response to a HEAD."""
    head = action == "s3:GetObject" and "(403) when calling the HeadObject operation" in log
    return f"not authorized to perform: {action}" in log or head


def _call_without(caller: Caller, trial: Trial) -> str | None:
    cached = trial.right.action.startswith(("rekognition:", "bedrock:"))
    try:
        with without(caller.stack, trial.right):
            if cached:
                time.sleep(_REMEMBERED_SECONDS)
            return caller.call(trial.operation.function, trial.prepared.event)
    finally:
        if cached:
            time.sleep(_REMEMBERED_SECONDS)


def _recover(caller: Caller, outcome: Outcome) -> Outcome:
    trial = outcome.trial
    event = trial.prepared.again or trial.prepared.event
    log = caller.call(trial.operation.function, event)
    return replace(outcome, recovered=log is None and trial.prepared.done())


def _disconnect_queues(stack: RunningStack) -> None:
    """Events still reach the queues and stay there."""
    client = stack.aws.client("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
