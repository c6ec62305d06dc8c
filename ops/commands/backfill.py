"""`backfill` and `backfills`: process what a bucket holds and the catalog lacks."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from time import sleep
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from aws.dynamodb import DynamoItems
from aws.dynamodb_backfills import DynamoBackfills
from aws.lambda_ import LambdaFunctions
from aws.s3 import S3Objects
from aws.s3_inventories import S3Inventories
from aws.sqs import SqsQueues
from aws.stepfunctions import StepFunctionsRuns
from ops import show
from ops.inventories import newest_inventory
from ops.options import GRACE_MINUTES, AsJson, DryRun, Grace, print_json, spinner, stack_of, time_of
from ops.repairs import repairs_of
from ops.stack import Stack
from ops.terminal import console, print_line
from ops.terminal import watch as watch_again
from pipeline.address import UPLOADS
from pipeline.analyses import Analyses
from pipeline.backfill import Backfill, Backfills, State, lacks
from pipeline.clock import utc
from pipeline.inventory import Items, Listed
from pipeline.item import Malformed
from pipeline.original import image_id
from pipeline.prices import analyses_usd
from pipeline.runs import Run, Runs, UnknownRunError

MOST = 100_000_000
"""A Distributed Map takes no more items."""

_BATCH = 100
_FOLLOW_SECONDS = 2.0


def backfill(
    context: typer.Context,
    prefix: Annotated[
        str, typer.Option(metavar="PREFIX", help="Only keys under uploads/ that begin so.")
    ] = "",
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only objects written since, in ISO 8601 (UTC)."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MOST, metavar="N", help="Look at so many objects at most.")
    ] = MOST,
    inventory: Annotated[
        bool,
        typer.Option("--inventory", help="Read S3's newest inventory in place of a listing."),
    ] = False,
    grace: Grace = GRACE_MINUTES,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show how far it is until it ends, or until Ctrl-C.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Process every object of the bucket of originals that the catalog lacks.

    The state machine of the stack does it, as bulk work that no upload waits behind, and sends one
    notice at its end. A picture that is up to date costs one read.
    """
    if inventory and prefix:
        raise typer.BadParameter("give --inventory or --prefix: an inventory is read as a whole")
    stack = stack_of(context)
    inventories = S3Inventories(stack.exports, stack.originals)
    chosen = newest_inventory(inventories, stack, quiet=as_json) if inventory else None
    earliest = time_of("--since", since)
    before = utc() - timedelta(minutes=grace)
    found = _estimated(
        inventories.objects(chosen)
        if chosen
        else S3Objects(stack.originals, f"{UPLOADS}{prefix}").after(""),
        DynamoItems(stack.catalog),
        since=earliest,
        before=before,
        limit=limit,
        quiet=as_json,
    )
    environment = LambdaFunctions().environment(stack.functions["rekognition"])
    usd = found["lacking"] * analyses_usd(Analyses.from_json(environment["ANALYSES"]).names)
    name = f"{utc():%Y-%m-%dT%H-%M-%S}"
    if as_json:
        taken = {"inventory": chosen.taken.isoformat()} if chosen else {}
        usd, started = round(usd, 6), None if dry_run else name
        print_json({**found, **taken, "analyses_usd": usd, "name": started})
    else:
        print_line(
            f"{found['lacking']:,} of {found['objects']:,} objects lack processing, "
            f"which costs about {usd:,.4f} USD for Rekognition"
        )
    if dry_run:
        return
    repairs_of(stack, "backfill").record(stack.originals, prefix=prefix, since=since or "")
    start(
        stack,
        name,
        {
            "prefix": f"{UPLOADS}{prefix}",
            "since": earliest.isoformat() if earliest else "",
            "before": before.isoformat(),
            "limit": limit,
            "stale": [],
            **({"manifest": chosen.key} if chosen else {}),
        },
        follow=follow,
        quiet=as_json,
    )


def start(stack: Stack, name: str, given: Mapping[str, Any], *, follow: bool, quiet: bool) -> None:
    """Start a backfill of that name, and follow it to its end if asked to."""
    runs = StepFunctionsRuns(stack.backfill)
    runs.start(name, {"backfill": name, "bucket": stack.originals, **given})
    if not quiet:
        print_line(f"started {name}: python -m ops backfills shows how far it is")
    if follow:
        _follow(stack, runs, DynamoBackfills(stack.backfills, utc), name, quiet=quiet)


