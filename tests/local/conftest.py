"""A bare local AWS for the resource handlers."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import LocalAws, child_environment
from local.children import HOST, free_port, start
from local.engine.deployment import Deployment
from local.engine.images import Archives
from local.engine.naming import Naming

REGION = "eu-west-1"


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    folder = tmp_path_factory.mktemp("ministack")
    port = free_port()
    child = start(
        "ministack",
        "local.ministack",
        [],
        child_environment(
            {
                "GATEWAY_PORT": str(port),
                "BIND_HOST": HOST,
                "MINISTACK_HOST": HOST,
                "MINISTACK_REGION": REGION,
                "TMPDIR": str(folder),
                "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
            }
        ),
        folder / "ministack.log",
    )
    try:
        child.wait_until_healthy(f"http://{HOST}:{port}/_ministack/health", 120)
        yield LocalAws(f"http://{HOST}:{port}", REGION)
    finally:
        child.stop()


@pytest.fixture
def deployment(aws: LocalAws, tmp_path: Path) -> Deployment:
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return Deployment(
        aws=aws,
        project="darkroom",
        stage="test",
        naming=Naming("darkroom", "test", {}),
        images=Archives(tmp_path / "images", runtime),
        rekognition="http://127.0.0.1:1",
        front="http://127.0.0.1:2",
    )
