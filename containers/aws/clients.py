"""AWS service clients, each created once.

They are botocore's: importing boto3 as well would make every cold start slower.
"""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

__all__ = ["Connection", "client", "connect"]

_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=3,
    read_timeout=20,
)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to reach an AWS that this process names itself, such as the one on this machine."""

    endpoint: str
    region: str
    access_key: str
    secret_key: str

    def client(self, service: str, config: Config, region: str | None = None) -> Any:
        """A client that nothing in the environment or in AWS's files can redirect."""
        return self._session().create_client(
            service,
            region_name=region or self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=config.merge(
                Config(
                    proxies={},
                    signature_version="s3v4" if service == "s3" else None,
                    s3={"addressing_style": "path"},
                )
            ),
        )

    def _session(self) -> botocore.session.Session:
        # Every variable keeps its default and loses the name that the environment and the files
        # could set it under.
        variables = {
            name: (None, None, default, convert)
            for name, (_, _, default, convert) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
        }
        for file in ("config_file", "credentials_file"):
            variables[file] = (None, None, os.devnull, None)
        session = botocore.session.Session(session_vars=variables)
        # These sections have variables of their own, which no session variable stands for.
        for section in ("s3", "proxies_config"):
            session.get_component("config_store").set_config_variable(section, {})
        return session


@dataclass
class _Default:
    """The connection that `client` uses; None stands for AWS as the environment describes it."""

    connection: Connection | None = None


_default = _Default()


def connect(connection: Connection | None) -> None:
    """Use this connection for every client made from now on."""
    _default.connection = connection
    client.cache_clear()


@cache
def client(service: str, region: str | None = None, *, own: Config | None = None) -> Any:
    """The client of a service, in the default Region or another. A call that fails four times is
    left to the queue to retry, unless the client's `own` configuration says otherwise."""
    config = _CONFIG.merge(own) if own else _CONFIG
    if _default.connection is not None:
        return _default.connection.client(service, config, region)
    config = config.merge(_s3_config()) if service == "s3" else config
    return _session().create_client(service, region_name=region, config=config)


def _s3_config() -> Config:
    """On AWS a bucket is part of the host; else a signed address would name its global host, which
    redirects in most Regions, and which us-east-1 has by default. Another endpoint knows no hosts
    of buckets."""
    elsewhere = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return Config(
        signature_version="s3v4",
        s3={
            "addressing_style": "path" if elsewhere else "virtual",
            "us_east_1_regional_endpoint": "regional",
        },
    )


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
