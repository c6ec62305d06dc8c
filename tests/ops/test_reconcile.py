"""The command that compares bucket, catalog and renditions."""

from inspect import signature

from ops.commands.reconcile import reconcile
from reconcile.cursor import GRACE


def test_the_command_skips_what_the_scheduled_run_skips() -> None:
    assert signature(reconcile).parameters["grace"].default * 60 == GRACE.total_seconds()
