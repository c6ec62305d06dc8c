"""`reconcile`: compare bucket, catalog and renditions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

import typer

from aws.dynamodb_vectors import DynamoTakeover
from aws.eventbridge import EventBridgeBus
from aws.lambda_ import LambdaFunctions
from aws.s3_inventories import S3Inventories
from ops import show
from ops.inventories import newest_inventory
from ops.options import GRACE_MINUTES, AsJson, DryRun, Grace, end, print_json, spinner, stack_of
from ops.repairs import repairs_of
from ops.stack import Stack
from ops.terminal import console, print_line
from pipeline.analyses import Analyses
from pipeline.clock import utc
from pipeline.embedding import placing_models
from reconcile.cursor import Cursor, together
from reconcile.findings import repair_usd
from reconcile.handler import Paused, reconciliation
from reconcile.shards import started

_WALKED = ("originals", "catalog", "renditions", "previews", "likeness", "vectors")
_DIVIDED = ("pictures", "catalog", "previews", "likeness", "vectors")


def reconcile(
    context: typer.Context,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Repair what is found, through the pipeline's own events."),
    ] = False,
    dry_run: DryRun = False,
    grace: Grace = GRACE_MINUTES,
    at_most: Annotated[
        int, typer.Option(min=1, metavar="N", help="Repair at most so many.")
    ] = 1000,
    inventory: Annotated[
        bool,
        typer.Option(
            "--inventory",
            help="Read S3's newest inventory of the originals, in shards, in place of a listing.",
        ),
    ] = False,
    in_stack: Annotated[
        bool,
        typer.Option("--in-stack", help="Have the stack's own function do it, and do not wait."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare bucket, catalog and renditions, in both directions.

    Memory does not grow with the bucket. Ends with 1 if findings were not repaired.
    """
    stack = stack_of(context)
    repairs = at_most if repair and not dry_run else 0
    if inventory:
        newest = newest_inventory(
            S3Inventories(stack.exports, stack.originals), stack, quiet=as_json
        )
        cursors = started(newest, repairs=repairs, grace=timedelta(minutes=grace))
    else:
        cursors = [Cursor(before=utc() - timedelta(minutes=grace), repairs=repairs)]
    if in_stack:
        _start(stack, cursors, repairs)
        return
    made = repairs_of(stack, "reconcile") if repairs else None
    compared = reconciliation(
        originals=stack.originals,
        renditions=stack.renditions,
        previews=stack.previews,
        catalog=stack.catalog,
        likeness=stack.likeness,
        vectors=stack.vectors,
        embedding=stack.embedding,
        next_embedding=stack.next_embedding,
        distribution_id=stack.distribution_id,
        gate=stack.gate,
        bus=made or EventBridgeBus(stack.pipeline),
        exports=stack.exports if inventory else "",
    )
    compared = replace(compared, noting=bool(repairs))
    ends: list[Cursor] = []
    total = cursors[0]
    with spinner(quiet=as_json) as progress:
        out = console()
        for number, begin in enumerate(cursors, 1):
            # One after the other, so a shard may make the repairs that earlier ones did not need.
            cursor = replace(begin, repairs=repairs - sum(total.repaired.values()))
            shard = f"shard {number:,} of {len(cursors):,}: " if len(cursors) > 1 else ""
            for step in compared.steps(cursor):
                cursor = step.cursor
                total = together([*ends, cursor])
                for finding, repaired in step.findings:
                    if made and repaired and finding.key is None:
                        # Files without an item: no event names them.
                        made.record(finding.image_id, removed=finding.detail)
                    outcome = "repaired" if repaired else "would" if repair and dry_run else "left"
                    if as_json:
                        print_json({**vars(finding), "repaired": repaired})
                    else:
                        out.print(show.finding(finding, outcome), soft_wrap=True)
                seen = ", ".join(f"{count:,} {name}" for name, count in total.seen.items())
                progress(f"{shard}{seen}; {sum(total.found.values()):,} findings")
            ends = [total]
    usd = 0.0
    if total.unrepaired:
        environment = LambdaFunctions().environment(stack.functions["rekognition"])
        analyses = Analyses.from_json(environment["ANALYSES"]).names
        usd = repair_usd(
            total.left, analyses, placing_models(stack.embedding, stack.next_embedding)
        )
    if as_json:
        counts = {"seen": total.seen, "found": total.found, "repaired": total.repaired}
        print_json({**counts, "repair_usd": round(usd, 6), **_takeover(stack, total)})
    else:
        parts = _DIVIDED if inventory else _WALKED
        seen = ", ".join(
            f"{total.seen.get(part, 0):,} in {part}"
            for part in parts
            if part != "vectors" or stack.vectors
        )
        out.print(f"looked at {seen}")
        if total.found:
            out.print(show.reconciled(total))
            if total.unrepaired:
                out.print(
                    f"repairing what is left costs about {usd:,.4f} USD, "
                    "for Rekognition, Bedrock and CloudFront's invalidations"
                )
        else:
            out.print("nothing is wrong", style="green")
        if state := _takeover(stack, total):
            following, present = stack.next_embedding, stack.embedding
            out.print(
                f"{following} has taken over: searches go by it"
                if state["taken_over"]
                else f"searches go by {present}: {state['unplaced']:,} pictures are not placed by "
                f"{following} yet"
            )
    end(attention=total.unrepaired > 0)


def _takeover(stack: Stack, total: Cursor) -> dict[str, Any]:
    """How far the next embedding model is; empty without one."""
    if stack.next_embedding == "none":
        return {}
    takeover = DynamoTakeover(stack.vectors, stack.embedding, stack.next_embedding)
    return {"unplaced": total.unplaced, "taken_over": takeover.is_complete()}


def _start(stack: Stack, cursors: Sequence[Cursor], repairs: int) -> None:
    """Have the stack's function make the run."""
    name = stack.functions["reconcile"]
    if cursors[0].inventory and not LambdaFunctions().environment(name).get("EXPORTS_BUCKET"):
        raise typer.BadParameter(
            "--inventory with --in-stack needs the stage's inventory to be daily or weekly, as the "
            "function may not read inventories otherwise"
        )
    if repairs:
        repairs_of(stack, "reconcile --in-stack").record(stack.originals, at_most=repairs)
    EventBridgeBus(stack.pipeline).publish([Paused(each) for each in cursors])
    print_line(f"started; its findings are in the log group {stack.logs['reconcile']}")
