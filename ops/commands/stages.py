"""`stacks` and `reap`: every stage of the account, and the end of those whose time is over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table
from rich.text import Text

import stagefile
from aws.cost_explorer import AwsCosts
from aws.leftovers import AwsRemover
from aws.tagging import AwsTagged
from ops import stages
from ops.backend import PulumiStacks, protected
from ops.options import AsJson, end, print_json
from ops.preflight import DockerClient
from ops.stages import PROJECT, Stage
from ops.terminal import console
from pipeline.clock import utc
from pipeline.text import visible

__all__ = ["reap", "stacks"]

ROOT = Path(__file__).resolve().parents[2]
_FAR = timedelta(days=365)
"""How far back the costs go; Cost Explorer keeps 13 months."""


def stacks(
    costs: Annotated[
        bool, typer.Option("--costs", help="Ask Cost Explorer, at a cent per request.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every stage: who has it, its last update, when it expires, and what it has cost.

    A stage without a stack is what was left behind. Needs the Pulumi CLI and the account's
    credentials.
    """
    found = stages.overview(_stacks().all(), _tagged().of_project(PROJECT), _costs(asked=costs))
    if as_json:
        for each in found:
            print_json(_plain(each))
    else:
        console().print(_table(found))


def reap(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="STAGE", help="Only these stages; all by default."),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Do it. Without it only print what would go.")
    ] = False,
    open_requests: Annotated[
        str | None,
        typer.Option(
            "--open", metavar="NUMBERS", help="The open pull requests, separated by commas."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Remove stages that have expired, or whose pull request is not among the open ones.

    A stack is destroyed; then whatever bears the stage's tags and no stack knows is deleted.
    Protected stages are refused. Ends with 1 if something could not be removed.
    """
    kept = protected(ROOT)
    if refused := sorted(kept & set(names or [])):
        raise typer.BadParameter(f"STAGE must not be protected, got {', '.join(refused)}")
    numbers = _numbers(open_requests)
    backend, tagged = _stacks(), _tagged()
    found = stages.overview(backend.all(), tagged.of_project(PROJECT))
    condemned = [
        (stage, reason)
        for stage, reason in stages.doomed(found, today=utc().date(), open_requests=numbers)
        if not names or stage.name in names
    ]
    failed = False
    if not remove:
        for stage, reason in condemned:
            _report(stage, as_json, outcome="would go", reason=reason, resources=len(stage.arns))
    else:
        for each in stages.reap(
            condemned, protected=kept, stacks=backend, resources=tagged, remover=AwsRemover()
        ):
            failed = failed or bool(each.failures)
            _report(
                each.stage,
                as_json,
                outcome="stayed" if each.failures else "waits" if each.waiting else "removed",
                reason=each.reason,
                leftovers=len(each.removed),
                waiting=list(each.waiting),
                failures=list(each.failures),
            )
    end(attention=failed)


def _stacks() -> PulumiStacks:
    return PulumiStacks(ROOT, lambda: e.host if (e := DockerClient().engine()) else None)


def _tagged() -> AwsTagged:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    region = region or str(stagefile.defaults(ROOT)["aws:region"])
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region
    return AwsTagged(region)


def _costs(*, asked: bool) -> Mapping[str, float] | None:
    if not asked:
        return None
    today = utc().date()
    try:
        return AwsCosts().by_stage(PROJECT, (today - _FAR).replace(day=1), today)
    except (BotoCoreError, ClientError) as error:
        console(stderr=True).print(f"costs are not known: {error}", markup=False)
        return None


def _numbers(text: str | None) -> set[int] | None:
    if text is None:
        return None
    try:
        return {int(each) for each in text.replace(" ", "").split(",") if each}
    except ValueError:
        raise typer.BadParameter(f"--open must be numbers, got {text}") from None


def _plain(stage: Stage) -> dict[str, object]:
    updated = stage.stack.updated_at if stage.stack else None
    return {
        "stage": stage.name,
        "owner": stage.owner,
        "updated": updated.isoformat() if updated else None,
        "expires": stage.expires.isoformat() if stage.expires else None,
        "stack": stage.stack is not None,
        "resources": len(stage.arns),
        "dollars": stage.dollars,
    }


def _table(found: list[Stage]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("stage", "owner", "updated", "expires"):
        table.add_column(column, overflow="fold")
    for column in ("resources", "USD so far"):
        table.add_column(column, justify="right")
    for each in found:
        table.add_row(
            Text(visible(each.name)),
            Text(visible(each.owner)),
            _age(each),
            _expiry(each.expires),
            f"{len(each.arns):,}",
            "" if each.dollars is None else f"{each.dollars:,.2f}",
        )
    return table


def _age(stage: Stage) -> Text:
    if stage.stack is None:
        return Text("no stack", "bold red")
    if stage.stack.updated_at is None:
        return Text("never", "dim")
    return Text(f"{(utc() - stage.stack.updated_at).days} days ago")


def _expiry(expires: date | None) -> Text:
    if expires is None:
        return Text("never", "dim")
    return Text(expires.isoformat(), "bold red" if expires <= utc().date() else "")


def _report(stage: Stage, as_json: bool, *, outcome: str, reason: str, **more: object) -> None:
    if as_json:
        print_json({"stage": stage.name, "outcome": outcome, "reason": reason, **more})
        return
    out = console()
    counts = ", ".join(f"{each} {key}" for key, each in more.items() if isinstance(each, int))
    out.print(f"{outcome:9} {stage.name}  {reason}; {counts}", markup=False, soft_wrap=True)
    for key in ("waiting", "failures"):
        lines = more.get(key)
        for line in lines if isinstance(lines, list) else []:
            out.print(f"          {key}: {visible(line)}", markup=False, soft_wrap=True)
