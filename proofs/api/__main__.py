"""Attack the API of a local stack with whatever its description allows and forbids.

    python -m proofs.api

Schemathesis makes the requests from the OpenAPI document that the stack serves, and holds every
response against it. What it leaves out is in `schemathesis.toml`, with the reasons. Each local user
attacks in turn: a reviewer, who may use every route, and an owner.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from local.people import PEOPLE, People
from local.sign_in import SIGN_IN
from local.state import RunningStack
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
            config = _config(Path(folder), seed(stack, name), _sign_in(stack, name))
            if _attack(stack.front, name, config, small=small):
                failed.append(name)
    if failed:
        console.print(f"failures as {' and '.join(failed)}", style="bold red")
        raise typer.Exit(1)


def _sign_in(stack: RunningStack, name: str) -> dict[str, Any]:
    """How Schemathesis gets a new access token of the local user whenever one has expired."""
    people = People.of(stack.aws, stack.outputs)
    renewal = {
        "grant_type": "refresh_token",
        "client_id": people.client,
        "refresh_token": people.tokens(name)["refresh_token"],
    }
    return {
        "name": name,
        "loginEndpointAuth": {
            "endpoint": f"{SIGN_IN}/oauth2/token",
            "verb": "POST",
            "contentType": "application/x-www-form-urlencoded",
            "payloadRaw": urlencode(renewal),
            "token": {
                "extractFrom": "body",
                "extractSelector": "/access_token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }


def _config(folder: Path, seeds: Seeds, sign_in: dict[str, Any]) -> Path:
    """Schemathesis' configuration, beside the person who attacks and the ids of what exists."""
    shutil.copy(HERE / "schemathesis.toml", folder)
    (folder / "people.json").write_text(json.dumps({"auth": [sign_in]}))
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
