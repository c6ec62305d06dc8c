"""`python -m local.docker`: make this machine ready to build and run Darkroom's images."""

import time

import typer
from rich.console import Console

from local.docker.base import base_image
from local.docker.engine import EngineError, Say, ready_engine

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
console = Console(stderr=True, highlight=False)


def teller() -> Say:
    """Prints each step with the seconds since the first."""
    began = time.monotonic()
    return lambda step: console.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  {step}")


@app.command()
def engine() -> None:
    """Find, or install and start, a Docker engine; print its client's path."""
    typer.echo(str(ready_engine(teller()).client))


@app.command()
def base() -> None:
    """Print the base image to build on, made if it is not there."""
    say = teller()
    typer.echo(base_image(ready_engine(say), say))


if __name__ == "__main__":
    try:
        app()
    except EngineError as error:
        console.print(f"[red]{error}")
        raise SystemExit(1) from None
