"""`python -m proofs.engine`: the program under the real Pulumi engine, on a local AWS.

A stage is previewed, brought up, brought up again and destroyed; and a stage that release 0.1.0
deployed is brought up to today's program, which may replace none of its stores.
"""

import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import typer
from pulumi import automation
from rich.console import Console

import local.engine.resources  # noqa: F401 - fills the registry
from local.aws import LocalAws, child_environment
from local.children import HOST, ROOT, free_port, start
from local.engine.deployment import Deployment
from local.engine.images import Archives
from local.engine.naming import Naming
from local.engine.provider import serve
from proofs.engine.cli import CliError, pulumi_cli
from proofs.engine.inventory import inventory
from proofs.engine.stacks import Engine

RELEASE = "a0a7c52"
"""The commit of release 0.1.0."""

STORES = {
    "aws:s3/bucket:Bucket",
    "aws:dynamodb/table:Table",
    "aws:sns/topic:Topic",
    "aws:cloudfront/distribution:Distribution",
}
"""The types whose replacement would lose pictures, what is known of them, or their addresses."""

_REPLACING = {
    automation.OpType.REPLACE,
    automation.OpType.CREATE_REPLACEMENT,
    automation.OpType.DELETE_REPLACED,
}

REGION = "eu-west-1"
PATTERN = json.dumps({"pattern": "${project}-${stack}-${name}-${hex(6)}"})
START_SECONDS = 120.0
NEEDED = ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "__main__.py", "stagefile.py")
FOLDERS = ("components", "settings", "containers")

Say: TypeAlias = Callable[[str], None]


def main() -> None:
    """Run everything; exit 1 if something is not as it must be."""
    console = Console(stderr=True, highlight=False)
    began = time.monotonic()

    def say(step: str) -> None:
        passed = f"{time.monotonic() - began:6.1f} s  "
        console.print(passed + step, markup=False, soft_wrap=True)

    try:
        cli = pulumi_cli(say)
    except CliError as error:
        console.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(1) from None
    problems: list[str] = []
    for proof in (_upgrade(cli, say), _life("dev", cli, say), _life("mine", cli, say)):
        problems += proof
    for problem in problems:
        console.print(problem, style="red", markup=False, soft_wrap=True)
    typer.echo(f"{len(problems)} problems")
    raise typer.Exit(1 if problems else 0)


def _life(stage: str, cli: Path, say: Say) -> Iterator[str]:
    """What is wrong in a stage's life: preview, up, up again, destroy."""
    with _cloud(stage, cli) as (engine, aws):
        before = inventory(aws)
        stack = engine.stack(stage)
        say(f"{stage}: preview {stack.preview().change_summary}")
        if inventory(aws) != before:
            yield f"{stage}: a preview must create nothing, got {inventory(aws) - before}"
        created = _up(stack)
        say(f"{stage}: up {created}")
        if set(created) != {"create"}:
            yield f"{stage}: the first up must create only, got {created}"
        again = _up(stack)
        say(f"{stage}: up again {again}")
        if set(again) != {"same"}:
            yield f"{stage}: a second up must change nothing, got {again}"
        gone = stack.destroy().summary.resource_changes
        say(f"{stage}: destroy {gone}")
        if left := inventory(aws) - before:
            yield f"{stage}: destroy must leave nothing, got {sorted(left)}"


def _upgrade(cli: Path, say: Say) -> Iterator[str]:
    """What is wrong when today's program takes over a stage of release 0.1.0."""
    with _cloud("dev", cli) as (engine, _), tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "archive", RELEASE],  # noqa: S607 - the one on PATH
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        old = engine.stack("dev", Path(folder))
        say(f"release 0.1.0: up {_up(old)}")
        replaced: list[str] = []
        changes = _up(engine.stack("dev"), replaced)
        say(f"today's program over it: {changes}")
        say(f"replaced: {', '.join(sorted({urn.rpartition('::')[2] for urn in replaced}))}")
        if lost := [urn for urn in replaced if urn.split("::")[2].rpartition("$")[2] in STORES]:
            yield f"an upgrade must replace no store, got {', '.join(lost)}"


def _up(stack: automation.Stack, replaced: list[str] | None = None) -> dict[str, int]:
    """Bring the stack up; adds the URN of each resource that is replaced to `replaced`."""

    def watch(event: automation.EngineEvent) -> None:
        step = event.resource_pre_event and event.resource_pre_event.metadata
        if step and step.op in _REPLACING and replaced is not None:
            replaced.append(step.urn)

    done = stack.up(on_event=watch)
    return {str(name): count for name, count in (done.summary.resource_changes or {}).items()}


@contextmanager
def _cloud(stage: str, cli: Path) -> Iterator[tuple[Engine, LocalAws]]:
    """The engine over a copy of the project, and an empty local AWS under its providers."""
    with tempfile.TemporaryDirectory(prefix="darkroom-engine-") as name:
        folder = Path(name)
        project = folder / "project"
        project.mkdir()
        for file in NEEDED:
            shutil.copy(ROOT / file, project / file)
        for tree in FOLDERS:
            shutil.copytree(
                ROOT / tree, project / tree, ignore=shutil.ignore_patterns("__pycache__")
            )
        port = free_port()
        endpoint = f"http://{HOST}:{port}"
        child = start(
            "ministack",
            "ministack",
            [],
            child_environment(
                {
                    "TMPDIR": name,
                    "GATEWAY_PORT": str(port),
                    "BIND_HOST": HOST,
                    "MINISTACK_HOST": HOST,
                    "MINISTACK_REGION": REGION,
                    "AUTH": "true",
                    "IOT_MTLS_ENABLED": "0",
                    "SFTP_ENABLED": "0",
                    "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
                }
            ),
            folder / "ministack.log",
        )
        try:
            child.wait_until_healthy(f"{endpoint}/_ministack/health", START_SECONDS)
            aws = LocalAws(endpoint, REGION)
            deployment = Deployment(
                aws=aws,
                project="darkroom",
                stage=stage,
                naming=Naming("darkroom", stage, {"pulumi:autonaming": PATTERN}),
                images=Archives(folder / "images", _runtime()),
                rekognition=f"http://{HOST}:1",
                front=f"http://{HOST}:2",
            )
            with serve(deployment) as providers:
                home = folder / "pulumi"
                home.mkdir()
                yield Engine(project, home, cli, providers), aws
        finally:
            child.stop()


def _runtime() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


if __name__ == "__main__":
    typer.run(main)
