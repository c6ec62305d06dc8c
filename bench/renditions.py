"""Race the renditions against sharp, libvips, plain Pillow and the codecs alone.

python -m bench.renditions            writes docs/benchmarks/renditions.md and .svg
python -m bench.renditions --quick    three photographs, for continuous integration; prints only
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from bench import workshop
from bench.cases import cases_of
from bench.race import Results, race, scores, taken_memory
from bench.report import chart, report

FOLDER = workshop.ROOT / "docs" / "benchmarks"
LARGEST_JUDGED = 24
"""Megapixels; judging larger photographs takes minutes and shows nothing else."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    quick: Annotated[bool, typer.Option("--quick", help="Three photographs, two rounds.")] = False,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Rounds that count: 5, or 2 if quick.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="A folder for the page and its chart.")
    ] = None,
) -> None:
    """Race all contenders on all photographs and write the page."""
    rounds = rounds or (2 if quick else 5)
    workshop.prepare(quick=quick)
    kept = workshop.HERE / "outputs"
    shutil.rmtree(kept, ignore_errors=True)
    cases = cases_of(quick=quick)
    small = [case for case in cases if case.photograph.megapixels <= LARGEST_JUDGED]
    results = Results(
        one_core=race(cases, 1, rounds, kept, _progress),
        two_cores=race(cases, 2, rounds, None, _progress) if (os.cpu_count() or 1) > 1 else {},
        memory=taken_memory(cases, _progress),
        scores=scores(small[:2] if quick else small, kept, _progress),
        rounds=rounds,
    )
    page = report(results)
    if quick and output is None:
        typer.echo(page)
        return
    folder = output or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "renditions.md").write_text(page, encoding="utf-8")
    (folder / "renditions.svg").write_text(chart(results.one_core), encoding="utf-8")


def _progress(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


if __name__ == "__main__":
    app()
