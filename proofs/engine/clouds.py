"""An empty local AWS with the engine over it, in a temporary folder."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.aws import LocalAws, child_environment
from local.children import HOST, Child, free_port, start
from local.engine.deployment import Deployment
from local.engine.images import Archives
from local.engine.naming import Naming
from local.engine.provider import serve
from proofs.engine.copies import copy_project
from proofs.engine.stacks import Engine

__all__ = ["REGION", "Cloud", "cloud"]

REGION = "eu-west-1"
PATTERN = json.dumps({"pattern": "${project}-${stack}-${name}-${hex(6)}"})
START_SECONDS = 120.0


@dataclass(frozen=True)
class Cloud:
    """The engine, its copy of the project, and the local AWS under its providers."""

    engine: Engine
    aws: LocalAws
    project: Path


@contextmanager
def cloud(stage: str, cli: Path, *, functions: bool = False) -> Iterator[Cloud]:
    """Everything that one stage needs; with `functions`, also the stand-in for Rekognition."""
    with tempfile.TemporaryDirectory(prefix="darkroom-engine-") as name:
        folder = Path(name)
        project = copy_project(folder)
        endpoint = f"http://{HOST}:{free_port()}"
        stand_in = f"http://{HOST}:{free_port()}"
        children = [_ministack(folder, endpoint)]
        try:
            if functions:
                children.append(_rekognition(folder, stand_in, endpoint))
            children[0].wait_until_healthy(f"{endpoint}/_ministack/health", START_SECONDS)
            deployment = Deployment(
                aws=LocalAws(endpoint, REGION),
                project="darkroom",
                stage=stage,
                naming=Naming("darkroom", stage, {"pulumi:autonaming": PATTERN}),
                images=Archives(folder / "images", _runtime()),
                front=f"http://{HOST}:2",
                rekognition=stand_in,
                root=project,
            )
            with serve(deployment) as providers:
                home = folder / "pulumi"
                home.mkdir()
                yield Cloud(Engine(project, home, cli, providers), deployment.aws, project)
        finally:
            for child in reversed(children):
                child.stop()


def _ministack(folder: Path, endpoint: str) -> Child:
    environment = {
        "TMPDIR": str(folder),
        "GATEWAY_PORT": endpoint.rpartition(":")[2],
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
    }
    log = folder / "ministack.log"
    return start("ministack", "local.ministack", [], child_environment(environment), log)


def _rekognition(folder: Path, address: str, endpoint: str) -> Child:
    options = ["--port", address.rpartition(":")[2], "--s3-endpoint", endpoint, "--no-models"]
    environment = child_environment({"TMPDIR": str(folder)})
    return start(
        "rekognition", "local.rekognition", options, environment, folder / "rekognition.log"
    )


def _runtime() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"
