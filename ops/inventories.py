"""The inventory that a command reads in place of a listing."""

from datetime import timedelta

import typer

from ops.stack import Stack
from ops.terminal import print_line
from pipeline.clock import utc
from pipeline.inventory import Inventories, Inventory

__all__ = ["newest_inventory"]


def newest_inventory(inventories: Inventories, stack: Stack, *, quiet: bool) -> Inventory:
    """The newest one that S3 has completed; prints how old it is. Raises `typer.BadParameter`."""
    found = inventories.newest()
    if found is None:
        raise typer.BadParameter(
            f"--inventory needs one that S3 has completed, {stack.exports} has none: set the "
            "stage's inventory to daily or weekly, and give S3 two days for the first"
        )
    if not quiet:
        hours = (utc() - found.taken) / timedelta(hours=1)
        print_line(f"reading the inventory of {found.taken:%Y-%m-%d %H:%M} UTC, {hours:.1f} h old")
    return found
