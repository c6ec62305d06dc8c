"""A stand-in that really listens, with fakes behind it, and boto3 clients in front."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
import pytest
import uvicorn
from botocore.config import Config
from starlette.applications import Starlette

from local.rekognition.errors import ImageTooLargeError, InvalidS3ObjectError
from local.rekognition.requests import S3Object
from local.rekognition.server import create_app
from local.rekognition.sight import Meaning, Sight
from local.rekognition.throttle import Throttle

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient


@dataclass
class FakeObjects:
    """Objects in memory, by bucket, key and version."""

    objects: dict[tuple[str, str, str | None], bytes] = field(default_factory=dict)

    def read(self, at: S3Object) -> bytes:
        content = self.objects.get((at.bucket, at.key, at.version))
        if content is None:
            raise InvalidS3ObjectError
        if len(content) > 15 * 1024 * 1024:
            raise ImageTooLargeError
        return content


@dataclass
class FakeRights:
    """Just the rights that were given: (role, action, resource)."""

    given: set[tuple[str, str, str]] = field(default_factory=set)

    def allows(self, role: str, action: str, resource: str) -> bool:
        return (role, action, resource) in self.given


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The application on a free port, for as long as the context lasts."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listening.close()


def connect(address: str) -> RekognitionClient:
    """A real client without retries that leaves validation to the service."""
    client: RekognitionClient = boto3.client(
        "rekognition",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the stand-in checks no signature
        config=Config(parameter_validation=False, proxies={}, retries={"total_max_attempts": 1}),
    )
    return client


@pytest.fixture(scope="module")
def objects() -> FakeObjects:
    return FakeObjects()


@pytest.fixture(scope="module")
def rights() -> FakeRights:
    return FakeRights()


@pytest.fixture(scope="module")
def serve(objects: FakeObjects, rights: FakeRights) -> Iterator[Callable[..., str]]:
    """Starts a stand-in and gives its address; all are stopped at the end of the module."""
    with ExitStack() as stack:

        def start(
            sight: Sight | None = None,
            throttle: Throttle | None = None,
            meaning: Meaning | None = None,
        ) -> str:
            app = create_app(
                objects=objects, rights=rights, sight=sight, meaning=meaning, throttle=throttle
            )
            return stack.enter_context(served(app))

        yield start


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    """A stand-in without models."""
    return serve()


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[RekognitionClient]:
    connected = connect(address)
    yield connected
    connected.close()
