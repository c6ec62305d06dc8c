"""Thousands of uploads at once into the local stack: `python -m proofs.load`.

Among them broken files, overwritten keys, deletions right behind uploads, and messages that nobody
can read. At the end every key must be in its right state, every file as catalogued, every notice in
the inbox, and the dead-letter queues must hold exactly the unreadable messages.

If a stack runs already (`python -m local up`), the load goes there, and after a Ctrl-C the next run
takes up where this one stopped. Else a stack is started for the run and goes with it.
"""

import json
import os
import queue
import random
import secrets
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from local import show
from local.journal import Journal
from local.pictures import Pictures
from local.state import NoStackError, RunningStack, running, state_folder
from local.up import LocalStack, Plan
from pipeline.item import Item
from proofs import markdown
from proofs.audit import Audit, Finding, Subject
from proofs.photographs import broken, photograph

FULL = 5000
BROKEN, OVERWRITTEN, DELETED = 0.05, 0.05, 0.02
UPLOADERS = 4
SETTINGS = {"maxConcurrency": str(max(4, 2 * (os.cpu_count() or 2)))}
"""A function waits for the local AWS half of its time: two copies a core keep the cores busy."""
THROTTLED_SETTINGS = {"maxConcurrency": "10"}
"""The program's own default: what waits for Rekognition keeps no core busy."""
STALLED_SECONDS, STALLED_TRIES = 180.0, 11
"""Without any progress for so long, and for so many visibility timeouts, the run gives up and says
what is missing."""
INBOX_SECONDS = 60.0
ENDS = ("Image Ready", "Image Held", "Image Rejected", "Image Failed", "Image Retired")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Step:
    """One thing done to a key; `seed` makes the content."""

    key: str
    kind: str
    """good, broken or deleted."""
    seed: int


@dataclass
class Load:
    """What is uploaded, by which uploader, and how far each has come."""

    run: str
    count: int
    stack: str
    done: list[int] = field(default_factory=lambda: [0] * UPLOADERS)
    seconds: float = 0.0
    """Since the first upload, over all runs."""
    uploaded_at: dict[str, float] = field(default_factory=dict)
    poisoned: dict[str, list[str]] = field(default_factory=dict)
    tps: float | None = None
    """Calls a second that Rekognition takes of each operation; None is as many as come."""

    @property
    def visibility_seconds(self) -> int:
        """Of the functions' queues, so that a poisoned message's ten attempts fit into the run, and
        no message is handed out again while a function waits for Rekognition."""
        if self.tps is not None:
            return 60
        return 30 if self.count >= 1000 else 10

    def steps(self) -> list[list[Step]]:
        """Each uploader's steps in their order; all steps of a key are one uploader's."""
        chosen = random.Random(self.run)
        ways: list[list[Step]] = [[] for _ in range(UPLOADERS)]
        fresh: list[str] = []
        for number in range(self.count):
            again = fresh and chosen.random() < OVERWRITTEN
            key = chosen.choice(fresh) if again else f"uploads/load-{self.run}/{number:05}.jpg"
            if not again:
                fresh.append(key)
            kind = "broken" if chosen.random() < BROKEN else "good"
            way = ways[int(key[-9:-4]) % UPLOADERS]
            way.append(Step(key, kind, chosen.getrandbits(32)))
            if chosen.random() < DELETED:
                way.append(Step(key, "deleted", 0))
        return ways

    def subjects(self) -> list[Subject]:
        """The end that each key should come to. What a later step overtook may have been told."""
        by_key: dict[str, list[str]] = defaultdict(list)
        for way in self.steps():
            for step in way:
                by_key[step.key].append(step.kind)
        outcomes = {"good": "ready", "broken": "failed"}
        made = []
        for key, kinds in by_key.items():
            possible = Counter(outcomes[kind] for kind in kinds if kind in outcomes)
            last = kinds[-1]
            must = {} if last == "deleted" else {outcomes[last]: 1}
            made.append(Subject(key, outcomes.get(last, "deleted"), must, possible))
        return made

    def save(self, file: Path) -> None:
        """Keep it for the next run."""
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(file)


