"""A connection that this process names is reached whatever the environment says of AWS."""

import os
import re
from pathlib import Path

import botocore.session
import pytest
from botocore.config import Config

from aws.clients import Connection

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
