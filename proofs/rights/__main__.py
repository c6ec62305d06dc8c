"""Remove each right of each function in turn; every loss must show.

    python -m proofs.rights        writes docs/rights.md

A right whose loss breaks nothing is superfluous and fails the run, unless `UNSHOWN` in `trials.py`
states why the local AWS cannot show it and which test of the program covers it.
"""

import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from proofs import PAGE, markdown
from proofs.rights.report import page, summary
from proofs.rights.roles import Right, rights
from proofs.rights.trials import Outcome, run, unshown

SETTINGS = {
    "analyses": '["labels", "properties", "moderation", "faces", "text", "celebrities"]',
    "dailyBudgetUsd": "1000",
    "descriptions": "nova-lite",
    "embedding": "titan",
    "onDemandDailyUsd": "1000",
    "sesSender": "darkroom@example.org",
    "page": PAGE,
}
"""Everything optional is configured, so that every possible right is granted."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    report: Annotated[Path | None, typer.Option(help="The Markdown report.")] = None,
    small: Annotated[
        bool, typer.Option("--small", help="One operation per right: the first that shows it.")
    ] = False,
) -> None:
    """Remove each right of each function in turn."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    console = open_console(stderr=True)
    report = report or markdown.place("rights", full=not small)
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-rights-") as folder,
        LocalStack(Plan(Path(folder), settings=SETTINGS, models=False)) as local,
    ):
        stack = local.up()
        held = rights(stack)
        outcomes = run(stack, held, small=small, console=console)
    seconds = time.monotonic() - began
    complaints = _complaints(held, outcomes)
    markdown.write(report, page(held, outcomes, complaints, seconds))
    open_console().print(summary(held, outcomes))
    for complaint in complaints:
        console.print(complaint, style="bold red", markup=False)
    console.print(f"{len(held)} rights, {len(outcomes)} trials in {seconds:.0f} s: {report}")
    if complaints:
        raise typer.Exit(1)


def _complaints(held: Sequence[Right], outcomes: Sequence[Outcome]) -> list[str]:
    """Everything that is wrong with the trials, with superfluous rights, and with `UNSHOWN`."""
    broke = {outcome.trial.right for outcome in outcomes if outcome.broke}
    return [
        *(text for outcome in outcomes if (text := outcome.complaint)),
        *(
            f"{right.function}: nothing needs {right.action} on {right.resource}"
            for right in held
            if right not in broke and not unshown(right)
        ),
        *(
            f"{right.function}: the loss of {right.action} does show, UNSHOWN is wrong"
            for right in held
            if right in broke and unshown(right)
        ),
    ]


if __name__ == "__main__":
    app()