@dataclass(frozen=True)
class Outcome:
    """What became of the load."""

    load: Load
    findings: Sequence[Finding]
    items: Mapping[str, Item]
    letters: Mapping[str, list[str]]
    """Bodies of the dead letters of this run, by function."""
    upload_seconds: float
    retried: Counter[str]
    """Tries that failed, by function, without those of poisoned messages."""
    processor: Mapping[str, float]
    """Seconds of processor time that each kind of process took."""

    @property
    def problems(self) -> list[str]:
        """Everything lost, doubled, or in a dead-letter queue that should not be there."""
        found = [
            f"{finding.subject.key}: {text}"
            for finding in self.findings
            for text in (*finding.lost, *finding.doubled)
        ]
        for function, sent in self.load.poisoned.items():
            letters = Counter(self.letters[function])
            missing, extra = Counter(sent) - letters, letters - Counter(sent)
            found += [f"{function}: no dead letter of {body}" for body in missing.elements()]
            found += [f"{function}: dead letter {body:.200}" for body in extra.elements()]
        return found

    @property
    def seconds(self) -> float:
        """From the first upload until the last key had its end; dead letters take longer."""
        ends = [
            datetime.fromisoformat(item.timeline[-1]["at"]).timestamp()
            for finding in self.findings
            if (item := self.items.get(finding.subject.image_id)) and item.timeline
        ]
        return max(ends) - min(self.load.uploaded_at.values())

    def seconds_to(self, end: str) -> list[float]:
        """Seconds from a key's last upload to `ready`, `failed` or `notified`, sorted."""
        taken = []
        for finding in self.findings:
            item = self.items.get(finding.subject.image_id)
            began = self.load.uploaded_at.get(finding.subject.key)
            if item is None or began is None:
                continue
            lines = {line["stage"]: line["at"] for line in item.timeline}
            names = ("analysed", "rendered") if end == "ready" else (end,)
            if (end in ("notified", item.status)) and all(name in lines for name in names):
                ended = max(datetime.fromisoformat(lines[name]).timestamp() for name in names)
                taken.append(ended - began)
        return sorted(taken)


