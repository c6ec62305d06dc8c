"""The command, with a real local AWS behind it that enforces rights."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from tests.local.rekognition.conftest import connect
from tests.local.rekognition.drawing import plain

ROOT = Path(__file__).parents[3]
BUCKET = "photos"


@contextmanager
def child(arguments: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", *arguments], text=True, stdout=subprocess.PIPE, **options
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh local AWS."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scratch = tmp_path_factory.mktemp("cloud")
    environment = {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "TMPDIR": str(scratch),
        "AUTH": "true",
    }
    address = f"http://127.0.0.1:{port}"
    with child(["ministack"], env=environment, cwd=scratch, stderr=subprocess.DEVNULL):
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{address}/_ministack/health", timeout=5)
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield address


@pytest.fixture(scope="module")
def seer(cloud: str) -> Iterator[str]:
    """The address that the command prints."""
    command = ["local.rekognition", "--s3-endpoint", cloud, "--no-models"]
    with child(command, cwd=ROOT) as process:
        assert process.stdout is not None
        name, address, *rest = process.stdout.readline().split()
        assert (name, rest) == ("rekognition", ["models", "off"])
        yield address


def service(name: str, cloud: str) -> Any:
    return boto3.client(
        name,  # type: ignore[call-overload]
        endpoint_url=cloud,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the local AWS's administrator
    )


def allow(iam: Any, policy: str, action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="seer", PolicyName=policy, PolicyDocument=document)


def test_a_role_s_rights_are_those_of_the_local_aws(cloud: str, seer: str) -> None:
    s3, iam = service("s3", cloud), service("iam", cloud)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="uploads/é +.png", Body=plain())
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="seer", AssumeRolePolicyDocument=trust)
    client = connect(f"{seer}/role/seer")
    image: Any = {"S3Object": {"Bucket": BUCKET, "Name": "uploads/é +.png"}}

    def code() -> str:
        try:
            client.detect_labels(Image=image)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "allowed"

    said = [code()]
    allow(iam, "look", "rekognition:DetectLabels", "*")
    # Answers about rights are remembered for two seconds.
    time.sleep(2.1)
    said.append(code())
    allow(iam, "read", "s3:GetObject", f"arn:aws:s3:::{BUCKET}/uploads/*")
    time.sleep(2.1)
    said.append(code())
    iam.delete_role_policy(RoleName="seer", PolicyName="look")
    time.sleep(2.1)
    said.append(code())
    assert said == [
        "AccessDeniedException",
        "InvalidS3ObjectException",
        "allowed",
        "AccessDeniedException",
    ]
    client.close()


def test_a_role_that_does_not_exist_may_do_nothing(seer: str) -> None:
    client = connect(f"{seer}/role/nobody")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client.detect_labels(Image={"Bytes": plain()})
    client.close()


def test_a_missing_object_and_a_missing_bucket_are_invalid(seer: str) -> None:
    client = connect(seer)
    for bucket in (BUCKET, "no-such-bucket"):
        with pytest.raises(ClientError, match="InvalidS3ObjectException"):
            client.detect_labels(Image={"S3Object": {"Bucket": bucket, "Name": "missing.png"}})
    client.close()


def test_a_taken_port_is_one_clear_line(cloud: str) -> None:
    port = cloud.rpartition(":")[2]
    options = ["--port", port, "--s3-endpoint", cloud, "--no-models"]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "local.rekognition", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"port {port} must be free, got: Address already in use\n"
