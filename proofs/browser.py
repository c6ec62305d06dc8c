"""Drive the page in Chromium against a local stack: `python -m proofs.browser`.

The flows are in `gallery/browser`, for Playwright. Chromium is the one that CHROMIUM names or that
is installed, else Debian's is installed.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

import pagebuild
from local.docker.engine import Say
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from proofs.debian import InstallError, install
from proofs.recorder import ROOT

__all__ = ["chromium"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What the browser is called, by distribution."""

SETTINGS = {
    # Limits that only the flows about limits reach, which fake them.
    "quotaMegabytes": "1000000",
    "quotaPictures": "100000",
    "requestsPerSecond": "1000",
    "embedding": "titan",
    "onDemandDailyUsd": "1000",
}
"""Of the stack that the flows use."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def chromium(say: Say) -> str:
    """The path of Chromium, installed if there is none. Raises `InstallError`."""
    if named := os.environ.get("CHROMIUM"):
        return named
    if not (found := _found()):
        say("installing Debian's chromium")
        install(["chromium"])
        found = _found()
    if not found:
        raise InstallError("chromium must be on the PATH, or CHROMIUM must name it")
    return found


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@app.command()
def main(
    flows: Annotated[
        list[str] | None, typer.Argument(help="Flows by file name, such as review; all if none.")
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="Without the flows marked @full.")] = False,
) -> None:
    """Run the flows; fails if any of them does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    console = open_console(stderr=True)
    try:
        browser = chromium(lambda step: console.print(step))
    except InstallError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-browser-") as folder,
        LocalStack(Plan(Path(folder), settings=SETTINGS, models=False)) as local,
    ):
        stack = local.up()
        ended = subprocess.run(  # noqa: S603 - of this virtual environment and the page's packages
            [pagebuild.tool("npm"), "exec", "--", "playwright", "test", *(flows or [])],
            cwd=ROOT / "gallery",
            env={
                **pagebuild.environment(),
                "CHROMIUM": browser,
                "PAGE": stack.front,
                "DARKROOM_STATE": folder,
                **({"SMALL": "1"} if small else {}),
            },
            check=False,
        )
    raise typer.Exit(ended.returncode)


if __name__ == "__main__":
    app()