@app.command()
def main(
    count: Annotated[int, typer.Option(min=1, help="How many uploads.")] = FULL,
    report: Annotated[Path | None, typer.Option(help="The Markdown report.")] = None,
    models: Annotated[
        bool, typer.Option("--models/--no-models", help="Let the Rekognition stand-in see.")
    ] = False,
    tps: Annotated[
        float | None,
        typer.Option(min=0.1, help="Calls a second that Rekognition takes of each operation."),
    ] = None,
    minutes: Annotated[float, typer.Option(min=1, help="Give up after so long.")] = 30,
) -> None:
    """Upload as fast as the stack takes it, and audit everything."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    console = show.console(stderr=True)
    report = report or markdown.place("load", full=count >= FULL and tps is None)
    with _stack(models, tps) as stack:
        file = Path(stack.folder) / "load.json"
        load = _load(file, stack, count, tps, console)
        try:
            outcome = _carry_out(stack, load, file, 60 * minutes, console)
        except KeyboardInterrupt:
            load.save(file)
            console.print(f"\nstopped after {sum(load.done)} steps")
            raise typer.Exit(130) from None
        file.unlink(missing_ok=True)
    markdown.write(report, *_report(outcome, models))
    show.console().print(_figures(outcome))
    for problem in outcome.problems[:50]:
        console.print(problem, style="bold red", markup=False)
    if outcome.problems:
        console.print(f"{len(outcome.problems)} problems")
        raise typer.Exit(1)


@contextmanager
def _stack(models: bool, tps: float | None) -> Iterator[RunningStack]:
    """The one that runs, or one for this run; a throttled Rekognition always is of this run."""
    found = None
    if tps is None:
        with suppress(NoStackError):
            found = running(state_folder())
    if found is not None:
        yield found
        return
    settings = SETTINGS if tps is None else THROTTLED_SETTINGS
    with tempfile.TemporaryDirectory(prefix="darkroom-load-") as folder:
        plan = Plan(Path(folder), settings=settings, models=models, rekognition_tps=tps)
        with LocalStack(plan) as local:
            yield local.up()


def _load(file: Path, stack: RunningStack, count: int, tps: float | None, console: Console) -> Load:
    """The load that an earlier run left unfinished on this very stack, or a new one."""
    bucket = stack.outputs["originals"]
    if file.is_file():
        left = Load(**json.loads(file.read_text(encoding="utf-8")))
        if (left.count, left.stack) == (count, bucket):
            console.print(f"taking up after {sum(left.done)} steps")
            return left
    return Load(secrets.token_hex(4), count, bucket, tps=tps)


def _carry_out(
    stack: RunningStack, load: Load, file: Path, seconds: float, console: Console
) -> Outcome:
    sqs = stack.aws.client("sqs")
    for url in stack.outputs["queues"].values():
        sqs.set_queue_attributes(
            QueueUrl=url, Attributes={"VisibilityTimeout": str(load.visibility_seconds)}
        )
    subjects = load.subjects()
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    began = time.monotonic() - load.seconds
    with Progress(*columns, console=console) as progress:
        uploads = progress.add_task("uploaded", total=sum(map(len, load.steps())), note="")
        ended = progress.add_task("ended", total=len(subjects), note="")
        _poison(stack, load)
        _upload(stack, load, file, progress, uploads, began)
        upload_seconds = time.monotonic() - began
        _wait(stack, load, progress, ended, began + seconds)
    load.seconds = time.monotonic() - began
    processor = _processor(stack)
    console.print("auditing")
    audit = Audit(stack)
    # The inbox may hear the last notices after the queues are empty.
    audit.settle(subjects, INBOX_SECONDS)
    return Outcome(
        load=load,
        findings=audit.findings(subjects),
        items={item.image_id: item for item in Pictures(stack).all()},
        letters={name: _letters(stack, name, load.run) for name in stack.outputs["queues"]},
        upload_seconds=upload_seconds,
        retried=_retried(stack, load),
        processor=processor,
    )


def _poison(stack: RunningStack, load: Load) -> None:
    """Put messages that nobody can read into every queue: a thousandth of the load, at least one
    of each kind."""
    for function, url in stack.outputs["queues"].items():
        if function in load.poisoned:
            continue
        bodies = []
        for number in range(max(1, load.count // 4000)):
            mark = f"{load.run}-{number}"
            bodies += [
                f"not JSON {mark}",
                json.dumps([mark]),
                json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": {}})
                + " " * (number + 1)
                + load.run,
                json.dumps({"source": "elsewhere", "detail-type": mark, "detail": {}}),
            ]
        for body in bodies:
            stack.aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
        load.poisoned[function] = bodies


def _upload(
    stack: RunningStack, load: Load, file: Path, progress: Progress, task: TaskID, began: float
) -> None:
    """All steps, each key's in their order, by several uploaders at once."""
    said: queue.SimpleQueue[int | BaseException] = queue.SimpleQueue()
    stopping = threading.Event()
    noting = threading.Lock()
    s3 = stack.aws.client("s3")

    def work(way: int, steps: Sequence[Step]) -> None:
        try:
            for step in steps[load.done[way] :]:
                if stopping.is_set():
                    return
                where = {"Bucket": load.stack, "Key": step.key}
                if step.kind == "deleted":
                    s3.delete_object(**where)
                else:
                    content = (broken if step.kind == "broken" else photograph)(step.seed)
                    with noting:
                        load.uploaded_at[step.key] = time.time()
                    s3.put_object(**where, Body=content)
                load.done[way] += 1
                said.put(1)
        except BaseException as error:
            said.put(error)

    steps = load.steps()
    threads = [
        threading.Thread(target=work, args=(way, those), name=f"uploader {way}", daemon=True)
        for way, those in enumerate(steps)
    ]
    progress.update(task, completed=sum(load.done))
    for thread in threads:
        thread.start()
    saved = time.monotonic()
    try:
        while any(thread.is_alive() for thread in threads) or not said.empty():
            try:
                word = said.get(timeout=0.2)
            except queue.Empty:
                continue
            if isinstance(word, BaseException):
                raise word
            rate = sum(load.done) / (time.monotonic() - began)
            progress.update(task, advance=1, note=f"{rate:.1f}/s")
            if time.monotonic() > saved + 2:
                saved = time.monotonic()
                load.seconds = saved - began
                with noting:
                    load.save(file)
    finally:
        stopping.set()
        for thread in threads:
            thread.join(10)


