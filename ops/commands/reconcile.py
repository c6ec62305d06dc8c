"""`reconcile`: compare bucket, catalog and renditions."""

from datetime import timedelta
from typing import Annotated

import typer

from aws.eventbridge import EventBridgeBus
from aws.lambda_ import LambdaFunctions
from ops import show
from ops.options import GRACE_MINUTES, AsJson, DryRun, Grace, end, print_json, spinner, stack_of
from ops.repairs import repairs_of
from ops.terminal import console, print_line
from pipeline.analyses import Analyses
from pipeline.clock import utc
from reconcile.cursor import Cursor
from reconcile.findings import repair_usd
from reconcile.handler import Paused, reconciliation

_PARTS = ("originals", "catalog", "renditions", "previews")


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
    cursor = Cursor(before=utc() - timedelta(minutes=grace), repairs=repairs)
    if in_stack:
        if repairs:
            repairs_of(stack, "reconcile --in-stack").record(stack.originals, at_most=repairs)
        EventBridgeBus(stack.pipeline).publish([Paused(cursor)])
        print_line(f"started; its findings are in the log group {stack.logs['reconcile']}")
        return
    made = repairs_of(stack, "reconcile") if repairs else None
    compared = reconciliation(
        originals=stack.originals,
        renditions=stack.renditions,
        previews=stack.previews,
        catalog=stack.catalog,
        distribution_id=stack.distribution_id,
        gate=stack.gate,
        bus=made or EventBridgeBus(stack.pipeline),
    )
    with spinner(quiet=as_json) as progress:
        out = console()
        for step in compared.steps(cursor):
            cursor = step.cursor
            for finding, repaired in step.findings:
                if made and repaired and finding.key is None:
                    # Files without an item: no event names them.
                    made.record(finding.image_id, removed=finding.detail)
                outcome = "repaired" if repaired else "would" if repair and dry_run else "left"
                if as_json:
                    print_json({**vars(finding), "repaired": repaired})
                else:
                    out.print(show.finding(finding, outcome), soft_wrap=True)
            seen = ", ".join(f"{count:,} {name}" for name, count in cursor.seen.items())
            progress(f"{seen}; {sum(cursor.found.values()):,} findings")
    usd = 0.0
    if cursor.unrepaired:
        environment = LambdaFunctions().environment(stack.functions["rekognition"])
        usd = repair_usd(cursor.left, Analyses.from_json(environment["ANALYSES"]).names)
    if as_json:
        counts = {"seen": cursor.seen, "found": cursor.found, "repaired": cursor.repaired}
        print_json({**counts, "repair_usd": round(usd, 6)})
    else:
        seen = ", ".join(f"{cursor.seen.get(part, 0):,} in {part}" for part in _PARTS)
        out.print(f"looked at {seen}")
        if cursor.found:
            out.print(show.reconciled(cursor))
            if cursor.unrepaired:
                out.print(
                    f"repairing what is left costs about {usd:,.4f} USD, "
                    "for Rekognition and for CloudFront's invalidations"
                )
        else:
            out.print("nothing is wrong", style="green")
    end(attention=cursor.unrepaired > 0)
