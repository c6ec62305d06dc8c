"""`python -m ops`: the commands."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from aws.clients import client
from aws.cloudfront import CloudFrontEdge
from aws.dynamodb import DynamoItems, DynamoTable
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Objects, S3Originals, S3Renditions
from ops import show
from ops.policy import Replayed, read, replay, running_policy, unknowable
from ops.stack import Stack, from_file, from_pulumi, local_stack
from aws.cloudwatch import CloudWatchAges
from aws.dynamodb import DynamoStatuses
from aws.sqs import SqsQueues, mover
from ops.status import report
from pipeline.queues import Depth
from pipeline.statuses import STATUSES
from pipeline.clock import utc
from pipeline.explain import story
from pipeline.item import Item
from pipeline.original import image_id
from pipeline.restore import Chosen, in_state, restored
from reconcile.handler import Paused
from reconcile.walk import Cursor, Reconciliation

__all__ = ["Exit", "NoPictureError", "app"]


class Exit(IntEnum):
    """What the process says when it ends."""

    DONE = 0
    ATTENTION = 1
    USAGE = 2
    UNREACHABLE = 3
    NO_PICTURE = 4
    INTERRUPTED = 130


class NoPictureError(LookupError):
    """The catalog knows no such picture."""


app = typer.Typer(
    help=(
        "Look after a Darkroom stack, on AWS or on this machine: without --stack and --outputs, "
        "the one that `python -m local up` runs.\n\n"
        "Ends with 0: done, and nothing needs attention. 1: done, and something does (dead "
        "letters, findings left, verdicts that would flip, originals gone). 2: wrong usage. 3: "
        "the stack cannot be reached, or refuses. 4: there is no such picture. 130: interrupted."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
policy_app = typer.Typer(help="Try out a changed policy.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]

_IMAGE = (
    "An image id, or the key of an upload with all its folders; the leading uploads/ may be left "
    "out: holiday.jpg, trip/coffee.jpg."
)


@app.callback()
def choose(
    context: typer.Context,
    stack: Annotated[
        str | None, typer.Option(metavar="NAME", help="A stack that the Pulumi CLI knows.")
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `pulumi stack output --json` printed."),
    ] = None,
) -> None:
    """Find the stack when a command asks for it, so that --help needs none."""
    if stack is not None and outputs is not None:
        raise typer.BadParameter("--stack and --outputs name a stack in two ways: give one of them")

    def find() -> Stack:
        if stack is not None:
            return from_pulumi(stack)
        return from_file(outputs) if outputs is not None else local_stack()

    context.obj = find


def _stack(context: typer.Context) -> Stack:
    find: Callable[[], Stack] = context.obj
    return find()


@app.command()
def status(
    context: typer.Context,
    failures: Annotated[int, typer.Option(min=0, help="How many of the last failures.")] = 5,
    count_to: Annotated[
        int, typer.Option(min=1, help="Stop counting the pictures of a state here.")
    ] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Show pictures by state, queues, dead letters and the last failures.

    Ends with 1 if there are dead letters.
    """
    stack = _stack(context)
    found = report(
        statuses=DynamoStatuses(stack.catalog),
        queues=SqsQueues(),
        ages=CloudWatchAges(utc),
        urls=stack.queues,
        dead_letter_urls=stack.dead_letters,
        count_to=count_to,
        failures=failures,
    )
    if as_json:
        _line(asdict(found))
    else:
        out = console()
        out.print(show.pictures(found), "", show.queues(found))
        if found.last_failures:
            out.print("", show.failures(found))
        if found.dead:
            out.print("\nDead letters go back with: python -m ops redrive", style="bold")
    _end(attention=found.dead > 0)


