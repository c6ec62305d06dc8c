"""`python -m proofs.engine`: the program under the real Pulumi engine, on a local AWS.

Each part has a local AWS of its own and runs in a process of its own, as the program and the SDK
keep module globals.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from pulumi import automation
from rich.console import Console

import local.engine.resources  # noqa: F401 - fills the registry
from local.children import ROOT
from proofs.engine.cli import CliError, pulumi_cli
from proofs.engine.copies import Say
from proofs.engine.gate import gate
from proofs.engine.life import life
from proofs.engine.loop import loop
from proofs.engine.policies import policies
from proofs.engine.previews import previews
from proofs.engine.settings import undescribed
from proofs.engine.upgrade import upgrade

Proof: TypeAlias = Callable[[Path, Say], Iterator[str]]


def _parts(*, small: bool) -> dict[str, Proof]:
    """The longest first. `mine` is a developer's own stage, which has no file."""
    return {
        "dev": lambda cli, say: life("dev", cli, say, small=small),
        "gate": partial(gate, small=small),
        "prod": lambda cli, say: life("prod", cli, say, small=small),
        "mine": lambda cli, say: life("mine", cli, say, small=small),
        "upgrade": upgrade,
        "policies": policies,
        "previews": previews,
        "loop": lambda _cli, say: loop(say),
    }


PARTS = tuple(_parts(small=False))

AT_ONCE = 2


def main(
    parts: Annotated[
        list[str] | None, typer.Argument(metavar="PART", help=f"Among {', '.join(PARTS)}.")
    ] = None,
    *,
    small: Annotated[
        bool,
        typer.Option("--small", help="Settings change in groups, on dev alone; fewer uploads."),
    ] = False,
    child: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Run the parts, all of them by default; exit 1 if something is not as it must be."""
    console = Console(stderr=True, highlight=False)
    began = time.monotonic()

    def say(step: str) -> None:
        passed = f"{time.monotonic() - began:6.1f} s  "
        console.print(passed + step, markup=False, soft_wrap=True)

    chosen = parts or list(PARTS)
    if unknown := [part for part in chosen if part not in PARTS]:
        raise typer.BadParameter(f"part must be one of {', '.join(PARTS)}, got {unknown[0]}")
    try:
        cli = pulumi_cli(say)
    except CliError as error:
        console.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(1) from None
    if child:
        typer.echo(json.dumps(list(_problems(_parts(small=small)[chosen[0]], chosen[0], cli, say))))
        return
    problems = [f"{key} of Pulumi.yaml must have a case here" for key in undescribed()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for found in pool.map(partial(_alone, small=small), chosen):
            problems += found
    for problem in problems:
        console.print(problem, style="red", markup=False, soft_wrap=True)
    say(f"{len(problems)} problems")
    raise typer.Exit(1 if problems else 0)


def _problems(proof: Proof, part: str, cli: Path, say: Say) -> Iterator[str]:
    """Those of a part; what the engine refuses ends it."""
    try:
        yield from proof(cli, say)
    except automation.errors.CommandError as error:
        reasons = [line.strip() for line in str(error).splitlines() if "error:" in line]
        yield f"{part}: {'; '.join(reasons) or error}"


def _alone(part: str, *, small: bool) -> list[str]:
    """The problems of one part, in a process of its own, which reports its steps itself."""
    options = ["--child", *(["--small"] if small else [])]
    done = subprocess.run(  # noqa: S603 - our own parts
        [sys.executable, "-m", "proofs.engine", part, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        return [f"{part} must end by itself, got status {done.returncode}"]
    problems: list[str] = json.loads(done.stdout)
    return problems


if __name__ == "__main__":
    typer.run(main)
