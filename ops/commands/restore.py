"""`restore`: process pictures again."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from aws.dynamodb import DynamoStatuses, DynamoTable
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Originals
from ops import show
from ops.options import AsJson, DryRun, end, print_json, spinner, stack_of
from ops.pictures import IMAGE_HELP, NoPictureError, find_item
from ops.stack import Stack
from ops.terminal import console, print_line, report
from pipeline.item import Item, Malformed, MalformedItemError
from pipeline.restore import Chosen, Restored, in_state, restored
from pipeline.statuses import STATUSES

_OUTCOMES = ("restored", "would", "gone", "refused", "unreadable")


def restore(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        typer.Argument(metavar="IMAGE", help=IMAGE_HELP),
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="STATE", help="All pictures of a state, like held.")
    ] = None,
    unchanged_since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="With --status: only those unchanged since (UTC), to go on after an interruption.",
        ),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Process pictures again, by the policy and the recipe that are deployed now.

    Each costs as much as an upload: Rekognition is asked, files are written, notices are sent.

    Starts with the longest unchanged picture. Ends with 1 if an original is gone or
    refused, an item cannot be read, or a name is unknown.
    """
    stack = stack_of(context)
    if bool(images) == (status is not None):
        raise typer.BadParameter("restore takes pictures, or --status for all of a state")
    states = [each for each in STATUSES if each != "deleted"]
    if status is not None and status not in states:
        raise typer.BadParameter(f"--status must be one of {', '.join(states)}, got {status}")
    if unchanged_since is not None and status is None:
        raise typer.BadParameter("--unchanged-since goes with --status alone")
    unknown = 0
    if status is not None:
        chosen = in_state(DynamoStatuses(stack.catalog), status, _time(unchanged_since))
    else:
        found, unknown = _find(stack, images or ())
        chosen = Chosen(found)
    if chosen.since:
        print_line(f"those that are {status} and unchanged since {chosen.since}", err=True)
    counts: Counter[str] = Counter()
    cost_usd = 0.0
    out = console()
    with spinner(quiet=as_json) as progress:
        for each in restored(
            chosen,
            table=DynamoTable(stack.catalog),
            originals=S3Originals(stack.originals),
            bus=None if dry_run else EventBridgeBus(stack.pipeline),
        ):
            if isinstance(each, Malformed):
                report(str(each))
                counts["unreadable"] += 1
                continue
            outcome = _outcome(each, dry_run=dry_run)
            counts[outcome] += 1
            cost_usd += each.item.cost_usd if outcome in ("restored", "would") else 0
            if as_json:
                print_json(_restored(each.item, outcome))
            else:
                out.print(show.restored(each.item, outcome), soft_wrap=True)
            progress(f"{counts.total():,} pictures")
    if as_json:
        totals = {name: counts[name] for name in _OUTCOMES}
        print_json({**totals, "cost_usd": round(cost_usd, 6), "unchanged_since": chosen.since})
    else:
        did = f"{counts['would']:,} would be" if dry_run else f"{counts['restored']:,}"
        out.print(f"{did} restored; the last time they cost {cost_usd:,.4f} USD")
        if counts["gone"]:
            out.print(f"{counts['gone']:,} have no original any more", style="yellow")
        if counts["refused"]:
            out.print(f"{counts['refused']:,} have an original that S3 refuses", style="yellow")
    end(attention=counts["gone"] + counts["refused"] + counts["unreadable"] + unknown > 0)


def _find(stack: Stack, images: Sequence[str]) -> tuple[list[str], int]:
    """The image ids of those that the catalog has, each once, and how many it has not.

    A name that is unknown is reported and does not stop the others. Raises `NoPictureError` if all
    are unknown.
    """
    found: dict[str, None] = {}
    missing: list[NoPictureError] = []
    for image in images:
        try:
            found[find_item(stack, image).image_id] = None
        except MalformedItemError as error:
            found[error.item.image_id] = None  # reported when its turn comes
        except NoPictureError as error:
            missing.append(error)
    if missing and not found:
        raise missing[0]
    for each in missing:
        report(str(each))
    return list(found), len(missing)


def _outcome(each: Restored, *, dry_run: bool) -> str:
    if each.refused:
        return "refused"
    if not each.there:
        return "gone"
    return "would" if dry_run else "restored"


def _time(text: str | None) -> datetime | None:
    try:
        if text is None:
            return None
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise typer.BadParameter(f"--unchanged-since must be ISO 8601, got {text}") from error


def _restored(item: Item, outcome: str) -> dict[str, Any]:
    return {"image_id": item.image_id, "key": item.key, "was": item.status, "outcome": outcome}
