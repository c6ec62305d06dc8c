"""`policy try`: a changed policy over what was analysed already."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from aws.dynamodb import DynamoItems
from aws.lambda_ import LambdaFunctions
from ops import show
from ops.options import AsJson, end, print_json, spinner, stack_of
from ops.policy import Replayed, read, replay, running_policy, unknowable
from ops.terminal import console, report
from pipeline.item import Malformed


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
    """Apply another policy to what was analysed, and show which verdicts would change.

    Rekognition is not asked and nothing is changed. Ends with 1 if a verdict would flip or
    an item cannot be read.
    """
    stack = stack_of(context)
    running = running_policy(LambdaFunctions(), stack.functions["rekognition"])
    changed = read(file, running)
    counts: Counter[tuple[str, str]] = Counter()
    first: list[Replayed] = []
    malformed = 0
    with spinner(quiet=as_json) as progress:
        for each in replay(DynamoItems(stack.catalog), changed):
            if isinstance(each, Malformed):
                report(str(each))
                malformed += 1
                continue
            counts[each.was, each.would] += 1
            if each.flips and as_json:
                print_json(_flip(each))
            elif each.flips and len(first) < show_first:
                first.append(replace(each))
            progress(f"{counts.total():,} pictures")
    flipped = sum(count for (was, would), count in counts.items() if was != would)
    warning = unknowable(running, changed)
    if as_json:
        print_json({"judged": counts.total(), "flipped": flipped, "unknowable": warning})
    else:
        out = console()
        for table in show.flips(counts, first):
            out.print(table, "")
        out.print(f"{flipped:,} of {counts.total():,} verdicts would change")
        if warning:
            out.print(warning, style="yellow")
    end(attention=flipped > 0 or malformed > 0)


def _flip(each: Replayed) -> dict[str, Any]:
    return {
        "image_id": each.item.image_id,
        "key": each.item.key,
        "was": each.was,
        "would": each.would,
        "reasons": list(each.reasons),
    }
