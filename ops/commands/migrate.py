"""`migrate`: items of an older release, in today's form."""

from collections import Counter
from typing import Annotated

import typer

from aws.dynamodb import DynamoOutdated, DynamoTable
from ops.options import AsJson, DryRun, end, print_json, spinner, stack_of
from ops.pictures import is_image_id
from ops.terminal import print_line, report
from pipeline.migrate import migrated

_READ_USD = 0.125e-6
_WRITE_USD = 0.625e-6
"""DynamoDB's price of a read and a write unit on demand, us-east-1."""

_INDEXES = 2
"""Every write of an item's attributes for queries is written to each index as well."""


def migrate(
    context: typer.Context,
    after: Annotated[
        str, typer.Option(metavar="IMAGE_ID", help="Continue where an interrupted run stopped.")
    ] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add what today's functions write, such as the attributes for lists, to older items.

    Reads the whole table once, also with --dry-run. A picture that changes meanwhile is left to the
    function that changes it. Run it again at any time: what is done is not written twice. Ends with
    1 if an item cannot be read.
    """
    if after and not is_image_id(after):
        raise typer.BadParameter(f"--after must be an image id, got {after}")
    stack = stack_of(context)
    items = DynamoOutdated(stack.catalog)
    table = None if dry_run else DynamoTable(stack.catalog)
    outcomes: Counter[str] = Counter()
    seen, cost_usd = 0, 0.0
    try:
        with spinner(quiet=as_json) as progress:
            for page in migrated(items, table, after=after):
                after = page.after or after
                seen += page.seen
                outcomes.update(page.outcomes)
                cost_usd += page.read_units * _READ_USD
                cost_usd += page.write_units * (1 + _INDEXES) * _WRITE_USD
                for each in page.problems:
                    report(str(each))
                progress(f"{seen:,} items, {outcomes.total():,} outdated")
    except KeyboardInterrupt:
        if after:
            report(f"interrupted; continue with python -m ops migrate --after {after}")
        raise
    if as_json:
        print_json({"seen": seen, **outcomes, "cost_usd": round(cost_usd, 6)})
    else:
        did = f"{outcomes['would']:,} would be" if dry_run else f"{outcomes['migrated']:,}"
        print_line(f"{did} migrated of {seen:,} items, for about {cost_usd:,.4f} USD")
        if outcomes["changed"]:
            print_line(f"{outcomes['changed']:,} were changed meanwhile, and are up to date")
    end(attention=outcomes["unreadable"] > 0)
