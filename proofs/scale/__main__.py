"""Simulate the deployed graph under AWS's limits, and write what it finds.

    python -m proofs.scale       writes docs/scale.md and its charts

The model is compared with a recorded run first, and the command fails if it is wrong about it.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from ops.terminal import console as open_console
from proofs import markdown
from proofs.load import recording as recordings
from proofs.recorder import ROOT, record
from proofs.scale import report, services, validation
from proofs.scale.graph import deployed
from proofs.scale.inventory import by_inventory, by_walk
from proofs.scale.limits import Limits
from proofs.scale.local import replay
from proofs.scale.questions import Case
from proofs.scale.report import Section
from proofs.scale.scenarios import scenarios

STAGE, RECORDED_STAGE = "prod", "dev"
PICTURES = 100_000_000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The Markdown page.")] = ROOT / "docs" / "scale.md",
) -> None:
    """Replay the recorded burst, ask every question and write the page."""
    recording = recordings.read(validation.RECORDING)
    case = Case(STAGE, deployed(record(STAGE)), services.read(), Limits())
    inventoried = deployed(record(STAGE, {"inventory": "weekly"})).route("reconcile")
    small = deployed(record(RECORDED_STAGE))
    run = replay(small, recording)
    console = open_console(stderr=True)
    sections = []
    asked = scenarios(case)
    with Progress(console=console) as progress:
        task = progress.add_task("", total=sum(len(each.cases) for each in asked))
        for each in asked:
            progress.update(task, description=each.title)
            answers = []
            for ask in each.cases:
                answers.append(ask())
                progress.advance(task)
            sections.append(Section(each, answers))
    comparisons = [
        by_walk(PICTURES, case.services, case.deployed.route("reconcile")),
        *(
            by_inventory(PICTURES, case.services, replace(inventoried, concurrency=at_once))
            for at_once in (small.route("reconcile").concurrency, inventoried.concurrency)
        ),
    ]
    markdown.write(output, report.page(case, recording, run, sections, comparisons))
    charts = output.parent / "scale"
    charts.mkdir(exist_ok=True)
    for name, svg in report.plots(recording, run, sections).items():
        (charts / name).write_text(svg, encoding="utf-8")
    wrong = [each for each in validation.figures(recording, run) if not each.holds]
    for figure in wrong:
        found = f"{figure.recorded:.2f} recorded, {figure.simulated:.2f} simulated"
        open_console().print(f"{figure.name}: {found}")
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    app()
