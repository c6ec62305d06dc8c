"""A connection that this process names is reached whatever the environment says of AWS."""

import os
import re
from pathlib import Path

import botocore.session
import pytest
from botocore.config import Config

from aws.clients import Connection, client, connect

CONNECTION = Connection(
    endpoint="http://127.0.0.1:9",
    region="eu-west-1",
    access_key="test",
    secret_key="test",  # noqa: S106 - the local AWS's published administrator
)


def known_variables() -> set[str]:
    """Each variable of AWS that botocore's own code mentions."""
    folder = Path(botocore.session.__file__).parent
    text = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    return {
        name
        for name in re.findall(r"""['"]((?:AWS|BOTO)_[A-Z0-9_]+)['"]""", text)
        if not name.endswith("_")
    }


def test_botocore_knows_the_variables_that_are_feared_most() -> None:
    assert known_variables() >= {
        *("AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_MAX_ATTEMPTS", "AWS_ENDPOINT_URL"),
        *("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"),
    }


@pytest.mark.parametrize("value", ["astray", "true", "/nowhere", "-1", ""])
@pytest.mark.parametrize("service", ["s3", "dynamodb", "sqs", "events", "lambda", "cloudwatch"])
def test_no_variable_changes_a_client(
    monkeypatch: pytest.MonkeyPatch, service: str, value: str
) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO_"))]:
        monkeypatch.delenv(name)
    plain = CONNECTION.client(service, Config())
    for name in known_variables():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", "http://127.0.0.1:10")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:10")
    client = CONNECTION.client(service, Config())
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.region_name == "eu-west-1"
    credentials = client._request_signer._credentials
    assert (credentials.access_key, credentials.secret_key, credentials.token) == (
        *("test", "test"),
        None,
    )
    differ = {
        name
        for name, option in vars(plain.meta.config).items()
        if option != vars(client.meta.config)[name]
        and name not in ("_user_provided_options", "_inject_host_prefix")
    }
    assert differ <= {"user_agent"}


@pytest.mark.parametrize(("region", "used"), [(None, "eu-west-1"), ("us-east-1", "us-east-1")])
def test_a_client_is_of_the_connections_region_or_of_another(region: str | None, used: str) -> None:
    assert CONNECTION.client("s3", Config(), region).meta.region_name == used


@pytest.mark.parametrize(
    ("name", "endpoint", "address"),
    [
        (None, None, "https://originals.s3.eu-west-1.amazonaws.com/uploads/a.jpg?"),
        (
            "AWS_ENDPOINT_URL",
            "http://aws.internal:9",
            "http://aws.internal:9/originals/uploads/a.jpg?",
        ),
        (
            "AWS_ENDPOINT_URL_S3",
            "http://s3.internal",
            "http://s3.internal/originals/uploads/a.jpg?",
        ),
    ],
)
def test_a_signed_address_has_the_host_that_the_endpoint_knows(
    monkeypatch: pytest.MonkeyPatch, name: str | None, endpoint: str | None, address: str
) -> None:
    for variable in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    if name and endpoint:
        monkeypatch.setenv(name, endpoint)
    connect(None)
    signed = client("s3").generate_presigned_url(
        "get_object", {"Bucket": "originals", "Key": "uploads/a.jpg"}
    )
    connect(None)
    assert signed.startswith(address)