@app.command()
def redrive(
    context: typer.Context,
    function: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this function's dead letters.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take dead letters back to the queue of their function.

    Ends with 1 if letters were left, with --dry-run if there are any.
    """
    stack = _stack(context)
    if function is not None and function not in stack.dead_letters:
        known = ", ".join(stack.dead_letters)
        raise typer.BadParameter(f"--function must be one of {known}, got {function}")
    queues, left = SqsQueues(), 0
    names = [function] if function else list(stack.dead_letters)
    depths = {name: queues.depth(stack.dead_letters[name]) for name in names}
    for name, depth in depths.items():
        source, target = stack.dead_letters[name], stack.queues[name]
        moved = 0
        if depth.waiting and not dry_run:
            with _bar(f"redriving {name}", quiet=as_json) as advance:
                for progress in mover(source).move(source, target, depth.waiting):
                    moved = progress.moved
                    advance(progress.moved, progress.of)
        left += max(depth.messages - moved, 0)
        if as_json:
            _line({"function": name, "dead_letters": depth.messages, "moved": moved})
        elif depth.messages:
            typer.echo(f"{name}: {_redriven(depth, moved, dry_run=dry_run)}")
    if not as_json and not any(depth.messages for depth in depths.values()):
        typer.echo("no dead letters")
    _end(attention=left > 0)


def _redriven(depth: Depth, moved: int, *, dry_run: bool) -> str:
    if not depth.waiting:
        return f"{depth.messages} dead letters are being received elsewhere, none can be moved now"
    if dry_run:
        return f"{depth.waiting} dead letters would be moved"
    return f"{moved} of {depth.messages} dead letters moved"


@app.command()
def reconcile(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair what is found, by the pipeline's own events.")
    ] = False,
    dry_run: DryRun = False,
    grace: Annotated[
        int, typer.Option(min=0, metavar="MINUTES", help="Judge nothing that changed since.")
    ] = 60,
    at_most: Annotated[
        int, typer.Option(min=1, metavar="N", help="Repair no more than so many.")
    ] = 1000,
    in_stack: Annotated[
        bool,
        typer.Option("--in-stack", help="Ask the stack's own function to do it and do not wait."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Hold bucket, catalog and renditions against each other, both ways.

    Streams: memory does not grow with the bucket. Ends with 1 if findings were not repaired.
    """
    stack = _stack(context)
    repairs = at_most if repair and not dry_run else 0
    cursor = Cursor(before=utc() - timedelta(minutes=grace), repairs=repairs)
    if in_stack:
        EventBridgeBus(stack.pipeline).publish([Paused(cursor)])
        typer.echo(f"asked; what it finds is in the log group {stack.logs['reconcile']}")
        return
    with _spinner(quiet=as_json) as tell:
        out = console()
        for step in _reconciliation(stack).steps(cursor):
            cursor = step.cursor
            for finding, repaired in step.findings:
                outcome = "repaired" if repaired else "would" if repair and dry_run else "left"
                if as_json:
                    _line({**vars(finding), "repaired": repaired})
                else:
                    out.print(show.finding(finding, outcome), soft_wrap=True)
            seen = ", ".join(f"{count:,} {name}" for name, count in cursor.seen.items())
            tell(f"{seen}; {sum(cursor.found.values()):,} findings")
    if as_json:
        _line({"seen": cursor.seen, "found": cursor.found, "repaired": cursor.repaired})
    else:
        seen = ", ".join(f"{cursor.seen.get(part, 0):,} in {part}" for part in _PARTS)
        out.print(f"looked at {seen}")
        if cursor.found:
            out.print(show.reconciled(cursor))
        else:
            out.print("nothing is wrong", style="green")
    _end(attention=cursor.unrepaired > 0)


_PARTS = ("originals", "catalog", "renditions")


def _reconciliation(stack: Stack) -> Reconciliation:
    return Reconciliation(
        stack.originals,
        "guarded" if stack.gate == "guarded" else "open",
        S3Objects(stack.originals, "uploads/"),
        S3Objects(stack.renditions, "i/"),
        DynamoItems(stack.catalog),
        S3Originals(stack.originals),
        S3Renditions(stack.renditions),
        CloudFrontEdge(stack.distribution_id),
        EventBridgeBus(stack.pipeline),
    )


@app.command()
def explain(
    context: typer.Context,
    image: Annotated[str, typer.Argument(help=_IMAGE)],
    as_json: AsJson = False,
) -> None:
    """Tell in words what happened to a picture, and why it is where it is."""
    stack = _stack(context)
    item = _item(stack, image)
    lines = story(item, gate=stack.gate, logs=stack.logs)
    if as_json:
        _line({"item": item.to_dict(), "story": [asdict(line) for line in lines]})
    else:
        console().print(show.told(item, lines))


def _item(stack: Stack, image: str) -> Item:
    if not image.strip():
        raise typer.BadParameter("IMAGE must be an image id or the key of an upload, got nothing")
    table = DynamoTable(stack.catalog)
    found = (table.get(each) for each in _image_ids(image))
    item = next((each for each in found if each), None)
    if item is None:
        raise NoPictureError(
            f"the catalog knows no picture {image}: give its image id, or its key with all its "
            f"folders as a listing of s3://{stack.originals} shows it (uploads/ may be left out); "
            "an empty file is passed over, and any other that is there and unknown is found by "
            "python -m ops reconcile"
        )
    return item


def _image_ids(image: str) -> Iterator[str]:
    """The ids that may be meant, the likeliest first."""
    yield image_id(image)
    if re.fullmatch("[0-9a-f]{32}", image):
        yield image
    yield image_id(f"uploads/{image}")


@app.command()
def restore(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        typer.Argument(metavar="IMAGE", help=_IMAGE),
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="STATE", help="All pictures of a state, like held.")
    ] = None,
    unchanged_since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="With --status: only those unchanged since, to go on after an interruption.",
        ),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Have pictures processed afresh, by the policy and the recipe that are deployed now.

    Each costs what an upload does: Rekognition is asked, files are written, people are told again.

    Streams, the longest unchanged picture first. Ends with 1 if an original is gone.
    """
    stack = _stack(context)
    if bool(images) == (status is not None):
        raise typer.BadParameter("restore takes pictures, or --status for all of a state")
    states = [each for each in STATUSES if each != "deleted"]
    if status is not None and status not in states:
        raise typer.BadParameter(f"--status must be one of {', '.join(states)}, got {status}")
    if unchanged_since is not None and status is None:
        raise typer.BadParameter("--unchanged-since goes with --status alone")
    table = DynamoTable(stack.catalog)
    chosen = (
        in_state(DynamoStatuses(stack.catalog), status, _time(unchanged_since))
        if status is not None
        else Chosen(dict.fromkeys(_item(stack, image).image_id for image in images or ()))
    )
    if chosen.since:
        typer.echo(f"those that are {status} and unchanged since {chosen.since}", err=True)
    counts: Counter[str] = Counter()
    cost_usd = 0.0
    out = console()
    with _spinner(quiet=as_json) as tell:
        for each in restored(
            chosen,
            table=table,
            originals=S3Originals(stack.originals),
            bus=None if dry_run else EventBridgeBus(stack.pipeline),
        ):
            outcome = "gone" if not each.there else "would" if dry_run else "restored"
            counts[outcome] += 1
            cost_usd += each.item.cost_usd if each.there else 0
            if as_json:
                _line(_restored(each.item, outcome))
            else:
                out.print(show.restored(each.item, outcome), soft_wrap=True)
            tell(f"{counts.total():,} pictures")
    if as_json:
        totals = {name: counts[name] for name in ("restored", "would", "gone")}
        _line({**totals, "cost_usd": round(cost_usd, 6), "unchanged_since": chosen.since})
    else:
        did = f"{counts['would']:,} would be" if dry_run else f"{counts['restored']:,}"
        out.print(f"{did} restored; the last time they cost {cost_usd:,.4f} USD")
        if counts["gone"]:
            out.print(f"{counts['gone']:,} have no original any more", style="yellow")
    _end(attention=counts["gone"] > 0)


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise typer.BadParameter(f"--unchanged-since must be ISO 8601, got {text}") from error


def _restored(item: Item, outcome: str) -> dict[str, Any]:
    return {"image_id": item.image_id, "key": item.key, "was": item.status, "outcome": outcome}


@policy_app.command("try")
def try_policy(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="JSON or YAML: settings like minSharpness, a Pulumi.<stage>.yaml, or a POLICY.",
        ),
    ],
    show_first: Annotated[
        int, typer.Option("--first", min=0, help="How many pictures that would flip are shown.")
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """Judge what was analysed by another policy, and show which verdicts would be others.

    Rekognition is not asked and nothing is changed. Ends with 1 if a verdict would flip.
    """
    stack = _stack(context)
    running = running_policy(stack.functions["rekognition"])
    changed = read(file, running)
    counts: Counter[tuple[str, str]] = Counter()
    first: list[Replayed] = []
    with _spinner(quiet=as_json) as tell:
        for each in replay(DynamoItems(stack.catalog), changed):
            counts[each.was, each.would] += 1
            if each.flips and as_json:
                _line(_flip(each))
            elif each.flips and len(first) < show_first:
                first.append(replace(each))
            tell(f"{counts.total():,} pictures")
    flipped = sum(count for (was, would), count in counts.items() if was != would)
    warning = unknowable(running, changed)
    if as_json:
        _line({"judged": counts.total(), "flipped": flipped, "unknowable": warning})
    else:
        out = console()
        for table in show.flips(counts, first):
            out.print(table, "")
        out.print(f"{flipped:,} of {counts.total():,} verdicts would be others")
        if warning:
            out.print(warning, style="yellow")
    _end(attention=flipped > 0)


def _flip(each: Replayed) -> dict[str, Any]:
    return {
        "image_id": each.item.image_id,
        "key": each.item.key,
        "was": each.was,
        "would": each.would,
        "reasons": list(each.reasons),
    }


def _end(*, attention: bool) -> None:
    if attention:
        raise typer.Exit(Exit.ATTENTION)


def _line(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


@contextmanager
def _bar(title: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; what it yields takes how many are done, and of how many."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console(stderr=True), transient=True, disable=quiet
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def _spinner(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line on standard error that says how far things are."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(
        *columns, console=console(stderr=True), transient=True, disable=quiet
    ) as bar:
        task = bar.add_task("")
        yield lambda words: bar.update(task, description=words)
