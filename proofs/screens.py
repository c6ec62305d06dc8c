"""Photograph every view of the page, at three widths, light and dark: `python -m proofs.screens`.

A local stack is filled with the samples and what people do with them. The pictures and a page with
all of them, `index.html`, are in the folder that is named.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import httpx
import typer

import pagebuild
from local.people import People
from local.state import RunningStack
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from proofs.browser import chromium
from proofs.recorder import ROOT
from proofs.uploads import followed, upload

ROUNDS = 4
"""How often each sample is uploaded, so that the grid has something to show."""

UNREADABLE = ("shopping-list.jpg", "truncated.jpg")
"""Samples that end as failed; one of each is enough."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    folder: Annotated[Path, typer.Option(help="Where the pictures go.")] = ROOT
    / ".darkroom"
    / "screens",
) -> None:
    """Photograph every view."""
    console = open_console(stderr=True)
    browser = chromium(lambda step: console.print(step))
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-screens-") as state,
        LocalStack(Plan(Path(state), settings={"onDemandDailyUsd": "10"})) as local,
    ):
        stack = local.up()
        console.print("uploading the samples")
        ids = _fill(stack)
        done = subprocess.run(  # noqa: S603 - Node.js of this virtual environment
            [
                pagebuild.tool("node"),
                str(ROOT / "gallery/browser/screens.ts"),
                str(folder.absolute()),
            ],
            env={
                **pagebuild.environment(),
                "CHROMIUM": browser,
                "PAGE": stack.front,
                "IDS": json.dumps(ids),
            },
            check=False,
        )
    console.print(f"{folder}/index.html")
    raise typer.Exit(done.returncode)


def _fill(stack: RunningStack) -> dict[str, str]:
    """Upload the samples as Ann, and put two into the trash; an id of each state."""
    token = People.of(stack.aws, stack.outputs).tokens("ann")["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    samples = sorted(
        each for each in (ROOT / "samples").iterdir() if each.suffix in (".jpg", ".png", ".webp")
    )
    with httpx.Client(base_url=stack.front, headers=headers, timeout=60, trust_env=False) as api:
        ids = {
            f"{number}-{each.name}": upload(api, each.name, each.read_bytes())
            for number in range(ROUNDS)
            for each in samples
            if number == 0 or each.name not in UNREADABLE
        }
        states = followed(api, list(ids.values()))
        trashed = [ids[f"0-{name}"] for name in ("grass.jpg", "retina.jpg")]
        for each in trashed:
            api.delete(f"/api/pictures/{each}").raise_for_status()
        followed(api, trashed, {"deleted"})
    return {
        "ready": ids["1-astronaut.jpg"],
        "held": next(each for each, state in states.items() if state == "held"),
        "failed": next(each for each, state in states.items() if state == "failed"),
    }


if __name__ == "__main__":
    app()