def _wait(
    stack: RunningStack, load: Load, progress: Progress, task: TaskID, deadline: float
) -> None:
    """Until the queues are empty and nothing more is said, or nothing happens any more."""
    audit, journal = Audit(stack), Journal(stack.journal)
    patience = max(STALLED_SECONDS, STALLED_TRIES * load.visibility_seconds)
    before: tuple[int, int] = (-1, -1)
    changed = time.monotonic()
    quiet = 0
    while time.monotonic() < deadline and quiet < 3:
        ended, told = _heard(journal, load.run)
        pending = audit.pending()
        progress.update(task, completed=ended, note=f"{told} notices, {pending} messages waiting")
        if (ended + told, pending) != before:
            before, changed = (ended + told, pending), time.monotonic()
        quiet = quiet + 1 if pending == 0 else 0
        if time.monotonic() > changed + patience:
            return
        time.sleep(1)


def _heard(journal: Journal, run: str) -> tuple[int, int]:
    """How many of the run's keys were said to have come to an end, and how many notices came."""
    return journal.count_ended(f"uploads/load-{run}/", ENDS), journal.count_notices()


def _letters(stack: RunningStack, function: str, run: str) -> list[str]:
    """The bodies of this run's dead letters, which stay where they are."""
    sqs, url = stack.aws.client("sqs"), stack.outputs["dead_letters"][function]
    bodies: dict[str, str] = {}
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        if not messages:
            return [body for body in bodies.values() if run in body]
        bodies |= {message["MessageId"]: message["Body"] for message in messages}


def _retried(stack: RunningStack, load: Load) -> Counter[str]:
    """Messages that a function failed on and was handed again, without the poisoned ones."""
    found: Counter[str] = Counter()
    for function, group in stack.outputs["logs"].items():
        pages = (
            stack.aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        )
        for page in pages:
            for event in page["events"]:
                line = event["message"]
                if '"message":"failed"' in line and f"load-{load.run}/" in line:
                    found[function] += 1
    return found


