"""Upload thousands of pictures at once into the local stack, and audit every one.

    python -m proofs.load        writes docs/load.md

Among them are broken files, replaced keys, deletions right after uploads, and messages that no
function can read. At the end every key must be in its expected state, every file as catalogued,
every notice in the inbox, and the dead-letter queues must hold exactly the unreadable messages.

If a stack is running (`python -m local up`), the load goes there, and after a Ctrl-C the next run
continues where this one stopped. Otherwise a stack is started for the run.
"""

import json
import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.state import NoStackError, RunningStack, running, state_folder
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from proofs import PAGE, markdown
from proofs.load import recording
from proofs.load.plan import Load
from proofs.load.report import figures, page
from proofs.load.run import carry_out

FULL = 5000
COPIES = str(max(4, 2 * (os.cpu_count() or 2)))
"""A function waits for the local AWS half of its time: two copies per core keep the cores busy."""
THROTTLED_COPIES = "10"
"""The program's own default: a function that waits for Rekognition keeps no core busy."""
MOST_PROBLEMS = 50

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    count: Annotated[int, typer.Option(min=1, help="How many uploads.")] = FULL,
    report: Annotated[Path | None, typer.Option(help="The Markdown report.")] = None,
    models: Annotated[
        bool, typer.Option("--models/--no-models", help="Let the Rekognition stand-in see.")
    ] = False,
    tps: Annotated[
        float | None,
        typer.Option(min=0.1, help="Calls per second that Rekognition accepts of each operation."),
    ] = None,
    minutes: Annotated[float, typer.Option(min=1, help="Give up after so long.")] = 30,
    recorded: Annotated[
        Path | None,
        typer.Option("--record", help="Keep what proofs.scale is compared with in this file."),
    ] = None,
) -> None:
    """Upload as fast as the stack accepts it, and audit everything."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    console = open_console(stderr=True)
    report = report or markdown.place("load", full=count >= FULL and tps is None)
    copies = COPIES if tps is None else THROTTLED_COPIES
    with _stack(models, tps, copies) as stack:
        file = Path(stack.folder) / "load.json"
        load = _load(file, stack, count, tps, console)
        average = os.getloadavg()[0]
        if recorded:
            console.print("uploading one picture at a time")
            calm = recording.be_calm(stack, load.run)
        meter = recording.Meter(stack) if recorded else None
        try:
            with meter or nullcontext():
                outcome = carry_out(stack, load, file, 60 * minutes, console)
        except KeyboardInterrupt:
            load.save(file)
            console.print(f"\nstopped after {sum(load.done)} steps")
            raise typer.Exit(130) from None
        file.unlink(missing_ok=True)
        if recorded and meter:
            recording.write(recorded, recording.record(stack, calm, outcome, meter, average))
    markdown.write(report, page(outcome, models=models, copies=copies))
    open_console().print(figures(outcome))
    for problem in outcome.problems[:MOST_PROBLEMS]:
        console.print(problem, style="bold red", markup=False)
    if outcome.problems:
        console.print(f"{len(outcome.problems)} problems")
        raise typer.Exit(1)


@contextmanager
def _stack(models: bool, tps: float | None, copies: str) -> Iterator[RunningStack]:
    """The running stack, or one for this run; a throttled Rekognition needs one of its own."""
    found = None
    if tps is None:
        with suppress(NoStackError):
            found = running(state_folder())
    if found is not None:
        yield found
        return
    settings = {"maxConcurrency": copies, "page": PAGE}
    with tempfile.TemporaryDirectory(prefix="darkroom-load-") as folder:
        plan = Plan(Path(folder), settings=settings, models=models, rekognition_tps=tps)
        with LocalStack(plan) as local:
            yield local.up()


def _load(file: Path, stack: RunningStack, count: int, tps: float | None, console: Console) -> Load:
    """The load that an earlier run left unfinished on this very stack, or a new one."""
    bucket = stack.outputs["originals"]
    if file.is_file():
        left = Load(**json.loads(file.read_text(encoding="utf-8")))
        if (left.count, left.stack) == (count, bucket):
            console.print(f"continuing after {sum(left.done)} steps")
            return left
    return Load(secrets.token_hex(4), count, bucket, tps=tps)


if __name__ == "__main__":
    app()
