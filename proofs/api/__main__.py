"""Attack the API of a local stack with whatever its description allows and forbids.

    python -m proofs.api

Schemathesis makes the requests from the OpenAPI document that the stack serves, and holds every
response against it. What it leaves out is in `schemathesis.toml`, with the reasons. Each local user
attacks in turn: a reviewer, who may use every route, and an owner.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from local.people import PEOPLE
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from proofs import PAGE
from proofs.api.seed import Seeds, seed

SETTINGS = {"quotaMegabytes": "100000000", "quotaPictures": "1000000", "page": PAGE}
"""So much that the attack does not end at the quota."""

FULL, SMALL = 100, 10
"""Cases of each route that are random; those at the limits of the description come on top."""

HERE = Path(__file__).parent

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    small: Annotated[bool, typer.Option("--small", help="Fewer random requests.")] = False,
) -> None:
    """Attack the API; fails if any response breaks the description."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    console = open_console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-api-") as folder,
        LocalStack(Plan(Path(folder), settings=SETTINGS, models=False)) as local,
    ):
        stack = local.up()
        failed = []
        for name in sorted(PEOPLE, reverse=True):
            console.print(f"as {name}", style="bold")
            config = _config(Path(folder), seed(stack, name))
            if _attack(stack.front, name, config, small=small):
                failed.append(name)
    if failed:
        console.print(f"failures as {' and '.join(failed)}", style="bold red")
        raise typer.Exit(1)


def _config(folder: Path, seeds: Seeds) -> Path:
    """Schemathesis' configuration, beside the ids of what exists."""
    for name in ("schemathesis.toml", "people.json"):
        shutil.copy(HERE / name, folder)
    for name, ids in vars(seeds).items():
        (folder / f"{name}.dict").write_text("".join(f'"{each}"\n' for each in ids))
    return folder / "schemathesis.toml"


def _attack(front: str, name: str, config: Path, *, small: bool) -> bool:
    """Whether anything failed."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    options = {
        "--auth-wfc": config.with_name("people.json"),
        "--auth-wfc-user": name,
        "--max-examples": SMALL if small else FULL,
    }
    words = [str(word) for option in options.items() for word in option]
    # The description has neither examples nor links to follow.
    phases = ["--phases", "coverage,fuzzing"]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, *words, *phases, f"{front}/api/openapi.json"], cwd=config.parent, check=False
    )
    return done.returncode != 0


if __name__ == "__main__":
    app()