def _processor(stack: RunningStack) -> dict[str, float]:
    """Processor time so far of what serves the stack, by kind, as `ps` counts it."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "ppid=,time=,args="],  # noqa: S607 - the system's own ps
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    kinds = {
        f"ministack-lambda-{name}-": function
        for function, name in stack.outputs["functions"].items()
    }
    kinds[f"--s3-endpoint {stack.endpoint}"] = "Rekognition stand-in"
    seconds: dict[str, float] = defaultdict(float)
    for line in listed.splitlines():
        parent, spent, args = line.split(maxsplit=2)
        if int(parent) == stack.pid and "local.guard ministack" in args:
            seconds["local AWS"] += _seconds(spent)
        for mark, kind in kinds.items():
            if mark in args:
                seconds[kind] += _seconds(spent)
    own = os.times()
    return {**dict(sorted(seconds.items())), "uploaders and listeners": own.user + own.system}


def _seconds(text: str) -> float:
    """`ps` writes [days-][hours:]minutes:seconds."""
    days, _, clock = text.rpartition("-")
    total = 0.0
    for part in clock.split(":"):
        total = 60 * total + float(part)
    return 86400 * int(days or 0) + total


def _rates(outcome: Outcome) -> dict[str, str]:
    load = outcome.load
    return {
        "uploads": str(load.count),
        "keys": str(len(outcome.findings)),
        "uploads a second, while uploading": f"{load.count / outcome.upload_seconds:.1f}",
        "uploads a second, from the first to the last one's end": (
            f"{load.count / outcome.seconds:.1f}"
        ),
        "seconds from the first upload to the last end": f"{outcome.seconds:.0f}",
        "seconds until the last poisoned message was a dead letter": f"{load.seconds:.0f}",
        "tries that failed and were repeated": ", ".join(
            f"{name} {count}" for name, count in sorted(outcome.retried.items())
        )
        or "none",
        "dead letters, all of them poisoned on purpose": str(
            sum(len(letters) for letters in outcome.letters.values())
        ),
        "processor seconds": ", ".join(
            f"{name} {seconds:.0f}" for name, seconds in outcome.processor.items()
        ),
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
    wanted = Counter(finding.subject.status for finding in outcome.findings)
    found: Counter[str] = Counter()
    for finding in outcome.findings:
        item = outcome.items.get(finding.subject.image_id)
        found[item.status if item else "unknown"] += 1
    return [(s, str(wanted[s]), str(found[s])) for s in sorted({*wanted, *found})]


def _figures(outcome: Outcome) -> Table:
    table = Table("", "", show_header=False)
    for name, value in _rates(outcome).items():
        table.add_row(name, value)
    for end, count, *seconds in _percentiles(outcome):
        table.add_row(
            f"seconds to {end} ({count}): least, median, 90 %, 99 %, most", ", ".join(seconds)
        )
    return table


def _report(outcome: Outcome, models: bool) -> list[str]:
    tps = outcome.load.tps
    sight = "sees with its models" if models else "only measures"
    pace = "" if tps is None else f" and takes {tps:g} calls a second of each operation"
    settings = SETTINGS if tps is None else THROTTLED_SETTINGS
    how = (
        f"Written by `make bench-load` ({markdown.machine()}). {UPLOADERS} uploaders put "
        f"{outcome.load.count} pictures into the running local stack as fast as it takes them: "
        f"small photographs (240 x 180), each different, {BROKEN:.0%} of them broken, "
        f"{OVERWRITTEN:.0%} under a key that is there already, {DELETED:.0%} deleted right after. "
        f"Messages that nobody can read are put into every queue. The stand-in for Rekognition "
        f"{sight}{pace}. Everything shares this machine: "
        "the uploaders, the local AWS (one process), the functions, the stand-in; where the load "
        f"starts the stack itself, {settings['maxConcurrency']} copies of each function. "
        "Latencies are those of a backlog, as all uploads come at once."
    )
    audit = (
        "*Lost* and *doubled* come from an audit of every key: its state, its files against the "
        "catalog by key and size, its notices (one for each version and outcome; a version that "
        "was overtaken may go without). The queues' visibility timeout is "
        f"{outcome.load.visibility_seconds} s instead of 180 to 5400 s, so that a poisoned "
        "message's ten attempts fit into the run."
    )
    problems = outcome.problems
    return [
        "# Load",
        how,
        markdown.table(("figure", "value"), _rates(outcome).items()),
        "Seconds from a key's last upload to its end:",
        markdown.table(
            ("end", "keys", "least", "median", "90 %", "99 %", "most"), _percentiles(outcome)
        ),
        "The state that each key should be in, and is:",
        markdown.table(("state", "should", "are"), _ends(outcome)),
        audit,
        "\n".join(f"- wrong: {problem}" for problem in problems[:100]),
    ]


if __name__ == "__main__":
    app()
