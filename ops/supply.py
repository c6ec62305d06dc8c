"""`python -m ops.supply`: what the functions' images are made of, and how old their base is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

import stagefile

__all__ = ["app", "inventory", "locked"]

ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 60
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

app = typer.Typer(
    help="What the images are made of.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def locked(lock: str) -> dict[str, tuple[str, list[str]]]:
    """The version and the hashes of every package in a lock, by its name."""
    found: dict[str, tuple[str, list[str]]] = {}
    starts = list(_PINNED.finditer(lock))
    for start, end in zip(starts, [*(each.start() for each in starts[1:]), len(lock)], strict=True):
        found[start[1]] = (start[2], _HASH.findall(lock[start.start() : end]))
    return found


def inventory(function: str, lock: str, base_image: str, version: str) -> str:
    """The bill of materials of one image, in CycloneDX 1.6."""
    bom = Bom()
    bom.metadata.component = Component(
        name=f"darkroom-{function}",
        version=version,
        type=ComponentType.CONTAINER,
        bom_ref=f"darkroom-{function}",
    )
    bom.components.add(
        Component(
            name=base_image,
            type=ComponentType.CONTAINER,
            bom_ref="base",
            description="The base image, whose own packages AWS maintains",
        )
    )
    for name, (pinned, hashes) in locked(lock).items():
        purl = PackageURL("pypi", name=name, version=pinned)
        bom.components.add(
            Component(
                name=name,
                version=pinned,
                type=ComponentType.LIBRARY,
                purl=purl,
                bom_ref=str(purl),
                # One for each file that the lock allows: every processor has a wheel of its own.
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in hashes],
            )
        )
    bom.register_dependency(bom.metadata.component, bom.components)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


@app.command()
def sbom(
    output: Annotated[Path, typer.Option(help="The folder that they are written to.")] = (
        ROOT / ".darkroom" / "sbom"
    ),
    stage: Annotated[str, typer.Option(help="Whose base image.")] = "prod",
) -> None:
    """Write a bill of materials for the image of every function."""
    base = str(stagefile.settings(ROOT, stage)["darkroom:baseImage"])
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    output.mkdir(parents=True, exist_ok=True)
    for dockerfile in sorted((ROOT / "containers").glob("*/Dockerfile")):
        function = dockerfile.parent.name
        lock = dockerfile.with_name("requirements.txt").read_text(encoding="utf-8")
        text = inventory(function, lock, base, version[1] if version else "0")
        (output / f"{function}.cdx.json").write_text(text, encoding="utf-8")
        typer.echo(f"{output / function}.cdx.json: {len(locked(lock))} packages")


@app.command("base-image")
def base_image(
    stage: Annotated[str, typer.Option(help="Whose base image.")] = "prod",
) -> None:
    """Compare the stage's base image with the newest under the default name. Ends with 1 if they
    differ: AWS has published fixes since."""
    newest_name = str(stagefile.defaults(ROOT)["darkroom:baseImage"])
    own = str(stagefile.settings(ROOT, stage)["darkroom:baseImage"])
    docker = shutil.which("docker")
    if docker is None:
        typer.echo("docker must be on PATH, it asks the registry", err=True)
        raise typer.Exit(3)
    asked = subprocess.run(  # noqa: S603 - the client on PATH, a name from our own file
        [docker, "buildx", "imagetools", "inspect", newest_name, "--format", "{{json .Manifest}}"],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if asked.returncode:
        typer.echo(f"the registry must be reachable: {asked.stderr.strip()}", err=True)
        raise typer.Exit(3)
    newest = f"{newest_name.partition('@')[0]}@{json.loads(asked.stdout)['digest']}"
    typer.echo(f"{stage}:   {own}\nnewest: {newest}")
    if own.partition("@")[2] != newest.partition("@")[2]:
        typer.echo(f"set darkroom:baseImage in Pulumi.{stage}.yaml to the newest", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(app())
