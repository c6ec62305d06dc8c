"""`python -m ops`: the command line."""

from pathlib import Path
from typing import Annotated

import typer

from ops.commands import users
from ops.commands.audit import audit
from ops.commands.backfill import backfill, backfills
from ops.commands.cost import cost
from ops.commands.explain import explain
from ops.commands.migrate import migrate
from ops.commands.policy import try_policy
from ops.commands.reconcile import reconcile
from ops.commands.redrive import redrive
from ops.commands.reprocess import reprocess
from ops.commands.restore import restore
from ops.commands.restore_catalog import restore_catalog
from ops.commands.resume import resume
from ops.commands.stages import reap, stacks
from ops.commands.status import status
from ops.commands.trace import trace
from ops.stack import Stack, from_file, from_pulumi, local_stack
from ops.terminal import Command, Group

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    help=(
        "Operate a Darkroom stack, on AWS or on this machine: without --stack and --outputs, the "
        "one that `python -m local up` runs. Times are in UTC.\n\n"
        "Exit status 0: done, and nothing needs attention. 1: done, and something does (dead "
        "letters, findings left, verdicts that would change, originals gone, items that cannot "
        "be read, output that could not be written). 2: wrong usage. 3: the stack cannot be "
        "reached, or refuses. 4: there is no such picture or person. 130: interrupted."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
policy_app = typer.Typer(cls=Group, help="Try out a changed policy.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")

users_app = typer.Typer(cls=Group, help="Who may sign in.", no_args_is_help=True)
app.add_typer(users_app, name="users")

for command in (status, redrive, reconcile, explain, restore, migrate, audit, cost, resume, trace):
    app.command(cls=Command)(command)
for over_a_bucket in (backfill, backfills, reprocess):
    app.command(cls=Command)(over_a_bucket)
for of_stages in (stacks, reap):
    app.command(cls=Command)(of_stages)
app.command("restore-catalog", cls=Command)(restore_catalog)
users_app.command("list", cls=Command)(users.users_list)
for change in (users.invite, users.promote, users.remove, users.export):
    users_app.command(cls=Command)(change)
policy_app.command("try", cls=Command)(try_policy)


@app.callback()
def choose(
    context: typer.Context,
    stack: Annotated[
        str | None, typer.Option(metavar="NAME", help="A stack that the Pulumi CLI knows.")
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `pulumi stack output --json` printed."),
    ] = None,
) -> None:
    """Find the stack when a command asks for it, so that --help needs none."""
    if stack is not None and outputs is not None:
        raise typer.BadParameter("--stack and --outputs both name a stack: give one of them")

    def find() -> Stack:
        if stack is not None:
            return from_pulumi(stack)
        return from_file(outputs) if outputs is not None else local_stack()

    context.obj = find
