"""The command, with a local AWS behind it that enforces rights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import LocalAws, child_environment
from local.children import HOST, ROOT, free_port, start
from tests.local.rekognition.conftest import connect
from tests.local.rekognition.drawing import plain

BUCKET = "photos"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh local AWS."""
    scratch = tmp_path_factory.mktemp("cloud")
    port = free_port()
    environment = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "TMPDIR": str(scratch),
        "AUTH": "true",
        "DOCKER_HOST": f"unix://{scratch}/no-docker.sock",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    address = f"http://{HOST}:{port}"
    child = start("ministack", "ministack", [], child_environment(environment), scratch / "log")
    try:
        child.wait_until_healthy(f"{address}/_ministack/health", 120)
        yield address
    finally:
        child.stop()


@pytest.fixture(scope="module")
def stand_in(cloud: str) -> Iterator[str]:
    """The address that the command prints."""
    with subprocess.Popen(  # noqa: S603 - our own command
        command("--s3-endpoint", cloud, "--no-models"),
        cwd=ROOT,
        env=child_environment({}),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            name, address, *rest = process.stdout.readline().split()
            assert (name, rest) == ("rekognition", ["models", "off"])
            yield address
        finally:
            process.terminate()


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "local.rekognition", *options]


def allow(iam: Any, policy: str, action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="stand_in", PolicyName=policy, PolicyDocument=document)


def test_a_role_s_rights_are_those_of_the_local_aws(cloud: str, stand_in: str) -> None:
    aws = LocalAws(cloud, "us-east-1")
    s3, iam = aws.client("s3"), aws.client("iam")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="uploads/é +.png", Body=plain())
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="stand_in", AssumeRolePolicyDocument=trust)
    client = connect(f"{stand_in}/role/stand_in")
    image: Any = {"S3Object": {"Bucket": BUCKET, "Name": "uploads/é +.png"}}

    def code() -> str:
        try:
            client.detect_labels(Image=image)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "allowed"

    codes = [code()]
    allow(iam, "look", "rekognition:DetectLabels", "*")
    # Rights are cached for two seconds.
    time.sleep(2.1)
    codes.append(code())
    allow(iam, "read", "s3:GetObject", f"arn:aws:s3:::{BUCKET}/uploads/*")
    time.sleep(2.1)
    codes.append(code())
    iam.delete_role_policy(RoleName="stand_in", PolicyName="look")
    time.sleep(2.1)
    codes.append(code())
    assert codes == [
        "AccessDeniedException",
        "InvalidS3ObjectException",
        "allowed",
        "AccessDeniedException",
    ]
    client.close()


def test_a_role_that_does_not_exist_may_do_nothing(stand_in: str) -> None:
    client = connect(f"{stand_in}/role/nobody")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client.detect_labels(Image={"Bytes": plain()})
    client.close()


def test_a_missing_object_and_a_missing_bucket_are_invalid(stand_in: str) -> None:
    client = connect(stand_in)
    for bucket in (BUCKET, "no-such-bucket"):
        with pytest.raises(ClientError, match="InvalidS3ObjectException"):
            client.detect_labels(Image={"S3Object": {"Bucket": bucket, "Name": "missing.png"}})
    client.close()


def test_it_starts_without_the_rest_of_the_project(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "local/rekognition",
        tmp_path / "local/rekognition",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    loading = (
        "import pkgutil, importlib, local.rekognition as stand_in\n"
        "for module in pkgutil.walk_packages(stand_in.__path__, 'local.rekognition.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(stand_in.__file__)"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-P", "-c", loading],
        cwd=tmp_path,
        env=child_environment({"PYTHONPATH": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == f"{tmp_path}/local/rekognition/__init__.py\n"


def test_a_taken_port_is_one_clear_line(cloud: str) -> None:
    port = cloud.rpartition(":")[2]
    done = subprocess.run(  # noqa: S603 - our own command
        command("--port", port, "--s3-endpoint", cloud, "--no-models"),
        cwd=ROOT,
        env=child_environment({}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"port {port} must be free, got: Address already in use\n"