def backfills(
    context: typer.Context,
    pause: Annotated[
        str | None, typer.Option(metavar="NAME", help="Admit nothing more until it is resumed.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="NAME", help="Go on where it was paused.")
    ] = None,
    cancel: Annotated[
        str | None, typer.Option(metavar="NAME", help="End it; what was admitted is processed.")
    ] = None,
    again: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Start another like it, for what failed or was left: the rest costs a read each.",
        ),
    ] = None,
    follow: Annotated[
        str | None, typer.Option(metavar="NAME", help="Show how far it is until it ends.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=100, help="How many to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show the last backfills; or pause, resume, cancel, repeat or follow one."""
    chosen = [each for each in (pause, resume, cancel, again, follow) if each is not None]
    if len(chosen) > 1:
        raise typer.BadParameter("give one of --pause, --resume, --cancel, --again, --follow")
    stack = stack_of(context)
    runs, records = StepFunctionsRuns(stack.backfill), DynamoBackfills(stack.backfills, utc)
    try:
        if chosen:
            run = runs.get(chosen[0])
            _change(stack, runs, records, run, pause=pause, resume=resume, cancel=cancel)
    except UnknownRunError as unknown:
        raise typer.BadParameter(f"NAME must be that of a backfill, got {unknown}") from unknown
    if again is not None:
        name = f"{utc():%Y-%m-%dT%H-%M-%S}"
        repairs_of(stack, "backfills --again").record(again, backfill=name)
        # Backfills of an earlier release were given no results that are stale.
        runs.start(name, {"stale": [], **run.given, "backfill": name})
        print_line(f"started {name}")
    if follow is not None:
        _follow(stack, runs, records, follow, quiet=as_json)
        return
    shown = [(each, records.get(each.name)) for each in runs.latest(last)]
    if as_json:
        for each, record in shown:
            print_json(_plain(each, record))
    elif shown:
        console().print(show.backfills(shown))
    else:
        print_line("no backfills")


def _change(
    stack: Stack,
    runs: Runs,
    records: Backfills,
    run: Run,
    *,
    pause: str | None,
    resume: str | None,
    cancel: str | None,
) -> None:
    wanted: dict[State, str | None] = {"paused": pause, "running": resume, "cancelled": cancel}
    for state, name in wanted.items():
        if name is None:
            continue
        if not run.under_way:
            raise typer.BadParameter(f"NAME must be one that is under way, {name} has ended")
        repairs_of(stack, "backfills").record(name, wanted=state)
        records.want(name, state)
        if state == "cancelled":
            runs.stop(name)


def _estimated(
    objects: Iterable[Listed],
    items: Items,
    *,
    since: datetime | None,
    before: datetime,
    limit: int,
    quiet: bool,
) -> dict[str, int]:
    """How many objects there are, and how many of them lack processing."""
    found = {"objects": 0, "lacking": 0}

    def look(batch: list[Listed]) -> None:
        known = items.find([image_id(each.key) for each in batch])
        for each in batch:
            item = known.get(image_id(each.key))
            found["objects"] += 1
            new = since is None or each.modified >= since
            if each.bytes and new and not isinstance(item, Malformed):
                found["lacking"] += lacks(item, each, before=before)

    with spinner(quiet=quiet) as progress:
        listed = islice(objects, limit)
        while batch := list(islice(listed, _BATCH)):
            look(batch)
            progress(f"{found['objects']:,} objects")
    return found


def _follow(stack: Stack, runs: Runs, records: Backfills, name: str, *, quiet: bool) -> None:
    queues = SqsQueues()

    def look() -> RenderableType:
        waiting = sum(
            queues.depth(url).messages
            for label, url in stack.queues.items()
            if label.endswith("-bulk")
        )
        shown = show.backfills([(runs.get(name), records.get(name))])
        return Group(shown, Text(f"{waiting:,} messages of bulk work are left"))

    if quiet:
        while runs.get(name).under_way:
            sleep(_FOLLOW_SECONDS)
        print_json(_plain(runs.get(name), records.get(name)))
        return
    watch_again(look, console(), _until_over(runs, name))


def _until_over(runs: Runs, name: str) -> Callable[[], None]:
    """Pauses between two looks; ends the command once the backfill has ended."""
    pause = partial(sleep, _FOLLOW_SECONDS)

    def wait() -> None:
        if not runs.get(name).under_way:
            raise typer.Exit
        pause()

    return wait


def _plain(run: Run, record: Backfill) -> dict[str, Any]:
    return {
        "name": run.name,
        "status": show.backfill_state(run, record),
        "began": run.began.astimezone(UTC).isoformat(timespec="seconds"),
        "given": dict(run.given),
        "seen": record.seen,
        **dict(record.outcomes.items()),
        "failed_batches": run.failed,
    }
