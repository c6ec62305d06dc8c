"""`restore`: process pictures again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from aws.dynamodb import DynamoStatuses, DynamoTable
from aws.s3 import S3Originals
from ops import show
from ops.options import AsJson, DryRun, end, print_json, spinner, stack_of, time_of
from ops.pictures import IMAGE_HELP, NoPictureError, find_item
from ops.repairs import repairs_of
from ops.stack import Stack
from ops.terminal import console, print_line, report
from pipeline.item import Item, Malformed, MalformedItemError
from pipeline.prices import invalidations_usd
from pipeline.restore import Chosen, Restored, in_state, restored
from pipeline.statuses import STATUSES

_OUTCOMES = ("restored", "would", "gone", "refused", "unreadable")
_PROBLEMS = {
    "gone": "have no original any more",
    "refused": "have an original that S3 refuses",
    "unreadable": "have an item that cannot be read",
}


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

    Files are written as for an upload; Rekognition is asked what it has not answered about the same
    bytes before.

    All of a state are bulk work: no upload waits behind them, and no notice is sent. Of pictures
    that are named notices are sent.

    Starts with the longest unchanged picture. Ends with 1 if an original is gone or
    refused, an item cannot be read, or a name is unknown.
    """
    stack = stack_of(context)
    since = _checked(images or (), status, unchanged_since)
    unknown = 0
    if status is not None:
        chosen = in_state(DynamoStatuses(stack.catalog), status, since)
    else:
        found, unknown = _find(stack, images or ())
        chosen = Chosen(found)
    if chosen.since:
        print_line(f"those that are {status} and unchanged since {chosen.since}", err=True)
    bus = None if dry_run else repairs_of(stack, "restore")
    totals = _Totals()
    out = console()
    with spinner(quiet=as_json) as progress:
        for each in restored(
            chosen,
            table=DynamoTable(stack.catalog),
            originals=S3Originals(stack.originals),
            bus=bus,
            lane="live" if status is None else "backfill",
        ):
            outcome = totals.count(each, dry_run=dry_run)
            if isinstance(each, Malformed):
                report(str(each))
            elif as_json:
                print_json(_restored(each.item, outcome))
            else:
                out.print(show.restored(each.item, outcome), soft_wrap=True)
            progress(f"{totals.outcomes.total():,} pictures")
    if as_json:
        print_json({**totals.to_json(), "unchanged_since": chosen.since})
    else:
        totals.print(out, dry_run=dry_run)
    end(attention=totals.unfinished + unknown > 0)


@dataclass
class _Totals:
    """What became of the pictures, and what it costs."""

    outcomes: Counter[str] = field(default_factory=Counter)
    cost_usd: float = 0.0
    """What their processing cost the last time."""
    shown: int = 0
    """How many have files that will be invalidated."""

    @property
    def unfinished(self) -> int:
        return self.outcomes["gone"] + self.outcomes["refused"] + self.outcomes["unreadable"]

    @property
    def invalidations_usd(self) -> float:
        return invalidations_usd(self.shown)

    def count(self, each: Restored | Malformed, *, dry_run: bool) -> str:
        """Add a picture, and return its outcome."""
        outcome = _outcome(each, dry_run=dry_run)
        self.outcomes[outcome] += 1
        if isinstance(each, Restored) and outcome in ("restored", "would"):
            self.cost_usd += each.item.cost_usd
            self.shown += each.item.renditions is not None
        return outcome

    def to_json(self) -> dict[str, Any]:
        return {
            **{name: self.outcomes[name] for name in _OUTCOMES},
            "cost_usd": round(self.cost_usd, 6),
            "invalidations_usd": round(self.invalidations_usd, 6),
        }

    def print(self, out: Console, *, dry_run: bool) -> None:
        did = (
            f"{self.outcomes['would']:,} would be" if dry_run else f"{self.outcomes['restored']:,}"
        )
        out.print(f"{did} restored; the last time they cost {self.cost_usd:,.4f} USD")
        if self.shown:
            usd = f"{self.invalidations_usd:,.4f} USD"
            out.print(f"invalidating their present files costs up to {usd} more")
        for outcome, problem in _PROBLEMS.items():
            if count := self.outcomes[outcome]:
                out.print(f"{count:,} {problem}", style="yellow")


def _checked(images: Sequence[str], status: str | None, since: str | None) -> datetime | None:
    """The time in `since`; raises `typer.BadParameter` for options that do not go together."""
    if bool(images) == (status is not None):
        raise typer.BadParameter("restore takes pictures, or --status for all of a state")
    states = [each for each in STATUSES if each != "deleted"]
    if status is not None and status not in states:
        raise typer.BadParameter(f"--status must be one of {', '.join(states)}, got {status}")
    if since is not None and status is None:
        raise typer.BadParameter("--unchanged-since goes with --status alone")
    return time_of("--unchanged-since", since)


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


def _outcome(each: Restored | Malformed, *, dry_run: bool) -> str:
    if isinstance(each, Malformed):
        return "unreadable"
    if each.refused:
        return "refused"
    if not each.there:
        return "gone"
    return "would" if dry_run else "restored"


def _restored(item: Item, outcome: str) -> dict[str, Any]:
    return {"image_id": item.image_id, "key": item.key, "was": item.status, "outcome": outcome}
