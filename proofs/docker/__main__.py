"""`python -m proofs.docker`: make this machine ready to build and run the images.

Installs and starts a Docker engine if none runs, and prints the name of the base image to build
on: BASE_IMAGE, AWS's own, or else one that is made here.
"""

import time

import typer
from rich.console import Console

from local.docker.engine import EngineError, Say
from proofs.docker.base import provided_base
from proofs.docker.engine import ready_engine


def _progress(console: Console) -> Say:
    """Prints each step with the seconds since the first."""
    began = time.monotonic()
    return lambda step: console.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  {step}")


def main() -> None:
    """Provide an engine and a base image; print the image's name."""
    console = Console(stderr=True, highlight=False)
    say = _progress(console)
    try:
        typer.echo(provided_base(ready_engine(say), say))
    except EngineError as error:
        console.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
